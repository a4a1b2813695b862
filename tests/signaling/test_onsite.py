"""Tickets on paper are called to a counter, without video (S19, S22, S33, S37), in the running server."""

import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select

from cases import schema
from cases.outbox.messages import NotificationKind
from cases.reception.tables import paper_tickets
from cases.views.desks import DeskAction
from cases.views.tickets import CloseReason, TicketAction
from queueing.states import TicketState
from signaling import events
from tests.api.test_reception import reception
from tests.clients import eventually
from tests.product import CHEN, GENERAL, HUANG, LIN, LUO, ONSITE, ZHOU, House, OpenHouse
from tests.signaling.test_desk import refused
from tests.signaling.test_lost_tickets import nothing_recorded

pytestmark = pytest.mark.both_records


async def calls_of(house: House) -> int:
    """How many video calls there ever were."""
    async with house.product.database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(schema.calls)) or 0


async def told(house: House) -> list[tuple[str, object]]:
    """What people were told outside their pages, with the counter."""
    async with house.product.database.reading() as connection:
        rows = await connection.execute(select(schema.outbox).order_by(schema.outbox.c.made_at_ms))
        return [(row.kind, row.params.get("counter")) for row in rows]


@pytest.mark.feature("S19", "S33", "S37")
async def test_called_to_a_counter_served_and_finished_without_video(house: House) -> None:
    slip = await (await reception(house)).issue_paper(ONSITE)
    named = {"ticket_id": slip.ticket.ticket_id, "call_number": 1}
    client, page = await house.taxpayer(CHEN)
    await client.bind(slip)
    await client.watch(page, slip.ticket.ticket_id)
    officer, desk = await house.officer(LIN, ONSITE, counter=" 3 ")
    called = await officer.call_next(desk, "r1")
    assert called.counter == "3"
    assert called.ticket is not None
    assert (called.ticket.number, called.ticket.taxpayer_name, called.ticket.case_id) == (
        "E001",
        CHEN.name,
        None,
    )
    assert called.actions == (
        DeskAction.ARRIVED,
        DeskAction.RECALL,
        DeskAction.ABANDON,
        DeskAction.REQUEUE,
    )
    rings = await page.wait_for(events.TICKET_CHANGED, lambda view: view.state is TicketState.CALLED)
    assert (rings.counter, rings.actions, rings.officer.staff_number) == ("3", (), LIN.staff_number)
    # Coming is the answer; nobody else gives it.
    assert await refused(page, events.TICKET_CONFIRM, **named) == "confirmed_at_counter"
    _, zhous = await house.officer(ZHOU, ONSITE, counter="4")
    assert await refused(zhous, events.QUEUE_ARRIVED, **named) == "not_your_ticket"
    for _ in range(2):
        serving = await desk.call(events.QUEUE_ARRIVED, **named)
        assert serving.ticket.call is None
        assert DeskAction.OPEN_CALL not in serving.actions
    view = await page.wait_for(events.TICKET_CHANGED, lambda view: view.state is TicketState.SERVING)
    assert (view.call, view.actions, view.counter) == (None, (), "3")
    assert await refused(desk, events.CALL_OPEN, ticket_id=slip.ticket.ticket_id) == "no_open_call"
    back_office = {**named, "outcome": "continued", "remark": ""}
    assert await refused(desk, events.QUEUE_FINISH, **back_office) == "case_refused"
    done = await desk.call(events.QUEUE_FINISH, **named, outcome="completed", remark="请保留回执")
    assert done.ticket is None
    found = await eventually(lambda: client.bound("?state=closed"), lambda bound: bool(bound.tickets))
    assert (found.tickets[0].close_reason, found.tickets[0].remark) == (CloseReason.COMPLETED, "请保留回执")
    assert await calls_of(house) == 0
    assert await told(house) == [(NotificationKind.TICKET_CALLED_ONSITE, "3")]


@pytest.mark.feature("S22", "S37")
async def test_who_did_not_come_takes_the_place_back(house: House) -> None:
    slip = await (await reception(house)).issue_paper(ONSITE)
    ticket_id = slip.ticket.ticket_id
    client, page = await house.taxpayer(CHEN)
    await client.bind(slip)
    await client.watch(page, ticket_id)
    officer, desk = await house.officer(LIN, ONSITE, counter="3")
    await officer.call_next(desk, "r1")
    await officer.abandon(desk, ticket_id, 1)
    gone = await page.wait_for(events.TICKET_CHANGED, lambda view: view.state is TicketState.ABANDONED)
    assert (gone.counter, gone.actions) == (None, (TicketAction.REACTIVATE, TicketAction.CANCEL))
    back = await page.call(events.TICKET_REACTIVATE, ticket_id=ticket_id)
    assert back.state is TicketState.WAITING
    kinds = await eventually(lambda: told(house), lambda found: len(found) == 2)
    assert [kind for kind, _ in kinds] == [
        NotificationKind.TICKET_CALLED_ONSITE,
        NotificationKind.TICKET_ABANDONED,
    ]


