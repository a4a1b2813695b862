"""A server that is killed while bookings race for a slot: afterwards every place has one holder."""

import asyncio
import operator
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

import aiohttp
import pytest
from sqlalchemy import select

from cases import schema
from cases.booking.views import BookingView
from cases.views.problems import Problem
from queueing.connection import Link
from server.building import Product, build
from tests.booking_crowd import (
    CROWD,
    PLACES,
    Crowd,
    book,
    browser,
    codes_of,
    gather,
    holders,
    notified,
    offered,
    set_places,
)
from tests.browser.server_process import ServerProcess
from tests.clients import eventually
from tests.product import settings_of

KILLED_AT: Final = (1, 6, 11)
"""Places that the records give away, at the least; some more are, until the server is gone."""

Outcome = BookingView | Problem


class KilledServer:
    """Serves, and is killed as soon as so many places are given away; whoever got no answer asks again."""

    def __init__(self, process: ServerProcess) -> None:
        self._process = process
        self._is_up = asyncio.Event()
        self.cut_off = 0
        """Requests that a kill left without an answer."""

    async def kill_again_and_again(self, places_given: Callable[[], Awaitable[int]]) -> None:
        for at_least in KILLED_AT:
            await self.start()
            await eventually(places_given, partial(operator.le, at_least))
            self._is_up.clear()
            await self._process.kill()
        await self.start()

    async def start(self) -> None:
        await self._process.start()
        self._is_up.set()

    async def book(self, session: aiohttp.ClientSession, crowd: Crowd, person: str, start_ms: int) -> Outcome:
        while True:
            await self._is_up.wait()
            try:
                return await book(session, self._process.url, crowd, person, start_ms)
            except aiohttp.ClientError:
                self.cut_off += 1


@pytest.fixture
async def product(data_folder: Path, link: Link) -> AsyncIterator[Product]:
    """The parts by which a test looks into the data folder; nothing of it runs."""
    built = build(settings_of(data_folder), link)
    yield built
    await built.database.close()


@pytest.fixture
async def process(data_folder: Path) -> AsyncIterator[ServerProcess]:
    started = ServerProcess(data_folder)
    yield started
    await started.kill()


async def audited(product: Product) -> set[str]:
    entries = schema.audit_entries.c
    asked = select(entries.object_id).where(entries.action == "booking.booked")
    async with product.database.reading() as connection:
        found = list(await connection.scalars(asked))
    assert len(set(found)) == len(found)
    return set(found)


@pytest.mark.feature("S9", "S11")
@pytest.mark.timeout(300)
async def test_no_place_is_given_twice_or_lost_over_kills(product: Product, process: ServerProcess) -> None:
    await set_places(product.database, PLACES, product.clock.now_ms())
    crowd = await gather(product.database, product.sealer, product.sessions, product.clock)
    start_ms = await offered(product.database, product.clock.now_ms())
    server = KilledServer(process)

    async def given() -> int:
        return (await holders(product.database, start_ms)).total()

    async with browser() as session, asyncio.TaskGroup() as group:
        group.create_task(server.kill_again_and_again(given))
        asked = [group.create_task(server.book(session, crowd, one, start_ms)) for one in CROWD]
    outcomes = [task.result() for task in asked]
    await process.stop()

    assert server.cut_off > 0
    assert codes_of(outcomes) == {"booked": PLACES, "slot_full": len(CROWD) - PLACES}
    told = {
        person: outcome.booking_id
        for person, outcome in zip(CROWD, outcomes, strict=True)
        if isinstance(outcome, BookingView)
    }
    # Who was told of a place has it, in one transaction with the notification and the audit trail.
    having = await holders(product.database, start_ms)
    assert having == dict.fromkeys(told, 1)
    assert await notified(product.database) == having
    assert await audited(product) == set(told.values())
