"""The library of functions that every Redis server is given: put together from queueing/lua.

One library, since what a function needs is then made once, when it is loaded; a script would make it anew in
each run, which takes longer than a step itself.
"""

import hashlib
import re
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from queueing.layout import in_lua, with_indexes
from queueing.states import TRANSITIONS

SHARED: Final = ("hall", "store", "tickets", "functions")
"""In their order: each uses what comes before it."""
FUNCTIONS: Final = (
    "issue",
    "position",
    "call_next",
    "call_one",
    "recall",
    "confirm",
    "abandon",
    "reactivate",
    "requeue",
    "transfer",
    "hold",
    "resume",
    "cancel",
    "finish",
    "beat",
    "leave",
    "close_hall",
    "open_hall",
    "expire_due",
    "snapshot",
    "keep",
    "freeze",
    "wipe",
    "restore",
    "thaw",
)
NAME_PREFIX: Final = "shuitong_"
"""Of the libraries of all versions."""

_COMMENT: Final = re.compile(r"--\[\[.*?\]\]\n?|^ *--[^\n]*\n", re.DOTALL | re.MULTILINE)


class Library(NamedTuple):
    """Its name is made of its text, so that servers can have those of two versions at once."""

    name: str
    text: str

    def function(self, name: str) -> str:
        """What the function of queueing/lua/<name>.lua is called. Raises KeyError."""
        if name not in FUNCTIONS:
            raise KeyError(name)
        return f"{self.name}_{name}"


@cache
def library() -> Library:
    """Reads the files, once."""
    folder = resources.files("queueing") / "lua"
    shared = [(folder / "shared" / f"{name}.lua").read_text("utf-8") for name in SHARED]
    # A scope each: what is local in one file does not count for another.
    functions = [f"do\n{(folder / f'{name}.lua').read_text('utf-8')}end\n" for name in FUNCTIONS]
    body = "\n".join((transitions_in_lua(), *in_lua(), *shared, *functions))
    # What Redis need not keep. No string of these files begins a line with two dashes.
    body = with_indexes(_COMMENT.sub("", body))
    name = NAME_PREFIX + hashlib.sha1(body.encode(), usedforsecurity=False).hexdigest()[:12]
    return Library(name, f"#!lua name={name}\nlocal NAMED = '{name}_'\n{body}")


def transitions_in_lua() -> str:
    """The table of states.py as the Lua table NEXT_STATE, on one line."""
    rows = (f"['{state or ''}:{step}']='{target}'" for (state, step), target in TRANSITIONS.items())
    return f"local NEXT_STATE = {{{','.join(rows)}}}"
