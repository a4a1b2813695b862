"""Every event of the socket, declared once: its name, its payload and its answer.

Two namespaces, ``/taxpayer`` and ``/officer``; a name that is not in the table of its namespace is
refused. A command is answered by an acknowledgement ``{ok: true, at_ms, result}`` or ``{ok: false, at_ms,
problem}``.
docs/PROTOCOL.md tells the same as prose; the TypeScript types are generated from these tables.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cases.access import Audience
from cases.breaks import REASON_TEXT_MAX_CHARS
from cases.conversation.views import ConversationMessage, ConversationRead
from cases.identifiers import Identifier, Written
from cases.outbox.views import InboxChanged
from cases.stills.states import StillSubject
from cases.stills.views import StillView
from cases.transfers import NOTE_MAX_CHARS
from cases.videos.views import VideoView
from cases.views.calls import CallJoined, CallOffer, CallView, ProbeOpened
from cases.views.desks import BoardView, BreakReason, DeskState, DeskView
from cases.views.tickets import HallChanged, LineChanged, Outcome, TicketView
from rtc.call import Facing

CallNumber = Annotated[int, Field(ge=1, le=1_000_000)]

SDP_MAX_CHARS = 16_000
COUNTER_MAX_CHARS = 16


class Payload(BaseModel):
    """What a page sends: checked strictly, no field but the declared ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Payload):
    """An empty payload."""


class TicketNamed(Payload):
    ticket_id: Identifier


class TicketCallNamed(Payload):
    ticket_id: Identifier
    call_number: CallNumber


class CallNamed(Payload):
    call_id: Identifier


class DevicesChosen(Payload):
    microphone: bool
    camera: bool
    facing: Facing
    screen: bool = False


class CallJoin(Payload):
    ticket_id: Identifier
    devices: DevicesChosen


class CallResume(Payload):
    call_id: Identifier
    generation: Annotated[int, Field(ge=0)]


class CallRestart(Payload):
    call_id: Identifier
    generation: Annotated[int, Field(ge=0)]
    revision: Annotated[int, Field(ge=0)]


class CallAnswer(Payload):
    call_id: Identifier
    generation: Annotated[int, Field(ge=0)]
    revision: Annotated[int, Field(ge=0)]
    sdp: Annotated[str, Field(min_length=1, max_length=SDP_MAX_CHARS)]


class CallDevices(Payload):
    call_id: Identifier
    devices: DevicesChosen


Permille = Annotated[int, Field(ge=0, le=1_000)] | None
Milliseconds = Annotated[int, Field(ge=0, le=60_000)] | None
Kilobits = Annotated[int, Field(ge=0, le=1_000_000)] | None


class CallQuality(Payload):
    """What a page measured of its own connection over some seconds; none: its browser does not tell."""

    call_id: Identifier
    kbits_up: Kilobits = None
    kbits_down: Kilobits = None
    loss_up_permille: Permille = None
    loss_down_permille: Permille = None
    jitter_up_ms: Milliseconds = None
    jitter_down_ms: Milliseconds = None
    round_trip_ms: Milliseconds = None
    frozen_permille: Permille = None


class VideoNamed(Payload):
    """``request_id`` is made by the page that asks: the same one again gets the same request."""

    case_id: Identifier
    request_id: Identifier


class VideoJoin(Payload):
    case_id: Identifier
    devices: DevicesChosen


class StillNamed(Payload):
    case_id: Identifier
    request_id: Identifier


class StillAsked(StillNamed):
    """``request_id`` is made by the page that asks: the same one again gets the same request."""

    subject: StillSubject


class SignOn(Payload):
    """``counter``: the one that people of on-site lines are called to, such as 3; needed for those."""

    line_ids: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=20)]
    counter: Annotated[Written, Field(max_length=COUNTER_MAX_CHARS)] = ""


class DeskStateChosen(Payload):
    """``reason``: of a break; with ``other`` a few words in ``reason_text``."""

    state: DeskState
    reason: BreakReason | None = None
    reason_text: Annotated[Written, Field(max_length=REASON_TEXT_MAX_CHARS)] = ""


class CallNext(Payload):
    """``request_id`` is made by the page: the same one again gets the same ticket."""

    request_id: Identifier


class CallOne(Payload):
    request_id: Identifier
    ticket_id: Identifier


class TransferTicket(Payload):
    """``call_number``: the ticket's latest call, 0 for one that was never called. ``note``: for the officer
    who calls it in the new line; no taxpayer sees it.
    """

    ticket_id: Identifier
    call_number: Annotated[int, Field(ge=0, le=1_000_000)]
    request_id: Identifier
    line_id: Identifier
    note: Annotated[Written, Field(max_length=NOTE_MAX_CHARS)] = ""


