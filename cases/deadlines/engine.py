"""Fires what is due. Any number of processes may run one: a deadline's row goes in its effect's transaction.

So nothing is done twice, nothing is lost with a process, and what fell due while none ran is done right after
one is back.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.clock import Clock
from cases.database import Database
from cases.deadlines.book import Deadline
from cases.errors import CaseworkError

log = logging.getLogger(__name__)

Handler = Callable[[AsyncConnection, Deadline, int], Awaitable[None]]
"""Makes the effect of a deadline in the given transaction, at ``now_ms``. Where nothing follows any more, it
does nothing; what it raises rolls its part back, and it is called again later.
"""


@dataclass(frozen=True, slots=True)
class EngineBounds:
    """At most ``batch`` in one transaction; a look at least each ``poll_ms``; one that fails is tried again
    after ``retry_least_ms``, each time twice as late, and is given up (parked) after ``failures_max`` times;
    a database that is away is asked again after ``retry_least_ms``.
    """

    batch: int = 50
    poll_ms: int = 500
    retry_least_ms: int = 1_000
    failures_max: int = 10


class DeadlineEngine:
    """Of one process."""

    def __init__(
        self, database: Database, clock: Clock, handlers: Mapping[str, Handler], bounds: EngineBounds
    ) -> None:
        """``handlers``: by kind of deadline; what has none stays."""
        self._database = database
        self._clock = clock
        self._handlers = dict(handlers)
        self._bounds = bounds

    async def run(self) -> None:
        """Fire for ever; ends by cancellation. Survives the database being away."""
        while True:
            try:
                wait_ms = await self.step()
            except CaseworkError as error:
                log.warning("deadlines wait: %s", error.code)
                wait_ms = self._bounds.retry_least_ms
            await asyncio.sleep(wait_ms / 1000)

    async def step(self) -> int:
        """Fire what is due, at most a batch; after how many ms to come again. Raises RecordsUnavailable."""
        now_ms = self._clock.now_ms()
        async with self._database.reading() as connection:
            next_ms: int | None = await connection.scalar(self._next())
        if next_ms is None:
            return self._bounds.poll_ms
        if next_ms > now_ms:
            return min(self._bounds.poll_ms, next_ms - now_ms)
        async with self._database.writing() as connection:
            for row in (await connection.execute(self._due(now_ms))).all():
                await self._fire(connection, Deadline(row.kind, row.object_id, row.due_at_ms), now_ms)
        return 0

    def _next(self) -> Select[tuple[int]]:
        table = schema.deadlines.c
        return select(func.min(table.try_at_ms)).where(
            table.parked.is_(False), table.kind.in_(list(self._handlers))
        )

    def _due(self, now_ms: int) -> Select[Any]:
        table = schema.deadlines.c
        return (
            select(schema.deadlines)
            .where(table.parked.is_(False), table.try_at_ms <= now_ms, table.kind.in_(list(self._handlers)))
            .order_by(table.try_at_ms)
            .limit(self._bounds.batch)
            # On PostgreSQL; SQLite has one writer at a time.
            .with_for_update(skip_locked=True)
        )

    async def _fire(self, connection: AsyncConnection, deadline: Deadline, now_ms: int) -> None:
        table = schema.deadlines
        same = (
            (table.c.kind == deadline.kind)
            & (table.c.object_id == deadline.object_id)
            & (table.c.due_at_ms == deadline.due_at_ms)
        )
        try:
            async with connection.begin_nested():
                if (await connection.execute(delete(table).where(same))).rowcount == 1:
                    await self._handlers[deadline.kind](connection, deadline, now_ms)
        except Exception:  # one that fails must not keep the others from their time
            log.exception("a deadline failed: %s", deadline.kind, extra={"object_id": deadline.object_id})
            await self._put_off(connection, deadline, now_ms)

    async def _put_off(self, connection: AsyncConnection, deadline: Deadline, now_ms: int) -> None:
        table = schema.deadlines
        where = (table.c.kind == deadline.kind) & (table.c.object_id == deadline.object_id)
        failures: int = (await connection.scalar(select(table.c.failures).where(where))) or 0
        later_ms = self._bounds.retry_least_ms * 2 ** min(failures, 16)
        await connection.execute(
            update(table)
            .where(where)
            .values(
                failures=failures + 1,
                try_at_ms=now_ms + later_ms,
                parked=failures + 1 >= self._bounds.failures_max,
            )
        )
