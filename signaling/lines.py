"""What happened in the lines that pages wait in, put together for all pages of a line at once. Pure.

Every step of a hall comes here in order, and tells which places were left and taken (``step``). Whoever is
shown a ticket has a seat (``seat``), and hears of its line by ``LineChanged``s, each of which begins where
the one before it ended (``due``). A page that was shown its ticket at some version applies what is newer than
that, so a change may begin earlier, never later.

In a big line those near the front hear of each tick, the others every ``far_interval_ms`` in one change. A
boundary is a moment at which all are told up to the same version; only then is it settled anew who is near,
so that nobody gets a change that begins after the last one they heard.

``waiting`` is not read anew: it comes with the view of the first seat of a line and goes on by the changes,
which is exact because versions are dense and a view says of which version it is.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cases.views.tickets import LineChanged, PaceView, TicketView
from queueing.ticket import JournalEntry

Change = tuple[int, int, int]
"""Version, place, 1 for taken or -1 for left."""


class Paces(Protocol):
    """How fast lines move, as far as it is known."""

    def pace(self, hall_id: str, line_id: str) -> PaceView | None: ...


@dataclass(frozen=True, slots=True)
class LineBounds:
    """``near_places``: how many pages nearest to the front hear of every tick, in a line that ``far_from`` or
    more pages wait in; ``far_interval_ms``: how often the others do. ``changes_max``: what one message may
    tell; where more happened the pages are shown their tickets anew. ``pace_interval_ms``: least time between
    two messages that only tell a new pace. ``recent_max``: how many changes of a hall are kept for views that
    come late.
    """

    near_places: int = 100
    far_interval_ms: int = 2_000
    far_from: int = 1_000
    changes_max: int = 500
    pace_interval_ms: int = 10_000
    recent_max: int = 2_000


@dataclass(frozen=True, slots=True)
class Delta:
    """A change, and the tickets whose pages hear of it, nearest first."""

    changed: LineChanged
    ticket_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Anew:
    """Tickets that have to be shown anew: more happened than one message tells."""

    hall_id: str
    ticket_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Seat:
    hall_id: str
    line_id: str
    place: int


@dataclass(slots=True)
class _Line:
    """A line that pages wait in. ``waiting`` counts every change after the version ``counted_from``;
    ``changes`` are those after ``far_version``.
    """

    waiting: int
    counted_from: int
    near_version: int
    far_version: int
    changes: list[Change]
    places: dict[str, int] = field(default_factory=dict)
    near: dict[str, None] = field(default_factory=dict)
    near_until: int | None = None
    """The first place that is not near; None while all are."""
    boundary_ms: int = 0
    pace: PaceView | None = None
    pace_ms: int = 0
    _nearest_first: list[str] | None = None
    """As of the last look, until a seat comes or goes: far pages and the next near ones need the same."""

    def take(self, change: Change) -> None:
        self.changes.append(change)
        if change[0] > self.counted_from:
            self.waiting += change[2]

    def version_of(self, place: int) -> int:
        """What somebody at that place was told up to."""
        is_near = self.near_until is None or place < self.near_until
        return self.near_version if is_near else self.far_version

    def put(self, ticket_id: str, place: int) -> None:
        if self.places.get(ticket_id) != place:
            self.places[ticket_id] = place
            self._nearest_first = None

    def drop(self, ticket_id: str) -> None:
        del self.places[ticket_id]
        self.near.pop(ticket_id, None)
        self._nearest_first = None

    def nearest_first(self) -> list[str]:
        """Not to be changed."""
        if self._nearest_first is None:
            self._nearest_first = sorted(self.places, key=self.places.__getitem__)
        return self._nearest_first


@dataclass(slots=True)
class _Hall:
    """``recent``: the line and each change after the version ``since``."""

    version: int
    since: int
    recent: deque[tuple[str, Change]]
    lines: dict[str, _Line] = field(default_factory=dict)

    def keep(self, line_id: str, change: Change) -> None:
        if len(self.recent) == self.recent.maxlen:
            self.since = self.recent[0][1][0]
        self.recent.append((line_id, change))

    def after(self, version: int, line_id: str) -> Iterator[Change]:
        """The line's changes after that version, the newest first."""
        for changed_line_id, change in reversed(self.recent):
            if change[0] <= version:
                return
            if changed_line_id == line_id:
                yield change