class PutAside(Payload):
    """Onto hold, or back in hand."""

    ticket_id: Identifier
    call_number: CallNumber
    request_id: Identifier


class FinishTicket(Payload):
    ticket_id: Identifier
    call_number: CallNumber
    outcome: Outcome
    remark: Annotated[Written, Field(max_length=200)] = ""


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The session behind the socket ended (``signed_out``, ``expired``); the page goes to log-in."""

    reason: str


@dataclass(frozen=True, slots=True)
class CallMoved:
    """The same person joined the call from another page: this page's connection was replaced.

    It must not join again by itself, or the two pages would take the call from each other for ever.
    """

    call_id: str


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has nothing else to say."""

    done: bool = True


@dataclass(frozen=True, slots=True)
class Command:
    """An event from a page, with an acknowledgement.

    ``audience``: who may send it; none: everybody who may open its namespace.
    """

    name: str
    payload: type[Payload]
    result: type
    audience: Audience | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """An event to a page, without an acknowledgement."""

    name: str
    payload: type


CALL_JOIN = Command("call.join", CallJoin, CallJoined)
CALL_RESUME = Command("call.resume", CallResume, CallJoined)
CALL_RESTART = Command("call.restart", CallRestart, CallJoined)
CALL_ANSWER = Command("call.answer", CallAnswer, Done)
CALL_DEVICES = Command("call.devices", CallDevices, CallView)
CALL_QUALITY = Command("call.quality", CallQuality, Done)
CALL_HANG_UP = Command("call.hang_up", CallNamed, CallView)
CALL_COMMANDS = (CALL_JOIN, CALL_RESUME, CALL_RESTART, CALL_ANSWER, CALL_DEVICES, CALL_QUALITY, CALL_HANG_UP)

PROBE_OPEN = Command("probe.open", Nothing, ProbeOpened)
PROBE_ANSWER = Command("probe.answer", CallAnswer, Done)
PROBE_CLOSE = Command("probe.close", CallNamed, Done)
PROBE_COMMANDS = (PROBE_OPEN, PROBE_ANSWER, PROBE_CLOSE)

VIDEO_ASK = Command("video.ask", VideoNamed, VideoView)
VIDEO_ACCEPT = Command("video.accept", VideoNamed, VideoView)
VIDEO_REFUSE = Command("video.refuse", VideoNamed, VideoView)
VIDEO_WITHDRAW = Command("video.withdraw", VideoNamed, VideoView)
VIDEO_JOIN = Command("video.join", VideoJoin, CallJoined)
VIDEO_COMMANDS = (VIDEO_ASK, VIDEO_ACCEPT, VIDEO_REFUSE, VIDEO_WITHDRAW, VIDEO_JOIN)

STILL_ASK = Command("still.ask", StillAsked, StillView)
STILL_WITHDRAW = Command("still.withdraw", StillNamed, StillView)
STILL_CONSENT = Command("still.consent", StillNamed, StillView)
STILL_REFUSE = Command("still.refuse", StillNamed, StillView)
STILL_COMMANDS = (STILL_ASK, STILL_WITHDRAW, STILL_CONSENT, STILL_REFUSE)

TICKET_WATCH = Command("ticket.watch", TicketNamed, TicketView)
TICKET_CONFIRM = Command("ticket.confirm", TicketCallNamed, TicketView)
TICKET_REACTIVATE = Command("ticket.reactivate", TicketNamed, TicketView)
TICKET_CANCEL = Command("ticket.cancel", TicketNamed, TicketView)

