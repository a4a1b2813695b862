"""How the records' statements reach SQLite: each in one turn of the driver's thread, or many in one turn.

SQLAlchemy's own adapter of aiosqlite takes a turn for each of cursor, statement, rows and closing, and two
more for the end of a transaction. The private names of the two libraries that this needs are used here alone.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

import aiosqlite
from aiosqlite.core import _STOP_RUNNING_SENTINEL
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util.concurrency import await_, in_greenlet

BEGIN: Final = "BEGIN"
_OPEN: Final[set[aiosqlite.Connection]] = set()
"""The driver's connections until they are closed, so that they are closed by this module alone."""

Answer = TypeVar("Answer")


class _Done:
    """A cursor after its statement: what is still asked of it, without the thread."""

    __slots__ = ("arraysize", "description", "lastrowid", "rowcount", "rows")

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self.rows = cursor.fetchall() if cursor.description else []
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid
        self.arraysize = cursor.arraysize
        cursor.close()


class Cursor(AsyncAdapt_aiosqlite_cursor):
    """Of one statement, with all its rows."""

    __slots__ = ()
    _awaitable_cursor_close = False

    _adapt_connection: "Connection"

    def __init__(self, connection: "Connection") -> None:
        self._adapt_connection = connection
        self._connection = connection._connection
        self._cursor = _NOTHING_ASKED  # type: ignore[assignment]
        self._rows = deque()
        self._soft_closed_memoized = {}  # type: ignore[assignment]

    def close(self) -> None:
        self._rows.clear()

    def execute(self, operation: Any, parameters: Any = None) -> Any:
        inside = self._adapt_connection.inside
        if inside is None:
            return super().execute(operation, parameters)
        return self._within(lambda: _Done(inside.execute(operation, parameters or ())))

    def executemany(self, operation: Any, seq_of_parameters: Sequence[Any]) -> Any:
        inside = self._adapt_connection.inside
        if inside is None:
            return super().executemany(operation, seq_of_parameters)
        return self._within(lambda: _Done(inside.executemany(operation, seq_of_parameters)))

    def _within(self, step: Callable[[], _Done]) -> None:
        """In a turn that is taken already."""
        self._take(step())
        if in_greenlet():
            # SQLAlchemy's asynchronous connection insists on a statement that waits.
            await_(_at_once())

    async def _execute_async(self, operation: Any, parameters: Any) -> Any:
        async with self._adapt_connection._execute_mutex:
            found = await self._adapt_connection.turn(
                lambda connection: _Done(connection.execute(operation, parameters or ()))
            )
        self._take(found)

    def _take(self, found: _Done) -> None:
        self._cursor = found  # type: ignore[assignment]
        self._rows = deque(found.rows)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Sequence[Any]) -> Any:
        async with self._adapt_connection._execute_mutex:
            found = await self._adapt_connection.turn(
                lambda connection: _Done(connection.executemany(operation, seq_of_parameters))
            )
        self._take(found)


class Connection(AsyncAdapt_aiosqlite_connection):
    """Begins a transaction that reads with its first statement, and ends one without waiting for it.

    ``inside``: the driver's connection while a turn holds more than one statement; its thread alone sees it.
    """

    __slots__ = ("_begins", "_is_open", "_only_reads", "inside")

    _cursor_cls = Cursor  # type: ignore[assignment]

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._begins = self._only_reads = False
        self.inside: sqlite3.Connection | None = None
        # Whether a transaction may be open.
        self._is_open = True
        _OPEN.add(connection)

    def begin_with_next(self) -> None:
        """A transaction that sees one moment begins with the next statement: a plain BEGIN does no more."""
        self._begins = self._only_reads = True

    async def turn(self, step: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """One turn of the driver's thread. Where it is cancelled or fails, a transaction may be open."""
        begins, self._begins = self._begins, False
        self._is_open = True

        def take() -> tuple[Answer, bool]:
            connection = self._connection._conn
            if begins:
                connection.execute(BEGIN).close()
            answer = step(connection)
            return answer, connection.in_transaction

        found: tuple[Answer, bool] = await self._connection._execute(take)
        answer, self._is_open = found
        return answer

    def whole(self, steps: Callable[[], Answer]) -> Answer:
        """One turn of the driver's thread for all that ``steps`` asks of this connection; to be called in a
        greenlet of the loop. Cancelled, it goes on to the end of ``steps`` before it says so.
        """

        def take(connection: sqlite3.Connection) -> Answer:
            self.inside = connection
            try:
                return steps()
            finally:
                self.inside = None

        return await_(self._to_its_end(take))

    async def _to_its_end(self, take: Callable[[sqlite3.Connection], Answer]) -> Answer:
        try:
            return await self.turn(take)
        except asyncio.CancelledError:
            # The thread takes one after another: this one is done when the next one is.
            done = asyncio.get_running_loop().create_future()
            self._connection._tx.put_nowait((done, lambda: None))
            while not done.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait((done,))
            raise

    def cursor(self, server_side: bool = False) -> Any:
        if server_side and self._begins:
            await_(self.turn(lambda _connection: None))
        return super().cursor(server_side)

    def drop(self) -> None:
        """Close it and end its thread, without waiting for that."""
        inner = self._connection

        def close() -> object:
            if inner._connection is not None:
                inner._connection.close()
                inner._connection = None
            _OPEN.discard(inner)
            return _STOP_RUNNING_SENTINEL

        inner._running = False
        inner._tx.put_nowait((None, close))

    def __del__(self) -> None:
        # The pool forgets one without closing it where it fails, or is cancelled, while it connects.
        if self._connection._connection is not None:
            self.drop()

    def close(self) -> None:
        super().close()
        _OPEN.discard(self._connection)

    async def _terminate_graceful_close(self) -> None:
        await super()._terminate_graceful_close()
        _OPEN.discard(self._connection)

    def _terminate_force_close(self) -> None:
        self.drop()

    def rollback(self) -> None:
        self._end(super().rollback)

    def commit(self) -> None:
        self._end(super().commit)

    def _end(self, end: Callable[[], None]) -> None:
        self._begins = False
        if not self._is_open:
            return
        if self._only_reads and self._connection._connection is not None:
            # Nothing depends on it; the thread does it before anything else that it is asked.
            self._connection._tx.put_nowait((None, self._connection._connection.rollback))
        else:
            end()
        self._is_open = self._only_reads = False


async def _at_once() -> None:
    """Does not wait."""


def driven(work: Coroutine[Any, Any, Answer]) -> Answer:
    """The answer of a coroutine that waits for nothing but statements of a turn that is taken already.

    Raises RuntimeError where it waits for anything else.
    """
    try:
        work.send(None)
    except StopIteration as done:
        answer: Answer = done.value
        return answer
    work.close()
    raise RuntimeError("a change waits for something else than the records")


class _NothingAsked:
    """Of a cursor before its statement."""

    description = None
    rowcount = -1
    lastrowid = None
    arraysize = 1


_NOTHING_ASKED: Final = _NothingAsked()


class Driver(AsyncAdapt_aiosqlite_dbapi):
    """For ``create_async_engine(module=…)``."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: Any, **kw: Any) -> Connection:
        made = super().connect(*arg, **kw)
        return Connection(self, made._connection)
