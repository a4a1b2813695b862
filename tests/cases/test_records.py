"""The records where two requests meet, or one died half-way; against the running product."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from cases import schema
from cases.casebook import Casebook, NewCase
from cases.holders import Holders
from cases.reception.paperbook import Paperbook
from queueing import keys
from queueing.connection import Link
from signaling import events
from tests.clients import code_of, eventually, join_call
from tests.product import CHEN, GENERAL, HALL, HUANG, INVOICE, LIN, VEHICLE, House, house_in


async def begun(house: House, taxpayer_id: str, ticket_id: str, line_id: str) -> str:
    """A case whose ticket is not issued yet, as of a request that goes on, or died; its id."""
    now_ms = house.clock.now_ms()
    new = NewCase(f"case-{ticket_id}", taxpayer_id, HALL, line_id, ticket_id, "", now_ms, "20261123")
    return (await Casebook(house.product.database).open_case(new)).case_id


async def test_a_case_whose_ticket_is_just_being_issued_is_left_alone(house: House) -> None:
    client = house.visitor()
    person = await client.sign_in(CHEN)
    case_id = await begun(house, person.taxpayer_id, "t1", VEHICLE)
    await client.take("t2", GENERAL)
    assert await code_of(client.take("t3", VEHICLE)) == "already_waiting"
    assert (await client.take("t1", VEHICLE)).case_id == case_id


async def test_a_case_whose_ticket_was_never_issued_stands_in_nobodys_way(house: House) -> None:
    client = house.visitor()
    person = await client.sign_in(CHEN)
    await begun(house, person.taxpayer_id, "t1", VEHICLE)
    house.clock.ahead_ms += 61_000
    await client.take("t2", VEHICLE)
    assert len((await client.cases()).cases) == 1


async def test_a_case_with_recorded_steps_is_never_taken_back(house: House) -> None:
    client = house.visitor()
    await client.sign_in(CHEN)
    case_id = await client.open_consult("t1", VEHICLE)

    async def steps() -> int:
        return len((await client.case(case_id)).events)

    await eventually(steps, lambda count: count == 1)
    await house.product.link.redis.delete(keys.meta(HALL).removesuffix("m") + "t:t1")
    house.clock.ahead_ms += 61_000
    assert await code_of(client.take("t2", VEHICLE)) == "already_waiting"
    assert await steps() == 1


async def test_what_is_remembered_of_cases_is_bounded_and_never_missing(house: House) -> None:
    for person, line_id in ((CHEN, VEHICLE), (HUANG, INVOICE)):
        client = house.visitor()
        await client.sign_in(person)
        await client.take(f"t-{person.number}", line_id)
        await client.take(f"u-{person.number}", GENERAL)
    product = house.product
    shown = Holders(Casebook(product.database), Paperbook(product.database), remembered_max=2)
    first, second, third, _ = (f"{kind}-{one.number}" for one in (CHEN, HUANG) for kind in "tu")
    assert set(await shown.of_tickets([first, second])) == {first, second}
    assert set(await shown.of_tickets([first, third])) == {first, third}
    assert set(await shown.of_tickets([first, second, third])) == {first, second, third}


async def test_a_call_opened_again_from_many_pages_at_once_is_one(house: House) -> None:
    client, page = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    console, desk_page = await house.officer(LIN, GENERAL)
    await console.call_next(desk_page, "r1")
    await page.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=1)
    pages = [await console.open_page() for _ in range(8)]
    for _ in range(5):
        joined = await join_call(desk_page, "t1")
        await desk_page.call(events.CALL_HANG_UP, call_id=joined.call.call_id)
        desks = await asyncio.gather(*(one.call(events.CALL_OPEN, ticket_id="t1") for one in pages))
        assert len({desk.ticket.call.call_id for desk in desks}) == 1
        async with house.product.database.reading() as connection:
            open_ones = await connection.execute(
                select(schema.calls.c.call_id).where(schema.calls.c.ended_at_ms.is_(None))
            )
            assert len(open_ones.all()) == 1


async def test_a_confirmation_repeated_after_the_service_opens_no_call(house: House) -> None:
    client, page = await house.taxpayer(CHEN)
    await client.take("t1", GENERAL)
    # Straight to the queue: no page looks on, for which the call would be opened.
    queue = house.product.queue
    await queue.call_next(HALL, officer_id="o", line_ids=[GENERAL], request_id="r1")
    await queue.confirm(HALL, "t1", call_number=1)
    await queue.finish(HALL, "t1", officer_id="o", call_number=1, outcome="completed")
    view = await page.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=1)
    assert (view.state, view.call) == ("finished", None)
    async with house.product.database.reading() as connection:
        assert (await connection.execute(select(schema.calls))).all() == []


@pytest.mark.parametrize("seconds_away", [0, 61])
async def test_killed_between_case_and_ticket_the_page_repeats(
    data_folder: Path, link: Link, seconds_away: int
) -> None:
    """The page's repeat of its request finds the case that was begun, however late it comes."""
    async with house_in(data_folder, link) as house:
        person = await house.visitor().sign_in(CHEN)
        case_id = await begun(house, person.taxpayer_id, "t1", VEHICLE)
    async with house_in(data_folder, link) as house:
        house.clock.ahead_ms += seconds_away * 1_000
        client = house.visitor()
        await client.sign_in(CHEN)
        assert (await client.take("t1", VEHICLE)).case_id == case_id
        assert len((await client.cases()).cases) == 1
