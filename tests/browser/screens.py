"""Takes a picture of every page in its variants, and puts them on one sheet, for looking at.

``./run screens --out FOLDER``: one PNG a page and variant, ``index.html`` and ``sheet.png`` with all of them.
"""

import argparse
import asyncio
import html
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw
from playwright.async_api import Page

from tests.browser import every_page
from tests.browser.conftest import People
from tests.browser.every_page import BIG, DARK, ENGLISH, LIGHT, Records, Shown, Variant
from tests.browser.opened import opened
from tests.browser.pages import OfficerPage, TaxpayerPage
from tests.browser.server_process import ServerProcess

MOVED_MS: Final = 250
"""Sheets and drawers come in, and what is fetched after the page itself."""
LOOKS: Final = 5
CONFIRM_MS: Final = 180_000
"""Time for the pictures of a call that rings."""
HIGHEST_PX: Final = 2_400
THUMBNAIL_PX: Final = 195
ACROSS: Final = 8
SHEET_PX: Final = 1_760
GAP_PX: Final = 18
PAPER: Final = "#e7e9ee"
INK: Final = "#1d2129"

STYLE: Final = """
body { margin: 24px; font: 14px/1.4 "Noto Sans CJK SC", sans-serif; background: #e7e9ee; color: #1d2129 }
section { display: grid; grid-template-columns: repeat(%d, %dpx); gap: 20px 16px }
section.desk { grid-template-columns: repeat(2, 820px) }
figure { margin: 0 } figcaption { padding: 4px 0 }
img { display: block; width: 100%%; height: 422px; object-fit: cover; object-position: top }
.desk img { height: 513px }
"""


NEWCOMER: Final = 2
"""The demo's taxpayer who has nothing until the records are made."""
ON_PHONES: Final = (LIGHT, DARK, BIG, ENGLISH)
AT_DESKS: Final = (LIGHT, DARK, ENGLISH)


@asynccontextmanager
async def whole(page: Page) -> AsyncIterator[None]:
    """The window as high as the page, up to a limit, once it grows no more: what is fixed to its lower edge
    stays there.
    """
    size = page.viewport_size
    assert size is not None
    height = size["height"]
    for _ in range(LOOKS):
        await page.wait_for_timeout(MOVED_MS)
        found: int = await page.evaluate("() => document.scrollingElement.scrollHeight")
        if min(found, HIGHEST_PX) <= height:
            break
        height = min(found, HIGHEST_PX)
        await page.set_viewport_size({"width": size["width"], "height": height})
    yield
    await page.set_viewport_size(size)


class Album:
    """Pictures in a folder, in the order in which they are shown."""

    def __init__(self, folder: Path, side: str | None = None) -> None:
        """``side``: whose pages alone are in it."""
        self._folder = folder
        self._side = side
        self._sections: dict[str, list[tuple[str, str]]] = {}

    async def take(self, page: Page, side: str, variant: Variant, name: str) -> None:
        if not self.has(side):
            return
        file = f"{side}-{name}-{variant.name}.png"
        async with whole(page):
            await page.screenshot(path=self._folder / file)
        self._sections.setdefault(f"{side} · {variant.name}", []).append((name, file))

    def has(self, side: str) -> bool:
        return self._side in (None, side)

    def bind(self) -> None:
        """``index.html`` and ``sheet.png`` with all of them."""
        parts = [f"<title>Shuitong</title><style>{STYLE % (ACROSS, THUMBNAIL_PX)}</style>"]
        for title, pictures in self._sections.items():
            kind = "desk" if title.startswith("officer") else "phone"
            figures = "".join(
                f'<figure><a href="{file}"><img src="{file}" alt="" loading="lazy"></a>'
                f"<figcaption>{html.escape(name)}</figcaption></figure>"
                for name, file in pictures
            )
            parts.append(f'<h2>{html.escape(title)}</h2><section class="{kind}">{figures}</section>')
        text = '<!doctype html><meta charset="utf-8">' + "".join(parts)
        (self._folder / "index.html").write_text(text, encoding="utf-8")
        rows = [row for title in self._sections for row in self._rows(title)]
        sheet = Image.new("RGB", (SHEET_PX, sum(row.height for row in rows)), PAPER)
        top = 0
        for row in rows:
            sheet.paste(row, (0, top))
            top += row.height
        sheet.save(self._folder / "sheet.png")

    def _rows(self, title: str) -> Iterator[Image.Image]:
        """A section of the sheet, row by row."""
        yield _caption(title)
        pictures = self._sections[title]
        across = 2 if title.startswith("officer") else ACROSS
        width = (SHEET_PX - GAP_PX) // across - GAP_PX
        for start in range(0, len(pictures), across):
            small = [self._small(file, width) for _, file in pictures[start : start + across]]
            row = Image.new("RGB", (SHEET_PX, max(one.height for one in small) + 2 * GAP_PX), PAPER)
            for place, (one, (name, _)) in enumerate(
                zip(small, pictures[start : start + across], strict=True)
            ):
                left = GAP_PX + place * (width + GAP_PX)
                ImageDraw.Draw(row).text((left, 2), name, fill=INK)
                row.paste(one, (left, GAP_PX))
            yield row

    def _small(self, file: str, width: int) -> Image.Image:
        with Image.open(self._folder / file) as picture:
            height = picture.height * width // picture.width
            return picture.convert("RGB").resize((width, height)).crop((0, 0, width, min(height, 3 * width)))


