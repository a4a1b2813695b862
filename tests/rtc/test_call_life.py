"""How calls begin, wait, recover and end, between two small peers over real UDP on loopback."""

import asyncio

import pytest

from rtc.call import CallState, Devices, EndReason, Facing, LegName, LegState
from rtc.errors import (
    AnswerInvalid,
    CallEnded,
    CallFull,
    CallUnknown,
    LegUnknown,
    MediaUnavailable,
    OfferStale,
)
from rtc.relay import MediaRelay
from rtc.service import CallChanged
from rtc.settings import RelaySettings
from tests.rtc.house import CALL, House, exchange, flows_both_ways, open_house
from tests.rtc.peer import DEVICES, offered_ssrcs
from tests.rtc.waiting import wait_until


async def test_hanging_up_ends_it_for_both(house: House) -> None:
    taxpayer, officer = await house.both()
    view = await house.relay.hang_up(CALL, LegName.OFFICER)
    assert (view.state, view.end_reason) == (CallState.ENDED, EndReason.HUNG_UP)
    assert await house.relay.hang_up(CALL, LegName.TAXPAYER) == view
    assert await house.relay.view(CALL) == view
    await wait_until(lambda: taxpayer.is_closed_by_relay and officer.is_closed_by_relay, "both told")
    await house.state(CallState.ENDED)
    with pytest.raises(CallEnded):
        await house.relay.open_call(CALL)
    with pytest.raises(CallEnded):
        await house.relay.join(CALL, LegName.OFFICER, DEVICES)


async def test_a_silent_leg_is_seen_and_may_come_back(house: House) -> None:
    taxpayer, officer = await house.both()
    await taxpayer.fall_silent()
    await house.leg_state(LegName.TAXPAYER, LegState.SILENT)
    view = await house.relay.view(CALL)
    assert view.state is CallState.RECOVERING
    assert view.grace_until_ms is not None

    def heard_again() -> bool:
        taxpayer.send(taxpayer.check())
        return house.last_view().leg(LegName.TAXPAYER).state is LegState.CONNECTED

    await wait_until(heard_again, "the taxpayer again")
    await flows_both_ways(taxpayer, officer)


async def test_the_grace_time_ends_a_call() -> None:
    async for house in open_house(RelaySettings(tick_ms=20, grace_ms=300)):
        taxpayer, _ = await house.both()
        await taxpayer.close()
        await house.leg_state(LegName.TAXPAYER, LegState.ABSENT)
        await house.state(CallState.ENDED)
        assert (await house.relay.view(CALL)).end_reason is EndReason.PEER_LOST


async def test_nobody_comes() -> None:
    async for house in open_house(RelaySettings(tick_ms=20, connect_ms=100)):
        await house.relay.open_call(CALL)
        await house.peer(LegName.TAXPAYER).join()
        await house.state(CallState.ENDED)
        assert (await house.relay.view(CALL)).end_reason is EndReason.NEVER_CONNECTED


async def test_leaving_starts_the_grace_time(house: House) -> None:
    await house.both()
    view = await house.relay.leave(CALL, LegName.TAXPAYER)
    assert view.leg(LegName.TAXPAYER).state is LegState.ABSENT
    assert view.grace_until_ms is not None
    assert await house.relay.leave(CALL, LegName.TAXPAYER) == view
    with pytest.raises(LegUnknown):
        await house.relay.answer(CALL, LegName.TAXPAYER, 1, 1, "v=0")


async def test_a_handshake_that_never_comes_frees_the_leg() -> None:
    async for house in open_house(RelaySettings(tick_ms=20, handshake_ms=100)):
        await house.relay.open_call(CALL)
        peer = house.peer(LegName.OFFICER)
        await peer.join()
        await peer.answer()
        await house.leg_state(LegName.OFFICER, LegState.JOINING)
        await house.leg_state(LegName.OFFICER, LegState.ABSENT)


async def test_a_wrong_certificate_is_not_connected(house: House) -> None:
    await house.relay.open_call(CALL)
    peer, other = house.peer(LegName.OFFICER), house.peer(LegName.TAXPAYER)
    await peer.join()
    true_sdp = peer.answer_sdp(peer.current.sdp)
    peer.certificate, own = other.certificate, peer.certificate
    assert peer.answer_sdp(peer.current.sdp) != true_sdp
    await peer.answer()
    peer.certificate = own
    await peer.shake_hands()
    await house.leg_state(LegName.OFFICER, LegState.ABSENT)


async def test_a_handshake_may_begin_before_the_answer_is_there(house: House) -> None:
    await house.relay.open_call(CALL)
    peer = house.peer(LegName.OFFICER)
    await peer.join()
    shaking = asyncio.create_task(peer.shake_hands())
    await wait_until(lambda: peer.handshake_sent > 0, "the first flight")
    await peer.answer()
    await shaking
    await house.leg_state(LegName.OFFICER, LegState.CONNECTED)


async def test_devices_are_seen(house: House) -> None:
    await house.both()
    muted = Devices(microphone=False, camera=True, facing=Facing.ENVIRONMENT)
    view = await house.relay.set_devices(CALL, LegName.TAXPAYER, muted)
    assert view.leg(LegName.TAXPAYER).devices == muted

    def shown() -> bool:
        last = house.events[-1]
        return isinstance(last, CallChanged) and last.view == view

    await wait_until(shown, "the view as an event")


