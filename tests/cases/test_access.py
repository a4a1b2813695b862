"""Who may see, join and call."""

import pytest

from cases.access import (
    SET_UP,
    Audience,
    Officer,
    Taxpayer,
    TicketParties,
    Whose,
    admit,
    hall_of_trail,
    leg_in_call,
    may_see,
    may_see_ticket,
    whose_case,
)
from cases.errors import CaseUnknown, Forbidden, NotSignedIn
from cases.views.desks import OfficerRole
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


@pytest.mark.parametrize("person", [STRANGER, NAMESAKE, officer("o1", "hall-2")])
def test_to_whom_a_ticket_is_nobodys_its_call_is_not_there(person: Taxpayer | Officer) -> None:
    with pytest.raises(CaseUnknown):
        leg_in_call(person, PARTIES)


@pytest.mark.parametrize("person", [officer("o2"), officer("t1")])
def test_no_other_officer_of_the_hall_joins_a_call(person: Officer) -> None:
    with pytest.raises(Forbidden):
        leg_in_call(person, PARTIES)


def test_nobody_holds_the_ticket_so_no_officer_joins() -> None:
    with pytest.raises(Forbidden):
        leg_in_call(officer("o1"), TicketParties("t1", "hall-1", None))


RECEPTION, DESK, BOSS, ADMIN = (
    OfficerRole.RECEPTION,
    OfficerRole.OFFICER,
    OfficerRole.SUPERVISOR,
    OfficerRole.ADMIN,
)
ADMITTED = {
    Audience.OFFICER: {DESK, RECEPTION, BOSS, ADMIN},
    Audience.CALLING: {DESK, RECEPTION},
    Audience.RECEPTION: {RECEPTION},
    Audience.CASEWORK: {DESK, BOSS},
    Audience.SUPERVISOR: {BOSS, ADMIN},
    Audience.ADMIN: {ADMIN},
}


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("role", OfficerRole)
def test_which_roles_are_admitted(audience: Audience, role: OfficerRole) -> None:
    person = officer("o1", "hall-1", role)
    if audience is Audience.ANYONE or role in ADMITTED.get(audience, set()):
        admit(audience, person)
    else:
        with pytest.raises(NotSignedIn if audience is Audience.TAXPAYER else Forbidden):
            admit(audience, person)


@pytest.mark.parametrize("audience", Audience)
def test_nobody_and_the_other_side_are_not_signed_in(audience: Audience) -> None:
    for person in (None, OWNER):
        if audience is Audience.ANYONE or (person is OWNER and audience is Audience.TAXPAYER):
            admit(audience, person)
        else:
            with pytest.raises(NotSignedIn):
                admit(audience, person)


def test_one_role_among_others_is_enough() -> None:
    admit(Audience.CALLING, officer("o1", "hall-1", ADMIN, DESK))
    with pytest.raises(Forbidden):
        admit(Audience.CALLING, Officer("o1", "林思远", "0731", "hall-1", frozenset(), "s"))


def test_who_sees_a_case() -> None:
    business = whose_case("t1", "hall-1", is_consult=False)
    consult = whose_case("t1", "hall-1", is_consult=True)
    for whose in (business, consult):
        assert may_see(OWNER, whose)
        assert not may_see(STRANGER, whose)
        assert not may_see(officer("t1", "hall-2"), whose)
        assert not may_see(officer("o1", "hall-1", ADMIN), whose)
        assert may_see(officer("o1", "hall-1", BOSS), whose)
    assert may_see(officer("o1", "hall-1", RECEPTION), consult)
    assert not may_see(officer("o1", "hall-1", RECEPTION), business)


def test_who_sees_what_is_somebodys_own() -> None:
    assert may_see(officer("o1", "hall-2"), Whose(officer_id="o1"))
    assert not may_see(officer("o2", "hall-1", ADMIN), Whose(hall_id="hall-1", officer_id="o1"))
    assert not may_see(NAMESAKE, Whose(officer_id="o1"))
    # Nobody's is nobody's.
    assert not may_see(officer("o1"), Whose())
    assert not may_see(OWNER, Whose())


def test_admins_set_up_every_hall() -> None:
    assert may_see(officer("o1", "hall-2", ADMIN), SET_UP)
    assert not may_see(officer("o1", "hall-2", BOSS), SET_UP)
    assert not may_see(OWNER, SET_UP)


def test_admins_read_the_trail_of_every_hall_and_supervisors_of_their_own() -> None:
    assert hall_of_trail(officer("o1", "hall-1", OfficerRole.SUPERVISOR)) == "hall-1"
    assert hall_of_trail(officer("o1", "hall-1", OfficerRole.SUPERVISOR, OfficerRole.ADMIN)) is None
