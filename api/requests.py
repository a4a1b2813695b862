"""Decoding: what of an HTTP request an endpoint is given."""

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import orjson
from aiohttp import ClientPayloadError, StreamReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import ValidationError

from api.bodies import Body
from api.endpoints import Endpoint, Upload
from api.errors import InvalidInput, Malformed, UnsupportedMediaType, UploadTooLarge, WrongOrigin
from cases.access import Officer, Person, Taxpayer, is_own_page
from cases.audit import Actor, actor
from cases.errors import Forbidden
from cases.problems import Language, field_problems, language_of
from cases.requests import Request, request_of
from cases.sealing import new_id
from cases.sessions import COOKIE_NAMES, SessionKind
from cases.views.problems import FieldProblem

IDEMPOTENCY_KEY = "Idempotency-Key"
IDEMPOTENCY_KEY_PATTERN = re.compile(r"[!-~]{1,100}")
UPLOAD_PIECE_BYTES = 262_144
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

B = TypeVar("B", bound=Body)


@dataclass(frozen=True, slots=True)
class Asked:
    """A decoded request: who asks, from where, and what."""

    person: Person | None
    body: Body | None
    query: Body | None
    path: Mapping[str, str]
    address: str
    tokens: Mapping[SessionKind, str]
    """The sessions that the browser has, whoever may call the endpoint; none of them is looked at yet."""
    language: Language
    request: Request
    """Which one it is, for endpoints that make something."""
    content: StreamReader | None = None
    """What is uploaded, where the endpoint takes that; ``media_type`` is what it is said to be."""
    media_type: str = ""

    @property
    def taxpayer(self) -> Taxpayer:
        """Raises Forbidden for anybody else."""
        if not isinstance(self.person, Taxpayer):
            raise Forbidden("for taxpayers")
        return self.person

    @property
    def officer(self) -> Officer:
        """Raises Forbidden for anybody else."""
        if not isinstance(self.person, Officer):
            raise Forbidden("for officers")
        return self.person

    @property
    def signed_in(self) -> Person:
        """A person of either side. Raises Forbidden for nobody."""
        if self.person is None:
            raise Forbidden("nobody is signed in")
        return self.person

    @property
    def actor(self) -> Actor:
        """Who asks, for the audit trail. Raises Forbidden for nobody."""
        return actor(self.signed_in, self.address)

    @property
    def upload(self) -> StreamReader:
        if self.content is None:
            raise Malformed
        return self.content

    def body_as(self, kind: type[B]) -> B:
        if not isinstance(self.body, kind):
            raise Malformed
        return self.body

    def query_as(self, kind: type[B]) -> B:
        if not isinstance(self.query, kind):
            raise Malformed
        return self.query


def language(request: web.Request) -> Language:
    return language_of(request.headers.get(hdrs.ACCEPT_LANGUAGE))


def tokens_of(request: web.Request) -> Mapping[SessionKind, str]:
    return {kind: request.cookies[name] for kind, name in COOKIE_NAMES.items() if name in request.cookies}


def client_address(request: web.Request, proxies: int) -> str:
    """Where the browser is: who asked us, or behind ``proxies`` whom the first of them was asked by.

    Each proxy adds to X-Forwarded-For who asked it; what stands before those is the browser's own claim.
    """
    named = ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, ())).split(",") if proxies else []
    return named[-proxies].strip() if len(named) >= proxies > 0 else request.remote or ""


def refuse_foreign_page(request: web.Request, public_url: str | None) -> None:
    """A browser says from which page a change comes; only our own pages' are taken. Raises WrongOrigin."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get(hdrs.ORIGIN)
    if not is_own_page(origin, public_url=public_url, scheme=request.scheme, host=request.host):
        raise WrongOrigin


def path_of(request: web.Request) -> Mapping[str, str]:
    """The names in the path. Raises HTTPNotFound for one that nothing is called: PostgreSQL takes no NUL."""
    if not all(name.isprintable() for name in request.match_info.values()):
        raise web.HTTPNotFound
    return request.match_info


async def body_of(request: web.Request, endpoint: Endpoint) -> Body | None:
    """Raises UnsupportedMediaType, Malformed, InvalidInput; aiohttp's own error for one that is too large."""
    if endpoint.upload is not None:
        _check_upload(request, endpoint.upload)
    if endpoint.body is None:
        return None
    if request.content_type != "application/json":
        raise UnsupportedMediaType
    try:
        document = orjson.loads(await request.read())
    except orjson.JSONDecodeError as error:
        raise Malformed from error
    if not isinstance(document, dict):
        raise Malformed
    return _checked(endpoint.body, document)


async def pieces_of(content: StreamReader) -> AsyncGenerator[bytes]:
    """What is uploaded, as it arrives. Raises ConnectionError where it does not arrive whole."""
    try:
        async for piece in content.iter_chunked(UPLOAD_PIECE_BYTES):
            yield piece
    except (ClientPayloadError, HttpProcessingError) as error:
        raise ConnectionAbortedError("not whole") from error


def _check_upload(request: web.Request, upload: Upload) -> None:
    """By what the request says of itself. Who reads the content counts its bytes."""
    if not {request.content_type, "*/*"} & set(upload.media_types):
        raise UnsupportedMediaType
    if request.content_length is not None and request.content_length > upload.bytes_max:
        raise UploadTooLarge


def known_request(request: web.Request, endpoint: Endpoint, person_id: str, body: Body | None) -> Request:
    """Which request it is: the same again has the same key and says the same. Raises InvalidInput."""
    key = request.headers.get(IDEMPOTENCY_KEY)
    if not endpoint.makes or key is None:
        key = new_id()
    elif not IDEMPOTENCY_KEY_PATTERN.fullmatch(key):
        raise InvalidInput((FieldProblem(IDEMPOTENCY_KEY, "pattern", "1 to 100 visible ASCII characters"),))
    said = f"{request.path_qs}\0{body.model_dump_json() if body is not None else ''}"
    return request_of(person_id, endpoint.name, key, said.encode())


def query_of(request: web.Request, endpoint: Endpoint) -> Body | None:
    """Raises InvalidInput."""
    return None if endpoint.query is None else _checked(endpoint.query, dict(request.query))


def _checked(kind: type[Body], document: object) -> Body:
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        raise InvalidInput(field_problems(error)) from error
