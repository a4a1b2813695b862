"""The database of the records, as the settings name it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cases.database import Database, DatabasePolicy, revision_of
from cases.errors import RecordsUnavailable
from cases.trail.chain import trail_key
from server.demo import key_of
from server.errors import NoRecords, RecordsUnusable
from server.settings import Settings


def index_key(settings: Settings) -> str:
    """The settings' key; a demo makes its own in the data folder."""
    if settings.index_key is not None:
        return settings.index_key.get_secret_value()
    return key_of(settings.data_dir, "index")


def _trail_key(settings: Settings) -> bytes:
    # Without the folder of a demo there are no records either, and none is made for them here.
    if settings.index_key is None and not settings.data_dir.is_dir():
        return b""
    return trail_key(index_key(settings))


def _file(settings: Settings) -> Path:
    """Of the records where no other database is named."""
    return settings.data_dir / "records.sqlite3"


def records(settings: Settings) -> Database:
    """The records' database for a server; nothing of it is opened yet."""
    return _records(settings, settings.database_lock_ms)


def records_of_command(settings: Settings) -> Database:
    """For a command that may run beside a server. SQLite's writers of other processes do not queue, they try
    again: beside a server that writes without a pause, the turn takes patience.
    """
    return _records(settings, settings.database_command_lock_ms)


def _records(settings: Settings, lock_ms: int) -> Database:
    url = f"sqlite+aiosqlite:///{_file(settings).absolute()}"
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
    policy = DatabasePolicy(
        connections_max=settings.database_connections_max,
        wait_ms=settings.database_wait_ms,
        lock_ms=lock_ms,
        statement_ms=settings.database_statement_ms,
        idle_ms=settings.database_statement_ms,
    )
    return Database(url, policy, _trail_key(settings))


async def up_to_date(database: Database) -> None:
    """Before anything is served: the tables are those of this version. Raises RecordsUnusable."""
    try:
        await database.migrate()
    except RecordsUnavailable as error:
        raise _unusable(error) from error


def _unusable(error: RecordsUnavailable) -> RecordsUnusable:
    return RecordsUnusable(f"the records cannot be used: {error}")


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The records for a command, made where there are none, with this version's tables; closed at the end.

    Raises RecordsUnusable.
    """
    database = records_of_command(settings)
    try:
        await up_to_date(database)
        yield database
    finally:
        await database.close()


def need_file(settings: Settings) -> None:
    """Before records are opened that have to be there: doing so would make an empty file of SQLite.

    Raises NoRecords.
    """
    if settings.database_url is None and not _file(settings).exists():
        raise NoRecords(f"there are no records in {settings.data_dir}; --data names the folder")


async def need_tables(database: Database) -> None:
    """Raises NoRecords for an empty database; RecordsUnavailable."""
    async with database.reading() as connection:
        if await connection.run_sync(revision_of) is None:
            raise NoRecords("the database has no records")


@asynccontextmanager
async def reopened(settings: Settings) -> AsyncIterator[Database]:
    """Records that are there, for a command, with the tables of this version; closed at the end.

    Raises NoRecords, and makes nothing then; RecordsUnusable.
    """
    need_file(settings)
    database = records_of_command(settings)
    try:
        try:
            await need_tables(database)
        except RecordsUnavailable as error:
            raise _unusable(error) from error
        await up_to_date(database)
        yield database
    finally:
        await database.close()
