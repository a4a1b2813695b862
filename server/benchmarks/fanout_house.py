"""The house of the fan-out benchmark: a server, its Redis, people with tickets in one line, and officers."""

import asyncio
import contextlib
import itertools
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import select

from cases import schema
from cases.accounts import NewOfficer
from cases.clock import SystemClock
from cases.sealing import new_id, new_token, token_digest
from cases.sessions import COOKIE_NAMES, SessionKind
from cases.views.desks import OfficerRole
from queueing.connection import Link, connect
from queueing.cursor import EntryId
from queueing.journal import Journal
from queueing.policy import QueuePolicy
from queueing.service import Queue
from server import demo
from server.benchmarks import fanout_server
from server.benchmarks.fanout_socket import LeanPage, open_page
from server.building import build, sealer
from server.embedded_redis import EmbeddedRedis
from server.records import records, up_to_date
from signaling import events

LINE: Final = demo.LINES[0]
DAY: Final = "20260101"
OFFICERS: Final = 4
ISSUED_AT_ONCE: Final = 100
WITHIN_S: Final = 60.0
SESSION_MS: Final = 3_600_000
RECORDED_WITHIN_S: Final = 300.0
LOOK_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody with a page: the session's token and the ticket."""

    token: str
    ticket_id: str


@dataclass(frozen=True, slots=True)
class Call:
    """An officer called a ticket: when the command was sent, and the version that the call made."""

    sent_ns: int
    ticket_id: str
    version: int


class Child:
    """A process that answers each line with a line. It ends with its input."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    async def line(self) -> str:
        """Raises ConnectionError where it ended, TimeoutError."""
        if self._process.stdout is None:
            raise ConnectionError("no output")
        async with asyncio.timeout(WITHIN_S):
            line = await self._process.stdout.readline()
        if not line:
            raise ConnectionError("a process of the benchmark ended")
        return line.decode().strip()

    async def ask(self, line: str) -> str:
        if self._process.stdin is None:
            raise ConnectionError("no input")
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()
        return await self.line()

    async def end(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@contextlib.asynccontextmanager
async def child(module: str, *arguments: str) -> AsyncIterator[Child]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**26, start_new_session=True,
    )  # fmt: skip
    started = Child(process)
    try:
        yield started
    finally:
        await started.end()


@dataclass(slots=True)
class Desk:
    """An officer's console. One command after the other."""

    page: LeanPage
    free: asyncio.Lock = field(default_factory=asyncio.Lock)
    requests: Iterator[int] = field(default_factory=itertools.count)

    async def ask(self, command: events.Command, content: dict[str, Any]) -> Any:
        """The result. Raises ConnectionError for a refusal."""
        answer = orjson.loads(await self.page.command(command.name, content, within_s=WITHIN_S))
        if not answer["ok"]:
            raise ConnectionError(answer["problem"]["code"])
        return answer["result"]

    async def call(self) -> Call:
        """Call the next one, and give it up at once."""
        async with self.free:
            sent_ns = time.monotonic_ns()
            view = await self.ask(events.QUEUE_CALL_NEXT, {"request_id": f"r{next(self.requests)}"})
            ticket = view["ticket"]
            named = {"ticket_id": ticket["ticket_id"], "call_number": ticket["call_number"]}
            await self.ask(events.QUEUE_ABANDON, named)
        return Call(sent_ns, ticket["ticket_id"], ticket["version"])


