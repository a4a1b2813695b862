"""Fixtures that run the real product in the test's own loop: Valkey, SQLite, relay, both edges."""

import asyncio
import contextlib
import inspect
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp.web_app import _cached_build_middleware

from cases.clock import SystemClock
from queueing.connection import Link, connect
from server import demo
from server.app import Running, running
from server.building import build
from server.demo import DemoTaxpayer
from server.settings import Settings
from tests.clients import OfficerClient, Page, TaxpayerClient, close_left_open
from tests.postgres_server import PostgresServer, at_once
from tests.records import SQLITE, at_postgresql, put_address, records_url

HALL: Final = demo.HALL.hall_id
VEHICLE, INVOICE, GENERAL, ASSIST, ONSITE = (line.line_id for line in demo.LINES)
CHEN, HUANG, LIANG = demo.TAXPAYERS
LIN, ZHOU = demo.OFFICERS
HE: Final = demo.SUPERVISOR
LUO: Final = demo.RECEPTION
SU: Final = demo.ADMIN


@pytest.fixture
async def clients_end() -> AsyncIterator[None]:
    """Also those of a test that failed before it closed them."""
    yield
    await close_left_open()


@pytest.fixture(autouse=True)
def no_client_stays(request: pytest.FixtureRequest) -> None:
    """For every test that could have opened one."""
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("clients_end")


class MovableClock:
    """The machine's time, put forward by the test."""

    def __init__(self) -> None:
        self.ahead_ms = 0

    def now_ms(self) -> int:
        return SystemClock().now_ms() + self.ahead_ms


class House:
    """A running product and whoever uses it."""

    def __init__(self, server: Running, clock: MovableClock, ends: contextlib.AsyncExitStack) -> None:
        self.server = server
        self.product = server.product
        self.clock = clock
        self.url = f"http://127.0.0.1:{server.port}"
        self.data_dir = server.product.settings.data_dir
        self._ends = ends

    def visitor(self) -> TaxpayerClient:
        """A browser in which nobody signed in yet."""
        client = TaxpayerClient(self.url)
        self._ends.push_async_callback(client.close)
        return client

    def console(self) -> OfficerClient:
        """The same for an officer."""
        client = OfficerClient(self.url)
        self._ends.push_async_callback(client.close)
        return client

    async def taxpayer(self, person: DemoTaxpayer) -> tuple[TaxpayerClient, Page]:
        """Signed in, with one page open."""
        client = self.visitor()
        await client.sign_in(person)
        return client, await client.open_page()

    async def officer(
        self, officer: demo.DemoOfficer = LIN, *line_ids: str, counter: str = ""
    ) -> tuple[OfficerClient, Page]:
        """Signed in with one page open, and signed on where lines are named."""
        client = self.console()
        await client.sign_in(officer)
        page = await client.open_page()
        if line_ids:
            await client.sign_on(page, *line_ids, counter=counter)
        return client, page

    async def version(self) -> int:
        """The journal's: unchanged means that nothing happened in the hall."""
        return await self.product.journal.latest(HALL)


OpenHouse = Callable[..., AbstractAsyncContextManager[House]]


def settings_of(folder: Path, **changes: Any) -> Settings:
    """As a test wants them: free ports, quick pushes."""
    wanted: dict[str, Any] = {
        "demo": True,
        "data_dir": folder,
        "port": 0,
        "media_port": 0,
        "media_workers": 0,
        "push_rate_hz": 50,
        "queue_poll_max_ms": 20,
        "password_memory_kib": 1_024,
        **({"database_url": records_url(folder)} if at_postgresql(folder) else {}),
        **changes,
    }
    return Settings(**wanted)


@contextlib.asynccontextmanager
async def house_in(folder: Path, link: Link, **changes: Any) -> AsyncIterator[House]:
    """The product on that folder's records; everybody's pages are closed before it stops."""
    clock = MovableClock()
    async with running(settings_of(folder, **changes), link, clock) as server:
        async with contextlib.AsyncExitStack() as ends:
            yield House(server, clock, ends)
        # It keeps the last thousand handlers with their applications: hundreds of ended products, 5 MB each.
        _cached_build_middleware.cache_clear()
        broken = [task for task in server.tasks if task.done()]
        assert not broken, f"ended by itself: {broken}"


@pytest.fixture(scope="session")
def seeded_folder(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Path:
    """A data folder with the demo's records, to be copied: passwords take long to hash."""
    folder = tmp_path_factory.mktemp("seeded")

    async def seed() -> None:
        link = connect(redis_url)
        product = build(settings_of(folder), link)
        await product.database.migrate()
        await demo.seed(product.database, product.accounts)
        # Takes the catalogue into the records.
        await product.guidance.load()
        await product.database.close()
        await link.aclose()

    asyncio.run(seed())
    return folder


@pytest.fixture(scope="session")
def seeded_template(
    seeded_folder: Path,
    redis_url: str,
    postgres: PostgresServer,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """A database of PostgreSQL with the same, under the same keys."""
    name = postgres.new_database(migrated_template)
    folder = Path(shutil.copytree(seeded_folder, tmp_path_factory.mktemp("seeded") / "postgresql"))
    put_address(folder, postgres.url(name))

    async def seed() -> None:
        async with connect(redis_url) as link:
            product = build(settings_of(folder), link)
            await demo.seed(product.database, product.accounts)
            await product.guidance.load()
            await product.database.close()

    at_once(seed())
    return name


@pytest.fixture
def data_folder(
    request: pytest.FixtureRequest, seeded_folder: Path, records_kind: str, tmp_path: Path
) -> Iterator[Path]:
    """A fresh data folder of the demo."""
    folder = Path(shutil.copytree(seeded_folder, tmp_path / "house"))
    if records_kind == SQLITE:
        yield folder
        return
    template: str = request.getfixturevalue("seeded_template")
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.copy_of(template) as url:
        put_address(folder, url)
        yield folder


@pytest.fixture
def open_house(data_folder: Path, link: Link) -> OpenHouse:
    """Starts the product with these settings: `async with open_house(queue_confirm_ms=1_000) as house`."""

    def start(**changes: Any) -> AbstractAsyncContextManager[House]:
        return house_in(data_folder, link, **changes)

    return start


@pytest.fixture
async def house(open_house: OpenHouse) -> AsyncIterator[House]:
    """The product with the settings of tests."""
    async with open_house() as opened:
        yield opened
