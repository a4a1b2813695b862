"""What the handler of an endpoint answers with."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from api.endpoints import Endpoint
from api.requests import Asked
from cases.sessions import SessionKind


@dataclass(frozen=True, slots=True)
class Cookie:
    """A session cookie to be set, or with no token to be taken back."""

    kind: SessionKind
    token: str | None


@dataclass(frozen=True, slots=True)
class Download:
    """An answer that is no JSON.

    ``content``: all of it, or its pieces with ``size`` bytes together. ``file_name``: what it is saved as;
    none: it is shown, and so it is with ``is_shown``, where the name is for who saves it then. ``tag``: the
    same as long as the content is; none: it is not kept by the browser.
    """

    media_type: str
    content: bytes | AsyncGenerator[bytes]
    size: int
    file_name: str | None = None
    tag: str | None = None
    is_shown: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """``result``: of the endpoint's type; a Download where that is Binary."""

    result: object
    cookie: Cookie | None = None


Handler = Callable[[Asked], Awaitable[Answer]]


class Routes(Protocol):
    """What a part of the product answers at its endpoints."""

    def table(self) -> Mapping[Endpoint, Handler]:
        """Every one of them with its handler."""
