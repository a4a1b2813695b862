"""How parts tell a tracer what they are doing, without knowing which one."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol


class Span(Protocol):
    """What is done between the beginning and the end of a block."""

    def set_attribute(self, key: str, value: str | int) -> None: ...


Traced = Callable[[str, Mapping[str, str | int]], AbstractContextManager[Span]]
"""Begins a span of that name, with ids and numbers only, inside the one that this task is in."""
