"""The hall on its supervisor's wall, in reports and in the audit trail (B9)."""

import asyncio
import csv
import io
import re
import time
from collections.abc import Callable

import pytest
from openpyxl import load_workbook
from playwright.async_api import Page, expect

from queueing.states import TicketState
from server.demo import SUPERVISOR
from signaling import events
from tests.browser.conftest import People, StartServer
from tests.browser.faults import has_no_fault
from tests.browser.server_process import ServerProcess
from tests.clients import OfficerClient, TaxpayerClient
from tests.product import CHEN, GENERAL, HUANG, LIANG, LIN

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PeopleAt = Callable[[ServerProcess], People]
Figures = Callable[[str, float], None]


async def save(page: Page, link: str) -> tuple[str, bytes]:
    """What the link saves, and under which name."""
    async with page.expect_download() as waiting:
        await page.get_by_test_id(link).click()
    download = await waiting.value
    return download.suggested_filename, await asyncio.to_thread((await download.path()).read_bytes)


async def cells(page: Page) -> dict[str, str]:
    """The report's total by the heads of its columns."""
    heads = await page.locator("[data-testid=report-table] thead th").all_inner_texts()
    total = await page.locator("[data-testid=report-total] > *").all_inner_texts()
    return dict(zip(heads, total, strict=True))


