"""The rules that a run must not break. Pure functions over what clients were shown.

The rules in prose:

- ``one_officer``: one call of a ticket belongs to one officer; a ticket is not in two hands at once, nor two
  tickets in one hand.
- ``ends_once``: nothing happens to a ticket after its end, it ends in one way only, and at one version it has
  one state.
- ``true_position``: see ``positions.py``.
- ``never_back``: what a page shows never gets older, and an answer is not older than what the page knew when
  it asked.
- ``none_lost``: every ticket that was taken was shown at its end. Only judged when the run had time for it.
- ``called_in_order``: see ``order.py``; ``deadline_once``: see ``deadlines.py``; ``messages_once``: see
  ``messages.py``; ``packets_counted``: see ``packets.py``.

Versions are the hall's: they count every step of every ticket, so they order what pages saw apart from each
other.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from loadtests.deadlines import deadline_faults
from loadtests.messages import message_faults
from loadtests.observed import BoardSeen, CountSeen, Observed, TicketHeld, TicketSeen, TicketTaken
from loadtests.order import out_of_turn
from loadtests.packets import packet_faults
from loadtests.positions import PositionFault, position_faults
from queueing.states import ENDED_STATES, HELD_STATES, TicketState


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that was broken: by which tickets, and what shows it."""

    rule: str
    tickets: tuple[str, ...]
    shown: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules need to know of the run.

    ``drained``: every ticket had the time to reach its end. ``alone``: nobody but these clients took tickets.
    """

    events: Sequence[Observed]
    drained: bool
    alone: bool

    def of(self, kind: type[TicketSeen]) -> Iterator[TicketSeen]:
        return (event for event in self.events if isinstance(event, kind))


@dataclass(frozen=True, slots=True)
class _Held:
    """From which version to which an officer had a ticket of one call, as far as it was seen."""

    ticket_id: str
    call_number: int
    staff_number: str
    first: int
    last: int

    def __str__(self) -> str:
        return (
            f"{self.ticket_id} call {self.call_number} with officer {self.staff_number} "
            f"at versions {self.first} to {self.last}"
        )


def _holdings(judged: Judged) -> list[_Held]:
    versions: defaultdict[tuple[str, int, str], list[int]] = defaultdict(list)
    for event in judged.events:
        if not isinstance(event, TicketHeld | TicketSeen) or event.state not in HELD_STATES:
            continue
        if event.staff_number is not None:
            versions[event.ticket_id, event.call_number, event.staff_number].append(event.version)
    return [_Held(*key, min(seen_at), max(seen_at)) for key, seen_at in versions.items()]


def one_officer(judged: Judged) -> Iterator[Broken]:
    holdings = _holdings(judged)
    yield from _together(holdings, lambda held: held.ticket_id)
    yield from _together(holdings, lambda held: held.staff_number)


def _together(holdings: Iterable[_Held], key: Callable[[_Held], str]) -> Iterator[Broken]:
    """Those of one ticket, or of one officer, that are not one after the other."""
    groups: defaultdict[str, list[_Held]] = defaultdict(list)
    for held in holdings:
        groups[key(held)].append(held)
    for group in groups.values():
        group.sort(key=lambda held: (held.first, held.last))
        before = group[0]
        for after in group[1:]:
            same_call = (before.ticket_id, before.call_number) == (after.ticket_id, after.call_number)
            if same_call or after.first <= before.last:
                tickets = tuple(dict.fromkeys((before.ticket_id, after.ticket_id)))
                yield Broken("one_officer", tickets, f"{before}; {after}")
            before = max(before, after, key=lambda held: held.last)


def _states(judged: Judged) -> dict[str, list[tuple[int, TicketState, str]]]:
    """Of each ticket: version, state and where it was seen, by version."""
    found: defaultdict[str, list[tuple[int, TicketState, str]]] = defaultdict(list)
    for event in judged.events:
        if isinstance(event, TicketSeen):
            found[event.ticket_id].append((event.version, event.state, f"page {event.page}"))
        elif isinstance(event, TicketHeld):
            found[event.ticket_id].append((event.version, event.state, f"desk {event.staff_number}"))
    return {ticket_id: sorted(states) for ticket_id, states in found.items()}


def ends_once(judged: Judged) -> Iterator[Broken]:
    for ticket_id, states in _states(judged).items():
        end: tuple[int, TicketState, str] | None = None
        for before, after in pairwise(states):
            if before[0] == after[0] and before[1] is not after[1]:
                yield Broken("ends_once", (ticket_id,), f"two states at one version: {_said(before, after)}")
        for one in states:
            if end is not None and one[1] is not end[1]:
                yield Broken("ends_once", (ticket_id,), f"after its end: {_said(end, one)}")
                break
            if end is None and one[1] in ENDED_STATES:
                end = one


def _said(*states: tuple[int, TicketState, str]) -> str:
    return ", then ".join(f"{state} at version {version} ({where})" for version, state, where in states)


def true_position(judged: Judged) -> Iterator[Broken]:
    faults: Iterable[PositionFault] = position_faults(judged.events, alone=judged.alone)
    for fault in faults:
        yield Broken("true_position", fault.tickets, fault.shown)


def never_back(judged: Judged) -> Iterator[Broken]:
    kept: dict[str, TicketSeen] = {}
    for event in judged.of(TicketSeen):
        if event.asked_after is not None and event.version < event.asked_after:
            shown = (
                f"page {event.page} asked at version {event.asked_after}, the answer is of {event.version}"
            )
            yield Broken("never_back", (event.ticket_id,), shown)
        if not event.kept:
            continue
        before = kept.get(event.page)
        if before is not None and event.version < before.version:
            shown = f"page {event.page} showed version {event.version} after {before.version}"
            yield Broken("never_back", (event.ticket_id,), shown)
        kept[event.page] = event


def none_lost(judged: Judged) -> Iterator[Broken]:
    if not judged.drained:
        return
    latest: dict[str, TicketSeen] = {}
    for event in judged.of(TicketSeen):
        if event.ticket_id not in latest or event.version >= latest[event.ticket_id].version:
            latest[event.ticket_id] = event
    for taken in judged.events:
        if not isinstance(taken, TicketTaken):
            continue
        last = latest.get(taken.ticket_id)
        if last is None:
            yield Broken("none_lost", (taken.ticket_id,), "taken, and never shown")
        elif last.state not in ENDED_STATES:
            shown = f"{last.number} was last shown as {last.state} at version {last.version}"
            yield Broken("none_lost", (taken.ticket_id,), shown)


def called_in_order(judged: Judged) -> Iterator[Broken]:
    for fault in out_of_turn(judged.events):
        yield Broken("called_in_order", (fault.called.ticket_id, fault.waiting.ticket_id), fault.shown)


def deadline_once(judged: Judged) -> Iterator[Broken]:
    for fault in deadline_faults(judged.events):
        yield Broken("deadline_once", (fault.ticket_id,), fault.shown)


def messages_once(judged: Judged) -> Iterator[Broken]:
    for fault in message_faults(judged.events):
        yield Broken("messages_once", (f"case {fault.case_id}",), fault.shown)


def packets_counted(judged: Judged) -> Iterator[Broken]:
    for fault in packet_faults(judged.events):
        yield Broken("packets_counted", (f"call {fault.call_id}",), fault.shown)


RULES: dict[str, Callable[[Judged], Iterator[Broken]]] = {
    "one_officer": one_officer,
    "ends_once": ends_once,
    "true_position": true_position,
    "never_back": never_back,
    "none_lost": none_lost,
    "called_in_order": called_in_order,
    "deadline_once": deadline_once,
    "messages_once": messages_once,
    "packets_counted": packets_counted,
}


def check(judged: Judged) -> list[Broken]:
    """All that is broken, by rule."""
    return [broken for rule in RULES.values() for broken in rule(judged)]


def views_checked(events: Sequence[Observed]) -> int:
    """How many views and counts the rules looked at."""
    return sum(isinstance(event, TicketSeen | CountSeen | TicketHeld | BoardSeen) for event in events)