def _caption(title: str) -> Image.Image:
    """A line of the sheet with what comes below it."""
    line = Image.new("RGB", (SHEET_PX, 2 * GAP_PX), PAPER)
    ImageDraw.Draw(line).text((GAP_PX, GAP_PX), title, fill=INK)
    return line


class Session:
    """A server with records, people on it, and the album."""

    def __init__(self, server: ServerProcess, people: People, album: Album, only: str) -> None:
        self._server = server
        self._people = people
        self._album = album
        self._only = only

    async def take_all(self) -> None:
        taxpayer = await self._people.taxpayer(0, signed_in=False)
        await self._take_rows(taxpayer.page, "taxpayer", ON_PHONES, every_page.SIGNED_OUT, {})
        newcomer = await self._people.taxpayer(NEWCOMER)
        await self._take_rows(newcomer.page, "taxpayer", ON_PHONES, every_page.NEWCOMER, {})
        await newcomer.page.context.close()
        await taxpayer.log_in(self._server.url)
        records = await every_page.fill(self._server, self._people, taxpayer)
        await self._take_rows(taxpayer.page, "taxpayer", ON_PHONES, every_page.TAXPAYER, records)
        officer = await self._people.officer_signed_out()
        await self._take_rows(officer.page, "officer", AT_DESKS, every_page.OFFICER_SIGNED_OUT, {})
        await officer.page.context.close()
        officer = await every_page.at_the_desk(self._people, self._server)
        await self._take_rows(officer.page, "officer", AT_DESKS, every_page.OFFICER, records)
        for staff, rows in every_page.OTHER_STAFF:
            other = await every_page.beside_the_desks(self._people, self._server, staff)
            await self._take_rows(other.page, "officer", AT_DESKS, rows, records)
        if self._only in "call":
            await self._take_call(taxpayer, officer)

    async def _take_rows(
        self, page: Page, side: str, variants: Sequence[Variant], rows: Sequence[Shown], records: Records
    ) -> None:
        rows = [row for row in rows if self._album.has(side) and self._only in row.name]
        if not rows:
            return
        await page.goto(self._server.url + rows[0].path.format_map(records))
        for variant in variants:
            await variant.choose(page)
            for row in rows:
                await row.open(page, self._server.url, records)
                await self._album.take(page, side, variant, row.name)
        await LIGHT.choose(page)

    async def _take_call(self, taxpayer: TaxpayerPage, officer: OfficerPage) -> None:
        """What only a call shows, by day and by night."""
        await taxpayer.page.goto(self._server.url)
        await officer.page.goto(f"{self._server.url}/officer/")
        while await officer.call_next() != "A003":
            await officer.press("abandon")
            await officer.confirm()
            await officer.holds_nothing()
        await taxpayer.is_called()
        for variant in (BIG, ENGLISH, LIGHT):
            await variant.choose(taxpayer.page)
            await taxpayer.page.reload()
            await taxpayer.is_called()
            if variant is not LIGHT:
                await self._album.take(taxpayer.page, "taxpayer", variant, "called")
        await self._take_both(taxpayer, officer, "called")
        await taxpayer.confirm()
        await asyncio.gather(taxpayer.is_in_call(), officer.is_in_call())
        await self._take_both(taxpayer, officer, "call")
        await self._take_still(taxpayer, officer)
        await taxpayer.press("call-hang-up")
        await self._album.take(taxpayer.page, "taxpayer", LIGHT, "hang-up")
        await taxpayer.press("confirm-hang-up")
        await officer.page.get_by_test_id("open-call").wait_for()
        await self._take_both(taxpayer, officer, "after-call")

    async def _take_still(self, taxpayer: TaxpayerPage, officer: OfficerPage) -> None:
        """The officer asks for a still picture: in every variant on the phone, whose page comes back into the
        call.
        """
        await officer.press("call-still")
        await self._album.take(officer.page, "officer", LIGHT, "ask-still")
        await officer.press("still-send")
        for variant in (*ON_PHONES, LIGHT):
            await variant.choose(taxpayer.page)
            await taxpayer.page.reload()
            await taxpayer.is_in_call()
            await taxpayer.page.get_by_test_id("still-preview").wait_for()
            await self._album.take(taxpayer.page, "taxpayer", variant, "still")
        await self._album.take(officer.page, "officer", LIGHT, "still")
        await taxpayer.press("still-refuse")
        await taxpayer.page.get_by_test_id("still-sheet").wait_for(state="hidden")

    async def _take_both(self, taxpayer: TaxpayerPage, officer: OfficerPage, name: str) -> None:
        for variant in (DARK, LIGHT):
            for side, page in (("taxpayer", taxpayer.page), ("officer", officer.page)):
                await page.emulate_media(color_scheme=variant.colours)
                await self._album.take(page, side, variant, name)


async def take_all(folder: Path, only: str, side: str | None) -> None:
    """A server of its own, its records, and every picture of a page with ``only`` in its name."""
    album = Album(folder, side)
    async with opened(queue_confirm_ms=str(CONFIRM_MS)) as (browser, server):
        await Session(server, People(browser, server), album, only).take_all()
    album.bind()


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run screens", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder for the pictures")
    parser.add_argument("--only", default="", metavar="WORD", help="pages with this in their name")
    parser.add_argument("--side", choices=("taxpayer", "officer"), help="only the pages of these people")
    arguments = parser.parse_args()
    folder: Path = arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take_all(folder, arguments.only, arguments.side))
    sys.stdout.write(f"screens: {(folder / 'index.html').absolute()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
