"""Video calls over both edges, with two peers that carry real media (S21, S27)."""

import pytest

from cases.views.calls import CallJoined, CallView
from cases.views.desks import DeskAction, DeskState
from cases.views.tickets import TicketAction, TicketView
from rtc.call import CallState, EndReason, Facing, LegName, LegState
from signaling import events
from tests.clients import DEVICES, OfficerClient, Page, code_of, join_call
from tests.product import CHEN, GENERAL, HUANG, LIN, ZHOU, House
from tests.rtc.peer import Peer
from tests.rtc.waiting import wait_until
from tests.signaling.page_media import media_of


async def serving(house: House) -> tuple[Page, OfficerClient, Page, TicketView]:
    """A ticket that is being served: the taxpayer's page, the officer, their page, the ticket."""
    client, page = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    await client.watch(page, "t1")
    officer, desk = await house.officer(LIN, GENERAL)
    await officer.call_next(desk, "r1")
    view = await page.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=1)
    assert isinstance(view, TicketView)
    return page, officer, desk, view


def leg_state(view: CallView, leg: LegName) -> LegState:
    return view.leg(leg).state


@pytest.mark.feature("S21", "S27")
async def test_both_sides_hear_each_other_until_one_hangs_up(house: House) -> None:
    page, _, desk, view = await serving(house)
    assert view.call is not None
    assert view.call.state is CallState.CONNECTING
    call_id = view.call.call_id
    taxpayers = Peer(media_of(page, "t1"), call_id, LegName.TAXPAYER)
    officers = Peer(media_of(desk, "t1"), call_id, LegName.OFFICER)
    try:
        await taxpayers.connect()
        await officers.connect()
        for one in (page, desk):
            await one.wait_for(events.CALL_CHANGED, lambda call: call.state is CallState.RUNNING)
        taxpayers.send_rtp(111, taxpayers.audio_ssrc, b"from the taxpayer")
        officers.send_rtp(111, officers.audio_ssrc, b"from the officer")
        await wait_until(lambda: officers.heard(b"from the taxpayer") is not None, "the taxpayer's sound")
        await wait_until(lambda: taxpayers.heard(b"from the officer") is not None, "the officer's sound")

        muted = {"microphone": False, "camera": True, "facing": "environment"}
        await page.call(events.CALL_DEVICES, call_id=call_id, devices=muted)
        seen = await desk.wait_for(
            events.CALL_CHANGED, lambda call: call.leg(LegName.TAXPAYER).devices.facing is Facing.ENVIRONMENT
        )
        assert not seen.leg(LegName.TAXPAYER).devices.microphone
        assert seen.leg(LegName.TAXPAYER).devices.camera

        ended = await desk.call(events.CALL_HANG_UP, call_id=call_id)
        assert (ended.state, ended.end_reason) == (CallState.ENDED, EndReason.HUNG_UP)
        await page.wait_for(events.CALL_CHANGED, lambda call: call.state is CallState.ENDED)
        after = await page.wait_for(
            events.TICKET_CHANGED, lambda ticket: ticket.state == "serving" and ticket.actions == ()
        )
        assert after.call is None
        assert (await desk.call(events.CALL_HANG_UP, call_id=call_id)).end_reason is EndReason.HUNG_UP
    finally:
        await taxpayers.close()
        await officers.close()


@pytest.mark.feature("S21")
async def test_join_gives_both_sides_an_offer(house: House) -> None:
    page, _, desk, _ = await serving(house)
    for one in (page, desk):
        joined = await join_call(one, "t1")
        assert joined.offer.sdp.startswith("v=0\r\n")
        assert "a=ice-lite" in joined.offer.sdp
        assert (joined.offer.call_id, joined.offer.generation) == (joined.call.call_id, 1)
    seen = await desk.wait_for(
        events.CALL_CHANGED, lambda call: leg_state(call, LegName.OFFICER) is LegState.JOINING
    )
    assert leg_state(seen, LegName.TAXPAYER) is LegState.JOINING


@pytest.mark.feature("S27")
async def test_hung_up_then_opened_again_by_the_officer(house: House) -> None:
    page, officer, desk, view = await serving(house)
    assert view.call is not None
    await page.call(events.CALL_HANG_UP, call_id=view.call.call_id)
    await desk.wait_for(events.DESK_CHANGED, lambda seen: DeskAction.OPEN_CALL in seen.actions)
    for one in (page, desk):
        assert (
            await one.problem("call.join", {"ticket_id": "t1", "devices": DEVICES})
        ).code == "no_open_call"
    opened = await desk.call(events.CALL_OPEN, ticket_id="t1")
    assert opened.state is DeskState.SERVING
    assert DeskAction.FINISH in opened.actions
    assert DeskAction.OPEN_CALL not in opened.actions
    assert opened.ticket.call.call_id != view.call.call_id
    again = await page.wait_for(
        events.TICKET_CHANGED,
        lambda seen: seen.call is not None and seen.call.call_id == opened.ticket.call.call_id,
    )
    assert again.actions == (TicketAction.JOIN_CALL,)
    assert (await desk.call(events.CALL_OPEN, ticket_id="t1")).ticket.call.call_id == again.call.call_id
    assert (await join_call(page, "t1")).call.call_id == again.call.call_id
    await officer.finish(desk, view, "completed")
    closed = await page.wait_for(
        events.CALL_CHANGED,
        lambda call: call.call_id == again.call.call_id and call.state is CallState.ENDED,
    )
    assert closed.end_reason is EndReason.CLOSED
    assert (await page.problem("call.join", {"ticket_id": "t1", "devices": DEVICES})).code == "no_open_call"


