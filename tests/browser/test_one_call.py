"""The main job, done by four people: three taxpayers wait, an officer calls, they see and hear each other."""

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import People, StartServer
from tests.browser.pages import CallSide
from tests.browser.server_process import ServerProcess
from tests.tls import write_tls_pair

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

CONFIRM_MS = 20_000


@pytest.mark.feature("S1", "S17", "S20", "S21", "S27", "S29", "S31", "S33")
async def test_from_three_tickets_to_two_pictures(
    start_server: StartServer,
    people_at: Callable[[ServerProcess], People],
    figures: Callable[[str, float], None],
) -> None:
    server = await start_server(queue_confirm_ms=CONFIRM_MS)
    people = people_at(server)
    first, second, third = [await people.taxpayer(index) for index in range(3)]
    numbers = [await taxpayer.take_ticket("C") for taxpayer in (first, second, third)]
    assert numbers == ["C001", "C002", "C003"]

    await first.sees_ahead(0)
    await second.sees_ahead(1)
    await third.sees_ahead(2)

    officer = await people.officer("C")
    await officer.sees_waiting("C", 3)
    assert await officer.call_next() == "C001"
    await first.is_called()
    await expect(first.page).to_have_title(re.compile("轮到您了"))
    await second.sees_ahead(0)
    await third.sees_ahead(1)
    await officer.sees_waiting("C", 2)

    confirmed_at = time.monotonic()
    await first.confirm()
    await asyncio.gather(first.frames_grow(), officer.frames_grow())
    figures("confirm_to_5_frames_on_both_sides_s", time.monotonic() - confirmed_at)
    await asyncio.gather(first.is_in_call(), officer.is_in_call())
    await asyncio.gather(first.hears(something=True), officer.hears(something=True))

    await _switching_a_camera_changes_the_picture_only(first, officer)
    await _muting_is_seen_and_heard(first, officer)
    await _muting_is_seen_and_heard(officer, first)

    await first.hang_up()
    await officer.page.get_by_test_id("open-call").wait_for()
    await first.page.get_by_test_id("call-page").wait_for(state="detached")
    await officer.finish()

    assert await officer.call_next() == "C002"
    await second.is_called()
    await third.sees_ahead(0)
    # Nobody answers: the deadline gives the ticket up by itself.
    await second.page.get_by_test_id("abandoned-card").wait_for()
    await officer.holds_nothing()

    await second.press("reactivate")
    await second.sees_ahead(1)


async def _switching_a_camera_changes_the_picture_only(here: CallSide, there: CallSide) -> None:
    before = await there.sees("bright")
    descriptions = await here.descriptions()
    await here.press("call-switch-camera")
    after = await there.sees("changed", other_than=before)
    assert after.differs_from(before)
    assert await here.descriptions() == descriptions


async def _muting_is_seen_and_heard(here: CallSide, there: CallSide) -> None:
    await here.press("call-camera")
    await there.page.get_by_test_id("call-peer-camera").wait_for()
    assert (await there.sees("black")).is_black
    await here.press("call-camera")
    await there.sees("bright")

    await here.press("call-mic")
    await there.page.get_by_test_id("call-peer-microphone").wait_for()
    await there.hears(something=False)
    await here.press("call-mic")
    await there.hears(something=True)


@pytest.mark.feature("S17", "S21")
async def test_a_reloaded_page_comes_back_to_the_same_place(
    start_server: StartServer, people_at: Callable[[ServerProcess], People]
) -> None:
    server = await start_server()
    people = people_at(server)
    first, second = [await people.taxpayer(index) for index in range(2)]
    await first.take_ticket("A")
    number = await second.take_ticket("A")

    await second.page.reload()
    assert await second.ticket_number() == number
    await second.sees_ahead(1)

    officer = await people.officer("A")
    await officer.call_next()
    await first.is_called()
    await first.page.reload()
    await first.is_called()
    # Put off, the ticket stays called; brought back, the sheet shows the own picture again.
    await first.press("incoming-later")
    await first.page.get_by_test_id("incoming-sheet").wait_for(state="hidden")
    await first.press("incoming-bar")
    await first.is_called()
    await first.shows_own_picture()
    await officer.page.reload()
    assert await officer.held_number() == "A001"

    await first.confirm()
    await asyncio.gather(first.is_in_call(), officer.is_in_call())
    for reloaded, other in ((first, officer), (officer, first)):
        await reloaded.page.reload()
        await reloaded.is_in_call()
        await asyncio.gather(reloaded.frames_grow(), other.frames_grow())
        await asyncio.gather(reloaded.hears(something=True), other.hears(something=True))


@pytest.mark.feature("S17", "S20")
async def test_three_who_wait_still_wait_in_order_after_the_server_is_killed(
    start_server: StartServer, people_at: Callable[[ServerProcess], People]
) -> None:
    server = await start_server()
    people = people_at(server)
    waiting = [await people.taxpayer(index) for index in range(3)]
    numbers = [await taxpayer.take_ticket("B") for taxpayer in waiting]

    await server.kill()
    await waiting[0].page.get_by_test_id("connection-lost").wait_for()
    await server.start()
    for ahead, (taxpayer, number) in enumerate(zip(waiting, numbers, strict=True)):
        await taxpayer.page.get_by_test_id("connection-lost").wait_for(state="detached")
        assert await taxpayer.ticket_number() == number
        await taxpayer.sees_ahead(ahead)

    officer = await people.officer("B")
    assert await officer.call_next() == numbers[0]
    await waiting[0].is_called()
    await waiting[1].sees_ahead(0)
    await waiting[2].sees_ahead(1)


@pytest.mark.feature("S21", "S27")
async def test_a_call_is_on_one_page_at_a_time(
    start_server: StartServer, people_at: Callable[[ServerProcess], People]
) -> None:
    server = await start_server()
    people = people_at(server)
    taxpayer = await people.taxpayer(0)
    await taxpayer.take_ticket("A")
    watching = await people.another_page(taxpayer)
    await watching.page.goto(server.url)
    await watching.page.get_by_test_id("home-ticket").wait_for()
    officer = await people.officer("A")
    await officer.call_next()
    await asyncio.gather(taxpayer.is_called(), watching.is_called())
    await taxpayer.confirm()
    await asyncio.gather(taxpayer.is_in_call(), officer.is_in_call())
    await watching.page.get_by_test_id("incoming-sheet").wait_for(state="hidden")

    other = await people.another_page(taxpayer)
    # A page that was closed and came back joins without a question; the page that is still there gives way.
    await other.page.goto(server.url)
    await other.is_in_call()
    await taxpayer.page.get_by_test_id("call-moved").wait_for()
    await officer.frames_grow()
    await expect(officer.page.get_by_test_id("call-peer-camera")).to_have_count(0)

    await taxpayer.press("call-here")
    await other.page.get_by_test_id("call-moved").wait_for()
    await asyncio.gather(taxpayer.is_in_call(), officer.frames_grow())


@pytest.mark.feature("S1", "S17", "S21")
async def test_the_same_over_https_as_phones_need_it(
    start_server: StartServer, people_at: Callable[[ServerProcess], People], tmp_path: Path
) -> None:
    server = await start_server(tls=write_tls_pair(tmp_path, "localhost"))
    people = people_at(server)
    taxpayer = await people.taxpayer(0)
    assert all(cookie["secure"] for cookie in await taxpayer.context.cookies())
    await taxpayer.take_ticket("A")
    officer = await people.officer("A")
    await officer.call_next()
    await taxpayer.is_called()
    await taxpayer.confirm()
    await asyncio.gather(taxpayer.is_in_call(), officer.is_in_call())
