"""From a journal to the question whether every deadline fired once, and how late. Pure."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from queueing.states import Step
from queueing.ticket import Cause, JournalEntry

BY_DEADLINE: Final = (Step.ABANDON, Step.LAPSE)


@dataclass(slots=True)
class Fired:
    """What the deadlines did to tickets that were called once and then left alone."""

    late_ms: dict[Step, list[int]] = field(default_factory=lambda: {step: [] for step in BY_DEADLINE})
    """Entry's time minus the deadline, of each step that a deadline made."""
    missing: list[tuple[str, Step]] = field(default_factory=list)
    """Tickets without that step."""
    repeated: list[tuple[str, Step]] = field(default_factory=list)
    """Tickets with that step more than once."""
    early: list[tuple[str, Step]] = field(default_factory=list)
    """Tickets with that step before its time."""

    @property
    def exactly_once(self) -> bool:
        return not (self.missing or self.repeated or self.early)


def judge(tickets: Iterable[str], entries: Sequence[JournalEntry]) -> Fired:
    """Each ticket has to be abandoned once by its deadline, and to lapse once by the next one."""
    fired = Fired()
    deadlines: dict[str, int] = {}
    times: Counter[tuple[str, Step]] = Counter()
    for entry in entries:
        ticket = entry.ticket
        if entry.step in BY_DEADLINE and entry.cause is Cause.DEADLINE:
            times[ticket.ticket_id, entry.step] += 1
            late_ms = entry.at_ms - deadlines.get(ticket.ticket_id, entry.at_ms)
            fired.late_ms[entry.step].append(late_ms)
            if late_ms < 0:
                fired.early.append((ticket.ticket_id, entry.step))
        if ticket.deadline_ms is not None:
            deadlines[ticket.ticket_id] = ticket.deadline_ms
    for ticket_id in tickets:
        for step in BY_DEADLINE:
            count = times[ticket_id, step]
            if count == 0:
                fired.missing.append((ticket_id, step))
            elif count > 1:
                fired.repeated.append((ticket_id, step))
    return fired


def quantiles_ms(late_ms: Sequence[int]) -> dict[str, float]:
    """Median, 99th percentile and the worst; needs two values or more."""
    cuts = statistics.quantiles(late_ms, n=100, method="inclusive")
    return {"p50": round(cuts[49], 1), "p99": round(cuts[98], 1), "max": max(late_ms)}
