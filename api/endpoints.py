"""How an endpoint is declared: method, path, who may call it, its input and its answer.

Who may call it is an ``Audience`` of ``cases.access``: a side, or the roles of officers. The edge reads the
session of that side and asks ``cases.access.admit`` before it looks at the input; a handler does not ask
again.

``api.routes`` has every endpoint, each beside what it does. The router is built from these declarations, and
so are the OpenAPI document and the client's types. Errors are ``application/problem+json`` (RFC 9457) in the
shape of ``cases.views.problems.Problem``.
"""

from dataclasses import dataclass

from api.bodies import Body
from cases.access import Audience as Audience


@dataclass(frozen=True, slots=True)
class Binary:
    """An answer that is no JSON: its media types."""

    media_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Upload:
    """A request body that is no JSON and is read piece by piece: its media types, and its greatest size."""

    media_types: tuple[str, ...]
    bytes_max: int


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint.

    ``status`` is that of the good answer. ``makes``: it makes something, and takes an ``Idempotency-Key``, by
    which a repeat of the same request makes it only once. ``tagged``: its answer has an ETag, and is not sent
    again to who has it.
    """

    name: str
    method: str
    path: str
    summary: str
    audience: Audience
    result: type | Binary
    body: type[Body] | None = None
    query: type[Body] | None = None
    upload: Upload | None = None
    status: int = 200
    makes: bool = False
    tagged: bool = False
