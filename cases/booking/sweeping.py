"""Takes away what no booking depends on any more: lapsed holds, and the turns of slots that are over."""

import asyncio
import logging
from typing import Final

from cases.booking.places import sweep_places
from cases.clock import Clock
from cases.database import Database
from cases.errors import RecordsUnavailable

log = logging.getLogger(__name__)

EVERY_S: Final = 60.0


class PlaceSweep:
    """Of one process; any number of them may run."""

    def __init__(self, database: Database, clock: Clock, *, every_s: float = EVERY_S) -> None:
        self._database = database
        self._clock = clock
        self._every_s = every_s

    async def run(self) -> None:
        """Sweep for ever; ends by cancellation. Survives the database being away."""
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.step()
            except RecordsUnavailable as error:
                log.warning("places are swept later: %s", error.code)

    async def step(self) -> None:
        """Sweep once. Raises RecordsUnavailable."""
        async with self._database.writing() as connection:
            await sweep_places(connection, self._clock.now_ms())
