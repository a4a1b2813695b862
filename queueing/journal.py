"""The journal: every step of a hall in order, the one way from the queue to the records and to the pages."""

from collections.abc import AsyncIterator, Mapping, Sequence

from redis.asyncio import Redis

from queueing.ticket import JournalEntry


class Journal:
    """Reads the journals of halls. Raises QueueUnavailable when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        """`redis` needs a socket timeout (if any) longer than the `block_ms` that is asked for."""
        self._redis = redis

    async def read_after(
        self, hall_id: str, after: str | None, *, limit: int, block_ms: int = 0
    ) -> list[JournalEntry]:
        """Up to `limit` entries that follow the entry `after` (None: from the oldest kept).

        Waits up to `block_ms` for one (0: not at all), then gives an empty list. Checks each time that the
        exact id `after` is still in the stream: JournalFork when Redis lost it, JournalGap when it was
        trimmed.
        """
        raise NotImplementedError

    async def trim(self, hall_id: str, through: str) -> int:
        """Forget the entries before `through`; it stays itself, so that it can be found as a cursor. How
        many went.
        """
        raise NotImplementedError

    async def latest(self, hall_id: str) -> int:
        """The hall's version now; 0 for a hall in which nothing ever happened."""
        raise NotImplementedError

    def tail(
        self, hall_ids: Sequence[str], *, after: Mapping[str, int] | None = None
    ) -> AsyncIterator[JournalEntry]:
        """Endless: every entry after the versions `after` (for example of snapshots; None: from now on).

        Survives lost connections with a bounded backoff, and goes on from the last entry seen. Raises
        JournalFork or JournalGap when entries are gone: take snapshots and begin again. Ends by cancellation
        or `aclose`.
        """
        raise NotImplementedError
