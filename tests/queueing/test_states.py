"""The transition table, state by step, against the rules as a person would write them down."""

import itertools

import pytest

from queueing.errors import StepRefused
from queueing.states import ENDED_STATES, HELD_STATES, OPEN_STATES, TRANSITIONS, Step, TicketState, next_state

ALLOWED = {
    "none": {"issue": "waiting"},
    "waiting": {
        "call": "called",
        "transfer": "waiting",
        "cancel": "cancelled",
        "dismiss": "cancelled",
    },
    "called": {
        "recall": "called",
        "confirm": "serving",
        "abandon": "abandoned",
        "requeue": "waiting",
        "transfer": "waiting",
    },
    "serving": {"finish": "finished", "hold": "on_hold", "requeue": "waiting", "transfer": "waiting"},
    "on_hold": {"resume": "serving", "requeue": "waiting", "transfer": "waiting"},
    "abandoned": {
        "reactivate": "waiting",
        "cancel": "cancelled",
        "dismiss": "cancelled",
        "lapse": "lapsed",
    },
    "finished": {},
    "cancelled": {},
    "lapsed": {},
}


@pytest.mark.parametrize(("state", "step"), list(itertools.product([None, *TicketState], Step)))
def test_every_state_and_step(state: TicketState | None, step: Step) -> None:
    target = ALLOWED[state or "none"].get(step)
    if target is None:
        with pytest.raises(StepRefused) as refused:
            next_state(state, step)
        assert (refused.value.state, refused.value.step) == (state, step)
    else:
        assert next_state(state, step) == target


def test_sets_of_states() -> None:
    assert set(TicketState) == OPEN_STATES | ENDED_STATES
    assert not OPEN_STATES & ENDED_STATES
    assert HELD_STATES < OPEN_STATES
    assert not {state for state, _ in TRANSITIONS} & ENDED_STATES