DESK_WATCH = Command("desk.watch", Nothing, DeskView)
BOARD_WATCH = Command("board.watch", Nothing, BoardView)
DESK_SIGN_ON = Command("desk.sign_on", SignOn, DeskView, Audience.CALLING)
DESK_SIGN_OFF = Command("desk.sign_off", Nothing, DeskView, Audience.CALLING)
DESK_STATE = Command("desk.state", DeskStateChosen, DeskView, Audience.CALLING)
QUEUE_CALL_NEXT = Command("queue.call_next", CallNext, DeskView, Audience.CALLING)
QUEUE_CALL_ONE = Command("queue.call_one", CallOne, DeskView, Audience.CALLING)
QUEUE_RECALL = Command("queue.recall", TicketCallNamed, DeskView, Audience.CALLING)
QUEUE_ARRIVED = Command("queue.arrived", TicketCallNamed, DeskView, Audience.CALLING)
QUEUE_ABANDON = Command("queue.abandon", TicketCallNamed, DeskView, Audience.CALLING)
QUEUE_FINISH = Command("queue.finish", FinishTicket, DeskView, Audience.CALLING)
QUEUE_REQUEUE = Command("queue.requeue", TicketCallNamed, DeskView, Audience.CALLING)
QUEUE_TRANSFER = Command("queue.transfer", TransferTicket, DeskView, Audience.CALLING)
QUEUE_HOLD = Command("queue.hold", PutAside, DeskView, Audience.CALLING)
QUEUE_RESUME = Command("queue.resume", PutAside, DeskView, Audience.CALLING)
CALL_OPEN = Command("call.open", TicketNamed, DeskView, Audience.CALLING)
HALL_CLOSE = Command("hall.close", Nothing, Done, Audience.SUPERVISOR)
HALL_OPEN = Command("hall.open", Nothing, Done, Audience.SUPERVISOR)

TAXPAYER_COMMANDS = (
    TICKET_WATCH,
    TICKET_CONFIRM,
    TICKET_REACTIVATE,
    TICKET_CANCEL,
    *CALL_COMMANDS,
    *PROBE_COMMANDS,
    *VIDEO_COMMANDS,
    STILL_CONSENT,
    STILL_REFUSE,
)
OFFICER_COMMANDS = (
    DESK_WATCH,
    BOARD_WATCH,
    DESK_SIGN_ON,
    DESK_SIGN_OFF,
    DESK_STATE,
    QUEUE_CALL_NEXT,
    QUEUE_CALL_ONE,
    QUEUE_RECALL,
    QUEUE_ARRIVED,
    QUEUE_ABANDON,
    QUEUE_FINISH,
    QUEUE_REQUEUE,
    QUEUE_TRANSFER,
    QUEUE_HOLD,
    QUEUE_RESUME,
    CALL_OPEN,
    HALL_CLOSE,
    HALL_OPEN,
    *CALL_COMMANDS,
    *PROBE_COMMANDS,
    *VIDEO_COMMANDS,
    STILL_ASK,
    STILL_WITHDRAW,
)

TICKET_CHANGED = Push("ticket.changed", TicketView)
LINE_CHANGED = Push("line.changed", LineChanged)
HALL_CHANGED = Push("hall.changed", HallChanged)
CALL_CHANGED = Push("call.changed", CallView)
CALL_OFFER = Push("call.offer", CallOffer)
CALL_MOVED = Push("call.moved", CallMoved)
VIDEO_ASKED = Push("video.asked", VideoView)
VIDEO_CHANGED = Push("video.changed", VideoView)
STILL_CHANGED = Push("still.changed", StillView)
SESSION_ENDED = Push("session.ended", SessionEnded)
DESK_CHANGED = Push("desk.changed", DeskView)
BOARD_CHANGED = Push("board.changed", BoardView)
CONVERSATION_MESSAGE = Push("conversation.message", ConversationMessage)
CONVERSATION_READ = Push("conversation.read", ConversationRead)
INBOX_CHANGED = Push("inbox.changed", InboxChanged)

TAXPAYER_PUSHES = (
    TICKET_CHANGED,
    LINE_CHANGED,
    HALL_CHANGED,
    CALL_CHANGED,
    CALL_OFFER,
    CALL_MOVED,
    VIDEO_ASKED,
    VIDEO_CHANGED,
    STILL_CHANGED,
    CONVERSATION_MESSAGE,
    CONVERSATION_READ,
    INBOX_CHANGED,
    SESSION_ENDED,
)
OFFICER_PUSHES = (
    DESK_CHANGED,
    BOARD_CHANGED,
    HALL_CHANGED,
    CALL_CHANGED,
    CALL_OFFER,
    CALL_MOVED,
    VIDEO_ASKED,
    VIDEO_CHANGED,
    STILL_CHANGED,
    CONVERSATION_MESSAGE,
    CONVERSATION_READ,
    SESSION_ENDED,
)


@dataclass(frozen=True, slots=True)
class Namespace:
    """``audience``: who may open it."""

    name: str
    audience: Audience
    commands: tuple[Command, ...]
    pushes: tuple[Push, ...]


TAXPAYER = Namespace("/taxpayer", Audience.TAXPAYER, TAXPAYER_COMMANDS, TAXPAYER_PUSHES)
OFFICER = Namespace("/officer", Audience.OFFICER, OFFICER_COMMANDS, OFFICER_PUSHES)
NAMESPACES = (TAXPAYER, OFFICER)
