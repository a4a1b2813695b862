"""A few rows of SQLite by their key, read without leaving the loop.

What is warm is answered in some microseconds, where a turn of another thread takes hundreds. It never waits:
who only reads waits for nobody in WAL mode, and where the records are busy all the same (another process
mends them after a crash), nothing is said and the caller takes the way through the thread.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool


class Glances:
    """One connection that only reads, opened with the first glance."""

    def __init__(self, url: URL) -> None:
        self._engine: Engine = create_engine(
            url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True
        )
        self._open: Connection | None = None

        @event.listens_for(self._engine, "connect")
        def _connect(connection: Any, _record: Any) -> None:  # the driver's own connection type
            connection.execute("PRAGMA busy_timeout = 0").close()
            connection.execute("PRAGMA query_only = ON").close()

    def rows(self, statement: Select[Any], parameters: Mapping[str, Any]) -> Sequence[Row[Any]] | None:
        """All rows as they are now; none of them, not even an empty list, where the records are busy."""
        try:
            if self._open is None:
                self._open = self._engine.connect()
            return self._open.execute(statement, parameters).all()
        except OperationalError:
            self.close()
            return None

    def close(self) -> None:
        """Safe to repeat; the next glance opens another one."""
        connection, self._open = self._open, None
        if connection is not None:
            connection.close()
