"""The relay with two small peers over real UDP on loopback."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvloop

from rtc.call import CallState, CallView, Devices, EndReason, Facing, LegName, LegState, Quality
from rtc.errors import (
    AnswerInvalid,
    CallEnded,
    CallFull,
    CallUnknown,
    LegUnknown,
    MediaUnavailable,
    OfferStale,
)
from rtc.packets import picture_loss
from rtc.relay import MediaRelay
from rtc.sdp_offer import ALL_FEATURES, Feature
from rtc.service import CallChanged, MediaEvent, Offer, OfferChanged
from rtc.settings import RelaySettings
from tests.rtc.peer import DEVICES, Peer, offered_ssrcs
from tests.rtc.waiting import wait_until

CALL = "call-1"
Loop = Callable[[Awaitable[None]], None]


class House:
    """A relay, its events, and the peers that joined, all closed at the end."""

    def __init__(self, relay: MediaRelay) -> None:
        self.relay = relay
        self.events: list[MediaEvent] = []
        self.peers: list[Peer] = []

    def peer(self, leg: LegName) -> Peer:
        peer = Peer(self.relay, CALL, leg)
        self.peers.append(peer)
        return peer

    async def both(self) -> tuple[Peer, Peer]:
        await self.relay.open_call(CALL)
        taxpayer, officer = self.peer(LegName.TAXPAYER), self.peer(LegName.OFFICER)
        await asyncio.gather(taxpayer.connect(), officer.connect())
        await self.state(CallState.RUNNING)
        return taxpayer, officer

    async def state(self, state: CallState) -> None:
        def reached() -> bool:
            return any(isinstance(event, CallChanged) and event.view.state is state for event in self.events)

        await wait_until(reached, f"call {state}")

    def last_view(self) -> CallView:
        return [event.view for event in self.events if isinstance(event, CallChanged)][-1]

    async def leg_state(self, leg: LegName, state: LegState) -> None:
        def reached() -> bool:
            return bool(self.events) and self.last_view().leg(leg).state is state

        await wait_until(reached, f"{leg} {state}")

    def offers(self, leg: LegName) -> list[Offer]:
        changed = [event.offer for event in self.events if isinstance(event, OfferChanged)]
        return [offer for offer in changed if offer.leg is leg]

    async def new_offer(self, leg: LegName) -> Offer:
        await wait_until(lambda: bool(self.offers(leg)), f"a new offer for {leg}")
        return self.offers(leg)[-1]


@pytest.fixture
def settings() -> RelaySettings:
    return RelaySettings(tick_ms=20, silent_ms=400, grace_ms=60_000, keyframe_interval_ms=100)


@pytest.fixture
async def house(settings: RelaySettings) -> AsyncIterator[House]:
    async for house in _house(settings):
        yield house


async def _house(settings: RelaySettings) -> AsyncIterator[House]:
    relay = MediaRelay(settings)
    await relay.start()
    house = House(relay)

    async def follow() -> None:
        async for event in relay.events():
            house.events.append(event)

    following = asyncio.create_task(follow())
    try:
        yield house
    finally:
        await relay.stop()
        await following
        for peer in house.peers:
            await peer.close()


async def exchange(sender: Peer, receiver: Peer, payload_type: int, ssrc: int, payload: bytes) -> int:
    """Send until it arrives (loopback may drop under load); gives the SSRC under which it came."""
    await wait_until(lambda: _sent_and_heard(sender, receiver, payload_type, ssrc, payload), f"{payload!r}")
    header = receiver.heard(payload)
    assert header is not None
    assert header.payload_type == payload_type
    return header.ssrc


def _sent_and_heard(sender: Peer, receiver: Peer, payload_type: int, ssrc: int, payload: bytes) -> bool:
    if receiver.heard(payload) is None:
        sender.send_rtp(payload_type, ssrc, payload)
    return receiver.heard(payload) is not None


async def flows_both_ways(taxpayer: Peer, officer: Peer, mark: bytes = b"") -> None:
    for sender, receiver, offer in (
        (taxpayer, officer, officer.current),
        (officer, taxpayer, taxpayer.current),
    ):
        audio, video, repair = offered_ssrcs(offer.sdp)
        name = sender.leg.encode() + mark
        assert await exchange(sender, receiver, 111, sender.audio_ssrc, name + b" audio") == audio
        assert await exchange(sender, receiver, 96, sender.video_ssrc, name + b" video") == video
        assert await exchange(sender, receiver, 97, sender.repair_ssrc, name + b" repair") == repair


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize(
    ("host", "announced"),
    [("127.0.0.1", ()), ("0.0.0.0", ("127.0.0.1", "127.0.0.2")), ("::1", ()), ("::", ("127.0.0.1", "::1"))],
)
def test_media_flows_on_every_loop_and_family(run: Loop, host: str, announced: tuple[str, ...]) -> None:
    async def scenario() -> None:
        async for house in _house(RelaySettings(host=host, announced=announced, tick_ms=20)):
            taxpayer, officer = await house.both()
            await flows_both_ways(taxpayer, officer)

    run(scenario())


async def test_sequence_and_timestamp_pass_unchanged(house: House) -> None:
    taxpayer, officer = await house.both()
    for sequence in (65534, 65535, 0, 1):
        payload = b"over the edge %d" % sequence

        def arrived(payload: bytes = payload, sequence: int = sequence) -> bool:
            if officer.heard(payload) is None:
                taxpayer.send_rtp(96, taxpayer.video_ssrc, payload, sequence)
            return officer.heard(payload) is not None

        await wait_until(arrived, f"packet {sequence}")
        header = officer.heard(payload)
        assert header is not None
        assert (header.sequence_number, header.timestamp) == (sequence, sequence * 960)


async def test_rtcp_passes_with_both_names_rewritten(house: House) -> None:
    taxpayer, officer = await house.both()
    _, video, _ = offered_ssrcs(officer.current.sdp)
    own, _, _ = offered_ssrcs(taxpayer.current.sdp)
    nack = struct.pack("!BBHIIHH", 0x81, 205, 3, officer.audio_ssrc, video, 77, 0)
    expected = struct.pack("!BBHIIHH", 0x81, 205, 3, own, taxpayer.video_ssrc, 77, 0)

    def passed() -> bool:
        officer.send_rtcp(nack)
        return expected in taxpayer.rtcp

    await wait_until(passed, "the NACK")


async def test_a_keyframe_is_asked_for_when_both_are_there(house: House) -> None:
    taxpayer, officer = await house.both()
    await wait_until(lambda: picture_loss(taxpayer.video_ssrc) in taxpayer.rtcp, "PLI to the taxpayer")
    await wait_until(lambda: picture_loss(officer.video_ssrc) in officer.rtcp, "PLI to the officer")


async def test_keyframe_requests_are_limited_but_not_lost() -> None:
    async for house in _house(RelaySettings(tick_ms=20, keyframe_interval_ms=60_000)):
        taxpayer, officer = await house.both()
        _, video, _ = offered_ssrcs(officer.current.sdp)
        pli = struct.pack("!BBHII", 0x81, 206, 2, 1, video)
        report = struct.pack("!BBHI", 0x80, 201, 1, officer.audio_ssrc)
        own, _, _ = offered_ssrcs(taxpayer.current.sdp)
        rest = struct.pack("!BBHI", 0x80, 201, 1, own)

        def passed(
            officer: Peer = officer, taxpayer: Peer = taxpayer, sent: bytes = report + pli, rest: bytes = rest
        ) -> bool:
            officer.send_rtcp(sent)
            return rest in taxpayer.rtcp

        await wait_until(passed, "the report without its PLI")
        statistics = await house.relay.statistics(CALL)
        assert statistics.from_taxpayer.keyframe_requests == 1
        assert statistics.from_officer.dropped["keyframe_limited"] >= 1


async def test_a_reload_goes_on_under_new_names(house: House) -> None:
    taxpayer, officer = await house.both()
    await flows_both_ways(taxpayer, officer)
    before = officer.current
    await taxpayer.close(told=False)

    again = house.peer(LegName.TAXPAYER)
    await again.join()
    officer.offer = await house.new_offer(LegName.OFFICER)
    assert await house.relay.current_offer(CALL, LegName.OFFICER) == officer.offer
    assert (officer.offer.generation, officer.offer.revision) == (before.generation, 2)
    assert set(offered_ssrcs(officer.offer.sdp)).isdisjoint(offered_ssrcs(before.sdp))
    for kept in ("ice-ufrag", "ice-pwd", "fingerprint"):
        assert officer.offer.sdp.count(f"a={kept}:") == 2
        assert [line for line in before.sdp.split("\r\n") if line.startswith(f"a={kept}:")] == [
            line for line in officer.offer.sdp.split("\r\n") if line.startswith(f"a={kept}:")
        ]
    officer.rtcp.clear()
    await officer.answer()
    await again.answer()
    await again.shake_hands()
    await house.leg_state(LegName.TAXPAYER, LegState.CONNECTED)
    await flows_both_ways(again, officer, b" again")
    await wait_until(lambda: picture_loss(officer.video_ssrc) in officer.rtcp, "PLI for the new receiver")
    view = await house.relay.view(CALL)
    assert view.state is CallState.RUNNING
    # The officer's own source did not begin anew: the page that reloaded finds it under the same names.
    assert offered_ssrcs(again.current.sdp) == offered_ssrcs(taxpayer.current.sdp)


async def test_a_join_that_never_sent_keeps_its_names(house: House) -> None:
    await house.relay.open_call(CALL)
    officer = house.peer(LegName.OFFICER)
    await officer.connect()
    await house.peer(LegName.TAXPAYER).join()
    again = house.peer(LegName.TAXPAYER)
    await again.connect()
    await house.state(CallState.RUNNING)
    await flows_both_ways(again, officer)
    assert house.offers(LegName.OFFICER) == []


async def test_what_one_refuses_is_not_offered_to_the_other(house: House) -> None:
    await house.relay.open_call(CALL)
    taxpayer, officer = house.peer(LegName.TAXPAYER), house.peer(LegName.OFFICER)
    officer.features = ALL_FEATURES - {Feature.H264, Feature.TRANSPORT_CC}
    await taxpayer.connect()
    assert "H264" in taxpayer.current.sdp
    await officer.connect()
    revised = await house.new_offer(LegName.TAXPAYER)
    assert "H264" not in revised.sdp
    assert "transport" not in revised.sdp
    assert "VP8" in revised.sdp
    assert offered_ssrcs(revised.sdp) == offered_ssrcs(taxpayer.current.sdp)
    await taxpayer.answer(revised)
    # The refusing page gets the same, so that it does not send what it refused either.
    own = await house.new_offer(LegName.OFFICER)
    assert "H264" not in own.sdp
    await officer.answer(own)
    await flows_both_ways(taxpayer, officer)
    assert [offer.revision for offer in house.offers(LegName.OFFICER)] == [2]
    assert [offer.revision for offer in house.offers(LegName.TAXPAYER)] == [2]


async def test_no_common_video_codec_leaves_the_sound(house: House) -> None:
    await house.relay.open_call(CALL)
    taxpayer, officer = house.peer(LegName.TAXPAYER), house.peer(LegName.OFFICER)
    officer.features = frozenset({Feature.OPUS, Feature.VP8})
    taxpayer.features = frozenset({Feature.OPUS, Feature.H264})
    await taxpayer.connect()
    await officer.join()
    assert "VP8" not in officer.current.sdp
    officer.features = frozenset({Feature.OPUS, Feature.H264})
    await officer.answer()
    await officer.shake_hands()
    audio, _, _ = offered_ssrcs(officer.current.sdp)
    assert await exchange(taxpayer, officer, 111, taxpayer.audio_ssrc, b"sound") == audio


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
    async for house in _house(RelaySettings(tick_ms=20, grace_ms=300)):
        taxpayer, _ = await house.both()
        await taxpayer.close()
        await house.leg_state(LegName.TAXPAYER, LegState.ABSENT)
        await house.state(CallState.ENDED)
        assert (await house.relay.view(CALL)).end_reason is EndReason.PEER_LOST


async def test_nobody_comes() -> None:
    async for house in _house(RelaySettings(tick_ms=20, connect_ms=100)):
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
    async for house in _house(RelaySettings(tick_ms=20, handshake_ms=100)):
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


async def test_devices_and_quality_are_seen(house: House) -> None:
    await house.both()
    muted = Devices(microphone=False, camera=True, facing=Facing.ENVIRONMENT)
    view = await house.relay.set_devices(CALL, LegName.TAXPAYER, muted)
    assert view.leg(LegName.TAXPAYER).devices == muted
    view = await house.relay.set_quality(CALL, LegName.OFFICER, Quality(2, 40))
    assert view.leg(LegName.OFFICER).quality == Quality(2, 40)

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
