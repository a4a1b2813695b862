"""Lost answers and networks, a killed server, two tabs, a session that ran out: nothing is lost, nothing is
doubled, and the page says so in words (B7).
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Final

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Route, expect

from server.demo import ADMIN, OFFICERS
from tests.browser.conftest import People, StartServer, TimedServer
from tests.browser.every_page import CONSENT
from tests.browser.pages import TaxpayerPage
from tests.browser.server_process import Served, ServerProcess
from tests.browser.test_business import (
    CAPTCHAS,
    Officer,
    begin_refund,
    choose_slot,
    draft,
    fill,
    picture,
    press,
    solved,
)
from tests.browser.visitor import Visitor
from tests.clients import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PeopleAt = Callable[[ServerProcess], People]

OVER_MS: Final = 13 * 3_600_000
"""Longer than any session."""
SESSION_OVER: Final = "登录已过期，请重新登录。填好的内容都还在。"
NO_ANSWER: Final = "内容都还在"
WAITS: Final = "连上后会自动接着传"


async def lose_next_answer(page: Page, pattern: str) -> None:
    """The server does what is asked next under that address; its answer never arrives."""

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort("connectionreset")

    await page.route(pattern, lose, times=1)


def end_sessions(server: ServerProcess) -> None:
    """Every taxpayer's session has run out."""
    with closing(sqlite3.connect(server.data_dir / "records.sqlite3", timeout=20)) as records, records:
        records.execute("UPDATE sessions SET ends_at_ms = 1 WHERE kind = 'taxpayer'")


async def end_sessions_at(server: ServerProcess, page: Page, pattern: str) -> None:
    """What is asked next under that address is asked by nobody any more."""

    async def ask_too_late(route: Route) -> None:
        end_sessions(server)
        await route.continue_()

    await page.route(pattern, ask_too_late, times=1)


async def log_in_again(taxpayer: TaxpayerPage) -> None:
    """The page says that the session is over, and leads back to where it was."""
    page = taxpayer.page
    await expect(page.get_by_text(SESSION_OVER)).to_be_visible()
    await taxpayer.log_in_here()
    await expect(page.get_by_test_id("login-name")).to_have_count(0)


async def one_more(taxpayer: TaxpayerPage, url: str) -> Page:
    """The same person's other tab."""
    page = await taxpayer.context.new_page()
    await page.goto(url)
    return page


async def texts_of(visitor: Visitor, case_id: str) -> list[str]:
    """What the server has of the taxpayer's messages; a picture has no text."""
    page = await visitor.see(f"/cases/{case_id}/messages?limit=50")
    return [one["text"] for one in page["messages"] if one["sender"] == "taxpayer"]


