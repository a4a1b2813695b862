"""Takes pictures of every page, for looking at and for the README.

``python -m tests.browser.pictures [FOLDER]``
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page, Playwright, async_playwright

from tests.browser.conftest import People
from tests.browser.figures import OFFICER, TAXPAYER, Figure, write_camera_film
from tests.browser.pages import OfficerPage, TaxpayerPage
from tests.browser.server_process import ServerProcess
from tests.chromium import ARGUMENTS, chromium_path

README_PICTURES: Final = {"06-waiting": "taxpayer.png", "12-board-called": "officer.png"}


class Camera:
    """Takes numbered pictures into one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def take(self, page: Page, name: str) -> None:
        await page.wait_for_timeout(600)  # moving parts come to rest
        await page.screenshot(path=self._folder / f"{name}.png")


async def _taxpayer(taxpayer: TaxpayerPage, url: str, camera: Camera) -> None:
    page = taxpayer.page
    await page.goto(url)
    await taxpayer.fill_identity(taxpayer.name, taxpayer.number[:-1] + "9")
    await page.get_by_test_id("login-name").focus()
    await camera.take(page, "01-login")
    await taxpayer.fill_identity(taxpayer.name, taxpayer.number)
    await taxpayer.press("login-next")
    await page.get_by_test_id("face-development-pass").wait_for()
    await camera.take(page, "02-face")
    await taxpayer.press("face-development-pass")
    await page.get_by_test_id("door-consult").wait_for()
    await camera.take(page, "03-home-empty")
    await taxpayer.press("door-consult")
    await taxpayer.press("line-A")
    await camera.take(page, "04-consult")
    await taxpayer.press("take-ticket")
    await page.get_by_test_id("issued-sheet").wait_for()
    await camera.take(page, "05-issued")
    await taxpayer.press("issued-wait")
    await taxpayer.sees_ahead(2)
    await camera.take(page, "06-waiting")


async def _variants(taxpayer: TaxpayerPage, url: str, camera: Camera) -> None:
    page = taxpayer.page
    await page.goto(url)
    await page.get_by_test_id("home-ticket").wait_for()
    await camera.take(page, "07-home")
    await page.emulate_media(color_scheme="dark")
    await camera.take(page, "08-home-dark")
    await page.emulate_media(color_scheme="light")
    for path, name in (("todos", "09-todos"), ("me", "10-me"), ("history", "11-history")):
        await page.goto(f"{url}/{path}")
        await camera.take(page, name)


async def _call(officer: OfficerPage, taxpayer: TaxpayerPage, camera: Camera) -> None:
    await officer.call_next()
    await taxpayer.is_called()
    await camera.take(officer.page, "12-board-called")
    await camera.take(taxpayer.page, "13-incoming")
    await taxpayer.confirm()
    await asyncio.gather(taxpayer.is_in_call(), officer.is_in_call())
    await officer.press("call-mic")
    await taxpayer.page.get_by_test_id("call-peer-microphone").wait_for()
    await camera.take(taxpayer.page, "14-call")
    await camera.take(officer.page, "15-officer-call")
    await officer.press("call-mic")
    await taxpayer.press("call-hang-up")
    await camera.take(taxpayer.page, "16-hang-up-question")
    await taxpayer.press("confirm-hang-up")
    await officer.page.get_by_test_id("open-call").wait_for()
    await camera.take(taxpayer.page, "17-after-call")
    await camera.take(officer.page, "18-officer-after-call")
    await officer.press("finish-completed")
    await camera.take(officer.page, "19-finish-question")
    await officer.confirm()
    await officer.holds_nothing()
    await camera.take(taxpayer.page, "20-ended")


async def _abandoned(officer: OfficerPage, taxpayer: TaxpayerPage, camera: Camera) -> None:
    await officer.call_next()
    await taxpayer.is_called()
    await officer.press("abandon")
    await officer.confirm()
    await taxpayer.page.get_by_test_id("abandoned-card").wait_for()
    await camera.take(taxpayer.page, "21-abandoned")
    await camera.take(officer.page, "22-board")


@asynccontextmanager
async def _browser(playwright: Playwright, figure: Figure, folder: Path) -> AsyncIterator[Browser]:
    """A browser whose camera shows that figure."""
    film = folder / f"{figure.wall[0]}.y4m"
    write_camera_film(figure, film)
    browser = await playwright.chromium.launch(
        executable_path=chromium_path(),
        args=[
            *ARGUMENTS,
            "--use-fake-device-for-media-stream=device-count=1",
            f"--use-file-for-fake-video-capture={film}",
        ],
    )
    yield browser
    await browser.close()


async def take_all(folder: Path) -> None:
    """Goes through the whole slice with four people."""
    with tempfile.TemporaryDirectory() as data:
        server = ServerProcess(Path(data) / "data")
        await server.start()
        try:
            async with (
                async_playwright() as playwright,
                _browser(playwright, TAXPAYER, Path(data)) as phones,
                _browser(playwright, OFFICER, Path(data)) as desks,
            ):
                await _whole_slice(People(phones, server), People(desks, server), server.url, Camera(folder))
        finally:
            await server.stop()


async def _whole_slice(taxpayers: People, officers: People, url: str, camera: Camera) -> None:
    first, second = [await taxpayers.taxpayer(index) for index in (1, 2)]
    await first.take_ticket("A")
    await second.take_ticket("A")
    shown = await taxpayers.taxpayer(0, signed_in=False)
    await _taxpayer(shown, url, camera)
    officer = await officers.officer_signed_out()
    await officer.page.goto(f"{url}/officer/")
    await officer.page.get_by_test_id("login-staff-number").wait_for()
    await camera.take(officer.page, "23-officer-login")
    await officer.log_in_here("0731", officers.password)
    await officer.page.get_by_test_id("signon-submit").wait_for()
    await camera.take(officer.page, "24-sign-on")
    await officer.sign_on("A", "B", "C")
    await _variants(shown, url, camera)
    await _call(officer, first, camera)
    await _abandoned(officer, second, camera)


def main() -> None:
    pictures = Path(__file__).parents[2] / "docs" / "pictures"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("test-results") / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take_all(folder))
    pictures.mkdir(parents=True, exist_ok=True)
    for taken, kept in README_PICTURES.items():
        (pictures / kept).write_bytes((folder / f"{taken}.png").read_bytes())


if __name__ == "__main__":
    main()
