"""Tax business through the taxpayer's pages, from the first question on."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any, Final, cast

import pytest
from PIL import Image
from playwright.async_api import FilePayload, Page, expect

from cases.clock import SystemClock, local_date
from cases.database import Database
from cases.sealing import Sealer
from server.demo import ADMIN, HALL, OFFICERS, DemoOfficer, key_of
from tests.browser.conftest import People, StartServer
from tests.browser.faults import has_no_fault
from tests.browser.server_process import Served, ServerProcess
from tests.browser.visitor import Visitor
from tests.captchas import answer_of
from tests.clients import OfficerClient
from tests.records import records_url

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PeopleAt = Callable[[ServerProcess], People]


PHOTO: Final = "photo.png"
CAPTCHAS: Final = "/api/v1/taxpayer/captchas"
FAULTS: Final = [{"reason": "R01", "form_id": "F04", "field": "ticket", "text": "图片模糊，请重新拍摄"}]
REFUND: Final[dict[str, str | bool]] = {
    "phone": "13800138000",
    "plate": "粤C12345",
    "tax_year": "2026",
    "paid_tax": "480.00",
    "ticket": "P1",
    "payer_name": "陈嘉敏",
    "reason": "lost",
    "event": "theft",
    "event_on": "2026-09-10",
    "annual_tax": "480.00",
    "in_arrears": False,
    "method": "refund",
    "bank": "某银行",
    "account_name": "陈嘉敏",
    "account_number": "6222000000001",
    "declare": True,
}


async def fill(page: Page, **values: str | bool) -> None:
    """Fill fields of a form in, by their types."""
    for name, value in values.items():
        if isinstance(value, bool):
            await press(page, f"field-{name}-{'yes' if value else 'no'}")
            continue
        field = page.get_by_test_id(f"field-{name}")
        if await field.evaluate("(element) => element.tagName") == "SELECT":
            await field.select_option(value)
        else:
            await field.fill(value)


async def fill_refund(page: Page) -> None:
    await fill(page, **REFUND)


async def attach(page: Page, *kinds: str) -> None:
    """One photo of each kind."""
    for kind in kinds:
        await page.get_by_test_id(f"attach-{kind}").set_input_files(picture())


async def choose_slot(page: Page) -> str:
    """The first free one; the id of the captcha that comes with it."""
    async with page.expect_response(f"**{CAPTCHAS}") as answer:
        await page.get_by_test_id("slot").first.click()
    captcha_id: str = (await (await answer.value).json())["captcha_id"]
    return captcha_id


async def solved(server: Served, captcha_id: str) -> str:
    """What a person reads in the picture, or hears."""
    database = Database(records_url(server.data_dir))
    sealer = Sealer([key_of(server.data_dir, "identity")], key_of(server.data_dir, "index"))
    try:
        return await answer_of(database, sealer, captcha_id)
    finally:
        await database.close()


class Officer:
    """An officer's side, over HTTP."""

    def __init__(self, server: Served) -> None:
        self._client = OfficerClient(server.url)

    async def sign_in(self, officer: DemoOfficer) -> None:
        await self._client.sign_in(officer)

    async def close(self) -> None:
        await self._client.close()

    async def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = await self._client.ask(method, f"/api/v1/{path}", body)
        assert answer.status < 300, answer.body
        return cast("dict[str, Any]", json.loads(answer.body))

    async def act(self, case_id: str, what: str, **body: Any) -> None:
        await self._ask("POST", f"officer/cases/{case_id}/{what}", body or None)

    async def say(self, case_id: str, text: str) -> None:
        await self._ask("POST", f"officer/cases/{case_id}/messages", {"message_id": "m1", "text": text})

    async def heard(self, case_id: str) -> list[str]:
        """What the taxpayer wrote."""
        page = await self._ask("GET", f"officer/cases/{case_id}/messages")
        return [one["text"] for one in page["messages"] if one["sender"] == "taxpayer"]

    async def ask_payment(self, case_id: str) -> str:
        body = {"amount_fen": 12_640, "purpose": "补缴车船税"}
        asked = await self._ask("POST", f"officer/cases/{case_id}/payments", body)
        payment_id: str = asked["payment_id"]
        return payment_id

    async def answer_payment(self, case_id: str, payment_id: str, *, accepted: bool, remark: str) -> None:
        body = {"result": "confirmed" if accepted else "returned", "remark": remark}
        await self._ask("POST", f"officer/cases/{case_id}/payments/{payment_id}/result", body)

    async def finish(self, case_id: str) -> None:
        await self._ask(
            "POST", f"officer/cases/{case_id}/result", {"outcome": "completed", "remark": "已退税"}
        )

    async def open_days_and_nights(self) -> None:
        """So that there are slots whenever the test runs."""
        hall = await self._ask("GET", f"admin/halls/{HALL.hall_id}")
        version, today = hall["version"], local_date(SystemClock().now_ms(), HALL.time_zone)
        for later in range(3):
            body = {
                "version": version,
                "is_open": True,
                "is_working": True,
                "periods": [{"opens_min": 0, "closes_min": 1440}],
            }
            day = today + timedelta(days=later)
            version = (await self._ask("PUT", f"admin/halls/{HALL.hall_id}/days/{day}", body))["version"]


