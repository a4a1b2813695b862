"""The functions of the queue (``library.py``), called where the master of their key is."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from hiredis import ReplyError

from queueing.addresses import Tcp
from queueing.backoff import Pauses
from queueing.errors import QueueUnavailable, WireBroken
from queueing.library import NAME_PREFIX, library
from queueing.redis_errors import PASSING, REFUSING, first_word
from queueing.routes import Route, redirection
from queueing.wire import Wire, packed

Reply = list[Any]
"""A function's answer as Redis gives it: its code, then values that codec.py reads; of a step, an array of
those.
"""
Failure = ReplyError | WireBroken
Argument = str | int

REDIRECTIONS_MAX: Final = 3
"""Followed at once for one call; while nodes do not agree, further ones are repeated like other failures."""
LOADS_MAX: Final = 3
"""Of the library for one call; a server that still does not have the function then is mistaken."""
LIBRARIES_MAX: Final = 3
"""Versions that a server keeps; a process whose version is gone loads it again."""
DOUBTED: Final = frozenset({"", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS"})
"""After these (and a broken connection) the route is asked anew."""
NOT_FOUND: Final = "ERR Function not found"
ALREADY_THERE: Final = "already exists"


class FunctionRunner:
    """Calls functions over our own connections (`wire.py`); belongs to one event loop.

    All that is sent to a server in one turn of the loop goes out in one write.
    """

    def __init__(self, route: Route) -> None:
        self._route = route

    async def run(self, name: str, key: str, *args: Argument) -> Reply:
        """Call the function of queueing/lua/<name>.lua; a server that does not know it is given the library.

        The first argument of every function is the newest version of the hall that was seen.
        Repeats it, as every function may be, while connections break and servers change their parts: as often
        and as long as `Pauses` says.
        Raises QueueUnavailable when it was not answered by then, or Redis refuses it; ReplyError for a
        mistake in the function. A cancelled call may still be made.
        """
        wire = self.ready(key)
        failure: Failure | None = None
        if wire is not None:
            try:
                reply = await wire.send(self.command(name, key, args))
            except WireBroken as error:
                failure = error
            else:
                if reply.__class__ is not ReplyError:
                    return reply  # type: ignore[no-any-return]
                failure = reply
        return await self.insist(name, key, args, failure, wire)

    def ready(self, key: str) -> Wire | None:
        """As `Route.ready`: for who posts a `command`, and goes on by `insist` when that fails."""
        return self._route.ready(key)

    def command(self, name: str, key: str, args: Sequence[Argument]) -> bytes:
        """The call as it is sent."""
        return packed(("FCALL", library().function(name), 1, key, *args))

    async def insist(
        self, name: str, key: str, args: Sequence[Argument], failure: Failure | None, wire: Wire | None
    ) -> Reply:
        """Go on after the attempt at `wire` failed, or there was none; as `run`."""
        return await _Repeats(self._route, key, self.command(name, key, args), wire).insist(failure)


class _Repeats:
    """The way of one call when the first attempt failed, or could not be made at once."""

    def __init__(self, route: Route, key: str, command: bytes, wire: Wire | None) -> None:
        self._route, self._key, self._command = route, key, command
        self._wire = wire
        self._pauses = Pauses(asyncio.get_running_loop())
        self._redirections = self._loads = 0

    async def insist(self, failure: Failure | None) -> Reply:
        """Until there is an answer, or `Pauses` or the failure ends it."""
        while True:
            try:
                reply = await self._next(failure)
            except WireBroken as error:
                failure = error
            else:
                if not isinstance(reply, ReplyError):
                    return reply  # type: ignore[no-any-return]
                failure = reply

    async def _next(self, failure: Failure | None) -> Any:
        """Do what follows from `failure`, and send again. Raises WireBroken, and whatever ends the call."""
        word = first_word(failure) if isinstance(failure, ReplyError) else ""
        if self._wire is not None and self._may_load(failure):
            return await self._load(self._wire)
        if self._wire is not None and word in {"MOVED", "ASK"} and self._redirections < REDIRECTIONS_MAX:
            self._redirections += 1
            slot, node = redirection(str(failure), self._wire.place)
            if word == "ASK":
                return await self._ask(node)
            self._route.moved(slot, node)
        elif failure is not None:
            await self._pause(failure, word)
        self._wire = None  # as long as none is reached
        wire = self._wire = await self._route.reach(self._key)
        return await wire.call(self._command)

    async def _pause(self, failure: Failure, word: str) -> None:
        if word in REFUSING:
            raise QueueUnavailable(f"Redis: {word}") from failure
        if isinstance(failure, ReplyError) and word not in PASSING:
            raise failure
        if self._wire is not None and word in DOUBTED:
            self._route.doubt(self._wire)
        if not await self._pauses.next():
            raise QueueUnavailable(f"Redis: {word or failure}") from failure

    async def _ask(self, node: Tcp) -> Any:
        """The slot is on its way to `node`: ask it this once."""
        wire = await self._route.reach_node(node)
        reply = await self._send(wire, packed(("ASKING",)), self._command)
        if self._may_load(reply):
            await self._load_at(wire)
            reply = await self._send(wire, packed(("ASKING",)), self._command)
        return reply

    def _may_load(self, failure: object) -> bool:
        return (
            isinstance(failure, ReplyError) and str(failure).startswith(NOT_FOUND) and self._loads < LOADS_MAX
        )

    async def _load(self, wire: Wire) -> Any:
        refusal = await self._load_at(wire)
        return refusal if refusal is not None else await wire.call(self._command)

    async def _load_at(self, wire: Wire) -> ReplyError | None:
        """Give the server the library, and take away those of old versions. What it refuses that with."""
        self._loads += 1
        loaded = await wire.call(packed(("FUNCTION", "LOAD", library().text)))
        if isinstance(loaded, ReplyError):
            return None if ALREADY_THERE in str(loaded) else loaded
        listed = await wire.call(packed(("FUNCTION", "LIST", "LIBRARYNAME", f"{NAME_PREFIX}*")))
        others = [] if isinstance(listed, ReplyError) else [row[1] for row in listed if row[1] != loaded]
        for name in others[: max(0, len(others) + 1 - LIBRARIES_MAX)]:
            # Somebody else may have done it just now; then there is nothing to do.
            await wire.call(packed(("FUNCTION", "DELETE", name)))
        return None

    @staticmethod
    async def _send(wire: Wire, *commands: bytes) -> Any:
        """All in one write, which nobody else's commands come between; the answer to the last."""
        await wire.room()
        return (await asyncio.gather(*(wire.send(command) for command in commands)))[-1]
