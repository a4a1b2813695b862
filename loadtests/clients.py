"""A browser of a taxpayer or an officer, over the wire: cookies, HTTP, and one page's socket."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import aiohttp
import orjson
import socketio
from pydantic import BaseModel, TypeAdapter, ValidationError

from api.endpoints import Endpoint
from cases.views import Problem
from loadtests.errors import Misshapen, NoAnswer, PageLost, Refused, Unreachable
from signaling.events import Command, Namespace, Payload

ANSWER_S: Final = 15.0
"""How long a client waits for any answer."""

T = TypeVar("T")
_PROBLEM: Final = TypeAdapter(Problem)
_adapters: dict[type, TypeAdapter[Any]] = {}


def _decoded(kind: type[T], content: object) -> T:
    """Raises Misshapen."""
    adapter = _adapters.get(kind)
    if adapter is None:
        adapter = _adapters[kind] = TypeAdapter(kind)
    try:
        if isinstance(content, bytes):
            return adapter.validate_json(content)  # type: ignore[no-any-return]  # by kind
        return adapter.validate_python(content)  # type: ignore[no-any-return]  # by kind
    except ValidationError as error:
        raise Misshapen(f"{kind.__name__}: {error.error_count()} faults") from error


def new_id() -> str:
    return uuid.uuid4().hex


class Browser:
    """One person's cookies. Always ``close`` it."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.session = aiohttp.ClientSession(
            # unsafe: cookies of an address, not only of a name.
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=ANSWER_S),
            headers={"Origin": self.origin},
        )

    async def ask(self, endpoint: Endpoint, kind: type[T], body: BaseModel | None = None) -> T:
        """The good answer as ``kind``, which is the endpoint's. Raises LoadError."""
        status, content = await self._exchange(endpoint, body)
        if status == endpoint.status:
            return _decoded(kind, content)
        problem = _PROBLEM.validate_json(content) if content.startswith(b"{") else None
        if problem is None:
            raise Misshapen(f"{endpoint.name}: status {status}")
        raise Refused(problem.code, problem.detail)

    async def _exchange(self, endpoint: Endpoint, body: BaseModel | None) -> tuple[int, bytes]:
        data = orjson.dumps(body.model_dump(mode="json")) if body is not None else None
        headers = {"Content-Type": "application/json"} if data is not None else {}
        try:
            async with self.session.request(
                endpoint.method, f"{self.origin}{endpoint.path}", data=data, headers=headers
            ) as answer:
                return answer.status, await answer.read()
        except TimeoutError as error:
            raise NoAnswer(endpoint.name) from error
        except aiohttp.ClientError as error:
            raise Unreachable(f"{endpoint.name}: {error}") from error

    async def close(self) -> None:
        await self.session.close()


class PageSocket:
    """The socket of one open page. Always ``close`` it.

    ``on_push``: gets the name and content of whatever comes, in order. ``news`` is set after each, and when
    the socket is gone.
    """

    def __init__(
        self, browser: Browser, namespace: Namespace, on_push: Callable[[str, object], None]
    ) -> None:
        self._browser = browser
        self._namespace = namespace
        self._on_push = on_push
        self._pushes = {push.name: push.payload for push in namespace.pushes}
        self._fault: Misshapen | None = None
        self._closing = False
        self.news = asyncio.Event()
        self.lost = False
        self._io = socketio.AsyncClient(http_session=browser.session, reconnection=False, handle_sigint=False)
        self._io.on("*", self._take, namespace=namespace.name)
        self._io.on("disconnect", self._left, namespace=namespace.name)

    async def _take(self, event: str, content: object) -> None:
        kind = self._pushes.get(event)
        try:
            if kind is None:
                raise Misshapen(f"push {event}")
            self._on_push(event, _decoded(kind, content))
        except Misshapen as fault:
            self._fault = fault
        self.news.set()

    async def _left(self, _reason: str) -> None:
        self.lost = not self._closing
        self.news.set()

    async def open(self) -> None:
        """Raises Unreachable, which is also a refused sign-in."""
        try:
            await self._io.connect(
                self._browser.origin,
                transports=["websocket"],
                namespaces=[self._namespace.name],
                headers={"Origin": self._browser.origin},
                wait_timeout=ANSWER_S,
            )
        except socketio.exceptions.ConnectionError as error:
            raise Unreachable(f"socket: {error}") from error

    def check(self) -> None:
        """Raises PageLost or Misshapen where one came about since the last look."""
        if self._fault is not None:
            raise self._fault
        if self.lost:
            raise PageLost(self._namespace.name)

    async def command(self, command: Command, kind: type[T], payload: Payload) -> T:
        """The command's result as ``kind``, which is the command's. Raises LoadError."""
        self.check()
        try:
            answer = await self._io.call(
                command.name,
                payload.model_dump(mode="json"),
                namespace=self._namespace.name,
                timeout=ANSWER_S,
            )
        except socketio.exceptions.TimeoutError as error:
            raise NoAnswer(command.name) from error
        except socketio.exceptions.SocketIOError as error:
            raise PageLost(command.name) from error
        if not isinstance(answer, dict) or "ok" not in answer:
            raise Misshapen(command.name)
        if not answer["ok"]:
            problem = _decoded(Problem, answer.get("problem"))
            raise Refused(problem.code, problem.detail)
        return _decoded(kind, answer.get("result"))

    async def close(self) -> None:
        self._closing = True
        await self._io.disconnect()
