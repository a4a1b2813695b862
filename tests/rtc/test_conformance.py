"""What every media service does, whether the relay is in this process or in a worker behind Redis."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from rtc.call import CallState, Devices, EndReason, Facing, LegName, LegState
from rtc.errors import AnswerInvalid, CallEnded, CallFull, CallUnknown, LegUnknown, OfferStale
from rtc.quality import NO_FIGURES, Figures, Flaw
from rtc.service import CallChanged
from rtc.settings import RelaySettings
from tests.rtc.house import CALL, Party, flows_both_ways, open_house
from tests.rtc.peer import DEVICES, offered_ssrcs
from tests.rtc.waiting import wait_until
from tests.rtc.workers.depot import BOUNDS, open_depot

HERE, WORKER = "in this process", "by a worker"
SETTINGS = RelaySettings(
    tick_ms=20,
    silent_ms=400,
    grace_ms=600,
    keyframe_interval_ms=100,
    calls_max=2,
    ended_kept=2,
    quality_ms=50,
)


@pytest.fixture(params=[HERE, WORKER])
async def party(request: pytest.FixtureRequest, redis_client: Redis) -> AsyncIterator[Party]:
    if request.param == HERE:
        async for house in open_house(SETTINGS):
            yield house
        return
    async with open_depot(redis_client, BOUNDS, SETTINGS) as depot:
        await depot.worker()
        yield await depot.party()


async def test_a_call_from_its_opening_to_its_end(party: Party) -> None:
    service = party.service
    opened = await service.open_call(CALL)
    assert opened.state is CallState.CONNECTING
    assert await service.open_call(CALL) == opened
    taxpayer, officer = await party.both()
    await flows_both_ways(taxpayer, officer)
    view = await service.view(CALL)
    assert (view.state, view.created_at_ms) == (CallState.RUNNING, opened.created_at_ms)
    statistics = await service.statistics(CALL)
    assert statistics.from_taxpayer.rtp_packets >= 3
    assert all(type(count) is int for count in statistics.from_officer.dropped.values())
    assert (await service.counters())["calls"] == 1

    muted = Devices(microphone=False, camera=True, facing=Facing.ENVIRONMENT)
    changed = await service.set_devices(CALL, LegName.TAXPAYER, muted)
    assert changed.leg(LegName.TAXPAYER).devices == muted
    await wait_until(lambda: party.last_view().leg(LegName.TAXPAYER).devices == muted, "the view as an event")
    await service.set_quality(CALL, LegName.OFFICER, Figures(frozen_permille=200))
    await wait_until(
        lambda: party.last_view().leg(LegName.OFFICER).quality.flaw is Flaw.FREEZES, "what the page measured"
    )

    ended = await service.hang_up(CALL, LegName.OFFICER)
    assert (ended.state, ended.end_reason) == (CallState.ENDED, EndReason.HUNG_UP)
    assert await service.hang_up(CALL, LegName.TAXPAYER) == ended
    assert await service.close_call(CALL) == ended
    assert await service.view(CALL) == ended
    await party.state(CallState.ENDED)
    await wait_until(lambda: taxpayer.is_closed_by_relay and officer.is_closed_by_relay, "both told")
    for refused in (
        service.open_call(CALL),
        service.join(CALL, LegName.OFFICER, DEVICES),
        service.answer(CALL, LegName.OFFICER, 1, 1, "v=0"),
        service.current_offer(CALL, LegName.OFFICER),
        service.restart(CALL, LegName.OFFICER, 1, 1),
        service.set_devices(CALL, LegName.OFFICER, DEVICES),
        service.set_quality(CALL, LegName.OFFICER, NO_FIGURES),
        service.leave(CALL, LegName.OFFICER),
        service.statistics(CALL),
    ):
        with pytest.raises(CallEnded):
            await refused


async def test_what_is_refused(party: Party) -> None:
    service = party.service
    for unknown in (
        service.join(CALL, LegName.OFFICER, DEVICES),
        service.view(CALL),
        service.hang_up(CALL, LegName.OFFICER),
        service.close_call(CALL),
        service.leave(CALL, LegName.OFFICER),
        service.statistics(CALL),
    ):
        with pytest.raises(CallUnknown):
            await unknown
    await service.open_call(CALL)
    await service.open_call("call-2")
    with pytest.raises(CallFull):
        await service.open_call("call-3")
    for without in (
        service.answer(CALL, LegName.OFFICER, 1, 1, "v=0"),
        service.current_offer(CALL, LegName.OFFICER),
        service.restart(CALL, LegName.OFFICER, 1, 1),
    ):
        with pytest.raises(LegUnknown):
            await without
    offer = await service.join(CALL, LegName.OFFICER, DEVICES)
    assert (offer.generation, offer.joined) == (1, 1)
    assert await service.current_offer(CALL, LegName.OFFICER) == offer
    with pytest.raises(AnswerInvalid, match="begins with v=0"):
        await service.answer(CALL, LegName.OFFICER, 1, 1, "nonsense")
    newer = await service.join(CALL, LegName.OFFICER, DEVICES)
    assert (newer.generation, newer.joined) == (2, 2)
    for stale in (
        service.answer(CALL, LegName.OFFICER, 1, 1, "nonsense"),
        service.restart(CALL, LegName.OFFICER, 1, 1),
    ):
        with pytest.raises(OfferStale):
            await stale
    await service.close_call("call-2", EndReason.CLOSED)
    assert (await service.open_call("call-3")).call_id == "call-3"


async def test_a_restart_a_reload_and_leaving(party: Party) -> None:
    taxpayer, officer = await party.both()
    before = taxpayer.current
    offer = await taxpayer.restart()
    assert (offer.generation, offer.revision) == (before.generation, before.revision + 1)
    assert await taxpayer.restart() == offer
    await taxpayer.change_network()
    await taxpayer.begin_anew(offer)
    await flows_both_ways(taxpayer, officer, b" elsewhere")

    names = offered_ssrcs(officer.current.sdp)
    await taxpayer.close(told=False)
    again = party.peer(LegName.TAXPAYER)
    await again.join()
    officer.offer = await party.new_offer(LegName.OFFICER)
    assert set(offered_ssrcs(officer.offer.sdp)).isdisjoint(names)
    await asyncio.gather(officer.answer(), again.answer())
    await again.shake_hands()
    await party.leg_state(LegName.TAXPAYER, LegState.CONNECTED)
    await flows_both_ways(again, officer, b" again")

    view = await party.service.leave(CALL, LegName.TAXPAYER)
    assert view.leg(LegName.TAXPAYER).state is LegState.ABSENT
    assert view.grace_until_ms is not None
    await party.state(CallState.ENDED)
    assert (await party.service.view(CALL)).end_reason is EndReason.PEER_LOST


async def test_events_tell_of_every_call_in_the_order_of_its_states(party: Party) -> None:
    await party.both()
    await party.service.close_call(CALL)
    await party.state(CallState.ENDED)
    seen = [event.view.state for event in party.events if isinstance(event, CallChanged)]
    order = [CallState.CONNECTING, CallState.RUNNING, CallState.ENDED]
    assert [state for state in dict.fromkeys(seen) if state in order] == order
    assert seen == sorted(seen, key=[*order[:2], CallState.RECOVERING, order[2]].index)
