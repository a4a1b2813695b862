"""Every way into history as its taxpayer sees it: why, when, what happened, and nothing to press (S30)."""

import re
from collections.abc import Awaitable, Callable
from typing import Final

import pytest
from playwright.async_api import expect

from tests.api import test_close_reasons as ways
from tests.api.test_business import pages
from tests.api.test_close_reasons import Way
from tests.browser.conftest import People
from tests.browser.server_process import Served
from tests.business_pages import BusinessPage
from tests.clients import eventually
from tests.product import OpenHouse

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

# Those that the real clock ends come first: the others put the clock forward.
WORDS: Final[dict[Callable[[Way], Awaitable[str]], str]] = {
    ways.completed: "已办结",
    ways.unsuccessful: "未办成",
    ways.not_reactivated: "弃号未激活",
    ways.window_missed_with_a_ticket_given_up: "没有在时间内出票",
    ways.cancelled_and_not_booked_again: "已取消预约",
    ways.window_missed_unreviewed: "审核前已过出票时间",
    ways.window_missed_rejected: "未通过，已过出票时间",
    ways.not_resubmitted: "没有按时补交资料",
    ways.edit_deadline_missed: "没有按时修改资料",
}
LAST_HAPPENING: Final = {
    "已办结": "结束办理",
    "弃号未激活": "超时未激活",
    "没有按时补交资料": "补交时间已过",
    "没有按时修改资料": "修改时间已过",
    "审核前已过出票时间": "出票时间已过",
}


async def is_closed(page: BusinessPage, case_id: str) -> None:
    """Returns once it is."""
    await eventually(lambda: page.timeline(case_id), lambda seen: seen.case.close_reason is not None)


@pytest.mark.feature("S22", "S30")
async def test_every_way_into_history_is_told(
    open_house: OpenHouse, people_at: Callable[[Served], People]
) -> None:
    async with open_house(
        queue_confirm_ms=5_000, queue_activation_ms=1_000, queue_recall_spacing_ms=100
    ) as house:
        ended: dict[str, str] = {}
        for way, words in WORDS.items():
            page, desk = await pages(house)
            case_id = await way(Way(house, page, desk))
            await is_closed(page, case_id)
            ended[case_id] = words
        shown = (await people_at(house).taxpayer(0)).page
        await shown.goto(f"{house.url}/todos")
        await expect(shown.get_by_text("没有要办的事")).to_be_visible()
        await expect(shown.get_by_test_id("case")).to_have_count(0)
        await shown.goto(f"{house.url}/history")
        items = shown.get_by_test_id("history-item")
        await expect(items).to_have_count(len(ended))
        for index, words in enumerate(reversed(ended.values())):
            await expect(items.nth(index)).to_contain_text(words)
        for case_id, words in ended.items():
            await shown.locator(f"a[href='/business/{case_id}']").click()
            await expect(shown.get_by_test_id("close-reason")).to_have_text(words)
            await expect(shown.get_by_text("只能查看")).to_be_visible()
            await shown.get_by_test_id("happenings").click()
            last = shown.get_by_test_id("happenings").get_by_role("listitem").first
            await expect(last).to_contain_text(LAST_HAPPENING.get(words, ""))
            await expect(last.get_by_role("time")).to_have_text(re.compile(r"\d\d:\d\d"))
            await expect(shown.locator(".bottom").get_by_role("button")).to_have_count(1)
            await shown.go_back()
