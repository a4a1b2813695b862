"""Two web processes and two media workers restarted in turn, with people waiting and a call running."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from cases.views.calls import CallOffer
from cases.views.tickets import Outcome, TicketView
from queueing.connection import connect
from queueing.states import TicketState
from rtc.call import LegName
from rtc.service import Offer
from rtc.workers.bounds import WorkerBounds
from rtc.workers.placement import Worker
from rtc.workers.registry import Registry
from signaling import events
from tests.browser.server_process import ServerProcess, free_port
from tests.clients import Client, OfficerClient, Page, TaxpayerClient
from tests.postgres_server import PostgresServer
from tests.product import CHEN, GENERAL, HUANG, LIANG, LIN
from tests.rtc.house import flows_both_ways
from tests.rtc.peer import Peer, field, offered_port
from tests.rtc.waiting import wait_until
from tests.signaling.page_media import media_of

pytestmark = [pytest.mark.timeout(360), pytest.mark.sqlite_records]

WAIT_S: Final = 60.0
CHUNK_BYTES: Final = 65_536


class Front:
    """What stands before the web processes: each connection goes to the first one that takes it."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = ports
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = int(server.sockets[0].getsockname()[1])
        try:
            yield
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for port in self._ports:
            try:
                answers, requests = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                continue
            await asyncio.gather(_passed(reader, requests), _passed(answers, writer))
            return
        writer.close()


async def _passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    writer.close()


