"""``./run bench pages``, ``first-frame`` and ``board``: what a person waits for, in Chromium."""

import argparse
import asyncio
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page

from server.benchmarks.frame import Bench, Measured, Say, run, write
from tests.browser.board_load import CHANGES, QUICK_CHANGES, board
from tests.browser.conftest import PHONE, People
from tests.browser.every_page import CONSENT, by_id
from tests.browser.opened import opened
from tests.browser.pages import TaxpayerPage
from tests.browser.server_process import ServerProcess
from tests.browser.test_business import draft
from tests.browser.visitor import Visitor

CALLS: Final = 50
"""The first one, in which everything is loaded for the first time, is not among them."""
QUICK_CALLS: Final = 3

# Chromium's "Fast 3G" before its own factors: what Lighthouse calls a slow 4G.
LATENCY_MS: Final = 150
DOWN_BYTES_PER_S: Final = 1_600_000 // 8
UP_BYTES_PER_S: Final = 750_000 // 8
CPU_SLOWER: Final = 4
VISITS: Final = 9
QUICK_VISITS: Final = 2

WATCH_FRAMES: Final = """
window.firstFrame = {acceptedAt: null, seenAt: null}
document.addEventListener('click', (event) => {
  if (event.target.closest('[data-testid=incoming-confirm]')) window.firstFrame.acceptedAt = Date.now()
}, true)
new MutationObserver(() => {
  const video = document.querySelector('[data-testid=remote-video]')
  if (!video || video.watched) return
  video.watched = true
  video.requestVideoFrameCallback(() => { window.firstFrame.seenAt ??= Date.now() })
}).observe(document, {childList: true, subtree: true})
"""
FIRST_SEEN: Final = "() => window.firstFrame.seenAt"
WATCH_LOADING: Final = """
window.loading = {longTasks: [], shifts: [], largestMs: 0}
const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take))
  .observe({type, buffered: true})
watch('longtask', (task) => window.loading.longTasks.push({
  startMs: task.startTime, endMs: task.startTime + task.duration,
}))
watch('largest-contentful-paint', (paint) => { window.loading.largestMs = paint.startTime })
watch('layout-shift', (shift) => {
  if (!shift.hadRecentInput) window.loading.shifts.push({atMs: shift.startTime, share: shift.value})
})
"""
LOADED: Final = """async (sign) => {
  const shown = () => document.querySelector(sign)?.checkVisibility()
  while (!shown()) await new Promise(requestAnimationFrame)
  await new Promise(requestAnimationFrame)
  const readyMs = performance.now()
  const scripts = performance.getEntriesByType('resource').filter((one) => one.name.endsWith('.js'))
  // Whoever presses now waits for the tasks that run: two quiet seconds show which was the last.
  await new Promise((done) => setTimeout(done, 2000))
  const {longTasks, shifts, largestMs} = window.loading
  const firstPaintMs = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? readyMs
  const ends = longTasks.map((task) => task.endMs).filter((end) => end < readyMs + 2000)
  const interactiveMs = Math.max(readyMs, ...ends)
  // As Lighthouse counts it: what tasks between the first paint and then last longer than 50 ms.
  const blockedMs = longTasks.reduce((sum, {startMs, endMs}) =>
    sum + Math.max(0, Math.min(endMs, interactiveMs) - Math.max(startMs, firstPaintMs) - 50), 0)
  // The worst burst of shifts: at most 1 s between two, and 5 s for all.
  let burst = {begunMs: -Infinity, lastMs: -Infinity, sum: 0}
  let shifted = 0
  for (const {atMs, share} of shifts) {
    const isNew = atMs - burst.lastMs >= 1000 || atMs - burst.begunMs >= 5000
    burst = {begunMs: isNew ? atMs : burst.begunMs, lastMs: atMs, sum: (isNew ? 0 : burst.sum) + share}
    shifted = Math.max(shifted, burst.sum)
  }
  const resources = performance.getEntriesByType('resource').filter((one) => one.responseEnd <= readyMs)
  return {
    firstPaintMs,
    largestPaintMs: largestMs || readyMs,
    readyMs,
    interactiveMs,
    blockedMs,
    shifted,
    requests: resources.length + 1,
    scriptBytes: scripts.reduce((sum, one) => sum + one.encodedBodySize, 0),
  }
}"""
"""LCP, TBT and CLS are ``largestPaintMs``, ``blockedMs`` and ``shifted``."""


TIMES: Final = {
    "firstPaintMs": "firstpaint_ms",
    "largestPaintMs": "lcp_ms",
    "readyMs": "ready_ms",
    "interactiveMs": "interactive_ms",
    "blockedMs": "tbt_ms",
}

