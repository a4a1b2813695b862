"""A way to a server on which some of what it says is changed: defects, planted where clients meet them."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import orjson
from aiohttp import web

from queueing.states import TicketState

PASSED_ON: Final = ("Cookie", "Content-Type", "Idempotency-Key", "Accept-Language")
EVENT: Final = re.compile(r"(42/(?:taxpayer|officer),)(\[.*\])", re.DOTALL)
TICKET: Final = re.compile(r"^/api/v1/taxpayer/consults$")
CASE: Final = re.compile(r"^/api/v1/taxpayer/cases/[^/]+$")


@dataclass(slots=True)
class Lies:
    """What is said once each; whom it was about, by the name of the rule that it breaks."""

    told: dict[str, str] = field(default_factory=dict)
    _tickets: dict[str, str] = field(default_factory=dict)
    _held: dict[str, str] = field(default_factory=dict)

    def answer(self, path: str, content: Any) -> None:
        """Of HTTP, before it is passed on."""
        if TICKET.match(path):
            self._tickets[content["case_id"]] = content["ticket_id"]
            if content["ahead"] is not None and "true_position" not in self.told:
                self.told["true_position"] = content["ticket_id"]
                content["ahead"] += 1
        elif CASE.match(path) and "deadline_once" not in self.told:
            given_up = [event for event in content["events"] if event["step"] == "abandon"]
            if given_up:
                self.told["deadline_once"] = self._tickets[content["case_id"]]
                content["events"].insert(content["events"].index(given_up[0]), dict(given_up[0]))

    def event(self, page: str, content: list[Any]) -> bool:
        """Of a socket; whether it is passed on."""
        match content:
            case ["conversation.message", {"message": {"case_id": case_id, "sender": "officer"}}]:
                if "messages_once" not in self.told and page.startswith("42/taxpayer"):
                    self.told["messages_once"] = case_id
                    return False
            case ["desk.changed", {"ticket": {"state": TicketState.CALLED, "call_number": 1} as ticket}]:
                others = [held for desk, held in self._held.items() if desk != page]
                self._held[page] = ticket["ticket_id"]
                if others and "one_officer" not in self.told:
                    self.told["one_officer"] = ticket["ticket_id"] = others[0]
        return True


class _Way:
    def __init__(self, url: str, lies: Lies, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._lies = lies
        self._session = session
        self._pages = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        headers["Origin"] = self._url
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._socket(request, headers)
        async with self._session.request(
            request.method, f"{self._url}{request.path_qs}", data=await request.read(), headers=headers
        ) as answer:
            body = await answer.read()
            if answer.ok and answer.content_type == "application/json":
                content = orjson.loads(body)
                self._lies.answer(request.path, content)
                body = orjson.dumps(content)
            passed = web.Response(status=answer.status, body=body, content_type=answer.content_type)
            for cookie in answer.headers.getall("Set-Cookie", ()):
                passed.headers.add("Set-Cookie", cookie)
            return passed

    async def _socket(self, request: web.Request, headers: dict[str, str]) -> web.WebSocketResponse:
        self._pages += 1
        number = self._pages
        theirs = web.WebSocketResponse()
        await theirs.prepare(request)
        async with self._session.ws_connect(f"{self._url}{request.path_qs}", headers=headers) as ours:
            ways = [
                asyncio.create_task(_pass(theirs, ours.send_str)),
                asyncio.create_task(_pass(ours, self._telling(theirs, number))),
            ]
            # Whichever side ends first ends the other.
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            await theirs.close()
        return theirs

    def _telling(self, theirs: web.WebSocketResponse, number: int) -> Callable[[str], Awaitable[None]]:
        async def tell(text: str) -> None:
            found = EVENT.fullmatch(text)
            if found is not None:
                content = orjson.loads(found[2])
                if not self._lies.event(f"{found[1]}{number}", content):
                    return
                text = f"{found[1]}{orjson.dumps(content).decode()}"
            await theirs.send_str(text)

        return tell


async def _pass(
    source: web.WebSocketResponse | aiohttp.ClientWebSocketResponse, send: Callable[[str], Awaitable[None]]
) -> None:
    async for message in source:
        if message.type is aiohttp.WSMsgType.TEXT:
            await send(message.data)


@asynccontextmanager
async def lying_proxy(url: str, lies: Lies) -> AsyncIterator[str]:
    """The address of a way to the server at ``url``."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        app = web.Application(client_max_size=1 << 24)
        app.router.add_route("*", "/{path:.*}", _Way(url, lies, session).serve)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()
