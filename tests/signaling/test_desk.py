"""The rules of an officer's desk, over the socket (S31, S33)."""

import asyncio

import pytest
from sqlalchemy import select

from cases import schema
from cases.views.desks import BreakReason, DeskAction, DeskState, OnBreak
from signaling import events
from tests.clients import Page
from tests.product import CHEN, GENERAL, HALL, HUANG, INVOICE, LIN, VEHICLE, ZHOU, House


async def refused(page: Page, command: events.Command, **payload: object) -> str:
    return (await page.problem(command.name, payload)).code


@pytest.mark.feature("S31")
async def test_sign_on_break_ready_sign_off(house: House) -> None:
    officer, desk = await house.officer(LIN)
    seen = await desk.call(events.DESK_WATCH)
    assert (seen.state, seen.actions, seen.call_next_refused) == (DeskState.SIGNED_OFF, (), "signed_off")
    assert await refused(desk, events.QUEUE_CALL_NEXT, request_id="r") == "signed_off"
    assert await refused(desk, events.DESK_STATE, state="break", reason="rest") == "signed_off"
    view = await officer.sign_on(desk, GENERAL, VEHICLE)
    assert (view.state, view.line_ids) == (DeskState.READY, (GENERAL, VEHICLE))
    assert await refused(desk, events.QUEUE_CALL_NEXT, request_id="r") == "nobody_waits"
    paused = await desk.call(events.DESK_STATE, state="break", reason="rest")
    assert (paused.state, paused.actions) == (DeskState.BREAK, (DeskAction.READY, DeskAction.SIGN_OFF))
    assert await refused(desk, events.QUEUE_CALL_NEXT, request_id="r") == "on_break"
    assert await refused(desk, events.DESK_STATE, state="serving") == "desk_state_refused"
    assert (await desk.call(events.DESK_STATE, state="ready")).state is DeskState.READY
    off = await desk.call(events.DESK_SIGN_OFF)
    assert (off.state, off.line_ids) == (DeskState.SIGNED_OFF, ())


@pytest.mark.feature("S31")
async def test_a_break_has_a_reason_that_stays(house: House) -> None:
    officer, desk = await house.officer(LIN, GENERAL)
    for without in ({}, {"reason": "other"}, {"reason": "other", "reason_text": "  "}):
        assert await refused(desk, events.DESK_STATE, state="break", **without) == "break_reason_missing"
    assert (await desk.call(events.DESK_WATCH)).state is DeskState.READY
    said = {"state": "break", "reason": "other", "reason_text": " 去领快递 "}
    paused = await desk.call(events.DESK_STATE, **said)
    assert paused.on_break == OnBreak(BreakReason.OTHER, "去领快递")
    # On another computer too, and said again it is the same break.
    again = await (await officer.open_page()).call(events.DESK_STATE, **said)
    assert (again.on_break, again.since_ms) == (paused.on_break, paused.since_ms)
    # Words belong to another reason only.
    house.clock.ahead_ms += 60_000
    lunch = await desk.call(events.DESK_STATE, state="break", reason="lunch", reason_text="面")
    assert lunch.on_break == OnBreak(BreakReason.LUNCH, "")
    # Other lines do not end it.
    house.clock.ahead_ms += 60_000
    assert (await officer.sign_on(desk, VEHICLE)).on_break == lunch.on_break
    house.clock.ahead_ms += 60_000
    assert (await desk.call(events.DESK_STATE, state="ready")).on_break is None
    kept = schema.breaks.c
    async with house.product.database.reading() as connection:
        rows = await connection.execute(select(schema.breaks).order_by(kept.began_at_ms))
        found = [(row.reason, row.text, row.hall_id, row.ended_at_ms - row.began_at_ms) for row in rows]
    assert [row[:3] for row in found] == [("other", "去领快递", HALL), ("lunch", "", HALL)]
    assert [round(row[3] / 60_000) for row in found] == [1, 2]


@pytest.mark.feature("S31")
async def test_only_lines_of_the_hall(house: House) -> None:
    officer, desk = await house.officer(LIN, VEHICLE)
    assert await refused(desk, events.DESK_SIGN_ON, line_ids=[GENERAL, "elsewhere"]) == "line_unknown"
    assert await refused(desk, events.DESK_SIGN_ON, line_ids=[]) == "invalid_input"
    assert (await desk.call(events.DESK_WATCH)).line_ids == (VEHICLE,)
    assert (await officer.sign_on(desk, GENERAL, GENERAL)).line_ids == (GENERAL,)


