"""What is being answered just now: for the lines of the log. No I/O."""

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
TICKET_ID: Final = re.compile(r"(?!\d{8,}[Xx]?\Z)[A-Za-z0-9_-]{1,64}")
"""No number such as people have: pages make up ids of another kind."""


@dataclass(frozen=True, slots=True)
class Asking:
    """``request_id``: of one request, or one command over a socket; ``what``: its route or its name, never
    what was asked for; ``ticket_id``: of the ticket that it is about, as it was named.
    """

    request_id: str
    what: str
    ticket_id: str | None = None


ASKING: Final[ContextVar[Asking | None]] = ContextVar("asking", default=None)
"""Of this task, and of those that it starts."""


def new_request_id() -> str:
    return secrets.token_hex(8)


def ticket_named(value: object) -> str | None:
    """What may be the id of a ticket; anything else is not written down."""
    return value if isinstance(value, str) and TICKET_ID.fullmatch(value) is not None else None
