"""Conversations, their video and the back office through the officer's pages (S34, S35, S36)."""

import asyncio
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final

import pytest
from playwright.async_api import Page, Route, expect

from cases.conversation.views import MessagePage
from cases.videos.states import VideoState
from cases.videos.views import VideoView
from server.demo import ADMIN, LINES, OFFICERS, TAXPAYERS
from signaling import events
from signaling.events import Command
from tests.browser.conftest import People, StartServer
from tests.browser.faults import has_no_fault
from tests.browser.pages import OfficerPage, TaxpayerPage
from tests.browser.server_process import ServerProcess
from tests.browser.test_business import Officer, choose_slot, draft, picture, press, solved
from tests.browser.test_review_desk import handed_in
from tests.clients import Page as SocketPage
from tests.clients import TaxpayerClient

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PeopleAt = Callable[[ServerProcess], People]
MANY: Final = 300
PAGE: Final = 50
KEPT_FILES: Final = """() => new Promise((resolve) => {
  const opening = indexedDB.open('shuitong')
  opening.onsuccess = () => {
    const counting = opening.result.transaction('files').objectStore('files').count()
    counting.onsuccess = () => resolve(counting.result)
  }
})"""
"""How many files the device keeps that did not arrive yet."""


async def console(people: People, server: ServerProcess, index: int, section: str) -> Page:
    """One of the demo's officers in a section of the console, not signed on to any line."""
    officer = await people.officer_signed_out()
    await officer.log_in(server.url, OFFICERS[index].staff_number, people.password)
    await officer.press(f"rail-{section}")
    return officer.page


async def in_both_modes(page: Page) -> None:
    """axe finds nothing, light and dark."""
    await has_no_fault(page)
    await page.emulate_media(color_scheme="dark")
    await has_no_fault(page)
    await page.emulate_media(color_scheme="light")


def put_many(server: ServerProcess, case_id: str, count: int) -> None:
    """So many more conversations like that of the case, each older than the one before."""
    with closing(sqlite3.connect(server.data_dir / "records.sqlite3", timeout=20)) as records, records:
        for table, rows in (
            ("cases", "case_id = ?"),
            ("conversations", "case_id = ?"),
            ("messages", "case_id = ? AND number = 1"),
        ):
            columns = [name for _, name, *_ in records.execute(f"PRAGMA table_info({table})")]
            changed = {
                "case_id": "case_id || '-' || :n",
                "number": "'9' || printf('%012d', :n)" if table == "cases" else "number",
                "last_at_ms": "last_at_ms - 60000 * :n",
                "at_ms": "at_ms - 60000 * :n",
                "last_number": "1",
                "ticket_id": "NULL",
                "changed_at_ms": "changed_at_ms - 86400000",
            }
            read = ", ".join(changed.get(name, name) for name in columns)
            records.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {read} FROM {table} "
                f"WHERE {rows.replace('?', ':case_id')}",
                [{"n": number, "case_id": case_id} for number in range(1, count + 1)],
            )


class Caller:
    """A taxpayer who asks for video over the socket, as their page does."""

    def __init__(self, server: ServerProcess) -> None:
        self.client = TaxpayerClient(server.url)
        self.case_id = ""
        self._page: SocketPage

    async def begin(self) -> None:
        """With a consult that waits in its line, and one message in its conversation."""
        await self.client.sign_in(TAXPAYERS[1])
        self._page = await self.client.open_page()
        self.case_id = await self.client.open_consult("t1", LINES[0].line_id)
        body = {"message_id": "m1", "text": "想视频说明一下"}
        answer = await self.client.ask("POST", f"/api/v1/taxpayer/cases/{self.case_id}/messages", body)
        assert answer.status == 201

    async def send(self, command: Command, request_id: str) -> VideoView:
        view = await self._page.call(command, case_id=self.case_id, request_id=request_id)
        assert isinstance(view, VideoView)
        return view

    async def became(self, request_id: str, state: VideoState) -> VideoView:
        def is_it(view: Any) -> bool:
            return view.request.request_id == request_id and view.request.state is state

        view = await self._page.wait_for(events.VIDEO_CHANGED, is_it)
        assert isinstance(view, VideoView)
        return view

    async def asked(self) -> str:
        """The id of the request that rings at this page."""
        view = await self._page.wait_for(events.VIDEO_ASKED)
        request_id: str = view.request.request_id
        return request_id

    async def hang_up(self, call_id: str) -> None:
        await self._page.call(events.CALL_HANG_UP, call_id=call_id)

    async def heard(self) -> list[str]:
        """What officers wrote."""
        answer = await self.client.ask("GET", f"/api/v1/taxpayer/cases/{self.case_id}/messages")
        return [one.text for one in answer.as_(MessagePage).messages if one.sender.value == "officer"]

    async def close(self) -> None:
        await self.client.close()


