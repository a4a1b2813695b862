"""A process that fires deadlines until it is killed, or until there are none."""

import asyncio
import sys

from cases.clock import SystemClock
from cases.database import Database
from cases.deadlines.engine import DeadlineEngine, EngineBounds
from tests.cases.deadlines.test_engine import KIND, left, note


async def main(url: str, *, to_the_end: bool) -> None:
    database = Database(url)
    engine = DeadlineEngine(database, SystemClock(), {KIND: note}, EngineBounds(batch=3))
    if to_the_end:
        while await left(database):
            await engine.step()
        await database.close()
    else:
        await engine.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], to_the_end="--to-the-end" in sys.argv))
