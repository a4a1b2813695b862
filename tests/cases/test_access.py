"""Who may see, join and call."""

import pytest

from cases.access import (
    Officer,
    Taxpayer,
    TicketParties,
    leg_in_call,
    may_see_ticket,
    require_calling,
)
from cases.errors import Forbidden
from cases.views import OfficerRole
from rtc.call import LegName

OWNER = Taxpayer("t1", "陈嘉敏", "s1")
STRANGER = Taxpayer("t2", "黄伟强", "s2")
# The same id in the other table is another person.
NAMESAKE = Taxpayer("o1", "林思远", "s3")
PARTIES = TicketParties("t1", "hall-1", "o1")


def officer(officer_id: str, hall_id: str = "hall-1", *roles: OfficerRole) -> Officer:
    return Officer(officer_id, "林思远", "0731", hall_id, frozenset(roles or {OfficerRole.OFFICER}), "s")


def test_who_sees_a_ticket() -> None:
    assert may_see_ticket(OWNER, PARTIES)
    assert not may_see_ticket(STRANGER, PARTIES)
    assert not may_see_ticket(NAMESAKE, PARTIES)
    assert may_see_ticket(officer("o2"), PARTIES)
    assert not may_see_ticket(officer("o1", "hall-2"), PARTIES)


def test_sides_of_a_call() -> None:
    assert leg_in_call(OWNER, PARTIES) is LegName.TAXPAYER
    assert leg_in_call(officer("o1"), PARTIES) is LegName.OFFICER


@pytest.mark.parametrize("person", [STRANGER, NAMESAKE, officer("o2"), officer("t1")])
def test_nobody_else_joins_a_call(person: Taxpayer | Officer) -> None:
    with pytest.raises(Forbidden):
        leg_in_call(person, PARTIES)


def test_nobody_holds_the_ticket_so_no_officer_joins() -> None:
    with pytest.raises(Forbidden):
        leg_in_call(officer("o1"), TicketParties("t1", "hall-1", None))


@pytest.mark.parametrize(
    ("role", "calls"),
    [
        (OfficerRole.OFFICER, True),
        (OfficerRole.RECEPTION, True),
        (OfficerRole.SUPERVISOR, False),
        (OfficerRole.ADMIN, False),
    ],
)
def test_which_roles_call_tickets(role: OfficerRole, calls: bool) -> None:
    person = officer("o1", "hall-1", role)
    if calls:
        require_calling(person)
    else:
        with pytest.raises(Forbidden):
            require_calling(person)


def test_one_calling_role_among_others_is_enough() -> None:
    require_calling(officer("o1", "hall-1", OfficerRole.ADMIN, OfficerRole.OFFICER))
