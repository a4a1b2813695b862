"""What holds on every page of the table, by day and by night, in both languages, in big text."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from tests.browser import every_page
from tests.browser.conftest import People, StartServer
from tests.browser.every_page import BIG, DARK_ENGLISH, ENGLISH, LIGHT, Records, Shown, Variant
from tests.browser.faults import faults_of
from tests.browser.keyboard import missed_by_keyboard
from tests.browser.server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

PeopleAt = Callable[[ServerProcess], People]

WHOLE: Final = """() => {
  const faults = []
  const root = document.documentElement
  if (root.scrollWidth > root.clientWidth) faults.push(`wider than the window: ${root.scrollWidth}`)
  if (document.querySelectorAll('main').length !== 1) faults.push('not one main')
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1')
  if (document.title.trim() === '') faults.push('no title')
  const key = /(?:^|\\s)[a-z]+(?:\\.[a-zA-Z]+){2,}(?:\\s|$)|undefined|NaN|\\[object/g
  const raw = document.body.innerText.match(key)
  if (raw) faults.push(`not words: ${raw}`)
  return faults
}"""


class Seen:
    """Faults by page and variant."""

    def __init__(self, page: Page, url: str, records: Records) -> None:
        self._page = page
        self._url = url
        self._records = records
        self.faults: dict[str, list[Any]] = {}

    async def look(self, rows: Sequence[Shown], variants: Sequence[Variant]) -> None:
        await self._page.goto(self._url + rows[0].path.format_map(self._records))
        for variant in variants:
            await variant.choose(self._page)
            for row in rows:
                await row.open(self._page, self._url, self._records)
                found: list[Any] = [*await faults_of(self._page), *await self._page.evaluate(WHOLE)]
                if variant is LIGHT:
                    found += await missed_by_keyboard(self._page)
                if found:
                    self.faults[f"{row.name} {variant.name}"] = found
        await LIGHT.choose(self._page)


@pytest.mark.feature("B6")
async def test_every_page_of_a_taxpayer_is_for_everybody(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    people = people_at(server)
    taxpayer = await people.taxpayer(0, signed_in=False)
    seen = Seen(taxpayer.page, server.url, {})
    await seen.look(every_page.SIGNED_OUT, (LIGHT, DARK_ENGLISH))
    assert seen.faults == {}
    await taxpayer.log_in(server.url)
    seen = Seen(taxpayer.page, server.url, await every_page.fill(server, people, taxpayer))
    await seen.look(every_page.TAXPAYER, (LIGHT, DARK_ENGLISH, BIG))
    assert seen.faults == {}
    await _reads_a_notice_in_english(taxpayer.page, server.url)


async def _reads_a_notice_in_english(page: Page, url: str) -> None:
    await ENGLISH.choose(page)
    await page.goto(f"{url}/topics/T17/N1")
    for said in (
        "Vehicle purchase tax return",
        "Promised time",
        "At once; the app fills in vehicles whose invoice was issued within the last 60 days",
        "Factory certificate of the complete vehicle, or its electronic information sheet",
        "Basis: Vehicle Purchase Tax Law; State Taxation Administration Announcement No. 26 of 2019.",
    ):
        await expect(page.locator("main")).to_contain_text(said)
    assert re.search("[\u4e00-\u9fff]", await page.locator("main").inner_text()) is None


async def test_every_page_of_the_staff_is_for_everybody(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server()
    people = people_at(server)
    taxpayer = await people.taxpayer(0)
    records = await every_page.fill(server, people, taxpayer)
    pages: list[tuple[Page, Sequence[Shown]]] = []
    signed_out = await people.officer_signed_out()
    pages.append((signed_out.page, every_page.OFFICER_SIGNED_OUT))
    pages.append(((await every_page.at_the_desk(people, server)).page, every_page.OFFICER))
    for staff, theirs in every_page.OTHER_STAFF:
        pages.append(((await every_page.beside_the_desks(people, server, staff)).page, theirs))
    faults: dict[str, list[Any]] = {}
    for page, rows in pages:
        seen = Seen(page, server.url, records)
        await seen.look(rows, (LIGHT, DARK_ENGLISH))
        faults |= seen.faults
    assert faults == {}