# A screen's height in 12 frames, up and down, for as long as it is said; how long each frame took.
SCROLLED: Final = """async (lastsMs) => {
  const took = []
  const begun = performance.now()
  let before = begun
  let step = innerHeight / 12
  while (before - begun < lastsMs) {
    window.scrollBy(0, step)
    const now = await new Promise(requestAnimationFrame)
    took.push(now - before)
    before = now
    const top = document.scrollingElement.scrollTop
    if (top <= 0 || top + innerHeight >= document.scrollingElement.scrollHeight - 1) step = -step
  }
  return took
}"""
TODOS: Final = 500
SCROLLED_MS: Final = 6_000
TODO_SHOWN: Final = "(count) => document.querySelectorAll('[data-testid=case]').length >= count"


def share(values: Sequence[float], part: float) -> float:
    """The value below which that part of them lies, by rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def percentiles(name: str, values: Sequence[float]) -> dict[str, float]:
    return {f"{name}_p{part}": round(share(values, part / 100)) for part in (50, 95)}


async def first_frames(say: Say, calls: int) -> Measured:
    """From the taxpayer's tap to the first picture of the other side, on both pages."""
    waits: dict[str, list[float]] = {"taxpayer": [], "officer": []}
    async with opened(media_workers="1") as (browser, server):
        people = People(browser, server)
        taxpayer = await people.taxpayer(0)
        officer = await people.officer("A")
        for side in (taxpayer, officer):
            await side.page.context.add_init_script(WATCH_FRAMES)
            await side.page.reload()
        visitor = Visitor(taxpayer.page, server)
        for number in range(calls + 1):
            if number % 10 == 1:
                say(f"call {number} of {calls}")
            line = {"line_id": "xiangzhou-vehicle", "question": ""}
            await visitor.ask("POST", "/consults", ticket_id=f"call{number}", **line)
            await officer.page.evaluate("() => { window.firstFrame.seenAt = null }")
            await taxpayer.page.goto(server.url)
            await officer.sees_waiting("A", 1)
            await officer.call_next()
            await taxpayer.is_called()
            await taxpayer.confirm()
            for side in (taxpayer, officer):
                await side.page.wait_for_function(FIRST_SEEN)
            accepted_at: float = await taxpayer.page.evaluate("() => window.firstFrame.acceptedAt")
            for name, page in (("taxpayer", taxpayer.page), ("officer", officer.page)):
                if number > 0:
                    waits[name].append(await page.evaluate(FIRST_SEEN) - accepted_at)
            await taxpayer.hang_up()
            await officer.page.get_by_test_id("open-call").wait_for()
            await officer.finish()
            await officer.page.goto(f"{server.url}/officer/")
            await officer.page.get_by_test_id("call-next").wait_for()
        version = browser.version
    both = [*waits["taxpayer"], *waits["officer"]]
    figures = {
        name: one for side, found in waits.items() for name, one in percentiles(f"{side}_ms", found).items()
    }
    return Measured(
        summary={"calls": calls, **percentiles("accept_to_first_frame_ms", both), **figures},
        details={"ms": waits},
        versions={"chromium": version},
    )


async def loading(say: Say, visits: int) -> Measured:
    """A first visit without anything kept: on a slow network and processor, and on this machine's own."""
    summary: dict[str, float] = {}
    details: dict[str, Any] = {}
    async with opened() as (browser, server):
        taxpayer = await People(browser, server).taxpayer(0)
        state = await taxpayer.context.storage_state()
        pages: tuple[tuple[str, str, str, Any], ...] = (
            ("login", "/login", by_id("login-number"), None),
            ("home", "/", by_id("door-consult"), state),
        )
        for name, path, sign, signed_in in pages:
            for slowed in (True, False):
                kind = "slow" if slowed else "own"
                say(f"{name}, {kind}")
                found = [
                    await _visit(browser, server.url + path, sign, signed_in, slowed=slowed)
                    for _ in range(visits)
                ]
                details[f"{name}_{kind}"] = found
                for figure, short in TIMES.items():
                    summary[f"{name}_{kind}_{short}"] = round(share([one[figure] for one in found], 0.5))
                summary[f"{name}_{kind}_cls"] = round(share([one["shifted"] for one in found], 0.5), 3)
                summary[f"{name}_script_bytes"] = found[0]["scriptBytes"]
                summary[f"{name}_requests"] = share([one["requests"] for one in found], 0.5)
        say(f"{TODOS} to-dos")
        summary |= await _scrolling(browser, server, taxpayer)
        version = browser.version
    return Measured(summary=summary, details=details, versions={"chromium": version})


