"""Media workers and servers on a real Redis, in the test's own process, for the tests of this folder."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator

from redis.asyncio import Redis

from rtc.relay import MediaRelay
from rtc.settings import RelaySettings
from rtc.workers.bounds import WorkerBounds
from rtc.workers.client import MediaWorkers
from rtc.workers.placement import WorkerInfo
from rtc.workers.worker import MediaWorker
from tests.rtc.house import Party
from tests.rtc.peer import Peer, field, offered_port
from tests.rtc.waiting import wait_until

BOUNDS = WorkerBounds(lease_ms=500, look_ms=30, answer_ms=1_000, drain_ms=10_000, leave_ms=5_000)
QUICK = RelaySettings(tick_ms=20, silent_ms=400, grace_ms=60_000, keyframe_interval_ms=100)


class Depot:
    """Starts workers and servers; all end with it."""

    def __init__(self, redis: Redis, bounds: WorkerBounds, settings: RelaySettings) -> None:
        self.redis = redis
        self.bounds = bounds
        self.settings = settings
        self._ends = contextlib.AsyncExitStack()

    async def worker(self, worker_id: str = "", owner: str = "") -> tuple[MediaWorker, MediaRelay]:
        relay = MediaRelay(self.settings)
        await relay.start()
        self._ends.push_async_callback(relay.stop)
        info = WorkerInfo(owner, ("127.0.0.1",), relay.port, 0, self.settings.calls_max, 0.0, False)
        worker = MediaWorker(relay, self.redis, self.bounds, worker_id or secrets.token_hex(4), info)
        await worker.start()
        self._ends.push_async_callback(worker.stop)
        return worker, relay

    async def server(self) -> MediaWorkers:
        service = MediaWorkers(self.redis, self.bounds)
        await service.start()
        self._ends.push_async_callback(service.stop)
        return service

    async def party(self) -> Party:
        service = await self.server()
        party = Party(service)
        following = asyncio.create_task(party.follow())

        async def end() -> None:
            await service.stop()
            await following
            for peer in party.peers:
                await peer.close()

        self._ends.push_async_callback(end)
        return party

    async def close(self) -> None:
        await self._ends.aclose()


@contextlib.asynccontextmanager
async def open_depot(
    redis: Redis, bounds: WorkerBounds = BOUNDS, settings: RelaySettings = QUICK
) -> AsyncIterator[Depot]:
    depot = Depot(redis, bounds, settings)
    try:
        yield depot
    finally:
        await depot.close()


async def comes_back(party: Party, before: Peer) -> Peer:
    """What a page does with an offer of a higher generation that is pushed to it: a new connection."""

    def offered() -> bool:
        offers = party.offers(before.leg)
        return bool(offers) and offers[-1].generation > before.current.generation

    await wait_until(offered, f"a new connection for {before.leg}", timeout_s=30)
    after = party.peer(before.leg)
    after.offer = party.offers(before.leg)[-1]
    host = field(after.offer.sdp, "candidate").split(" ")[4]
    await after.open((host, offered_port(after.offer.sdp)))
    await after.answer()
    await after.shake_hands()
    return after


async def both_come_back(party: Party, taxpayer: Peer, officer: Peer) -> tuple[Peer, Peer]:
    after = await asyncio.gather(comes_back(party, taxpayer), comes_back(party, officer))
    return after[0], after[1]
