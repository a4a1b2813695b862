"""``GET /metrics`` on a port of its own, which the pages' proxy does not know."""

import asyncio
import contextlib
import hmac
from collections.abc import AsyncIterator, Iterator
from typing import Final

from aiohttp import hdrs, web
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from server.metrics.families import Seen
from server.metrics.looking import Looking

PATH: Final = "/metrics"


class _Both(Collector):
    def __init__(self, counted: CollectorRegistry, seen: Seen) -> None:
        self._counted = counted
        self._seen = seen

    def collect(self) -> Iterator[Metric]:
        yield from self._counted.collect()
        yield from self._seen.families()


class MetricsPage:
    """Of one process. ``token``: what who asks has to have (``Authorization: Bearer …``); none: anybody who
    reaches the port.
    """

    def __init__(self, counted: CollectorRegistry, looking: Looking, token: str | None) -> None:
        self._counted = counted
        self._looking = looking
        self._wanted = f"Bearer {token}".encode() if token is not None else None
        # Whoever asks more often than it can be answered waits, and costs no more.
        self._turn = asyncio.Lock()

    async def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        async with self._turn:
            registry = CollectorRegistry()
            registry.register(_Both(self._counted, await self._looking.look()))
            return generate_latest(registry)

    @contextlib.asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[int]:
        """Served within the block; the port that it got. Raises OSError for one that is taken."""
        app = web.Application()
        app.router.add_get(PATH, self._answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            yield int(runner.addresses[0][1])
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        given = request.headers.get(hdrs.AUTHORIZATION, "").encode()
        if self._wanted is not None and not hmac.compare_digest(given, self._wanted):
            raise web.HTTPUnauthorized(headers={hdrs.WWW_AUTHENTICATE: "Bearer"})
        return web.Response(body=await self.text(), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST})
