"""A hall without Redis and its pages: what really is, and what each page counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cases.views.names import Bilingual, HallView, LineKind, LineName
from cases.views.tickets import LineChanged, PaceView, TicketView
from loadtests.counting import Counting, Told
from queueing.states import Step, TicketState
from queueing.ticket import Cause, JournalEntry, Priority, Spot, Ticket
from signaling.lines import Delta, LineBounds, Lines

HALL = "h"
NAME = Bilingual("厅", "hall")


@dataclass(slots=True)
class Truth:
    """One hall as it really is after each of its steps."""

    version: int = 0
    lines: dict[str, dict[str, int]] = field(default_factory=lambda: {"a": {}, "b": {}})
    entries: list[JournalEntry] = field(default_factory=list)

    def line_of(self, ticket_id: str) -> str | None:
        return next((line_id for line_id, places in self.lines.items() if ticket_id in places), None)

    def step(self, step: Step, ticket_id: str, line_id: str, place: int | None) -> JournalEntry:
        """The ticket stands at that place of that line now, or in none; the entry of it."""
        before = self.line_of(ticket_id)
        left = Spot(before, self.lines[before].pop(ticket_id)) if before is not None else None
        joined = None
        if place is not None:
            self.lines[line_id][ticket_id] = place
            joined = Spot(line_id, place)
        self.version += 1
        state = TicketState.WAITING if place is not None else TicketState.CALLED
        ticket = Ticket(
            HALL, ticket_id, line_id, "A001", state, Priority.WALK_IN, self.version, 0, None, 1, None, None,
            None, None, 0, None, None, place,
        )  # fmt: skip
        entry = JournalEntry(
            HALL, self.version, self.version, step, ticket, Cause.OFFICER, left, joined, packed=""
        )
        self.entries.append(entry)
        return entry

    def ahead(self, ticket_id: str) -> int | None:
        line_id = self.line_of(ticket_id)
        if line_id is None:
            return None
        places = self.lines[line_id]
        return sum(place < places[ticket_id] for place in places.values())

    def view(self, ticket_id: str) -> TicketView:
        line_id = self.line_of(ticket_id)
        shown = line_id or "a"
        return TicketView(
            ticket_id=ticket_id, case_id="c", case_number="n", hall=HallView(HALL, NAME, NAME, "UTC"),
            line=LineName(shown, "A", LineKind.CONSULT, NAME), number="A001",
            state=TicketState.WAITING if line_id is not None else TicketState.CALLED,
            version=self.version, at_ms=self.version, issued_at_ms=1, ahead=self.ahead(ticket_id),
            place=self.lines[line_id][ticket_id] if line_id is not None else None,
            wait=None, waiting=len(self.lines[shown]), call_number=0, called_at_ms=None, deadline_ms=None,
            deadline_span_ms=None, activation_ms=1, reactivations_left=0, officer=None, counter=None,
            actions=(), call=None, close_reason=None,
        )  # fmt: skip


class NoPace:
    def pace(self, _hall_id: str, _line_id: str) -> PaceView | None:
        return None


def lines_of(bounds: LineBounds, version: int = 0) -> Lines:
    """Of one hall that begins at that version."""
    lines = Lines(bounds, NoPace())
    lines.begin(HALL, version)
    return lines


def deltas(lines: Lines, tick_ms: int) -> list[tuple[LineChanged, list[str]]]:
    """What is told at that tick, and to whom."""
    return [
        (told.changed, list(told.ticket_ids))
        for told in lines.due(tick_ms, tick_ms)
        if isinstance(told, Delta)
    ]


class WaitingPage:
    """A page that counts; it never drops what it has to take."""

    def __init__(self, ticket_id: str) -> None:
        self.ticket_id = ticket_id
        self.counting = Counting()
        self.has_missed = False
        self._newest = -1

    def shown(self, view: TicketView) -> None:
        if view.version >= self._newest:
            self._newest = view.version
            self.has_missed = self.counting.shown(view)

    def told(self, changed: LineChanged) -> None:
        if self.counting.told(changed) is Told.MISSED:
            self.has_missed = True

    def is_right(self, history: Sequence[dict[str, dict[str, int]]]) -> bool:
        """Whether it counts what was true at its version. ``history``: the lines at each version."""
        if not self.counting.counts:
            return True
        for places in history[self.counting.version].values():
            if self.ticket_id in places:
                own = places[self.ticket_id]
                ahead = sum(place < own for place in places.values())
                return (self.counting.ahead, self.counting.waiting) == (ahead, len(places))
        return False