@pytest.mark.feature("B7", "S17", "S20", "S24")
async def test_what_was_asked_for_and_said_goes_once(start_server: StartServer, people_at: PeopleAt) -> None:
    server = await start_server()
    taxpayer = await people_at(server).taxpayer(0)
    page, context = taxpayer.page, taxpayer.context
    visitor = Visitor(page, server)

    # A question is kept while it is typed, and a ticket whose answer was lost is the same ticket.
    await press(page, "door-consult")
    await page.get_by_test_id("consult-question").fill("车船税怎么退？")
    await page.reload()
    await expect(page.get_by_test_id("consult-question")).to_have_value("车船税怎么退？")
    await lose_next_answer(page, "**/api/v1/taxpayer/consults")
    await press(page, "line-A", "take-ticket")
    await expect(page.get_by_role("alert")).to_contain_text("内容都还在")
    await press(page, "take-ticket")
    await page.get_by_test_id("issued-sheet").wait_for()
    assert await taxpayer.ticket_number() == "A001"
    await press(page, "issued-wait")
    await taxpayer.sees_ahead(0)
    [ticket] = (await visitor.see("/home"))["tickets"]
    case_id = ticket["case_id"]

    # A sentence that is half typed survives the page; one whose answer was lost is there once.
    await press(page, "ticket-chat")
    await page.get_by_test_id("chat-text").fill("还没写完")
    await page.reload()
    await expect(page.get_by_test_id("chat-text")).to_have_value("还没写完")
    await lose_next_answer(page, "**/messages")
    await press(page, "chat-send")
    await expect(page.get_by_test_id("message-pending")).to_have_count(0)
    await expect(page.get_by_text("还没写完")).to_have_count(1)
    await expect(page.get_by_test_id("chat-text")).to_have_value("")

    # The server is killed while the person waits, writes and sends a picture.
    await server.kill()
    await page.get_by_test_id("chat-text").fill("服务器不在")
    await press(page, "chat-send")
    await page.get_by_test_id("chat-picture").set_input_files(picture())
    await expect(page.get_by_test_id("connection-lost")).to_contain_text("网络断开")
    await expect(page.get_by_test_id("message-pending")).to_contain_text("待发送")
    await expect(page.get_by_text(WAITS)).to_be_visible()
    await server.start()
    await expect(page.get_by_test_id("connection-lost")).to_have_count(0)
    await expect(page.get_by_test_id("message-pending")).to_have_count(0)
    await expect(page.get_by_test_id("message-picture")).to_have_count(1)
    assert await texts_of(visitor, case_id) == ["还没写完", "服务器不在", ""]

    # What was written offline goes also where its conversation was left, a picture where its tab was closed.
    await context.set_offline(True)
    await page.get_by_test_id("chat-text").fill("断网时写的")
    await press(page, "chat-send")
    await expect(page.get_by_test_id("message-pending")).to_contain_text("待发送")
    await page.get_by_test_id("chat-picture").set_input_files(picture())
    await expect(page.get_by_text(WAITS)).to_be_visible()
    await page.close()
    await context.set_offline(False)
    taxpayer.page = page = await context.new_page()
    visitor = Visitor(page, server)
    await page.goto(server.url)
    await expect(page.get_by_test_id("home-ticket")).to_contain_text("A001")
    said = ["还没写完", "服务器不在", "", "断网时写的"]
    await eventually(lambda: texts_of(visitor, case_id), lambda texts: texts == said)
    await page.get_by_test_id("home-ticket").get_by_role("button").click()
    await press(page, "ticket-chat")
    await eventually(lambda: texts_of(visitor, case_id), lambda texts: texts == [*said, ""])
    await expect(page.get_by_test_id("message-picture")).to_have_count(2)
    await expect(page.get_by_test_id("message-pending")).to_have_count(0)

    # Offline the ticket is shown on, as of when, and is not given up; given up in one tab it is so in both.
    await page.goto(f"{server.url}/tickets/{ticket['ticket_id']}")
    other = await one_more(taxpayer, page.url)
    for one in (page, other):
        await expect(one.get_by_text("已连接")).to_be_visible()
    await context.set_offline(True)
    for one in (page, other):
        await expect(one.get_by_text("正在重连")).to_be_visible()
        await expect(one.get_by_text("的数据")).to_be_visible()
        await expect(one.get_by_test_id("ticket-number")).to_have_text("A001")
    await press(page, "cancel-ticket", "dialog-confirm")
    await expect(page.get_by_role("alert")).to_contain_text("网络断开了，内容都还在")
    await context.set_offline(False)
    await press(page, "cancel-ticket", "dialog-confirm")
    for one in (page, other):
        await expect(one.get_by_test_id("ticket-state")).to_have_text("已取消排队")


@pytest.mark.feature("B7", "S1", "S7")
async def test_a_form_survives_slow_networks_other_tabs_and_the_end_of_the_session(
    timed_server: TimedServer, people_at: Callable[[Served], People]
) -> None:
    server = timed_server
    taxpayer = await people_at(server).taxpayer(0)
    page, context = taxpayer.page, taxpayer.context
    visitor = Visitor(page, server)
    await begin_refund(page, server)
    await press(page, "form-F04")
    await page.wait_for_url("**/forms/F04")
    case_id = page.url.split("/")[-3]
    form = page.url

    # The network goes in the middle of a picture.
    begun, gone = asyncio.Event(), asyncio.Event()

    async def cut(route: Route) -> None:
        begun.set()
        await gone.wait()
        await route.abort("internetdisconnected")

    await page.route("**/files?**purpose=attachment**", cut, times=1)
    await page.get_by_test_id("attach-tax_receipt").set_input_files(picture())
    await begun.wait()
    await context.set_offline(True)
    gone.set()
    await expect(page.get_by_text(WAITS)).to_be_visible()
    await expect(page.get_by_test_id("connection-lost")).to_be_visible()
    await context.set_offline(False)
    await expect(page.get_by_test_id("file-arrived")).to_have_count(1)
    files = await visitor.see(f"/cases/{case_id}/files?purpose=attachment&form_id=F04&limit=50")
    assert len(files["files"]) == 1

    # Two tabs on one draft: a person chooses, in words, and nothing is written over before.
    other = await context.new_page()
    await other.goto(form)
    await fill(other, ticket="P1")
    await expect(other.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")
    await fill(page, ticket="P2")
    await expect(page.get_by_text("这份表单在别处改过")).to_be_visible()
    await press(page, "keep-mine")
    await expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")
    await other.reload()
    await expect(other.get_by_test_id("field-ticket")).to_have_value("P2")
    await other.close()

    # The session runs out while something is typed: the page says so, and leads back to it.
    await context.set_offline(True)
    await fill(page, ticket="P3")
    await expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "kept")
    server.move_to(server.now_ms() + OVER_MS)
    await context.set_offline(False)
    await expect(page.get_by_text(SESSION_OVER)).to_be_visible()
    await taxpayer.log_in_here()
    await expect(page).to_have_url(form)
    await expect(page.get_by_test_id("field-ticket")).to_have_value("P3")
    await expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")
    saved = await visitor.see(f"/business/{case_id}/forms/F04")
    assert saved["values"]["ticket"] == "P3"
    await expect(page.get_by_test_id("file-arrived")).to_have_count(1)


