"""The Lua scripts: loaded from files, run by hash, those of one turn of the event loop in one go."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ResponseError

from queueing.layout import in_lua
from queueing.redis_errors import translated_errors
from queueing.states import TRANSITIONS

Reply = list[Any]
"""A script's answer as Redis gives it: its code, then values that codec.py reads."""

BATCH_MAX: Final = 200
"""Scripts sent in one go: bounds how long one answer waits for the others."""


def transitions_in_lua() -> str:
    """The table of states.py as the Lua table NEXT_STATE, on one line: errors then name the file's lines."""
    rows = (f"['{state or ''}:{step}']='{target}'" for (state, step), target in TRANSITIONS.items())
    return f"local NEXT_STATE = {{{','.join(rows)}}} "


class Script:
    """One file of queueing/lua with the prelude in front."""

    def __init__(self, name: str) -> None:
        folder = resources.files("queueing") / "lua"
        prelude = (folder / "prelude.lua").read_text("utf-8")
        self.text = transitions_in_lua() + in_lua() + prelude + (folder / f"{name}.lua").read_text("utf-8")
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class _Command:
    script: Script
    key: str
    args: tuple[str | int, ...]


@dataclass(slots=True)
class _Batch:
    """Commands that go together; `sent` is what their callers wait for."""

    commands: list[_Command] = field(default_factory=list)
    sent: asyncio.Task[list[Any]] | None = None


class ScriptRunner:
    """Runs scripts; belongs to one event loop.

    Most of a call's cost is the client's handling of connections, so the calls that are made in one turn of
    the loop share one. They stay single steps: each has its own answer or error.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._open: _Batch | None = None

    async def run(self, script: Script, key: str, *args: str | int) -> Reply:
        """Run it; sends the whole text where the server does not know it yet (a new or restarted one).

        Raises QueueUnavailable. A cancelled call may still be made.
        """
        command = _Command(script, key, args)
        batch = self._open
        if batch is None or len(batch.commands) >= BATCH_MAX:
            batch = self._open = _Batch()
        index = len(batch.commands)
        batch.commands.append(command)
        if batch.sent is None:
            # A new task begins in the loop's next turn, when all of this turn have come.
            batch.sent = asyncio.create_task(self._send(batch), name="queue-scripts")
        with translated_errors():
            # Shielded: one caller's cancellation must not take the others' answers.
            reply = (await asyncio.shield(batch.sent))[index]
            if isinstance(reply, NoScriptError):
                return await self._redis.eval(script.text, 1, key, *args)  # type: ignore[no-any-return]
            if isinstance(reply, Exception):
                raise reply
        return reply  # type: ignore[no-any-return]

    async def _send_one(self, command: _Command) -> Any:
        try:
            return await self._redis.evalsha(command.script.sha, 1, command.key, *command.args)
        except ResponseError as error:
            return error

    async def _send(self, batch: _Batch) -> list[Any]:
        if self._open is batch:
            self._open = None
        if len(batch.commands) == 1:
            return [await self._send_one(batch.commands[0])]
        async with self._redis.pipeline(transaction=False) as pipeline:
            for command in batch.commands:
                pipeline.evalsha(command.script.sha, 1, command.key, *command.args)
            return await pipeline.execute(raise_on_error=False)
