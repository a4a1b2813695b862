"""A way to a server that loses connections where the test wants it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import Final

_CHUNK_BYTES: Final = 65_536


class Proxy:
    """Listens on loopback and passes everything on."""

    def __init__(self, target_path: str) -> None:
        self._target = target_path
        self._writers: set[asyncio.StreamWriter] = set()
        self._left: int | None = None
        self.port = 0
        self.connections = 0
        """Made so far."""

    def cut_after(self, answer_bytes: int) -> None:
        """Cut the connection that gets the next answers, once so many bytes of them were passed on."""
        self._left = answer_bytes

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        self.connections += 1
        answers, requests = await asyncio.open_unix_connection(self._target)
        ends = {writer, requests}
        self._writers |= ends
        try:
            passing = [
                asyncio.ensure_future(self._pass_requests(reader, requests)),
                asyncio.ensure_future(self._pass_answers(answers, writer)),
            ]
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
            for one in passing:
                one.cancel()
            await asyncio.wait(passing)
        finally:
            self._writers -= ends
            for end in ends:
                end.transport.abort()

    async def _pass_requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK_BYTES):
                writer.write(chunk)
                await writer.drain()

    async def _pass_answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK_BYTES):
                if self._left is None:
                    writer.write(chunk)
                    await writer.drain()
                elif len(chunk) < self._left:
                    self._left -= len(chunk)
                    writer.write(chunk)
                else:
                    writer.write(chunk[: self._left])
                    await writer.drain()
                    # Closed in order: what was passed on arrives, and nothing after it.
                    writer.close()
                    self._left = None
                    return


@contextlib.asynccontextmanager
async def proxy_to(target_path: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[Proxy]:
    """Before the server at that unix socket; with `tls` it is reached by TLS only."""
    proxy = Proxy(target_path)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, ssl=tls)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