def picture(name: str = PHOTO) -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": photo()}


def photo() -> bytes:
    """A picture of 40 by 30."""
    buffer = BytesIO()
    Image.new("RGB", (40, 30), (120, 160, 140)).save(buffer, "PNG")
    return buffer.getvalue()


async def begin_refund(page: Page, server: Served) -> None:
    """A draft of the refund of vehicle tax, as whoever comes back to a favourite begins it."""
    await page.goto(f"{server.url}/topics/T24/N1/channels")
    await press(page, "region-44", "region-4404", "region-440402", "channel-begin")
    await page.get_by_test_id("form-F04").wait_for()


async def press(page: Page, *test_ids: str) -> None:
    for test_id in test_ids:
        await page.get_by_test_id(test_id).first.click()


async def answer(page: Page, *answers: str) -> None:
    """Choose an answer and go on, question after question."""
    for number, one in enumerate(answers, start=1):
        await expect(page.locator("legend .number")).to_contain_text(str(number))
        await press(page, f"answer-{one}", "question-next")


@pytest.mark.feature("S2", "S3", "S4", "S5", "S6", "S13")
async def test_guidance_leads_to_a_notice_and_ways_and_is_kept(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    page = (await people_at(server).taxpayer(0)).page
    await press(page, "door-guidance", "region-44", "region-4404")
    await has_no_fault(page)
    await press(page, "region-440402", "subcategory-S0305")
    await has_no_fault(page)
    # Going back is leaving out the last answer, by the page's button and by the browser's.
    await answer(page, "a")
    await press(page, "question-back")
    await expect(page.locator("legend .number")).to_contain_text("1")
    await answer(page, "a", "a")
    await page.go_back()
    await expect(page.locator("legend .number")).to_contain_text("2")
    await press(page, "answer-a", "question-next")
    await expect(page.get_by_test_id("found-topic")).to_contain_text("车船税退抵税")
    await press(page, "to-topic", "node-N1")
    await expect(page.get_by_text("受理后10个工作日")).to_be_visible()
    await expect(page.get_by_text("已自动放进“我的收藏”")).to_be_visible()
    await has_no_fault(page)
    async with page.context.expect_page() as printed:
        await press(page, "notice-print")
    paper = await printed.value
    await expect(paper.get_by_text("车船税退抵税").first).to_be_visible()
    await paper.close()
    await press(page, "notice-start")
    await expect(page.locator("ol > li").first).to_have_attribute("data-testid", "channel-etax")
    await has_no_fault(page)

    await page.goto(f"{server.url}/favourites")
    await expect(page.get_by_test_id("favourite")).to_have_count(2)
    await has_no_fault(page)
    await press(page, "favourite-remove")
    await expect(page.get_by_test_id("favourite")).to_have_count(1)
    await page.goto(f"{server.url}/guidance?sub=S0305")
    await press(page, "answer-human", "question-next", "guidance-consult")
    await expect(page.get_by_test_id("line-A")).to_be_visible()


@pytest.mark.feature("S7", "S12", "B7")
async def test_a_form_is_checked_while_it_is_typed_and_never_lost(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    page = (await people_at(server).taxpayer(0)).page
    await begin_refund(page, server)
    await press(page, "form-F04")
    await expect(page.get_by_test_id("field-applicant_name")).to_have_value("陈嘉敏")
    await has_no_fault(page)
    # A sum that cannot be, told once the field was left, and gone as soon as it is right.
    await fill(
        page,
        plate="粤C12345",
        tax_year="2026",
        paid_tax="480",
        reason="lost",
    )
    await fill(page, phone="12")
    await page.get_by_test_id("field-plate").focus()
    await expect(page.get_by_test_id("field-phone-fault")).to_be_visible()
    await fill(page, phone="13800138000")
    await expect(page.get_by_test_id("field-phone-fault")).to_have_count(0)
    await expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")

    # Offline: what is typed stays on the device, over a lost page too.
    await page.context.set_offline(True)
    await fill(page, ticket="P1")
    await expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "kept")
    await page.context.set_offline(False)
    await page.reload()
    await expect(page.get_by_test_id("field-ticket")).to_have_value("P1")
    await expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")

    # Another page was first: nothing is overwritten before a person chose.
    other = await page.context.new_page()
    await other.goto(page.url)
    await fill(other, ticket="P2")
    await expect(other.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")
    await other.close()
    await fill(page, ticket="P3")
    await expect(page.get_by_text("这份表单在别处改过")).to_be_visible()
    await press(page, "dialog-cancel")
    await expect(page.get_by_test_id("field-ticket")).to_have_value("P2")

    await fill_refund(page)
    await expect(page.get_by_test_id("faults-left")).to_contain_text("2")
    await attach(page, "tax_receipt", "police_proof")
    await expect(page.get_by_test_id("file-arrived")).to_have_count(2)
    await has_no_fault(page)
    await press(page, "form-done")
    await expect(page.get_by_test_id("form-F04")).to_have_attribute("data-state", "ready")
    await has_no_fault(page)
    await press(page, "forms-next")
    await page.get_by_test_id("description").fill("车" * 201)
    await expect(page.get_by_test_id("description-count")).to_have_text("200 / 200")
    await has_no_fault(page)

    await page.goto(f"{server.url}/forms")
    await expect(page.get_by_test_id("my-form")).to_have_count(2)
    await has_no_fault(page)
    await press(page, "form-delete", "dialog-confirm")
    await expect(page.get_by_test_id("my-form")).to_have_count(0)


async def draft(page: Page, server: Served, name: str = "陈嘉敏") -> str:
    """A draft of the refund with everything in it, of who has that name; its id."""
    browser = Visitor(page, server)
    begun = await browser.ask("POST", "/business", topic_id="T24", node_id="N1", region_code="440402")
    case_id: str = begun["case_id"]
    values: dict[str, Any] = REFUND | {
        "applicant_name": name,
        "payer_name": name,
        "account_name": name,
        "tax_year": 2026,
        "paid_tax": 48_000,
        "annual_tax": 48_000,
    }
    await browser.ask("PUT", f"/business/{case_id}/forms/F04", version=0, values=values)
    for kind in ("tax_receipt", "police_proof"):
        await browser.send(
            f"/cases/{case_id}/files?purpose=attachment&form_id=F04&kind={kind}&name={PHOTO}", photo()
        )
    return case_id


@pytest.mark.feature("S8", "S14", "S16", "S23", "S24", "S25", "S28", "S29", "S30")
async def test_the_back_office_does_it_from_a_rejection_to_history(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    page = (await people_at(server).taxpayer(0)).page
    case_id = await draft(page, server)
    await page.goto(f"{server.url}/business/{case_id}/forms")
    await press(page, "forms-next", "consent", "usual-yes")
    await page.get_by_test_id("description").fill("车辆被盗，申请退税。")
    await has_no_fault(page)
    await press(page, "submit-case")
    await expect(page.get_by_text("提交成功，进入审核")).to_be_visible()
    await has_no_fault(page)

    officer = Officer(server)
    await officer.sign_in(OFFICERS[0])
    await officer.act(case_id, "rejection", faults=FAULTS)
    await expect(page.get_by_test_id("stage-review")).to_have_class(re.compile("bad"))
    await expect(page.get_by_test_id("review-faults")).to_contain_text("请重新拍摄")
    await expect(page.get_by_test_id("due-left")).to_contain_text(":")
    await page.goto(f"{server.url}/todos")
    await expect(page.get_by_test_id("case-state")).to_have_text("审核不通过")
    await has_no_fault(page)
    await press(page, "case-next", "form-F04")
    await fill(page, ticket="P9")
    await expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")
    await press(page, "form-done", "forms-next")
    await expect(page.get_by_test_id("stage-review")).not_to_have_class(re.compile("bad"))

    # What an officer says is counted while the page is open; what was sent offline goes once.
    await officer.say(case_id, "您好，请补一张照片。")
    await expect(page.get_by_test_id("timeline-unread")).to_have_text("1")
    await press(page, "timeline-chat")
    await expect(page.get_by_text("请补一张照片")).to_be_visible()
    await has_no_fault(page)
    await page.context.set_offline(True)
    await page.get_by_test_id("chat-text").fill("好的")
    await press(page, "chat-send")
    await expect(page.get_by_test_id("message-pending")).to_have_count(1)
    await page.context.set_offline(False)
    await expect(page.get_by_test_id("message-pending")).to_have_count(0)
    await page.get_by_test_id("chat-picture").set_input_files(picture())
    await expect(page.get_by_test_id("message-picture")).to_be_visible()
    assert await officer.heard(case_id) == ["好的", ""]

    await officer.act(case_id, "approval")
    payment_id = await officer.ask_payment(case_id)
    await page.goto(f"{server.url}/business/{case_id}")
    await press(page, "payment-link")
    await has_no_fault(page)
    await page.get_by_test_id("receipt-picture").set_input_files([picture(), picture("2.png")])
    await expect(page.get_by_test_id("file-arrived")).to_have_count(2)
    await page.get_by_test_id("receipt-text").fill("尾号 5583")
    await press(page, "send-receipt")
    await expect(page.get_by_test_id("payment-state")).to_contain_text("等确认")
    await officer.answer_payment(case_id, payment_id, accepted=False, remark="第 2 张看不清")
    await expect(page.get_by_test_id("payment-remark")).to_have_text("第 2 张看不清")
    await press(page, "send-receipt")
    await expect(page.get_by_test_id("payment-state")).to_contain_text("等确认")
    await officer.answer_payment(case_id, payment_id, accepted=True, remark="")
    await expect(page.get_by_test_id("payment-state")).to_have_text("已确认")

    await officer.finish(case_id)
    await officer.close()
    await page.goto(f"{server.url}/history")
    await press(page, "history-item")
    await expect(page.get_by_test_id("close-reason")).to_have_text("已办结")
    await press(page, "happenings")
    await expect(page.get_by_text("确认支付")).to_be_visible()
    await has_no_fault(page)
    await page.goto(f"{server.url}/messages")
    await expect(page.get_by_test_id("notification").first).to_be_visible()
    await has_no_fault(page)


@pytest.mark.feature("S9", "S10", "S11", "S15", "S17", "S18")
async def test_a_time_is_booked_and_its_ticket_taken(start_server: StartServer, people_at: PeopleAt) -> None:
    # A day before its slot, so that it is open at once.
    server = await start_server(booking_window_ms=86_400_000)
    admin = Officer(server)
    await admin.sign_in(ADMIN)
    await admin.open_days_and_nights()
    await admin.close()
    page = (await people_at(server).taxpayer(0)).page
    case_id = await draft(page, server)
    await page.goto(f"{server.url}/business/{case_id}/submit")
    await press(page, "mode-assist", "submit-case")
    captcha = await choose_slot(page)
    await expect(page.get_by_test_id("held")).to_contain_text("为您保留")
    await has_no_fault(page)
    # A wrong answer ends the captcha; nothing that was chosen is lost.
    async with page.expect_response(f"**{CAPTCHAS}") as other:
        await page.get_by_test_id("captcha-answer").fill("00000")
        await press(page, "book")
    captcha = (await (await other.value).json())["captcha_id"]
    await expect(page.get_by_test_id("booking-failure")).to_be_visible()
    await page.get_by_test_id("captcha-answer").fill(await solved(server, captcha))
    await press(page, "book")
    await expect(page.get_by_test_id("booking-done")).to_have_text("预约成功")
    await has_no_fault(page)
    async with page.expect_download() as file:
        await press(page, "calendar")
    assert "BEGIN:VEVENT" in (await (await file.value).path()).read_text(encoding="utf-8")
    await press(page, "to-case")
    await expect(page.get_by_test_id("due-left")).to_contain_text(":")
    await expect(page.get_by_test_id("issue")).to_have_count(0)

    officer = Officer(server)
    await officer.sign_in(OFFICERS[0])
    await officer.act(case_id, "approval")
    await officer.close()
    await press(page, "issue")
    await expect(page.get_by_test_id("issued-sheet")).to_contain_text("出票成功")
    await press(page, "issued-wait")
    await expect(page.get_by_test_id("cancel-ticket")).to_be_visible()

    await page.goto(f"{server.url}/visits/new?topic=T24")
    await press(page, "region-44", "region-4404", "region-440402")
    captcha = await choose_slot(page)
    async with page.expect_response(f"**{CAPTCHAS}") as heard:
        await press(page, "captcha-listen")
    captcha = (await (await heard.value).json())["captcha_id"]
    await expect(page.get_by_test_id("captcha-sound")).to_be_visible()
    await page.get_by_test_id("captcha-answer").fill(await solved(server, captcha))
    await press(page, "book")
    await expect(page.get_by_test_id("booking-done")).to_be_visible()
    await press(page, "booking-cancel", "dialog-confirm")
    await expect(page.get_by_test_id("booking-state")).to_have_text("已取消")
    await page.goto(f"{server.url}/bookings")
    await expect(page.get_by_test_id("booking-item")).to_have_count(2)
    await has_no_fault(page)
