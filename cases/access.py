"""Who may do what: the one place that is asked. Pure."""

from dataclasses import dataclass

from cases.errors import Forbidden
from cases.views import OfficerRole
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

CALLING_ROLES = frozenset({OfficerRole.OFFICER, OfficerRole.RECEPTION})
RUNNING_ROLES = frozenset({OfficerRole.SUPERVISOR, OfficerRole.ADMIN})
"""Those that open and close their hall."""


@dataclass(frozen=True, slots=True)
class TicketParties:
    """Whom a ticket concerns: its taxpayer, its hall and the officer who holds it."""

    taxpayer_id: str
    hall_id: str
    officer_id: str | None


def may_see_ticket(person: Person, parties: TicketParties) -> bool:
    """A taxpayer sees their own tickets, an officer those of their hall."""
    if isinstance(person, Taxpayer):
        return person.taxpayer_id == parties.taxpayer_id
    return person.hall_id == parties.hall_id


def leg_in_call(person: Person, parties: TicketParties) -> LegName:
    """Which side of the ticket's call the person is. Raises Forbidden for everybody else."""
    if isinstance(person, Taxpayer) and person.taxpayer_id == parties.taxpayer_id:
        return LegName.TAXPAYER
    if isinstance(person, Officer) and person.officer_id == parties.officer_id:
        return LegName.OFFICER
    raise Forbidden("no side of this call")


def is_own_page(origin: str | None, *, public_url: str | None, scheme: str, host: str) -> bool:
    """Whether a browser's request comes from one of our own pages (CSRF, and sockets of other sites).

    ``origin`` is the Origin header; no browser leaves it out of what changes something, so none means no
    browser. ``scheme`` and ``host`` are those of the request, which count where no ``public_url`` is set.
    """
    return origin is None or origin == (public_url or f"{scheme}://{host}")


def require_calling(officer: Officer) -> None:
    """Raises Forbidden where the officer's roles do not call tickets."""
    if not officer.roles & CALLING_ROLES:
        raise Forbidden("this role calls no tickets")


def require_running(officer: Officer) -> None:
    """Raises Forbidden where the officer's roles do not open and close the hall."""
    if not officer.roles & RUNNING_ROLES:
        raise Forbidden("this role runs no hall")
