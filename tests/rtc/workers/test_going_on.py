"""A call goes on where its worker does not: leases, takeovers, draining, on a real Redis over real UDP."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from rtc.call import CallState, Devices, Facing, LegName, LegState
from rtc.errors import (
    CallUnknown,
    MediaBusy,
    MediaNoAnswer,
    MediaNoWorker,
    MediaUnavailable,
    OfferStale,
)
from rtc.relay import MediaRelay
from rtc.service import CallChanged
from rtc.workers.client import MediaWorkers
from rtc.workers.messages import Request, encode_request
from rtc.workers.placement import WorkerInfo
from rtc.workers.registry import Found, Registry
from rtc.workers.worker import MediaWorker
from tests.rtc.house import CALL, exchange, flows_both_ways
from tests.rtc.peer import DEVICES
from tests.rtc.waiting import wait_until
from tests.rtc.workers.depot import BOUNDS, Depot, both_come_back, open_depot

pytestmark = pytest.mark.feature("S27")

MUTED = Devices(microphone=False, camera=True, facing=Facing.ENVIRONMENT)


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    for _ in range(1_000):
        if await condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"never came about: {what}")


def carrier(relays: tuple[MediaRelay, MediaRelay]) -> int:
    """Which of them carries the call."""
    return next(number for number, relay in enumerate(relays) if CALL in relay.call_ids())


async def two_workers(depot: Depot) -> tuple[tuple[MediaWorker, MediaWorker], tuple[MediaRelay, MediaRelay]]:
    (one, one_relay), (other, other_relay) = await depot.worker(), await depot.worker()
    return (one, other), (one_relay, other_relay)


async def test_a_worker_that_falls_silent_loses_its_calls_and_does_no_harm_when_it_is_back(
    depot: Depot,
) -> None:
    workers, relays = await two_workers(depot)
    party, another_server = await depot.party(), await depot.party()
    taxpayer, officer = await party.both()
    await party.service.set_devices(CALL, LegName.TAXPAYER, MUTED)
    connected_at_ms = (await party.service.view(CALL)).connected_at_ms
    old = carrier(relays)
    await workers[old].stop()
    # No process died: the call is carried by the old one still, which renews its lease no more.
    await exchange(taxpayer, officer, 111, taxpayer.audio_ssrc, b"still there")
    again, officer_again = await both_come_back(party, taxpayer, officer)
    assert carrier((relays[1 - old], relays[old])) == 0
    await flows_both_ways(again, officer_again)
    await party.leg_state(LegName.OFFICER, LegState.CONNECTED)
    view = await party.service.view(CALL)
    assert view.state is CallState.RUNNING
    assert view.connected_at_ms == connected_at_ms
    assert view.leg(LegName.TAXPAYER).devices == MUTED
    assert view.leg(LegName.OFFICER).devices == DEVICES
    assert again.current.generation == taxpayer.current.generation + 1
    assert again.current.joined == taxpayer.current.generation
    # Two servers looked, and one moved it.
    entry = await Registry(depot.redis, BOUNDS).entry(CALL)
    assert (entry.worker_id, entry.placement) == (workers[1 - old].worker_id, 2)
    await wait_until(lambda: another_server.last_view() == view, "the other server's view")

    # It comes back, with the call that another one has by now, and with something to say of it.
    await relays[old].hang_up(CALL, LegName.OFFICER)
    await workers[old].start()
    await until(lambda: _knows_of_none(relays[old]), "the old worker lets go")
    assert (await party.service.view(CALL)).state is CallState.RUNNING
    await flows_both_ways(again, officer_again, b" undisturbed")


async def _knows_of_none(relay: MediaRelay) -> bool:
    return not relay.call_ids()


async def test_pages_that_missed_the_push_are_told_when_they_ask(depot: Depot) -> None:
    workers, relays = await two_workers(depot)
    party = await depot.party()
    taxpayer, officer = await party.both()
    service = party.service
    old = carrier(relays)
    await workers[old].stop()
    assert isinstance(service, MediaWorkers)
    await service.gone(workers[old].worker_id)
    await wait_until(lambda: bool(party.offers(LegName.OFFICER)), "the call elsewhere")
    offer = await service.restart(CALL, LegName.OFFICER, officer.current.generation, 1)
    assert offer == await service.current_offer(CALL, LegName.OFFICER)
    assert offer.joined <= officer.current.generation < offer.generation
    with pytest.raises(OfferStale):
        await service.answer(CALL, LegName.OFFICER, officer.current.generation, 2, "v=0")
    # Another page of the officer's takes the call; the first one's connections count no more.
    joined = await service.join(CALL, LegName.OFFICER, DEVICES)
    assert joined.joined == joined.generation == offer.generation + 1
    with pytest.raises(OfferStale):
        await service.restart(CALL, LegName.OFFICER, officer.current.generation, 1)
    assert (await service.view(CALL)).leg(LegName.TAXPAYER).state is LegState.JOINING
    assert taxpayer.current.generation == 1


async def test_a_worker_that_drains_takes_no_calls_and_gives_its_own_away(depot: Depot) -> None:
    workers, relays = await two_workers(depot)
    party = await depot.party()
    taxpayer, officer = await party.both()
    old = carrier(relays)
    draining = asyncio.create_task(workers[old].drain())
    service = party.service
    assert isinstance(service, MediaWorkers)
    await until(lambda: _drains(service, workers[old]), "it says that it drains")
    for number in range(4):
        await service.open_call(f"another-{number}")
    assert relays[old].call_ids() == (CALL,)
    await exchange(taxpayer, officer, 111, taxpayer.audio_ssrc, b"while it drains")
    draining.cancel()
    await asyncio.wait([draining])
    # The time for that is over: it goes, and carries the call until it is elsewhere.
    assert await workers[old].leave() == 0
    again, officer_again = await both_come_back(party, taxpayer, officer)
    await flows_both_ways(again, officer_again)
    assert CALL in relays[1 - old].call_ids()


async def _drains(service: MediaWorkers, worker: MediaWorker) -> bool:
    found = [one for one in await service.workers() if one.worker_id == worker.worker_id]
    return found[0].info.draining


async def test_draining_ends_when_the_calls_did(depot: Depot) -> None:
    worker, _ = await depot.worker()
    party = await depot.party()
    await party.service.open_call(CALL)
    draining = asyncio.create_task(worker.drain())
    await party.service.close_call(CALL)
    assert await draining == 0
    with pytest.raises(MediaNoWorker):
        await party.service.open_call("call-2")


async def test_without_another_worker_the_call_waits_for_one(depot: Depot) -> None:
    worker, relay = await depot.worker(owner="house")
    party = await depot.party()
    taxpayer, officer = await party.both()
    await worker.stop()
    await relay.stop()
    service = party.service
    assert isinstance(service, MediaWorkers)
    # As a server does that begins anew in the same folder.
    await service.gone_with("house")
    with pytest.raises((MediaNoWorker, MediaNoAnswer)):
        await service.view(CALL)
    with pytest.raises(MediaNoWorker):
        await service.open_call("call-2")
    await depot.worker(owner="house")
    again, officer_again = await both_come_back(party, taxpayer, officer)
    await flows_both_ways(again, officer_again)


async def test_one_that_only_waits_for_its_turn_is_vouched_for_but_not_for_ever(redis_client: Redis) -> None:
    bounds = replace(BOUNDS, lease_ms=500, stall_ms=1_600)
    async with open_depot(redis_client, bounds) as depot:
        workers, relays = await two_workers(depot)
        party = await depot.party()
        await party.service.open_call(CALL)
        old = carrier(relays)
        await workers[old].stop()
        registry = Registry(redis_client, bounds)
        late = 0
        while await registry.vouch(workers[old].worker_id):
            assert (await registry.entry(CALL)).worker_id == workers[old].worker_id
            await asyncio.sleep(0.03)
            late += 1
        # Several leases' worth.
        assert late > 3
        await until(lambda: _is_at(registry, workers[1 - old]), "it goes on at the other one")
        assert not await registry.vouch(workers[old].worker_id)


async def _is_at(registry: Registry, worker: MediaWorker) -> bool:
    return (await registry.entry(CALL)).worker_id == worker.worker_id


async def test_whoever_moved_it_died_before_telling_the_worker(depot: Depot) -> None:
    workers, relays = await two_workers(depot)
    party = await depot.party()
    taxpayer, officer = await party.both()
    old = carrier(relays)
    await workers[old].stop()
    registry = Registry(depot.redis, BOUNDS)
    await registry.gone(workers[old].worker_id)
    moved = await registry.move(CALL, workers[old].worker_id, workers[1 - old].worker_id)
    again = await registry.move(CALL, workers[old].worker_id, workers[1 - old].worker_id)
    # Unless the party's server was quicker, which is as good.
    assert Found.MOVED in (moved.found, again.found)
    assert (await party.service.view(CALL)).state in (CallState.RECOVERING, CallState.RUNNING)
    taxpayer, officer = await both_come_back(party, taxpayer, officer)
    await flows_both_ways(taxpayer, officer)


async def test_a_repeated_command_is_done_once(depot: Depot) -> None:
    _, relay = await depot.worker()
    party = await depot.party()
    await party.service.open_call(CALL)
    registry = Registry(depot.redis, BOUNDS)
    request = encode_request(Request("r1", "tester", "join", (CALL, LegName.OFFICER, DEVICES)))
    for _ in range(3):
        assert (await registry.ask(CALL, request))[0] is Found.SENT
    answers: list[bytes] = []
    while len(answers) < 3:
        answers += await registry.answers("tester")
    assert len(set(answers)) == 1
    assert (await relay.current_offer(CALL, LegName.OFFICER)).generation == 1


async def test_a_backlog_is_bounded(redis_client: Redis) -> None:
    bounds = replace(BOUNDS, backlog_max=2, lease_ms=60_000)
    registry = Registry(redis_client, bounds)
    # One that took a call and reads nothing any more.
    await registry.renew("w", WorkerInfo("", (), 0, 0, 9, 0.0, draining=False))
    assert (await registry.place(CALL, "w")).placement == 1
    request = encode_request(Request("r1", "tester", "view", (CALL,)))
    asked = [await registry.ask_worker("w", request) for _ in range(3)]
    assert asked == [Found.SENT, Found.SENT, Found.BUSY]
    service = MediaWorkers(redis_client, bounds)
    await service.start()
    with pytest.raises(MediaBusy):
        await service.view(CALL)
    # Of what does not answer nothing is counted.
    assert await service.counters() == {"events_dropped": 0}
    await service.stop()
    with pytest.raises(MediaUnavailable):
        await service.view(CALL)
    with pytest.raises(MediaUnavailable):
        await service.start()


async def test_messages_that_nobody_can_read_are_refused_and_all_goes_on(
    depot: Depot, redis_client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    worker, _ = await depot.worker()
    party = await depot.party()
    await party.both()
    assert isinstance(party.service, MediaWorkers)
    client = party.service._client_id
    good = encode_request(Request("r", "c", "join", (CALL, LegName.OFFICER, DEVICES)))
    broken = [
        b"",
        b"nonsense",
        b"[]",
        good[: len(good) // 2],
        good.replace(b"join", b"stop"),
        b"\xff" * 300_000,
    ]
    await redis_client.rpush(f"m:{{media}}:q:{worker.worker_id}", *broken)
    await redis_client.rpush(f"m:{{media}}:a:{client}", *broken)
    for message in broken:
        await redis_client.xadd("m:{media}:e", {"e": message})
        await redis_client.xadd("m:{media}:e", {"s": "x", "e": message})
    await redis_client.xadd("m:{media}:e", {"unknown": b"1"})
    await wait_until(lambda: worker.refused == len(broken), "all refused")
    changed = await party.service.set_devices(CALL, LegName.OFFICER, MUTED)
    await wait_until(lambda: party.last_view() == changed, "an event after the broken ones")
    said = caplog.text
    assert "a command was refused" in said
    assert "an answer was refused" in said
    assert "an event was refused" in said
    assert "nonsense" not in said
    with pytest.raises(CallUnknown):
        await party.service.view("a call with blanks")


async def test_a_server_that_missed_events_looks_at_every_call(depot: Depot, redis_client: Redis) -> None:
    await depot.worker()
    party = await depot.party()
    await party.service.open_call(CALL)
    await party.state(CallState.CONNECTING)
    party.events.clear()
    await redis_client.incrby("m:{media}:g", 5)
    await party.service.open_call("call-2")

    def seen() -> set[str]:
        return {event.view.call_id for event in party.events if isinstance(event, CallChanged)}

    await wait_until(lambda: {CALL, "call-2"} <= seen(), "both calls")