async def _scrolling(browser: Browser, server: ServerProcess, taxpayer: TaxpayerPage) -> dict[str, float]:
    """Through many to-dos, with the slower processor."""
    case_id = await draft(taxpayer.page, server)
    body = {"mode": "backoffice", "consent_id": CONSENT, "description": "车辆被盗，申请退税。"}
    await Visitor(taxpayer.page, server).ask("POST", f"/business/{case_id}/submission", **body)
    await asyncio.to_thread(_repeat, server.data_dir / "records.sqlite3", case_id)
    await _slow(taxpayer.page, network=False)
    begun_s = time.perf_counter()
    await taxpayer.page.goto(f"{server.url}/todos")
    await taxpayer.page.wait_for_function(TODO_SHOWN, arg=TODOS)
    shown_ms = (time.perf_counter() - begun_s) * 1000
    took: list[float] = await taxpayer.page.evaluate(SCROLLED, SCROLLED_MS)
    return {
        "todos": TODOS,
        "todos_shown_ms": round(shown_ms),
        "todos_frames_per_s": round(len(took) / SCROLLED_MS * 1000, 1),
        "todos_frame_ms_p95": round(share(took, 0.95), 1),
        "todos_frame_ms_max": round(max(took), 1),
    }


def _repeat(file: Path, case_id: str) -> None:
    """The case so many times, as if it had been handed in again and again."""
    with closing(sqlite3.connect(file, timeout=20)) as records, records:
        columns = [str(row[1]) for row in records.execute("PRAGMA table_info(cases)")]
        taken = ", ".join({"case_id": "?", "number": "?"}.get(name, name) for name in columns)
        records.executemany(
            f"INSERT INTO cases ({', '.join(columns)}) SELECT {taken} FROM cases WHERE case_id = ?",
            [(f"again{number}", f"again{number}", case_id) for number in range(TODOS - 1)],
        )


async def _visit(browser: Browser, url: str, sign: str, state: Any, *, slowed: bool) -> dict[str, float]:
    context = await browser.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]},
        device_scale_factor=2,
        has_touch=True,
        is_mobile=True,
        locale="zh-CN",
        service_workers="block",
        storage_state=state,
    )
    try:
        page = await context.new_page()
        if slowed:
            await _slow(page)
        await page.add_init_script(WATCH_LOADING)
        await page.goto(url, wait_until="commit")
        found: dict[str, float] = await page.evaluate(LOADED, sign)
        return found
    finally:
        await context.close()


async def _slow(page: Page, *, network: bool = True) -> None:
    devtools = await page.context.new_cdp_session(page)
    if network:
        await devtools.send("Network.enable")
        conditions = {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": DOWN_BYTES_PER_S,
            "uploadThroughput": UP_BYTES_PER_S,
        }
        await devtools.send("Network.emulateNetworkConditions", conditions)
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWER})


def _measure(work: Callable[[Say, int], Awaitable[Measured]], count: int) -> Callable[[Say], Measured]:
    async def measured(say: Say) -> Measured:
        return await work(say, count)

    return lambda say: asyncio.run(measured(say))


BENCHES: Final = (
    Bench(
        "pages",
        "a first visit to the taxpayer's client, with CPU 4 times slower on a slow network",
        _measure(loading, VISITS),
        _measure(loading, QUICK_VISITS),
    ),
    Bench(
        "first-frame",
        "from the taxpayer's tap to the first picture of the other side, in two Chromium pages",
        _measure(first_frames, CALLS),
        _measure(first_frames, QUICK_CALLS),
    ),
    Bench(
        "board",
        "an officer's console with 2,000 people waiting and 300 conversations, while tickets are taken",
        _measure(board, CHANGES),
        _measure(board, QUICK_CHANGES),
    ),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("name", choices=[bench.name for bench in BENCHES])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result here")
    parser.add_argument("--quick", action="store_true", help="for a look, not for figures")
    arguments = parser.parse_args()
    bench = next(one for one in BENCHES if one.name == arguments.name)
    started_s = time.monotonic()

    def say(part: str) -> None:
        sys.stderr.write(f"[{time.monotonic() - started_s:4.0f} s] {part}\n")

    result = run(bench, say, quick=arguments.quick)
    if arguments.json is not None:
        write(result, arguments.json)
    for key, value in result.summary.items():
        sys.stdout.write(f"{key:<40} {value}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
