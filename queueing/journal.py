"""The journal: every step of a hall in order, the one way from the queue to the records and to the pages."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from redis.asyncio import Redis

from queueing import codec, cursor, keys
from queueing.backoff import Backoff
from queueing.cursor import Cursor, EntryId
from queueing.errors import QueueUnavailable
from queueing.redis_errors import translated_errors
from queueing.ticket import HallState, JournalEntry

BLOCK_SLICE_MS: Final = 2_000
"""The longest single wait at Redis: below the client's socket timeout (5 s unless told), whatever is asked
for.
"""
TAIL_BATCH: Final = 500
"""How many entries of a hall a tail holds at once."""

_log = logging.getLogger(__name__)


class Journal:
    """Reads the journals of halls. Raises QueueUnavailable when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        """`redis`, as of `connect`, stays the caller's to close; a socket timeout exceeds BLOCK_SLICE_MS."""
        self._redis = redis

    async def read_after(
        self, hall_id: str, after: str | None, *, limit: int, block_ms: int = 0
    ) -> list[JournalEntry]:
        """Up to `limit` entries that follow the entry `after` (None: from the oldest kept).

        Waits up to `block_ms` for one (0: not at all), then gives an empty list. Checks each time that
        the exact id `after` is still in the stream: JournalFork when Redis lost it, JournalGap when it
        was trimmed.
        Raises ValueError for an `after` that is no entry id.
        """
        if after is None:
            start = Cursor(0, None)
            oldest = await self._oldest(hall_id)
            if oldest is not None:
                start = Cursor(oldest.version - 1, None)
        else:
            entry_id = EntryId.parse(after)
            start = Cursor(entry_id.version, entry_id.at_ms)
        own = after is not None
        entries = await self._following(hall_id, start, limit, cursor_kept=own)
        if not entries and block_ms > 0:
            await self._wait_for_news({hall_id: start}, block_ms)
            entries = await self._following(hall_id, start, limit, cursor_kept=own)
        return entries

    async def trim(self, hall_id: str, through: str) -> int:
        """Forget the entries before `through`; it stays itself, so that it is found as a cursor.

        Returns how many went. Raises ValueError for a `through` that is no entry id.
        """
        least = str(EntryId.parse(through))
        with translated_errors():
            return int(await self._redis.xtrim(keys.journal(hall_id), minid=least, approximate=False))

    async def latest(self, hall_id: str) -> int:
        """The hall's version now; 0 for a hall in which nothing ever happened."""
        with translated_errors():
            version = await self._redis.hget(keys.meta(hall_id), "ver")
        return int(version) if version is not None else 0

    async def state(self, hall_id: str) -> HallState:
        """What the hall as a whole is like now."""
        with translated_errors():
            fields = await self._redis.hmget(keys.meta(hall_id), ["ver", "epoch", "closed", "frozen"])
        return codec.hall_state(hall_id, fields)

    async def tail(
        self, hall_ids: Sequence[str], *, after: Mapping[str, int] | None = None
    ) -> AsyncGenerator[JournalEntry, None]:
        """Endless: every entry after the versions `after` (for example of snapshots; None: from now on).

        "Now" is the first time that an entry is asked for. Survives lost connections with a bounded backoff,
        and goes on from the last entry seen. Raises JournalFork or JournalGap when entries are gone: take
        snapshots and begin again. Ends by cancellation or `aclose`. In a cluster: one hall a tail.
        """
        cursors = {hall_id: Cursor(version, None) for hall_id, version in (after or {}).items()}
        backoff = Backoff()
        while True:
            try:
                for hall_id in hall_ids:
                    if hall_id not in cursors:
                        cursors[hall_id] = Cursor(await self.latest(hall_id), None)
                # Also without news: this is how a fork is noticed in a quiet hall.
                batches = [await self._batch(hall_id, cursors[hall_id]) for hall_id in hall_ids]
                if not any(batches):
                    await self._wait_for_news({one: cursors[one] for one in hall_ids}, BLOCK_SLICE_MS)
            except QueueUnavailable as error:
                if backoff.begins:
                    _log.warning("the journal's tail waits for Redis: %s", error)
                await asyncio.sleep(backoff.next_s())
                continue
            if not backoff.begins:
                _log.info("the journal's tail goes on")
                backoff.reset()
            for entry in chain.from_iterable(batches):
                cursors[entry.hall_id] = Cursor(entry.version, entry.at_ms)
                yield entry

    async def _batch(self, hall_id: str, after: Cursor) -> list[JournalEntry]:
        return await self._following(hall_id, after, TAIL_BATCH, cursor_kept=False)

    async def _following(
        self, hall_id: str, after: Cursor, limit: int, *, cursor_kept: bool
    ) -> list[JournalEntry]:
        rows = await self._range(hall_id, after.range_start, limit + 1)
        ids = [EntryId.parse(codec.text(entry_id)) for entry_id, _ in rows]
        oldest = None
        if not (ids and after.is_at(ids[0])):
            oldest = await self._oldest(hall_id)
        known = cursor.news(hall_id, after, ids, oldest, cursor_kept=cursor_kept)
        fresh = list(zip(ids, rows, strict=True))[known : known + limit]
        entries = (codec.journal_entry(hall_id, entry_id, fields) for entry_id, (_, fields) in fresh)
        return [entry for entry in entries if entry is not None]

    async def _oldest(self, hall_id: str) -> EntryId | None:
        rows = await self._range(hall_id, "-", 1)
        return EntryId.parse(codec.text(rows[0][0])) if rows else None

    async def _range(self, hall_id: str, start: str, count: int) -> list[Any]:
        with translated_errors():
            return await self._redis.xrange(keys.journal(hall_id), min=start, count=count) or []

    async def _wait_for_news(self, cursors: Mapping[str, Cursor], block_ms: int) -> None:
        streams: dict[Any, Any] = {keys.journal(one): at.range_end for one, at in cursors.items()}
        left_ms = block_ms
        while left_ms > 0:
            slice_ms = min(left_ms, BLOCK_SLICE_MS)
            with translated_errors():
                if await self._redis.xread(streams, count=1, block=slice_ms):
                    return
            left_ms -= slice_ms
