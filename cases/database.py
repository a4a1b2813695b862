"""The records database: engine, transactions, migrations."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from cases.errors import RecordsUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 5_000


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

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        """``url`` as SQLAlchemy writes it: ``sqlite+aiosqlite:///…`` or ``postgresql+asyncpg://…``."""
        self._engine = create_async_engine(url, pool_size=pool_size, max_overflow=0, pool_pre_ping=True)
        self._writes = self._engine.execution_options(writes=True)
        if self._engine.dialect.name == "sqlite":
            _prepare_sqlite(self._engine)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads: one moment's view."""
        try:
            async with self._engine.begin() as connection:
                yield connection
        except OperationalError as error:
            raise RecordsUnavailable(str(error.orig)) from error

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: committed at the end, rolled back on any error or cancellation."""
        try:
            async with self._writes.begin() as connection:
                yield connection
        except OperationalError as error:
            raise RecordsUnavailable(str(error.orig)) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise RecordsUnavailable(str(error.orig)) from error
            raise

    async def migrate(self) -> None:
        """Bring the tables to the newest revision. Safe to repeat."""
        async with self.writing() as connection:
            await connection.run_sync(_upgrade)

    async def close(self) -> None:
        await self._engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
