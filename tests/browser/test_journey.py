"""One piece of business, whole: from the log-in to its place in history, two days of it (S1–S30)."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from cases.clock import SystemClock, local_date
from server.demo import HALL, OFFICERS
from tests.browser.conftest import People, TimedServer
from tests.browser.pages import TaxpayerPage
from tests.browser.server_process import Served
from tests.browser.test_business import (
    Officer,
    answer,
    attach,
    choose_slot,
    draft,
    fill_refund,
    picture,
    press,
    solved,
)
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

MINUTE_MS: Final = 60_000
TIMELINE: Final = re.compile(r"/business/[0-9a-f]{32}(\?.*)?$")


async def hand_in(taxpayer: TaxpayerPage, server: Served, slot_start_ms: int) -> str:
    """Somebody else's refund with a call at the same time, without its pages; the case's id."""
    visitor = Visitor(taxpayer.page, server)
    case_id = await draft(taxpayer.page, server, taxpayer.name)
    captcha_id = (await visitor.ask("POST", "/captchas", captcha_kind="image"))["captcha_id"]
    place = {
        "hall_id": HALL.hall_id,
        "slot_start_ms": slot_start_ms,
        "captcha_id": captcha_id,
        "captcha_answer": await solved(server, captcha_id),
    }
    await visitor.ask("POST", f"/business/{case_id}/submission", mode="assist", description="", place=place)
    return case_id


async def later_day(visitor: Visitor) -> str:
    """The first day after today with a free place."""
    today = local_date(SystemClock().now_ms(), HALL.time_zone)
    first, last = today + timedelta(days=1), today + timedelta(days=12)
    found = await visitor.see(f"/halls/{HALL.hall_id}/days?kind=assist&first={first}&last={last}")
    day: str = next(one["day"] for one in found["days"] if one["is_working"] and one["left"])
    return day


async def fill_and_book(page: Page, server: Served) -> None:
    """From the questions of guidance to a booked call."""
    await press(page, "door-guidance", "region-44", "region-4404", "region-440402", "subcategory-S0305")
    await answer(page, "a", "a")
    await press(page, "to-topic", "node-N1", "notice-start", "channel-begin", "form-F04")
    await fill_refund(page)
    await attach(page, "tax_receipt", "police_proof")
    await expect(page.get_by_test_id("file-arrived")).to_have_count(2)
    await press(page, "form-done", "forms-next", "mode-assist")
    await page.get_by_test_id("description").fill("车辆被盗，申请退税。")
    await press(page, "submit-case")
    await press(page, f"day-{await later_day(Visitor(page, server))}")
    captcha = await choose_slot(page)
    await page.get_by_test_id("captcha-answer").fill(await solved(server, captcha))
    await press(page, "book")
    await expect(page.get_by_test_id("booking-done")).to_be_visible()
    await press(page, "to-case")
    await page.wait_for_url(TIMELINE)


async def approve(server: Served, *case_ids: str) -> None:
    officer = Officer(server)
    await officer.sign_in(OFFICERS[1])
    for case_id in case_ids:
        await officer.act(case_id, "approval")
    await officer.close()


@pytest.mark.feature(
    *("S1", "S3", "S5", "S7", "S9", "S14", "S15", "S16", "S17", "S20", "S21", "S27", "S28", "S29", "S30")
)
async def test_a_refund_from_the_log_in_to_history(
    timed_server: TimedServer, people_at: Callable[[Served], People]
) -> None:
    server = timed_server
    people = people_at(server)
    first = await people.taxpayer(1)
    taxpayer = await people.taxpayer(0)
    page = taxpayer.page
    await fill_and_book(page, server)
    case_id = page.url.split("/")[-1].partition("?")[0]
    visitor = Visitor(page, server)
    booked = (await visitor.see(f"/business/{case_id}"))["case"]["booked"]
    earlier = await hand_in(first, server, booked["slot_start_ms"])

    # Approved: the timeline hears of it while it is open, and counts down to its window.
    await expect(page.get_by_test_id("stage-review")).to_contain_text("审核中")
    await approve(server, case_id, earlier)
    await expect(page.get_by_test_id("stage-review")).to_contain_text("审核通过")
    await expect(page.get_by_test_id("due-left")).to_contain_text(":")
    await expect(page.get_by_test_id("issue")).to_have_count(0)
    await page.goto(f"{server.url}/todos")
    await expect(page.get_by_test_id("case-left")).to_contain_text(":")
    await asks_nothing_while_it_counts_down(page)

    # The day of the booking: the session is over, and signing in leads back. Who is called before the slot
    # has until it begins, so it is begun.
    server.move_to(booked["slot_start_ms"] + MINUTE_MS)
    await page.goto(f"{server.url}/business/{case_id}")
    await taxpayer.log_in_here()
    await first.log_in(server.url)
    await Visitor(first.page, server).ask("POST", f"/business/{earlier}/ticket", ticket_id=earlier)
    await press(page, "issue")
    await expect(page.get_by_test_id("issued-sheet")).to_contain_text("出票成功")
    assert await taxpayer.ticket_number() == "D002"
    await press(page, "issued-wait")
    await taxpayer.sees_ahead(1)
    desk = await people.officer("D")
    assert await desk.call_next() == "D001"
    await taxpayer.sees_ahead(0)
    await desk.press("abandon")
    await desk.confirm()
    await desk.holds_nothing()

    # Called, on whatever page; both see and hear each other.
    await page.goto(f"{server.url}/todos")
    assert await desk.call_next() == "D002"
    await taxpayer.is_called()
    await taxpayer.confirm()
    await asyncio.gather(taxpayer.is_in_call(), desk.is_in_call())
    await asyncio.gather(taxpayer.frames_grow(), desk.frames_grow())
    await asyncio.gather(taxpayer.hears(something=True), desk.hears(something=True))

    # A payment is asked for during the call, and its receipts are seen and confirmed.
    officer = Officer(server)
    await officer.sign_in(OFFICERS[0])
    payment_id = await officer.ask_payment(case_id)
    await taxpayer.hang_up()
    await page.goto(f"{server.url}/business/{case_id}")
    await press(page, "payment-link")
    await page.get_by_test_id("receipt-picture").set_input_files([picture(), picture("2.png")])
    await expect(page.get_by_test_id("file-arrived")).to_have_count(2)
    await page.get_by_test_id("receipt-text").fill("尾号 5583")
    # Left before it was sent: both are still there.
    await page.reload()
    await expect(page.get_by_test_id("receipt-text")).to_have_value("尾号 5583")
    await expect(page.get_by_test_id("file-arrived")).to_have_count(2)
    await press(page, "send-receipt")
    await expect(page.get_by_test_id("payment-state")).to_contain_text("等确认")
    await officer.answer_payment(case_id, payment_id, accepted=True, remark="")
    await officer.close()
    await expect(page.get_by_test_id("payment-state")).to_have_text("已确认")

    await desk.page.get_by_test_id("open-call").click()
    await desk.finish()
    await page.goto(f"{server.url}/history")
    await press(page, "history-item")
    await expect(page.get_by_test_id("close-reason")).to_have_text("已办结")
    await shows_everything(page, booked)


async def asks_nothing_while_it_counts_down(page: Page) -> None:
    """A page of to-dos has its cases, and hears of what changes."""
    asked: list[str] = []
    left = page.get_by_test_id("case-left")
    for second in range(5):
        if second == 2:
            page.on("request", lambda request: asked.append(request.url) if "/todos" in request.url else None)
        shown = await left.inner_text()
        await expect(left).not_to_have_text(shown)
    assert asked == []


async def shows_everything(page: Page, booked: dict[str, Any]) -> None:
    """What happened, in its order, and nothing to press that would change it."""
    await press(page, "happenings")
    happened = await page.get_by_test_id("happenings").inner_text()
    steps = [
        "提交填单",
        "审核通过",
        "出票",
        "呼叫您",
        "发起支付",
        "提交支付回执",
        "确认支付",
        "结束办理",
    ]
    missing = [step for step in steps if step not in happened]
    assert not missing, happened
    assert str(booked["hall"]["name"]["zh"]) in await page.locator("main").inner_text()
    for gone in ("issue", "cancel-booking", "withdraw", "continue", "resubmit"):
        await expect(page.get_by_test_id(gone)).to_have_count(0)
    await press(page, "see-forms", "form-F04")
    await expect(page.get_by_test_id("field-plate")).to_have_value("粤C12345")
    await expect(page.get_by_test_id("field-plate")).not_to_be_editable()
    await expect(page.get_by_test_id("file-arrived")).to_have_count(2)
