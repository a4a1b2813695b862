"""Did each deadline fire once, and not before its time? Pure; from what cases tell of their tickets' steps.

A call is given up once (``abandon``), and an abandoned ticket lapses once, or is taken back once for each
time that it was given up. A deadline that fired before the time that a page counted down to was too early;
how late it fired is a figure, since a server that is away fires it when it is back.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from loadtests.observed import DeadlineSeen, HistorySeen, Observed
from queueing.states import Step, TicketState

DEADLINE: Final = "deadline"
"""The cause of a step that nobody made."""
TOLERANCE_MS: Final = 1


@dataclass(frozen=True, slots=True)
class DeadlineFault:
    ticket_id: str
    shown: str


def deadline_faults(events: Sequence[Observed]) -> Iterator[DeadlineFault]:
    due = _due(events)
    for event in events:
        if isinstance(event, HistorySeen):
            yield from _of_history(event, due)


def late_ms(events: Sequence[Observed]) -> list[float]:
    """Of each deadline that fired: how long after its time."""
    due = _due(events)
    found: list[float] = []
    for event in events:
        if isinstance(event, HistorySeen):
            for fired in _fired(event):
                times = due.get((event.ticket_id, fired.state, fired.call_number))
                if times:
                    found.append(float(max(0, fired.at_ms - max(times))))
    return found


@dataclass(frozen=True, slots=True)
class _Fired:
    """A deadline that fired in a state of a call."""

    at_ms: int
    step: str
    state: TicketState
    call_number: int


def _due(events: Sequence[Observed]) -> dict[tuple[str, TicketState, int], set[int]]:
    due: defaultdict[tuple[str, TicketState, int], set[int]] = defaultdict(set)
    for event in events:
        if isinstance(event, DeadlineSeen):
            due[event.ticket_id, event.state, event.call_number].add(event.deadline_ms)
    return due


def _fired(history: HistorySeen) -> Iterator[_Fired]:
    calls = 0
    for at_ms, step, by in history.steps:
        calls += step == Step.CALL
        if by == DEADLINE and step == Step.ABANDON:
            yield _Fired(at_ms, step, TicketState.CALLED, calls)
        elif by == DEADLINE and step == Step.LAPSE:
            yield _Fired(at_ms, step, TicketState.ABANDONED, calls)


def _of_history(
    history: HistorySeen, due: dict[tuple[str, TicketState, int], set[int]]
) -> Iterator[DeadlineFault]:
    told = ", ".join(f"{step} by {by} at {at_ms}" for at_ms, step, by in history.steps)
    yield from _twice(history, told)
    for fired in _fired(history):
        times = due.get((history.ticket_id, fired.state, fired.call_number))
        if times and fired.at_ms < min(times) - TOLERANCE_MS:
            early_ms = min(times) - fired.at_ms
            yield DeadlineFault(
                history.ticket_id,
                f"{fired.step} {early_ms} ms before the time that its page was shown: {told}",
            )


def _twice(history: HistorySeen, told: str) -> Iterator[DeadlineFault]:
    ticket_id = history.ticket_id
    called = abandoned = lapsed = False
    for at_ms, step, by in history.steps:
        if lapsed:
            yield DeadlineFault(ticket_id, f"{step} by {by} at {at_ms} after it had lapsed: {told}")
            break
        if step == Step.CALL:
            called, abandoned = True, False
        elif step == Step.ABANDON:
            if not called:
                yield DeadlineFault(ticket_id, f"given up twice for one call, at {at_ms}: {told}")
            called, abandoned = False, True
        elif step == Step.LAPSE:
            if not abandoned:
                yield DeadlineFault(ticket_id, f"lapsed at {at_ms} though not given up: {told}")
            lapsed = True
        elif step in (Step.REACTIVATE, Step.CONFIRM, Step.REQUEUE):
            called = abandoned = False
