"""Screens in the hall: what they are shown, and by which key (S37, S38)."""

import asyncio
import time
from typing import Any

import pytest
from sqlalchemy import select

from cases import schema
from cases.audit import Actor, ActorKind
from cases.displays.book import Displaybook
from cases.displays.errors import TooManyDisplays
from cases.displays.policy import DisplayPolicy
from cases.displays.views import CallStage, DisplayBoard, DisplayMade, DisplaysView
from cases.requests import Request
from cases.views.names import LineKind
from cases.views.tickets import HallMood
from signaling import events
from tests.clients import Answer, OfficerClient, TaxpayerClient, eventually
from tests.product import CHEN, GENERAL, HALL, LUO, ONSITE, SU, House

pytestmark = pytest.mark.both_records

DISPLAYS = f"/api/v1/admin/halls/{HALL}/displays"


async def admin_of(house: House) -> OfficerClient:
    client = house.console()
    await client.sign_in(SU)
    return client


async def made(admin: OfficerClient, key: str = "k1", **changes: Any) -> DisplayMade:
    body = {"display_name": "一楼大厅", "english": True, **changes}
    headers = {"Idempotency-Key": key}
    return (await admin.ask("POST", DISPLAYS, body, headers=headers)).as_(DisplayMade)


class Screen:
    """In the hall, with nobody signed in."""

    def __init__(self, client: TaxpayerClient, display_key: str) -> None:
        self._client = client
        self.key = display_key

    async def ask(self, seen: str | None = None) -> Answer:
        body = {"display_key": self.key, "seen": seen}
        return await self._client.ask("POST", "/api/v1/display/board", body)

    async def board(self, seen: str | None = None) -> DisplayBoard:
        return (await self.ask(seen)).as_(DisplayBoard)


@pytest.mark.feature("S37")
async def test_a_screen_is_told_of_calls_and_counters_as_they_come(house: House) -> None:
    screen = Screen(house.visitor(), (await made(await admin_of(house))).display_key)
    desk = house.console()
    await desk.sign_in(LUO)
    page = await desk.open_page()
    await desk.sign_on(page, ONSITE, counter="3")
    empty = await screen.board()
    assert (empty.calls, empty.mood, empty.english) == ((), HallMood.OPEN, True)
    asked = asyncio.create_task(screen.board(empty.revision))
    await desk.issue_paper(ONSITE)
    waiting = await asked
    assert {line.letter: line.waiting for line in waiting.lines}["E"] == 1
    asked = asyncio.create_task(screen.board(waiting.revision))
    held = (await desk.call_next(page, "r1")).ticket
    assert held is not None
    called = await eventually(screen.board, lambda board: bool(board.calls))
    assert (await asked).revision != waiting.revision
    (call,) = called.calls
    assert (call.number, call.counter, call.kind, call.stage) == (
        "E001",
        "3",
        LineKind.ONSITE,
        CallStage.CALLED,
    )
    await page.call(events.QUEUE_ARRIVED, ticket_id=held.ticket_id, call_number=held.call_number)
    came = await eventually(screen.board, lambda board: board.calls[0].stage is CallStage.CAME)
    # The same call: it is not said again.
    assert came.calls[0].call_id == call.call_id


@pytest.mark.feature("S37")
async def test_a_screen_that_is_up_to_date_waits_and_is_not_told_who_it_is(house: House) -> None:
    screen = Screen(house.visitor(), (await made(await admin_of(house))).display_key)
    taxpayer, _ = await house.taxpayer(CHEN)
    await taxpayer.take("t1", GENERAL)
    board = await eventually(screen.board, lambda board: any(line.waiting == 1 for line in board.lines))
    began = time.monotonic()
    asked = [asyncio.create_task(screen.ask(board.revision)) for _ in range(5)]
    # One more than may wait is answered at once, the others with what is new.
    done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    assert (len(done), len(waiting)) == (1, 4)
    await taxpayer.ask("DELETE", "/api/v1/taxpayer/session")
    house.product.displays.boards.close()
    texts = [(await one).body.decode() for one in asked]
    assert time.monotonic() - began < 8
    assert not any(CHEN.name in text or CHEN.number in text or "t1" in text for text in texts)


@pytest.mark.feature("S38")
async def test_a_key_opens_its_own_board_until_it_is_taken_away(house: House) -> None:
    admin = await admin_of(house)
    first = await made(admin)
    assert (await made(admin)).display_key == first.display_key
    assert first.path == f"/display/#{first.display_key}"
    screen = Screen(house.visitor(), first.display_key.lower().replace("-", " "))
    assert (await screen.board()).hall.hall_id == HALL
    listed = (await admin.ask("GET", DISPLAYS)).as_(DisplaysView)
    assert [(one.name, one.seen_at_ms is None) for one in listed.displays] == [("一楼大厅", False)]
    address = f"{DISPLAYS}/{first.display.display_id}"
    assert (await admin.ask("DELETE", address)).as_(DisplaysView).displays == ()
    assert (await admin.ask("DELETE", address)).problem.code == "display_unknown"
    assert (await screen.ask()).problem.code == "display_unknown"
    async with house.product.database.reading() as connection:
        entries = schema.audit_entries.c
        kept = (await connection.execute(select(entries.action, entries.detail))).all()
    assert {"display.make", "display.remove"} <= {entry.action for entry in kept}
    assert not any(first.display_key in str(entry.detail) for entry in kept)


@pytest.mark.feature("S38")
async def test_a_hall_has_so_many_displays(house: House) -> None:
    product = house.product
    book = Displaybook(product.database, product.clock, product.sealer, DisplayPolicy(displays_max=1))
    by = Actor(ActorKind.OFFICER, "su")
    await book.make(by, Request("k1", "f"), HALL, "一楼", english=False)
    with pytest.raises(TooManyDisplays):
        await book.make(by, Request("k2", "f"), HALL, "二楼", english=False)
