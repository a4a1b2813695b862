"""The call's states and deadlines, every state against every event."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc.call import (
    LEG_TRANSITIONS,
    Call,
    CallState,
    CallTimes,
    Devices,
    EndReason,
    Facing,
    Leg,
    LegEvent,
    LegName,
    LegState,
)
from rtc.errors import CallEnded
from rtc.quality import UNKNOWN_QUALITY, Figures, quality_of

TIMES = CallTimes(grace_ms=30_000, connect_ms=60_000)
T, O = LegName.TAXPAYER, LegName.OFFICER  # noqa: E741


def new_call() -> Call:
    return Call("call-1", TIMES, created_at_ms=1_000)


def running_call() -> Call:
    call = new_call()
    for leg in LegName:
        call = call.after(leg, LegEvent.JOIN, 1_500).after(leg, LegEvent.CONNECT, 2_000)
    return call


@pytest.mark.parametrize("state", LegState)
@pytest.mark.parametrize("event", LegEvent)
def test_every_leg_state_against_every_event(state: LegState, event: LegEvent) -> None:
    leg = Leg(T, state=state)
    expected = LEG_TRANSITIONS.get((state, event))
    if expected is None:
        with pytest.raises(ValueError, match=event):
            leg.after(event, 5)
    else:
        assert leg.after(event, 5).state is expected


def test_a_call_connects_runs_recovers_and_runs_on() -> None:
    call = new_call()
    assert call.state is CallState.CONNECTING
    assert call.grace_until_ms == 61_000
    call = call.after(T, LegEvent.JOIN, 1_500).after(T, LegEvent.CONNECT, 2_000)
    assert call.state is CallState.CONNECTING
    call = call.after(O, LegEvent.JOIN, 2_500).after(O, LegEvent.CONNECT, 3_000)
    assert (call.state, call.connected_at_ms, call.grace_until_ms) == (CallState.RUNNING, 3_000, None)
    call = call.after(T, LegEvent.FALL_SILENT, 10_000)
    assert (call.state, call.grace_until_ms) == (CallState.RECOVERING, 40_000)
    call = call.after(T, LegEvent.JOIN, 20_000)
    assert call.grace_until_ms == 40_000
    call = call.after(T, LegEvent.CONNECT, 21_000)
    assert (call.state, call.connected_at_ms, call.grace_until_ms) == (CallState.RUNNING, 3_000, None)


def test_the_earliest_missing_leg_decides() -> None:
    call = running_call().after(T, LegEvent.LEAVE, 10_000).after(O, LegEvent.LEAVE, 15_000)
    assert call.grace_until_ms == 40_000
    call = call.after(T, LegEvent.JOIN, 16_000).after(T, LegEvent.CONNECT, 17_000)
    assert call.grace_until_ms == 45_000


@pytest.mark.parametrize(
    ("call", "at_ms", "reason"),
    [
        (new_call(), 61_000, EndReason.NEVER_CONNECTED),
        (new_call().after(T, LegEvent.JOIN, 5), 61_000, EndReason.NEVER_CONNECTED),
        (
            new_call().after(T, LegEvent.JOIN, 5).after(T, LegEvent.CONNECT, 9),
            61_000,
            EndReason.PEER_LOST,
        ),
        (running_call().after(T, LegEvent.LEAVE, 10_000), 40_000, EndReason.PEER_LOST),
    ],
)
def test_a_deadline_ends_it_on_time(call: Call, at_ms: int, reason: EndReason) -> None:
    assert call.at(at_ms - 1) is call
    ended = call.at(at_ms)
    assert (ended.state, ended.end_reason, ended.ended_at_ms) == (CallState.ENDED, reason, at_ms)
    assert ended.grace_until_ms is None
    assert ended.at(at_ms + 1) is ended


def test_a_running_call_has_no_deadline() -> None:
    call = running_call()
    assert call.at(10**12) is call


def test_the_first_end_counts() -> None:
    call = running_call().ended(EndReason.HUNG_UP, 5_000)
    assert call.ended(EndReason.CLOSED, 6_000) is call
    assert {leg.state for leg in call.view().legs} == {LegState.ABSENT}


@pytest.mark.parametrize("event", [LegEvent.JOIN, LegEvent.LEAVE])
def test_nothing_happens_in_an_ended_call(event: LegEvent) -> None:
    call = running_call().ended(EndReason.HUNG_UP, 5_000)
    with pytest.raises(CallEnded):
        call.after(T, event, 6_000)
    with pytest.raises(CallEnded):
        call.with_devices(T, Devices(True, True, Facing.USER))
    with pytest.raises(CallEnded):
        call.with_quality(T, UNKNOWN_QUALITY)


def test_the_view_shows_devices_and_quality_until_the_leg_is_gone() -> None:
    devices = Devices(microphone=False, camera=True, facing=Facing.ENVIRONMENT)
    good = quality_of(Figures(round_trip_ms=20))
    call = running_call().with_devices(O, devices).with_quality(O, good)
    assert call.view().leg(O).devices == devices
    assert call.view().leg(O).quality == good
    assert call.view().leg(T).name is T
    call = call.after(O, LegEvent.LEAVE, 9_000)
    assert call.view().leg(O).devices == devices
    assert call.view().leg(O).quality == UNKNOWN_QUALITY


@given(st.lists(st.tuples(st.sampled_from(LegName), st.sampled_from(LegEvent), st.integers(0, 20_000))))
def test_whatever_happens_a_call_that_misses_somebody_has_a_deadline(
    steps: list[tuple[LegName, LegEvent, int]],
) -> None:
    call, now_ms = new_call(), 1_000
    for leg, event, passed_ms in steps:
        now_ms += passed_ms
        call = call.at(now_ms)
        if call.state is CallState.ENDED:
            break
        if (call.leg(leg).state, event) in LEG_TRANSITIONS:
            call = call.after(leg, event, now_ms)
    view = call.view()
    assert (view.grace_until_ms is None) == (view.state in (CallState.RUNNING, CallState.ENDED))
    assert (view.end_reason is None) == (view.ended_at_ms is None)
    if view.grace_until_ms is not None:
        assert call.at(view.grace_until_ms).state is CallState.ENDED
