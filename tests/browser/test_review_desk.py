"""审核 through the officer's pages: what is wrong is marked, one of two officers gets a case (S32)."""

import re
from collections.abc import Callable

import pytest
from playwright.async_api import Page, expect

from server.demo import OFFICERS
from tests.browser.conftest import People, StartServer
from tests.browser.faults import has_no_fault
from tests.browser.pages import OfficerPage
from tests.browser.server_process import ServerProcess
from tests.browser.test_business import Officer, draft, press

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PeopleAt = Callable[[ServerProcess], People]


async def handed_in(page: Page, server: ServerProcess) -> str:
    """A refund of vehicle tax that waits for its review; its id."""
    case_id = await draft(page, server)
    await page.goto(f"{server.url}/business/{case_id}/forms")
    await press(page, "forms-next", "consent", "usual-yes")
    await page.get_by_test_id("description").fill("车辆被盗，申请退税。")
    await press(page, "submit-case")
    await expect(page.get_by_text("提交成功，进入审核")).to_be_visible()
    return case_id


async def reviewer(people: People, server: ServerProcess, index: int) -> OfficerPage:
    """One of the demo's officers at the review desk, not signed on to any line."""
    officer = await people.officer_signed_out()
    await officer.log_in(server.url, OFFICERS[index].staff_number, people.password)
    await officer.press("rail-review")
    return officer


async def flag(page: Page, field: str, text: str) -> None:
    await press(page, f"flag-{field}")
    await page.get_by_test_id("flag-text").fill(text)
    await press(page, "flag-save")
    await expect(page.get_by_test_id("flag-save")).to_be_hidden()


