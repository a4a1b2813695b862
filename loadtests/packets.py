"""Did each packet of a call arrive once and in order, or count as lost? Pure.

Names are those of ``media/ends.py``: kind, time stamp and sequence number. What one side sent over all its
connections is compared with what the other side received over all of its own. What was sent and did not
arrive is lost, and counted; nothing may arrive twice, behind a later one of its kind, or without having been
sent.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from loadtests.media.ends import kind_of, sequence_of
from loadtests.observed import MediaCounted, Observed


@dataclass(frozen=True, slots=True)
class PacketFault:
    call_id: str
    shown: str


@dataclass(slots=True)
class Account:
    """Of one direction of a call: ``sent`` = ``received`` + ``lost`` + ``unheard``.

    ``lost`` lie between packets that arrived at the same connection; ``unheard`` were sent before the other
    side was there, after it had left, or while its network was gone. ``twice``, ``late`` and ``foreign`` came
    beside that, ``damaged`` are among what was received.
    """

    call_id: str
    way: str
    sent: int = 0
    received: int = 0
    lost: int = 0
    unheard: int = 0
    twice: int = 0
    late: int = 0
    foreign: int = 0
    damaged: int = 0
    examples: list[str] = field(default_factory=list)


def accounts(events: Sequence[Observed]) -> list[Account]:
    """Both directions of each call of which both sides were seen."""
    calls: defaultdict[str, list[MediaCounted]] = defaultdict(list)
    for event in events:
        if isinstance(event, MediaCounted):
            calls[event.call_id].append(event)
    found: list[Account] = []
    for call_id, counted in calls.items():
        sides = sorted({one.side for one in counted})
        if len(sides) != 2:
            continue
        for sender, receiver in (sides, reversed(sides)):
            sent = [one for one in counted if one.side == sender]
            received = [one for one in counted if one.side == receiver]
            found.append(_account(call_id, f"{sender} to {receiver}", sent, received))
    return found


def _account(
    call_id: str, way: str, senders: Sequence[MediaCounted], receivers: Sequence[MediaCounted]
) -> Account:
    account = Account(call_id, way, damaged=sum(one.damaged for one in receivers))
    places: dict[int, int] = {}
    for one in senders:
        for name in one.sent:
            places[name] = len(places)
    account.sent = len(places)
    seen: set[int] = set()
    for one in receivers:
        _receive(account, one.received, places, seen)
    account.received = len(seen)
    account.lost = _between(senders, receivers, seen)
    account.unheard = account.sent - account.received - account.lost
    return account


def _receive(account: Account, received: Sequence[int], places: dict[int, int], seen: set[int]) -> None:
    highest: dict[int, int] = {}
    for name in received:
        place, kind = places.get(name), kind_of(name)
        if place is None:
            account.foreign += 1
            _example(account, name, "was never sent")
        elif name in seen:
            account.twice += 1
            _example(account, name, "arrived twice")
        else:
            seen.add(name)
            if place < highest.get(kind, -1):
                account.late += 1
                _example(account, name, "arrived behind a later one")
            highest[kind] = max(place, highest.get(kind, -1))


def _between(senders: Sequence[MediaCounted], receivers: Sequence[MediaCounted], seen: set[int]) -> int:
    """Packets that no connection received, between two that the same one did."""
    missing: set[int] = set()
    for sender in senders:
        kinds: defaultdict[int, list[int]] = defaultdict(list)
        for name in sender.sent:
            kinds[kind_of(name)].append(name)
        for names in kinds.values():
            order = {name: place for place, name in enumerate(names)}
            for receiver in receivers:
                arrived = [order[name] for name in receiver.received if name in order]
                if arrived:
                    missing.update(names[min(arrived) : max(arrived)])
    return len(missing - seen)


def _example(account: Account, name: int, what: str) -> None:
    if len(account.examples) < 3:
        account.examples.append(f"kind {kind_of(name)} number {sequence_of(name)} {what}")


def packet_faults(events: Sequence[Observed]) -> Iterator[PacketFault]:
    for account in accounts(events):
        bad = {name: getattr(account, name) for name in ("twice", "late", "foreign", "damaged")}
        if any(bad.values()):
            said = ", ".join(f"{count} {name}" for name, count in bad.items() if count)
            examples = "; ".join(account.examples)
            yield PacketFault(
                account.call_id,
                f"{account.way}: of {account.sent} sent {account.received} arrived; {said} ({examples})",
            )
