"""The leanest page there can be: one TCP connection with just enough HTTP, WebSocket, Engine.IO and Socket.IO
to sign in, send commands and take events, so that one process can be thousands of pages.
"""

import asyncio
import itertools
from collections.abc import Callable
from typing import Final, cast

import orjson

HEAD_END: Final = b"\r\n\r\n"
MASKED_TEXT: Final = 0x81
MASK_BIT: Final = 0x80
NO_MASK: Final = bytes(4)
"""A client has to mask its frames; this key leaves them as they are."""


class LeanPage(asyncio.Protocol):
    """``on_event``: gets each event as it came, ``["name",content]``; ``ready``: when it is signed in."""

    def __init__(self, host: str, namespace: str, cookie: str, on_event: Callable[[bytes], None]) -> None:
        self._host = host
        self._namespace = namespace.encode()
        self._cookie = cookie
        self._on_event = on_event
        self._event_head = b"42" + self._namespace + b","
        self._ack_head = b"43" + self._namespace + b","
        self._transport: asyncio.Transport | None = None
        self._unread = b""
        self._is_upgraded = False
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[bytes]] = {}
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Of a TCP connection; uvloop's is no asyncio.Transport by its class.
        self._transport = cast("asyncio.Transport", transport)
        lines = (
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
            f"Host: {self._host}",
            f"Origin: http://{self._host}",
            f"Cookie: {self._cookie}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        )
        self._transport.write("\r\n".join(lines).encode() + HEAD_END)

    def connection_lost(self, exc: Exception | None) -> None:
        error = ConnectionError(f"the server closed a page: {exc}")
        if not self.ready.done():
            self.ready.set_exception(error)
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(error)

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        data = self._unread + data if self._unread else data
        if not self._is_upgraded:
            head, ended, data_after = data.partition(HEAD_END)
            if not ended:
                self._unread = data
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.ready.set_exception(ConnectionError(head.decode()))
                self.close()
                return
            self._is_upgraded, data = True, data_after
        start = 0
        while (frame := _frame(data, start)) is not None:
            payload_start, start = frame
            self._take(data[payload_start:start])
        self._unread = data[start:]

    def _take(self, payload: bytes) -> None:
        if payload.startswith(self._event_head):
            self._on_event(payload[len(self._event_head) :])
        elif payload == b"2":
            self._send(b"3")
        elif payload.startswith(self._ack_head):
            number, _, answer = payload[len(self._ack_head) :].partition(b"[")
            waiting = self._asked.pop(int(number), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(answer[:-1])
        elif payload.startswith(b"0"):
            self._send(b"40" + self._namespace + b",")
        elif payload.startswith(b"40" + self._namespace):
            self.ready.set_result(None)
        else:
            self.close()

    def _send(self, payload: bytes) -> None:
        if self._transport is None:
            return
        length = len(payload)
        if length < 126:
            size = bytes((MASK_BIT | length,))
        else:
            size = bytes((MASK_BIT | 126,)) + length.to_bytes(2, "big")
        self._transport.write(bytes((MASKED_TEXT,)) + size + NO_MASK + payload)

    async def command(self, name: str, content: object, *, within_s: float) -> bytes:
        """The acknowledgement's JSON. Raises ConnectionError, TimeoutError."""
        number = next(self._numbers)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        head = b"42" + self._namespace + b"," + str(number).encode()
        self._send(head + orjson.dumps([name, content]))
        async with asyncio.timeout(within_s):
            return await answer


def _frame(data: bytes, start: int) -> tuple[int, int] | None:
    """Where the payload of the frame at ``start`` begins and ends; none when it is not whole yet."""
    if len(data) < start + 2:
        return None
    length, begin = data[start + 1], start + 2
    if length == 126:
        length, begin = int.from_bytes(data[start + 2 : start + 4], "big"), start + 4
    elif length == 127:
        length, begin = int.from_bytes(data[start + 2 : start + 10], "big"), start + 10
    return (begin, begin + length) if len(data) >= begin + length else None


async def open_page(
    port: int, namespace: str, cookie: str, on_event: Callable[[bytes], None], *, within_s: float
) -> LeanPage:
    """A page that is signed in. Raises ConnectionError, TimeoutError."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(within_s):
        _, page = await loop.create_connection(
            lambda: LeanPage(f"127.0.0.1:{port}", namespace, cookie, on_event), "127.0.0.1", port
        )
        await page.ready
    return page
