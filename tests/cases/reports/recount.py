"""The figures counted again, ticket by ticket from the journal, by other means than the product's."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cases.reports.figures import ServiceFigures
from queueing.states import Step, TicketState
from queueing.ticket import JournalEntry


@dataclass(frozen=True)
class Told:
    """An entry of the journal with what came before it for its ticket, itself last."""

    entry: JournalEntry
    at_ms: int
    history: Sequence["Told"]

    @property
    def step(self) -> Step:
        return self.entry.step

    @cached_property
    def officer_id(self) -> str | None:
        """Who called the ticket last."""
        return next(
            (one.entry.ticket.officer_id for one in reversed(self.history) if one.step is Step.CALL), None
        )

    @cached_property
    def wait_ms(self) -> int | None:
        calls = [one for one in self.history if one.step is Step.CALL]
        return self.at_ms - self.history[0].at_ms if self.step is Step.CALL and len(calls) == 1 else None

    @cached_property
    def service_ms(self) -> int | None:
        """Walks through the last service, adding up the spans in which it was in hand."""
        if self.step is not Step.FINISH:
            return None
        spent, since = 0, None
        for one in self.history:
            if since is not None and one.entry.ticket.state is not TicketState.SERVING:
                spent += one.at_ms - since
                since = None
            if one.step is Step.CONFIRM:
                spent = 0
            if one.step in (Step.CONFIRM, Step.RESUME):
                since = one.at_ms
        return spent


def told(entries: Iterable[JournalEntry], at_ms: Callable[[JournalEntry], int]) -> list[Told]:
    """In order; ``at_ms``: when the entry is taken to have happened."""
    histories: dict[str, list[Told]] = {}
    found = []
    for entry in entries:
        history = histories.setdefault(entry.ticket.ticket_id, [])
        one = Told(entry, at_ms(entry), [])
        history.append(one)
        found.append(Told(entry, one.at_ms, tuple(history)))
    return found


def _percentile(values: Sequence[int], percent: int) -> int | None:
    """By its definition: values are passed until enough of all are not exceeded."""
    passed = 0
    for value, times in sorted(Counter(values).items()):
        passed += times
        if passed * 100 >= percent * len(values):
            return value
    return None


def recount(some: Sequence[Told], target_ms: int) -> ServiceFigures:
    """The figures of these."""

    def count(step: Step) -> int:
        return sum(one.step is step for one in some)

    waits = [one.wait_ms for one in some if one.wait_ms is not None]
    services = [one.service_ms for one in some if one.service_ms is not None]
    return ServiceFigures(
        issued=count(Step.ISSUE),
        called=len(waits),
        within_target=sum(wait <= target_ms for wait in waits),
        wait_p50_ms=_percentile(waits, 50),
        wait_p90_ms=_percentile(waits, 90),
        wait_max_ms=max(waits, default=None),
        finished=count(Step.FINISH),
        unsuccessful=sum(
            one.step is Step.FINISH and one.entry.ticket.outcome == "unsuccessful" for one in some
        ),
        service_p50_ms=_percentile(services, 50),
        service_p90_ms=_percentile(services, 90),
        service_mean_ms=sum(services) // len(services) if services else None,
        abandoned=count(Step.ABANDON),
        reactivated=count(Step.REACTIVATE),
        lapsed=count(Step.LAPSE),
        cancelled=count(Step.CANCEL),
        dismissed=count(Step.DISMISS),
        transferred=count(Step.TRANSFER),
    )


def recount_by(
    some: Sequence[Told], key: Callable[[Told], Hashable], target_ms: int
) -> Mapping[Hashable, ServiceFigures]:
    """The same for each value of the key."""
    keys = dict.fromkeys(key(one) for one in some)
    return {wanted: recount([one for one in some if key(one) == wanted], target_ms) for wanted in keys}


def waiting_at(some: Sequence[Told], at_ms: int) -> dict[str, int]:
    """How many waited in each line after what happened before that moment."""
    last = {one.entry.ticket.ticket_id: one.entry.ticket for one in some if one.at_ms < at_ms}
    waiting = [ticket.line_id for ticket in last.values() if ticket.state is TicketState.WAITING]
    return {line_id: waiting.count(line_id) for line_id in waiting}
