"""What admins set up counts at once, in the hall that is running (S38)."""

import re
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from cases.booking.views import DaysView, HallSetup, SlotsView
from cases.conversation.views import QuickReplies
from cases.guidance.catalogue import SHIPPED
from cases.guidance.views import ReasonsView
from server.demo import ADMIN, HALL, OFFICERS, TAXPAYERS
from tests.browser.conftest import People, StartServer
from tests.browser.faults import has_no_fault
from tests.browser.server_process import ServerProcess
from tests.clients import OfficerClient, TaxpayerClient

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PeopleAt = Callable[[ServerProcess], People]
SETUP = f"/api/v1/admin/halls/{HALL.hall_id}"
PLACES = f"/api/v1/taxpayer/halls/{HALL.hall_id}"
SAVED = "已保存，马上生效"


class Walk:
    """The admin's page, and others who are in the hall meanwhile."""

    def __init__(self, page: Page, admin: OfficerClient, taxpayer: TaxpayerClient) -> None:
        self.page = page
        self.admin = admin
        self.taxpayer = taxpayer

    async def press(self, *names: str) -> None:
        for name in names:
            await self.page.get_by_test_id(name).click()

    async def fill(self, **values: str) -> None:
        for name, value in values.items():
            await self.page.get_by_test_id(name.replace("_", "-")).fill(value)

    async def save(self, key: str) -> None:
        """Returns once it is said to be saved, and the word of the one before is gone."""
        await expect(self.page.get_by_text(SAVED)).to_have_count(0)
        await self.press(key)
        await expect(self.page.get_by_text(SAVED)).to_be_visible()

    async def letters(self) -> list[str]:
        return [line.letter for line in (await self.taxpayer.lines()).lines]

    async def setup(self) -> HallSetup:
        return (await self.admin.ask("GET", SETUP)).as_(HallSetup)

    async def days(self) -> DaysView:
        first = datetime.now(ZoneInfo(HALL.time_zone)).date()
        query = f"kind=onsite&first={first}&last={first + timedelta(days=14)}"
        return (await self.taxpayer.ask("GET", f"{PLACES}/days?{query}")).as_(DaysView)

    async def slots(self, day: date) -> SlotsView:
        asked = await self.taxpayer.ask("GET", f"{PLACES}/slots?kind=onsite&day={day.isoformat()}")
        return asked.as_(SlotsView)

    async def changed_elsewhere(self, **changes: Any) -> None:
        """Another admin is faster."""
        line = next(line for line in (await self.setup()).lines if line.letter == "B")
        name = {"zh": line.name.zh, "en": line.name.en}
        body = {
            "line_name": name,
            "open": True,
            "weight": 1,
            "version": (await self.setup()).version,
            **changes,
        }
        assert (await self.admin.ask("PUT", f"{SETUP}/lines/{line.line_id}", body)).status == 200


@pytest.mark.feature("S38", "S31")
async def test_what_admins_set_up_counts_at_once_in_the_running_hall(
    start_server: StartServer, people_at: PeopleAt, tmp_path: Path
) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "catalogue")
    server = await start_server(catalogue_dir=str(folder))
    people = people_at(server)
    seat = await people.officer_signed_out()
    await seat.log_in(server.url, ADMIN.staff_number, people.password)
    admin, taxpayer = OfficerClient(server.url), TaxpayerClient(server.url)
    await admin.sign_in(ADMIN)
    await taxpayer.sign_in(TAXPAYERS[0])
    walk = Walk(seat.page, admin, taxpayer)
    await walk.press("rail-admin")
    await expect(walk.page.get_by_test_id("admin-line-A")).to_be_visible()
    await has_no_fault(walk.page)
    await lines(walk)
    await hours_and_days(walk)
    await displays(walk)
    await officers(walk, people, server)
    await catalogue(walk, folder)
    await texts(walk)
    await in_english_and_in_the_dark(walk)
    await admin.close()
    await taxpayer.close()


