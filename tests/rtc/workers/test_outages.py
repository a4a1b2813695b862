"""A killed worker, and a Redis that is away or forgot everything: real processes, real UDP."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from queueing.connection import connect
from rtc.call import CallState, Devices, Facing, LegName, LegState
from rtc.errors import MediaUnreachable
from rtc.workers.bounds import WorkerBounds
from rtc.workers.client import MediaWorkers
from rtc.workers.placement import Worker
from tests.redis_server import running_valkey
from tests.rtc.house import CALL, Party, exchange, flows_both_ways
from tests.rtc.peer import DEVICES
from tests.rtc.waiting import wait_until
from tests.rtc.workers.depot import BOUNDS, both_come_back, open_depot

pytestmark = pytest.mark.feature("S27")

MUTED = Devices(microphone=False, camera=False, facing=Facing.USER)


async def test_calls_need_no_redis_and_one_that_forgot_everything_learns_it_again(tmp_path: Path) -> None:
    with contextlib.ExitStack() as first:
        url = first.enter_context(running_valkey(tmp_path))
        async with connect(url) as link, open_depot(link.redis, BOUNDS) as depot:  # type: ignore[arg-type]
            (_, relay), (_, other_relay) = await depot.worker(), await depot.worker()
            party = await depot.party()
            taxpayer, officer = await party.both()
            carrier = relay if CALL in relay.call_ids() else other_relay
            first.close()
            with pytest.raises(MediaUnreachable):
                await party.service.set_devices(CALL, LegName.TAXPAYER, MUTED)
            await flows_both_ways(taxpayer, officer, b" without Redis")
            # What happens meanwhile is told afterwards.
            await officer.fall_silent()
            view = await carrier.view(CALL)
            while view.leg(LegName.OFFICER).state is not LegState.SILENT:
                await asyncio.sleep(0.01)
                view = await carrier.view(CALL)
            with running_valkey(tmp_path):
                await party.leg_state(LegName.OFFICER, LegState.SILENT)
                officer.keep_checking()
                await party.state(CallState.RUNNING)
                assert isinstance(party.service, MediaWorkers)
                await seen(party.service, 2)
                view = await party.service.set_devices(CALL, LegName.TAXPAYER, MUTED)
                assert view.leg(LegName.TAXPAYER).devices == MUTED
                # Nobody was taken for dead, although every lease ended.
                assert CALL in carrier.call_ids()
                assert party.offers(LegName.OFFICER) == party.offers(LegName.TAXPAYER) == []
                await flows_both_ways(taxpayer, officer, b" with it again")
                await party.service.close_call(CALL)
                await wait_until(lambda: officer.is_closed_by_relay, "the end, told over it")


class Hand:
    """Workers started by hand, as on another machine."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._processes: list[asyncio.subprocess.Process] = []

    async def start(self, **settings: str) -> asyncio.subprocess.Process:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SHUITONG_")}
        given = {"REDIS_URL": self._redis_url, "MEDIA_PORT": "0", "HOST": "127.0.0.1", **settings}
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("shuitong")),
            "media-worker",
            env={**clean, **{f"SHUITONG_{name}": value for name, value in given.items()}},
        )
        self._processes.append(process)
        return process

    async def close(self) -> None:
        for process in self._processes:
            if process.returncode is None:
                process.kill()
                await process.wait()


@pytest.fixture
async def by_hand(redis_url: str) -> AsyncIterator[Hand]:
    hand = Hand(redis_url)
    yield hand
    await hand.close()


async def seen(
    service: MediaWorkers, count: int, of: Callable[[Worker], bool] = lambda _: True
) -> list[Worker]:
    """That many workers, once they are there."""
    async with asyncio.timeout(60):
        while True:
            found = [worker for worker in await service.workers() if of(worker)]
            if len(found) == count:
                return found
            await asyncio.sleep(0.02)


async def test_media_go_on_soon_after_a_worker_was_killed_and_another_drained(
    by_hand: Hand, redis_url: str, redis_client: object, record_property: Callable[[str, object], None]
) -> None:
    for _ in range(2):
        await by_hand.start(MEDIA_WORKER_DRAIN_MS="1")
    async with connect(redis_url) as link:
        service = MediaWorkers(link.redis, WorkerBounds())
        await service.start()
        party = Party(service)
        following = asyncio.create_task(party.follow())
        try:
            await seen(service, 2)
            taxpayer, officer = await party.both()
            await service.set_devices(CALL, LegName.TAXPAYER, MUTED)
            await flows_both_ways(taxpayer, officer)
            (carrier,) = await seen(service, 1, lambda worker: worker.calls == 1)
            os.kill(carrier.info.pid, signal.SIGKILL)
            killed_at = time.monotonic()
            taxpayer, officer = await both_come_back(party, taxpayer, officer)
            await exchange(taxpayer, officer, 96, taxpayer.video_ssrc, b"a picture")
            await exchange(officer, taxpayer, 96, officer.video_ssrc, b"another one")
            taken_s = time.monotonic() - killed_at
            record_property("worker_killed_to_media_both_ways_s", round(taken_s, 2))
            view = await service.view(CALL)
            assert view.leg(LegName.TAXPAYER).devices == MUTED
            assert view.leg(LegName.OFFICER).devices == DEVICES

            # A deployment: a fresh one begins, the old one is told to end and hands over.
            await by_hand.start()
            await seen(service, 2)
            (carrier,) = await seen(service, 1, lambda worker: worker.calls == 1)
            os.kill(carrier.info.pid, signal.SIGTERM)
            taxpayer, officer = await both_come_back(party, taxpayer, officer)
            await flows_both_ways(taxpayer, officer, b" handed over")
            await seen(service, 1)
            view = await service.hang_up(CALL, LegName.OFFICER)
            assert view.leg(LegName.TAXPAYER).devices == MUTED
        finally:
            await service.stop()
            await following
            for peer in party.peers:
                await peer.close()
