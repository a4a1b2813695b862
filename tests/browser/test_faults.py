"""Lost answers and networks, a killed server, two tabs, a session that ran out: nothing is lost, nothing is
doubled, and the page says so in words (B7).
"""

import asyncio
from collections.abc import Callable
from typing import Final

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import People, StartServer, TimedServer
from tests.browser.server_process import Served, ServerProcess
from tests.browser.test_business import Visitor, begin_refund, fill, picture, press
from tests.clients import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PeopleAt = Callable[[ServerProcess], People]

OVER_MS: Final = 13 * 3_600_000
"""Longer than any session."""


async def lose_next_answer(page: Page, pattern: str) -> None:
    """The server does what is asked next under that address; its answer never arrives."""

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort("connectionreset")

    await page.route(pattern, lose, times=1)


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
    await expect(page.get_by_text("连上后会自动接着传")).to_be_visible()
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
    await expect(page.get_by_text("连上后会自动接着传")).to_be_visible()
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
    await expect(page.get_by_text("连上后会自动接着传")).to_be_visible()
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
    await expect(page.get_by_text("登录已过期，请重新登录。填好的内容都还在。")).to_be_visible()
    await taxpayer.log_in_here()
    await expect(page).to_have_url(form)
    await expect(page.get_by_test_id("field-ticket")).to_have_value("P3")
    await expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")
    saved = await visitor.see(f"/business/{case_id}/forms/F04")
    assert saved["values"]["ticket"] == "P3"
    await expect(page.get_by_test_id("file-arrived")).to_have_count(1)
