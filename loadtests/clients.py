"""A browser of a taxpayer or an officer, over the wire: cookies, HTTP, and one page's socket."""

import asyncio
import contextlib
import os
import socket
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
import orjson
import socketio
from pydantic import BaseModel, TypeAdapter, ValidationError

from api.endpoints import Endpoint
from cases.views.problems import Problem
from loadtests.errors import (
    LoadError,
    Misshapen,
    NoAnswer,
    PageLost,
    Refused,
    Unreachable,
    may_pass,
)
from loadtests.weather import Weather
from signaling.events import Command, Namespace, Payload

ANSWER_S: Final = 15.0
"""How long a client waits for any answer."""
AGAIN_S: Final = 0.5
"""While the server is disturbed a request is sent again after so long."""
SERVICE_UNAVAILABLE: Final = 503

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


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request carries beside its endpoint. ``path`` fills the address, ``content`` is an upload."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: BaseModel | None = None
    content: bytes | None = None

    def address(self, endpoint: Endpoint) -> str:
        path = endpoint.path.format(**{name: quote(value, safe="") for name, value in self.path.items()})
        return f"{path}?{urlencode(self.query)}" if self.query else path


class Browser:
    """One person's cookies. Always ``close`` it."""

    def __init__(self, base_url: str, weather: Weather | None = None) -> None:
        parts = urlsplit(base_url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.weather = weather or Weather()
        self.session = aiohttp.ClientSession(
            # unsafe: cookies of an address, not only of a name.
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=ANSWER_S),
            headers={"Origin": self.origin},
        )

    async def ask(
        self,
        endpoint: Endpoint,
        kind: type[T],
        body: BaseModel | None = None,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> T:
        """The good answer as ``kind``, which is the endpoint's. Raises LoadError.

        While the server is disturbed, what gets no answer is sent again, as a page does it.
        """
        sent = Sent(path or {}, query or {}, body, content)
        headers = {"Idempotency-Key": new_id()} if endpoint.makes else {}
        while True:
            try:
                return _decoded(kind, await self._answered(endpoint, sent, headers))
            except LoadError as error:
                if not (self.weather.is_rough and may_pass(error)):
                    raise
                await asyncio.sleep(AGAIN_S)

    async def see(self, endpoint: Endpoint, *, path: Mapping[str, str]) -> bytes:
        """The bytes of an answer that is no JSON. Raises LoadError."""
        return await self._answered(endpoint, Sent(path, {}), {})

    async def _answered(self, endpoint: Endpoint, sent: Sent, headers: Mapping[str, str]) -> bytes:
        status, content = await self._exchange(endpoint, sent, headers)
        if status == endpoint.status:
            return content
        problem = _PROBLEM.validate_json(content) if content.startswith(b"{") else None
        if problem is None:
            raise Misshapen(f"{endpoint.name}: status {status}")
        raise Refused(problem.code, problem.detail, passes=status == SERVICE_UNAVAILABLE)

    async def _exchange(
        self, endpoint: Endpoint, sent: Sent, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        data = orjson.dumps(sent.body.model_dump(mode="json")) if sent.body is not None else sent.content
        if data is not None:
            content_type = "application/octet-stream" if sent.body is None else "application/json"
            headers = {**headers, "Content-Type": content_type}
        try:
            async with self.session.request(
                endpoint.method, f"{self.origin}{sent.address(endpoint)}", data=data, headers=headers
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
        self.is_closing = False
        self.news = asyncio.Event()
        self.lost = False
        self.gone = asyncio.Event()
        """Set once it is lost or closed."""
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
        self.lost = not self.is_closing
        self.news.set()
        self.gone.set()

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
            raise Refused(problem.code, problem.detail, passes=problem.status == SERVICE_UNAVAILABLE)
        return _decoded(kind, answer.get("result"))

    async def drop(self) -> None:
        """The network is gone: nothing more is sent, not even a farewell."""
        self.is_closing = True
        with contextlib.suppress(OSError, AttributeError):
            # What is not there any more cannot be cut.
            descriptor = self._io.eio.ws.get_extra_info("socket").fileno()
            with socket.socket(fileno=os.dup(descriptor)) as connection:
                connection.shutdown(socket.SHUT_RDWR)
        await self._io.disconnect()

    async def close(self) -> None:
        self.is_closing = True
        await self._io.disconnect()
