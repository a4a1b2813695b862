"""Consoles that vanish and come back: what their officers have goes back after the lease (S31, S33)."""

from pathlib import Path

import pytest

from cases.views.desks import DeskAction, DeskState
from cases.views.tickets import TicketView
from queueing.connection import Link
from queueing.states import TicketState
from signaling import events
from tests.clients import eventually, join_call
from tests.product import CHEN, GENERAL, HALL, HUANG, LIN, VEHICLE, ZHOU, House, OpenHouse, house_in

SHORT = {"queue_lease_ms": 1_000}
T1 = {"ticket_id": "t1", "call_number": 1}


def waits_again(view: TicketView) -> bool:
    return view.state is TicketState.WAITING and view.call_number > 0


async def at_work(house: House) -> dict[str, tuple[str, ...]]:
    snapshot = await house.product.queue.snapshot(HALL, (), first=0)
    return {officer.officer_id: officer.line_ids for officer in snapshot.at_work}


@pytest.mark.feature("S31", "S33")
async def test_a_console_that_vanished_gives_the_ticket_back(open_house: OpenHouse) -> None:
    async with open_house(**SHORT) as house:
        client, page = await house.taxpayer(CHEN)
        await client.take("t1", GENERAL)
        await client.watch(page, "t1")
        other, _ = await house.taxpayer(HUANG)
        await other.take("t2", GENERAL)
        officer, desk = await house.officer(LIN, GENERAL)
        _, zhous = await house.officer(ZHOU, VEHICLE)
        await officer.call_next(desk, "r1")
        await page.call(events.TICKET_CONFIRM, **T1)
        await join_call(page, "t1")
        # Nobody says good-bye: the connection is cut.
        await desk.socket.eio.ws.close()
        waiting = await page.wait_for(events.TICKET_CHANGED, waits_again)
        assert (waiting.ahead, waiting.waiting, waiting.call, waiting.officer) == (0, 2, None, None)
        await page.wait_for(events.CALL_CHANGED, lambda call: call.state == "ended")
        # The officer comes back, still signed on, to an empty desk.
        again = await officer.open_page()
        view = await again.call(events.DESK_WATCH)
        assert (view.state, view.ticket, view.line_ids) == (DeskState.READY, None, (GENERAL,))
        assert list((await at_work(house)).values()).count((GENERAL,)) == 1
        assert (await officer.call_next(again, "r2")).ticket.ticket_id == "t1"  # type: ignore[union-attr]
        assert (await zhous.call(events.DESK_WATCH)).state is DeskState.READY


@pytest.mark.feature("S31")
async def test_an_open_console_keeps_its_ticket_for_longer_than_a_lease(open_house: OpenHouse) -> None:
    async with open_house(**SHORT) as house:
        client, page = await house.taxpayer(CHEN)
        await client.take("t1", GENERAL)
        officer, desk = await house.officer(LIN, GENERAL)
        held = (await officer.call_next(desk, "r1")).ticket
        assert held is not None
        await page.call(events.TICKET_CONFIRM, **T1)

        async def lease_until_ms() -> int:
            snapshot = await house.product.queue.snapshot(HALL, (), first=0)
            return snapshot.at_work[0].lease_until_ms

        # Renewed at least twice past the first lease.
        await eventually(lease_until_ms, lambda until: until > (held.called_at_ms or 0) + 3_000)
        view = await desk.call(events.DESK_WATCH)
        assert view.ticket.ticket_id == "t1"


@pytest.mark.feature("S31")
async def test_a_break_is_no_work(open_house: OpenHouse) -> None:
    async with open_house(**SHORT) as house:
        client, page = await house.taxpayer(CHEN)
        await client.take("t1", GENERAL)
        await client.watch(page, "t1")
        officer, desk = await house.officer(LIN, GENERAL)
        await officer.call_next(desk, "r1")
        await page.call(events.TICKET_CONFIRM, **T1)
        await desk.call(events.QUEUE_HOLD, **T1, request_id="h1")
        await desk.call(events.DESK_STATE, state="break", reason="lunch")
        assert (await page.wait_for(events.TICKET_CHANGED, waits_again)).ahead == 0
        assert await eventually(lambda: at_work(house), lambda found: not found) == {}
        paused = await desk.call(events.DESK_WATCH)
        assert (paused.state, paused.on_hold) == (DeskState.BREAK, ())
        # Back at work at once, not with the next beat.
        ready = await desk.call(events.DESK_STATE, state="ready")
        assert DeskAction.CALL_NEXT in ready.actions
        assert list((await at_work(house)).values()) == [(GENERAL,)]


@pytest.mark.feature("S31")
async def test_who_is_at_work_follows_signing_on_and_off(house: House) -> None:
    officer, desk = await house.officer(LIN)
    assert await at_work(house) == {}
    await officer.sign_on(desk, GENERAL, VEHICLE)
    assert list((await at_work(house)).values()) == [(GENERAL, VEHICLE)]
    await officer.sign_on(desk, VEHICLE)
    assert list((await at_work(house)).values()) == [(VEHICLE,)]
    await desk.call(events.DESK_SIGN_OFF)
    assert await at_work(house) == {}


@pytest.mark.feature("S33")
async def test_leases_that_ended_while_no_server_ran_are_spared_once(data_folder: Path, link: Link) -> None:
    async with house_in(data_folder, link, **SHORT) as house:
        client, page = await house.taxpayer(CHEN)
        await client.take("t1", GENERAL)
        officer, desk = await house.officer(LIN, GENERAL)
        await officer.call_next(desk, "r1")
        await page.call(events.TICKET_CONFIRM, **T1)
        queue = house.product.queue

    async def has_ended() -> bool:
        snapshot = await queue.snapshot(HALL, (), first=0)
        return snapshot.at_work[0].lease_until_ms < snapshot.at_ms

    await eventually(has_ended, bool)
    async with house_in(data_folder, link, queue_lease_ms=60_000) as house:
        _, desk = await house.officer(LIN)
        view = await desk.call(events.DESK_WATCH)
        assert view.ticket.ticket_id == "t1"
        snapshot = await house.product.queue.snapshot(HALL, (), first=0)
        assert snapshot.at_work[0].lease_until_ms > snapshot.at_ms
