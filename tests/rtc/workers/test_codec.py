"""What travels between servers and workers, and what is refused."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtc.call import CallState, CallView, Devices, EndReason, Facing, LegName, LegState, LegView
from rtc.errors import CallEnded, MediaUnavailable, MessageInvalid, OfferStale
from rtc.quality import Figures, Flaw, Quality
from rtc.service import (
    CallChanged,
    CallMemory,
    CallStatistics,
    DirectionStatistics,
    LegMemory,
    MediaEvent,
    Offer,
    OfferChanged,
)
from rtc.workers import messages
from rtc.workers.codec import decode, encode, read
from rtc.workers.messages import Request
from rtc.workers.placement import WorkerInfo

LONGEST = 65_536


def there_and_back(value: Any) -> Any:
    return decode(type(value), read(encode(value), LONGEST))


NAMES = st.text(min_size=1, max_size=8)
DEVICES = st.builds(Devices, st.booleans(), st.booleans(), st.sampled_from(Facing))
FIGURES = st.builds(Figures, round_trip_ms=st.none() | st.integers(0, 9_000))
QUALITY = st.builds(Quality, st.integers(0, 3), st.none() | st.sampled_from(Flaw), FIGURES)


def legs(name: LegName) -> st.SearchStrategy[LegView]:
    return st.builds(LegView, st.just(name), st.sampled_from(LegState), DEVICES, QUALITY)


MOMENTS = st.none() | st.integers(0, 2**53)
VIEWS = st.builds(
    CallView,
    NAMES,
    st.sampled_from(CallState),
    st.integers(0, 2**53),
    MOMENTS,
    MOMENTS,
    st.none() | st.sampled_from(EndReason),
    MOMENTS,
    st.tuples(legs(LegName.TAXPAYER), legs(LegName.OFFICER)),
)
GENERATIONS = st.integers(0, 99)
MEMORIES = st.builds(
    CallMemory,
    VIEWS,
    st.tuples(*(st.builds(LegMemory, st.just(name), GENERATIONS, GENERATIONS) for name in LegName)),
)
OFFERS = st.builds(Offer, NAMES, st.sampled_from(LegName), GENERATIONS, GENERATIONS, st.text(), GENERATIONS)
DIRECTIONS = st.builds(
    DirectionStatistics, *[st.integers(0, 2**53)] * 5, dropped=st.dictionaries(NAMES, st.integers(0, 9))
)
INFOS = st.builds(
    WorkerInfo,
    NAMES,
    st.lists(NAMES).map(tuple),
    st.integers(0, 65_535),
    st.integers(0, 99),
    st.integers(1, 99),
    st.floats(0, 1),
    st.booleans(),
)


@settings(max_examples=30)
@given(st.one_of(MEMORIES, OFFERS, INFOS, st.builds(CallStatistics, NAMES, DIRECTIONS, DIRECTIONS)))
def test_what_travels_arrives_as_it_was(value: object) -> None:
    assert there_and_back(value) == value


@settings(max_examples=20)
@given(st.one_of(st.builds(CallChanged, VIEWS), st.builds(OfferChanged, OFFERS)))
def test_events_arrive_as_they_were(event: MediaEvent) -> None:
    assert messages.read_event(messages.encode_event(event), 2**20) == event


@dataclass(frozen=True, slots=True)
class Newer:
    microphone: bool
    camera: bool
    facing: Facing
    screen: bool = False
    lenses: tuple[str, ...] = field(default_factory=tuple)


def test_fields_of_another_version_are_left_out_or_take_their_defaults() -> None:
    older = Devices(microphone=True, camera=False, facing=Facing.USER)
    newer = Newer(True, False, Facing.USER, True, ("wide",))
    assert decode(Newer, read(encode(older), LONGEST)) == Newer(True, False, Facing.USER)
    known = Devices(microphone=True, camera=False, facing=Facing.USER, screen=True)
    assert decode(Devices, read(encode(newer), LONGEST)) == known
    assert there_and_back(newer) == newer


WHOLE = {"microphone": True, "camera": True, "facing": "user"}


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        "user",
        {},
        {**WHOLE, "microphone": 1},
        {**WHOLE, "camera": None},
        {**WHOLE, "facing": "inside"},
        {**WHOLE, "facing": ["user"]},
        {"microphone": True, "camera": True},
    ],
)
def test_devices_that_are_none(found: Any) -> None:
    with pytest.raises(MessageInvalid) as refused:
        decode(Devices, found)
    assert "inside" not in str(refused.value)


def test_rules_of_a_dataclass_hold_for_what_arrives() -> None:
    with pytest.raises(MessageInvalid):
        decode(Figures, {"round_trip_ms": -1})
    with pytest.raises(MessageInvalid):
        decode(CallMemory, {"view": {}, "legs": []})


@pytest.mark.parametrize("message", [b"", b"{", b"\xff", b"[" * 50_000, b"nul"])
def test_what_is_no_json(message: bytes) -> None:
    with pytest.raises(MessageInvalid):
        read(message, 2**20)


def test_what_is_too_long_is_not_read() -> None:
    with pytest.raises(MessageInvalid, match="3 bytes"):
        read(b'"a"', 2)


def request(**changes: Any) -> bytes:
    whole = {
        "request_id": "r",
        "client_id": "c",
        "command": "join",
        "arguments": ["call-1", "officer", WHOLE],
    }
    return encode({**whole, **changes})


def test_a_command_is_read_by_the_methods_own_annotations() -> None:
    asked = messages.read_request(request(), LONGEST)
    devices = Devices(microphone=True, camera=True, facing=Facing.USER)
    assert asked == Request("r", "c", "join", ("call-1", LegName.OFFICER, devices))
    again = messages.read_request(messages.encode_request(asked), LONGEST)
    assert again == asked


@pytest.mark.parametrize(
    "changes",
    [
        {"request_id": ""},
        {"request_id": 7},
        {"client_id": "x" * 65},
        {"command": "stop"},
        {"command": "__init__"},
        {"command": ["join"]},
        {"arguments": None},
        {"arguments": []},
        {"arguments": ["call-1", "officer"]},
        {"arguments": ["call-1", "nobody", WHOLE]},
        {"arguments": [1, "officer", WHOLE]},
        {"placement": -1},
        {"placement": True},
    ],
)
def test_commands_that_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MessageInvalid):
        messages.read_request(request(**changes), LONGEST)


def test_errors_arrive_as_what_they_are() -> None:
    def answered(message: bytes) -> Any:
        return messages.result_of("view", messages.read_answer(message, LONGEST))

    for error in (CallEnded("gone"), OfferStale("old"), MessageInvalid("no")):
        with pytest.raises(type(error), match=str(error)):
            answered(messages.encode_answer("r", error=error))
    with pytest.raises(MediaUnavailable):
        answered(encode({"request_id": "r", "error": "of_a_newer_version", "text": "", "result": None}))
    with pytest.raises(MessageInvalid):
        answered(messages.encode_answer("r", result="no view"))
    for broken in (b"[]", b"{}", b'{"request_id": 1, "error": "", "text": ""}'):
        with pytest.raises(MessageInvalid):
            messages.read_answer(broken, LONGEST)
    for broken in (b"[]", b'{"kind": "Offer"}', b'{"kind": "CallChanged"}'):
        with pytest.raises(MessageInvalid):
            messages.read_event(broken, LONGEST)
