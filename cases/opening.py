"""A hall opens and closes."""

from typing import Final

from cases import audit
from cases.access import Officer
from cases.clock import Clock
from cases.database import Database
from cases.halls import Halls
from queueing.service import Queue

PORTION: Final = 500
"""How many tickets are dismissed in one step of the queue: others get their turn in between."""


class Opening:
    """The use cases of who runs a hall. Methods raise QueueUnavailable, RecordsUnavailable."""

    def __init__(
        self, database: Database, halls: Halls, queue: Queue, clock: Clock, *, portion: int = PORTION
    ) -> None:
        self._database = database
        self._clock = clock
        self._halls = halls
        self._queue = queue
        self._portion = portion

    async def close(self, officer: Officer) -> None:
        """Take no more tickets in the officer's hall and dismiss those that nobody has; what officers have
        they go on with. Safe to repeat; cancelled, it may have dismissed some.
        """
        await self._note(officer, "hall.close")
        line_ids = [line.line_id for line in self._halls.every_line_of(officer.hall_id)]
        # Every portion but the last is whole, and none are taken any more: there is an end.
        while await self._queue.close_hall(officer.hall_id, line_ids, limit=self._portion):
            pass

    async def open(self, officer: Officer) -> None:
        """Take tickets again in the officer's hall. Safe to repeat."""
        await self._note(officer, "hall.open")
        await self._queue.open_hall(officer.hall_id)

    async def _note(self, officer: Officer, action: str) -> None:
        """First, since the queue is no part of the transaction: what was done is in the trail in any case,
        and what failed may be too.
        """
        async with self._database.writing() as connection:
            await audit.append(
                connection, audit.actor(officer), action, "hall", officer.hall_id, {}, self._clock.now_ms()
            )
