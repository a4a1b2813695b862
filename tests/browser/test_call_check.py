"""The page that tries camera, microphone, sound and network before a call."""

from collections.abc import Callable

import pytest
from playwright.async_api import Page, expect

from tests.browser.call_devices import FAULTS
from tests.browser.conftest import RESULTS, People, StartServer
from tests.browser.faults import has_no_fault
from tests.browser.server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PeopleAt = Callable[[ServerProcess], People]


async def _found(page: Page, part: str, found: str) -> None:
    await expect(page.get_by_test_id(f"check-{part}")).to_have_attribute("data-found", found)


async def _hears_the_tone(page: Page) -> None:
    await page.get_by_test_id("check-play").click()
    await page.get_by_test_id("check-heard").click()
    await _found(page, "sound", "good")


@pytest.mark.feature("S27")
async def test_a_taxpayer_who_waits_finds_everything_in_order(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    people = people_at(await start_server())
    taxpayer = await people.taxpayer(0)
    await taxpayer.take_ticket("A")
    page = taxpayer.page
    await taxpayer.press("open-check")
    for part in ("microphone", "camera", "network"):
        await _found(page, part, "good")
    await page.wait_for_function("() => document.querySelector('[data-testid=check-picture]').videoWidth > 0")
    await _hears_the_tone(page)
    await expect(page.get_by_test_id("check-summary")).to_have_text("都正常，可以放心等叫号")
    await has_no_fault(page)
    await page.screenshot(path=RESULTS / "check-taxpayer.png", full_page=True)

    # Back to the ticket: the devices are given back, and the call still rings.
    await page.go_back()
    await page.get_by_test_id("cancel-ticket").wait_for()
    officer = await people.officer("A")
    await officer.call_next()
    await taxpayer.is_called()


@pytest.mark.feature("S27")
async def test_what_is_wrong_is_said_with_what_to_do(start_server: StartServer, people_at: PeopleAt) -> None:
    # Media are announced at an address where nobody listens, as behind a firewall that lets no UDP through.
    server = await start_server(media_announced="127.0.0.9")
    people = people_at(server)
    taxpayer = await people.taxpayer(0)
    page = taxpayer.page
    await page.add_init_script(
        f"{FAULTS};window.__denied.push('audio'); window.__gone.push('fake_device_0', 'fake_device_2');"
        "window.__kept = window.RTCPeerConnection; delete window.RTCPeerConnection"
    )
    await page.goto(f"{server.url}/check")
    for part in ("microphone", "camera", "network"):
        await _found(page, part, "bad")
    await expect(page.get_by_test_id("check-network")).to_contain_text("请换一个浏览器打开")
    await expect(page.get_by_test_id("check-summary")).to_contain_text("有 3 处要处理")
    await expect(page.get_by_test_id("permission-advice").get_by_role("listitem")).to_have_count(3)
    await has_no_fault(page)

    await page.evaluate("window.__plugIn('fake_device_0')")
    await _found(page, "camera", "good")
    await page.evaluate("window.__denied = []")
    await page.get_by_test_id("check-devices-again").click()
    await _found(page, "microphone", "good")

    await page.evaluate("() => { window.RTCPeerConnection = window.__kept }")
    await page.get_by_test_id("check-network-again").click()
    await expect(page.get_by_test_id("check-network")).to_contain_text("被这个网络拦住了")
    await has_no_fault(page)
    await page.screenshot(path=RESULTS / "check-blocked.png", full_page=True)

    await page.context.set_offline(True)
    await page.get_by_test_id("check-network-again").click()
    await expect(page.get_by_test_id("check-network")).to_contain_text("连不上服务")


@pytest.mark.feature("S27")
async def test_an_officer_tries_the_desk_before_the_first_ticket(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    people = people_at(await start_server())
    officer = await people.officer("A")
    page = officer.page
    await officer.press("rail-check")
    for part in ("microphone", "camera", "network"):
        await _found(page, part, "good")
    await _hears_the_tone(page)
    for device in ("microphone", "camera", "speaker"):
        await expect(page.get_by_test_id(f"choose-{device}").locator("option:checked")).not_to_have_text("")
    await has_no_fault(page)
    await page.screenshot(path=RESULTS / "check-officer.png", full_page=True)
    await page.emulate_media(color_scheme="dark")
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_test_id("check-summary")).to_have_text(
        "Everything works. You can wait for your call"
    )
    await has_no_fault(page)
    await page.screenshot(path=RESULTS / "check-officer-dark.png", full_page=True)
