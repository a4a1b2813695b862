"""The server's own media workers: a server that stands still, workers that die, and who ends with whom."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from cases.views.calls import CallOffer
from rtc.call import CallState, LegName, LegState
from rtc.service import Offer
from rtc.workers.bounds import WorkerBounds
from rtc.workers.placement import Worker
from rtc.workers.registry import Registry
from signaling import events
from tests.browser.server_process import ServerProcess
from tests.clients import DEVICES, OfficerClient, Page, TaxpayerClient
from tests.product import CHEN, GENERAL, LIN
from tests.rtc.house import flows_both_ways
from tests.rtc.peer import Peer, field, offered_port
from tests.rtc.waiting import wait_until
from tests.signaling.page_media import media_of

pytestmark = [pytest.mark.timeout(180), pytest.mark.sqlite_records]

WAIT_S = 60.0
"""For a process to begin, on a machine with much else to do."""


@contextlib.asynccontextmanager
async def served(folder: Path) -> AsyncIterator[ServerProcess]:
    server = ServerProcess(folder, {"SHUITONG_MEDIA_WORKERS": "1", "SHUITONG_MEDIA_PORT": "0"})
    await server.start()
    try:
        yield server
    finally:
        server.send(signal.SIGCONT)
        await server.stop()


async def the_worker(server: ServerProcess, *, other_than: str = "") -> Worker:
    """The one that is at work, as the server's own Redis has it."""
    async with Redis(unix_socket_path=str(server.data_dir / "redis" / "redis.sock")) as redis:
        registry = Registry(redis, WorkerBounds())
        async with asyncio.timeout(WAIT_S):
            while True:
                census = await registry.census()
                for worker in census.workers:
                    if worker.is_there(census.now_ms) and worker.worker_id != other_than:
                        return worker
                await asyncio.sleep(0.02)


async def comes_back(page: Page, before: Peer, ticket_id: str) -> Peer:
    """By the offer of a new connection that is pushed to the page."""

    def is_new(offer: CallOffer) -> bool:
        return offer.generation > before.current.generation

    await wait_until(lambda: any(map(is_new, page.pushed(events.CALL_OFFER))), "an offer", timeout_s=WAIT_S)
    pushed = [offer for offer in page.pushed(events.CALL_OFFER) if is_new(offer)][-1]
    after = Peer(media_of(page, ticket_id), before.call_id, before.leg)
    numbers = (pushed.generation, pushed.revision)
    after.offer = Offer(pushed.call_id, before.leg, *numbers, pushed.sdp, pushed.generation)
    await after.open((field(pushed.sdp, "candidate").split(" ")[4], offered_port(pushed.sdp)))
    await after.answer()
    await after.shake_hands()
    return after


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.feature("S27")
async def test_calls_outlast_a_server_that_stands_still_and_a_worker_that_dies(data_folder: Path) -> None:
    async with served(data_folder) as server:
        async with contextlib.AsyncExitStack() as ends:
            taxpayer, officer = TaxpayerClient(server.url), OfficerClient(server.url)
            ends.push_async_callback(taxpayer.close)
            ends.push_async_callback(officer.close)
            await taxpayer.sign_in(CHEN)
            await officer.sign_in(LIN)
            page, desk = await taxpayer.open_page(), await officer.open_page()
            await officer.sign_on(desk, GENERAL)
            await taxpayer.take("t1", GENERAL)
            await taxpayer.watch(page, "t1")
            await officer.call_next(desk, "r1")
            view = await page.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=1)
            call_id = view.call.call_id
            own = Peer(media_of(page, "t1"), call_id, LegName.TAXPAYER)
            theirs = Peer(media_of(desk, "t1"), call_id, LegName.OFFICER)
            for peer in (own, theirs):
                ends.push_async_callback(peer.close)
                await peer.connect()
            await flows_both_ways(own, theirs)
            await page.call(events.CALL_DEVICES, call_id=call_id, devices={**DEVICES, "microphone": False})

            server.send(signal.SIGSTOP)
            await flows_both_ways(own, theirs, b" while the server stands still")
            server.send(signal.SIGCONT)

            first = await the_worker(server)
            assert first.calls == 1
            os.kill(first.info.pid, signal.SIGKILL)
            second = await the_worker(server, other_than=first.worker_id)
            # The same socket: what a firewall lets through stays the same.
            assert second.info.port == first.info.port
            own, theirs = await comes_back(page, own, "t1"), await comes_back(desk, theirs, "t1")
            for peer in (own, theirs):
                ends.push_async_callback(peer.close)
            await flows_both_ways(own, theirs, b" again")
            running = await desk.wait_for(
                events.CALL_CHANGED,
                lambda call: (
                    call.state is CallState.RUNNING and not call.leg(LegName.TAXPAYER).devices.microphone
                ),
            )
            assert running.leg(LegName.OFFICER).state is LegState.CONNECTED
            # A page whose socket was away meanwhile asks with the generation that it had.
            resumed = await page.call(events.CALL_RESUME, call_id=call_id, generation=1)
            assert resumed.offer.generation == own.current.generation == 2
            assert (await page.call(events.CALL_HANG_UP, call_id=call_id)).state is CallState.ENDED

        # However the server ends, its workers do.
        await server.kill()
        await wait_until(lambda: not is_alive(second.info.pid), "the worker's end", timeout_s=WAIT_S)
