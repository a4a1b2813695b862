"""Counts and times of a run. Pure: times come in as arguments (milliseconds of one monotonic clock)."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from queueing.states import TicketState

TIMES = ("issue", "call_to_page", "case", "wait", "message", "setup", "first_frame")
"""The times that are measured; each is ``…_ms`` of ``Figures`` and of the result."""


def quantile(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank quantile; none of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(slots=True)
class Figures:
    """What is counted while a run goes on. Bounded by the number of tickets and of kinds of errors."""

    started: int = 0
    states: dict[str, TicketState] = field(default_factory=dict)
    abandoned: set[str] = field(default_factory=set)
    errors: Counter[str] = field(default_factory=Counter)
    stale_views: int = 0
    """Views that came after a newer one, and which the page dropped as the protocol says."""
    counts: int = 0
    """How often a page counted on from what its line told."""
    missed: int = 0
    """How often a page found that something did not reach it, and asked."""
    races: int = 0
    """Steps that were refused because somebody else was quicker: expected."""
    disturbed: Counter[str] = field(default_factory=Counter)
    """What failed while the run itself had killed a part of the server."""
    pictures: int = 0
    cases: int = 0
    """Whole ones: from guidance to the ticket."""
    payments: int = 0
    """Confirmed."""
    reloads: int = 0
    drops: int = 0
    reactivations: int = 0
    packets_sent: int = 0
    packets_received: int = 0
    media_calls: int = 0
    """Sides of calls with media that go on now."""
    issue_ms: list[float] = field(default_factory=list)
    call_to_page_ms: list[float] = field(default_factory=list)
    case_ms: list[float] = field(default_factory=list)
    """From the first question of the guidance to the form that is handed in."""
    wait_ms: list[float] = field(default_factory=list)
    """From a ticket to its first call."""
    message_ms: list[float] = field(default_factory=list)
    setup_ms: list[float] = field(default_factory=list)
    first_frame_ms: list[float] = field(default_factory=list)
    _said_at_ms: dict[str, tuple[str, float]] = field(default_factory=dict)
    _heard_at_ms: dict[str, tuple[str, float]] = field(default_factory=dict)
    _called_at_ms: dict[tuple[str, int], float] = field(default_factory=dict)
    _shown_at_ms: dict[tuple[str, int], float] = field(default_factory=dict)

    def state(self, ticket_id: str, state: TicketState) -> None:
        self.states[ticket_id] = state
        if state is TicketState.ABANDONED:
            self.abandoned.add(ticket_id)

    def called(self, ticket_id: str, call_number: int, *, asked_at_ms: float) -> None:
        """An officer's call was acknowledged; it had been asked for at that time."""
        self._called_at_ms.setdefault((ticket_id, call_number), asked_at_ms)
        self._pair((ticket_id, call_number))

    def shown_called(self, ticket_id: str, call_number: int, *, at_ms: float) -> bool:
        """The taxpayer's page rang; whether for the first time in this call."""
        if (ticket_id, call_number) in self._shown_at_ms:
            return False
        self._shown_at_ms[ticket_id, call_number] = at_ms
        self._pair((ticket_id, call_number))
        return True

    def message_sent(self, page: str, message_id: str, *, asked_at_ms: float) -> None:
        self._said_at_ms[message_id] = (page, asked_at_ms)
        self._pair_message(message_id)

    def message_shown(self, page: str, message_id: str, *, at_ms: float) -> None:
        """The first time counts that it is shown to another page than the writer's."""
        heard = self._heard_at_ms.get(message_id)
        said = self._said_at_ms.get(message_id)
        if said is not None and said[0] == page:
            return
        if heard is None:
            self._heard_at_ms[message_id] = (page, at_ms)
            self._pair_message(message_id)

    def _pair_message(self, message_id: str) -> None:
        said, heard = self._said_at_ms.get(message_id), self._heard_at_ms.get(message_id)
        if said is None or heard is None:
            return
        if said[0] == heard[0]:
            # Its own page was shown it before the acknowledgement came: the other one's is still to come.
            del self._heard_at_ms[message_id]
        else:
            self.message_ms.append(heard[1] - said[1])

    def _pair(self, call: tuple[str, int]) -> None:
        asked, shown = self._called_at_ms.get(call), self._shown_at_ms.get(call)
        if asked is not None and shown is not None:
            self.call_to_page_ms.append(shown - asked)

    def pair_across(self) -> None:
        """The times whose two ends were seen by different generators; once, after they were merged."""
        self.call_to_page_ms = [
            shown - self._called_at_ms[call]
            for call, shown in self._shown_at_ms.items()
            if call in self._called_at_ms
        ]
        self.message_ms = [
            heard[1] - self._said_at_ms[message_id][1]
            for message_id, heard in self._heard_at_ms.items()
            if message_id in self._said_at_ms and self._said_at_ms[message_id][0] != heard[0]
        ]

    def shift(self, by_ms: float) -> None:
        """What waits for its other end was seen by a clock that is so much behind that of the others."""
        self._said_at_ms, self._heard_at_ms = (
            {message_id: (page, at_ms + by_ms) for message_id, (page, at_ms) in seen.items()}
            for seen in (self._said_at_ms, self._heard_at_ms)
        )
        self._called_at_ms, self._shown_at_ms = (
            {call: at_ms + by_ms for call, at_ms in seen.items()}
            for seen in (self._called_at_ms, self._shown_at_ms)
        )

    def count(self, *states: TicketState) -> int:
        return sum(state in states for state in self.states.values())


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the live table."""

    at_s: int
    came: int
    waiting: int
    called: int
    serving: int
    video: int
    """Sides of calls that send and receive media."""
    done: int
    abandoned: int
    errors: int
    issue_p50_ms: float | None
    issue_p95_ms: float | None
    call_p50_ms: float | None
    call_p95_ms: float | None


def row(figures: Figures, at_s: float) -> Row:
    """``abandoned``: tickets that were at least once."""
    return Row(
        round(at_s),
        figures.started,
        figures.count(TicketState.WAITING),
        figures.count(TicketState.CALLED),
        figures.count(TicketState.SERVING),
        0,
        figures.count(TicketState.FINISHED),
        len(figures.abandoned),
        figures.errors.total(),
        quantile(figures.issue_ms, 0.5),
        quantile(figures.issue_ms, 0.95),
        quantile(figures.call_to_page_ms, 0.5),
        quantile(figures.call_to_page_ms, 0.95),
    )


@dataclass(frozen=True, slots=True)
class Column:
    head: str
    width: int


COLUMNS = (
    Column("s", 5),
    Column("came", 6),
    Column("waiting", 8),
    Column("called", 7),
    Column("serving", 8),
    Column("video", 6),
    Column("done", 6),
    Column("abandoned", 10),
    Column("errors", 7),
    Column("issue p50 ms", 13),
    Column("p95", 6),
    Column("call→page p50 ms", 17),
    Column("p95", 6),
)


def heading() -> str:
    return "".join(column.head.rjust(column.width) for column in COLUMNS)


def table_line(current: Row) -> str:
    cells: Iterable[float | int | None] = (
        current.at_s,
        current.came,
        current.waiting,
        current.called,
        current.serving,
        current.video,
        current.done,
        current.abandoned,
        current.errors,
        current.issue_p50_ms,
        current.issue_p95_ms,
        current.call_p50_ms,
        current.call_p95_ms,
    )
    return "".join(_cell(cell).rjust(column.width) for cell, column in zip(cells, COLUMNS, strict=True))


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"


def summary(figures: Figures, *, taken_s: float) -> dict[str, float | int | str]:
    """The figures of the JSON; the unit in each name. Times that were not measured are left out."""
    ends = {
        "finished": figures.count(TicketState.FINISHED),
        "lapsed": figures.count(TicketState.LAPSED),
        "cancelled": figures.count(TicketState.CANCELLED),
    }
    times = {
        f"{name}_{label}_ms": quantile(getattr(figures, f"{name}_ms"), share)
        for name in TIMES
        for label, share in (("p50", 0.5), ("p95", 0.95), ("max", 1.0))
    }
    media = {"packets_sent": figures.packets_sent, "packets_received": figures.packets_received}
    return {
        "taken_s": round(taken_s, 1),
        "taxpayers": figures.started,
        "tickets": len(figures.states),
        **ends,
        "open": len(figures.states) - sum(ends.values()),
        "abandoned": len(figures.abandoned),
        "calls": len(figures.call_to_page_ms),
        "races": figures.races,
        "errors": figures.errors.total(),
        "stale_views": figures.stale_views,
        "counts": figures.counts,
        "missed": figures.missed,
        "disturbed": figures.disturbed.total(),
        "cases": figures.cases,
        "payments": figures.payments,
        "messages": len(figures.message_ms),
        "pictures": figures.pictures,
        "reloads": figures.reloads,
        "drops": figures.drops,
        "reactivations": figures.reactivations,
        **media,
        **{name: round(value, 1) for name, value in times.items() if value is not None},
    }


def merged(several: Sequence[Figures]) -> Figures:
    """Those of several generators: what one began and another ended is one time."""
    whole = Figures()
    for one in several:
        for name, value in _fields(one):
            mine = getattr(whole, name)
            if isinstance(mine, int):
                setattr(whole, name, mine + value)
            elif isinstance(mine, list):
                mine += value
            elif isinstance(mine, Counter | dict | set):
                mine.update(value)
    if len(several) > 1:
        whole.pair_across()
    return whole


def _fields(figures: Figures) -> Iterable[tuple[str, Any]]:
    return ((one.name, getattr(figures, one.name)) for one in fields(figures))