@pytest.mark.feature("S32")
async def test_forms_are_reviewed_beside_their_pictures_and_sent_back_with_reasons(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    people = people_at(server)
    taxpayer = (await people.taxpayer(0)).page
    await handed_in(taxpayer, server)
    page = (await reviewer(people, server, 0)).page
    row = page.get_by_test_id("review-row")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("车船税退抵税")
    await expect(row).to_contain_text("陈嘉敏")
    await has_no_fault(page)
    await row.click()
    await expect(page.get_by_test_id("review-form-F04")).to_contain_text("粤C12345")
    await expect(page.get_by_test_id("review-form-F04")).to_contain_text("480.00 元")
    await has_no_fault(page)

    # Two pictures: larger, turned, beside each other.
    picture = page.get_by_test_id("picture")
    await expect(picture).to_have_count(1)
    await expect(picture).to_have_js_property("naturalWidth", 40)
    width = (await picture.bounding_box() or {"width": 0})["width"]
    await press(page, "picture-zoom")
    await page.wait_for_function(
        "(wanted) => Math.abs(document.querySelector('[data-testid=picture]').getBoundingClientRect().width"
        " - wanted) < 1",
        arg=width * 1.5,
    )
    await press(page, "picture-rotate")
    await expect(picture).to_have_attribute("data-turned", "90")
    await press(page, "picture-beside")
    await expect(picture).to_have_count(2)
    await has_no_fault(page)

    # A template's gap has to be filled; what is marked forbids to approve, and can be taken back.
    await expect(page.get_by_test_id("review-reject")).to_be_disabled()
    await press(page, "flag-plate")
    await page.get_by_test_id("flag-text").fill("请补 {材料名称}")
    await press(page, "flag-save")
    await expect(page.get_by_test_id("flag-fault")).to_contain_text("材料名称")
    await has_no_fault(page)
    await page.get_by_test_id("flag-text").fill("与登记证不一致")
    await press(page, "flag-save")
    await expect(page.get_by_test_id("review-approve")).to_be_disabled()
    await expect(page.get_by_test_id("review-why")).to_contain_text("1")
    await press(page, "unflag-plate")
    await expect(page.get_by_test_id("review-approve")).to_be_enabled()
    await flag(page, "paid_tax", "转让后只能退 11、12 月，应为 80.00 元")
    await flag(page, "bank", "请写开户网点")
    await has_no_fault(page)
    await press(page, "review-reject")
    await expect(page.get_by_text(re.compile("已退回，请在 .* 前重新提交"))).to_be_visible()
    await expect(page.get_by_test_id("review-empty")).to_be_visible()
    await expect(taxpayer.get_by_test_id("stage-review")).to_have_class(re.compile("bad"))
    await expect(taxpayer.get_by_test_id("review-faults")).to_contain_text("应为 80.00 元")
    await expect(taxpayer.get_by_test_id("review-faults")).to_contain_text("请写开户网点")


@pytest.mark.feature("S32")
async def test_of_two_officers_one_gets_a_review_and_the_other_is_told_who(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    people = people_at(server)
    case_id = await handed_in((await people.taxpayer(0)).page, server)
    pages = [(await reviewer(people, server, index)).page for index in range(2)]
    for page in pages:
        await expect(page.get_by_test_id("review-row")).to_have_count(1)
    address = f"{server.url}/officer/review/{case_id}"
    for page in pages:
        await page.goto(address, wait_until="commit")
    for page in pages:
        await expect(page.get_by_test_id("review-form-F04")).to_be_visible()
    taken = [await page.get_by_test_id("review-taken").count() for page in pages]
    assert sorted(taken) == [0, 1]
    has_it, told = (pages[taken.index(0)], pages[taken.index(1)])
    holder = OFFICERS[taken.index(0)]
    await expect(told.get_by_test_id("review-taken")).to_contain_text(
        f"{holder.name}（{holder.staff_number}）"
    )
    await expect(told.get_by_test_id("review-holder")).to_contain_text(holder.name)
    await expect(told.get_by_test_id("review-row")).to_have_attribute("aria-disabled", "true")
    await expect(told.get_by_test_id("review-approve")).to_be_disabled()
    await has_no_fault(told)

    # Whoever leaves puts it back; the other may try again.
    await has_it.get_by_test_id("rail-lines").click()
    await expect(told.get_by_test_id("review-row")).to_have_attribute("aria-disabled", "false")
    await told.get_by_role("button", name="再试一次").click()
    await expect(told.get_by_test_id("review-approve")).to_be_enabled()
    # It was decided meanwhile, from elsewhere: the page says so and loses nothing.
    officer = Officer(server)
    await officer.sign_in(OFFICERS[taken.index(1)])
    await officer.act(case_id, "approval")
    await officer.close()
    await press(told, "review-approve")
    await expect(told.get_by_test_id("review-over")).to_be_visible()


@pytest.mark.feature("S32")
async def test_a_review_is_done_by_keyboard_alone_and_in_english(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    people = people_at(server)
    taxpayer = (await people.taxpayer(0)).page
    await handed_in(taxpayer, server)
    page = (await reviewer(people, server, 0)).page
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", name="To review")).to_be_visible()
    await expect(page.get_by_test_id("review-row")).to_have_count(1)
    keyboard = page.keyboard
    await keyboard.press("j")
    await expect(page.get_by_test_id("review-row")).to_be_focused()
    await keyboard.press("Enter")
    await expect(page.get_by_test_id("review-approve")).to_be_enabled()
    await expect(page.get_by_test_id("review-form-F04")).to_contain_text("480.00 yuan")
    await expect(page.get_by_test_id("picture")).to_be_visible()
    await keyboard.press("t")
    await expect(page.get_by_test_id("picture")).to_have_attribute("data-turned", "90")
    # F marks the whole form; keys are letters while somebody writes.
    await keyboard.press("f")
    await page.get_by_test_id("flag-text").focus()
    await keyboard.press("Control+a")
    await keyboard.type("a jar")
    await has_no_fault(page)
    await page.get_by_test_id("flag-save").focus()
    await keyboard.press("Enter")
    await expect(page.get_by_test_id("flagged")).to_have_text("a jar")
    await expect(page.get_by_test_id("flag-save")).to_be_hidden()
    await keyboard.press("a")
    await expect(page.get_by_test_id("review-why")).to_contain_text("Remove the marks")
    await page.get_by_role("button", name="Remove the mark").focus()
    await keyboard.press("Enter")
    await expect(page.get_by_test_id("flagged")).to_have_count(0)
    await has_no_fault(page)
    await keyboard.press("a")
    await expect(page.get_by_test_id("review-empty")).to_be_visible()
    await expect(taxpayer.get_by_test_id("stage-review")).to_contain_text("审核通过")
