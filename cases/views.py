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
    """Why a case is closed. A consult case uses these; the others of DOMAIN.md come with bookings and
    review.
    """

    COMPLETED = "completed"
    COMPLETED_UNSUCCESSFULLY = "completed_unsuccessfully"
    NOT_REACTIVATED = "not_reactivated"
    TICKET_CANCELLED = "ticket_cancelled"
    HALL_CLOSED = "hall_closed"
    """The hall closed before the ticket was called."""


class Outcome(StrEnum):
    """What an officer finishes a ticket with."""

    COMPLETED = "completed"
    UNSUCCESSFUL = "unsuccessful"


class TicketAction(StrEnum):
    """What the taxpayer may do with the ticket now; a page shows these buttons and no others."""

    CANCEL = "cancel"
    CONFIRM = "confirm"
    REACTIVATE = "reactivate"
    JOIN_CALL = "join_call"


@dataclass(frozen=True, slots=True)
class CallView:
    """A video call of a ticket, as both sides see it.

    ``connected_at_ms``: when both sides were first connected; the length on the page counts from it.
    ``grace_until_ms``: set while one side is missing; at that time the call ends.
    ``opened_by``: who opened it; a call that the officer opens again after a hang-up rings at the taxpayer.
    """

    call_id: str
    ticket_id: str
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
    one.
    """

    ticket_id: str
    case_id: str
    case_number: str
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
    """A case with what happened to it (S30). ``ticket`` is none once the queue has forgotten it."""

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
class HomeView:
    """What home shows first: the open tickets (newest first) and the counts of the doors."""

    at_ms: int
    tickets: tuple[TicketView, ...]
    open_cases: int
    closed_cases: int


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


class DeskAction(StrEnum):
    """What the officer's keys may do now; what is missing is grey, with ``DeskView.call_next_refused``.

    ``requeue``, ``transfer`` and ``hold`` are those of the ticket in hand; one on hold has its own.
    """

    CALL_NEXT = "call_next"
    CALL_ONE = "call_one"
    RECALL = "recall"
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
class HeldTicket:
    """The ticket in the officer's hand, with the case beside it (16b)."""

    ticket_id: str
    case_id: str
    case_number: str
    line: LineName
    number: str
    state: TicketState
    version: int
    call_number: int
    taxpayer_name: str
    certificate_type: str
    number_masked: str
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


@dataclass(frozen=True, slots=True)
class TicketOnHold:
    """A ticket that the officer put aside. At ``deadline_ms`` it goes back to the front of its line."""

    ticket_id: str
    case_id: str
    case_number: str
    line: LineName
    number: str
    version: int
    call_number: int
    taxpayer_name: str
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
    ready by itself. ``on_hold``: in the order of their deadlines.
    """

    state: DeskState
    at_ms: int
    since_ms: int
    wrap_up_until_ms: int | None
    line_ids: tuple[str, ...]
    ticket: HeldTicket | None
    on_hold: tuple[TicketOnHold, ...]
    actions: tuple[DeskAction, ...]
    call_next_refused: str | None
    served_today: int
    mean_service_ms: int | None


@dataclass(frozen=True, slots=True)
class WaitingTicket:
    ticket_id: str
    number: str
    taxpayer_name: str
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
class FieldProblem:
    """One field of the input that is wrong: its path (``certificate_number``), a code and a sentence."""

    field: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as a person and a program read it (RFC 9457): ``detail`` is in the reader's language.

    ``type`` is ``urn:shuitong:problem:<code>``; ``retry_after_ms`` where waiting helps.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    fields: tuple[FieldProblem, ...] = ()
    retry_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class FaceChallenge:
    """The step after the certificate was checked. ``method`` ``development`` is a labelled stand-in, only
    with --demo.
    """

    challenge: str
    method: str
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class CallJoined:
    """A page's way into a call: the call, and the offer to answer with ``call.answer``."""

    call: CallView
    offer: "CallOffer"


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
