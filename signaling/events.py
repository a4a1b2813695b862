"""Every event of the socket, declared once: its name, its payload and its answer.

Two namespaces, ``/taxpayer`` and ``/officer``; a name that is not in the table of its namespace is
refused. A command is answered by an acknowledgement ``{ok: true, at_ms, result}`` or ``{ok: false, at_ms,
problem}``.
docs/PROTOCOL.md tells the same as prose; the TypeScript types are generated from these tables.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cases.identifiers import Identifier
from cases.views import (
    BoardView,
    CallJoined,
    CallOffer,
    CallView,
    DeskState,
    DeskView,
    HallChanged,
    LineChanged,
    Outcome,
    TicketView,
)
from rtc.call import Facing

CallNumber = Annotated[int, Field(ge=1, le=1_000_000)]

SDP_MAX_CHARS = 16_000


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


class CallJoin(Payload):
    ticket_id: Identifier
    devices: DevicesChosen


class CallResume(Payload):
    call_id: Identifier
    generation: Annotated[int, Field(ge=0)]


class CallAnswer(Payload):
    call_id: Identifier
    generation: Annotated[int, Field(ge=0)]
    revision: Annotated[int, Field(ge=0)]
    sdp: Annotated[str, Field(min_length=1, max_length=SDP_MAX_CHARS)]


class CallDevices(Payload):
    call_id: Identifier
    devices: DevicesChosen


class CallQuality(Payload):
    """What a page measured of its own connection: 1 poor, 2 fair, 3 good."""

    call_id: Identifier
    level: Annotated[int, Field(ge=1, le=3)]
    round_trip_ms: Annotated[int, Field(ge=0, le=60_000)] | None


class SignOn(Payload):
    line_ids: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=20)]


class DeskStateChosen(Payload):
    state: DeskState


class CallNext(Payload):
    """``request_id`` is made by the page: the same one again gets the same ticket."""

    request_id: Identifier


class CallOne(Payload):
    request_id: Identifier
    ticket_id: Identifier


class TransferTicket(Payload):
    """``call_number``: the ticket's latest call, 0 for one that was never called."""

    ticket_id: Identifier
    call_number: Annotated[int, Field(ge=0, le=1_000_000)]
    request_id: Identifier
    line_id: Identifier


class PutAside(Payload):
    """Onto hold, or back in hand."""

    ticket_id: Identifier
    call_number: CallNumber
    request_id: Identifier


class FinishTicket(Payload):
    ticket_id: Identifier
    call_number: CallNumber
    outcome: Outcome
    remark: Annotated[str, Field(max_length=200)] = ""


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
    """An event from a page, with an acknowledgement."""

    name: str
    payload: type[Payload]
    result: type


@dataclass(frozen=True, slots=True)
class Push:
    """An event to a page, without an acknowledgement."""

    name: str
    payload: type


CALL_JOIN = Command("call.join", CallJoin, CallJoined)
CALL_RESUME = Command("call.resume", CallResume, CallJoined)
CALL_ANSWER = Command("call.answer", CallAnswer, Done)
CALL_DEVICES = Command("call.devices", CallDevices, CallView)
CALL_QUALITY = Command("call.quality", CallQuality, Done)
CALL_HANG_UP = Command("call.hang_up", CallNamed, CallView)
CALL_COMMANDS = (CALL_JOIN, CALL_RESUME, CALL_ANSWER, CALL_DEVICES, CALL_QUALITY, CALL_HANG_UP)

TICKET_WATCH = Command("ticket.watch", TicketNamed, TicketView)
TICKET_CONFIRM = Command("ticket.confirm", TicketCallNamed, TicketView)
TICKET_REACTIVATE = Command("ticket.reactivate", TicketNamed, TicketView)
TICKET_CANCEL = Command("ticket.cancel", TicketNamed, TicketView)

DESK_WATCH = Command("desk.watch", Nothing, DeskView)
BOARD_WATCH = Command("board.watch", Nothing, BoardView)
DESK_SIGN_ON = Command("desk.sign_on", SignOn, DeskView)
DESK_SIGN_OFF = Command("desk.sign_off", Nothing, DeskView)
DESK_STATE = Command("desk.state", DeskStateChosen, DeskView)
QUEUE_CALL_NEXT = Command("queue.call_next", CallNext, DeskView)
QUEUE_CALL_ONE = Command("queue.call_one", CallOne, DeskView)
QUEUE_RECALL = Command("queue.recall", TicketCallNamed, DeskView)
QUEUE_ABANDON = Command("queue.abandon", TicketCallNamed, DeskView)
QUEUE_FINISH = Command("queue.finish", FinishTicket, DeskView)
QUEUE_REQUEUE = Command("queue.requeue", TicketCallNamed, DeskView)
QUEUE_TRANSFER = Command("queue.transfer", TransferTicket, DeskView)
QUEUE_HOLD = Command("queue.hold", PutAside, DeskView)
QUEUE_RESUME = Command("queue.resume", PutAside, DeskView)
CALL_OPEN = Command("call.open", TicketNamed, DeskView)
HALL_CLOSE = Command("hall.close", Nothing, Done)
HALL_OPEN = Command("hall.open", Nothing, Done)

TAXPAYER_COMMANDS = (TICKET_WATCH, TICKET_CONFIRM, TICKET_REACTIVATE, TICKET_CANCEL, *CALL_COMMANDS)
OFFICER_COMMANDS = (
    DESK_WATCH,
    BOARD_WATCH,
    DESK_SIGN_ON,
    DESK_SIGN_OFF,
    DESK_STATE,
    QUEUE_CALL_NEXT,
    QUEUE_CALL_ONE,
    QUEUE_RECALL,
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
)

TICKET_CHANGED = Push("ticket.changed", TicketView)
LINE_CHANGED = Push("line.changed", LineChanged)
HALL_CHANGED = Push("hall.changed", HallChanged)
CALL_CHANGED = Push("call.changed", CallView)
CALL_OFFER = Push("call.offer", CallOffer)
CALL_MOVED = Push("call.moved", CallMoved)
SESSION_ENDED = Push("session.ended", SessionEnded)
DESK_CHANGED = Push("desk.changed", DeskView)
BOARD_CHANGED = Push("board.changed", BoardView)

TAXPAYER_PUSHES = (
    TICKET_CHANGED,
    LINE_CHANGED,
    HALL_CHANGED,
    CALL_CHANGED,
    CALL_OFFER,
    CALL_MOVED,
    SESSION_ENDED,
)
OFFICER_PUSHES = (
    DESK_CHANGED,
    BOARD_CHANGED,
    HALL_CHANGED,
    CALL_CHANGED,
    CALL_OFFER,
    CALL_MOVED,
    SESSION_ENDED,
)


@dataclass(frozen=True, slots=True)
class Namespace:
    name: str
    commands: tuple[Command, ...]
    pushes: tuple[Push, ...]


TAXPAYER = Namespace("/taxpayer", TAXPAYER_COMMANDS, TAXPAYER_PUSHES)
OFFICER = Namespace("/officer", OFFICER_COMMANDS, OFFICER_PUSHES)
NAMESPACES = (TAXPAYER, OFFICER)