class Lines:
    """The lines of this process' pages."""

    def __init__(self, bounds: LineBounds, paces: Paces) -> None:
        self._bounds = bounds
        self._paces = paces
        self._halls: dict[str, _Hall] = {}
        self._seats: dict[str, _Seat] = {}

    def begin(self, hall_id: str, version: int) -> None:
        """The next step of the hall that comes follows this version. Its seats are gone: whoever is shown a
        ticket has to be shown it anew.
        """
        for ticket_id in [one for one, seat in self._seats.items() if seat.hall_id == hall_id]:
            del self._seats[ticket_id]
        self._halls[hall_id] = _Hall(version, version, deque(maxlen=self._bounds.recent_max))

    def version(self, hall_id: str) -> int:
        """Up to where the steps came; 0 for a hall that was not begun."""
        hall = self._halls.get(hall_id)
        return hall.version if hall is not None else 0

    def step(self, entry: JournalEntry) -> None:
        """The next step of a hall that was begun. Costs the same however many pages wait."""
        hall = self._halls[entry.hall_id]
        hall.version = entry.version
        for spot, sign in ((entry.left, -1), (entry.joined, 1)):
            if spot is not None:
                change = (entry.version, spot.place, sign)
                hall.keep(spot.line_id, change)
                if (line := hall.lines.get(spot.line_id)) is not None:
                    line.take(change)
        ticket, seat = entry.ticket, self._seats.get(entry.ticket.ticket_id)
        if seat is not None and (seat.line_id, seat.place) != (ticket.line_id, ticket.place):
            self.unseat(ticket.ticket_id)

    def seat(self, view: TicketView) -> bool:
        """The pages of this ticket were just shown this view, and hear of its line from now on while it
        waits.

        False where that was told of newer steps before: they have to be shown the ticket once more.
        """
        hall = self._halls.get(view.hall.hall_id)
        if hall is None:
            return True  # all is shown anew when it begins
        if view.version < hall.since:
            return False
        line_id, place = view.line.line_id, view.place
        if place is None or _has_left(hall.after(view.version, line_id), place):
            self.unseat(view.ticket_id)
            return True
        if self._seats.get(view.ticket_id) != _Seat(view.hall.hall_id, line_id, place):
            self.unseat(view.ticket_id)
        line = hall.lines.get(line_id)
        if line is None:
            line = hall.lines[line_id] = _opened(hall, view)
        self._seats[view.ticket_id] = _Seat(view.hall.hall_id, line_id, place)
        line.put(view.ticket_id, place)
        if line.near_until is not None and place < line.near_until:
            line.near[view.ticket_id] = None
        return view.version >= line.version_of(place)

    def unseat(self, ticket_id: str) -> None:
        """Nobody is shown the ticket any more, or it waits no more. Safe to repeat."""
        seat = self._seats.pop(ticket_id, None)
        if seat is None:
            return
        lines = self._halls[seat.hall_id].lines
        line = lines[seat.line_id]
        line.drop(ticket_id)
        if not line.places:
            del lines[seat.line_id]

    @property
    def waits(self) -> bool:
        """Whether somebody has not been told of everything yet."""
        return any(line.changes for hall in self._halls.values() for line in hall.lines.values())

    def due(self, tick_ms: int, at_ms: int) -> list[Delta | Anew]:
        """What is to be told at this tick: of a monotonic clock, and of the clock that pages are shown."""
        return [
            told
            for hall_id, hall in self._halls.items()
            for line_id in list(hall.lines)
            for told in self._due(hall_id, hall, line_id, tick_ms, at_ms)
        ]

    def _due(
        self, hall_id: str, hall: _Hall, line_id: str, tick_ms: int, at_ms: int
    ) -> Iterable[Delta | Anew]:
        line, bounds = hall.lines[line_id], self._bounds
        if line.counted_from > hall.version:
            return  # the count is ahead of the steps: they are on their way
        if len(line.changes) > bounds.changes_max:
            yield self._given_up(hall_id, line)
            return
        is_boundary = line.near_until is None or tick_ms - line.boundary_ms >= bounds.far_interval_ms
        pace = self._paces.pace(hall_id, line_id)
        is_new_pace = is_boundary and pace != line.pace and tick_ms - line.pace_ms >= bounds.pace_interval_ms

        has_news = bool(line.changes) and line.changes[-1][0] > line.near_version
        # Where nothing is new to those who are near, their version is still the line's newest.
        until = hall.version if has_news or is_new_pace else line.near_version
        if has_news or is_new_pace:
            if pace != line.pace:
                line.pace, line.pace_ms = pace, tick_ms
            near = line.nearest_first() if line.near_until is None else list(line.near)
            yield Delta(_changed(hall_id, line_id, line, line.near_version, until, at_ms), near)
        if line.near_until is not None and is_boundary and (line.changes or is_new_pace):
            far = [ticket_id for ticket_id in line.nearest_first() if ticket_id not in line.near]
            yield Delta(_changed(hall_id, line_id, line, line.far_version, until, at_ms), far)
        line.near_version = until
        if is_boundary:
            self._settle(line, tick_ms)

    def _settle(self, line: _Line, tick_ms: int) -> None:
        """Everybody was told the same: who is near from now on?"""
        line.far_version = line.near_version
        line.changes.clear()
        line.boundary_ms = tick_ms
        line.near, line.near_until = {}, None
        near_places = self._bounds.near_places
        if len(line.places) >= self._bounds.far_from and len(line.places) > near_places:
            order = line.nearest_first()
            line.near = dict.fromkeys(order[:near_places])
            line.near_until = line.places[order[near_places]]

    def _given_up(self, hall_id: str, line: _Line) -> Anew:
        ticket_ids = line.nearest_first()
        for ticket_id in ticket_ids:
            self.unseat(ticket_id)
        return Anew(hall_id, ticket_ids)


def _changed(hall_id: str, line_id: str, line: _Line, since: int, until: int, at_ms: int) -> LineChanged:
    changes = tuple(change for change in line.changes if change[0] > since)
    return LineChanged(hall_id, line_id, since, until, at_ms, line.waiting, changes, line.pace)


def _has_left(changes: Iterable[Change], place: int) -> bool:
    return any(change[1] == place and change[2] < 0 for change in changes)


def _opened(hall: _Hall, view: TicketView) -> _Line:
    """A line as of the view, with what happened since."""
    after = list(hall.after(view.version, view.line.line_id))[::-1]
    start = min(view.version, hall.version)
    return _Line(
        waiting=view.waiting + sum(sign for _, _, sign in after),
        counted_from=max(view.version, hall.version),
        near_version=start,
        far_version=start,
        changes=after,
    )