@pytest.mark.feature("S27")
async def test_the_page_that_joins_last_has_the_call(house: House) -> None:
    page, _, _, view = await serving(house)
    assert view.call is not None
    client = house.visitor()
    await client.sign_in(CHEN)
    other = await client.open_page()
    first = await join_call(page, "t1")
    second = await join_call(other, "t1")
    assert second.offer.generation == first.offer.generation + 1
    moved = await page.wait_for(events.CALL_MOVED)
    assert moved.call_id == view.call.call_id
    assert other.pushed(events.CALL_MOVED) == []
    late = await page.problem(
        "call.answer",
        {"call_id": moved.call_id, "generation": 1, "revision": 1, "sdp": first.offer.sdp},
    )
    assert late.code == "offer_stale"


@pytest.mark.feature("S27")
async def test_a_page_whose_network_changed_keeps_its_connection(house: House) -> None:
    page, _, _, _ = await serving(house)
    offer = (await join_call(page, "t1")).offer
    named = {"call_id": offer.call_id, "generation": offer.generation}
    restarted: CallJoined = await page.call(events.CALL_RESTART, **named, revision=offer.revision)
    assert restarted.offer.generation == offer.generation
    assert restarted.offer.revision == offer.revision + 1
    assert restarted.offer.sdp != offer.sdp
    # The answer was lost: asked again, it is the same restart.
    again: CallJoined = await page.call(events.CALL_RESTART, **named, revision=offer.revision)
    assert again.offer == restarted.offer
    assert (await page.call(events.CALL_RESUME, **named)).offer == restarted.offer
    stale = await page.problem("call.restart", {**named, "generation": 7, "revision": 1})
    assert stale.code == "offer_stale"


async def test_a_page_that_was_away_hears_how_the_call_ended(house: House) -> None:
    page, _, desk, _ = await serving(house)
    offer = (await join_call(page, "t1")).offer
    await desk.call(events.CALL_HANG_UP, call_id=offer.call_id)
    named = {"call_id": offer.call_id, "generation": offer.generation}
    for asked in (
        await page.call(events.CALL_RESUME, **named),
        await page.call(events.CALL_RESTART, **named, revision=offer.revision),
    ):
        assert asked.call.state is CallState.ENDED
        assert asked.call.end_reason is EndReason.HUNG_UP
        assert asked.offer.sdp == ""


async def test_nobody_else_gets_into_the_call(house: House) -> None:
    _, _, desk, view = await serving(house)
    assert view.call is not None
    _, strangers = await house.taxpayer(HUANG)
    _, others = await house.officer(ZHOU, GENERAL)
    call_id = view.call.call_id
    commands = (
        (events.CALL_JOIN, {"ticket_id": "t1", "devices": DEVICES}),
        (events.CALL_RESUME, {"call_id": call_id, "generation": 1}),
        (events.CALL_RESTART, {"call_id": call_id, "generation": 1, "revision": 1}),
        (events.CALL_ANSWER, {"call_id": call_id, "generation": 1, "revision": 1, "sdp": "v=0"}),
        (events.CALL_DEVICES, {"call_id": call_id, "devices": DEVICES}),
        (events.CALL_QUALITY, {"call_id": call_id, "round_trip_ms": None}),
        (events.CALL_HANG_UP, {"call_id": call_id}),
    )
    for page, code in ((strangers, "case_unknown"), (others, "forbidden")):
        for command, payload in commands:
            assert await code_of(page.call(command, **payload)) == code
    still = (await desk.call(events.DESK_WATCH)).ticket.call
    assert still.state is CallState.CONNECTING
    assert {leg.state for leg in still.legs} == {LegState.ABSENT}


async def test_answers_that_do_not_fit(house: House) -> None:
    page, _, _, _ = await serving(house)
    offer = (await join_call(page, "t1")).offer
    named = {"call_id": offer.call_id, "generation": 1, "revision": offer.revision}
    for sdp in ("v=0", "x" * 16_000, "\r\n" * 100, "v=0\r\nm=audio 9 x y\r\n", offer.sdp):
        problem = await page.problem("call.answer", {**named, "sdp": sdp})
        assert problem.code == "answer_invalid"
    too_long = await page.problem("call.answer", {**named, "sdp": "x" * 16_001})
    assert [field.field for field in too_long.fields] == ["sdp"]
    unknown = {**named, "call_id": "0" * 32, "sdp": "v=0"}
    assert (await page.problem("call.answer", unknown)).code == "case_unknown"
    assert (await join_call(page, "t1")).offer.generation == 2
