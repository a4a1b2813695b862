"""The records database: engine, transactions, migrations. docs/RECORDS.md says what it promises."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, ExceptionContext, Row, Select, event, inspect, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util.concurrency import greenlet_spawn

from cases import postgresql, sqlite
from cases.errors import RecordsUnavailable
from cases.glances import Glances
from cases.records_address import RecordsAddress

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_PASSED_OVER: Final = "passed over"

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class DatabasePolicy:
    """Bounds. ``wait_ms``: for the turn to write among the transactions of this process, and for a free
    connection. ``lock_ms``: for other processes that write.
    """

    connections_max: int = 5
    wait_ms: int = 15_000
    lock_ms: int = 5_000
    statement_ms: int = 15_000
    idle_ms: int = 15_000


def _prepare_sqlite(engine: AsyncEngine, busy_timeout_ms: int) -> None:
    """WAL, foreign keys, and BEGIN IMMEDIATE so that writers of two processes wait for each other instead of
    failing half-way.
    """

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:  # the driver's own connection type
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writes", False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            driver: Any = connection.connection.dbapi_connection
            driver.begin_with_next()


def _note_failures(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "handle_error")
    def _failed(context: ExceptionContext) -> None:
        connection = context.connection
        if connection is not None and not connection.closed and not connection.in_nested_transaction():
            connection.info[_PASSED_OVER] = True


class Database:
    """Transactions over one engine. Every method raises RecordsUnavailable when the database does not
    answer.

    Of all transactions that write, one runs at a time: in this process by a queue in which whoever came first
    is first, and among processes by a lock of the database. So whoever writes sees all that was written
    before, nothing changes between a look and the change that rests on it, and no two of them end in a
    deadlock. Those that read wait for nobody.
    """

    def __init__(self, url: str, policy: DatabasePolicy | None = None, trail_key: bytes = b"") -> None:
        """``url`` as ``RecordsAddress`` takes it; another one is a ValueError. Nothing is opened yet.

        ``trail_key``: of the hashes in the audit trail (``cases.trail.chain.trail_key``); every connection
        carries it as an execution option.
        """
        self._address = RecordsAddress.parse(url)
        self._policy = policy = policy or DatabasePolicy()
        bounds = postgresql.Bounds(policy.statement_ms, policy.lock_ms, policy.idle_ms)
        self._engine = create_async_engine(
            self._address.url,
            pool_size=policy.connections_max,
            max_overflow=0,
            pool_timeout=policy.wait_ms / 1000,
            # Errors reach the log: with the statement, never with the names and numbers in it.
            hide_parameters=True,
            connect_args=postgresql.connect_arguments(self._address, bounds)
            if self._address.is_postgresql
            else {},
            execution_options={"trail_key": trail_key},
            module=None if self._address.is_postgresql else sqlite.Driver(),
        )
        self._glances = (
            None if self._address.is_postgresql else Glances(self._address.url.set(drivername="sqlite"))
        )
        self.trail_key = trail_key
        _note_failures(self._engine)
        self._reads, self._writes = self._engine, self._engine.execution_options(writes=True)
        if self._address.is_postgresql:
            postgresql.prepare(self._engine)
            self._reads = self._engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            self._writes = self._writes.execution_options(isolation_level="READ COMMITTED")
        else:
            _prepare_sqlite(self._engine, policy.lock_ms)
        # First come, first served; whoever is cancelled leaves it.
        self._queue = asyncio.Lock()

    @property
    def shown(self) -> str:
        """The address, without a password."""
        return self._address.shown

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads: one moment's view."""
        with _translated_errors():
            async with self._connected(self._reads) as connection, connection.begin():
                yield connection

    async def moment(self, look: Callable[[Connection], Answer]) -> Answer:
        """What ``look`` makes of one moment's view by the statements that it runs. The same as ``reading``
        around it, in one turn of the driver's thread with SQLite: ``look`` runs there, so it shares nothing
        that the loop changes. Cancelled, it ends first.
        """
        with _translated_errors():
            return await greenlet_spawn(self._moment, look)

    def _moment(self, look: Callable[[Connection], Answer]) -> Answer:
        with self._connecting():
            connected = self._reads.sync_engine.connect()
        with connected as connection, connection.begin():
            return _in_one_turn(connection, lambda: look(connection))

    async def answer(self, statement: Select[Any], parameters: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """All rows of one statement, in a transaction of its own that only reads."""
        return await self.moment(lambda connection: connection.execute(statement, parameters).all())

    async def glance(self, statement: Select[Any], parameters: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """The same for a few rows that are found by a key and most likely warm. With SQLite the loop reads
        them itself, for a tenth of what a turn of another thread costs.
        """
        rows = self._glances.rows(statement, parameters) if self._glances is not None else None
        return rows if rows is not None else await self.answer(statement, parameters)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: committed at the end, rolled back on any error or cancellation.

        A statement that may fail is tried within ``begin_nested``: elsewhere its failure is that of the
        transaction, and RuntimeError where it is passed over.
        """
        async with self._turn():
            with _translated_errors():
                async with self._connected(self._writes) as connection, connection.begin():
                    connection.info.pop(_PASSED_OVER, None)
                    if self._address.is_postgresql:
                        await connection.execute(postgresql.TAKE_TURN)
                    yield connection
                    if connection.info.pop(_PASSED_OVER, None):
                        raise RuntimeError("a statement failed outside of a savepoint, and was passed over")

    async def change(self, work: Callable[[AsyncConnection], Coroutine[Any, Any, Answer]]) -> Answer:
        """What ``work`` answers, in a transaction that writes. The same as ``writing`` around it, in one turn
        of the driver's thread with SQLite: ``work`` runs there, waits for nothing but statements, and shares
        nothing that the loop changes. Cancelled, it ends first and is rolled back.
        """
        async with self.writing() as connection:
            if self._address.is_postgresql:
                return await work(connection)
            return await connection.run_sync(
                lambda inner: _in_one_turn(inner, lambda: sqlite.driven(work(connection)))
            )

    async def migrate(self) -> None:
        """Bring the tables to the newest revision. Safe to repeat, also in several processes at once: all but
        one of them wait. Raises RecordsUnavailable also for records of a newer version.
        """
        if self._address.is_postgresql:
            await self._migrate_postgresql()
            return
        async with self.writing() as connection:
            if await self._is_older(connection):
                await connection.run_sync(_upgrade)

    async def _is_older(self, connection: AsyncConnection) -> bool:
        found, newest = await connection.run_sync(revision_of), newest_revision()
        if found is not None and found > newest:
            raise RecordsUnavailable(f"{self.shown} was made by a newer version (revision {found})")
        return found != newest

    async def _migrate_postgresql(self) -> None:
        async with self.reading() as connection:
            if problem := await postgresql.problem_of(connection):
                raise RecordsUnavailable(f"{self.shown} {problem}")
            if not await self._is_older(connection):
                return
        with _translated_errors():
            async with self._connected(self._writes) as connection, connection.begin():
                await postgresql.without_bounds(connection)
                await connection.execute(postgresql.TAKE_TURN)
                if await self._is_older(connection):
                    await connection.run_sync(_upgrade)

    async def close(self) -> None:
        if self._glances is not None:
            self._glances.close()
        await self._engine.dispose()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._policy.wait_ms / 1000):
                await self._queue.acquire()
        except TimeoutError as error:
            raise RecordsUnavailable("too many write before") from error
        try:
            yield
        finally:
            self._queue.release()

    @asynccontextmanager
    async def _connected(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        with self._connecting():
            connection = await engine.connect()
        try:
            yield connection
        finally:
            await connection.close()

    @contextmanager
    def _connecting(self) -> Iterator[None]:
        try:
            yield
        except NoFreeConnection as error:
            raise RecordsUnavailable("no free connection") from error
        except (DBAPIError, OSError) as error:
            if not self._address.is_postgresql:
                raise
            raise RecordsUnavailable(f"{self.shown} {postgresql.why_not_connected(error)}") from error


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        # What the driver cannot even send, such as a number that is too big, will never do.
        unsendable = isinstance(getattr(error.orig, "__cause__", None), ValueError)
        if postgresql.is_worth_another_try(error) or (
            isinstance(error, OperationalError | InterfaceError) and not unsendable
        ):
            raise RecordsUnavailable(str(error.orig)) from error
        raise


def _in_one_turn(connection: Connection, steps: Callable[[], Answer]) -> Answer:
    driver: Any = connection.connection.dbapi_connection
    return driver.whole(steps) if isinstance(driver, sqlite.Connection) else steps()


def newest_revision() -> str:
    """The revision that the tables have to be at: the number that the last migration's file begins with."""
    return max(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def revision_of(connection: Connection) -> str | None:
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
