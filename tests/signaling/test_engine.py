"""The socket library's bounds, with real connections that do what no page of ours does."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
import socketio
from aiohttp import web

from signaling.engine import BoundedServer, EngineBounds, Written
from signaling.frames import event_frame
from tests.clients import WAIT_S, eventually

URL = "/socket.io/?EIO=4&transport=websocket"
ROOM = "everybody"


class Served:
    """A bounded server with one namespace in which everybody joins one room."""

    def __init__(self, bounds: EngineBounds) -> None:
        self.left: list[str] = []
        self.connecting = asyncio.Event()
        self.may_connect = asyncio.Event()
        self.may_connect.set()
        self.io = BoundedServer(bounds, namespaces=["/page"], async_handlers=False)
        self.io.on("connect", self._connect, namespace="/page")
        self.io.on("disconnect", self._disconnect, namespace="/page")
        self.io.on("ask", self._ask, namespace="/page")
        self.port = 0

    async def _connect(self, sid: str, _environ: object, _auth: object) -> None:
        self.connecting.set()
        await self.may_connect.wait()
        if not self.io.is_open(sid, "/page"):
            raise socketio.exceptions.ConnectionRefusedError("gone")
        await self.io.enter_room(sid, ROOM, namespace="/page")

    async def _disconnect(self, sid: str, _reason: str) -> None:
        self.left.append(sid)

    async def _ask(self, _sid: str, *_content: object) -> str:
        return "answered"

    @property
    def open(self) -> int:
        return len(self.io.eio.sockets)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{URL}"


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async for one in serve(EngineBounds(4, nameless_s=0.2, connects_max=3, waiting_max=20, left_out_max=3)):
        yield one


async def serve(bounds: EngineBounds) -> AsyncIterator[Served]:
    made = Served(bounds)
    app = web.Application()
    made.io.attach(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.port = runner.addresses[0][1]
    yield made
    await made.io.shutdown()
    await runner.cleanup()


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def joined(browser: aiohttp.ClientSession, served: Served) -> aiohttp.ClientWebSocketResponse:
    page = await browser.ws_connect(served.url)
    await page.receive_str(timeout=WAIT_S)
    await page.send_str("40/page,")
    assert (await page.receive_str(timeout=WAIT_S)).startswith("40/page,{")
    return page


async def ended(page: aiohttp.ClientWebSocketResponse) -> None:
    """The server ends it; whatever came before is read."""
    async with asyncio.timeout(WAIT_S):
        while (await page.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    assert page.closed


async def test_a_page_that_does_not_read_is_cut_off_and_the_others_are_not(
    browser: aiohttp.ClientSession, served: Served
) -> None:
    reading = await joined(browser, served)
    async with deaf_page(served):
        await eventually(lambda: _count(served), lambda count: count == 2)
        sent = 0
        while not served.left:
            await served.io.emit("news", "x" * 100_000, room=ROOM, namespace="/page")
            await reading.receive_str(timeout=WAIT_S)
            sent += 1
            assert sent < 1_000, "it waits for ever"
        await eventually(lambda: _open(served), lambda count: count == 1)
    await served.io.emit("news", 1, room=ROOM, namespace="/page")
    assert await reading.receive_str(timeout=WAIT_S) == '42/page,["news",1]'
    await reading.close()


async def test_frames_to_a_page_that_does_not_read_are_left_out_until_it_is_cut_off(
    browser: aiohttp.ClientSession, served: Served
) -> None:
    reading = await joined(browser, served)
    (reader,) = await _sids(served)
    async with deaf_page(served):
        both = await eventually(lambda: _sids(served), lambda sids: len(sids) == 2)
        (deaf,) = both - {reader}
        frame = event_frame("news", "x" * 100_000, "/page")
        written = [served.io.write(deaf, "/page", frame)]
        while written[-1] is Written.DONE:
            written.append(served.io.write(deaf, "/page", frame))
            assert len(written) < 1_000, "it is written for ever"
        assert served.io.is_behind(deaf, "/page")
        assert [served.io.write(deaf, "/page", frame) for _ in range(3)] == [
            Written.LEFT_OUT,
            Written.LEFT_OUT,
            Written.STUCK,
        ]
        await served.io.cut_stuck(deaf, "/page")
        assert served.left == [deaf]
        assert served.io.write(deaf, "/page", frame) is Written.GONE
        await served.io.cut_stuck(deaf, "/page")
    assert served.io.write(reader, "/page", event_frame("news", 1, "/page")) is Written.DONE
    assert await reading.receive_str(timeout=WAIT_S) == '42/page,["news",1]'
    await reading.close()


@contextlib.asynccontextmanager
async def deaf_page(served: Served) -> AsyncIterator[None]:
    """A page that joins and never reads."""
    with socket.create_connection(("127.0.0.1", served.port)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        deaf.sendall(
            f"GET {URL} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        # A masked text frame (mask 0) that joins the namespace.
        deaf.sendall(b"\x81\x88\0\0\0\0" + b"40/page,")
        yield


async def _sids(served: Served) -> set[str]:
    return {sid for sid, _ in served.io.manager.get_participants("/page", ROOM)}


async def _count(served: Served) -> int:
    return len(list(served.io.manager.get_participants("/page", ROOM)))


async def _open(served: Served) -> int:
    return served.open


async def test_more_connections_than_allowed_are_refused(
    browser: aiohttp.ClientSession, served: Served
) -> None:
    pages = [await browser.ws_connect(served.url) for _ in range(4)]
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await browser.ws_connect(served.url)
    await pages[0].close()
    await eventually(lambda: _open(served), lambda count: count == 3)
    await browser.ws_connect(served.url)


async def test_who_signs_in_nowhere_is_cut_off(browser: aiohttp.ClientSession, served: Served) -> None:
    page = await joined(browser, served)
    stranger = await browser.ws_connect(served.url)

    async def swept() -> int:
        await served.io.cut_nameless()
        return served.open

    await eventually(swept, lambda count: count == 1)
    await ended(stranger)
    await page.send_str('42/page,1["ask"]')
    assert await page.receive_str(timeout=WAIT_S) == '43/page,1["answered"]'


async def test_a_connection_that_ends_while_it_signs_in_leaves_nothing(
    browser: aiohttp.ClientSession, served: Served
) -> None:
    served.may_connect.clear()
    page = await browser.ws_connect(served.url)
    await page.send_str("40/page,")
    await served.connecting.wait()
    (eio_sid,) = served.io.eio.sockets
    await served.io.cut(eio_sid)
    served.may_connect.set()
    await ended(page)
    await eventually(lambda: _count(served), lambda count: count == 0)
    assert served.io.manager.sid_from_eio_sid(eio_sid, "/page") is None
    await (await joined(browser, served)).close()


async def test_asking_for_a_namespace_too_often(browser: aiohttp.ClientSession, served: Served) -> None:
    page = await browser.ws_connect(served.url)
    for _ in range(4):
        await page.send_str("40/nowhere,")
    await ended(page)


@pytest.mark.parametrize(
    "message",
    [
        "4", "4x", "49", "41x", "43/page,7[1]", "42/page,", "42/page,5", "42/page,{}", "42/page,[]",
        "42/page,[{}]", "42/page,[null]", '42/page,["ask"', '42/nowhere,["ask"]', '42["ask"]',
        '45999999999-/page,["ask"]', '455-/page,["ask"]', "446-/page,",
    ],
)  # fmt: skip
async def test_a_message_of_no_use_ends_its_connection_and_logs_nothing(
    browser: aiohttp.ClientSession, served: Served, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    page = await joined(browser, served)
    await page.send_str(message)
    await ended(page)
    assert caplog.records == []


async def test_a_binary_message_that_never_ends(browser: aiohttp.ClientSession, served: Served) -> None:
    page = await joined(browser, served)
    await page.send_str('454-/page,["ask",{"_placeholder":true,"num":0}]')
    await page.send_bytes(b"one")
    await page.send_str('42/page,["ask"]')
    await ended(page)


async def test_shutting_down_waits_for_nobody(browser: aiohttp.ClientSession) -> None:
    async for served in serve(EngineBounds(4)):
        page = await joined(browser, served)
        polling = socketio.AsyncClient(http_session=browser, reconnection=False)
        await polling.connect(f"http://127.0.0.1:{served.port}", transports=["polling"], namespaces=["/page"])
        await served.io.shutdown()
        await ended(page)
        assert served.open == 0
        assert len(served.left) == 2
        await polling.disconnect()
