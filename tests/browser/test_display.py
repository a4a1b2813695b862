"""The screen in the hall: it shows and says who is called to which counter, with nobody touching it (S37)."""

import pytest
from playwright.async_api import Browser, Page, expect

from cases.displays.views import DisplayMade
from server.demo import ADMIN, LINES, RECEPTION
from signaling import events
from tests.browser.conftest import StartServer
from tests.browser.faults import has_no_fault
from tests.browser.pages import PATIENCE_MS
from tests.clients import OfficerClient

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

ON_SITE = LINES[-1]
WALL = {"width": 1920, "height": 1080}
# The browser's voice, as a screen without one has it: silent before the first tap, and heard by the test.
SPEECH = """
window.spoken = []
let tapped = false
addEventListener('pointerdown', () => { tapped = true }, true)
const speak = (utterance) => setTimeout(() => {
  if (!tapped) {
    utterance.dispatchEvent(new SpeechSynthesisErrorEvent('error', { utterance, error: 'not-allowed' }))
    return
  }
  utterance.dispatchEvent(new SpeechSynthesisEvent('start', { utterance }))
  if (utterance.text.trim()) window.spoken.push(`${utterance.lang}: ${utterance.text}`)
  setTimeout(() => utterance.dispatchEvent(new SpeechSynthesisEvent('end', { utterance })), 20)
})
Object.defineProperty(window, 'speechSynthesis', { value: { getVoices: () => [], cancel: () => {}, speak } })
"""
E001_IS_CALLED = ["zh-CN: 请 E 0 0 1 号到 3 号窗口办理", "en-US: Ticket E 0 0 1, please go to counter 3."]
E002_IS_CALLED = ["zh-CN: 请 E 0 0 2 号到 3 号窗口办理", "en-US: Ticket E 0 0 2, please go to counter 3."]


async def has_said(page: Page, sentences: list[str]) -> None:
    """Returns once it said these and nothing else, in this order."""
    try:
        await page.wait_for_function(
            "(wanted) => JSON.stringify(window.spoken) === JSON.stringify(wanted)", arg=sentences
        )
    finally:
        assert await page.evaluate("window.spoken") == sentences


async def fits(page: Page) -> None:
    """Nothing stands outside of the screen or of its own box."""
    cut = await page.evaluate(
        "() => [...document.querySelectorAll('.board, .board *')]"
        ".map((part) => [part.tagName, part.getBoundingClientRect()])"
        ".filter(([_, box]) => box.bottom > innerHeight + 1 || box.right > innerWidth + 1)"
        ".map(([name]) => name)"
    )
    assert cut == []


@pytest.mark.feature("S37")
async def test_a_screen_shows_and_says_each_call_once_and_comes_back_by_itself(
    start_server: StartServer, browser: Browser
) -> None:
    server = await start_server(queue_recall_spacing_ms=0)
    admin, desk = OfficerClient(server.url), OfficerClient(server.url)
    await admin.sign_in(ADMIN)
    displays = f"/api/v1/admin/halls/{ON_SITE.hall_id}/displays"
    wish = {"display_name": "一楼大厅", "english": True}
    made = (await admin.ask("POST", displays, wish)).as_(DisplayMade)
    await desk.sign_in(RECEPTION)
    seat = await desk.open_page()
    await desk.sign_on(seat, ON_SITE.line_id, counter="3")

    context = await browser.new_context(viewport=WALL, locale="zh-CN")  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    await context.add_init_script(SPEECH)
    page = await context.new_page()
    await page.goto(f"{server.url}{made.path}")
    await expect(page.get_by_role("heading", name="香洲区税务局办税服务厅")).to_be_visible()
    await expect(page.get_by_test_id("nobody-called")).to_be_visible()
    await has_no_fault(page)

    # Called while the voice is still locked: shown at once, and said after the tap.
    await desk.issue_paper(ON_SITE.line_id)
    await desk.issue_paper(ON_SITE.line_id)
    held = (await desk.call_next(seat, "r1")).ticket
    assert held is not None
    await expect(page.get_by_test_id("calling-E001")).to_contain_text("3 号窗口")
    await expect(page.get_by_test_id("line-E")).to_contain_text("1 人")
    await has_said(page, [])
    await page.get_by_test_id("unlock-voice").click()
    await has_said(page, E001_IS_CALLED)
    await expect(page.get_by_test_id("unlock-voice")).to_be_hidden()
    await has_no_fault(page)
    await fits(page)

    # A recall is said again; whoever comes is not.
    await seat.call(events.QUEUE_RECALL, ticket_id=held.ticket_id, call_number=held.call_number)
    await has_said(page, E001_IS_CALLED * 2)
    await seat.call(events.QUEUE_ARRIVED, ticket_id=held.ticket_id, call_number=held.call_number)
    await expect(page.get_by_test_id("called-E001")).to_contain_text("办理中")
    await expect(page.get_by_test_id("nobody-called")).to_be_visible()

    # Without a network it says from when it is, and catches up by itself.
    await context.set_offline(True)
    await expect(page.get_by_text("网络断开，正在重连")).to_be_visible()
    await seat.call(
        events.QUEUE_FINISH,
        ticket_id=held.ticket_id,
        call_number=held.call_number,
        outcome="completed",
        remark="",
    )
    assert (await desk.call_next(seat, "r2")).ticket is not None
    await context.set_offline(False)
    await expect(page.get_by_test_id("calling-E002")).to_be_visible()
    await expect(page.get_by_text("网络断开，正在重连")).to_be_hidden()
    await has_said(page, [*E001_IS_CALLED * 2, *E002_IS_CALLED])

    # Switched off and on again it knows its hall, and repeats nothing; upright it fits too.
    await page.set_viewport_size({"width": 1080, "height": 1920})
    await page.goto(f"{server.url}/display")
    await expect(page.get_by_test_id("calling-E002")).to_be_visible()
    await page.get_by_test_id("unlock-voice").click()
    await expect(page.get_by_test_id("unlock-voice")).to_be_hidden()
    await has_said(page, [])
    await page.emulate_media(color_scheme="dark")
    await has_no_fault(page)
    await fits(page)

    # Taken away, it goes dark, and asks for another code.
    await admin.ask("DELETE", f"{displays}/{made.display.display_id}")
    await expect(page.get_by_text("这个显示屏码不能用")).to_be_visible()
    await has_no_fault(page)
    await page.get_by_test_id("display-key").fill("ABC")
    await page.get_by_test_id("display-open").click()
    await expect(page.get_by_text("请填写 20 位的显示屏码")).to_be_visible()
    await context.close()
    await admin.close()
    await desk.close()
