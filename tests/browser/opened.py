"""A browser with made-up cameras, and a server beside it, for whoever drives pages outside of a test."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright

from tests.browser.server_process import ServerProcess
from tests.chromium import ARGUMENTS, chromium_path

# Three fake cameras; the second sends nothing, so pages are shown the first and the third.
CAMERAS: Final = "--use-fake-device-for-media-stream=device-count=3,fps=15"


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=[*ARGUMENTS, CAMERAS]
        )
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(**settings: str) -> AsyncIterator[tuple[Browser, ServerProcess]]:
    """Both of their own, with the demo's records; settings by their names without SHUITONG_."""
    with tempfile.TemporaryDirectory() as folder:
        named = {f"SHUITONG_{name.upper()}": value for name, value in settings.items()}
        server = ServerProcess(Path(folder) / "data", named)
        await server.start()
        try:
            async with chromium() as browser:
                yield browser, server
        finally:
            await server.stop()
