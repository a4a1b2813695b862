"""What the relay passes on, between two small peers over real UDP on loopback."""

import asyncio
import struct
from collections.abc import Awaitable, Callable

import pytest
import uvloop

from rtc.call import CallState, LegName, LegState
from rtc.packets import picture_loss
from rtc.sdp_offer import ALL_FEATURES, Feature
from rtc.settings import RelaySettings
from tests.rtc.house import CALL, House, exchange, flows_both_ways, open_house
from tests.rtc.peer import Peer, offered_ssrcs
from tests.rtc.waiting import wait_until

Loop = Callable[[Awaitable[None]], None]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize(
    ("host", "announced"),
    [("127.0.0.1", ()), ("0.0.0.0", ("127.0.0.1", "127.0.0.2")), ("::1", ()), ("::", ("127.0.0.1", "::1"))],
)
def test_media_flows_on_every_loop_and_family(run: Loop, host: str, announced: tuple[str, ...]) -> None:
    async def scenario() -> None:
        async for house in open_house(RelaySettings(host=host, announced=announced, tick_ms=20)):
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
    async for house in open_house(RelaySettings(tick_ms=20, keyframe_interval_ms=60_000)):
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
    # Before the page applied it: of its two codecs only the common one passes, with its repairs.
    _, video, repair = offered_ssrcs(officer.current.sdp)
    await house.state(CallState.RUNNING)

    def refused() -> bool:
        taxpayer.send_rtp(102, taxpayer.video_ssrc, b"H264")
        taxpayer.send_rtp(103, taxpayer.repair_ssrc, b"H264 again")
        return house.relay._port.counters()["dropped_codec_refused"] > 1

    await wait_until(refused, "H264 is dropped")
    assert await exchange(taxpayer, officer, 96, taxpayer.video_ssrc, b"VP8") == video
    assert await exchange(taxpayer, officer, 97, taxpayer.repair_ssrc, b"VP8 again") == repair
    assert officer.heard(b"H264") is None
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
