"""The HTTP edge on aiohttp: routes from the endpoint table, problems, security headers, the built client."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from aiohttp import hdrs, web
from aiohttp.helpers import content_disposition_header
from pydantic import TypeAdapter

from api.answers import Answer, Cookie, Download, Handler, Routes
from api.endpoints import Binary, Endpoint
from api.errors import RequestError
from api.openapi import document
from api.requests import (
    Asked,
    body_of,
    client_address,
    known_request,
    language,
    path_of,
    query_of,
    refuse_foreign_page,
    tokens_of,
)
from api.routes import ENDPOINTS
from cases.access import admit, person_id
from cases.asking import ASKING, REQUEST_ID, Asking, new_request_id, ticket_named
from cases.problems import KNOWN_ERRORS, problem, problem_of
from cases.sessions import COOKIE_NAMES, Sessions, session_kind
from cases.views import Problem
from queueing.traced import Traced

log = logging.getLogger(__name__)

PROBLEM = TypeAdapter(Problem)
STATUS_CODES = {
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    415: "unsupported_media_type",
}
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """``secure``: the browser reaches us over https; ``static_dir``: the built client, none without one;
    ``proxies``: how many stand before us.
    """

    secure: bool
    public_url: str | None
    static_dir: Path | None
    session_whole_s: int
    body_max_bytes: int
    proxies: int
    version: str


Ready = Callable[[], Awaitable[dict[str, bool]]]
Measured = Callable[[str, str, int, float], None]
"""Told of each request: method, path of its route (a template, never what was asked for), status, seconds."""
Served = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE_LEFT = 499
"""The status, in figures and log, of a request whose page went away."""
REQUEST_HEADER = "X-Request-ID"
REQUEST_KEY = web.RequestKey("request_id", str)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SOCKETS_PATH = "/socket.io/"
"""A request there lasts as long as its page, or as a poll."""


def build_app(
    parts: Iterable[Routes],
    sessions: Sessions,
    ready: Ready,
    settings: HttpSettings,
    measured: Measured | None = None,
    traced: Traced | None = None,
) -> web.Application:
    """The application, ready for the socket edge to be attached. ``parts`` answer every endpoint.

    ``traced``: each request is a span, and the use case in it; None: nothing is.
    """
    edge = _Edge(sessions, settings, traced)
    app = web.Application(
        middlewares=[_watching(settings, measured, traced), edge.middleware],
        client_max_size=settings.body_max_bytes,
    )
    app.on_response_prepare.append(edge.add_headers)
    table = {endpoint: handler for part in parts for endpoint, handler in part.table().items()}
    for endpoint in ENDPOINTS:
        app.router.add_route(endpoint.method, endpoint.path, edge.route(endpoint, table[endpoint]))
    app.router.add_get("/healthz", _alive)
    app.router.add_get("/readyz", _ready_route(ready))
    app.router.add_get("/openapi.json", _description_route(settings.version))
    if settings.static_dir is not None:
        _add_client(app, settings.static_dir)
    return app


def _watching(settings: HttpSettings, measured: Measured | None, traced: Traced | None) -> Any:
    """Around everything: a name for each request, which the log has, and its time."""

    @web.middleware
    async def watch(request: web.Request, handler: Served) -> web.StreamResponse:
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "none"
        method = request.method if request.method in METHODS else "other"
        ticket_id = ticket_named(request.match_info.get("ticket_id"))
        asking = Asking(_request_id(request, settings.proxies), f"{method} {route}", ticket_id)
        request[REQUEST_KEY] = asking.request_id
        ASKING.set(asking)
        began_s, status = time.perf_counter(), 500
        try:
            # A socket is no request: it would end when its page does.
            if traced is None or route == SOCKETS_PATH:
                response = await handler(request)
            else:
                response = await _in_span(traced, asking, request, handler)
            status = response.status
        except web.HTTPException as error:
            status = error.status
            raise
        except asyncio.CancelledError:
            status = PAGE_LEFT
            raise
        except ConnectionError:
            if not _has_left(request):
                raise
            # Raised on, it would be a server's error in the log, with a trace. Nobody reads the answer.
            status = PAGE_LEFT
            response = web.Response(status=PAGE_LEFT)
        finally:
            took_s = time.perf_counter() - began_s
            log.debug("answered", extra={"status": status, "took_ms": round(took_s * 1_000)})
            if measured is not None and route != SOCKETS_PATH:
                measured(method, route, status, took_s)
        return response

    return watch


def _has_left(request: web.Request) -> bool:
    """The connection is gone: whoever asked hears nothing more."""
    return request.transport is None or request.transport.is_closing()


async def _in_span(
    traced: Traced, asking: Asking, request: web.Request, handler: Served
) -> web.StreamResponse:
    with traced(asking.what, {"shuitong.request_id": asking.request_id}) as span:
        if asking.ticket_id is not None:
            span.set_attribute("shuitong.ticket_id", asking.ticket_id)
        response = await handler(request)
        span.set_attribute("http.response.status_code", response.status)
        return response


def _request_id(request: web.Request, proxies: int) -> str:
    """That of the proxy before us, if there is one: its own log has it too."""
    given = request.headers.get(REQUEST_HEADER, "") if proxies else ""
    return given if REQUEST_ID.fullmatch(given) else new_request_id()


async def _alive(_request: web.Request) -> web.Response:
    """The process answers, whatever its parts do: one that does not is to be started again."""
    return web.json_response({"alive": True}, headers={hdrs.CACHE_CONTROL: "no-store"})


def _ready_route(ready: Ready) -> Served:
    async def route(_request: web.Request) -> web.Response:
        parts = await ready()
        is_ready = all(parts.values())
        return web.json_response(
            {"ready": is_ready, "parts": parts},
            status=200 if is_ready else 503,
            headers={hdrs.CACHE_CONTROL: "no-store"},
        )

    return route


def _description_route(version: str) -> Served:
    async def route(_request: web.Request) -> web.Response:
        body = await asyncio.to_thread(_description, version)
        return web.Response(body=body, content_type="application/json")

    return route


@cache
def _description(version: str) -> bytes:
    """Made when it is first asked for: it takes as long as the rest of a start."""
    return orjson.dumps(document(version))


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _add_client(app: web.Application, folder: Path) -> None:
    """The built client: hashed assets for ever, the pages never from a cache."""
    app.router.add_static("/assets", folder / "assets")

    def page(file: Path) -> Callable[[web.Request], Awaitable[web.FileResponse]]:
        async def route(_request: web.Request) -> web.FileResponse:
            return web.FileResponse(file, headers={hdrs.CACHE_CONTROL: "no-cache"})

        return route

    for file in folder.iterdir():
        if file.is_file() and file.name != "index.html":
            app.router.add_get(f"/{file.name}", page(file))
    officer, taxpayer = page(folder / "officer" / "index.html"), page(folder / "index.html")
    app.router.add_get("/reference", page(folder / "reference" / "index.html"))
    app.router.add_get("/officer", officer)
    app.router.add_get("/officer/{rest:.*}", officer)
    app.router.add_get("/display{rest:(/.*)?}", page(folder / "display" / "index.html"))
    # Whatever is no file, API or socket is a page of the client's own router.
    app.router.add_get(r"/{rest:(?!api/|socket\.io/|assets/).*}", taxpayer)


class _Edge:
    def __init__(self, sessions: Sessions, settings: HttpSettings, traced: Traced | None) -> None:
        self._sessions = sessions
        self._settings = settings
        self._traced = traced

    def route(
        self, endpoint: Endpoint, handler: Handler
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Decode, call the use case, encode."""
        encode = self._encoder(endpoint)
        kind = session_kind(endpoint.audience)

        async def serve(request: web.Request) -> web.StreamResponse:
            tokens = tokens_of(request)
            person = await self._sessions.person(kind, tokens.get(kind)) if kind is not None else None
            admit(endpoint.audience, person)
            body = await body_of(request, endpoint)
            _note_ticket(body)
            address = client_address(request, self._settings.proxies)
            asked = Asked(
                person=person,
                body=body,
                query=query_of(request, endpoint),
                path=path_of(request),
                address=address,
                tokens=tokens,
                language=language(request),
                request=known_request(request, endpoint, person_id(person) or address, body),
                content=request.content if endpoint.upload is not None else None,
                media_type=request.content_type,
            )
            if self._traced is None:
                answer = await handler(asked)
            else:
                with self._traced(f"use case {endpoint.name}", {}):
                    answer = await handler(asked)
            response = await encode(request, answer)
            if answer.cookie is not None:
                self._set_cookie(response, answer.cookie)
            return response

        return serve

    @staticmethod
    def _encoder(endpoint: Endpoint) -> Callable[[web.Request, Answer], Awaitable[web.StreamResponse]]:
        if isinstance(endpoint.result, Binary):
            return _download
        adapter = _adapter(endpoint.result)

        async def encode(request: web.Request, answer: Answer) -> web.StreamResponse:
            body = adapter.dump_json(answer.result)
            response = web.Response(
                body=body,
                status=endpoint.status,
                content_type="application/json",
                headers={hdrs.CACHE_CONTROL: "no-store"},
            )
            return _tagged(request, response, _tag(body)) if endpoint.tagged else response

        return encode

    def _set_cookie(self, response: web.StreamResponse, cookie: Cookie) -> None:
        name = COOKIE_NAMES[cookie.kind]
        if cookie.token is None:
            response.del_cookie(name, path="/", httponly=True, secure=self._settings.secure)
            return
        response.set_cookie(
            name,
            cookie.token,
            max_age=self._settings.session_whole_s,
            path="/",
            httponly=True,
            secure=self._settings.secure,
            samesite="Lax",
        )

    @property
    def middleware(self) -> Any:
        @web.middleware
        async def errors(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            try:
                refuse_foreign_page(request, self._settings.public_url)
                return await handler(request)
            except RequestError as error:
                return _refused(problem(error.code, language(request), fields=error.fields))
            except KNOWN_ERRORS as error:
                return _refused(problem_of(error, language(request)))
            except web.HTTPException as error:
                if error.status < 400:
                    raise
                return _refused(problem(STATUS_CODES.get(error.status, "malformed"), language(request)))
            except Exception as error:
                if isinstance(error, ConnectionError) and _has_left(request):
                    raise
                # The last net: the person gets an answer and we get the trace, without what was sent.
                log.exception("unexpected: %s %s", request.method, request.match_info.route.name)
                return _refused(problem("unexpected", language(request)))

        return errors

    async def add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """Every answer's security headers."""
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers["X-Content-Type-Options"] = "nosniff"
        if (request_id := request.get(REQUEST_KEY)) is not None:
            headers[REQUEST_HEADER] = request_id
        headers["Referrer-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(self), microphone=(self), display-capture=(self)"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.path.startswith("/assets/") and response.status < 400:
            headers[hdrs.CACHE_CONTROL] = "public, max-age=31536000, immutable"
        if self._settings.secure:
            headers["Strict-Transport-Security"] = "max-age=31536000"


def _note_ticket(body: object) -> None:
    """A request that takes a ticket names it in its body."""
    ticket_id, asking = ticket_named(getattr(body, "ticket_id", None)), ASKING.get()
    if ticket_id is not None and asking is not None:
        ASKING.set(replace(asking, ticket_id=ticket_id))


def _tag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _tagged(request: web.Request, response: web.StreamResponse, tag: str) -> web.StreamResponse:
    """The response, or that it has not changed for who has it already. Kept by this browser alone, and asked
    for each time.
    """
    known = request.if_none_match or ()
    if any(etag.value in (tag, "*") for etag in known):
        response = web.Response(status=304)
    response.headers[hdrs.CACHE_CONTROL] = "private, no-cache"
    response.etag = tag
    return response


async def _download(request: web.Request, answer: Answer) -> web.StreamResponse:
    """Raises TypeError for an answer that is no Download: a mistake in the handler."""
    download = answer.result
    if not isinstance(download, Download):
        raise TypeError("a binary endpoint answers with a Download")
    headers = {
        hdrs.CONTENT_TYPE: download.media_type,
        hdrs.CACHE_CONTROL: "no-store",
        # What somebody uploaded is never run as a page of ours.
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    if download.file_name is not None:
        headers[hdrs.CONTENT_DISPOSITION] = content_disposition_header(
            "inline" if download.is_shown else "attachment", filename=download.file_name
        )
    if isinstance(download.content, bytes):
        response: web.StreamResponse = web.Response(body=download.content, headers=headers)
        return response if download.tag is None else _tagged(request, response, download.tag)
    response = web.StreamResponse(headers=headers)
    response.content_length = download.size
    if download.tag is not None:
        response = _tagged(request, response, download.tag)
    if response.status == 200:
        await response.prepare(request)
        # What it reads from is closed at once when the browser goes away.
        async with aclosing(download.content) as pieces:
            async for piece in pieces:
                await response.write(piece)
        await response.write_eof()
    return response


def _refused(refusal: Problem) -> web.Response:
    response = web.Response(
        body=PROBLEM.dump_json(refusal),
        status=refusal.status,
        content_type="application/problem+json",
        headers={hdrs.CACHE_CONTROL: "no-store"},
    )
    if refusal.retry_after_ms is not None:
        response.headers[hdrs.RETRY_AFTER] = str(-(-refusal.retry_after_ms // 1000))
    return response