@pytest.mark.feature("B9")
async def test_a_supervisor_sees_the_hall_now_over_days_and_who_did_what(
    start_server: StartServer, people_at: PeopleAt, figures: Figures
) -> None:
    server = await start_server(queue_lease_ms=4_000, queue_confirm_ms=60_000)
    people = people_at(server)
    boss = await people.officer_signed_out()
    await boss.log_in(server.url, SUPERVISOR.staff_number, people.password)
    page = boss.page
    # Who runs the hall and serves nobody begins there.
    await expect(page.get_by_test_id("wall-fine")).to_be_visible()
    await expect(page.get_by_test_id("wall-in-time")).to_contain_text("–")
    row = page.get_by_test_id(f"wall-officer-{LIN.staff_number}")
    await expect(row).to_have_attribute("data-state", "signed_off")
    await has_no_fault(page)

    visitors = [TaxpayerClient(server.url) for _ in range(3)]
    lin = OfficerClient(server.url)
    try:
        await lin.sign_in(LIN)
        desk = await lin.open_page()
        for visitor, person in zip(visitors, (CHEN, HUANG, LIANG), strict=True):
            await visitor.sign_in(person)
        case_id = await visitors[0].open_consult("t1", GENERAL)
        await visitors[1].take("t2", GENERAL)
        await expect(page.get_by_test_id("wall-waiting")).to_contain_text("2")
        await expect(page.get_by_test_id("wall-attention-unserved")).to_be_visible()
        await lin.sign_on(desk, GENERAL)
        await expect(row).to_have_attribute("data-state", "ready")
        await expect(page.get_by_test_id("wall-fine")).to_be_visible()

        begun = time.monotonic()
        await lin.call_next(desk, "r1")
        await expect(row).to_have_attribute("data-state", "called")
        figures("wall_shows_a_call_s", time.monotonic() - begun)
        await expect(page.get_by_test_id("wall-line-C")).to_contain_text("100 %")
        taxpayer = await visitors[0].open_page()
        view = await visitors[0].watch(taxpayer, "t1")
        served = await taxpayer.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=view.call_number)
        await expect(row).to_have_attribute("data-state", "serving")
        await expect(row).to_contain_text(served.number)
        await lin.finish(desk, served, "unsuccessful")
        await expect(page.get_by_test_id("wall-finished")).to_contain_text("未办成 1 件")
        await expect(page.get_by_test_id("wall-waits-table").locator("tbody tr").first).to_contain_text("1")
        await expect(page.get_by_test_id("wall-crowd-table").locator("tbody tr").last).to_contain_text("1")
        await expect(page.locator(".drawn svg")).to_have_count(2)
        await has_no_fault(page)

        # The second one is served at a console, and then its browser is gone, without a sign-off.
        console = await people.officer()
        await console.page.get_by_test_id("call-next").wait_for()
        await desk.close()
        number = await console.call_next()
        waits = await visitors[1].open_page()
        view = await visitors[1].watch(waits, "t2")
        await waits.call(events.TICKET_CONFIRM, ticket_id="t2", call_number=view.call_number)
        await expect(row).to_have_attribute("data-state", "serving")
        await expect(row).to_contain_text(number)
        await console.page.context.close()
        # The lease gives the ticket back: its taxpayer waits again, and the wall says whose console is gone.
        again = await waits.wait_for(events.TICKET_CHANGED, lambda one: one.state is TicketState.WAITING)
        assert (again.number, again.call_number) == (number, view.call_number)
        await expect(row).to_have_attribute("data-state", "away")
        await expect(row).not_to_contain_text(number)
        await expect(page.get_by_test_id("wall-attention-away")).to_contain_text(LIN.name)
        await expect(page.get_by_test_id("wall-waiting")).to_contain_text("1")
        await page.emulate_media(color_scheme="dark")
        await has_no_fault(page)
        await page.emulate_media(color_scheme="light")

        await boss.press("rail-reports")
        await expect(page.get_by_test_id("report-row")).to_have_count(7)
        total = await cells(page)
        assert (total["取号"], total["首次呼叫"], total["办结"], total["未办成"]) == ("2", "2", "1", "1")
        await has_no_fault(page)
        await page.get_by_test_id("by-officer").check(force=True)
        await expect(page.get_by_test_id("report-row")).to_have_count(1)
        await expect(page.get_by_test_id("report-row")).to_contain_text(LIN.name)
        await page.get_by_test_id("by-line").check(force=True)
        await expect(page.get_by_test_id("report-row")).to_have_count(5)
        total = await cells(page)
        name, saved = await save(page, "save-csv")
        assert re.fullmatch(r"shuitong-[0-9-]{21}-line\.csv", name)
        *_, last = csv.DictReader(saved.decode("utf-8-sig").splitlines())
        counts = {head: total[head] for head in ("取号", "首次呼叫", "办结", "弃号", "转入")}
        assert {head: last[head] for head in counts} == counts
        name, saved = await save(page, "save-xlsx")
        assert name.endswith("-line.xlsx")
        book = load_workbook(io.BytesIO(saved))
        assert book.active is not None
        heads, *_, row_of_total = book.active.iter_rows(values_only=True)
        sheet = dict(zip(heads, row_of_total, strict=True))
        assert {head: str(sheet[head]) for head in counts} == counts

        await boss.press("rail-audit")
        await expect(page.get_by_test_id("audit-row").first).to_be_visible()
        await has_no_fault(page)
        number = (await visitors[0].case(case_id)).number
        await page.get_by_test_id("audit-case").fill(number)
        await boss.press("audit-search")
        await expect(page.get_by_test_id("audit-empty")).to_be_visible()
        await page.get_by_test_id("audit-case").fill("")
        await page.get_by_test_id("audit-staff").fill(LIN.staff_number)
        await page.get_by_test_id("audit-action").select_option("session.open")
        await boss.press("audit-search")
        # Once over the socket, and once at the console.
        await expect(page.get_by_test_id("audit-row")).to_have_count(2)
        await expect(page.get_by_test_id("audit-row").first).to_contain_text("登录")
        await page.get_by_role("button", name="English").click()
        await expect(page.get_by_test_id("audit-row").first).to_contain_text("Logged in")
        await has_no_fault(page)
        await boss.press("rail-wall")
        await expect(page.get_by_test_id("wall-attention-away")).to_contain_text("console")
        await has_no_fault(page)
    finally:
        for client in (*visitors, lin):
            await client.close()
