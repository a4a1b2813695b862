"""How many waited in each line in the course of a day, from the steps of tickets. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from cases.reports.figures import Happened
from queueing.states import TicketState


@dataclass(frozen=True, slots=True)
class Sample:
    """How many waited at a moment, by line; lines with nobody are not in it."""

    at_ms: int
    waiting: dict[str, int]


@dataclass(slots=True)
class Crowd:
    """``next_ms``: the next moment at which is counted, ``every_ms`` after the one before. Steps come in
    order; those of before the first moment say who waited then.
    """

    next_ms: int
    every_ms: int
    samples: list[Sample] = field(default_factory=list)
    _lines: dict[str, str] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)

    def take(self, some: Iterable[Happened]) -> None:
        for happened in some:
            self.reach(happened.at_ms)
            before = self._lines.pop(happened.ticket_id, None)
            if before is not None:
                self._counts[before] -= 1
            if happened.state is TicketState.WAITING:
                self._lines[happened.ticket_id] = happened.line_id
                self._counts[happened.line_id] += 1

    def reach(self, at_ms: int) -> None:
        """Nothing else happened before ``at_ms``."""
        while self.next_ms <= at_ms:
            self.samples.append(Sample(self.next_ms, self.waiting))
            self.next_ms += self.every_ms

    @property
    def waiting(self) -> dict[str, int]:
        """By line, as far as the steps tell."""
        return {line_id: count for line_id, count in self._counts.items() if count}
