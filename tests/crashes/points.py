"""The moments of a process at which something was written or is just going to be, counted.

Watched are the statements and commits of the records, the steps that Redis is asked for and its answers to
them, files that get their place, and the answers over HTTP. At the moment that it is armed for, the process
kills itself with SIGKILL.
"""

import os
import re
import signal
from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from queueing.wire import Wire

READS: Final = ("SELECT", "BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE", "ROLLBACK")
STEP: Final = re.compile(
    rb"_(issue|call_next|call_one|confirm|finish|cancel|abandon|requeue|hold|resume|reactivate)\r\n"
)
"""The functions that make a step of a ticket; all else is only asked, or comes every now and then."""
STATEMENT, COMMIT, ANSWER = "a statement", "a commit", "the answer"


class Points:
    """Of this process."""

    def __init__(self) -> None:
        self._left: int | None = None
        self._asked: set[int] = set()
        self.passed: list[str] = []

    def arm(self, number: int) -> None:
        """Be killed at the so-many-th moment from now, counted from 1."""
        self._left = number
        self.passed = []

    def disarm(self) -> list[str]:
        """Go on for good; the moments since it was armed."""
        self._left = None
        return self.passed

    def pass_by(self, moment: str) -> None:
        """This is one."""
        if self._left is None:
            return
        self.passed.append(moment)
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Look at everything that this process writes from now on."""
        self._watch_records()
        self._watch_redis()
        self._watch_shelf()
        self._watch_http()

    def _watch_records(self) -> None:
        @event.listens_for(Engine, "before_cursor_execute")
        def _statement(_connection: Connection, _cursor: Any, statement: str, *_others: Any) -> None:
            if not statement.lstrip().startswith(READS):
                self.pass_by(f"{STATEMENT}: {' '.join(statement.split()[:3])}")

        @event.listens_for(Engine, "commit")
        def _commit(connection: Connection) -> None:
            if connection.get_execution_options().get("writes", False):
                self.pass_by(COMMIT)

    def _watch_redis(self) -> None:
        wires: Any = Wire
        flush, data_received = Wire.flush, Wire.data_received

        def flushed(wire: Wire) -> None:
            step = next((found for one in wire._out if (found := STEP.search(one))), None)
            if step is not None:
                self._asked.add(id(wire))
                self.pass_by(f"Redis is asked to {step[1].decode()}")
            flush(wire)

        def received(wire: Wire, data: bytes) -> None:
            if id(wire) in self._asked:
                self._asked.discard(id(wire))
                self.pass_by("Redis made the step")
            data_received(wire, data)

        wires.flush, wires.data_received = flushed, received

    def _watch_shelf(self) -> None:
        system: Any = os
        replace = os.replace

        def replaced(*names: Any, **more: Any) -> None:
            self.pass_by("a file gets its place")
            replace(*names, **more)

        system.replace = replaced

    def _watch_http(self) -> None:
        responses: Any = web.StreamResponse
        prepare = web.StreamResponse.prepare

        async def prepared(response: web.StreamResponse, request: web.BaseRequest) -> Any:
            self.pass_by(ANSWER)
            return await prepare(response, request)

        responses.prepare = prepared


def spread(moments: Sequence[str], turn: int) -> list[int]:
    """Numbers of moments, from 1, that stand for all of them: all but the statements, and one of those.

    The statements of a transaction are undone together, which the moment before its commit shows as well.
    Turns that follow each other come to every statement.
    """
    always = [number for number, moment in enumerate(moments, 1) if not moment.startswith(STATEMENT)]
    others = sorted(set(range(1, len(moments) + 1)) - set(always))
    return sorted([*always, *others[turn % len(others) :][:1]]) if others else always