@pytest.mark.feature("S31", "S33")
async def test_with_a_ticket_in_hand(house: House) -> None:
    for person, ticket_id in ((CHEN, "t1"), (HUANG, "t2")):
        client, page = await house.taxpayer(person)
        await client.take(ticket_id, GENERAL)
    officer, desk = await house.officer(LIN, GENERAL)
    called = await officer.call_next(desk, "r1")
    assert (called.state, called.actions) == (
        DeskState.CALLED,
        (DeskAction.RECALL, DeskAction.ABANDON, DeskAction.REQUEUE, DeskAction.TRANSFER),
    )
    assert (await officer.call_next(desk, "r1")).ticket == called.ticket
    assert await refused(desk, events.QUEUE_CALL_NEXT, request_id="r2") == "officer_busy"
    assert await refused(desk, events.DESK_STATE, state="break", reason="rest") == "holds_ticket"
    assert await refused(desk, events.DESK_SIGN_OFF) == "holds_ticket"
    early = {"ticket_id": "t1", "call_number": 1, "outcome": "completed"}
    assert await refused(desk, events.QUEUE_FINISH, **early) == "step_refused"
    assert await refused(desk, events.CALL_OPEN, ticket_id="t1") == "no_open_call"
    assert (await desk.call(events.DESK_WATCH)).ticket == called.ticket
    assert page.pushed(events.TICKET_CHANGED) == []


@pytest.mark.feature("S33")
async def test_one_ticket_called_by_number(house: House) -> None:
    for person, ticket_id, line_id in ((CHEN, "t1", GENERAL), (HUANG, "t2", GENERAL)):
        client, _ = await house.taxpayer(person)
        await client.take(ticket_id, line_id)
    await client.take("t3", INVOICE)
    _, desk = await house.officer(LIN, GENERAL)
    assert await refused(desk, events.QUEUE_CALL_ONE, request_id="r", ticket_id="t3") == "line_unknown"
    assert await refused(desk, events.QUEUE_CALL_ONE, request_id="r", ticket_id="t9") == "ticket_unknown"
    view = await desk.call(events.QUEUE_CALL_ONE, request_id="r", ticket_id="t2")
    assert (view.ticket.number, view.ticket.taxpayer_name) == ("C002", HUANG.name)
    assert view.ticket.taxpayer_online
    board = await desk.call(events.BOARD_WATCH)
    assert [one.ticket_id for one in board.lines[0].first] == ["t1"]


@pytest.mark.feature("S33")
async def test_recall_is_the_same_call_and_spaced(house: House) -> None:
    client, page = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    await client.watch(page, "t1")
    officer, desk = await house.officer(LIN, GENERAL)
    held = (await officer.call_next(desk, "r1")).ticket
    assert held is not None
    assert held.deadline_ms is not None
    assert held.recall_not_before_ms == held.deadline_ms - 60_000 + 5_000
    version = await house.version()
    again = await desk.call(events.QUEUE_RECALL, ticket_id="t1", call_number=1)
    assert again.ticket.call_number == 1
    assert await house.version() == version


async def test_both_pages_of_an_officer_show_the_same_desk(house: House) -> None:
    officer, first = await house.officer(LIN)
    second = await officer.open_page()
    await officer.sign_on(first, GENERAL)
    await second.wait_for(events.DESK_CHANGED, lambda view: view.line_ids == (GENERAL,))
    await second.wait_for(events.BOARD_CHANGED, lambda board: len(board.lines) == 1)
    client, page = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    await first.wait_for(events.DESK_CHANGED, lambda view: DeskAction.CALL_NEXT in view.actions)
    await officer.call_next(second, "r1")
    await first.wait_for(events.DESK_CHANGED, lambda view: view.state is DeskState.CALLED)
    await client.watch(page, "t1")
    await page.close()
    await first.wait_for(
        events.DESK_CHANGED, lambda view: view.ticket is not None and not view.ticket.taxpayer_online
    )


@pytest.mark.feature("S31")
async def test_of_two_who_call_one_ticket_one_gets_it_and_the_other_is_told_who(house: House) -> None:
    client, _ = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    desks = [(await house.officer(officer, GENERAL))[1] for officer in (LIN, ZHOU)]
    payload = {"ticket_id": "t1", "request_id": "r"}
    answers = await asyncio.gather(*(desk.ack("queue.call_one", payload) for desk in desks))
    assert sorted(answer["ok"] for answer in answers) == [False, True]
    faster = (LIN, ZHOU)[[answer["ok"] for answer in answers].index(True)]
    (problem,) = [answer["problem"] for answer in answers if not answer["ok"]]
    assert problem["code"] == "called_by_colleague"
    assert problem["detail"] == f"这张票已由{faster.name}（{faster.staff_number}）叫走。"
    # Of one that nobody has any more nobody is named.
    other, page = await house.taxpayer(HUANG)
    await other.take("t2", GENERAL)
    await page.call(events.TICKET_CANCEL, ticket_id="t2")
    free = desks[(LIN, ZHOU).index(faster) - 1]
    assert await refused(free, events.QUEUE_CALL_ONE, ticket_id="t2", request_id="r2") == "step_refused"