async def lines(walk: Walk) -> None:
    page = walk.page
    # Closed: no more tickets. Opened again, and a new one beside it.
    await walk.press("edit-line-A")
    await page.get_by_test_id("line-open").uncheck()
    await walk.save("save-line")
    assert "A" not in await walk.letters()
    await walk.press("new-line")
    await page.get_by_test_id("line-kind").select_option("consult")
    await page.get_by_test_id("line-letter").select_option("F")
    await walk.fill(line_name_zh="不动产交易")
    await expect(page.get_by_test_id("save-line")).to_be_disabled()
    await expect(page.get_by_text("这一项要填")).to_be_visible()
    await has_no_fault(page)
    await walk.fill(line_name_en="Property deals", line_weight="0")
    await expect(page.get_by_text("填 1 到 100 的整数")).to_be_visible()
    await walk.fill(line_weight="3")
    await walk.save("save-line")
    added = next(line for line in (await walk.taxpayer.lines()).lines if line.letter == "F")
    assert (await walk.taxpayer.take("t1", added.line_id)).number == "F001"

    # Two admins: the slower one is told, looks at what there is, and goes on from there.
    await walk.press("edit-line-B")
    await walk.fill(line_name_zh="发票")
    await walk.changed_elsewhere(weight=7)
    await walk.press("save-line")
    await expect(page.get_by_test_id("save-line-refused")).to_contain_text("设置刚刚被别人改过")
    await has_no_fault(page)
    await walk.press("admin-renew")
    await expect(page.get_by_test_id("line-weight")).to_have_value("7")
    await walk.fill(line_name_zh="发票业务")

    # What is not saved is not lost by one press.
    await walk.press("admin-officers", "dialog-cancel")
    await expect(page.get_by_test_id("line-name-zh")).to_have_value("发票业务")
    await walk.save("save-line")
    found = next(line for line in (await walk.taxpayer.lines()).lines if line.letter == "B")
    assert found.name.zh == "发票业务"


async def hours_and_days(walk: Walk) -> None:
    page = walk.page
    await walk.press("hall-tab-hours")
    await walk.fill(hours_0_1="8:30-12:00, 11:00-13:00")
    await expect(page.get_by_text("不能重叠")).to_be_visible()
    await expect(page.get_by_test_id("save-rules")).to_be_disabled()
    await has_no_fault(page)
    await walk.press("hall-tab-places", "dialog-confirm")
    open_day = next(day.day for day in (await walk.days()).days if day.left)
    await walk.fill(slot_min="60")
    await walk.save("save-rules")
    slot = (await walk.slots(open_day)).slots[0]
    assert slot.end_ms - slot.start_ms == 3_600_000
    await has_no_fault(page)
    await walk.press("hall-tab-days")
    await walk.fill(day_day=open_day.isoformat(), day_zh="线路检修")
    await walk.save("save-day")
    await expect(page.get_by_test_id(f"day-{open_day.isoformat()}")).to_contain_text("不开放")
    closed = next(day for day in (await walk.days()).days if day.day == open_day)
    assert (closed.periods, closed.left) == ((), 0)
    await has_no_fault(page)


async def displays(walk: Walk) -> None:
    page = walk.page
    await walk.press("hall-tab-displays")
    await walk.fill(display_name="一楼大厅")
    await walk.press("make-display")
    address = await page.get_by_test_id("display-address").get_attribute("href")
    assert address is not None
    await has_no_fault(page)
    screen = await page.context.new_page()
    await screen.goto(address)
    await expect(screen.get_by_test_id("line-F")).to_contain_text("1 人")
    await walk.press("remove-display", "dialog-confirm")
    await expect(screen.get_by_test_id("display-key")).to_be_visible()
    await screen.close()


