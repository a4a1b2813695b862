"""Who may do what: the one place that is asked. Pure.

Two questions are asked of every request and every event. May such a person do such a thing at all
(``admit``)? Each endpoint and each command is declared with its ``Audience``, and the edges ask before
anything else is looked at. And is this object theirs (``may_see``)? The use case asks, and answers for
somebody else's as for one that is not there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from cases.errors import CaseUnknown, Forbidden, NotSignedIn
from cases.views.desks import OfficerRole
from rtc.call import LegName


@dataclass(frozen=True, slots=True)
class Taxpayer:
    """A signed-in taxpayer."""

    taxpayer_id: str
    name: str
    session_id: str


@dataclass(frozen=True, slots=True)
class Officer:
    """A signed-in officer."""

    officer_id: str
    name: str
    staff_number: str
    hall_id: str
    roles: frozenset[OfficerRole]
    session_id: str


Person = Taxpayer | Officer


def person_id(person: Person | None) -> str | None:
    """Of a signed-in person of either side; none of nobody."""
    match person:
        case Taxpayer():
            return person.taxpayer_id
        case Officer():
            return person.officer_id
        case None:
            return None


def leg_name(person: Person) -> LegName:
    """The side that such a person is of in any call of theirs."""
    return LegName.TAXPAYER if isinstance(person, Taxpayer) else LegName.OFFICER


EVERY_ROLE = frozenset(OfficerRole)
CALLING_ROLES = frozenset({OfficerRole.OFFICER, OfficerRole.RECEPTION})
RUNNING_ROLES = frozenset({OfficerRole.SUPERVISOR, OfficerRole.ADMIN})
"""Those that open and close their hall."""
CASEWORK_ROLES = frozenset({OfficerRole.OFFICER, OfficerRole.SUPERVISOR})
"""Those that review forms, work in the back office and ask for payments."""
CONSULT_ROLES = CALLING_ROLES | CASEWORK_ROLES
"""Those that see the consults of their hall: who is called in one, and who works on cases."""


class Audience(StrEnum):
    """Who may call an endpoint or send a command. Decides which session is read, and which roles it takes."""

    ANYONE = "anyone"
    TAXPAYER = "taxpayer"
    OFFICER = "officer"
    """Officers of any role."""
    CALLING = "calling"
    """Who calls tickets: officers at their desks, and the reception."""
    RECEPTION = "reception"
    """Who issues tickets on paper."""
    CASEWORK = "casework"
    """Who reviews forms, works in the back office and asks for payments."""
    SUPERVISOR = "supervisor"
    """Who runs their hall: it opens, closes, what it did is counted, and who did it is in the trail."""
    ADMIN = "admin"
    """Who sets up halls, lines, calendars, officers and the catalogue, of every hall."""


ROLES: Mapping[Audience, frozenset[OfficerRole]] = MappingProxyType(
    {
        Audience.OFFICER: EVERY_ROLE,
        Audience.CALLING: CALLING_ROLES,
        Audience.RECEPTION: frozenset({OfficerRole.RECEPTION}),
        Audience.CASEWORK: CASEWORK_ROLES,
        Audience.SUPERVISOR: RUNNING_ROLES,
        Audience.ADMIN: frozenset({OfficerRole.ADMIN}),
    }
)
"""The audiences of officers, with the roles of which one is enough."""


def admit(audience: Audience, person: Person | None) -> None:
    """Whether such a person may do that at all. Raises NotSignedIn for nobody and for the other side,
    Forbidden for an officer without one of the roles.
    """
    if audience is Audience.ANYONE:
        return
    roles = ROLES.get(audience)
    if roles is None:
        if not isinstance(person, Taxpayer):
            raise NotSignedIn("no taxpayer")
        return
    if not isinstance(person, Officer):
        raise NotSignedIn("no officer")
    if not person.roles & roles:
        raise Forbidden("not with these roles")


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose an object is. ``taxpayer_id``: a taxpayer's own; ``hall_id``: of those officers of that hall who
    have one of ``roles``, or with ``every_hall`` of every hall; ``officer_id``: an officer's own, and then no
    other officer's.
    """

    taxpayer_id: str | None = None
    hall_id: str | None = None
    roles: frozenset[OfficerRole] = EVERY_ROLE
    officer_id: str | None = None
    every_hall: bool = False


