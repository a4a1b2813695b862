"""Two real Chromium pages through the relay: both see frames, and again after one of them reloads."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, async_playwright

from rtc.call import CallState, Devices, Facing, LegName
from rtc.relay import MediaRelay
from rtc.service import Offer, OfferChanged
from rtc.settings import RelaySettings
from tests.chromium import ARGUMENTS, chromium_path

CALL = "call-1"
DEVICES = Devices(microphone=True, camera=True, facing=Facing.USER)
FRAMES_MIN = 15
WAIT_S = 30.0
POLL_S = 0.1


class OfferServer:
    """The least signaling that two pages need."""

    def __init__(self, relay: MediaRelay) -> None:
        self._relay = relay
        self._changed: dict[LegName, asyncio.Queue[Offer]] = {leg: asyncio.Queue() for leg in LegName}
        self.application = web.Application()
        self.application.add_routes(
            [
                web.get("/", self._page),
                web.post("/join", self._join),
                web.post("/answer", self._answer),
                web.get("/offers", self._offers),
            ]
        )

    async def follow(self) -> None:
        async for event in self._relay.events():
            if isinstance(event, OfferChanged):
                self._changed[event.offer.leg].put_nowait(event.offer)

    async def _page(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(Path(__file__).with_name("browser_page.html"))

    async def _join(self, request: web.Request) -> web.Response:
        body = json.loads(await request.text())
        leg = LegName(body["leg"])
        self._changed[leg] = asyncio.Queue()
        return web.json_response(_as_json(await self._relay.join(CALL, leg, DEVICES)))

    async def _answer(self, request: web.Request) -> web.Response:
        body = json.loads(await request.text())
        await self._relay.answer(
            CALL, LegName(body["leg"]), body["generation"], body["revision"], body["sdp"]
        )
        return web.json_response({})

    async def _offers(self, request: web.Request) -> web.StreamResponse:
        changed = self._changed[LegName(request.query["leg"])]
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        while True:
            offer = await changed.get()
            await response.write(f"data: {json.dumps(_as_json(offer))}\n\n".encode())


def _as_json(offer: Offer) -> dict[str, Any]:
    return {"generation": offer.generation, "revision": offer.revision, "sdp": offer.sdp}


@pytest.fixture
async def relay() -> AsyncIterator[MediaRelay]:
    relay = MediaRelay(RelaySettings())
    await relay.start()
    await relay.open_call(CALL)
    yield relay
    await relay.stop()


@pytest.fixture
async def address(relay: MediaRelay) -> AsyncIterator[str]:
    offers = OfferServer(relay)
    following = asyncio.create_task(offers.follow())
    server = TestServer(offers.application)
    await server.start_server()
    yield str(server.make_url("/"))
    following.cancel()
    await asyncio.wait([following])
    await server.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(),
            args=[
                *ARGUMENTS,
                # totalAudioEnergy stays 0 while nothing plays the sound.
                "--autoplay-policy=no-user-gesture-required",
                "--use-fake-device-for-media-stream=device-count=1,fps=15",
            ],
        )
        yield browser
        await browser.close()


async def open_page(browser: Browser, address: str, leg: LegName, query: str = "") -> Page:
    page = await browser.new_page()
    page.on("pageerror", lambda error: print(leg, error))  # noqa: T201
    await page.goto(f"{address}?leg={leg}{query}")
    return page


async def measure(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = await page.evaluate(
        "() => window.measure ? window.measure() : {frames: 0, audio: 0}"
    )
    return found


async def frames_grow(page: Page) -> dict[str, Any]:
    """Wait until this page decoded and heard more than it had."""
    before = await measure(page)
    until = asyncio.get_running_loop().time() + WAIT_S
    while True:
        now = await measure(page)
        if now["frames"] >= before["frames"] + FRAMES_MIN and now["audio"] > before["audio"]:
            return now
        assert asyncio.get_running_loop().time() < until, f"stands still: {before} {now}"
        await asyncio.sleep(POLL_S)


@pytest.mark.browser
async def test_two_pages_see_each_other_also_after_a_reload(
    relay: MediaRelay, address: str, browser: Browser
) -> None:
    taxpayer = await open_page(browser, address, LegName.TAXPAYER)
    officer = await open_page(browser, address, LegName.OFFICER)
    seen = await asyncio.gather(frames_grow(taxpayer), frames_grow(officer))
    assert [found["codec"] for found in seen] == ["video/VP8", "video/VP8"]
    assert all("GCM" in found["srtp"] for found in seen)
    view = await relay.view(CALL)
    assert view.state is CallState.RUNNING

    for reloading, staying in ((taxpayer, officer), (officer, taxpayer), (officer, taxpayer)):
        await reloading.reload()
        again, other = await asyncio.gather(frames_grow(reloading), frames_grow(staying))
        assert again["frames"] >= FRAMES_MIN
        assert other["frames"] >= FRAMES_MIN
    assert await officer.evaluate("() => window.revisions") == [1]
    # The taxpayer's page stayed while the officer's began anew twice.
    assert await taxpayer.evaluate("() => window.revisions") == [1, 2, 3]
    statistics = await relay.statistics(CALL)
    assert statistics.from_taxpayer.dropped.get("malformed", 0) == 0
    assert statistics.from_officer.dropped.get("malformed", 0) == 0


@pytest.mark.browser
async def test_a_codec_that_one_page_refuses_is_sent_by_neither(
    relay: MediaRelay, address: str, browser: Browser
) -> None:
    taxpayer = await open_page(browser, address, LegName.TAXPAYER)
    officer = await open_page(browser, address, LegName.OFFICER, "&refuses=video/VP8")
    seen = await asyncio.gather(frames_grow(taxpayer), frames_grow(officer))
    assert [found["codec"] for found in seen] == ["video/H264", "video/H264"]
    assert await taxpayer.evaluate("() => window.revisions") == [1, 2]
    assert await officer.evaluate("() => window.revisions") == [1, 2]
    assert (await relay.view(CALL)).state is CallState.RUNNING