async def handed_in_and_approved(visitor: Visitor, page: Page, server: ServerProcess) -> tuple[str, str]:
    """A case with something to pay for; its id, and that of the payment."""
    case_id = await draft(page, server)
    officer = Officer(server)
    body = {"mode": "backoffice", "consent_id": CONSENT, "description": "车辆被盗，申请退税。"}
    await visitor.ask("POST", f"/business/{case_id}/submission", **body)
    await officer.sign_in(OFFICERS[0])
    await officer.act(case_id, "approval")
    payment_id = await officer.ask_payment(case_id)
    await officer.close()
    return case_id, payment_id


@pytest.mark.feature("B7", "S9", "S24", "S25", "S28")
async def test_a_receipt_a_talk_and_a_booking_survive_the_same(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    admin = Officer(server)
    await admin.sign_in(ADMIN)
    await admin.open_days_and_nights()
    await admin.close()
    taxpayer = await people_at(server).taxpayer(0)
    visitor = Visitor(taxpayer.page, server)
    case_id, payment_id = await handed_in_and_approved(visitor, taxpayer.page, server)
    await _a_receipt_goes_once(server, taxpayer, f"{server.url}/business/{case_id}/payments/{payment_id}")
    await _a_talk_goes_once(server, taxpayer, case_id)
    await _a_place_is_booked_once(server, taxpayer)
    await _a_visit_is_booked_once(server, taxpayer)


async def _a_receipt_goes_once(server: ServerProcess, taxpayer: TaxpayerPage, url: str) -> None:
    page, context = taxpayer.page, taxpayer.context
    await page.goto(url)
    await page.get_by_test_id("receipt-text").fill("尾号 5583")

    # The server is killed in the middle of the picture; then its session is over while something is typed.
    begun, gone = asyncio.Event(), asyncio.Event()

    async def cut(route: Route) -> None:
        begun.set()
        await gone.wait()
        await route.continue_()

    await page.route("**/files?**purpose=receipt**", cut, times=1)
    await page.get_by_test_id("receipt-picture").set_input_files(picture())
    await begun.wait()
    await server.kill()
    gone.set()
    await expect(page.get_by_text(WAITS)).to_be_visible()
    await expect(page.get_by_test_id("connection-lost")).to_contain_text("网络断开")
    await server.start()
    await expect(page.get_by_test_id("file-arrived")).to_have_count(1)
    await page.get_by_test_id("receipt-text").fill("尾号 5583，已转账")
    await end_sessions_at(server, page, "**/receipt")
    await press(page, "send-receipt")
    await log_in_again(taxpayer)
    await expect(page).to_have_url(url)

    # What is there is in another tab as well. An answer that is lost is not another receipt.
    other = await one_more(taxpayer, url)
    for one in (page, other):
        await expect(one.get_by_test_id("receipt-text")).to_have_value("尾号 5583，已转账")
        await expect(one.get_by_test_id("file-arrived")).to_have_count(1)
    await lose_next_answer(page, "**/receipt")
    await press(page, "send-receipt")
    await expect(page.get_by_role("alert")).to_contain_text(NO_ANSWER)
    # Where a tab has not heard of it yet, the same goes again, or is refused, and the page is as it is then.
    for one in (page, other):
        await one.evaluate("() => document.querySelector('[data-testid=send-receipt]')?.click()")
        await expect(one.get_by_test_id("payment-state")).to_contain_text("等确认")
    await other.close()
    [case_id, _, payment_id] = url.split("/")[-3:]
    timeline = await Visitor(page, server).see(f"/business/{case_id}")
    [payment] = [one for one in timeline["payments"] if one["payment_id"] == payment_id]
    assert len(payment["receipt_file_ids"]) == 1
    assert payment["receipt_text"] == "尾号 5583，已转账"
    assert context.pages == [page]


async def _a_talk_goes_once(server: ServerProcess, taxpayer: TaxpayerPage, case_id: str) -> None:
    page, context = taxpayer.page, taxpayer.context
    url = f"{server.url}/business/{case_id}/messages"
    await page.goto(url)
    other = await one_more(taxpayer, url)

    # Half a sentence is in both tabs, and sent from one of them it is in neither.
    await page.get_by_test_id("chat-text").fill("两个页面")
    await expect(other.get_by_test_id("chat-text")).to_have_value("两个页面")
    await press(other, "chat-send")
    await expect(page.get_by_test_id("chat-text")).to_have_value("")
    for one in (page, other):
        await expect(one.get_by_test_id("message").filter(has_text="两个页面")).to_have_count(1)

    # The session runs out between a sentence, a picture, and half a sentence.
    await page.get_by_test_id("chat-text").fill("还没写完")
    await end_sessions_at(server, page, "**/files?**purpose=chat**")
    await page.get_by_test_id("chat-picture").set_input_files(picture())
    await expect(page.get_by_text(SESSION_OVER)).to_be_visible()
    await other.close()
    await log_in_again(taxpayer)
    await expect(page.get_by_test_id("message-picture")).to_have_count(1)
    await expect(page.get_by_test_id("chat-text")).to_have_value("还没写完")
    await end_sessions_at(server, page, "**/messages")
    await press(page, "chat-send")
    await log_in_again(taxpayer)
    await expect(page.get_by_text("还没写完")).to_have_count(1)
    await expect(page.get_by_test_id("message-pending")).to_have_count(0)
    await expect(page.get_by_test_id("chat-text")).to_have_value("")

    # Each of two tabs writes offline, and both are closed.
    other = await one_more(taxpayer, url)
    await other.get_by_test_id("message-picture").wait_for()
    await context.set_offline(True)
    for one, words in ((page, "这页写的"), (other, "那页写的")):
        await one.get_by_test_id("chat-text").fill(words)
        await press(one, "chat-send")
        await expect(one.get_by_test_id("message-pending").last).to_contain_text("待发送")
    taxpayer.page = await context.new_page()
    await page.close()
    await other.close()
    await context.set_offline(False)
    await taxpayer.page.goto(url)
    visitor = Visitor(taxpayer.page, server)
    said = {"两个页面", "", "还没写完", "这页写的", "那页写的"}
    texts = await eventually(lambda: texts_of(visitor, case_id), lambda texts: set(texts) == said)
    assert len(texts) == len(said)
    await expect(taxpayer.page.get_by_test_id("message-pending")).to_have_count(0)


async def _a_place_is_booked_once(server: ServerProcess, taxpayer: TaxpayerPage) -> None:
    page, context = taxpayer.page, taxpayer.context
    case_id = await draft(page, server)
    await _a_draft_outlives_the_server(server, page, case_id)
    # The style of the last page is lost, when it is fetched ahead or later.
    await page.route("**/assets/BookingPage-*.css", lambda route: route.abort(), times=1)
    await page.goto(f"{server.url}/business/{case_id}/submit")
    await press(page, "mode-backoffice", "consent", "usual-no")
    await page.get_by_test_id("wanted-time").fill("15:30")
    await end_sessions_at(server, page, "**/submission")
    await press(page, "submit-case")
    await log_in_again(taxpayer)
    await expect(page.get_by_test_id("consent")).to_be_checked()
    await expect(page.get_by_test_id("wanted-time")).to_have_value("15:30")
    await press(page, "mode-assist", "submit-case")

    # The server is killed, then the session is over: the place that was chosen is still chosen.
    captcha = await choose_slot(page)
    await page.get_by_test_id("captcha-answer").fill(await solved(server, captcha))
    await server.kill()
    await press(page, "book")
    await expect(page.get_by_test_id("booking-failure")).to_contain_text(NO_ANSWER)
    end_sessions(server)
    await server.start()
    async with page.expect_response("**/captchas") as asked:
        await log_in_again(taxpayer)
    captcha = (await (await asked.value).json())["captcha_id"]
    await expect(page.get_by_test_id("held")).to_be_visible()
    other = await context.new_page()
    async with other.expect_response("**/captchas") as asked:
        await other.goto(page.url)
    other_captcha = (await (await asked.value).json())["captcha_id"]
    await page.get_by_test_id("captcha-answer").fill(await solved(server, captcha))
    await lose_next_answer(page, "**/submission")
    await press(page, "book")
    await expect(page.get_by_test_id("booking-failure")).to_contain_text(NO_ANSWER)
    await press(page, "book")
    await expect(page.get_by_test_id("booking-done")).to_have_text("预约成功")
    await expect(page.get_by_test_id("booking-done")).to_have_css("display", "flex")

    # The other tab still offers to hand it in: it is refused in words, and nothing is booked twice.
    await other.get_by_test_id("captcha-answer").fill(await solved(server, other_captcha))
    await press(other, "book")
    await expect(other.get_by_test_id("booking-failure")).to_be_visible()
    bookings = await Visitor(page, server).see("/bookings?limit=10")
    assert len(bookings["bookings"]) == 1
    assert context.pages == [page, other]


async def _a_draft_outlives_the_server(server: ServerProcess, page: Page, case_id: str) -> None:
    """Killed while somebody types: typing goes on, a reload meanwhile loses nothing, and it is saved then."""
    form = f"{server.url}/business/{case_id}/forms/F04"
    await page.goto(form)
    await fill(page, ticket="P1-")
    await expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")
    await server.kill()
    await fill(page, ticket="P1-2")
    await expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "kept")
    await expect(page.get_by_test_id("save-state")).to_contain_text("已存在本机，连上网后自动保存")
    await fill(page, ticket="P1-23")
    # The browser's own page stands there.
    with pytest.raises(PlaywrightError, match="ERR_CONNECTION"):
        await page.reload()
    await server.start()
    await page.goto(form)
    await expect(page.get_by_test_id("field-ticket")).to_have_value("P1-23")
    await expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")
    saved = await Visitor(page, server).see(f"/business/{case_id}/forms/F04")
    assert saved["values"]["ticket"] == "P1-23"


