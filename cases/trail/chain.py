"""How the entries of the audit trail are chained by keyed hash. Pure; docs/AUDIT.md has the format."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

VERSION: Final = 1
"""Of the canonical encoding; another encoding gets another number, and is part of what is hashed."""
BEGIN: Final = "trail.begin"
"""The action of a first entry that vouches for those from before there was a chain."""
_KEY_FOR: Final = b"shuitong audit trail 1"


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry says. ``detail``: JSON."""

    entry_id: str
    at_ms: int
    actor_kind: str
    actor_id: str | None
    session_id: str | None
    address: str | None
    action: str
    object_kind: str
    object_id: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """An entry in the chain; ``sequence`` counts from 1. Hashes are 64 hex digits."""

    sequence: int
    previous_hash: str
    own_hash: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: its last entry's sequence and hash; 0 and the genesis of an empty one."""

    sequence: int
    own_hash: str


class FaultKind(StrEnum):
    """What is wrong with the trail."""

    CHANGED = "changed"
    """The entry is not the one that was hashed, or another key is."""
    MISSING = "missing"
    """An entry between two others is gone, or the head is."""
    OUT_OF_ORDER = "out_of_order"
    """An entry has a sequence that was passed already."""
    FORKED = "forked"
    """The entry follows another one than that before it."""
    TRUNCATED = "truncated"
    """The head knows of later entries than there are."""
    BEYOND_HEAD = "beyond_head"
    """There are later entries than the head knows of, or the last one is not the head's."""
    EARLIER = "earlier"
    """The entries from before the chain are not those that its first entry vouches for."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What was found, and at which sequence."""

    kind: FaultKind
    sequence: int


GENESIS: Final = Head(0, hashlib.sha256(f"shuitong audit {VERSION}".encode()).hexdigest())
"""The head of an empty chain."""


def trail_key(index_key: str) -> bytes:
    """The key of the chain's hashes, derived from that of the index: that one never changes either."""
    return hmac.digest(index_key.encode(), _KEY_FOR, "sha256")


def canonical(sequence: int, entry: Entry) -> bytes:
    """The bytes that are hashed: a JSON array in ASCII, without spaces, the keys of objects in order.

    Raises ValueError or TypeError for a detail that is no JSON.
    """
    # Keys that are no text become text first, so that what comes back from the records has the same order.
    detail = json.loads(json.dumps(entry.detail, allow_nan=False))
    fields = [
        VERSION,
        sequence,
        entry.entry_id,
        entry.at_ms,
        entry.actor_kind,
        entry.actor_id,
        entry.session_id,
        entry.address,
        entry.action,
        entry.object_kind,
        entry.object_id,
        detail,
    ]
    return json.dumps(fields, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def hash_of(key: bytes, previous_hash: str, sequence: int, entry: Entry) -> str:
    """HMAC-SHA-256 over the previous hash's 32 bytes and the canonical entry."""
    return hmac.digest(key, bytes.fromhex(previous_hash) + canonical(sequence, entry), "sha256").hex()


def linked(key: bytes, head: Head, entry: Entry) -> Link:
    """The entry as the next one of the chain."""
    sequence = head.sequence + 1
    return Link(sequence, head.own_hash, hash_of(key, head.own_hash, sequence, entry), entry)


def head_after(link: Link) -> Head:
    """The head of a chain whose last entry that is."""
    return Head(link.sequence, link.own_hash)


def next_fault(key: bytes, before: Head, link: Link) -> Fault | None:
    """What is wrong with an entry that follows ``before``; none: nothing."""
    if link.sequence <= before.sequence:
        return Fault(FaultKind.OUT_OF_ORDER, link.sequence)
    if link.sequence > before.sequence + 1:
        return Fault(FaultKind.MISSING, before.sequence + 1)
    if link.previous_hash != before.own_hash:
        return Fault(FaultKind.FORKED, link.sequence)
    if link.own_hash != hash_of(key, before.own_hash, link.sequence, link.entry):
        return Fault(FaultKind.CHANGED, link.sequence)
    return None


def end_fault(last: Head, head: Head) -> Fault | None:
    """What is wrong between the last entry of the chain and its head; none: nothing."""
    if last.sequence < head.sequence:
        return Fault(FaultKind.TRUNCATED, last.sequence + 1)
    if last != head:
        return Fault(FaultKind.BEYOND_HEAD, last.sequence)
    return None


def first_fault(key: bytes, links: Iterable[Link], head: Head) -> Fault | None:
    """The first fault of a whole chain, whose entries come by sequence; none: it is whole."""
    last = GENESIS
    for link in links:
        if fault := next_fault(key, last, link):
            return fault
        last = head_after(link)
    return end_fault(last, head)


class Earlier:
    """Counts and digests the entries from before there was a chain, which come by time and id."""

    def __init__(self) -> None:
        self.count = 0
        self._digest = hashlib.sha256()

    def add(self, entry: Entry) -> None:
        self.count += 1
        self._digest.update(canonical(0, entry) + b"\n")

    @property
    def detail(self) -> dict[str, Any]:
        """What the first entry of the chain says of them."""
        return {"count": self.count, "sha256": self._digest.hexdigest()}


def earlier_fault(first: Entry | None, earlier: Earlier) -> Fault | None:
    """Whether the entries from before are those that the chain's first entry vouches for. Nothing vouches for
    them while the chain is empty.
    """
    if first is None:
        return None
    vouched = first.detail if first.action == BEGIN else Earlier().detail
    return Fault(FaultKind.EARLIER, 1) if vouched != earlier.detail else None