class MediaProcess:
    """``shuitong media-worker`` at a port of its own, which it keeps over restarts."""

    def __init__(self, redis_url: str, log: Path) -> None:
        self.port = free_port(socket.SOCK_DGRAM)
        self._redis_url = redis_url
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                str(Path(sys.executable).with_name("shuitong")),
                *("media-worker", "--host", "127.0.0.1", "--media-port", str(self.port)),
                env={
                    **os.environ,
                    "SHUITONG_REDIS_URL": self._redis_url,
                    "SHUITONG_MEDIA_WORKER_DRAIN_MS": "1",
                },
                stdout=log,
                stderr=log,
            )

    async def terminate(self) -> int:
        """As a service manager ends it: its calls go on at the other one; the exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(WAIT_S):
            return await self._process.wait()


class Everything:
    """Two of each, on one Redis and one PostgreSQL."""

    def __init__(self, webs: Sequence[ServerProcess], media: Sequence[MediaProcess], registry: Registry):
        self.webs = webs
        self.media = media
        self.front = Front([web.port for web in webs])
        self._registry = registry

    async def workers(self, count: int) -> list[Worker]:
        """Those that are there, once they are so many."""
        async with asyncio.timeout(WAIT_S):
            while True:
                census = await self._registry.census()
                there = [one for one in census.workers if one.is_there(census.now_ms)]
                if len(there) == count:
                    return there
                await asyncio.sleep(0.02)

    async def carrier(self) -> MediaProcess:
        """The one that carries the call."""
        (port,) = [worker.info.port for worker in await self.workers(2) if worker.calls]
        return next(one for one in self.media if one.port == port)


@pytest.fixture
async def everything(
    seeded_folder: Path,
    seeded_template: str,
    postgres: PostgresServer,
    redis_url: str,
    redis_client: object,
    tmp_path: Path,
) -> AsyncIterator[Everything]:
    with postgres.copy_of(seeded_template) as database_url:
        settings = {
            "SHUITONG_REDIS_URL": redis_url,
            "SHUITONG_DATABASE_URL": database_url,
            "SHUITONG_MEDIA_WORKERS": "elsewhere",
        }
        # Each has its own folder, with the same keys.
        folders = [Path(shutil.copytree(seeded_folder, tmp_path / name)) for name in ("one", "other")]
        webs = [ServerProcess(folder, settings) for folder in folders]
        media = [MediaProcess(redis_url, tmp_path / f"media-{number}.log") for number in range(2)]
        async with connect(redis_url) as link:
            found = Everything(webs, media, Registry(link.redis, WorkerBounds()))
            try:
                await asyncio.gather(*(worker.start() for worker in media), *(web.start() for web in webs))
                async with found.front.open():
                    yield found
            finally:
                for web in webs:
                    await web.kill()
                for worker in media:
                    await worker.terminate()


class Person:
    """Somebody with one page open, which comes back by itself when its connection ended, as pages do."""

    def __init__(self, client: Client, page: Page) -> None:
        self.client = client
        self.page = page
        self.peer: Peer | None = None
        """What their page has in the call."""

    async def comes_back(self) -> None:
        """Where the process that the page was at has ended."""
        async with asyncio.timeout(WAIT_S):
            await self.page.closed.wait()
        self.page = await self.client.open_page()
        if self.peer is not None:
            asked = {"call_id": self.peer.call_id, "generation": self.peer.current.generation}
            await self.page.call(events.CALL_RESUME, **asked)

    async def is_offered_again(self) -> Peer:
        """Their page gets a new connection in the call, by the offer that is pushed to it."""
        assert self.peer is not None
        self.peer = await came_back(self.page, self.peer, "called")
        return self.peer


async def came_back(page: Page, before: Peer, ticket_id: str) -> Peer:
    """By the offer of a new connection that is pushed to the page."""

    def newer() -> list[CallOffer]:
        pushed = page.pushed(events.CALL_OFFER)
        return [offer for offer in pushed if offer.generation > before.current.generation]

    await wait_until(lambda: bool(newer()), "an offer", timeout_s=WAIT_S)
    pushed = newer()[-1]
    after = Peer(media_of(page, ticket_id), before.call_id, before.leg)
    numbers = (pushed.generation, pushed.revision)
    after.offer = Offer(pushed.call_id, before.leg, *numbers, pushed.sdp, pushed.generation)
    await after.open((field(pushed.sdp, "candidate").split(" ")[4], offered_port(pushed.sdp)))
    await after.answer()
    await after.shake_hands()
    return after


@dataclass(frozen=True, slots=True)
class Hall:
    """Two wait, one is in a call with the officer."""

    called: Person
    waiting: tuple[Person, Person]
    officer: Person
    call: TicketView

    @property
    def people(self) -> tuple[Person, ...]:
        return (self.called, *self.waiting, self.officer)

    async def media_flow(self, word: bytes) -> None:
        own, theirs = self.called.peer, self.officer.peer
        assert own is not None
        assert theirs is not None
        await flows_both_ways(own, theirs, word)

    async def places(self) -> list[tuple[str, int | None]]:
        """The ticket of each who waits, and how many wait before it."""
        found = []
        for person, ticket_id in zip(self.waiting, ("first", "second"), strict=True):
            client = person.client
            assert isinstance(client, TaxpayerClient)
            view = await client.watch(person.page, ticket_id)
            assert view.state is TicketState.WAITING
            found.append((view.ticket_id, view.ahead))
        return found


@contextlib.asynccontextmanager
async def a_hall(url: str) -> AsyncIterator[Hall]:
    async with contextlib.AsyncExitStack() as ends:
        chen, huang, liang = taxpayers = [TaxpayerClient(url) for _ in range(3)]
        officer = OfficerClient(url)
        for client in (*taxpayers, officer):
            ends.push_async_callback(client.close)
        for taxpayer, who in zip(taxpayers, (CHEN, HUANG, LIANG), strict=True):
            await taxpayer.sign_in(who)
        await officer.sign_in(LIN)
        people = [Person(client, await client.open_page()) for client in (*taxpayers, officer)]
        called, first, second, desk = people
        await officer.sign_on(desk.page, GENERAL)
        for taxpayer, ticket_id in ((chen, "called"), (huang, "first"), (liang, "second")):
            await taxpayer.take(ticket_id, GENERAL)
        await officer.call_next(desk.page, "r1")
        await chen.watch(called.page, "called")
        view = await called.page.call(events.TICKET_CONFIRM, ticket_id="called", call_number=1)
        called.peer = Peer(media_of(called.page, "called"), view.call.call_id, LegName.TAXPAYER)
        desk.peer = Peer(media_of(desk.page, "called"), view.call.call_id, LegName.OFFICER)
        for peer in (called.peer, desk.peer):
            await peer.connect()
        try:
            yield Hall(called, (first, second), desk, view)
        finally:
            for person in (called, desk):
                if person.peer is not None:
                    await person.peer.close()


AS_BEFORE: Final = [("first", 0), ("second", 1)]


@pytest.mark.feature("S27", "B2")
async def test_nobody_loses_a_place_and_the_call_goes_on(
    everything: Everything, record_property: Callable[[str, object], None]
) -> None:
    await everything.workers(2)
    async with a_hall(everything.front.url) as hall:
        await hall.media_flow(b" at first")
        for web in everything.webs:
            ended = asyncio.create_task(web.terminate())
            await hall.media_flow(b" while a web process ends")
            assert await ended == 0
            # All of them were there: the first one that takes a connection gets it.
            for person in hall.people:
                await person.comes_back()
            assert await hall.places() == AS_BEFORE
            await hall.media_flow(b" without it")
            await web.start()

        for number in range(2):
            carrier = await everything.carrier()
            before = [hall.called.peer, hall.officer.peer]
            began_s = time.monotonic()
            ended = asyncio.create_task(carrier.terminate())
            await asyncio.gather(hall.called.is_offered_again(), hall.officer.is_offered_again())
            await hall.media_flow(b" at the other worker")
            taken_s = round(time.monotonic() - began_s, 2)
            record_property(f"worker_{number}_told_to_end_to_media_both_ways_s", taken_s)
            assert await ended == 0
            await carrier.start()
            for peer in before:
                assert peer is not None
                await peer.close()

        assert await hall.places() == AS_BEFORE
        page, officer = hall.called.page, hall.officer.client
        await page.call(events.CALL_HANG_UP, call_id=hall.call.call.call_id if hall.call.call else "")
        assert isinstance(officer, OfficerClient)
        await officer.finish(hall.officer.page, hall.call, Outcome.COMPLETED)
        following = await officer.call_next(hall.officer.page, "r2")
        assert following.ticket is not None
        assert following.ticket.ticket_id == "first"
