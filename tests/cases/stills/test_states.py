"""The table of a still picture's request, and who may do what: every state, event, side and time."""

from itertools import product

import pytest

from cases.stills.errors import StillOver
from cases.stills.states import (
    TABLE,
    StillAction,
    StillEvent,
    StillState,
    Waiting,
    allowed,
    refusal,
    state_at,
)
from rtc.call import LegName

AFTER = {
    StillEvent.CONSENT: StillState.CONSENTED,
    StillEvent.REFUSE: StillState.REFUSED,
    StillEvent.WITHDRAW: StillState.WITHDRAWN,
    StillEvent.TIME_PASSED: StillState.EXPIRED,
    StillEvent.CALL_ENDED: StillState.CALL_ENDED,
}
DUE_MS = 1_000


@pytest.mark.parametrize(("state", "event"), list(product(StillState, StillEvent)))
def test_only_a_request_that_waits_goes_on(state: StillState, event: StillEvent) -> None:
    expected = AFTER[event] if state is StillState.ASKED else None
    assert TABLE.get((state, event)) is expected


@pytest.mark.parametrize("state", StillState)
@pytest.mark.parametrize(("now_ms", "is_late"), [(0, False), (999, False), (1_000, True), (9_999, True)])
def test_a_request_is_over_at_its_time_whether_that_is_written_down_or_not(
    state: StillState, now_ms: int, is_late: bool
) -> None:
    request = Waiting(state, DUE_MS)
    expected = StillState.EXPIRED if state is StillState.ASKED and is_late else state
    assert state_at(request, now_ms) is expected
    for event in StillEvent:
        waits = state is StillState.ASKED and not is_late
        assert refusal(request, event, now_ms) is (None if waits else StillOver)


@pytest.mark.parametrize(
    ("state", "side", "in_open_call", "now_ms"),
    list(product((None, *StillState), LegName, (True, False), (999, 1_000))),
)
def test_actions_follow_from_state_side_call_and_time(
    state: StillState | None, side: LegName, in_open_call: bool, now_ms: int
) -> None:
    request = Waiting(state, DUE_MS) if state is not None else None
    waits = state is StillState.ASKED and now_ms < DUE_MS
    expected: tuple[StillAction, ...] = ()
    if in_open_call and side is LegName.TAXPAYER and waits:
        expected = (StillAction.CONSENT, StillAction.REFUSE)
    elif in_open_call and side is LegName.OFFICER:
        expected = (StillAction.WITHDRAW,) if waits else (StillAction.ASK,)
    assert allowed(request, side, in_open_call=in_open_call, now_ms=now_ms) == expected