async def talk(page: Page, other: Page, phone: Page, case_id: str) -> None:
    """Both sides talk; the second console sees what the first one did."""
    row, same = (one.locator(f"[data-talk-row][data-case='{case_id}']") for one in (page, other))
    for console_row in (row, same):
        await expect(console_row.get_by_test_id("row-unread")).to_contain_text("1")
    for one in (page, other):
        await expect(one.get_by_test_id("rail-conversations").get_by_test_id("rail-badge")).to_contain_text(
            "1"
        )
    # From the list to sending by keyboard, with a quick reply that was written before.
    async with page.expect_response("**/officer/conversations?*search=*"):
        await page.keyboard.press("/")
        await page.keyboard.type("嘉敏")
    await page.get_by_test_id("talk-search").blur()
    await expect(page.get_by_test_id("talk-row").first).to_have_attribute("data-case", case_id)
    await page.keyboard.press("j")
    await expect(row).to_be_focused()
    await page.keyboard.press("Enter")
    text = page.get_by_test_id("talk-text")
    await expect(text).to_be_focused()
    await expect(page.get_by_test_id("case-facts")).to_contain_text("车辆被盗")
    await expect(page.get_by_test_id("new-from")).to_have_count(1)
    await press(page, "manage-replies")
    await page.get_by_test_id("reply-text").fill("您好，请稍等，我核对一下。")
    await press(page, "reply-add")
    await expect(page.get_by_test_id("reply-insert")).to_have_count(1)
    await has_no_fault(page)
    await page.keyboard.press("Escape")
    await text.focus()
    await page.keyboard.press("Alt+1")
    await expect(text).to_have_value("您好，请稍等，我核对一下。")
    await page.keyboard.press("Enter")
    await expect(text).to_have_value("")
    await expect(phone.get_by_text("我核对一下")).to_be_visible()
    await expect(page.get_by_test_id("read-mark")).to_have_text("已读")
    await expect(same).to_contain_text(f"{OFFICERS[0].name}: 您好")
    for one in (page, other):
        await expect(one.get_by_test_id("row-unread")).to_have_count(0)
        await expect(one.get_by_test_id("rail-conversations").get_by_test_id("rail-badge")).to_have_count(0)

    # What the connection lost goes once; what was not sent stays with its conversation.
    await page.context.set_offline(True)
    await text.fill("资料收到了")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("message-pending")).to_have_count(1)
    await page.context.set_offline(False)
    await expect(page.get_by_test_id("message-pending")).to_have_count(0)
    await expect(phone.get_by_text("资料收到了")).to_have_count(1)
    await text.fill("还没写完")
    await page.keyboard.press("Escape")
    await expect(row).to_be_focused()
    await page.get_by_test_id("talk-search").fill("")
    await page.get_by_test_id("talk-row").nth(1).click()
    await expect(text).to_have_value("")
    await row.click()
    await expect(text).to_have_value("还没写完")
    await text.fill("")

    # Pictures, both ways.
    await page.get_by_test_id("talk-picture").set_input_files(picture())
    await expect(phone.get_by_test_id("message-picture")).to_have_count(1)
    await phone.get_by_test_id("chat-picture").set_input_files(picture())
    await expect(page.get_by_test_id("message-picture")).to_have_count(2)


