"""One run: processes at work on a place that is struck, some of them killed too, and the verdict."""

import asyncio
import itertools
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from sqlalchemy import select

from cases import schema
from cases.database import Database
from queueing.connection import connect
from queueing.cursor import EntryId
from queueing.errors import QueueUnavailable
from queueing.journal import Journal
from queueing.service import Queue
from queueing.states import OPEN_STATES, Step, TicketState
from queueing.ticket import Cause
from tests.chaos.checking import Recorded, Told, Verdict, judge
from tests.chaos.places import Place
from tests.chaos.worker import HALL, POLICY
from tests.records import records_url

ROOT: Final = Path(__file__).resolve().parent.parent.parent
WORKERS: Final = 2
KEEPERS: Final = 2
STRIKE_EVERY_S: Final = 0.8
END_S: Final = 60.0
"""For everybody to end, and for the records to have everything."""
POSITIONS_MAX: Final = 1_000

Open = Callable[[Path], AbstractAsyncContextManager[Place]]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run that ended: what was done to it, and what held."""

    place: str
    seed: int
    seconds: float
    strikes: dict[str, int]
    verdict: Verdict


class Crew:
    """The processes of a run; each is started again under another name when it was killed."""

    def __init__(self, folder: Path, redis_url: str, database_url: str, seed: int) -> None:
        self._folder = folder
        self._redis_url = redis_url
        self._database_url = database_url
        self._seeds = itertools.count(seed * 1_000)
        self._workers: list[asyncio.subprocess.Process] = []
        self._keepers: list[asyncio.subprocess.Process] = []

    async def start(self) -> None:
        for _ in range(WORKERS):
            self._workers.append(await self._worker())
        for _ in range(KEEPERS):
            self._keepers.append(await self._keeper())

    async def _worker(self) -> asyncio.subprocess.Process:
        seed = next(self._seeds)
        return await self._run(
            "worker", self._redis_url, str(seed), f"w{seed}", str(self._folder / f"w{seed}.told")
        )

    async def _keeper(self) -> asyncio.subprocess.Process:
        return await self._run("recording", self._redis_url, self._database_url, f"k{next(self._seeds)}")

    async def _run(self, program: str, *arguments: str) -> asyncio.subprocess.Process:
        with (self._folder / f"{program}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", f"tests.chaos.{program}", *arguments, stdout=log, stderr=log, cwd=ROOT
            )

    async def kill_one(self, chance: random.Random) -> str:
        """SIGKILL for a worker or a keeper, and another one in its place."""
        crew, start, kind = chance.choice(
            [(self._workers, self._worker, "worker"), (self._keepers, self._keeper, "keeper")]
        )
        index = chance.randrange(len(crew))
        crew[index].kill()
        await crew[index].wait()
        crew[index] = await start()
        return f"{kind} killed"

    async def end(self, processes: str) -> None:
        """SIGTERM, and until they have ended."""
        crew = self._workers if processes == "workers" else self._keepers
        for process in crew:
            assert process.returncode is None, f"{processes} ended by themselves: {self.logs()}"
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(END_S):
            for process in crew:
                await process.wait()

    def kill_all(self) -> None:
        for process in self._workers + self._keepers:
            if process.returncode is None:
                process.kill()

    def logs(self) -> str:
        return "\n".join(file.read_text("utf-8")[-2_000:] for file in sorted(self._folder.glob("*.log")))

    def told(self) -> list[Told]:
        """What workers were told; one that was killed may have written half a line at its end."""
        found = []
        for file in sorted(self._folder.glob("*.told")):
            for line in file.read_bytes().splitlines(keepends=True):
                if line.endswith(b"\n"):
                    row = orjson.loads(line)
                    found.append(Told(**{**row, "step": Step(row["step"])}))
        return found


async def run(name: str, place: Open, folder: Path, *, seed: int, seconds: float, say: Say) -> Outcome:
    """Raises AssertionError or TimeoutError where the processes do not end as they should."""
    chance = random.Random(seed)
    database_url = records_url(folder)
    database = Database(database_url)
    await database.migrate()
    strikes: dict[str, int] = {}
    (folder / "redis").mkdir()
    try:
        async with place(folder / "redis") as struck:
            crew = Crew(folder, struck.url, database_url, seed)
            try:
                await crew.start()
                until_s = time.monotonic() + seconds
                while time.monotonic() < until_s:
                    await asyncio.sleep(chance.expovariate(1 / STRIKE_EVERY_S))
                    done = await (struck.strike(chance) if chance.random() < 0.6 else crew.kill_one(chance))
                    what = done.partition(",")[0]
                    strikes[what] = strikes.get(what, 0) + 1
                    say(f"{name}: {done}")
                await crew.end("workers")
                states = await _settled(struck.url, database)
                await crew.end("keepers")
                verdict = judge(
                    await _recorded(database),
                    crew.told(),
                    await _epochs(database),
                    states,
                    lossless=struck.lossless,
                )
            finally:
                crew.kill_all()
    finally:
        await database.close()
    return Outcome(name, seed, seconds, strikes, verdict)


async def _settled(url: str, database: Database) -> dict[str, TicketState]:
    """The open tickets as the queue has them, once the records have everything that happened."""
    async with connect(url) as link, asyncio.timeout(END_S):
        journal, queue = Journal(link), Queue(link, POLICY)
        while True:
            try:
                state = await journal.state(HALL)
                cursor = await _cursor(database)
                if not state.frozen and cursor is not None and EntryId.parse(cursor).version == state.version:
                    return await _states(queue, database)
            except QueueUnavailable:
                pass  # it is being mended
            await asyncio.sleep(0.05)


async def _cursor(database: Database) -> str | None:
    async with database.reading() as connection:
        found: str | None = await connection.scalar(select(schema.journal_cursors.c.entry_id))
    return found


async def _states(queue: Queue, database: Database) -> dict[str, TicketState]:
    tickets = schema.tickets.c
    async with database.reading() as connection:
        is_open = tickets.state.in_([state.value for state in OPEN_STATES])
        ids = list(await connection.scalars(select(tickets.ticket_id).where(is_open)))
    found: dict[str, TicketState] = {}
    for start in range(0, len(ids), POSITIONS_MAX):
        for position in await queue.positions(HALL, ids[start : start + POSITIONS_MAX]):
            found[position.ticket.ticket_id] = position.ticket.state
    missing = set(ids) - set(found)
    assert not missing, f"open in the records, unknown in the queue: {sorted(missing)[:10]}"
    return found


async def _recorded(database: Database) -> list[Recorded]:
    steps = schema.ticket_steps
    async with database.reading() as connection:
        rows = (await connection.execute(select(steps).order_by(steps.c.version))).all()
    return [
        Recorded(
            row.version,
            row.ticket_id,
            Step(row.step),
            TicketState(row.state),
            Cause(row.cause),
            row.officer_id,
            row.call_number,
        )
        for row in rows
    ]


async def _epochs(database: Database) -> list[int]:
    epochs = schema.hall_epochs.c
    async with database.reading() as connection:
        return list(await connection.scalars(select(epochs.version).order_by(epochs.version)))
