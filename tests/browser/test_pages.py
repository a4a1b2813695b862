"""Pages on their own: log-in refusals, the other language, accessibility."""

from collections.abc import Callable

import pytest
from playwright.async_api import expect

from server.demo import TAXPAYERS
from tests.browser.conftest import People, StartServer
from tests.browser.faults import has_no_fault
from tests.browser.server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PeopleAt = Callable[[ServerProcess], People]


@pytest.mark.feature("S1")
async def test_a_wrong_number_is_named_before_and_after_sending(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    taxpayer = await people_at(server).taxpayer(0, signed_in=False)
    page = taxpayer.page
    await page.goto(server.url)

    wrong_digit = taxpayer.number[:-1] + ("1" if taxpayer.number[-1] != "1" else "2")
    await taxpayer.fill_identity(taxpayer.name, wrong_digit)
    await page.get_by_test_id("login-name").focus()
    await expect(page.get_by_test_id("login-error-number")).to_contain_text("最后一位对不上")

    # Somebody else's number under this name: only the server can know, once the other has an account.
    other = await people_at(server).taxpayer(1)
    await other.page.get_by_test_id("door-consult").wait_for()
    await taxpayer.fill_identity(taxpayer.name, TAXPAYERS[1].number)
    await taxpayer.press("login-next")
    await expect(page.get_by_text("姓名与证件号码对不上")).to_be_visible()
    await expect(page.get_by_test_id("login-number")).to_be_visible()


@pytest.mark.feature("S1")
async def test_the_session_survives_a_reload_and_ends_with_the_log_out(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    people = people_at(server)
    taxpayer = await people.taxpayer(0)
    await taxpayer.page.reload()
    await taxpayer.page.get_by_test_id("door-consult").wait_for()
    other = await people.another_page(taxpayer)
    await other.open_home(server.url)
    answer = await taxpayer.context.request.delete(f"{server.url}/api/v1/taxpayer/session")
    assert answer.status == 200
    for page in (taxpayer.page, other.page):
        await page.get_by_test_id("login-number").wait_for()
    # Who signs in on one tab need not do it on the other.
    await taxpayer.log_in_here()
    for page in (taxpayer.page, other.page):
        await page.get_by_test_id("door-consult").wait_for()


@pytest.mark.feature("S31")
async def test_a_wrong_password_is_told_in_the_readers_language(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    officer = await people_at(server).officer_signed_out()
    page = officer.page
    await officer.log_in(server.url, "0731", "wrong")
    await expect(page.get_by_text("工号或密码不对")).to_be_visible()
    await page.get_by_test_id("language-switch").first.click()
    await officer.log_in_here("0731", "wrong")
    await expect(page.get_by_text("Staff number or password is wrong")).to_be_visible()


@pytest.mark.feature("S18", "S30")
async def test_a_cancelled_ticket_is_history(start_server: StartServer, people_at: PeopleAt) -> None:
    server = await start_server()
    taxpayer = await people_at(server).taxpayer(0)
    number = await taxpayer.take_ticket("C")
    await taxpayer.press("cancel-ticket")
    await taxpayer.press("dialog-confirm")
    await taxpayer.page.get_by_test_id("cancel-ticket").wait_for(state="detached")
    await taxpayer.page.goto(f"{server.url}/history")
    await taxpayer.press("history-item")
    await expect(taxpayer.page.get_by_text(f"出票 {number}")).to_be_visible()


async def test_no_page_has_an_accessibility_fault(start_server: StartServer, people_at: PeopleAt) -> None:
    server = await start_server()
    people = people_at(server)
    taxpayer = await people.taxpayer(0, signed_in=False)
    await taxpayer.page.goto(server.url)
    await taxpayer.page.get_by_test_id("login-number").wait_for()
    await has_no_fault(taxpayer.page)
    await taxpayer.log_in(server.url)
    await has_no_fault(taxpayer.page)
    await taxpayer.take_ticket("A")
    await taxpayer.sees_ahead(0)
    await has_no_fault(taxpayer.page)

    officer = await people.officer_signed_out()
    await officer.page.goto(f"{server.url}/officer/")
    await officer.page.get_by_test_id("login-staff-number").wait_for()
    await has_no_fault(officer.page)
    await officer.log_in_here("0731", people.password)
    await officer.sign_on("A")
    await officer.sees_waiting("A", 1)
    await has_no_fault(officer.page)
    await officer.call_next()
    await taxpayer.is_called()
    await has_no_fault(officer.page)
    await has_no_fault(taxpayer.page)
    await taxpayer.confirm()
    await taxpayer.is_in_call()
    await officer.is_in_call()
    await has_no_fault(officer.page)
    await has_no_fault(taxpayer.page)