async def scroll_through(page: Page, count: int) -> None:
    """The list comes a page at a time, as far as somebody scrolls."""
    rows = page.get_by_test_id("talk-row")
    shown = PAGE
    await expect(rows).to_have_count(shown)
    while shown < count:
        await rows.last.scroll_into_view_if_needed()
        await expect(rows).not_to_have_count(shown)
        shown = await rows.count()
    assert shown == count


async def video(page: Page, other: Page, caller: Caller) -> None:
    """Refused with a reason, accepted by one of two consoles, asked for by the officer, withdrawn."""
    url = page.url.split("/officer")[0]
    await caller.send(events.VIDEO_ASK, "v1")
    for one in (page, other):
        await expect(one.get_by_test_id("video-ringing")).to_contain_text(TAXPAYERS[1].name)
    await has_no_fault(page)
    await press(page, "ringing-refuse", "refuse-text")
    await has_no_fault(page)
    await press(page, "refuse-video-confirm")
    await caller.became("v1", VideoState.REFUSED)
    for one in (page, other):
        await expect(one.get_by_test_id("video-ringing")).to_have_count(0)
    await page.goto(f"{url}/officer/conversations/{caller.case_id}")
    message = page.get_by_test_id("message").filter(has_text="请直接发文字或图片")
    await expect(message).to_be_visible()
    assert len(await caller.heard()) == 1

    await caller.send(events.VIDEO_ASK, "v2")
    await expect(page.get_by_test_id("video-bar")).to_contain_text("申请视频")
    await expect(page.get_by_test_id("video-ringing")).to_have_count(0)
    await press(page, "video-accept")
    accepted = await caller.became("v2", VideoState.ACCEPTED)
    await expect(page.get_by_test_id("call-page")).to_be_visible()
    await expect(page.get_by_test_id("call-state")).to_have_attribute(
        "data-state", re.compile("starting|connecting")
    )
    await expect(other.get_by_test_id("video-ringing")).to_have_count(0)
    await in_both_modes(page)
    # It goes on while another page is open, and over a reload.
    await press(page, "rail-conversations")
    await expect(page.get_by_test_id("call-bar")).to_be_visible()
    await page.reload()
    await expect(page.get_by_test_id("call-page")).to_be_visible()
    assert accepted.call is not None
    await caller.hang_up(accepted.call.call_id)
    await expect(page.get_by_test_id("call-state")).to_have_attribute("data-state", "ended")
    await has_no_fault(page)

    await press(page, "video-again")
    await expect(page.get_by_test_id("video-withdraw")).to_be_visible()
    asked = await caller.asked()
    view = await caller.send(events.VIDEO_ACCEPT, asked)
    await expect(page.get_by_test_id("call-page")).to_be_visible()
    assert view.call is not None
    await caller.hang_up(view.call.call_id)
    await press(page, "video-to-talk")
    await caller.send(events.VIDEO_ASK, "v3")
    await expect(page.get_by_test_id("video-accept")).to_be_visible()
    await caller.send(events.VIDEO_WITHDRAW, "v3")
    await expect(page.get_by_test_id("video-ask")).to_be_visible()


