"""The reception's page: tickets on paper, their slips, and calling them to a counter."""

from collections.abc import Callable

import pytest
from playwright.async_api import expect

from server.demo import RECEPTION
from tests.browser.conftest import People, StartServer
from tests.browser.faults import has_no_fault
from tests.browser.server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PeopleAt = Callable[[ServerProcess], People]


@pytest.mark.feature("S31", "S37")
async def test_a_paper_ticket_is_issued_called_and_served_at_the_counter(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    people = people_at(server)
    officer = await people.officer_signed_out()
    page = officer.page
    await officer.log_in(server.url, RECEPTION.staff_number, people.password)
    await page.get_by_test_id("signon-line-E").get_by_role("checkbox").check()
    await page.get_by_test_id("signon-counter").fill("3")
    await officer.press("signon-submit")
    await page.get_by_test_id("call-next").wait_for()

    await officer.press("rail-reception")
    await has_no_fault(page)
    await officer.press("issue-paper")
    await expect(page.get_by_test_id("slip-number")).to_have_text("E001")
    await expect(page.get_by_test_id("slip-qr")).to_have_js_property("complete", value=True)
    assert await page.get_by_test_id("slip-qr").evaluate("(picture) => picture.naturalWidth") > 0
    first_code = await page.get_by_test_id("slip-code").inner_text()
    await page.get_by_text("65 岁以上或残障人士").click()
    await officer.press("issue-paper")
    await expect(page.get_by_test_id("slip-number")).to_have_text("E002")
    await has_no_fault(page)

    # A slip is 80 mm wide, and the only thing on its paper.
    await page.emulate_media(media="print")
    await page.wait_for_function(
        "(wanted) => Math.abs(document.querySelector('[data-testid=slip]').getBoundingClientRect().width"
        " - wanted) < 1",
        arg=80 / 25.4 * 96,
    )
    await expect(page.get_by_test_id("issue-paper")).to_be_hidden()
    await expect(page.get_by_test_id("slip-code")).to_be_visible()
    await page.emulate_media(media="screen")

    await officer.press("reprint-E001")
    await expect(page.get_by_test_id("slip-number")).to_have_text("E001")
    assert await page.get_by_test_id("slip-code").inner_text() != first_code

    await page.get_by_role("button", name="叫号台").click()
    await officer.sees_waiting("E", 2)
    # The older person comes first.
    assert await officer.call_next() == "E002"
    await expect(page.get_by_text("请到 3 号窗口")).to_be_visible()
    await has_no_fault(page)
    await page.keyboard.press("a")
    await page.get_by_test_id("counter-stage").wait_for()
    await expect(page.get_by_test_id("counter-stage")).to_contain_text("正在 3 号窗口办理")
    await has_no_fault(page)
    await officer.finish()

    await officer.press("rail-reception")
    await expect(page.get_by_test_id("paper-E002")).to_contain_text("已办结")
    await expect(page.get_by_test_id("cancel-paper-E002")).to_be_disabled()
    await officer.press("cancel-paper-E001")
    await officer.confirm()
    await expect(page.get_by_test_id("paper-E001")).to_contain_text("已取消")
    await page.get_by_test_id("language-switch").first.click()
    await expect(page.get_by_role("heading", name="Reception")).to_be_visible()
    assert "reception." not in await page.inner_text("body")


@pytest.mark.feature("S37")
async def test_the_reception_issues_tickets_without_a_desk(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    people = people_at(server)
    officer = await people.officer_signed_out()
    page = officer.page
    await officer.log_in(server.url, RECEPTION.staff_number, people.password)
    await page.get_by_test_id("signon-submit").wait_for()
    await officer.press("rail-reception")
    await page.get_by_test_id("booking-number").fill("2026112700099")
    await officer.press("find-visit")
    await expect(page.get_by_text("今天没有这个预约")).to_be_visible()
    await officer.press("issue-paper")
    await expect(page.get_by_test_id("slip-number")).to_have_text("E001")
    # Coming back to the same page, the list is there.
    await page.reload()
    await expect(page.get_by_test_id("paper-E001")).to_contain_text("等候")
