"""Run as a program: a process that keeps the hall's records, until it is told to end or killed.

Arguments: the address of Redis, the address of the database, its name.
"""

import asyncio
import signal
import sys
from collections.abc import Sequence

import uvloop

from cases.casebook import Casebook
from cases.clock import SystemClock
from cases.database import Database
from cases.errors import CaseworkError
from cases.halls import Halls
from cases.issuing import Issuing
from cases.keeper import Keeper, KeeperBounds
from cases.recorder import Recorder, RecorderBounds
from cases.reissue import Reissue, ReissueBounds
from queueing.connection import connect
from queueing.errors import QueueError
from queueing.journal import Journal
from queueing.rebuild import Rebuild
from queueing.service import Queue
from queueing.ticket import JournalEntry
from server.ending import cancelled
from tests.cases.following import FOLLOW_CONSULTS
from tests.chaos.worker import HALL, POLICY

BOUNDS = KeeperBounds(lease_ms=1_000, retry_least_ms=20, retry_most_ms=200)


async def nothing(_entries: Sequence[JournalEntry]) -> None:
    """Nobody else wants to know here."""


async def main(redis_url: str, database_url: str, name: str) -> None:
    database = Database(database_url)
    async with connect(redis_url) as link:
        journal = Journal(link)
        recorder = Recorder(
            database, journal, HALL, RecorderBounds(block_ms=200, trim_every=200), FOLLOW_CONSULTS, nothing
        )
        queue, rebuild = Queue(link, POLICY), Rebuild(link, POLICY)
        halls = Halls(database)
        reissue = Reissue([Casebook(database)], queue, Issuing(queue, halls), SystemClock(), ReissueBounds())
        keeper = Keeper(database, journal, queue, rebuild, recorder, reissue, HALL, name, BOUNDS)
        running = asyncio.create_task(_keep(keeper), name="keeper")
        told_to_end = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told_to_end.set)
        ending = asyncio.create_task(told_to_end.wait(), name="told to end")
        await asyncio.wait([running, ending], return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()  # it never ends by itself, but by a mistake
        await cancelled([running])
    await database.close()


async def _keep(keeper: Keeper) -> None:
    while True:
        try:
            await keeper.prepare()
            break
        except (QueueError, CaseworkError):
            await asyncio.sleep(BOUNDS.retry_least_ms / 1_000)
    await keeper.run()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:4]))
