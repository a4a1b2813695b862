"""Sees in every process that somebody set up halls in another one."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select

from cases import schema
from cases.booking.tables import hall_rules
from cases.database import Database
from cases.errors import RecordsUnavailable
from cases.halls import Halls

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0


class HallNews:
    """Of one process."""

    def __init__(self, database: Database, halls: Halls, *, look_s: float = LOOK_S) -> None:
        self._database = database
        self._halls = halls
        self._look_s = look_s
        self._known: tuple[int, int] | None = None

    async def added(self, known: Sequence[str]) -> tuple[str, ...]:
        """Keep what is in memory up to date until there are halls besides those that are known: these.
        Survives the database being away.
        """
        while True:
            try:
                await self.step()
            except RecordsUnavailable as error:
                log.warning("changes of halls are seen later: %s", error.code)
            if fresh := tuple(hall_id for hall_id in self._halls.hall_ids if hall_id not in known):
                return fresh
            await asyncio.sleep(self._look_s)

    async def step(self) -> None:
        """Read the halls anew if anything was set up since the last look. Raises RecordsUnavailable."""
        async with self._database.reading() as connection:
            # Each change counts one hall's version up, and none ever goes down.
            count, versions = (
                await connection.execute(
                    select(
                        select(func.count()).select_from(schema.halls).scalar_subquery(),
                        select(func.coalesce(func.sum(hall_rules.c.version), 0)).scalar_subquery(),
                    )
                )
            ).one()
        if (count, versions) != self._known:
            await self._halls.reload()
            self._known = count, versions
