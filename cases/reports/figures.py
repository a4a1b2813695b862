"""What is counted of tickets, from their steps. Pure; docs/REPORTS.md says what each figure means."""

from bisect import bisect_left, insort
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Generic, TypeVar

from queueing.states import Step, TicketState

BINS: Final = 10
"""Columns of the waits' histogram; the last one has no upper end."""
BINS_IN_TARGET: Final = 5
"""So many of them are within the target."""

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Happened:
    """A step with what is counted of it. ``line_id``: where the ticket is after it; ``officer_id``: whose
    call it was, none of a ticket that was never called; ``state``: after it. ``wait_ms``: of a first call,
    since the ticket was issued; ``service_ms``: of a finish, since the confirmation without the time on hold.
    """

    version: int
    at_ms: int
    step: Step
    state: TicketState
    ticket_id: str
    line_id: str
    officer_id: str | None = None
    wait_ms: int | None = None
    service_ms: int | None = None
    is_unsuccessful: bool = False


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """Counts of steps, and lengths in milliseconds; a length is none where there is nothing to take it of.

    ``called``: tickets called for the first time, of which ``within_target`` waited no longer than the
    target; waits are those of ``called``. Service times are those of ``finished``, of which ``unsuccessful``
    were finished so. p50 and p90 are the least value that so many percent of all values do not exceed.
    """

    issued: int
    called: int
    within_target: int
    wait_p50_ms: int | None
    wait_p90_ms: int | None
    wait_max_ms: int | None
    finished: int
    unsuccessful: int
    service_p50_ms: int | None
    service_p90_ms: int | None
    service_mean_ms: int | None
    abandoned: int
    reactivated: int
    lapsed: int
    cancelled: int
    dismissed: int
    transferred: int


def percentile(ordered: Sequence[int], percent: int) -> int | None:
    """The least of the ordered values that ``percent`` of 100 of them do not exceed; none of no values."""
    if not ordered:
        return None
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]


@dataclass(slots=True)
class Tally:
    """Adds steps up; waits and service times are kept in order."""

    steps: dict[Step, int] = field(default_factory=dict)
    unsuccessful: int = 0
    waits: list[int] = field(default_factory=list)
    services: list[int] = field(default_factory=list)

    def take(self, happened: Happened) -> None:
        self.steps[happened.step] = self.steps.get(happened.step, 0) + 1
        self.unsuccessful += happened.is_unsuccessful
        if happened.wait_ms is not None:
            insort(self.waits, max(0, happened.wait_ms))
        if happened.service_ms is not None:
            insort(self.services, max(0, happened.service_ms))

    def figures(self, target_ms: int) -> ServiceFigures:
        """With the waits measured by this target."""
        steps, waits, services = self.steps, self.waits, self.services
        return ServiceFigures(
            issued=steps.get(Step.ISSUE, 0),
            called=len(waits),
            within_target=bisect_left(waits, target_ms + 1),
            wait_p50_ms=percentile(waits, 50),
            wait_p90_ms=percentile(waits, 90),
            wait_max_ms=waits[-1] if waits else None,
            finished=steps.get(Step.FINISH, 0),
            unsuccessful=self.unsuccessful,
            service_p50_ms=percentile(services, 50),
            service_p90_ms=percentile(services, 90),
            service_mean_ms=sum(services) // len(services) if services else None,
            abandoned=steps.get(Step.ABANDON, 0),
            reactivated=steps.get(Step.REACTIVATE, 0),
            lapsed=steps.get(Step.LAPSE, 0),
            cancelled=steps.get(Step.CANCEL, 0),
            dismissed=steps.get(Step.DISMISS, 0),
            transferred=steps.get(Step.TRANSFER, 0),
        )

    def histogram(self, target_ms: int) -> tuple[int, ...]:
        """How many waits were in each of BINS equal spans, BINS_IN_TARGET of which make the target; a wait at
        the end of a span belongs to it, and the last one takes all that are longer.
        """
        ends = [target_ms * number // BINS_IN_TARGET for number in range(1, BINS)]
        below = [0, *(bisect_left(self.waits, end + 1) for end in ends), len(self.waits)]
        return tuple(after - before for before, after in pairwise(below))


@dataclass(slots=True)
class Tallies(Generic[K]):
    """A tally for each value of ``key``, and one of everything; what has no key counts in that one only."""

    key: Callable[[Happened], K | None]
    total: Tally = field(default_factory=Tally)
    by_key: dict[K, Tally] = field(default_factory=dict)

    def take(self, some: Iterable[Happened]) -> None:
        for happened in some:
            self.total.take(happened)
            key = self.key(happened)
            if key is not None:
                self.by_key.setdefault(key, Tally()).take(happened)

    def of(self, key: K) -> Tally:
        """An empty one where nothing was counted."""
        return self.by_key.get(key) or Tally()
