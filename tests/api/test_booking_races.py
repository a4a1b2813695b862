"""Nobody gets a place that another one has, whoever asks at the same moment (S11)."""

import asyncio

import pytest
from sqlalchemy import func, select

from cases import schema
from cases.views.problems import Problem
from tests.booking_crowd import (
    CROWD,
    PLACES,
    Crowd,
    all_book,
    book,
    browser,
    codes_of,
    gather,
    holders,
    notified,
    set_places,
)
from tests.booking_pages import BookingPage
from tests.product import CHEN, House

pytestmark = pytest.mark.both_records


@pytest.fixture
async def crowd(house: House) -> Crowd:
    product = house.product
    await set_places(product.database, PLACES, house.clock.now_ms())
    return await gather(product.database, product.sealer, product.sessions, house.clock)


@pytest.fixture
async def start_ms(house: House, crowd: Crowd) -> int:
    """The slot that all of them want."""
    client, _ = await house.taxpayer(CHEN)
    slots = await BookingPage(house, client).first_slots()
    assert slots[3].left == PLACES
    return slots[3].start_ms


@pytest.mark.feature("S9", "S11")
async def test_two_hundred_want_twenty_places(house: House, crowd: Crowd, start_ms: int) -> None:
    answers = await all_book(house.url, crowd, start_ms)
    assert codes_of(answers) == {"booked": PLACES, "slot_full": len(CROWD) - PLACES}
    for answer in answers:
        if isinstance(answer, Problem):
            assert answer.slots
            assert all(slot.left and slot.start_ms != start_ms for slot in answer.slots)
    database = house.product.database
    having = await holders(database, start_ms)
    assert having.total() == len(having) == PLACES
    # Each one who has a place was told so once, and nobody else.
    assert await notified(database) == having
    async with database.reading() as connection:
        entries = schema.audit_entries
        asked = select(func.count()).where(entries.c.action == "booking.booked")
        assert await connection.scalar(asked) == PLACES


@pytest.mark.feature("S11")
async def test_requests_sent_twice_at_once_book_once(house: House, crowd: Crowd, start_ms: int) -> None:
    people = CROWD[:PLACES]
    async with browser() as session:
        answers = await asyncio.gather(
            *(book(session, house.url, crowd, one, start_ms) for one in people for _ in range(3))
        )
    assert codes_of(answers) == {"booked": 3 * PLACES}
    having = await holders(house.product.database, start_ms)
    assert having == dict.fromkeys(people, 1)
    assert await notified(house.product.database) == having
