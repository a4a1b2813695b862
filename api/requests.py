"""Decoding: what of an HTTP request an endpoint is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import orjson
from aiohttp import hdrs, web
from pydantic import ValidationError

from api.bodies import Body
from api.endpoints import Endpoint
from api.errors import InvalidInput, Malformed, UnsupportedMediaType, WrongOrigin
from cases.access import Officer, Person, Taxpayer, is_own_page
from cases.errors import Forbidden
from cases.problems import Language, field_problems, language_of
from cases.sessions import COOKIE_NAMES, SessionKind

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


async def body_of(request: web.Request, endpoint: Endpoint) -> Body | None:
    """Raises UnsupportedMediaType, Malformed, InvalidInput; aiohttp's own error for one that is too large."""
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


def query_of(request: web.Request, endpoint: Endpoint) -> Body | None:
    """Raises InvalidInput."""
    return None if endpoint.query is None else _checked(endpoint.query, dict(request.query))


def _checked(kind: type[Body], document: object) -> Body:
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        raise InvalidInput(field_problems(error)) from error