async def _a_visit_is_booked_once(server: ServerProcess, taxpayer: TaxpayerPage) -> None:
    page, context = taxpayer.page, taxpayer.context
    url = f"{server.url}/visits/new?topic=T24"
    await page.goto(url)
    await press(page, "region-44", "region-4404", "region-440402")
    captcha = await choose_slot(page)
    await page.get_by_test_id("captcha-answer").fill(await solved(server, captcha))

    # Offline in the middle; then the answer is lost.
    await context.set_offline(True)
    await press(page, "book")
    await expect(page.get_by_test_id("booking-failure")).to_contain_text(NO_ANSWER)
    await context.set_offline(False)
    await lose_next_answer(page, "**/api/v1/taxpayer/bookings")
    await press(page, "book")
    await expect(page.get_by_test_id("booking-failure")).to_contain_text(NO_ANSWER)

    # A page that is loaded anew knows what was chosen, and not that it is booked: it is said there, in words.
    other = await context.new_page()
    async with other.expect_response(f"**{CAPTCHAS}") as asked:
        await other.goto(url)
    captcha = (await (await asked.value).json())["captcha_id"]
    await other.get_by_test_id("captcha-answer").fill(await solved(server, captcha))
    await press(other, "book")
    await expect(other.get_by_test_id("booking-failure")).to_contain_text("这个时间您已经约好办这件事")
    await press(other, "to-bookings")
    await expect(other.get_by_test_id("booking-item")).to_have_count(2)

    # The server is killed before the first page asks again: its booking is the one that is there.
    await server.kill()
    await press(page, "book")
    await expect(page.get_by_test_id("booking-failure")).to_contain_text(NO_ANSWER)
    await server.start()
    await press(page, "book")
    await expect(page.get_by_test_id("booking-done")).to_have_text("预约成功")
    bookings = await Visitor(page, server).see("/bookings?limit=10")
    assert [one["kind"] for one in bookings["bookings"]].count("onsite") == 1