@pytest.mark.feature("S34")
async def test_two_consoles_talk_with_taxpayers_and_answer_their_video(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    people = people_at(server)
    phone = (await people.taxpayer(0)).page
    case_id = await handed_in(phone, server)
    page, other = [await console(people, server, index, "conversations") for index in range(2)]
    await expect(page.get_by_test_id("talk-row")).to_have_count(1)
    put_many(server, case_id, MANY)
    await phone.goto(f"{server.url}/business/{case_id}/messages")
    await phone.get_by_test_id("chat-text").fill("请问什么时候能办好？")
    await press(phone, "chat-send")
    await page.reload()
    await scroll_through(page, MANY + 1)
    await in_both_modes(page)
    await talk(page, other, phone, case_id)
    await in_both_modes(page)
    await page.get_by_role("button", name="English").click()
    await has_no_fault(page)
    await page.get_by_role("button", name="中文").click()
    caller = Caller(server)
    try:
        await caller.begin()
        await press(page, "rail-check")
        await video(page, other, caller)
    finally:
        await caller.close()


def pass_promise(server: ServerProcess, case_id: str) -> None:
    """What was promised for the case was an hour ago."""
    with closing(sqlite3.connect(server.data_dir / "records.sqlite3", timeout=20)) as records, records:
        records.execute(
            "UPDATE cases SET promised_by_ms = unixepoch('now') * 1000 - 3600000 WHERE case_id = ?", [case_id]
        )


@pytest.mark.feature("S36")
async def test_the_back_office_is_worked_by_due_time_and_finished(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    people = people_at(server)
    phone = (await people.taxpayer(0)).page
    case_id = await handed_in(phone, server)
    second = await handed_in(phone, server)
    officer = Officer(server)
    await officer.sign_in(OFFICERS[0])
    for approved in (case_id, second):
        await officer.act(approved, "approval")
    await officer.close()
    pass_promise(server, second)
    page, other = [await console(people, server, index, "work") for index in range(2)]
    rows = page.get_by_test_id("work-row")
    await expect(rows).to_have_count(2)
    await expect(page.get_by_test_id("rail-work").get_by_test_id("rail-badge")).to_contain_text("2")
    # The overdue one first, in words and red.
    await expect(rows.first.get_by_test_id("work-due")).to_contain_text("已超期 01:")
    await expect(rows.first.get_by_test_id("work-due")).to_have_class(re.compile("tag-bad"))
    await expect(rows.nth(1).get_by_test_id("work-due")).to_contain_text("前办结")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("review-form-F04")).to_contain_text("粤C12345")
    await expect(page.get_by_test_id("picture")).to_have_js_property("naturalWidth", 40)
    await expect(page.get_by_test_id("work-finish")).to_have_count(0)
    await in_both_modes(page)
    await page.get_by_test_id("work-take").focus()
    await page.keyboard.press("w")
    await expect(page.get_by_test_id("work-finish")).to_be_enabled()
    # The other console sees whose it is, and may look but not finish.
    await expect(other.get_by_test_id("work-holder")).to_contain_text(OFFICERS[0].name)
    await other.get_by_test_id("work-row").first.click()
    await expect(other.get_by_test_id("work-said")).to_contain_text(OFFICERS[0].name)
    await expect(other.get_by_test_id("work-take")).to_have_count(0)
    await press(page, "work-unsuccessful", "dialog-confirm")
    await expect(page.get_by_role("alert").filter(has_text="未办成要写明原因")).to_be_visible()
    await has_no_fault(page)
    await press(page, "dialog-cancel", "work-finish")
    await page.get_by_test_id("work-remark").fill("已退回原账户")
    await press(page, "dialog-confirm")
    for one in (page, other):
        await expect(one.get_by_test_id("work-row")).to_have_count(1)
    await expect(page.get_by_test_id("rail-work").get_by_test_id("rail-badge")).to_contain_text("1")
    await phone.goto(f"{server.url}/business/{second}")
    await expect(phone.get_by_text("已退回原账户")).to_be_visible()


async def booked(server: ServerProcess, phone: Page) -> str:
    """A case with a time booked for video, in its window; its id."""
    admin = Officer(server)
    await admin.sign_in(ADMIN)
    await admin.open_days_and_nights()
    await admin.close()
    case_id = await draft(phone, server)
    await phone.goto(f"{server.url}/business/{case_id}/submit")
    await press(phone, "mode-assist", "submit-case")
    captcha = await choose_slot(phone)
    await phone.get_by_test_id("captcha-answer").fill(await solved(server, captcha))
    await press(phone, "book")
    await expect(phone.get_by_test_id("booking-done")).to_be_visible()
    officer = Officer(server)
    await officer.sign_in(OFFICERS[1])
    await officer.act(case_id, "approval")
    await officer.close()
    return case_id


async def on_the_call_page(officer: OfficerPage, taxpayer: TaxpayerPage, server: ServerProcess) -> None:
    """The ticket of the case is issued, called and confirmed."""
    await press(taxpayer.page, "to-case", "issue", "issued-wait")
    await officer.call_next()
    await taxpayer.is_called()
    # While it rings the case is beside the board already.
    page = officer.page
    await expect(page.get_by_test_id("case-facts")).to_contain_text("在线帮办")
    await has_no_fault(page)
    await press(page, "tab-forms")
    await expect(page.get_by_test_id("review-form-F04")).to_contain_text("粤C12345")
    await taxpayer.confirm()
    await officer.is_in_call()


async def asks_for_a_picture(page: Page, phone: Page, subject: str, lead: str) -> None:
    """The officer asks, and the phone says of what."""
    await press(page, "call-still")
    await page.get_by_test_id(f"still-{subject}").check()
    await press(page, "still-send")
    await expect(page.get_by_test_id("still-said")).to_have_attribute("data-word", "asked")
    await expect(page.get_by_test_id("call-still")).to_be_disabled()
    await expect(phone.get_by_test_id("still-lead")).to_contain_text(lead)


async def still_pictures(page: Page, phone: Page, case_id: str) -> None:
    """Refused, withdrawn, consented to with the camera that was off, and with a picture that was picked."""
    said = page.get_by_test_id("still-said")
    await asks_for_a_picture(page, phone, "document", "举到镜头前")
    await has_no_fault(page)
    await has_no_fault(phone)
    # Esc is no answer; the buttons are reached by keyboard.
    await phone.keyboard.press("Escape")
    await phone.get_by_test_id("still-refuse").focus()
    await phone.keyboard.press("Enter")
    await expect(said).to_have_attribute("data-word", "refused")
    await expect(phone.get_by_test_id("still-sheet")).to_be_hidden()

    await press(phone, "call-camera")
    await asks_for_a_picture(page, phone, "person", "本人的照片")
    # A page that was loaded anew goes back into the call, and is asked the same.
    await phone.reload()
    await expect(phone.get_by_test_id("still-no-camera")).to_contain_text("摄像头没有打开")
    await expect(phone.get_by_test_id("still-consent")).to_be_disabled()
    await has_no_fault(phone)
    await press(page, "still-withdraw")
    await expect(phone.get_by_test_id("still-told")).to_contain_text("已撤回")
    await press(phone, "still-close")

    pictures = page.get_by_test_id("message-picture")
    await asks_for_a_picture(page, phone, "document", "举到镜头前")
    await press(phone, "still-camera-on")
    preview = phone.get_by_test_id("still-preview")
    await expect(preview).not_to_have_js_property("videoWidth", 0)
    size = await preview.evaluate("video => [video.videoWidth, video.videoHeight]")
    await press(phone, "still-consent")
    await expect(phone.get_by_test_id("still-told")).to_have_attribute("data-stage", "sent")
    await expect(said).to_have_attribute("data-word", "arrived")
    await expect(pictures).to_have_count(1)
    await has_no_fault(phone)
    await press(phone, "still-close")
    await asks_for_a_picture(page, phone, "document", "举到镜头前")
    await phone.get_by_test_id("still-pick").set_input_files(picture())
    await expect(phone.get_by_test_id("still-picked")).to_have_js_property("naturalWidth", 40)
    # The page is loaded anew before the picture has gone: it goes from the next one, once.
    begun = asyncio.Event()

    async def never_end(route: Route) -> None:
        begun.set()

    await phone.route("**/files?**purpose=chat**", never_end, times=1)
    await press(phone, "still-consent")
    await begun.wait()
    await phone.reload()
    await expect(phone.get_by_test_id("still-told")).to_have_attribute("data-stage", "sent")
    await expect(pictures).to_have_count(2)
    assert await phone.evaluate(KEPT_FILES) == 0
    await press(phone, "still-close")

    # As large as the phone's own camera gives it, whatever of that reached the officer.
    url = page.url.split("/officer")[0]
    answer = await page.request.get(f"{url}/api/v1/officer/cases/{case_id}/messages?limit=50")
    taken, _ = [file for one in (await answer.json())["messages"] for file in one["pictures"]]
    assert [taken["width_px"], taken["height_px"]] == size
    for words in ("纳税人不同意发送材料照片。", "税务人员撤回了拍照请求，没有拍本人照片。"):
        await expect(page.get_by_text(words)).to_be_visible()
    await expect(page.get_by_text("纳税人同意发送材料照片。")).to_have_count(2)


@pytest.mark.feature("S35", "S28")
async def test_the_case_is_beside_the_video_with_its_payment_and_documents(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    # A day before its slot, so that it is open at once.
    server = await start_server(booking_window_ms=86_400_000)
    people = people_at(server)
    taxpayer = await people.taxpayer(0)
    phone = taxpayer.page
    case_id = await booked(server, phone)
    assist = next(line.letter for line in LINES if line.kind.value == "assist")
    officer = await people.officer(assist)
    await on_the_call_page(officer, taxpayer, server)
    page = officer.page
    await expect(page.get_by_test_id("case-facts")).to_contain_text("在线帮办")
    await in_both_modes(page)
    await press(page, "tab-forms")
    await expect(page.get_by_test_id("review-form-F04")).to_contain_text("粤C12345")
    await press(page, "tab-pictures")
    await expect(page.get_by_test_id("case-picture")).to_have_count(2)
    await press(page, "case-picture")
    await expect(page.get_by_test_id("picture")).to_have_js_property("naturalWidth", 40)
    await has_no_fault(page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("picture")).to_have_count(0)

    # A document is asked for in the conversation, which is there too.
    await press(page, "tab-summary", "ask-document", "document-other")
    await page.get_by_test_id("document-text").fill("登记证书第 2 页")
    await has_no_fault(page)
    await press(page, "document-send", "tab-talk")
    await expect(page.get_by_text("请在会话里发来：登记证书第 2 页。")).to_be_visible()
    await has_no_fault(page)

    await still_pictures(page, phone, case_id)

    await press(page, "tab-payment", "payment-send")
    await expect(page.get_by_text("请填大于 0 的金额")).to_be_visible()
    await page.get_by_test_id("payment-amount").fill("126.40")
    await page.get_by_test_id("payment-purpose").fill("补缴车船税及滞纳金")
    await in_both_modes(page)
    await press(page, "payment-send")
    await expect(page.get_by_test_id("payment-state")).to_have_text("等上传回执")
    # With a call running every page that is loaded goes back into it.
    await press(phone, "call-hang-up", "confirm-hang-up")
    await expect(phone.get_by_test_id("call-page")).to_have_count(0)
    second = await taxpayer.context.new_page()
    for words, accepted in (("尾号 5583", False), ("清楚的一张", True)):
        await second.goto(f"{server.url}/business/{case_id}")
        await press(second, "payment-link")
        if not accepted:
            await second.get_by_test_id("receipt-picture").set_input_files([picture(), picture("2.png")])
            await expect(second.get_by_test_id("file-arrived")).to_have_count(2)
        await second.get_by_test_id("receipt-text").fill(words)
        await press(second, "send-receipt")
        # It comes to the officer's page by itself.
        await expect(page.get_by_test_id("payment-state")).to_have_text("回执待确认")
        await expect(page.get_by_test_id("receipt")).to_have_count(2)
        await expect(page.get_by_text(words)).to_be_visible()
        if accepted:
            await press(page, "payment-confirm")
            await expect(second.get_by_test_id("payment-state")).to_have_text("已确认")
        else:
            await press(page, "payment-return")
            await expect(page.get_by_text("退回要写明原因")).to_be_visible()
            await page.get_by_test_id("payment-remark").fill("第 2 张看不清流水号")
            await has_no_fault(page)
            await press(page, "payment-return")
            await expect(second.get_by_test_id("payment-remark")).to_have_text("第 2 张看不清流水号")
    await second.close()
    await expect(page.get_by_test_id("payment-state")).to_have_text("已确认")

    # What was noted meanwhile is there when it is finished.
    await press(page, "tab-summary")
    await page.get_by_test_id("call-notes").fill("材料齐全，已退税")
    await press(page, "finish-completed")
    await expect(page.get_by_test_id("finish-remark")).to_have_value("材料齐全，已退税")
    await press(page, "dialog-confirm")
    await officer.holds_nothing()