@pytest.mark.feature("S37")
async def test_a_ticket_that_nobody_has_bound(house: House) -> None:
    desk = await reception(house)
    slips = [await desk.issue_paper(ONSITE) for _ in range(2)]
    # The reception calls on-site tickets as well.
    _, page = await house.officer(LUO, ONSITE, counter="导税台")
    board = await page.call(events.BOARD_WATCH)
    assert [(one.number, one.taxpayer_name) for one in board.lines[0].first] == [
        ("E001", None),
        ("E002", None),
    ]
    view = await page.call(events.QUEUE_CALL_ONE, request_id="r1", ticket_id=slips[1].ticket.ticket_id)
    held = view.ticket
    assert (held.number, held.taxpayer_name, held.number_masked, held.taxpayer_online) == (
        "E002",
        None,
        None,
        False,
    )
    named = {"ticket_id": slips[1].ticket.ticket_id, "call_number": 1}
    await page.call(events.QUEUE_RECALL, **named)
    await page.call(events.QUEUE_ARRIVED, **named)
    aside = await page.call(events.QUEUE_HOLD, **named, request_id="h1")
    assert [one.number for one in aside.on_hold] == ["E002"]
    again = await page.call(events.QUEUE_RESUME, **named, request_id="h2")
    assert (again.ticket.number, again.ticket.call) == ("E002", None)
    await page.call(events.QUEUE_FINISH, **named, outcome="unsuccessful", remark="")
    closed = await eventually(desk.papers, lambda found: found.tickets[0].close_reason is not None)
    assert closed.tickets[0].close_reason is CloseReason.COMPLETED_UNSUCCESSFULLY
    assert (await calls_of(house), await told(house)) == (0, [])


@pytest.mark.feature("S31", "S33")
async def test_on_site_needs_a_counter_and_other_lines_have_none(house: House) -> None:
    officer, desk = await house.officer(LIN)
    for counter in ("", "  "):
        assert (
            await refused(desk, events.DESK_SIGN_ON, line_ids=[GENERAL, ONSITE], counter=counter)
            == "counter_missing"
        )
    assert (await officer.sign_on(desk, GENERAL, counter="3")).counter is None
    assert (await officer.sign_on(desk, GENERAL, ONSITE, counter="3")).counter == "3"
    assert (await desk.call(events.DESK_SIGN_OFF)).counter is None


async def test_people_at_a_counter_and_people_at_home_are_not_exchanged(house: House) -> None:
    slip = await (await reception(house)).issue_paper(ONSITE)
    client, _ = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    officer, desk = await house.officer(LIN, ONSITE, GENERAL, counter="3")
    for ticket_id, line_id in ((slip.ticket.ticket_id, GENERAL), ("t1", ONSITE)):
        wanted = {"ticket_id": ticket_id, "call_number": 0, "request_id": "x", "line_id": line_id}
        assert await refused(desk, events.QUEUE_TRANSFER, **wanted) == "line_unknown"
    called = await officer.call_next(desk, "r1")
    assert DeskAction.TRANSFER not in called.actions


@pytest.mark.feature("B3", "S37")
async def test_a_rebuild_keeps_tickets_on_paper(house: House, redis_client: Redis) -> None:
    desk = await reception(house)
    slips = [await desk.issue_paper(ONSITE) for _ in range(2)]
    client, page = await house.taxpayer(CHEN)
    await client.bind(slips[1])
    await client.watch(page, slips[1].ticket.ticket_id)
    consult, _ = await house.taxpayer(HUANG)
    await consult.take("t1", GENERAL)
    await eventually(lambda: recorded(house), lambda count: count == 3)
    # This one the records have no step of when Redis loses everything.
    async with nothing_recorded(house):
        slips.append(await desk.issue_paper(ONSITE, priority="priority"))
        before = await house.version()
        await redis_client.flushall()
    view = await page.wait_for(events.TICKET_CHANGED, lambda view: view.version > before)
    assert (view.number, view.state) == ("E002", TicketState.WAITING)
    found = await eventually(desk.papers, lambda papers: all(one.ahead is not None for one in papers.tickets))
    # Class and number as before.
    assert {one.number: one.ahead for one in found.tickets} == {"E003": 0, "E001": 1, "E002": 2}
    # And the slip that was printed before the loss still binds.
    assert (await client.bind(slips[2])).number == "E003"
    officer, console = await house.officer(LIN, ONSITE, counter="3")
    held = (await officer.call_next(console, "r1")).ticket
    assert held is not None
    assert held.ticket_id == slips[2].ticket.ticket_id


async def recorded(house: House) -> int:
    """Of how many tickets the records have a step."""
    async with house.product.database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(schema.tickets)) or 0


async def test_a_start_finds_a_slip_whose_request_died(open_house: OpenHouse, redis_client: Redis) -> None:
    async with open_house() as house:
        desk = await reception(house)
        slip = await desk.issue_paper(ONSITE, "k1")
        await eventually(lambda: recorded(house), lambda count: count == 1)
        # As if the process had died when the record was written, and nothing else.
        async with house.product.database.writing() as connection:
            for table in (schema.tickets, schema.ticket_steps, schema.journal_cursors):
                await connection.execute(table.delete())
            await connection.execute(paper_tickets.update().values(number=None))
    await redis_client.flushall()
    async with open_house() as house:
        desk = await reception(house)
        found = await eventually(desk.papers, lambda papers: papers.tickets[0].number is not None)
        assert (found.tickets[0].ticket_id, found.tickets[0].ahead) == (slip.ticket.ticket_id, 0)
        # The reception's repeat gets what was printed.
        assert (await desk.issue_paper(ONSITE, "k1")).code == slip.code
