"""How a reader of the journal knows that what it reads follows what it has read. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from queueing.errors import JournalFork, JournalGap


@dataclass(frozen=True, slots=True)
class EntryId:
    """The id of a journal entry. Versions are dense, so that a gap shows in them.

    The time tells an entry from another of the same version, as there is after Redis lost some steps.
    """

    version: int
    at_ms: int

    @classmethod
    def parse(cls, written: str) -> "EntryId":
        """Reads ``<version>-<ms>``. Raises ValueError."""
        version, _, at_ms = written.partition("-")
        return cls(int(version), int(at_ms))

    def __str__(self) -> str:
        return f"{self.version}-{self.at_ms}"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last entry that a reader has seen; version 0 is before the first one."""

    version: int
    at_ms: int | None
    """None where only the version is known, as from a snapshot."""

    @property
    def range_start(self) -> str:
        """Where to read from, so that the cursor's own entry comes first."""
        return f"{self.version}-{self.at_ms or 0}"

    @property
    def range_end(self) -> str:
        """The last id that is not news to this reader."""
        return f"{self.version}-{2**64 - 1 if self.at_ms is None else self.at_ms}"

    def is_at(self, entry: EntryId) -> bool:
        """Whether this is the cursor's entry."""
        return entry.version == self.version and self.at_ms in (None, entry.at_ms)


def news(
    hall_id: str,
    cursor: Cursor,
    found: Sequence[EntryId],
    oldest: EntryId | None,
    *,
    cursor_kept: bool,
) -> int:
    """How many of `found` (the entries from the cursor on, in order) come first and are not news: 0 or 1.

    `oldest` is the stream's first entry. `cursor_kept`: nobody else may trim past this reader, so its own
    entry has to be there; otherwise it may be gone if the one that follows it is still there.

    Raises JournalFork where Redis lost steps that this reader has seen, JournalGap where steps that it
    has not seen are gone.
    """
    known = 1 if found and cursor.is_at(found[0]) else 0
    if not known and cursor.version > 0:
        _judge_missing(hall_id, cursor, oldest, cursor_kept=cursor_kept)
    for expected, entry in enumerate(found[known:], cursor.version + 1):
        if entry.version != expected:
            raise JournalGap(hall_id, f"version {expected} is missing from the journal")
    return known


def _judge_missing(hall_id: str, cursor: Cursor, oldest: EntryId | None, *, cursor_kept: bool) -> None:
    if oldest is None or oldest.version <= cursor.version:
        raise JournalFork(hall_id, f"version {cursor.version} is not in the journal as it was read")
    if cursor_kept or oldest.version > cursor.version + 1:
        raise JournalGap(hall_id, f"the journal begins after version {cursor.version}")
