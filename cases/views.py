"""What a person is shown: the shapes that the use cases answer with.

Both edges encode these as they stand, and the TypeScript types are generated from them, so a name here is the
name on every page. All times are UTC in milliseconds since 1970 (``_ms``); pages count down against
``at_ms``, the server's clock, never against their own.
"""

from dataclasses import dataclass
from enum import StrEnum

from queueing.states import TicketState
from queueing.ticket import CallOrder
from rtc.call import CallState, EndReason, LegName, LegView


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A name that people read, in Chinese and in English."""

    zh: str
    en: str


class LineKind(StrEnum):
    ASSIST = "assist"
    CONSULT = "consult"
    ONSITE = "onsite"


@dataclass(frozen=True, slots=True)
class HallView:
    hall_id: str
    name: Bilingual
    region: Bilingual
    time_zone: str


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a hall. ``waiting`` is the number of people waiting in it at ``at_ms``."""

    line_id: str
    hall_id: str
    kind: LineKind
    letter: str
    name: Bilingual
    about: Bilingual
    waiting: int


@dataclass(frozen=True, slots=True)
class LineName:
    """The part of a line that stands on a ticket."""

    line_id: str
    letter: str
    kind: LineKind
    name: Bilingual


@dataclass(frozen=True, slots=True)
class OfficerName:
    """How an officer is shown to a taxpayer (09-incoming: 林思远，工号 0731)."""

    name: str
    staff_number: str


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
class FigureHeld:
    """One figure of a side over a whole call; the names are those of ``rtc.quality.Figures``."""

    figure: str
    least: int
    mean: int
    most: int


@dataclass(frozen=True, slots=True)
class CallLegHeld:
    """How good one side's connection was: how many of its measurements were poor, fair and good."""

    name: LegName
    poor: int
    fair: int
    good: int
    figures: tuple[FigureHeld, ...]


@dataclass(frozen=True, slots=True)
class CallHeld:
    """A call in a case's history. ``legs``: none before it ended, and of a side that was never measured."""

    call_id: str
    opened_at_ms: int
    connected_at_ms: int | None
    ended_at_ms: int | None
    end_reason: EndReason | None
    officer: OfficerName | None
    legs: tuple[CallLegHeld, ...]


@dataclass(frozen=True, slots=True)
class CallView:
    """A video call of a case, as both sides see it.

    ``ticket_id``: the case's ticket, where it is served in the call; none of a call that was asked for in the
    conversation without that.
    ``connected_at_ms``: when both sides were first connected; the length on the page counts from it.
    ``grace_until_ms``: set while one side is missing; at that time the call ends.
    """

    call_id: str
    case_id: str
    ticket_id: str | None
    state: CallState
    at_ms: int
    created_at_ms: int
    connected_at_ms: int | None
    ended_at_ms: int | None
    end_reason: EndReason | None
    grace_until_ms: int | None
    legs: tuple[LegView, LegView]

    def leg(self, name: LegName) -> LegView:
        first, second = self.legs
        return first if first.name is name else second


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


@dataclass(frozen=True, slots=True)
class TaxpayerView:
    """The signed-in taxpayer; ``number_masked`` like 4404**********0013."""

    taxpayer_id: str
    name: str
    certificate_type: str
    number_masked: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class DoorCount:
    """How much is behind a door: ``count``, or with ``more`` above that (99+)."""

    count: int
    more: bool


@dataclass(frozen=True, slots=True)
class Doors:
    """The counts of the seven doors (S2): guidances begun, drafts of forms, open bookings, favourites, open
    tickets on paper that are bound, what is to be done, and what is in the history.
    """

    guidance: DoorCount
    forms: DoorCount
    booking: DoorCount
    favourites: DoorCount
    binding: DoorCount
    todos: DoorCount
    history: DoorCount


@dataclass(frozen=True, slots=True)
class HomeView:
    """What home shows first: the open tickets (newest first) and the counts of the doors.

    ``open_cases`` and ``closed_cases``: drafts apart, at most 100 of each are counted.
    """

    at_ms: int
    tickets: tuple[TicketView, ...]
    open_cases: int
    closed_cases: int
    doors: Doors


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


@dataclass(frozen=True, slots=True)
class SlotView:
    """A slot with the places that are ``left`` of its ``places``."""

    start_ms: int
    end_ms: int
    left: int
    places: int


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field of the input that is wrong: its path (``certificate_number``), a code and a sentence."""

    field: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as a person and a program read it (RFC 9457): ``detail`` is in the reader's language.

    ``type`` is ``urn:shuitong:problem:<code>``; ``retry_after_ms`` where waiting helps; ``slots``: those to
    choose from where the wanted one is full; ``challenge``: what the next step of a log-in is asked with.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    fields: tuple[FieldProblem, ...] = ()
    retry_after_ms: int | None = None
    slots: tuple[SlotView, ...] = ()
    challenge: str | None = None


@dataclass(frozen=True, slots=True)
class FaceChallenge:
    """The step after the certificate was checked. ``method`` ``development`` is a labelled stand-in, only
    with --demo; ``offline``: pictures are sent, of the face in the ``pose`` that is asked for.
    """

    challenge: str
    method: str
    expires_at_ms: int
    pose: str | None = None


@dataclass(frozen=True, slots=True)
class CallJoined:
    """A page's way into a call: the call, and the offer to answer with ``call.answer``."""

    call: CallView
    offer: "CallOffer"
    ice_servers: "tuple[IceServer, ...]"
    """TURN servers for browsers that UDP does not get through to; for the connection of this offer."""


@dataclass(frozen=True, slots=True)
class ProbeOpened:
    """A page's way to try the relay before a call. The ``call_id`` of the offer names the probe, which is
    answered with ``probe.answer``.
    """

    offer: "CallOffer"
    ice_servers: "tuple[IceServer, ...]"


@dataclass(frozen=True, slots=True)
class IceServer:
    """As RTCPeerConnection takes it; the credential is good for a while only."""

    urls: tuple[str, ...]
    username: str
    credential: str


@dataclass(frozen=True, slots=True)
class CallOffer:
    """The relay's SDP offer to one page.

    A new ``generation`` needs a new RTCPeerConnection; the same generation with a higher ``revision`` is
    applied on the existing one. Answer with both numbers.
    """

    call_id: str
    generation: int
    revision: int
    sdp: str


@dataclass(frozen=True, slots=True)
class LinesView:
    """The lines that a taxpayer can take a consult ticket in."""

    at_ms: int
    hall: HallView
    lines: tuple[LineView, ...]