async def test_statistics_count_each_direction(house: House) -> None:
    taxpayer, officer = await house.both()
    await flows_both_ways(taxpayer, officer)
    statistics = await house.relay.statistics(CALL)
    assert statistics.from_taxpayer.rtp_packets >= 3
    assert statistics.from_officer.rtp_bytes > 3 * 12
    await taxpayer.close()
    await house.leg_state(LegName.TAXPAYER, LegState.ABSENT)
    assert (await house.relay.statistics(CALL)).from_taxpayer.rtp_packets >= 3


async def test_undeclared_and_surplus_sources(house: House) -> None:
    await house.relay.open_call(CALL)
    taxpayer, officer = house.peer(LegName.TAXPAYER), house.peer(LegName.OFFICER)
    await officer.connect()
    await taxpayer.join()
    sdp = "\r\n".join(
        line for line in taxpayer.answer_sdp(taxpayer.current.sdp).split("\r\n") if "ssrc" not in line
    )
    await house.relay.answer(CALL, LegName.TAXPAYER, 1, 1, sdp)
    await taxpayer.shake_hands()
    await house.state(CallState.RUNNING)
    _, video, _ = offered_ssrcs(officer.current.sdp)
    assert await exchange(taxpayer, officer, 96, taxpayer.video_ssrc, b"learned") == video

    def refused() -> bool:
        taxpayer.send_rtp(96, taxpayer.video_ssrc + 1, b"another camera")
        return house.relay._port.counters()["dropped_ssrc_unknown"] > 0

    await wait_until(refused, "the second camera is dropped")
    assert officer.heard(b"another camera") is None


async def test_errors_of_the_service() -> None:
    relay = MediaRelay(RelaySettings(calls_max=1, ended_kept=1))
    with pytest.raises(MediaUnavailable):
        await relay.open_call(CALL)
    await relay.start()
    try:
        with pytest.raises(CallUnknown):
            await relay.join(CALL, LegName.OFFICER, DEVICES)
        first = await relay.open_call(CALL)
        assert await relay.open_call(CALL) == first
        with pytest.raises(CallFull):
            await relay.open_call("call-2")
        with pytest.raises(LegUnknown):
            await relay.answer(CALL, LegName.OFFICER, 1, 1, "v=0")
        with pytest.raises(LegUnknown):
            await relay.current_offer(CALL, LegName.OFFICER)
        offer = await relay.join(CALL, LegName.OFFICER, DEVICES)
        with pytest.raises(AnswerInvalid):
            await relay.answer(CALL, LegName.OFFICER, offer.generation, offer.revision, "nonsense")
        newer = await relay.join(CALL, LegName.OFFICER, DEVICES)
        with pytest.raises(OfferStale):
            await relay.answer(CALL, LegName.OFFICER, offer.generation, offer.revision, "nonsense")
        assert newer.generation == offer.generation + 1
        second = MediaRelay(RelaySettings(port=relay.port))
        with pytest.raises(MediaUnavailable):
            await second.start()
        await relay.close_call(CALL)
        await relay.open_call("call-2")
        await relay.close_call("call-2")
        with pytest.raises(CallUnknown):
            await relay.view(CALL)
    finally:
        await relay.stop()
    with pytest.raises(MediaUnavailable):
        await relay.open_call("call-3")


async def test_stopping_ends_all_calls_and_the_events() -> None:
    relay = MediaRelay(RelaySettings())
    await relay.start()
    await relay.open_call(CALL)
    await relay.stop()
    await relay.stop()
    events = [event async for event in relay.events()]
    assert [event.view.end_reason for event in events if isinstance(event, CallChanged)] == [
        EndReason.SHUTDOWN
    ]


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(ValueError, match="announced"):
        MediaRelay(RelaySettings(host="0.0.0.0"))
    with pytest.raises(ValueError, match=r"media\.example"):
        MediaRelay(RelaySettings(announced=("media.example",)))
    with pytest.raises(ValueError, match="grace_ms"):
        RelaySettings(grace_ms=0)
    with pytest.raises(ValueError, match="calls_max"):
        RelaySettings(calls_max=-1)
    with pytest.raises(ValueError, match="port"):
        RelaySettings(port=65_536)


async def test_counters_are_plain_numbers_with_the_real_buffers(house: House) -> None:
    taxpayer, officer = await house.both()
    await flows_both_ways(taxpayer, officer)
    counters = await house.relay.counters()
    assert all(type(name) is str and type(count) is int for name, count in counters.items())
    assert counters["sent"] > 0
    assert counters["receive_buffer_bytes"] > 0
    assert counters["calls"] == 1
    await taxpayer.close()
    await house.leg_state(LegName.TAXPAYER, LegState.ABSENT)

    def dropped_one() -> bool:
        officer.send_rtp(111, officer.audio_ssrc, b"to nobody")
        return house.relay._port.counters()["dropped_no_peer"] > 0

    await wait_until(dropped_one, "a drop")
    dropped = (await house.relay.statistics(CALL)).from_officer.dropped
    assert {type(reason) for reason in dropped} == {str}
