"""Whether a server can take requests: what `/readyz` answers."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.database import Database, newest_revision, revision_of
from cases.errors import RecordsUnavailable
from queueing.connection import Link
from queueing.errors import QueueUnavailable
from queueing.redis_errors import translated_errors
from rtc.errors import MediaError
from rtc.workers.client import MediaWorkers
from server.media import Media

ENDING: Final = "serving"


class Readiness:
    """Of one process."""

    def __init__(self, database: Database, link: Link, media: Media) -> None:
        self._database = database
        self._link = link
        self._media = media
        self.ending = False
        """It was told to end: others should be asked."""

    async def parts(self) -> dict[str, bool]:
        """Which parts do their work; raises nothing that they raise.

        ``tables``: not older than this version's. ``media``: somebody takes calls.
        """
        records, tables = await self._records()
        return {
            ENDING: not self.ending,
            "records": records,
            "tables": tables,
            "queue": await self._queue(),
            "media": await self._takes_calls(),
        }

    async def _records(self) -> tuple[bool, bool]:
        try:
            async with self._database.reading() as connection:
                await connection.execute(text("SELECT 1"))
                found = await _revision(connection)
        except RecordsUnavailable:
            return False, False
        return True, found is not None and found >= newest_revision()

    async def _queue(self) -> bool:
        try:
            with translated_errors():
                return bool(await self._link.redis.ping())
        except QueueUnavailable:
            return False

    async def _takes_calls(self) -> bool:
        if not isinstance(self._media, MediaWorkers):
            return True
        try:
            return any(not worker.info.draining for worker in await self._media.workers())
        except MediaError:
            return False


async def _revision(connection: AsyncConnection) -> str | None:
    found: str | None = await connection.run_sync(revision_of)
    return found
