"""The records database: engine, transactions, migrations."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from cases.errors import RecordsUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 5_000
POOL_WAIT_S = 10.0


def _prepare_sqlite(engine: AsyncEngine) -> None:
    """WAL, foreign keys, and BEGIN IMMEDIATE so that two writers wait for each other instead of failing
    half-way.
    """

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:  # the driver's own connection type
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


class Database:
    """Transactions over one engine. Every method raises RecordsUnavailable when the database does not
    answer.
    """

    def __init__(self, url: str, *, pool_size: int = 5, pool_wait_s: float = POOL_WAIT_S) -> None:
        """``url`` as SQLAlchemy writes it: ``sqlite+aiosqlite:///…`` or ``postgresql+asyncpg://…``.

        At most ``pool_size`` transactions at a time; a further one waits up to ``pool_wait_s`` for its turn.
        """
        self._engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_wait_s,
            # A file does not hang up, and asking costs a fifth of a read.
            pool_pre_ping=not url.startswith("sqlite"),
            # Errors reach the log: with the statement, never with the names and numbers in it.
            hide_parameters=True,
        )
        self._writes = self._engine.execution_options(writes=True)
        if self._engine.dialect.name == "sqlite":
            _prepare_sqlite(self._engine)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads: one moment's view."""
        with _translated_errors():
            async with self._engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: committed at the end, rolled back on any error or cancellation."""
        with _translated_errors():
            async with self._writes.begin() as connection:
                yield connection

    async def migrate(self) -> None:
        """Bring the tables to the newest revision. Safe to repeat."""
        async with self.writing() as connection:
            if await connection.run_sync(_revision) != newest_revision():
                await connection.run_sync(_upgrade)

    async def close(self) -> None:
        await self._engine.dispose()


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise RecordsUnavailable(str(error.orig)) from error
    except NoFreeConnection as error:
        raise RecordsUnavailable("no free connection") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise RecordsUnavailable(str(error.orig)) from error
        raise


def newest_revision() -> str:
    """The revision that the tables have to be at: the number that the last migration's file begins with."""
    return max(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def _revision(connection: Connection) -> str | None:
    """The revision that the tables are at; none for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _upgrade(connection: Connection) -> None:
    # Takes a good part of a start, and is needed by the first one of a version only.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
