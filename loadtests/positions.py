"""Is every position that was shown the true one? Pure.

Pages and boards see a line at many versions of the hall: by views, and by what pages count from the changes
that a line tells. Put together, they say what the line was:

- At one version of one line, every view has the same number of people waiting, each place belongs to one
  ticket, each ticket has one place, and every place lies below the number waiting. Where all who wait were
  seen, the places are therefore 0, 1, 2… without a gap.
- In between, a ticket is known to wait from its issue (tickets of a line are issued in the order of
  ``issued_at_ms`` and number) to the last version at which it was seen to wait, and known not to wait from
  the first version at which it was seen called or ended. So the people ahead of a ticket can be counted from
  the others' views: at least those who certainly wait, at most those who may. The two differ only around a
  step that nobody saw at its exact version.

A ticket that was taken back (``reactivate``) changes its place: after its first call it counts as one who may
be ahead of anybody, and is itself judged at one version only, not by the count.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from loadtests.observed import BoardSeen, CountSeen, Observed, TicketHeld, TicketSeen
from queueing.states import TicketState


@dataclass(frozen=True, slots=True)
class PositionFault:
    tickets: tuple[str, ...]
    shown: str


@dataclass(frozen=True, slots=True)
class _Place:
    ticket_id: str
    ahead: int
    where: str


@dataclass(slots=True)
class _Moment:
    """A line at one version, as everybody saw it."""

    places: list[_Place] = field(default_factory=list)
    waiting: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Life:
    """What is known of a ticket: its place in the order of issue, and when it waited first.

    ``last_waiting``: the last version at which it certainly waited before its first call; ``first_gone``: the
    first at which it certainly did not wait any more.
    """

    ticket_id: str
    issued_at_ms: int
    number: str
    last_waiting: int = -1
    first_gone: int | None = None
    first_held: int | None = None
    taken_back: bool = False

    @property
    def order(self) -> tuple[int, int, str]:
        return self.issued_at_ms, len(self.number), self.number

    @property
    def digits(self) -> int:
        return int("".join(char for char in self.number if char.isdigit()) or 0)

    def is_anywhere(self, version: int) -> bool:
        """Whether it may have been taken back by then, and stand before whomever."""
        return self.taken_back and self.first_gone is not None and self.first_gone <= version


def position_faults(events: Sequence[Observed], *, alone: bool) -> Iterator[PositionFault]:
    """``alone``: nobody else took tickets, so that also too many people ahead can be found by counting."""
    moments = _moments(events)
    lives = lives_by_line(events)
    yield from _shapes(events)
    for (line_id, version), moment in sorted(moments.items()):
        where = f"line {line_id} at version {version}"
        yield from _contradictions(moment, where)
        yield from _miscounts(moment, lives.get(line_id, []), version, where, alone=alone)


def _moments(events: Sequence[Observed]) -> dict[tuple[str, int], _Moment]:
    moments: defaultdict[tuple[str, int], _Moment] = defaultdict(_Moment)
    for event in events:
        if isinstance(event, TicketSeen):
            moment = moments[event.line_id, event.version]
            moment.waiting.setdefault(event.waiting, f"page {event.page}")
            if event.state is TicketState.WAITING and event.ahead is not None:
                moment.places.append(_Place(event.ticket_id, event.ahead, f"page {event.page}"))
        elif isinstance(event, CountSeen):
            moment = moments[event.line_id, event.version]
            where = f"page {event.page}, counted"
            moment.waiting.setdefault(event.waiting, where)
            moment.places.append(_Place(event.ticket_id, event.ahead, where))
        elif isinstance(event, BoardSeen):
            moment = moments[event.line_id, event.version]
            where = f"board {event.staff_number}"
            moment.waiting.setdefault(event.waiting, where)
            moment.places += [_Place(ticket, ahead, where) for ahead, ticket in enumerate(event.first)]
    return moments


def lives_by_line(events: Sequence[Observed]) -> dict[str, list[Life]]:
    """The tickets of each line in the order of their issue."""
    lives: dict[str, Life] = {}
    lines: dict[str, list[Life]] = defaultdict(list)
    for event in events:
        if isinstance(event, TicketSeen) and event.ticket_id not in lives:
            life = Life(event.ticket_id, event.issued_at_ms, event.number)
            lives[event.ticket_id] = life
            lines[event.line_id].append(life)
    for event in events:
        if isinstance(event, TicketSeen | CountSeen | TicketHeld) and event.ticket_id in lives:
            _live(lives[event.ticket_id], event)
    for life in lives.values():
        if life.first_held is not None and life.first_held == life.first_gone:
            # A desk names the version of the very step: until then the ticket waited.
            life.last_waiting = max(life.last_waiting, life.first_held - 1)
    return {line_id: sorted(found, key=lambda life: life.order) for line_id, found in lines.items()}


def _live(life: Life, event: TicketSeen | CountSeen | TicketHeld) -> None:
    if isinstance(event, CountSeen) or event.state is TicketState.WAITING:
        if event.call_number > 0:
            # It waits after a call: it was abandoned and taken back in between.
            life.taken_back = True
        else:
            life.last_waiting = max(life.last_waiting, event.version)
        return
    life.first_gone = min(event.version, life.first_gone or event.version)
    if isinstance(event, TicketHeld) and event.state is TicketState.CALLED:
        life.first_held = min(event.version, life.first_held or event.version)


def _shapes(events: Sequence[Observed]) -> Iterator[PositionFault]:
    for event in events:
        if isinstance(event, TicketSeen) and (event.ahead is None) == (event.state is TicketState.WAITING):
            shown = f"page {event.page} showed {event.ahead} ahead while {event.state}"
            yield PositionFault((event.ticket_id,), f"{shown}, at version {event.version}")


def _contradictions(moment: _Moment, where: str) -> Iterator[PositionFault]:
    tickets = tuple(dict.fromkeys(place.ticket_id for place in moment.places))
    if len(moment.waiting) > 1:
        said = ", ".join(f"{waiting} ({page})" for waiting, page in sorted(moment.waiting.items()))
        yield PositionFault(tickets, f"{where}: different numbers of people waiting: {said}")
    by_ticket: dict[str, _Place] = {}
    by_ahead: dict[int, _Place] = {}
    for place in moment.places:
        same_ticket = by_ticket.setdefault(place.ticket_id, place)
        same_ahead = by_ahead.setdefault(place.ahead, place)
        if same_ticket.ahead != place.ahead:
            said = f"{same_ticket.ahead} ahead on {same_ticket.where}, {place.ahead} on {place.where}"
            yield PositionFault((place.ticket_id,), f"{where}: {said}")
        elif same_ahead.ticket_id != place.ticket_id:
            both = (same_ahead.ticket_id, place.ticket_id)
            said = f"two with {place.ahead} ahead ({same_ahead.where}, {place.where})"
            yield PositionFault(both, f"{where}: {said}")
        elif not 0 <= place.ahead < max(moment.waiting):
            said = f"{place.ahead} ahead where {max(moment.waiting)} wait ({place.where})"
            yield PositionFault((place.ticket_id,), f"{where}: {said}")


def _miscounts(
    moment: _Moment, line: Sequence[Life], version: int, where: str, *, alone: bool
) -> Iterator[PositionFault]:
    shown = {place.ticket_id: place for place in moment.places}
    certain, possible = 0, sum(life.is_anywhere(version) for life in line)
    for index, life in enumerate(line):
        place = shown.get(life.ticket_id)
        if place is not None and not life.is_anywhere(version):
            # Numbers that nobody here has: a ticket whose issue was not answered may be among them.
            unknown = max(0, life.digits - 1 - index)
            most = possible + unknown if alone else place.ahead
            if not certain <= place.ahead <= most:
                truth = f"{certain}" if certain == most else f"{certain} to {most}"
                said = f"{place.ahead} ahead of {life.number} on {place.where}, true: {truth}"
                yield PositionFault((life.ticket_id,), f"{where}: {said}")
        certain += life.last_waiting >= version
        possible += life.first_gone is None or life.first_gone > version
