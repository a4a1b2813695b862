"""``./run bench board``: an officer's console with a full hall behind it, in Chromium."""

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page

from server.benchmarks.frame import Measured, Say
from server.demo import LINES, RECEPTION
from tests.browser.conftest import People
from tests.browser.every_page import CONSENT
from tests.browser.opened import opened
from tests.browser.server_process import ServerProcess
from tests.browser.test_business import draft
from tests.browser.visitor import Visitor
from tests.clients import OfficerClient

WAITING: Final = 2_000
TALKS: Final = 300
CHANGES: Final = 100
QUICK_CHANGES: Final = 10
BETWEEN_S: Final = 0.1
SCROLLED_MS: Final = 6_000
AT_ONCE: Final = 8
ON_SITE: Final = LINES[-1].line_id

# When each number of people was first shown, and how long each frame took.
WATCH: Final = """() => {
  const shown = document.querySelector('[data-testid=board-waiting-E]')
  window.board = {at: {}, took: [], watching: true}
  const note = () => { window.board.at[shown.textContent.trim()] ??= Date.now() }
  new MutationObserver(note).observe(shown, {childList: true, characterData: true, subtree: true})
  let before = performance.now()
  const frame = (now) => {
    window.board.took.push(now - before)
    before = now
    if (window.board.watching) requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
}"""
WATCHED: Final = "() => { window.board.watching = false; return window.board }"
# A third of the list's height in 12 frames, up and down.
SCROLLED: Final = """async ([row, lastsMs]) => {
  let list = document.querySelector(`[data-testid=${row}]`)
  const scrolls = (one) =>
    one.scrollHeight > one.clientHeight + 1 && getComputedStyle(one).overflowY !== 'visible'
  while (!scrolls(list)) list = list.parentElement
  const took = []
  const begun = performance.now()
  let before = begun
  let step = list.clientHeight / 12
  while (before - begun < lastsMs) {
    list.scrollBy(0, step)
    const now = await new Promise(requestAnimationFrame)
    took.push(now - before)
    before = now
    if (list.scrollTop <= 0 || list.scrollTop + list.clientHeight >= list.scrollHeight - 1) step = -step
  }
  return took
}"""


def _frames(name: str, took: Sequence[float]) -> dict[str, float]:
    ordered = sorted(took)
    return {
        f"{name}_frames_per_s": round(len(took) / sum(took) * 1000, 1),
        f"{name}_frame_ms_p95": round(ordered[int(0.95 * len(ordered))], 1),
        f"{name}_frame_ms_max": round(ordered[-1], 1),
    }


async def board(say: Say, changes: int) -> Measured:
    """Tickets are taken while an officer looks at the board of 2,000 who wait and scrolls through 300
    conversations: from the answer that a ticket was taken to its count on the board, and the frames.
    """
    async with opened() as (browser, server):
        people = People(browser, server)
        reception = OfficerClient(server.url)
        await reception.try_password(RECEPTION.staff_number, people.password)
        say(f"{WAITING} tickets")
        await _fill(reception)
        say(f"{TALKS} conversations")
        await _talk(people, server)
        page = await _signed_on(people, server)
        say("changes")
        await page.evaluate(WATCH)
        told_at = await _change(reception, changes)
        await page.wait_for_function(
            "(count) => document.querySelector('[data-testid=board-waiting-E]').textContent.trim() === count",
            arg=str(WAITING + changes),
        )
        seen: dict[str, Any] = await page.evaluate(WATCHED)
        late = _late(told_at, {int(count): at for count, at in seen["at"].items()})
        say("scrolling")
        await page.get_by_test_id("rail-conversations").click()
        rows = page.get_by_test_id("talk-row")
        await rows.first.wait_for()
        while await rows.count() < TALKS:
            before = await rows.count()
            await page.get_by_test_id("talk-more").click()
            await page.wait_for_function(
                "(count) => document.querySelectorAll('[data-testid=talk-row]').length > count", arg=before
            )
        changing = asyncio.create_task(_change(reception, changes))
        scrolled: list[float] = await page.evaluate(SCROLLED, ["talk-row", SCROLLED_MS])
        await changing
        await reception.close()
        version = browser.version
    late.sort()
    summary = {
        "waiting": WAITING,
        "conversations": TALKS,
        "changes": changes,
        "change_to_board_ms_p50": round(late[len(late) // 2]),
        "change_to_board_ms_p95": round(late[int(0.95 * len(late))]),
        "change_to_board_ms_max": round(late[-1]),
        **_frames("board", seen["took"]),
        **_frames("talks", scrolled),
    }
    details = {"late_ms": late, "board_ms": seen["took"], "talks_ms": scrolled}
    return Measured(summary=summary, details=details, versions={"chromium": version})


async def _fill(reception: OfficerClient) -> None:
    left = iter(range(WAITING))

    async def take() -> None:
        for _ in left:
            await reception.issue_paper(ON_SITE)

    await asyncio.gather(*(take() for _ in range(AT_ONCE)))


async def _change(reception: OfficerClient, changes: int) -> list[float]:
    """Take tickets one after another; when each was answered (ms)."""
    told_at = []
    for _ in range(changes):
        await reception.issue_paper(ON_SITE)
        told_at.append(time.time() * 1000)
        await asyncio.sleep(BETWEEN_S)
    return told_at


def _late(told_at: Sequence[float], shown_at: dict[int, float]) -> list[float]:
    """How long after its answer each ticket was counted on the board; one that was shown before has 0."""
    found = []
    for number, told in enumerate(told_at, start=1):
        at = min(at for count, at in shown_at.items() if count >= WAITING + number)
        found.append(max(0.0, at - told))
    return found


async def _talk(people: People, server: ServerProcess) -> None:
    taxpayer = await people.taxpayer(0)
    visitor = Visitor(taxpayer.page, server)
    case_id = await draft(taxpayer.page, server)
    body = {"mode": "backoffice", "consent_id": CONSENT, "description": "车辆被盗，申请退税。"}
    await visitor.ask("POST", f"/business/{case_id}/submission", **body)
    said = {"message_id": "m1", "text": "请问还要补什么材料？", "file_ids": []}
    await visitor.ask("POST", f"/cases/{case_id}/messages", **said)
    await asyncio.to_thread(_repeat, server.data_dir / "records.sqlite3", case_id)
    # Its page would be told of every change.
    await taxpayer.page.context.close()


def _repeat(file: Path, case_id: str) -> None:
    """The case with its conversation so many times."""
    again = [f"again{number}" for number in range(TALKS - 1)]
    with closing(sqlite3.connect(file, timeout=20)) as records, records:
        for table, named in (
            ("cases", ("case_id", "number")),
            ("conversations", ("case_id",)),
            ("messages", ("case_id",)),
        ):
            columns = [str(row[1]) for row in records.execute(f"PRAGMA table_info({table})")]
            taken = ", ".join("?" if name in named else name for name in columns)
            records.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {taken} FROM {table} WHERE case_id = ?",
                [(*[one] * len(named), case_id) for one in again],
            )


async def _signed_on(people: People, server: ServerProcess) -> Page:
    officer = await people.officer_signed_out()
    await officer.log_in(server.url, "0731", people.password)
    page = officer.page
    for letter in "ABCDE":
        await page.get_by_test_id(f"signon-line-{letter}").get_by_role("checkbox").check()
    await page.get_by_test_id("signon-counter").fill("3")
    await officer.press("signon-submit")
    await officer.sees_waiting("E", WAITING)
    return page
