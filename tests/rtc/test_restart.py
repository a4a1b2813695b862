"""A page whose network changes keeps its connection: ICE begins anew, between small peers over real UDP."""

import pytest

from rtc.call import CallState, LegName, LegState
from rtc.errors import AnswerInvalid, CallEnded, LegUnknown, OfferStale
from tests.rtc.house import CALL, House, exchange, flows_both_ways
from tests.rtc.peer import Peer, field
from tests.rtc.waiting import wait_until

pytestmark = pytest.mark.feature("S27")


def credentials(sdp: str) -> tuple[str, str]:
    return field(sdp, "ice-ufrag"), field(sdp, "ice-pwd")


def answered(peer: Peer, check: bytes) -> bool:
    """Whether the relay answered this check."""
    return any(response[8:20] == check[8:20] for response in peer.stun_responses)


async def test_another_address_goes_on_with_the_same_keys(house: House) -> None:
    taxpayer, officer = await house.both()
    before = taxpayer.current
    await taxpayer.change_network()
    offer = await taxpayer.restart()
    assert (offer.generation, offer.revision) == (before.generation, before.revision + 1)
    assert field(offer.sdp, "fingerprint") == field(before.sdp, "fingerprint")
    old, new = credentials(before.sdp), credentials(offer.sdp)
    overtaken = taxpayer.check()
    assert old[0] != new[0]
    assert old[1] != new[1]

    await taxpayer.begin_anew(offer)
    handshakes = taxpayer.handshake_sent
    await flows_both_ways(taxpayer, officer, b" elsewhere")
    await flows_both_ways(officer, taxpayer, b" and back")
    assert taxpayer.handshake_sent == handshakes
    assert (await house.relay.view(CALL)).state is CallState.RUNNING
    # The other side was offered nothing: for it nothing changed.
    assert house.offers(LegName.OFFICER) == []
    # Reached with the new ones, the old ones count no more: refused, although nobody saw this check before.
    later = taxpayer.check()
    taxpayer.send(overtaken)
    taxpayer.send(later)
    await wait_until(lambda: answered(taxpayer, later), "the later check's answer")
    assert not answered(taxpayer, overtaken)


async def test_media_go_on_where_they_are_until_the_new_address_answers(house: House) -> None:
    taxpayer, officer = await house.both()
    old = credentials(taxpayer.current.sdp)
    offer = await taxpayer.restart()
    await exchange(taxpayer, officer, 111, taxpayer.audio_ssrc, b"asked")
    await exchange(officer, taxpayer, 111, officer.audio_ssrc, b"asked too")
    await taxpayer.fall_silent()
    check = taxpayer.check(ufrag=old[0], pwd=old[1])
    taxpayer.send(check)
    await wait_until(lambda: answered(taxpayer, check), "the old credentials still count")
    taxpayer.offer = offer
    taxpayer.ufrag, taxpayer.pwd = "renewed", "renewed+credentials+of+this+page"
    await taxpayer.answer()
    await exchange(officer, taxpayer, 111, officer.audio_ssrc, b"answered")
    taxpayer.keep_checking()
    await flows_both_ways(taxpayer, officer, b" anew")


async def test_checks_may_come_before_the_answer(house: House) -> None:
    """They go by UDP, the answer by the socket."""
    taxpayer, officer = await house.both()
    await taxpayer.change_network()
    taxpayer.offer = await taxpayer.restart()
    taxpayer.ufrag, taxpayer.pwd = "renewed", "renewed+credentials+of+this+page"
    heard = len(taxpayer.stun_responses)

    def checked() -> bool:
        taxpayer.send(taxpayer.check())
        return len(taxpayer.stun_responses) > heard

    await wait_until(checked, "a check with the new credentials")
    asked = len(taxpayer.checks_received)
    await taxpayer.answer()
    await wait_until(lambda: len(taxpayer.checks_received) > asked, "a check from the relay")
    await flows_both_ways(taxpayer, officer, b" early")


async def test_asked_twice_it_is_one_restart(house: House) -> None:
    taxpayer, officer = await house.both()
    offer = await taxpayer.restart()
    assert await taxpayer.restart() == offer
    assert await house.relay.current_offer(CALL, LegName.TAXPAYER) == offer
    await taxpayer.begin_anew(offer)
    again = await taxpayer.restart()
    assert credentials(again.sdp) != credentials(offer.sdp)
    # An answer that was lost: the page has the offer, and asks for another one.
    taxpayer.offer = again
    third = await taxpayer.restart()
    assert third.revision == again.revision + 1
    await taxpayer.change_network()
    await taxpayer.begin_anew(third)
    await flows_both_ways(taxpayer, officer, b" thrice")


async def test_a_silent_side_comes_back_from_elsewhere_and_a_keyframe_is_asked_for(house: House) -> None:
    taxpayer, officer = await house.both()
    await taxpayer.fall_silent()
    await house.leg_state(LegName.TAXPAYER, LegState.SILENT)
    await taxpayer.change_network()
    asked = len(officer.rtcp)
    await taxpayer.begin_anew(await taxpayer.restart())
    await house.leg_state(LegName.TAXPAYER, LegState.CONNECTED)
    await wait_until(lambda: len(officer.rtcp) > asked, "a keyframe request to the officer")
    await flows_both_ways(taxpayer, officer, b" back")


async def test_many_restarts_leave_nothing_behind(house: House) -> None:
    taxpayer, officer = await house.both()
    for number in range(40):
        await taxpayer.change_network()
        await taxpayer.begin_anew(await taxpayer.restart())
        name = f"restart {number}".encode()
        await exchange(taxpayer, officer, 111, taxpayer.audio_ssrc, name)
        await exchange(officer, taxpayer, 111, officer.audio_ssrc, name + b" heard")
    counters = await house.relay.counters()
    assert counters["addresses"] == 2
    assert counters["candidates"] <= 2


async def test_what_is_refused(house: House) -> None:
    await house.relay.open_call(CALL)
    with pytest.raises(LegUnknown):
        await house.relay.restart(CALL, LegName.TAXPAYER, 1, 1)
    taxpayer, _ = await house.both()
    with pytest.raises(OfferStale):
        await house.relay.restart(CALL, LegName.TAXPAYER, 2, 1)
    taxpayer.offer = await taxpayer.restart()
    with pytest.raises(AnswerInvalid, match="stayed"):
        await taxpayer.answer()
    await house.relay.hang_up(CALL, LegName.TAXPAYER)
    with pytest.raises(CallEnded):
        await house.relay.restart(CALL, LegName.TAXPAYER, 1, 2)
