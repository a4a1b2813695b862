"""What changed in a table of counters, whichever process changed it: read a few times a second.

Each row has a ``version`` that grows with its changes, and the time of the last one. A change may be
committed after others that are newer by their time: each look goes back a while, and what was told already
is known by its version. A whole look goes back ``overlap_ms``: nothing is lost as long as no transaction
takes longer than that, and clocks are not further apart. As it reads again all that changed meanwhile, it is
seldom, and the looks between go back less: those for other processes by ``poll_overlap_ms``, those for what
this process was just told to have committed by ``woken_overlap_ms``. What they miss is seen by the next whole
look.
"""

import asyncio
import math
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Row, Table, bindparam, func, select

from cases.clock import Clock
from cases.database import Database


@dataclass(frozen=True, slots=True)
class LookBounds:
    """A look each ``poll_ms`` at least and ``spacing_ms`` apart, a whole one each ``whole_ms``, and how far
    they go back. What is committed after a quiet while is looked for at once; where much is committed, one
    look finds all of ``spacing_ms``.
    """

    poll_ms: int = 250
    spacing_ms: int = 30
    poll_overlap_ms: int = 1_000
    whole_ms: int = 2_000
    overlap_ms: int = 20_000
    woken_overlap_ms: int = 100


@dataclass(frozen=True, slots=True)
class News:
    """A row that is not as it was told last. ``before``: as it was told; none where nothing was told of late,
    and then what was added since ``since_ms`` is new.
    """

    row: Row[Any]
    before: Row[Any] | None
    since_ms: int


class Looking:
    """Of one process and one reader. ``wake`` makes the next look at once."""

    def __init__(
        self, database: Database, clock: Clock, table: Table, key: Column[str], bounds: LookBounds
    ) -> None:
        self._database = database
        self._clock = clock
        changed_at_ms = table.c.changed_at_ms
        self._newest = select(func.max(changed_at_ms))
        self._changed = (
            select(table).where(changed_at_ms >= bindparam("from_ms")).order_by(changed_at_ms, key)
        )
        self._key = key.name
        self._bounds = bounds
        self._newest_ms = 0
        self._told: dict[str, Row[Any]] = {}
        self._woken = asyncio.Event()
        self._goes_back_ms = bounds.overlap_ms
        self._polled_at_s = self._whole_at_s = 0.0
        self._looked_at_s = -math.inf

    def wake(self) -> None:
        """Something was committed in this process."""
        self._woken.set()

    async def wait(self) -> None:
        """Until the next look is due."""
        poll_s, now_s = self._bounds.poll_ms / 1000, asyncio.get_running_loop().time
        # As far as the first look goes, until the wait is over.
        self._goes_back_ms = self._bounds.overlap_ms
        with suppress(TimeoutError):
            async with asyncio.timeout(poll_s):
                await self._woken.wait()
        if (early_s := self._looked_at_s + self._bounds.spacing_ms / 1000 - now_s()) > 0:
            await asyncio.sleep(early_s)
        self._woken.clear()
        at_s = self._looked_at_s = now_s()
        if at_s >= self._whole_at_s + self._bounds.whole_ms / 1000:
            self._polled_at_s = self._whole_at_s = at_s
        elif at_s >= self._polled_at_s + poll_s:
            self._polled_at_s, self._goes_back_ms = at_s, self._bounds.poll_overlap_ms
        else:
            self._goes_back_ms = self._bounds.woken_overlap_ms

    async def look(self) -> list[News]:
        """What changed and was not told yet, in the order of the changes. Raises RecordsUnavailable."""
        if self._newest_ms == 0:
            (found,) = await self._database.answer(self._newest, {})
            self._newest_ms = found[0] or 0
        # A process whose clock is ahead must not hide what the others write.
        newest_ms = min(self._newest_ms, self._clock.now_ms())
        since_ms = newest_ms - self._bounds.overlap_ms
        # What changed of late is a few rows; all of a whole look may be thousands.
        is_whole = self._goes_back_ms == self._bounds.overlap_ms
        asked = self._database.answer if is_whole else self._database.glance
        rows = await asked(self._changed, {"from_ms": newest_ms - self._goes_back_ms})
        if rows:
            self._newest_ms = max(self._newest_ms, rows[-1].changed_at_ms)
        if is_whole:
            self._told = {key: row for key, row in self._told.items() if row.changed_at_ms >= since_ms}
        return [
            News(row, self._told.get(getattr(row, self._key)), since_ms) for row in rows if self._is_new(row)
        ]

    def _is_new(self, row: Row[Any]) -> bool:
        told = self._told.get(getattr(row, self._key))
        return told is None or told.version < row.version

    def told(self, news: News) -> None:
        """It was told: it is not told again."""
        self._told[getattr(news.row, self._key)] = news.row
