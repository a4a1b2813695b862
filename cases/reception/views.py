"""What the reception and a taxpayer are shown of tickets on paper. As in ``cases.views``."""

from dataclasses import dataclass
from enum import StrEnum

from cases.booking.bookings import BookingState
from cases.views.names import HallView, LineName
from cases.views.tickets import CloseReason, TicketView, WaitView
from queueing.states import TicketState


class PaperClass(StrEnum):
    """The class that the reception gives a ticket; a visit that was booked has its own."""

    WALK_IN = "walk_in"
    PRIORITY = "priority"
    """65 and over, or disabled."""


class PaperAction(StrEnum):
    """What the reception may do with the ticket now."""

    REPRINT = "reprint"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class PaperTicketView:
    """A ticket on paper as the reception sees it. ``number``: as printed, none where the queue never issued
    it; ``state``: as the queue has it, or as it was recorded; ``is_bound``: whether somebody follows it in
    their account (who does is not the reception's business).
    """

    ticket_id: str
    line: LineName
    number: str | None
    priority: str
    issued_at_ms: int
    state: TicketState | None
    ahead: int | None
    wait: WaitView | None
    is_bound: bool
    has_booking: bool
    closed_at_ms: int | None
    close_reason: CloseReason | None
    actions: tuple[PaperAction, ...]


@dataclass(frozen=True, slots=True)
class Slip:
    """What is printed. ``code``: binds the ticket to an account, and is shown nowhere else; ``qr_svg``: a
    picture of ``binding_path``, which is the client's page for it, with the public address before it where
    there is one.
    """

    ticket: PaperTicketView
    hall: HallView
    code: str
    binding_path: str
    qr_svg: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class PaperTicketPage:
    """Today's tickets on paper of the hall, the latest first."""

    tickets: tuple[PaperTicketView, ...]
    next_cursor: str | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class VisitView:
    """A booked visit of today, as the reception needs it: ``is_now``: whether its ticket may be issued."""

    booking_id: str
    number: str
    taxpayer_name: str
    topic_id: str | None
    slot_start_ms: int
    slot_end_ms: int
    opens_ms: int
    closes_ms: int
    state: BookingState
    is_now: bool


@dataclass(frozen=True, slots=True)
class VisitsView:
    visits: tuple[VisitView, ...]
    at_ms: int


class BoundAction(StrEnum):
    """What the taxpayer may do with the binding; what may be done with the ticket is in its own actions."""

    UNBIND = "unbind"


@dataclass(frozen=True, slots=True)
class BoundTicket:
    """A ticket on paper that the taxpayer has bound. ``ticket``: as it is in its line now, none once it has
    ended and the queue has forgotten it. ``remark``: what the officer wrote when finishing.
    """

    ticket_id: str
    hall: HallView
    line: LineName
    number: str
    issued_at_ms: int
    bound_at_ms: int
    state: TicketState | None
    closed_at_ms: int | None
    close_reason: CloseReason | None
    remark: str
    ticket: TicketView | None
    actions: tuple[BoundAction, ...]


@dataclass(frozen=True, slots=True)
class BoundTickets:
    """A page of them, those bound last first."""

    tickets: tuple[BoundTicket, ...]
    next_cursor: str | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class Unbound:
    unbound: bool = True
