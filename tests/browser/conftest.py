"""Real browsers and a real server for the tests in this folder."""

import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from queueing.connection import connect
from server.demo import PASSWORD, TAXPAYERS, DemoTaxpayer
from tests.browser.opened import chromium
from tests.browser.pages import PATIENCE_MS, OfficerPage, TaxpayerPage
from tests.browser.server_process import Served, ServerProcess
from tests.browser.visitor import Visitor
from tests.faked_clock import FakedClock, valkey_with_clock
from tests.product import House, house_in

RESULTS: Final = Path(__file__).parents[2] / "test-results"
TWO_CAMERAS: Final = """
const all = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices)
navigator.mediaDevices.enumerateDevices = async () =>
  (await all()).filter((device) => !device.label.includes('fake_device_1'))
"""
PHONE: Final = {"width": 390, "height": 844}
DESKTOP: Final = {"width": 1440, "height": 900}

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


StartServer = Callable[..., Awaitable[ServerProcess]]


@pytest.fixture
async def start_server(tmp_path: Path, seeded_folder: Path) -> AsyncIterator[StartServer]:
    """Starts servers on data folders of this test, with the demo's records; settings by their names without
    SHUITONG_.
    """
    started: list[ServerProcess] = []

    async def start(tls: tuple[Path, Path] | None = None, **settings: int | str) -> ServerProcess:
        folder = tmp_path / f"data{len(started)}"
        # To make them takes a third of a start.
        shutil.copytree(seeded_folder, folder)
        server = ServerProcess(
            folder,
            {f"SHUITONG_{name.upper()}": str(value) for name, value in settings.items()},
            tls,
        )
        started.append(server)
        await server.start()
        return server

    yield start
    for server in started:
        await server.stop()


class TimedServer:
    """The server in the test's own process, whose time of day the test moves, and that of its Redis."""

    def __init__(self, house: House, clock: FakedClock) -> None:
        self._house = house
        self._clock = clock

    @property
    def house(self) -> House:
        """For the sides that need no browser."""
        return self._house

    @property
    def url(self) -> str:
        return self._house.url

    @property
    def data_dir(self) -> Path:
        return self._house.data_dir

    def move_to(self, at_ms: int) -> None:
        """Forward, to that moment."""
        by_s = (at_ms - self._house.clock.now_ms()) // 1_000
        self._clock.move(by_s)
        self._house.clock.ahead_ms += by_s * 1_000

    def now_ms(self) -> int:
        return self._house.clock.now_ms()


@pytest.fixture
async def timed_server(
    data_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[TimedServer]:
    with valkey_with_clock(tmp_path_factory.mktemp("timed")) as (url, clock):
        async with connect(url) as link, house_in(data_folder, link) as house:
            yield TimedServer(house, clock)


class People:
    """Opens pages for taxpayers and officers, each in a browser profile of its own."""

    password = PASSWORD

    def __init__(self, browser: Browser, server: Served) -> None:
        self._browser = browser
        self._server = server
        self._contexts: list[BrowserContext] = []

    async def _context(self, size: dict[str, int], *, phone: bool) -> BrowserContext:
        context = await self._browser.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            device_scale_factor=2 if phone else 1,
            has_touch=phone,
            is_mobile=phone,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            # A third of a page's work is drawing what moves.
            reduced_motion="reduce",
            ignore_https_errors=True,
            permissions=["camera", "microphone"],
            # It would take the whole client into each profile anew; `test_phone.py` has it.
            service_workers="block",
        )
        context.set_default_timeout(PATIENCE_MS)
        await context.add_init_script(TWO_CAMERAS)
        self._contexts.append(context)
        return context

    async def take_pictures(self, folder: Path) -> None:
        """A picture of every open page."""
        pages = [page for context in self._contexts for page in context.pages]
        for number, page in enumerate(pages):
            await page.screenshot(path=folder / f"{number}.png")

    async def taxpayer(self, index: int, *, signed_in: bool = True) -> TaxpayerPage:
        """One of the demo's taxpayers with a phone, signed in."""
        context = await self._context(PHONE, phone=True)
        person = TAXPAYERS[index]
        taxpayer = TaxpayerPage(await context.new_page(), person.name, person.number)
        if signed_in:
            await self._sign_in(context, person)
            await taxpayer.open_home(self._server.url)
        return taxpayer

    async def _sign_in(self, context: BrowserContext, person: DemoTaxpayer) -> None:
        """As the log-in page does it; that page has tests of its own."""
        visitor = Visitor(context, self._server)
        identity = {"certificate_type": "id_cn", "certificate_number": person.number, "name": person.name}
        challenge = await visitor.ask("POST", "/identity", **identity)
        passed = {"challenge": challenge["challenge"], "method": challenge["method"]}
        await visitor.ask("POST", "/session", **passed)

    async def another_page(self, taxpayer: TaxpayerPage) -> TaxpayerPage:
        """A second page of the same person in the same browser."""
        return TaxpayerPage(await taxpayer.context.new_page(), taxpayer.name, taxpayer.number)

    async def officer_signed_out(self) -> OfficerPage:
        context = await self._context(DESKTOP, phone=False)
        return OfficerPage(await context.new_page())

    async def officer(self, *letters: str) -> OfficerPage:
        """The demo's first officer, signed in and on to these lines."""
        officer = await self.officer_signed_out()
        await officer.log_in(self._server.url, "0731", self.password)
        if letters:
            await officer.sign_on(*letters)
        return officer


FAILED: Final = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
async def people_at(
    browser: Browser, request: pytest.FixtureRequest
) -> AsyncIterator[Callable[[Served], People]]:
    """People at a server; where the test fails, test-results has a picture of each of their pages."""
    groups: list[People] = []

    def at(server: Served) -> People:
        groups.append(People(browser, server))
        return groups[-1]

    yield at
    if request.node.stash.get(FAILED, False):
        for group in groups:
            await group.take_pictures(RESULTS / request.node.name)


@pytest.fixture(scope="session")
def figures() -> Callable[[str, float], None]:
    """Keeps measured figures in test-results/figures.json, for reading; nothing is judged by them."""
    found: dict[str, list[float]] = {}

    def keep(name: str, value: float) -> None:
        found.setdefault(name, []).append(round(value, 3))
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "figures.json").write_text(json.dumps(found, indent=1), encoding="utf-8")

    return keep
