"""A media worker dies in mid-call: both pages come back by themselves, as they were, with real browsers."""

import asyncio
import os
import signal
import time
from collections.abc import Callable

import pytest
from playwright.async_api import Page, expect
from redis.asyncio import Redis

from rtc.workers.bounds import WorkerBounds
from rtc.workers.placement import Worker
from rtc.workers.registry import Registry
from tests.browser.conftest import People, StartServer
from tests.browser.server_process import ServerProcess

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def carrier(server: ServerProcess) -> Worker:
    """The worker that has the call, once both are there; read where the server's own Redis has it."""
    async with Redis(unix_socket_path=str(server.data_dir / "redis" / "redis.sock")) as redis:
        registry = Registry(redis, WorkerBounds())
        async with asyncio.timeout(30):
            while True:
                census = await registry.census()
                there = [one for one in census.workers if one.is_there(census.now_ms)]
                carrying = [one for one in there if one.calls]
                if carrying and len(there) == 2:
                    return carrying[0]
                await asyncio.sleep(0.01)


async def count_questions(page: Page) -> None:
    """Keeps whether anything was ever asked from now on, also if it went again."""
    await page.evaluate(
        """() => {
          window.asked = 0
          new MutationObserver(() => {
            const questions = ['[role=dialog]', ...['incoming-sheet', 'login-name', 'login-password'].map(
              (name) => `[data-testid=${name}]`)]
            const seen = document.querySelectorAll(questions.join(', '))
            for (const one of seen) if (one.checkVisibility()) window.asked += 1
          }).observe(document.body, {subtree: true, childList: true, attributes: true})
        }"""
    )


@pytest.mark.feature("B2", "S27")
async def test_both_pages_come_back_when_their_worker_is_killed(
    start_server: StartServer,
    people_at: Callable[[ServerProcess], People],
    figures: Callable[[str, float], None],
) -> None:
    server = await start_server(media_workers=2, media_port=0)
    people = people_at(server)
    taxpayer = await people.taxpayer(0)
    await taxpayer.take_ticket("A")
    officer = await people.officer("A")
    await officer.call_next()
    await taxpayer.is_called()
    await taxpayer.confirm()
    confirmed_at = time.monotonic()
    await asyncio.gather(taxpayer.is_in_call(), officer.is_in_call())
    await asyncio.gather(taxpayer.frames_grow(by=1), officer.frames_grow(by=1))
    figures("confirmed_to_pictures_on_both_sides_s", time.monotonic() - confirmed_at)
    await taxpayer.press("call-mic")
    await officer.page.get_by_test_id("call-peer-microphone").wait_for()
    sides = (taxpayer, officer)
    for side in sides:
        await count_questions(side.page)
        await side.page.evaluate("() => { window.keptConnection = window.__shuitongCall.peerConnection }")

    # The other worker takes the call; then the first one's successor, which was started again meanwhile.
    for kill in ("first", "second"):
        dead = await carrier(server)
        os.kill(dead.info.pid, signal.SIGKILL)
        killed_at = time.monotonic()
        for side in sides:
            await side.page.wait_for_function(
                "() => window.keptConnection !== window.__shuitongCall.peerConnection"
            )
        figures(f"worker_killed_to_new_connections_{kill}_s", time.monotonic() - killed_at)
        await asyncio.gather(*(side.frames_grow(by=1) for side in sides))
        figures(f"worker_killed_to_pictures_on_both_sides_{kill}_s", time.monotonic() - killed_at)
        for side in sides:
            await side.page.evaluate("() => { window.keptConnection = window.__shuitongCall.peerConnection }")

    assert (await carrier(server)).worker_id != dead.worker_id
    await taxpayer.hears(something=True)
    await officer.hears(something=False)
    await expect(officer.page.get_by_test_id("call-peer-microphone")).to_be_visible()
    for side in sides:
        await expect(side.page.get_by_test_id("call-page")).to_be_visible()
        assert await side.page.evaluate("() => window.asked") == 0
    await taxpayer.press("call-mic")
    await officer.hears(something=True)
