"""What travels between servers and media workers: commands, answers, events. Pure.

A command is a method of `Engine`; its arguments and its result are those of the method's annotations.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Protocol, get_type_hints

from rtc.call import CallView
from rtc.errors import MediaError, MediaUnavailable, MessageInvalid
from rtc.service import CallChanged, CallMemory, MediaEvent, MediaService, OfferChanged
from rtc.workers.codec import decode, decode_as, encode, read


class Engine(MediaService, Protocol):
    """What a worker drives: a relay in its process."""

    async def carry_on(self, call_id: str, memory: CallMemory | None) -> CallView:
        """Take over a call, see `rtc.relay.MediaRelay`."""

    def memory(self, call_id: str) -> CallMemory:
        """See `rtc.relay.MediaRelay`."""

    def call_ids(self) -> tuple[str, ...]:
        """See `rtc.relay.MediaRelay`."""

    def drop(self, call_id: str) -> None:
        """See `rtc.relay.MediaRelay`."""


CHANGES: Final = frozenset(
    {
        "carry_on",
        "join",
        "answer",
        "restart",
        "set_devices",
        "set_quality",
        "leave",
        "hang_up",
        "close_call",
    }
)
"""Commands after which the call is remembered anew, before they are answered."""
LOOKS: Final = frozenset({"current_offer", "view", "statistics", "counters"})
COMMANDS: Final = CHANGES | LOOKS
EVENTS: Final[Mapping[str, type[MediaEvent]]] = {kind.__name__: kind for kind in (CallChanged, OfferChanged)}


@dataclass(frozen=True, slots=True)
class Request:
    """`placement`: which placement of the call it is for, where that matters (`carry_on`), else 0."""

    request_id: str
    client_id: str
    command: str
    arguments: tuple[Any, ...]
    placement: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """`error`: the code of a MediaError and its text, or both empty."""

    request_id: str
    error: str
    text: str
    result: Any


def encode_request(request: Request) -> bytes:
    return encode(request)


def read_request(message: bytes, longest: int) -> Request:
    """The arguments are decoded by the command's annotations. Raises MessageInvalid."""
    found = read(message, longest)
    if not isinstance(found, dict):
        raise MessageInvalid("a command is an object")
    names = {name: found.get(name) for name in ("request_id", "client_id", "command")}
    if not all(isinstance(value, str) and 0 < len(value) <= 64 for value in names.values()):
        raise MessageInvalid("request_id, client_id and command are names")
    command, given, placement = names["command"], found.get("arguments"), found.get("placement", 0)
    if command not in COMMANDS:
        raise MessageInvalid("there is no such command")
    if type(placement) is not int or placement < 0:
        raise MessageInvalid("placement is a number")
    kinds = _parameters(str(command))
    if not isinstance(given, list) or len(given) != len(kinds):
        raise MessageInvalid(f"{command} takes {len(kinds)} arguments")
    arguments = tuple(
        decode_as(kind, value, f"{command}.{name}") for (name, kind), value in zip(kinds, given, strict=True)
    )
    return Request(str(names["request_id"]), str(names["client_id"]), str(command), arguments, placement)


@cache
def _parameters(command: str) -> Sequence[tuple[str, Any]]:
    method = getattr(Engine, command)
    hints = get_type_hints(method)
    return [(name, hints[name]) for name in inspect.signature(method).parameters if name != "self"]


@cache
def _result(command: str) -> Any:
    return get_type_hints(getattr(Engine, command))["return"]


def encode_answer(request_id: str, result: object = None, error: MediaError | None = None) -> bytes:
    if error is not None:
        return encode(Answer(request_id, error.code, str(error), None))
    return encode(Answer(request_id, "", "", result))


def read_answer(message: bytes, longest: int) -> Answer:
    """`result` is not looked at yet. Raises MessageInvalid."""
    found = read(message, longest)
    if not isinstance(found, dict):
        raise MessageInvalid("an answer is an object")
    request_id, error, text = (found.get(name) for name in ("request_id", "error", "text"))
    if not (isinstance(request_id, str) and isinstance(error, str) and isinstance(text, str)):
        raise MessageInvalid("request_id, error and text are strings")
    return Answer(request_id, error, text, found.get("result"))


def result_of(command: str, answer: Answer) -> Any:
    """What the command's method gives. Raises what it raised, and MessageInvalid."""
    if answer.error:
        raise _errors().get(answer.error, MediaUnavailable)(answer.text)
    return decode_as(_result(command), answer.result, command)


@cache
def _errors() -> Mapping[str, type[MediaError]]:
    return {kind.code: kind for kind in MediaError.__subclasses__()}


def encode_event(event: MediaEvent) -> bytes:
    return encode({"kind": type(event).__name__, "event": event})


def read_event(message: bytes, longest: int) -> MediaEvent:
    """Raises MessageInvalid."""
    found = read(message, longest)
    kind = EVENTS.get(str(found.get("kind"))) if isinstance(found, dict) else None
    if kind is None:
        raise MessageInvalid("there is no such event")
    event: MediaEvent = decode(kind, found.get("event"))
    return event
