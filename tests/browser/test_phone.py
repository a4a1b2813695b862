"""What a phone brings: scanning a slip, being called, and a client that opens without a network."""

import gzip
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest
import segno
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from cases.videos.views import VideoView
from server.demo import OFFICERS, RECEPTION, TAXPAYERS
from signaling import events
from tests.browser.conftest import PHONE, People, StartServer
from tests.browser.faults import has_no_fault
from tests.browser.pages import PATIENCE_MS, TaxpayerPage
from tests.browser.server_process import ServerProcess
from tests.chromium import ARGUMENTS, chromium_path
from tests.clients import OfficerClient

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PeopleAt = Callable[[ServerProcess], People]

DIST: Final = Path(__file__).parents[2] / "web_client" / "dist"
FIRST_PAGE_MAX: Final = 120_000
"""Bytes of script, compressed, before the first page stands."""
LINE: Final = "E"


def qr_picture(text: str, scale: int) -> npt.NDArray[np.uint8]:
    """Grey values, with the quiet zone around the code."""
    code = segno.make_qr(text, error="q")
    return np.array(
        [[0 if dark else 255 for dark in row] for row in code.matrix_iter(scale=scale, border=4)], np.uint8
    )


def write_film(grey: npt.NDArray[np.uint8], file: Path) -> None:
    """A camera's film (YUV4MPEG2) of that picture in the middle of a table."""
    high, wide = 480, 640
    picture = np.full((high, wide), 120, np.uint8)
    top, left = (high - grey.shape[0]) // 2, (wide - grey.shape[1]) // 2
    picture[top : top + grey.shape[0], left : left + grey.shape[1]] = 16 + grey // 255 * 219
    grey_chroma = bytes([128]) * (high * wide // 2)
    frame = b"FRAME\n" + picture.tobytes() + grey_chroma
    file.write_bytes(f"YUV4MPEG2 W{wide} H{high} F15:1 Ip A1:1 C420jpeg\n".encode() + frame * 2)


def photo(text: str) -> bytes:
    file = BytesIO()
    Image.fromarray(qr_picture(text, 6)).rotate(4, expand=True, fillcolor=200).save(file, "PNG")
    return file.getvalue()


@asynccontextmanager
async def browser_before(film: Path) -> AsyncIterator[Browser]:
    """A browser whose camera sees that film."""
    async with async_playwright() as playwright:
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


async def press(page: Page, *test_ids: str) -> None:
    for test_id in test_ids:
        await page.get_by_test_id(test_id).first.click()


async def type_slip(page: Page, number: str, code: str) -> None:
    await page.get_by_test_id("bind-number").fill(number)
    await page.get_by_test_id("bind-code").fill(code)


@pytest.mark.feature("S2", "S19", "S20", "S21")
async def test_tickets_on_paper_are_bound_and_called_to_a_counter(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = await start_server()
    desk = OfficerClient(server.url)
    me = await desk.sign_in(RECEPTION)
    line_id = next(line.line_id for line in me.lines if line.letter == LINE)
    scanned, typed, pictured, linked = [await desk.issue_paper(line_id) for _ in range(4)]
    film = tmp_path / "slip.y4m"
    write_film(qr_picture(scanned.binding_path, 5), film)
    async with browser_before(film) as browser:
        taxpayer = await People(browser, server).taxpayer(0)
        page = taxpayer.page
        await press(page, "door-bind")
        await expect(page.get_by_test_id("bound-none")).to_be_visible()
        await has_no_fault(page)

        # By the camera.
        await press(page, "bind-scan")
        await expect(page.get_by_test_id("bound-E001")).to_contain_text("前面还有 0 人")

        # By number and code: what no slip has is told while typing, another slip's by the server.
        await type_slip(page, "e-002", "A0")
        await expect(page.get_by_test_id("bind-code-fault")).to_contain_text("没有 0、1、I、L、O")
        await type_slip(page, "e-002", pictured.code.lower())
        await press(page, "bind-submit")
        await expect(page.get_by_test_id("bind-failure")).to_contain_text("票号和绑定码对不上")
        await has_no_fault(page)
        await page.reload()
        await expect(page.get_by_test_id("bind-number")).to_have_value("e-002")
        await type_slip(page, "e-002", f"{typed.code[:3]} {typed.code[3:].lower()}")
        await press(page, "bind-submit")
        await expect(page.get_by_test_id("bound-E002")).to_contain_text("前面还有 1 人")

        # By a photo, where the camera is refused; a photo of something else says so.
        await page.evaluate(
            "() => { navigator.mediaDevices.getUserMedia ="
            " () => Promise.reject(new DOMException('no', 'NotAllowedError')) }"
        )
        await press(page, "bind-scan")
        await expect(page.get_by_test_id("scan-problem")).to_contain_text("没有允许用摄像头")
        await has_no_fault(page)
        photos = page.get_by_test_id("scan-photo")
        await photos.set_input_files(
            {"name": "a.png", "mimeType": "image/png", "buffer": photo("WIFI:S:x;;")}
        )
        await expect(page.get_by_test_id("scan-note")).to_contain_text("不是税通的票")
        path = f"https://tax.example{pictured.binding_path}"
        await photos.set_input_files({"name": "b.png", "mimeType": "image/png", "buffer": photo(path)})
        await expect(page.get_by_test_id("bound-E003")).to_be_visible()

        # By the link that the QR code is: the code does not stay in the address.
        await page.goto(server.url + linked.binding_path)
        await expect(page.get_by_test_id("bind-number")).to_have_value("E004")
        await expect(page).to_have_url(f"{server.url}/bind")
        await press(page, "bind-submit")
        await expect(page.get_by_test_id("bound-E004")).to_be_visible()
        await press(page, "unbind-E004", "dialog-confirm")
        await expect(page.get_by_test_id("bound-E004")).to_have_count(0)
        await page.emulate_media(color_scheme="dark")
        await has_no_fault(page)

        # It is called like any other, to where it is answered.
        await page.goto(f"{server.url}/todos")
        console = await desk.open_page()
        await desk.sign_on(console, line_id, counter="3")
        called = (await desk.call_next(console, "n1")).ticket
        assert called is not None
        await expect(page.get_by_test_id("counter-where")).to_have_text("请到 3 号窗口")
        await expect(page).to_have_title(re.compile("轮到您了"))
        await has_no_fault(page)
        await press(page, "counter-going")
        await expect(page.get_by_test_id("incoming-bar")).to_contain_text("3 号窗口")
        await page.goto(f"{server.url}/tickets/{called.ticket_id}")
        await console.call(events.QUEUE_ARRIVED, ticket_id=called.ticket_id, call_number=called.call_number)
        await expect(page.get_by_text("正在 3 号窗口办理")).to_be_visible()
        await expect(page).to_have_title("税通")
        await console.call(
            events.QUEUE_FINISH,
            ticket_id=called.ticket_id,
            call_number=called.call_number,
            outcome="completed",
            remark="已补打",
        )
        await expect(page.get_by_text("已办结").first).to_be_visible()
        await has_no_fault(page)
        await page.goto(f"{server.url}/bind")
        await expect(page.get_by_test_id("bound-E001")).to_have_count(0)
        await press(page, "bound-ended")
        await expect(page.get_by_test_id("ended-ticket")).to_contain_text("已补打")
    await console.close()
    await desk.close()


async def kept_paths(page: Page) -> list[str]:
    """What the worker keeps, once it has taken over."""
    found: list[str] = await page.evaluate(
        """async () => {
          await navigator.serviceWorker.ready
          const paths = []
          for (const name of await caches.keys())
            for (const asked of await (await caches.open(name)).keys())
              paths.push(new URL(asked.url).pathname)
          return paths
        }"""
    )
    return found


@contextmanager
def newer_client() -> Iterator[None]:
    """Another version in its place: its page, its worker, and a script under another name."""
    page, worker = DIST / "index.html", DIST / "sw.js"
    before = {file: file.read_text(encoding="utf-8") for file in (page, worker)}
    (script,) = re.findall(r"assets/(taxpayer-[^\"]+\.js)", before[page])
    newer = DIST / "assets" / f"taxpayer-newer-{script.removeprefix('taxpayer-')}"
    try:
        newer.write_text(f'import "./{script}"', encoding="utf-8")
        for file, text in before.items():
            file.write_text(text.replace(script, newer.name), encoding="utf-8")
        yield
    finally:
        for file, text in before.items():
            file.write_text(text, encoding="utf-8")
        newer.unlink(missing_ok=True)


@asynccontextmanager
async def phone(profile: Path) -> AsyncIterator[BrowserContext]:
    """A browser that keeps what it is given, as one without a profile is asked for no notifications."""
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium_path(),
            args=[*ARGUMENTS, "--use-fake-device-for-media-stream"],
            viewport={"width": PHONE["width"], "height": PHONE["height"]},
            has_touch=True,
            is_mobile=True,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            permissions=["camera", "microphone", "notifications"],
        )
        context.set_default_timeout(PATIENCE_MS)
        yield context
        await context.close()


@pytest.mark.feature("B7", "S21")
async def test_the_client_opens_without_a_network_and_tells_of_a_newer_one(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = await start_server()
    async with phone(tmp_path / "profile") as context:
        await _opens_and_tells(
            server, TaxpayerPage(await context.new_page(), TAXPAYERS[0].name, TAXPAYERS[0].number)
        )


async def _opens_and_tells(server: ServerProcess, taxpayer: TaxpayerPage) -> None:
    page = taxpayer.page
    await taxpayer.log_in(server.url)
    await taxpayer.take_ticket("A")
    # Near the front the screen stays on, where this browser can do that; else somebody has to see to it.
    awake = page.get_by_test_id("keep-awake")
    can_hold = await page.evaluate(
        "async () => { try { await (await navigator.wakeLock.request('screen')).release(); return true }"
        " catch { return false } }"
    )
    await expect(awake).to_have_attribute("data-state", "held" if can_hold else "refused")
    await expect(awake).to_contain_text("屏幕会一直亮着" if can_hold else "请隔一会儿点一下屏幕")
    await press(page, "open-alerts")
    await expect(page.get_by_test_id("notify-state")).to_have_attribute("data-state", "granted")
    await has_no_fault(page)
    await page.emulate_media(color_scheme="dark")
    await has_no_fault(page)

    kept = await kept_paths(page)
    assert "/" in kept
    assert not [path for path in kept if path.startswith(("/api", "/socket.io", "/officer", "/reference"))]
    installed = await page.context.request.get(f"{server.url}/manifest.webmanifest")
    assert installed.headers["content-type"].split(";")[0] in (
        "application/manifest+json",
        "application/json",
    )
    for icon in json.loads(await installed.text())["icons"]:
        assert (await page.context.request.get(server.url + icon["src"])).ok

    # Out of sight, the system tells; back in sight, it is taken away.
    officer = OfficerClient(server.url)
    me = await officer.sign_in(OFFICERS[0])
    console = await officer.open_page()
    await page.evaluate(
        "() => Object.defineProperty(document, 'visibilityState', {get: () => 'hidden', configurable: true})"
    )
    await officer.sign_on(console, *[line.line_id for line in me.lines if line.letter == "A"])
    await officer.call_next(console, "n1")
    await taxpayer.is_called()
    shown = (
        "async () => (await (await navigator.serviceWorker.ready).getNotifications())"
        ".map((one) => `${one.title}|${one.data.path}`)"
    )
    await page.wait_for_function(
        f"async () => {{ const [first, ...others] = await ({shown})();"
        f" return others.length === 0 && /^轮到您了，A001\\|\\/tickets\\/\\S+$/.test(first) }}"
    )
    await page.evaluate(
        "() => { delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange')) }"
    )
    await page.wait_for_function(f"async () => (await ({shown})()).length === 0")
    await press(page, "incoming-later")
    await console.close()
    await officer.close()

    # A newer version: what is being written stays, and it comes with the next page.
    script = page.locator("script[type=module]").first
    async with page.expect_response(lambda answer: answer.url == f"{server.url}/") as looked:
        await page.goto(f"{server.url}/me")
    assert (await looked.value).ok
    await press(page, "incoming-later")
    with newer_client():
        await page.context.set_offline(True)
        await page.context.set_offline(False)
        await expect(page.get_by_test_id("update-bar")).to_have_attribute("data-state", "there")
        await has_no_fault(page)
        await page.evaluate(
            "() => { const field = document.createElement('textarea'); field.value = '写了一半';"
            " document.querySelector('main').append(field) }"
        )
        await press(page, "update-now")
        await expect(page.get_by_test_id("update-bar")).to_have_attribute("data-state", "wanted")
        await expect(script).not_to_have_attribute("src", re.compile("newer"))
        await press(page, "me-alerts")
        await expect(script).to_have_attribute("src", re.compile("newer"))
        await expect(page.get_by_test_id("notify-state")).to_be_visible()
        await expect(page.get_by_test_id("update-bar")).to_have_count(0)

    # Without a server the page opens all the same, in words.
    await server.stop()
    await page.goto(f"{server.url}/alerts")
    await expect(page.get_by_test_id("connection-lost")).to_be_visible()
    await expect(page.get_by_text("系统通知").first).to_be_visible()


def test_the_first_page_stays_light() -> None:
    page = (DIST / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"(?:src|href)=\"/(assets/[^\"]+\.js)\"", page)
    assert len(scripts) > 1
    weight = sum(len(gzip.compress((DIST / script).read_bytes(), 9)) for script in scripts)
    assert weight <= FIRST_PAGE_MAX


@pytest.mark.feature("S26")
async def test_video_is_asked_for_refused_accepted_and_left(
    start_server: StartServer, people_at: PeopleAt
) -> None:
    server = await start_server(video_request_ms=20_000)
    taxpayer = await people_at(server).taxpayer(0)
    page = taxpayer.page
    await taxpayer.take_ticket("A")
    officer = OfficerClient(server.url)
    await officer.sign_in(OFFICERS[0])
    console = await officer.open_page()

    async def answer(command: Any, view: VideoView) -> VideoView:
        assert view.request is not None
        answered: VideoView = await console.call(
            command, case_id=view.case_id, request_id=view.request.request_id
        )
        return answered

    seen: set[str] = set()

    def is_new(view: VideoView) -> bool:
        return view.request is not None and view.request.request_id not in seen

    async def asked() -> VideoView:
        await press(page, "video-ask", "video-ask-yes")
        view: VideoView = await console.wait_for(events.VIDEO_ASKED, is_new)
        assert view.request is not None
        seen.add(view.request.request_id)
        return view

    await press(page, "ticket-chat")
    await page.get_by_test_id("chat-text").fill("写到一半")
    view = await asked()
    await expect(page.get_by_test_id("video-withdraw")).to_be_visible()
    await answer(events.VIDEO_REFUSE, view)
    await expect(page.get_by_test_id("video-result")).to_contain_text("现在不方便视频")
    await has_no_fault(page)

    # Accepted: the page is in the call by itself; hung up, it is back, with what was being written.
    view = await answer(events.VIDEO_ACCEPT, await asked())
    await page.get_by_test_id("call-page").wait_for()
    await expect(page.get_by_text("正在等税务人员接入")).to_be_visible()
    await page.reload()
    # Hung up as soon as there is a button for it, which may be before the server let the page in.
    await page.get_by_test_id("call-page").wait_for()
    await taxpayer.hang_up()
    await expect(page.get_by_test_id("chat-text")).to_have_value("写到一半")

    # An officer asks: it rings on whatever page.
    await page.goto(server.url)
    await page.get_by_test_id("home-ticket").wait_for()
    await console.call(events.VIDEO_ASK, case_id=view.case_id, request_id=f"o-{view.case_id}")
    await page.get_by_test_id("video-sheet").wait_for()
    await expect(page).to_have_title(re.compile("视频邀请"))
    await has_no_fault(page)
    await press(page, "video-accept")
    await page.get_by_test_id("call-page").wait_for()
    await taxpayer.hang_up()

    # Nobody answers.
    await asked()
    await expect(page.get_by_test_id("video-withdraw")).to_be_visible()
    await has_no_fault(page)
    await expect(page.get_by_test_id("video-result")).to_contain_text("暂时没有税务人员接听")
    await console.close()
    await officer.close()
