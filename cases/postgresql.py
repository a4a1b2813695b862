"""What the records need to know about PostgreSQL: its sessions, its errors, and its versions."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cases.records_address import RecordsAddress

LEAST_VERSION: Final = 14
CONNECT_S: Final = 5.0
SPARE_S: Final = 5.0
"""How much longer than the server's own bound an answer is waited for: after that nobody is there."""
WRITERS_KEY: Final = int.from_bytes(b"SHUITONG")
"""Of the advisory lock that whoever writes holds until the end of the transaction. Of one database: servers
with databases of their own do not wait for each other.
"""
TAKE_TURN: Final = text(f"SELECT pg_advisory_xact_lock({WRITERS_KEY})")

# Classes and codes of SQLSTATE after which the same transaction may well work: connections, rollbacks for
# other transactions, resources, operators (shutting down, a statement that took too long).
_AGAIN_CLASSES: Final = ("08", "40", "53", "57")
_AGAIN: Final = (
    "55P03",  # a lock was not had in time
    "25P03",  # the transaction was left alone for too long
    "42P01",  # no such table or
    "42703",  # column: another version of the server changes them just now
)
_REFUSED: Final = {
    "28P01": "refuses the user or the password",
    "28000": "refuses the user or the password",
    "3D000": "has no such database",
    "42501": "does not let this user do that",
    "53300": "has no connection left",
    "57P03": "is just starting or stopping",
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of a session, in ms: a statement, the wait for another process' lock, and a transaction in which
    nothing is asked; past any of them the server ends it.
    """

    statement_ms: int = 15_000
    lock_ms: int = 5_000
    idle_ms: int = 15_000


def connect_arguments(address: RecordsAddress, bounds: Bounds) -> dict[str, Any]:
    """For asyncpg."""
    return {
        **address.connect,
        "timeout": CONNECT_S,
        "command_timeout": bounds.statement_ms / 1000 + SPARE_S,
        "server_settings": {
            "application_name": "shuitong",
            "statement_timeout": str(bounds.statement_ms),
            "lock_timeout": str(bounds.lock_ms),
            "idle_in_transaction_session_timeout": str(bounds.idle_ms),
            # Plans are kept for a connection's life; compiling them takes longer than these statements do.
            "jit": "off",
            "timezone": "UTC",
        },
    }


def prepare(engine: AsyncEngine) -> None:
    """Connections that the server closed meanwhile are not handed out, without asking it."""

    @event.listens_for(engine.sync_engine, "checkout")
    def _checkout(connection: Any, _record: Any, _proxy: Any) -> None:  # the adapter's own type
        if connection.driver_connection.is_closed():
            raise DisconnectionError("closed by the server")


async def without_bounds(connection: AsyncConnection) -> None:
    """For this transaction: as a migration needs it, whose turn may come after another process' one."""
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        await connection.execute(text(f"SET LOCAL {name} = 0"))


async def problem_of(connection: AsyncConnection) -> str | None:
    """Why the records cannot be kept in that database."""
    number, encoding = (
        await connection.execute(
            text("SELECT current_setting('server_version_num')::int, current_setting('server_encoding')")
        )
    ).one()
    return problem(number, encoding)


def problem(version_number: int, encoding: str) -> str | None:
    """``version_number`` as the server has it: 180006 is 18.6."""
    if version_number // 10_000 < LEAST_VERSION:
        return f"is PostgreSQL {version_number // 10_000}; at least {LEAST_VERSION} is needed"
    if encoding != "UTF8":
        return f"has the encoding {encoding}; UTF8 is needed"
    return None


def is_worth_another_try(error: DBAPIError) -> bool:
    code = str(getattr(error.orig, "sqlstate", None) or "")
    return error.connection_invalidated or code[:2] in _AGAIN_CLASSES or code in _AGAIN


def why_not_connected(error: BaseException) -> str:
    """In words that hold no password: what the driver raised when it was to connect."""
    if isinstance(error, DBAPIError):
        code = getattr(error.orig, "sqlstate", None)
        return _REFUSED.get(code or "", f"refuses the connection ({code or type(error.orig).__name__})")
    if isinstance(error, TimeoutError):
        return f"does not answer within {CONNECT_S:.0f} s"
    reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__
    return f"cannot be reached ({reason})"
