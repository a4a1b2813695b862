"""The Lua scripts: loaded from files, run by hash where the master of their key is."""

import asyncio
import hashlib
from importlib import resources
from typing import Any, Final

from hiredis import ReplyError

from queueing.addresses import Tcp
from queueing.backoff import Pauses
from queueing.errors import QueueUnavailable, WireBroken
from queueing.layout import in_lua
from queueing.redis_errors import PASSING, REFUSING, first_word
from queueing.routes import Route, redirection
from queueing.states import TRANSITIONS
from queueing.wire import Wire, packed

Reply = list[Any]
"""A script's answer as Redis gives it: its code, then values that codec.py reads."""
Failure = ReplyError | WireBroken

REDIRECTIONS_MAX: Final = 3
"""Followed at once for one call; while nodes do not agree, further ones are repeated like other failures."""
DOUBTED: Final = frozenset({"", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS"})
"""After these (and a broken connection) the route is asked anew."""


def transitions_in_lua() -> str:
    """The table of states.py as the Lua table NEXT_STATE, on one line: errors then name the file's lines."""
    rows = (f"['{state or ''}:{step}']='{target}'" for (state, step), target in TRANSITIONS.items())
    return f"local NEXT_STATE = {{{','.join(rows)}}} "


class Script:
    """One file of queueing/lua with the prelude in front."""

    def __init__(self, name: str, *, also_frozen: bool = False) -> None:
        """`also_frozen`: it works on a hall that is being built anew."""
        folder = resources.files("queueing") / "lua"
        prelude = (folder / "prelude.lua").read_text("utf-8")
        made = transitions_in_lua() + in_lua() + f"local ALSO_FROZEN={str(also_frozen).lower()} "
        self.text = made + prelude + (folder / f"{name}.lua").read_text("utf-8")
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class ScriptRunner:
    """Runs scripts over our own connections (`wire.py`); belongs to one event loop.

    All calls of one turn of the loop go to a server in one write. They stay single steps: each has its own
    answer or error.
    """

    def __init__(self, route: Route) -> None:
        self._route = route

    async def run(self, script: Script, key: str, *args: str | int) -> Reply:
        """Run it where the master of `key` is; sends the whole text where the server does not know it yet.

        Repeats it, as every script may be, while connections break and servers change their parts: as often
        and as long as `Pauses` says.
        Raises QueueUnavailable when it was not answered by then, or Redis refuses it; ReplyError for a
        mistake in the script. A cancelled call may still be made.
        """
        command = packed(("EVALSHA", script.sha, 1, key, *args))
        wire = self._route.ready(key)
        failure: Failure | None = None
        if wire is not None:
            try:
                reply = await wire.send(command)
            except WireBroken as error:
                failure = error
            else:
                if reply.__class__ is not ReplyError:
                    return reply  # type: ignore[no-any-return]
                failure = reply
        return await _Repeats(self._route, script, key, args, command, wire).insist(failure)


class _Repeats:
    """The way of one call when the first attempt failed, or could not be made at once."""

    def __init__(
        self,
        route: Route,
        script: Script,
        key: str,
        args: tuple[str | int, ...],
        command: bytes,
        wire: Wire | None,
    ) -> None:
        self._route, self._script, self._key, self._args = route, script, key, args
        self._command = command
        self._wire = wire
        self._pauses = Pauses(asyncio.get_running_loop())
        self._redirections = 0

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
        if self._wire is not None and word == "NOSCRIPT":
            return await self._wire.call(self._whole())
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
        """The slot is on its way to `node`: ask it this once, with the whole text, for all it knows."""
        wire = await self._route.reach_node(node)
        await wire.room()
        asking, answer = wire.send(packed(("ASKING",))), wire.send(self._whole())
        return (await asyncio.gather(asking, answer))[1]

    def _whole(self) -> bytes:
        return packed(("EVAL", self._script.text, 1, self._key, *self._args))
