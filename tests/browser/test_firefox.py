"""Chromium with Firefox: each sees and hears the other, and what one cannot read is never sent to it."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from server.demo import TAXPAYERS
from tests.browser.conftest import People, StartServer
from tests.browser.pages import INBOUND, PICTURE
from tests.browser.server_process import ServerProcess
from tests.firefox import FirefoxPage, firefox

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SEEN: Final = 15
RECEIVED_CODECS: Final = """async () => {
  const all = await window.__shuitongCall.peerConnection.getStats()
  const received = [...all.values()].filter((one) => one.type === 'inbound-rtp')
  return received.map((one) => all.get(one.codecId)?.mimeType)
}"""


async def waits_for_a_call(page: FirefoxPage, url: str) -> None:
    """Signs in, and takes a ticket for the first line."""
    await page.goto(url)
    await page.type("login-name", TAXPAYERS[0].name)
    await page.type("login-number", TAXPAYERS[0].number)
    await page.press("login-consent", "login-next", "face-development-pass")
    await page.press("door-consult", "line-A", "take-ticket", "issued-wait")


async def sees_and_hears(page: FirefoxPage) -> None:
    await page.wait_for(f"() => (({PICTURE})() ?? [0]).some((colour) => colour > 40)")
    before = await page.evaluate(INBOUND)
    await page.wait_for(
        f"async (before) => {{ const now = await ({INBOUND})();"
        f" return now.frames >= before.frames + {SEEN} && now.energy > before.energy }}",
        before,
    )


@pytest.mark.feature("S27")
async def test_a_taxpayer_with_firefox_and_an_officer_with_chromium(
    start_server: StartServer, people_at: Callable[[ServerProcess], People], tmp_path: Path
) -> None:
    server = await start_server()
    async with firefox(tmp_path / "firefox") as taxpayer:
        await waits_for_a_call(taxpayer, server.url)
        officer = await people_at(server).officer("A")
        await officer.sees_waiting("A", 1)
        await officer.call_next()
        await taxpayer.press("incoming-confirm")
        await officer.is_in_call()
        await officer.frames_grow(by=SEEN)
        await officer.hears(something=True)
        await sees_and_hears(taxpayer)
        assert set(await taxpayer.evaluate(RECEIVED_CODECS)) == {"video/VP8", "audio/opus"}
        assert set(await officer.page.evaluate(RECEIVED_CODECS)) == {"video/VP8", "audio/opus"}

        # The other's page is loaded anew, and the picture is back on both.
        await officer.page.reload()
        await officer.is_in_call()
        await officer.frames_grow(by=SEEN)
        await sees_and_hears(taxpayer)
        await taxpayer.press("call-hang-up", "confirm-hang-up")
        await officer.page.get_by_test_id("open-call").wait_for()
