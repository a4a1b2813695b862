"""What pages hear when Redis loses tickets that nobody had recorded yet, against the running product."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from queueing.states import TicketState
from signaling import events
from tests.clients import eventually
from tests.product import CHEN, GENERAL, HUANG, LIANG, LIN, House

pytestmark = pytest.mark.both_records


@asynccontextmanager
async def nothing_recorded(house: House) -> AsyncIterator[None]:
    """The records take cases and no steps, as when their keeper is behind."""
    database = house.product.database
    async with database.writing() as connection:
        await connection.execute(text("ALTER TABLE ticket_steps RENAME TO elsewhere"))
    yield
    async with database.writing() as connection:
        await connection.execute(text("ALTER TABLE elsewhere RENAME TO ticket_steps"))


@pytest.mark.feature("B3")
async def test_a_lost_ticket_comes_again_and_its_page_is_told(house: House, redis_client: Redis) -> None:
    pages = {}
    for person, ticket_id in ((CHEN, "t1"), (HUANG, "t2"), (LIANG, "t3")):
        client, page = await house.taxpayer(person)
        pages[ticket_id] = client, page
    client, page = pages["t1"]
    await client.take("t1", GENERAL)
    await client.watch(page, "t1")
    await eventually(client.cases, lambda found: len(found.cases[0].events) == 1)
    async with nothing_recorded(house):
        numbers = {}
        for ticket_id in ("t2", "t3"):
            client, page = pages[ticket_id]
            numbers[ticket_id] = (await client.take(ticket_id, GENERAL)).number
            await client.watch(page, ticket_id)
        before = await house.version()
        await redis_client.flushall()
    for ahead, ticket_id in enumerate(("t1", "t2", "t3")):
        client, page = pages[ticket_id]
        view = await page.wait_for(events.TICKET_CHANGED, lambda view: view.version > before)
        assert (view.number, view.state) == (numbers.get(ticket_id, "C001"), TicketState.WAITING)
        await page.counted(ticket_id, ahead)
        # One case with one ticket, as before, and in its line there is room for no other one.
        home = await client.home()
        assert [ticket.ticket_id for ticket in home.tickets] == [ticket_id]
        answer = await client.ask(
            "POST", "/api/v1/taxpayer/consults", {"ticket_id": "x", "line_id": GENERAL, "question": ""}
        )
        assert answer.problem.code == "already_waiting"
    client, page = pages["t3"]
    case = await eventually(client.cases, lambda found: bool(found.cases[0].events))
    assert [event.step for event in case.cases[0].events] == ["issue"]
    # They are called in their order.
    officer, desk = await house.officer(LIN, GENERAL)
    held = (await officer.call_next(desk, "r1")).ticket
    assert held is not None
    assert held.ticket_id == "t1"
    await officer.abandon(desk, "t1", 1)
    held = (await officer.call_next(desk, "r2")).ticket
    assert held is not None
    assert held.ticket_id == "t2"
    await pages["t2"][1].wait_for(events.TICKET_CHANGED, lambda view: view.state is TicketState.CALLED)


@pytest.mark.feature("B3")
async def test_a_call_that_is_repeated_over_a_rebuild_calls_nobody_else(
    house: House, redis_client: Redis
) -> None:
    """Requests are forgotten; whose ticket it is, is not."""
    for person, ticket_id in ((CHEN, "t1"), (HUANG, "t2")):
        client, _ = await house.taxpayer(person)
        await client.take(ticket_id, GENERAL)
    officer, desk = await house.officer(LIN, GENERAL)
    await officer.call_next(desk, "r1")
    await eventually(client.cases, lambda found: bool(found.cases[0].events))
    cursor = f"{await house.version()}-%"

    async def recorded() -> int:
        async with house.product.database.reading() as connection:
            found = await connection.scalar(
                text("SELECT count(*) FROM journal_cursors WHERE entry_id LIKE :cursor"), {"cursor": cursor}
            )
        return int(found)

    await eventually(recorded, bool)
    await redis_client.flushall()
    await eventually(house.version, bool)  # built anew
    version = await house.version()
    refusal = await desk.problem(events.QUEUE_CALL_NEXT.name, {"request_id": "r1"})
    assert refusal.code == "officer_busy"
    again = await desk.call(events.QUEUE_CALL_ONE, ticket_id="t1", request_id="r1")
    assert (
        await desk.problem("queue.call_one", {"ticket_id": "t2", "request_id": "r1"})
    ).code == refusal.code
    held = await desk.call(events.DESK_WATCH)
    assert again.ticket is not None
    assert held.ticket is not None
    assert (again.ticket.ticket_id, held.ticket.number, held.ticket.call_number) == ("t1", "C001", 1)
    assert await house.version() == version
