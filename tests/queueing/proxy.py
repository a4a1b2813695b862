"""Servers of the tests' own: one that does as it is told, and one that passes on until it is told to cut."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

_CHUNK_BYTES: Final = 65_536

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def listening(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serves each connection on loopback, and closes it when `serve` is done with it; the port."""
    served: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, EOFError):
                await serve(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.add(asyncio.create_task(one(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in served:
            task.cancel()
        if served:
            await asyncio.wait(served)


class Proxy:
    """Passes everything on to the server at a unix socket."""

    def __init__(self, target_path: str) -> None:
        self._target = target_path
        self._left: int | None = None
        self.port = 0
        self.connections = 0
        """Made so far."""

    def cut_after(self, answer_bytes: int) -> None:
        """Cut the connection that gets the next answers, once so many bytes of them were passed on."""
        self._left = answer_bytes

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it or it is cut."""
        self.connections += 1
        answers, requests = await asyncio.open_unix_connection(self._target)
        try:
            async with asyncio.TaskGroup() as passing:
                upward = passing.create_task(self._pass_on(reader, requests))
                await self._pass_answers(answers, writer)
                upward.cancel()
        finally:
            requests.close()
            await requests.wait_closed()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(_CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
        # The server ends its side in turn.
        writer.close()

    async def _pass_answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(_CHUNK_BYTES):
            if self._left is not None and len(chunk) >= self._left:
                # Closed in order: what was passed on arrives, and nothing after it.
                writer.write(chunk[: self._left])
                self._left = None
                return
            if self._left is not None:
                self._left -= len(chunk)
            writer.write(chunk)
            await writer.drain()


@contextlib.asynccontextmanager
async def proxy_to(target_path: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[Proxy]:
    """Before the server at that unix socket; with `tls` it is reached by TLS only."""
    proxy = Proxy(target_path)
    async with listening(proxy.serve, tls) as proxy.port:
        yield proxy
