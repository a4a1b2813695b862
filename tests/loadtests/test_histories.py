"""Deadlines: each fires once and not before its time; a planted one that does not is found."""

import pytest

from loadtests.deadlines import late_ms
from loadtests.observed import DeadlineSeen, HistorySeen, Observed
from loadtests.rules import Judged, check
from queueing.states import TicketState

DUE: list[Observed] = [
    DeadlineSeen("t1", TicketState.CALLED, 1, 10_000),
    DeadlineSeen("t1", TicketState.ABANDONED, 1, 13_000),
    DeadlineSeen("t1", TicketState.CALLED, 2, 20_000),
    DeadlineSeen("t1", TicketState.ABANDONED, 2, 23_000),
]
STEPS = (
    (1_000, "issue", "taxpayer"),
    (2_000, "call", "officer"),
    (10_004, "abandon", "deadline"),
    (11_000, "reactivate", "taxpayer"),
    (12_000, "call", "officer"),
    (20_009, "abandon", "deadline"),
    (23_000, "lapse", "deadline"),
)


def broken(*steps: tuple[int, str, str]) -> list[tuple[str, tuple[str, ...], str]]:
    events = [*DUE, HistorySeen("t1", "case", steps)]
    return [(one.rule, one.tickets, one.shown) for one in check(Judged(events, drained=False, alone=True))]


def test_deadlines_that_fire_once_and_in_time() -> None:
    assert broken(*STEPS) == []
    assert late_ms([*DUE, HistorySeen("t1", "case", STEPS)]) == [4.0, 9.0, 0.0]


@pytest.mark.parametrize(
    ("at", "planted", "said"),
    [
        (6, (20_500, "abandon", "deadline"), "given up twice for one call"),
        (7, (23_100, "lapse", "deadline"), "after it had lapsed"),
        (4, (13_000, "lapse", "deadline"), "lapsed at 13000 though not given up"),
    ],
)
def test_a_deadline_that_fires_twice(at: int, planted: tuple[int, str, str], said: str) -> None:
    steps = list(STEPS)
    steps.insert(at, planted)
    found = broken(*steps)
    assert {(rule, tickets) for rule, tickets, _ in found} == {("deadline_once", ("t1",))}
    assert any(said in shown for _, _, shown in found)


def test_a_deadline_before_the_time_that_was_shown() -> None:
    steps = [*STEPS]
    steps[2] = (9_500, "abandon", "deadline")
    ((rule, tickets, shown),) = broken(*steps)
    assert (rule, tickets) == ("deadline_once", ("t1",))
    assert "500 ms before" in shown
