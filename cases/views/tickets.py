"""A ticket and what its line tells; the consult case that it belongs to."""

from dataclasses import dataclass
from enum import StrEnum

from cases.views.calls import CallView
from cases.views.names import Bilingual, HallView, LineName, OfficerName
from queueing.states import TicketState


class CloseReason(StrEnum):
    """Why a case is closed (DOMAIN.md; the numbers are those of the guide's five ways into 历史记录)."""

    COMPLETED = "completed"
    """(1)"""
    COMPLETED_UNSUCCESSFULLY = "completed_unsuccessfully"
    """(1)"""
    BOOKING_CANCELLED = "booking_cancelled"
    """(2) Not reviewed, and cancelled; or cancelled and not booked again in time."""
    WINDOW_MISSED_UNREVIEWED = "window_missed_unreviewed"
    """(2) Not reviewed when the issue window closed."""
    NOT_RESUBMITTED = "not_resubmitted"
    """(3)"""
    WINDOW_MISSED_REJECTED = "window_missed_rejected"
    """(3)"""
    NOT_REACTIVATED = "not_reactivated"
    """(4)"""
    EDIT_DEADLINE_MISSED = "edit_deadline_missed"
    """(5)"""
    WINDOW_MISSED = "window_missed"
    """Approved and booked, and no ticket taken."""
    WITHDRAWN = "withdrawn"
    """The taxpayer took the order to the back office back."""
    TICKET_CANCELLED = "ticket_cancelled"
    """Of a consult."""
    HALL_CLOSED = "hall_closed"
    """The hall closed before the ticket was called."""
    TICKET_LOST = "ticket_lost"
    """The queue lost the ticket before it was recorded, and it could not be issued again."""


class Outcome(StrEnum):
    """What an officer finishes a ticket with."""

    COMPLETED = "completed"
    UNSUCCESSFUL = "unsuccessful"
    CONTINUED = "continued"
    """The call is over; the case goes on in the back office. Not for a consult."""


class TicketAction(StrEnum):
    """What the taxpayer may do with the ticket now; a page shows these buttons and no others."""

    CANCEL = "cancel"
    CONFIRM = "confirm"
    REACTIVATE = "reactivate"
    JOIN_CALL = "join_call"


@dataclass(frozen=True, slots=True)
class WaitView:
    """An estimated wait from now on, as a range."""

    low_ms: int
    high_ms: int


@dataclass(frozen=True, slots=True)
class PaceView:
    """How fast a line moves: a page computes its own range from it (``queueing.estimate.wait``)."""

    soonest_ms: int
    latest_ms: int
    spread_ms: int


@dataclass(frozen=True, slots=True)
class LineChanged:
    """What happened in a line between two versions of its hall.

    ``changes``: of each place that was taken (1) or left (-1): the version, the place, 1 or -1. A page that
    holds a ticket of the line at a version from ``from_version`` on adds those after its own version whose
    place is lower than its own to ``ahead``, and is at ``to_version`` then. A page at an older version missed
    something and asks for its ticket. ``waiting`` and ``pace`` are those at ``to_version``; no ``pace``:
    nothing is estimated.
    """

    hall_id: str
    line_id: str
    from_version: int
    to_version: int
    at_ms: int
    waiting: int
    changes: tuple[tuple[int, int, int], ...]
    pace: PaceView | None


class HallMood(StrEnum):
    """Whether a hall works: ``frozen`` while it is built anew after it lost steps, which takes seconds."""

    OPEN = "open"
    CLOSED = "closed"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class HallChanged:
    """A hall opened, closed, froze, or works again; a page asks for its tickets when it hears that."""

    hall_id: str
    mood: HallMood
    epoch: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class TicketView:
    """A taxpayer's ticket, whole. A page keeps the one with the highest ``version`` and drops older ones.

    ``ahead``: people before this ticket, ``place``: its sort key in its line, ``wait``: the estimate, all
    only while it waits (``wait`` only where there is enough to go on). ``deadline_ms``: until when a call
    must be confirmed, or an abandoned ticket activated; ``deadline_span_ms`` is the whole of that time.
    ``activation_ms``: how long an abandoned ticket can be activated. ``call``: the open call, if there is
    one. ``counter``: where to come to, while an on-site line calls and serves it. A ticket on paper has no
    case.
    """

    ticket_id: str
    case_id: str | None
    case_number: str | None
    hall: HallView
    line: LineName
    number: str
    state: TicketState
    version: int
    at_ms: int
    issued_at_ms: int
    ahead: int | None
    place: int | None
    wait: WaitView | None
    waiting: int
    call_number: int
    called_at_ms: int | None
    deadline_ms: int | None
    deadline_span_ms: int | None
    activation_ms: int
    reactivations_left: int
    officer: OfficerName | None
    counter: str | None
    actions: tuple[TicketAction, ...]
    call: CallView | None
    close_reason: CloseReason | None


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One line of a case's history."""

    at_ms: int
    step: str
    by: str
    officer: OfficerName | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with what happened to it (S30)."""

    case_id: str
    number: str
    hall: HallView
    topic: Bilingual
    line: LineName
    ticket_number: str
    opened_at_ms: int
    closed_at_ms: int | None
    close_reason: CloseReason | None
    question: str
    remark: str
    events: tuple[CaseEvent, ...]


@dataclass(frozen=True, slots=True)
class CasePage:
    """A page of cases, newest first; ``next_cursor`` asks for the next one."""

    cases: tuple[CaseView, ...]
    next_cursor: str | None
