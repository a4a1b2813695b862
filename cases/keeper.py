"""Keeps a hall's records: follows its journal, and builds the hall anew where Redis lost steps.

Any number of processes may run it; one at a time holds the lease and works. Nothing rests on the lease but
economy: the records' cursor lets one recorder write a step, and a frozen hall knows its one builder.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import or_, select

from cases import schema
from cases.database import Database
from cases.errors import CaseworkError, RecordsDisagree
from cases.recorder import Recorder, move_cursor
from cases.reissue import FIRST, Mark, Reissue
from queueing.cursor import EntryId
from queueing.errors import JournalBroken, QueueError, RebuildLost
from queueing.journal import Journal
from queueing.layout import LAYOUT, Packed, unpacked
from queueing.rebuild import Numbers, Rebuild
from queueing.service import Queue
from rtc.errors import MediaError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeeperBounds:
    """One process keeps the records for ``lease_ms`` after it last said so; a failed round is tried again
    between ``retry_least_ms`` and ``retry_most_ms`` later; tickets are read ``page`` at a time.
    """

    lease_ms: int = 3_000
    retry_least_ms: int = 100
    retry_most_ms: int = 5_000
    page: int = 1_000


class Keeper:
    """Of one hall, in one process."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        queue: Queue,
        rebuild: Rebuild,
        recorder: Recorder,
        reissue: Reissue,
        hall_id: str,
        name: str,
        bounds: KeeperBounds,
    ) -> None:
        """``name`` tells this process from the others."""
        self.hall_id = hall_id
        self._database = database
        self._journal = journal
        self._queue = queue
        self._rebuild = rebuild
        self._recorder = recorder
        self._reissue = reissue
        self._reissued_to: Mark | None = FIRST
        """How far lost tickets were looked for; none when that is done."""
        self._name = name
        self._bounds = bounds

    async def prepare(self) -> None:
        """Before anybody uses the hall: what the records have seen is known to the queue, and a Redis that
        another version of the program wrote is built anew.

        Raises QueueError and CaseworkError; try it again then.
        """
        await self._tell_seen()
        state = await self._journal.state(self.hall_id)
        if state.version and state.layout != LAYOUT:
            await self._build_anew()

    async def run(self) -> None:
        """Keep the records for ever; ends by cancellation. Survives Redis or the database being away."""
        wait_ms = self._bounds.retry_least_ms
        while True:
            try:
                await self.step()
                wait_ms = self._bounds.retry_least_ms
            except (QueueError, CaseworkError, MediaError) as error:
                log.warning("recording waits: %s", error.code, extra={"hall_id": self.hall_id})
                await asyncio.sleep(wait_ms / 1000)
                wait_ms = min(wait_ms * 2, self._bounds.retry_most_ms)

    async def step(self) -> None:
        """One round: record what there is, or build the hall anew, or wait while another process keeps it; at
        first, and after a hall was built anew, also issue some of the lost tickets again.

        Raises QueueUnavailable, RecordsUnavailable, RebuildLost, and what the recorder's ``after`` raises.
        """
        if not await self._rebuild.keep(self.hall_id, self._name, lease_ms=self._bounds.lease_ms):
            # Whoever keeps the hall may die before it issued lost tickets again.
            self._reissued_to = FIRST
            await self._tell_seen()
            await asyncio.sleep(self._bounds.lease_ms / 3_000)
            return
        state = await self._journal.state(self.hall_id)
        try:
            if state.frozen:
                await self._build_anew()
            else:
                await self._recorder.step()
        except (JournalBroken, RecordsDisagree) as error:
            log.error("Redis lost steps of a hall: %s", error, extra={"hall_id": self.hall_id})
            await self._build_anew()
        # Only now is it known that this Redis goes on where the records end.
        if self._reissued_to is not None:
            self._reissued_to = await self._reissue.page(self.hall_id, self._reissued_to)

    async def _tell_seen(self) -> None:
        cursor = await self._recorder.cursor()
        if cursor is not None:
            self._queue.saw(self.hall_id, EntryId.parse(cursor).version)

    async def _build_anew(self) -> None:
        """Freeze, wipe, restore, thaw. The cursor moves before the hall works again: a process that dies in
        between leaves it frozen, and the next one begins from the front.
        """
        frozen = await self._rebuild.freeze(self.hall_id, self._name)
        cursor = await self._recorder.cursor()
        recorded = EntryId.parse(cursor).version if cursor is not None else 0
        await self._rebuild.wipe(frozen)
        numbers = await self._rebuild.restore(frozen, self._tickets(frozen.at_ms - self._rebuild.ended_ms))
        mark = frozen.mark(recorded)
        await self._begin_epoch(cursor, mark, numbers)
        await self._rebuild.thaw(frozen, mark, numbers)
        self._queue.saw(self.hall_id, mark.version)
        self._reissued_to = FIRST
        log.warning(
            "a hall was built anew: %d tickets, from version %d", numbers.tickets, mark.version,
            extra={"hall_id": self.hall_id},
        )  # fmt: skip

    async def _begin_epoch(self, cursor: str | None, mark: EntryId, numbers: Numbers) -> None:
        """Raises RebuildLost where steps were recorded since ``cursor``: what was put back lacks them."""
        async with self._database.writing() as connection:
            if not await move_cursor(connection, self.hall_id, cursor, str(mark)):
                raise RebuildLost("steps were recorded meanwhile")
            await connection.execute(
                schema.hall_epochs.insert().values(
                    hall_id=self.hall_id, version=mark.version, at_ms=mark.at_ms, tickets=numbers.tickets
                )
            )

    async def _tickets(self, ended_since_ms: int) -> AsyncIterator[Packed]:
        tickets = schema.tickets.c
        after = ""
        while True:
            page = (
                select(tickets.ticket_id, tickets.packed)
                .where(
                    tickets.hall_id == self.hall_id,
                    tickets.ticket_id > after,
                    tickets.packed.is_not(None),
                    or_(tickets.ended_at_ms.is_(None), tickets.ended_at_ms > ended_since_ms),
                )
                .order_by(tickets.ticket_id)
                .limit(self._bounds.page)
            )
            async with self._database.reading() as connection:
                rows = (await connection.execute(page)).all()
            for row in rows:
                yield unpacked(row.packed)
            if len(rows) < self._bounds.page:
                return
            after = rows[-1].ticket_id
