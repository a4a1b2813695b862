"""A receiver of the webhook: keeps what it gets, and answers as it is told."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from aiohttp import web

from cases.outbox.signature import secret_bytes, signature

SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY: Final = secret_bytes(SECRET)

Behaviour = Callable[[str, int], str]
"""By the notification's id and which time it comes: ok, error, redirect, hang, close."""


def always_ok(_notification_id: str, _time: int) -> str:
    return "ok"


@dataclass(slots=True)
class Receiver:
    """``arrived``: ids in the order in which they came, doubles too; ``taken``: what was answered with 200,
    in the ``order`` of its first time.
    """

    url: str = ""
    behave: Behaviour = always_ok
    arrived: list[str] = field(default_factory=list)
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    redirected: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        notification_id = request.headers["webhook-id"]
        timestamp_s = int(request.headers["webhook-timestamp"])
        assert request.headers["webhook-signature"] == signature(KEY, notification_id, timestamp_s, body)
        self.arrived.append(notification_id)
        self.news.set()
        match self.behave(notification_id, Counter(self.arrived)[notification_id]):
            case "ok":
                content = orjson.loads(body)
                assert content["data"]["notification_id"] == notification_id
                # A receiver that knows what it has.
                if notification_id not in self.taken:
                    self.order.append(notification_id)
                self.taken[notification_id] = content
                return web.Response(text="x" * 100_000)
            case "redirect":
                raise web.HTTPTemporaryRedirect("/elsewhere")
            case "hang":
                await self.over.wait()
            case "close":
                if request.transport is not None:
                    request.transport.abort()
        return web.Response(status=500)

    async def elsewhere(self, _request: web.Request) -> web.Response:
        self.redirected += 1
        return web.Response()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    app.router.add_post("/elsewhere", receiver.elsewhere)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        receiver.over.set()
        await runner.cleanup()