@dataclass(slots=True)
class House:
    """``waiters``: in the order of the line, between each two of the first ones somebody without a page."""

    server: Child
    clients: Child
    queue: Queue
    desks: list[Desk]
    waiters: Sequence[Waiter]
    versions: dict[str, str]
    opened: int = 0
    calls: list[Call] = field(default_factory=list)
    issued: int = 0

    async def open_pages(self, count: int) -> None:
        """Until so many pages of waiting tickets are open."""
        called = {call.ticket_id for call in self.calls}
        gone = sum(waiter.ticket_id in called for waiter in self.waiters[: self.opened])
        wanted = self.waiters[self.opened : count + gone]
        people = [(waiter.token, waiter.ticket_id) for waiter in wanted]
        await self.clients.ask(orjson.dumps({"open": people}).decode())
        self.opened += len(wanted)

    async def issue(self) -> None:
        """Somebody without a page takes a ticket."""
        self.issued += 1
        await issue(self.queue, [f"more{self.issued}"])

    async def call(self) -> None:
        desk = min(self.desks, key=lambda one: one.free.locked())
        self.calls.append(await desk.call())

    async def report(self) -> Any:
        return orjson.loads(await self.clients.ask('{"report": true}'))

    def cpu_s(self) -> float:
        """Processor time of the server's process, in the system and in itself, to 10 ms."""
        stat = Path(f"/proc/{self.server.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self) -> int:
        """Resident memory of the server's process."""
        pages = Path(f"/proc/{self.server.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def issue(queue: Queue, ticket_ids: Sequence[str]) -> None:
    """Tickets in that order."""
    for start in range(0, len(ticket_ids), ISSUED_AT_ONCE):
        await asyncio.gather(
            *(
                queue.issue(LINE.hall_id, one, line_id=LINE.line_id, letter=LINE.letter, day=DAY)
                for one in ticket_ids[start : start + ISSUED_AT_ONCE]
            )
        )


async def _recorded(folder: Path, link: Link) -> None:
    """Until the server's records have every step of the line: what is left of making it is no part of what is
    measured. Raises TimeoutError.
    """
    database = records(fanout_server.settings(folder))
    wanted = await Journal(link).latest(LINE.hall_id)
    cursors = schema.journal_cursors.c
    try:
        async with asyncio.timeout(RECORDED_WITHIN_S):
            while True:
                async with database.reading() as connection:
                    found = await connection.scalar(
                        select(cursors.entry_id).where(cursors.hall_id == LINE.hall_id)
                    )
                if found is not None and EntryId.parse(found).version >= wanted:
                    return
                await asyncio.sleep(LOOK_S)
    finally:
        await database.close()


async def _seed(folder: Path, redis_url: str, waiters: Sequence[Waiter]) -> list[str]:
    """Write accounts, sessions and cases straight into the records; the tokens of the officers."""
    redis = connect(redis_url)
    used = fanout_server.settings(folder)
    product = build(used, redis)
    now_ms = SystemClock().now_ms()
    tokens = [new_token() for _ in range(OFFICERS)]
    try:
        await up_to_date(product.database)
        await demo.seed(product.database, product.accounts)
        for turn in range(OFFICERS):
            roles = (OfficerRole.OFFICER,)
            await product.accounts.put_officer(
                NewOfficer(f"F{turn}", f"压测{turn}", demo.PASSWORD, roles, demo.HALL.hall_id)
            )
        async with product.database.writing() as connection:
            rows = await connection.execute(
                schema.officers.select().where(schema.officers.c.staff_number.like("F%"))
            )
            owners = [(SessionKind.OFFICER, row.officer_id) for row in rows]
            people = [new_id() for _ in waiters]
            owners += [(SessionKind.TAXPAYER, one) for one in people]
            every = [*tokens, *(waiter.token for waiter in waiters)]
            sealed = sealer(used).seal(demo.TAXPAYERS[0].number)
            await connection.execute(
                schema.taxpayers.insert(), [_taxpayer(one, sealed, now_ms) for one in people]
            )
            await connection.execute(
                schema.cases.insert(),
                [
                    _case(turn, one, waiter.ticket_id, now_ms)
                    for turn, (one, waiter) in enumerate(zip(people, waiters, strict=True))
                ],
            )
            await connection.execute(
                schema.sessions.insert(),
                [
                    _session(token, kind, owner, now_ms)
                    for token, (kind, owner) in zip(every, owners, strict=True)
                ],
            )
    finally:
        await product.database.close()
        await redis.aclose()
    return tokens


def _taxpayer(taxpayer_id: str, sealed: bytes, now_ms: int) -> dict[str, object]:
    return {
        "taxpayer_id": taxpayer_id,
        "certificate_type": "id_cn",
        "number_sealed": sealed,
        "number_index": taxpayer_id,
        "name": "压测",
        "created_at_ms": now_ms,
    }


def _case(turn: int, taxpayer_id: str, ticket_id: str, now_ms: int) -> dict[str, object]:
    return {
        "case_id": new_id(),
        "number": f"F{turn:06d}",
        "taxpayer_id": taxpayer_id,
        "hall_id": LINE.hall_id,
        "line_id": LINE.line_id,
        "ticket_id": ticket_id,
        "mode": "consult",
        "question": "",
        "opened_at_ms": now_ms,
    }


def _session(token: str, kind: SessionKind, owner: str, now_ms: int) -> dict[str, object]:
    return {
        "session_id": token_digest(token),
        "kind": kind.value,
        "person_id": owner,
        "created_at_ms": now_ms,
        "idle_until_ms": now_ms + SESSION_MS,
        "ends_at_ms": now_ms + SESSION_MS,
    }


@contextlib.asynccontextmanager
async def open_house(folder: Path, people: int, between: int) -> AsyncIterator[House]:
    """A server with so many people in one line, and ``between`` others among the first of them."""
    names = (
        name for turn in range(people) for name in ((f"o{turn}",) if turn < between else ()) + (f"w{turn}",)
    )
    line = [Waiter(new_token(), name) for name in names]
    waiters = [waiter for waiter in line if waiter.ticket_id.startswith("w")]
    async with contextlib.AsyncExitStack() as ends:
        await asyncio.to_thread((folder / "house").mkdir, 0o700)
        embedded = EmbeddedRedis(folder / "redis")
        await embedded.start()
        ends.push_async_callback(embedded.stop)
        link = await ends.enter_async_context(connect(embedded.url))
        tokens = await _seed(folder / "house", embedded.url, line)
        server = await ends.enter_async_context(
            child("server.benchmarks.fanout_server", str(folder / "house"), embedded.url)
        )
        port = int(await server.line())
        clients = await ends.enter_async_context(child("server.benchmarks.fanout_clients", str(port)))
        desks = [await _desk(port, token) for token in tokens]
        queue = Queue(link, QueuePolicy())
        await issue(queue, [waiter.ticket_id for waiter in line])
        await _recorded(folder / "house", link)
        info: dict[str, object] = await link.redis.info("server")
        name = "valkey" if "valkey_version" in info else "redis"
        yield House(server, clients, queue, desks, waiters, {name: str(info[f"{name}_version"])})
        for desk in desks:
            desk.page.close()


async def _desk(port: int, token: str) -> Desk:
    cookie = f"{COOKIE_NAMES[SessionKind.OFFICER]}={token}"
    page = await open_page(port, events.OFFICER.name, cookie, lambda _event: None, within_s=WITHIN_S)
    desk = Desk(page)
    await desk.ask(events.DESK_SIGN_ON, {"line_ids": [LINE.line_id]})
    return desk
