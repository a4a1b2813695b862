"""Draws the icons of the installed page from the favicon: ``python -m scripts.icons``.

They are committed, as drawing needs a browser; run it again where the favicon changes.
"""

import asyncio
from pathlib import Path
from typing import Final

from playwright.async_api import async_playwright

from tests.chromium import ARGUMENTS, chromium_path

PUBLIC: Final = Path(__file__).parents[1] / "web_client" / "public"
GROUND: Final = "#F3F6F4"
# File, edge in pixels, part of the edge that the sign takes, ground (none: see-through). What launchers cut
# off of a maskable icon leaves a circle of four fifths of its edge (W3C, Web App Manifest).
ICONS: Final = (
    ("icon-192.png", 192, 1.0, None),
    ("icon-512.png", 512, 1.0, None),
    ("icon-maskable-512.png", 512, 0.56, GROUND),
    ("apple-touch-icon.png", 180, 0.72, GROUND),
)


async def draw() -> None:
    sign = (PUBLIC / "favicon.svg").read_text(encoding="utf-8")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        for name, edge, part, ground in ICONS:
            page = await browser.new_page(viewport={"width": edge, "height": edge})
            await page.set_content(
                f"<style>html,body{{margin:0;height:100%;background:{ground or 'transparent'}}}"
                f"body{{display:grid;place-items:center}}svg{{width:{edge * part}px}}</style>{sign}"
            )
            await page.screenshot(path=PUBLIC / name, omit_background=ground is None)
            await page.close()
        await browser.close()


if __name__ == "__main__":
    asyncio.run(draw())