async def officers(walk: Walk, people: People, server: ServerProcess) -> None:
    page = walk.page
    other = (await people.officer()).page
    await other.get_by_test_id("signon-submit").wait_for()
    await walk.press("admin-officers", "new-officer")
    # What was begun can be given up.
    await walk.fill(officer_name="不要了")
    await walk.press("save-officer-not")
    await expect(page.get_by_test_id("officer-name")).to_have_count(0)
    await walk.press("new-officer")
    await walk.fill(officer_number="07 99", officer_name="罗一鸣")
    await expect(page.get_by_text("只能有字母、数字")).to_be_visible()
    await walk.fill(officer_number=OFFICERS[0].staff_number)
    await walk.press("save-officer")
    await expect(page.get_by_test_id("save-officer-refused")).to_contain_text("这个工号已有人使用")
    await has_no_fault(page)
    await walk.fill(officer_number="0799")
    await page.get_by_test_id("role-reception").check()
    await walk.press("save-officer")
    given = page.get_by_test_id("one-time-password")
    await expect(given).to_contain_text("罗一鸣")
    password = await given.locator("strong").inner_text()
    newcomer = OfficerClient(server.url)
    assert (await newcomer.try_password("0799", password)).problem.code == "new_password_needed"
    await newcomer.close()
    await expect(page.get_by_test_id("officer-0799")).to_contain_text("待改密码")
    await has_no_fault(page)
    await walk.press(f"sessions-{OFFICERS[0].staff_number}", "dialog-confirm")
    await other.get_by_test_id("login-submit").wait_for()
    await walk.press("disable-0799", "dialog-confirm")
    await expect(page.get_by_test_id("officer-0799")).to_contain_text("已停用")


async def catalogue(walk: Walk, folder: Path) -> None:
    page, file = walk.page, folder / "topics" / "C01.yaml"
    right = file.read_text(encoding="utf-8")
    file.write_text(right.replace("immediate:", "imediate:", 1), encoding="utf-8")
    await walk.press("admin-catalogue", "take-catalogue")
    await expect(page.get_by_test_id("catalogue-faults")).to_contain_text(re.compile(r"topics/C01\.yaml:\d+"))
    await has_no_fault(page)
    renamed = re.sub(r"(name:\s+zh: .+)", r"\1（新）", right, count=1)
    file.write_text(renamed, encoding="utf-8")
    await walk.press("check-catalogue")
    await expect(page.get_by_test_id("catalogue-said")).to_contain_text("文件没有错误")
    await expect(page.get_by_test_id("catalogue-changes")).to_contain_text("（新）")
    await walk.press("take-catalogue")
    await expect(page.get_by_text("新版本已启用")).to_be_visible()
    await walk.press("compare-versions")
    await expect(page.get_by_test_id("changes-count")).to_contain_text("共 1 处")
    await has_no_fault(page)
    found = await walk.taxpayer.ask("GET", "/api/v1/taxpayer/guidance/subcategories/S0101/topics")
    assert "（新）" in found.body.decode()


async def texts(walk: Walk) -> None:
    page = walk.page
    await walk.press("admin-texts")
    await walk.fill(reply_text="请稍等，正在为您查询。")
    await walk.save("save-reply")
    await expect(page.get_by_test_id("quick-reply")).to_have_count(1)
    replies = (await walk.admin.ask("GET", "/api/v1/officer/quick-replies")).as_(QuickReplies).replies
    assert [(reply.text, reply.shared) for reply in replies] == [("请稍等，正在为您查询。", True)]
    await walk.press("edit-R01")
    await walk.fill(reason_text="请把这一页重新拍清楚。")
    await walk.save("save-reason")
    said = (await walk.admin.ask("GET", "/api/v1/officer/reasons")).as_(ReasonsView).reasons
    assert [one.text for one in said if one.written] == ["请把这一页重新拍清楚。"]
    await expect(page.get_by_test_id("restore-R01")).to_be_enabled()
    await has_no_fault(page)


async def in_english_and_in_the_dark(walk: Walk) -> None:
    page = walk.page
    await page.get_by_test_id("language-switch").first.click()
    await page.emulate_media(color_scheme="dark")
    for part in ("halls", "officers", "catalogue", "texts"):
        await walk.press(f"admin-{part}")
        await expect(page.get_by_test_id(f"admin-{part}")).to_have_attribute("aria-current", "page")
        await has_no_fault(page)
        assert "admin." not in await page.inner_text("body")
    await walk.press("admin-halls")
    for tab in ("hours", "places", "days", "displays", "info", "lines"):
        await walk.press(f"hall-tab-{tab}")
        await expect(page.get_by_test_id(f"hall-tab-{tab}")).to_have_attribute("aria-current", "true")
        await has_no_fault(page)
        assert "admin." not in await page.inner_text("body")