def may_see(person: Person, whose: Whose) -> bool:
    """Whether the object is there for the person; else it is answered as one that is not there."""
    if isinstance(person, Taxpayer):
        return person.taxpayer_id == whose.taxpayer_id
    if whose.officer_id is not None:
        return person.officer_id == whose.officer_id
    return (whose.every_hall or person.hall_id == whose.hall_id) and bool(person.roles & whose.roles)


SET_UP = Whose(roles=frozenset({OfficerRole.ADMIN}), every_hall=True)
"""What admins set up: halls, lines, calendars, officers."""


def hall_of_trail(officer: Officer) -> str | None:
    """Of which hall the officer reads the audit trail, of those who may at all; none: of every one.

    A hall's are the entries of what its officers did, and of what was done to the hall, its officers, cases,
    bookings and tickets on paper. Admins set up every hall, and read all of it.
    """
    return None if OfficerRole.ADMIN in officer.roles else officer.hall_id


def whose_case(taxpayer_id: str, hall_id: str, *, is_consult: bool) -> Whose:
    """A case, with its forms, files, payments and messages: its taxpayer's and its hall's."""
    return Whose(taxpayer_id, hall_id, CONSULT_ROLES if is_consult else CASEWORK_ROLES)


@dataclass(frozen=True, slots=True)
class Display:
    """A screen in a hall: who has the key that an admin made for it, which is nobody's session. The admin can
    take the key away at any time.
    """

    display_id: str
    hall_id: str


def may_see_board(display: Display, hall_id: str) -> bool:
    """A screen is shown the board of its own hall: called numbers with their counters, and how many wait. No
    name, no case, nothing of another hall, and there is nothing that it may do.
    """
    return display.hall_id == hall_id


@dataclass(frozen=True, slots=True)
class TicketParties:
    """Whom a ticket concerns: its taxpayer (none of one on paper that nobody has bound), its hall and the
    officer who holds it.
    """

    taxpayer_id: str | None
    hall_id: str
    officer_id: str | None


def may_see_ticket(person: Person, parties: TicketParties) -> bool:
    """A taxpayer sees their own tickets, an officer those of their hall."""
    return may_see(person, Whose(parties.taxpayer_id, parties.hall_id))


def leg_in_call(person: Person, parties: TicketParties) -> LegName:
    """Which side of the ticket's call the person is.

    Raises CaseUnknown for who does not see the ticket, Forbidden for the other officers of its hall.
    """
    return leg_of(person, Whose(parties.taxpayer_id, parties.hall_id), parties.officer_id)


def leg_of(person: Person, whose: Whose, officer_id: str | None) -> LegName:
    """Which side the person is of a call with that officer; ``whose``: what the call belongs to.

    Raises CaseUnknown for who does not see that, Forbidden for other officers who do.
    """
    if not may_see(person, whose):
        raise CaseUnknown("not theirs")
    if isinstance(person, Officer) and person.officer_id != officer_id:
        raise Forbidden("no side of this call")
    return leg_name(person)


def may_use_probe(person: Person, side: LegName, opener_id: str) -> bool:
    """Whether the person opened a probe, which is nobody else's business; ``opener_id``: by whom it was."""
    return (leg_name(person), person_id(person)) == (side, opener_id)


def is_own_page(origin: str | None, *, public_url: str | None, scheme: str, host: str) -> bool:
    """Whether a browser's request comes from one of our own pages (CSRF, and sockets of other sites).

    ``origin`` is the Origin header; no browser leaves it out of what changes something, so none means no
    browser. ``scheme`` and ``host`` are those of the request, which count where no ``public_url`` is set.
    """
    return origin is None or origin == (public_url or f"{scheme}://{host}")
