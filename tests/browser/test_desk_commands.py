"""The officer's commands besides calling and finishing: putting aside, breaks, wrap-up, counters."""

import asyncio
from collections.abc import Callable

import pytest
from playwright.async_api import Page, expect

from server.demo import OFFICERS, RECEPTION
from tests.browser.conftest import People, StartServer
from tests.browser.faults import has_no_fault
from tests.browser.pages import OfficerPage
from tests.browser.server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PeopleAt = Callable[[ServerProcess], People]


async def _state(page: Page, state: str) -> None:
    await expect(page.get_by_test_id("desk-state")).to_have_attribute("data-state", state)


@pytest.mark.feature("S31", "S33")
async def test_a_ticket_is_put_on_hold_and_taken_up_again(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server(desk_wrap_up_ms=60_000)
    people = people_at(server)
    taxpayer, officer = await people.taxpayer(0), await people.officer("A")
    page = officer.page
    number = await taxpayer.take_ticket("A")
    await officer.sees_waiting("A", 1)
    await officer.call_next()
    await taxpayer.is_called()
    # Not before it is answered: there is no such button.
    await expect(page.get_by_test_id("aside-hold")).to_have_count(0)
    await taxpayer.confirm()
    await officer.is_in_call()

    await page.keyboard.press("h")
    await officer.confirm()
    await expect(page.get_by_test_id(f"on-hold-{number}")).to_contain_text(taxpayer.name)
    await has_no_fault(page)
    await officer.press(f"resume-{number}")
    assert await officer.held_number() == number
    await expect(page.get_by_test_id("on-hold")).to_have_count(0)
    # Another video, which rings.
    await taxpayer.is_called()
    await taxpayer.confirm()
    await officer.is_in_call()

    await officer.finish()
    await _state(page, "wrap_up")
    await page.keyboard.press("e")
    await _state(page, "ready")


@pytest.mark.feature("S31", "S33")
async def test_a_ticket_is_given_back_and_transferred(start_server: StartServer, people_at: PeopleAt) -> None:
    server = await start_server()
    people = people_at(server)
    taxpayer, officer = await people.taxpayer(0), await people.officer("A", "B")
    page = officer.page
    number = await taxpayer.take_ticket("A")
    await officer.sees_waiting("A", 1)
    await officer.call_next()
    await page.keyboard.press("g")
    await officer.confirm()
    await officer.holds_nothing()
    await officer.sees_waiting("A", 1)

    # Somebody who waits, and was never called by this desk's hand again.
    await officer.call_next()
    await page.keyboard.press("t")
    await expect(page.get_by_test_id("transfer-line-A")).to_have_count(0)
    await expect(page.get_by_test_id("transfer-line-E")).to_have_count(0)
    await page.get_by_test_id("transfer-line-B").check()
    await page.get_by_test_id("transfer-note").fill("材料已看过，只差完税证明")
    await has_no_fault(page)
    await officer.confirm()
    await officer.holds_nothing()
    await officer.sees_waiting("A", 0)
    await officer.sees_waiting("B", 1)
    await expect(page.get_by_test_id(f"call-one-{number}")).to_have_count(0)
    await page.get_by_role("button", name="发票业务咨询").click()
    await expect(page.get_by_test_id(f"call-one-{number}")).to_be_enabled()
    # Whoever has it next reads what was written, also after a reload.
    await page.get_by_test_id(f"call-one-{number}").click()
    note = page.get_by_test_id("transfer-note-read")
    await expect(note).to_contain_text("材料已看过，只差完税证明")
    await page.reload()
    await expect(note).to_contain_text("材料已看过，只差完税证明")
    await has_no_fault(page)


@pytest.mark.feature("S33")
async def test_a_waiting_ticket_is_transferred_before_it_is_called(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    people = people_at(server)
    taxpayer, officer = await people.taxpayer(0), await people.officer("A", "B")
    await taxpayer.take_ticket("A")
    await officer.sees_waiting("A", 1)
    await officer.press("transfer-next")
    await officer.page.get_by_test_id("transfer-line-B").check()
    await officer.confirm()
    await officer.sees_waiting("A", 0)
    await officer.sees_waiting("B", 1)
    await _two_call_one(people, server, officer)


async def _two_call_one(people: People, server: ServerProcess, officer: OfficerPage) -> None:
    """The ticket that waits in B goes to one of two consoles; the other one is told to which."""
    colleague = await people.officer_signed_out()
    await colleague.log_in(server.url, OFFICERS[1].staff_number, people.password)
    await colleague.sign_on("B")
    await officer.page.get_by_role("button", name="发票业务咨询").click()
    pages = (officer.page, colleague.page)
    # Held while the other one calls: the button of a board that has not heard of it yet.
    buttons = [await page.wait_for_selector("[data-testid^=call-one-]") for page in pages]
    assert None not in buttons
    await asyncio.gather(*(button.evaluate("button => button.click()") for button in buttons if button))
    has_it = [page.get_by_test_id("held-number") for page in pages]
    is_told = [page.get_by_role("alert").filter(has_text="叫走") for page in pages]
    for one, other in zip(has_it, is_told, strict=True):
        await expect(one.or_(other).first).to_be_visible()
    told = [await one.count() for one in is_told].index(1)
    faster = OFFICERS[1 - told]
    await expect(is_told[told]).to_have_text(f"这张票已由{faster.name}（{faster.staff_number}）叫走。")
    await expect(has_it[1 - told].first).to_be_visible()
    await expect(has_it[told]).to_have_count(0)
    await has_no_fault(pages[told])


@pytest.mark.feature("S31")
async def test_on_a_break_nobody_is_called_and_the_reason_is_said(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    people = people_at(server)
    taxpayer, officer = await people.taxpayer(0), await people.officer("A")
    page = officer.page
    number = await taxpayer.take_ticket("A")
    await officer.sees_waiting("A", 1)
    await page.keyboard.press("b")
    await has_no_fault(page)
    await page.get_by_test_id("break-reason-lunch").check()
    await page.keyboard.press("Enter")
    await _state(page, "break")
    await expect(page.get_by_test_id("desk-choose-break")).to_contain_text("午餐")
    await page.reload()
    await expect(page.get_by_test_id("desk-choose-break")).to_contain_text("午餐")
    await expect(page.get_by_test_id("call-next")).to_be_disabled()
    await expect(page.get_by_test_id(f"call-one-{number}")).to_have_attribute(
        "title", "小休中，结束小休后再叫号"
    )
    await expect(page.get_by_test_id("transfer-next")).to_be_disabled()
    await page.keyboard.press("b")
    await _state(page, "ready")
    await officer.call_next()
    # A ticket in hand: no break.
    await expect(page.get_by_test_id("desk-choose-break")).to_be_disabled()
    await page.keyboard.press("b")
    await _state(page, "called")


@pytest.mark.feature("S31")
async def test_an_on_site_line_asks_for_the_counter(start_server: StartServer, people_at: PeopleAt) -> None:
    server = await start_server()
    people = people_at(server)
    officer = await people.officer_signed_out()
    page = officer.page
    await officer.log_in(server.url, RECEPTION.staff_number, people.password)
    await page.get_by_test_id("signon-line-E").get_by_role("checkbox").check()
    await expect(page.get_by_text("现场线要先填窗口号")).to_be_visible()
    await expect(page.get_by_test_id("signon-submit")).to_be_disabled()
    await page.get_by_test_id("signon-counter").fill("3")
    await has_no_fault(page)
    await officer.press("signon-submit")
    await page.get_by_test_id("call-next").wait_for()
    await _english_is_whole(officer)


async def _english_is_whole(officer: OfficerPage) -> None:
    page = officer.page
    await page.get_by_test_id("language-switch").first.click()
    await expect(page.get_by_role("heading", name="Queue board")).to_be_visible()
    assert "commands." not in await page.inner_text("body")
