"""A few seconds of each kind of place, with a seed; `./run chaos` is the same for long."""

from pathlib import Path

import pytest

from queueing.states import Step, TicketState
from queueing.ticket import Cause
from tests.chaos.checking import Recorded, Told, judge
from tests.chaos.places import PLACES
from tests.chaos.runs import run

SECONDS = 5.0


@pytest.mark.parametrize("name", list(PLACES))
async def test_nothing_is_broken(name: str, tmp_path: Path) -> None:
    outcome = await run(name, PLACES[name], tmp_path, seed=7, seconds=SECONDS, say=print)
    verdict = outcome.verdict
    assert verdict.broken == ()
    assert verdict.steps > 0
    assert (verdict.called_twice, verdict.fired_twice) == (0, 0)


ISSUED = Recorded(1, "t", Step.ISSUE, TicketState.WAITING, Cause.TAXPAYER, None, 0)
CALLED = Recorded(2, "t", Step.CALL, TicketState.CALLED, Cause.OFFICER, "o", 1)
ABANDONED = Recorded(3, "t", Step.ABANDON, TicketState.ABANDONED, Cause.DEADLINE, "o", 1)
TOLD = Told("w", "t", Step.CALL, "o", 1)


def test_what_holds_is_not_broken() -> None:
    verdict = judge([ISSUED, CALLED], [TOLD], [], {"t": TicketState.CALLED}, lossless=True)
    assert (verdict.broken, verdict.lost) == ((), 0)


def test_a_lost_step_is_found() -> None:
    assert judge([ISSUED], [TOLD], [], {}, lossless=True).broken == ("t: call of call 1 is lost",)
    assert judge([ISSUED], [TOLD], [], {}, lossless=False).lost == 1


def test_a_call_to_two_officers_is_found() -> None:
    other = Told("w", "t", Step.CALL, "p", 1)
    assert judge([ISSUED, CALLED], [other], [], {}, lossless=True).called_twice == 1


def test_a_deadline_that_fired_twice_is_found() -> None:
    again = Recorded(4, "t", Step.ABANDON, TicketState.ABANDONED, Cause.DEADLINE, "o", 1)
    verdict = judge([ISSUED, CALLED, ABANDONED, again], [], [], {}, lossless=True)
    assert verdict.fired_twice == 1
    assert len(verdict.broken) == 2


def test_a_gap_is_found_unless_an_epoch_begins_there() -> None:
    late = Recorded(9, "t", Step.CALL, TicketState.CALLED, Cause.OFFICER, "o", 1)
    assert judge([ISSUED, late], [], [], {}, lossless=True).broken == ("version 9 follows 1",)
    assert judge([ISSUED, late], [], [8], {}, lossless=True).broken == ()
