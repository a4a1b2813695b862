"""In one call: the bars of both sides with words for what is wrong, then a screen in the camera's place."""

import asyncio
import re
from collections.abc import Callable

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import People, StartServer
from tests.browser.faults import has_no_fault
from tests.browser.pages import CallSide
from tests.browser.server_process import ServerProcess
from tests.browser.test_recovery import Talk, talking

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

DELAY_MS = 500
"""Each way: more than the 600 there and back from which a way is too slow."""

# What a browser does when its own bar ends the sharing: the track ends, and says so.
END_BY_THE_BROWSER = """() => {
  const sender = window.__shuitongCall.peerConnection.getSenders().find((one) => one.track?.kind === 'video')
  const track = sender.track
  track.stop()
  track.dispatchEvent(new Event('ended'))
}"""
SENT = """async () => {
  const sender = window.__shuitongCall.peerConnection.getSenders().find((one) => one.track?.kind === 'video')
  const {degradationPreference, encodings: [encoding]} = sender.getParameters()
  return {hint: sender.track.contentHint, prefer: degradationPreference, bits: encoding.maxBitrate}
}"""

# Browsers without a screen share a picture like that of their cameras; it has more lines than a camera gives.
SEES_A_SCREEN = "() => document.querySelector('[data-testid=remote-video]').videoHeight > 720"


async def _measured(page: Page, side: str, level: str) -> None:
    bars = page.get_by_test_id("call-quality").locator(f"[data-side={side}]")
    await expect(bars).to_have_attribute("data-level", re.compile(level))


async def _screen_signs(sharing: CallSide, seeing: CallSide, *, count: int) -> None:
    await expect(sharing.page.get_by_test_id("call-own-screen")).to_have_count(count)
    await expect(seeing.page.get_by_test_id("call-peer-screen")).to_have_count(count)


@pytest.mark.feature("S27")
async def test_what_is_wrong_is_told_to_both_and_a_screen_is_shown(
    start_server: StartServer, people_at: Callable[[ServerProcess], People]
) -> None:
    async with talking(start_server, people_at, media_quality_ms=1_000) as talk:
        await _quality(talk)
        await _screen(talk)


async def _quality(talk: Talk) -> None:
    pages = [side.page for side in talk.sides]
    for page in pages:
        for side in ("own", "peer"):
            await _measured(page, side, "[123]")
    # The officer's pointer, the taxpayer's finger.
    officer, taxpayer = talk.officer.page, talk.taxpayer.page
    await officer.get_by_test_id("call-quality").hover()
    await taxpayer.get_by_test_id("call-quality").tap()
    for page in pages:
        await expect(page.get_by_test_id("quality-panel")).to_be_visible()
        await expect(page.get_by_test_id("quality-peer")).to_contain_text(re.compile(r"来回\s*\d{1,3} 毫秒"))
        await has_no_fault(page)
    talk.network.delay_ms = DELAY_MS
    for page in pages:
        await _measured(page, "own", "1")
        for side in ("own", "peer"):
            told = page.get_by_test_id(f"quality-{side}")
            await expect(told).to_contain_text(re.compile(r"来回\s*\d{4} 毫秒"))
            await expect(told.locator("p")).to_have_count(1)
    talk.network.delay_ms = 0
    await taxpayer.keyboard.press("Escape")
    await officer.mouse.move(0, 0)
    for page in pages:
        await expect(page.get_by_test_id("quality-panel")).to_be_hidden()


async def _screen(talk: Talk) -> None:
    for sharing, seeing in ((talk.officer, talk.taxpayer), (talk.taxpayer, talk.officer)):
        await seeing.sees("bright")
        descriptions = await sharing.descriptions()
        assert await sharing.page.evaluate(SENT) == {"hint": "", "prefer": "balanced", "bits": 1_500_000}
        await sharing.press("call-screen")
        await _screen_signs(sharing, seeing, count=1)
        await seeing.page.wait_for_function(SEES_A_SCREEN)
        await seeing.frames_grow(by=2)
        found = await sharing.page.evaluate(SENT)
        assert found == {"hint": "detail", "prefer": "maintain-resolution", "bits": 2_000_000}
        await asyncio.gather(*(has_no_fault(side.page) for side in talk.sides))

        # By the browser's own bar, then by the page's button: the camera is back each time.
        await sharing.page.evaluate(END_BY_THE_BROWSER)
        await _screen_signs(sharing, seeing, count=0)
        await seeing.frames_grow()
        await sharing.press("call-screen")
        await _screen_signs(sharing, seeing, count=1)
        await sharing.press("call-screen")
        await _screen_signs(sharing, seeing, count=0)
        assert await sharing.descriptions() == descriptions
        await seeing.frames_grow()

    # Where the browser cannot share, nothing offers it.
    await talk.taxpayer.page.add_init_script("MediaDevices.prototype.getDisplayMedia = undefined")
    await talk.taxpayer.page.reload()
    await talk.taxpayer.is_in_call()
    await expect(talk.taxpayer.page.get_by_test_id("call-mic")).to_be_visible()
    await expect(talk.taxpayer.page.get_by_test_id("call-screen")).to_have_count(0)
