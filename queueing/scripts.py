"""The Lua scripts: loaded from files, run by hash."""

import hashlib
from importlib import resources
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from queueing.redis_errors import translated_errors
from queueing.states import TRANSITIONS

Reply = list[Any]
"""A script's answer as Redis gives it: its code, then values that codec.py reads."""


def transitions_in_lua() -> str:
    """The table of states.py as the Lua table NEXT_STATE, on one line: errors then name the file's lines."""
    rows = (f"['{state or ''}:{step}']='{target}'" for (state, step), target in TRANSITIONS.items())
    return f"local NEXT_STATE = {{{','.join(rows)}}} "


class Script:
    """One file of queueing/lua with the prelude in front."""

    def __init__(self, name: str) -> None:
        folder = resources.files("queueing") / "lua"
        prelude = (folder / "prelude.lua").read_text("utf-8")
        self._text = transitions_in_lua() + prelude + (folder / f"{name}.lua").read_text("utf-8")
        self._sha = hashlib.sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, redis: Redis, key: str, *args: str | int) -> Reply:
        """Run it; sends the whole text where the server does not know it yet (a new or restarted one).

        Raises QueueUnavailable.
        """
        with translated_errors():
            try:
                return await redis.evalsha(self._sha, 1, key, *args)  # type: ignore[no-any-return]
            except NoScriptError:
                return await redis.eval(self._text, 1, key, *args)  # type: ignore[no-any-return]
