"""An officer: their state, what they have in hand, and the board of their lines."""

from dataclasses import dataclass
from enum import StrEnum

from cases.views.calls import CallView
from cases.views.names import Bilingual, HallView, LineName, LineView, OfficerName
from queueing.states import TicketState
from queueing.ticket import CallOrder


class OfficerRole(StrEnum):
    OFFICER = "officer"
    RECEPTION = "reception"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class DeskState(StrEnum):
    """An officer's state as chosen (ready, break), as the ticket in hand makes it (called, serving), or for a
    while after it was finished (wrap-up).
    """

    SIGNED_OFF = "signed_off"
    READY = "ready"
    CALLED = "called"
    SERVING = "serving"
    WRAP_UP = "wrap_up"
    BREAK = "break"


class BreakReason(StrEnum):
    """Why an officer is on a break."""

    REST = "rest"
    LUNCH = "lunch"
    MEETING = "meeting"
    TRAINING = "training"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class OnBreak:
    """``text``: a few words with the reason ``other``, else empty."""

    reason: BreakReason
    text: str


@dataclass(frozen=True, slots=True)
class BreakTime:
    """How many breaks of that reason there were, and how long they were together."""

    reason: BreakReason
    count: int
    total_ms: int


class DeskAction(StrEnum):
    """What the officer's keys may do now; what is missing is grey, with ``DeskView.call_next_refused``.

    ``requeue``, ``transfer`` and ``hold`` are those of the ticket in hand; one on hold has its own.
    """

    CALL_NEXT = "call_next"
    CALL_ONE = "call_one"
    RECALL = "recall"
    ARRIVED = "arrived"
    """On site: the taxpayer has come to the counter."""
    ABANDON = "abandon"
    FINISH = "finish"
    OPEN_CALL = "open_call"
    HOLD = "hold"
    RESUME = "resume"
    REQUEUE = "requeue"
    TRANSFER = "transfer"
    BREAK = "break"
    READY = "ready"
    SIGN_OFF = "sign_off"


@dataclass(frozen=True, slots=True)
class OfficerView:
    officer_id: str
    name: str
    staff_number: str
    roles: tuple[OfficerRole, ...]
    hall: HallView
    lines: tuple[LineView, ...]
    at_ms: int


@dataclass(frozen=True, slots=True)
class TransferNote:
    """What a colleague wrote when they gave the ticket to the line that it is in."""

    text: str
    officer: OfficerName
    from_line: LineName
    at_ms: int


@dataclass(frozen=True, slots=True)
class TransferHeld:
    """A transfer in a case's history. ``note``: empty where nothing was written."""

    at_ms: int
    officer: OfficerName
    from_line: LineName
    to_line: LineName
    note: str


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """The ticket in the officer's hand, with the case beside it (16b).

    One on paper has no case; nobody is named (and nobody online) as long as nobody has bound it. ``note``: of
    the transfer by which it came, where something was written.
    """

    ticket_id: str
    case_id: str | None
    case_number: str | None
    line: LineName
    number: str
    state: TicketState
    version: int
    call_number: int
    taxpayer_name: str | None
    certificate_type: str | None
    number_masked: str | None
    question: str
    issued_at_ms: int
    called_at_ms: int | None
    confirmed_at_ms: int | None
    deadline_ms: int | None
    deadline_span_ms: int | None
    activation_ms: int
    recall_not_before_ms: int | None
    taxpayer_online: bool
    call: CallView | None
    note: TransferNote | None


@dataclass(frozen=True, slots=True)
class TicketOnHold:
    """A ticket that the officer put aside. At ``deadline_ms`` it goes back to the front of its line. As in
    ``HeldTicket`` it may have no case and no name.
    """

    ticket_id: str
    case_id: str | None
    case_number: str | None
    line: LineName
    number: str
    version: int
    call_number: int
    taxpayer_name: str | None
    question: str
    issued_at_ms: int
    deadline_ms: int | None
    deadline_span_ms: int | None
    taxpayer_online: bool
    actions: tuple[DeskAction, ...]


@dataclass(frozen=True, slots=True)
class DeskView:
    """An officer's desk: where they are signed on, what they hold, what they may do.

    ``call_next_refused``: a code of why the next one may not be called (``signed_off``, ``on_break``,
    ``holds_ticket``, ``nobody_waits``), none where it may. ``wrap_up_until_ms``: in wrap-up, when the desk is
    ready by itself. ``on_hold``: in the order of their deadlines. ``counter``: the one that on-site tickets
    are called to. ``on_break``: why, on a break.
    """

    state: DeskState
    at_ms: int
    since_ms: int
    on_break: OnBreak | None
    wrap_up_until_ms: int | None
    line_ids: tuple[str, ...]
    counter: str | None
    ticket: HeldTicket | None
    on_hold: tuple[TicketOnHold, ...]
    actions: tuple[DeskAction, ...]
    call_next_refused: str | None
    served_today: int
    mean_service_ms: int | None


@dataclass(frozen=True, slots=True)
class WaitingTicket:
    """``taxpayer_name``: none of a ticket on paper that nobody has bound."""

    ticket_id: str
    number: str
    taxpayer_name: str | None
    topic: Bilingual
    priority: str
    issued_at_ms: int
    reactivated: bool


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A line on the board: how many wait, since when the longest, and the first ones in order."""

    line: LineName
    waiting: int
    oldest_issued_at_ms: int | None
    first: tuple[WaitingTicket, ...]


@dataclass(frozen=True, slots=True)
class BoardView:
    """The lines an officer is signed on to, at one version of the hall.

    ``call_order``: how the next one is chosen between them: ``strict`` in the order of signing on,
    ``first_come`` by class and arrival, ``weighted`` by the lines' shares.
    """

    hall_id: str
    version: int
    at_ms: int
    lines: tuple[BoardLine, ...]
    call_order: CallOrder
