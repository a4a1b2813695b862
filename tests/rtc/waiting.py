"""Waiting for what must come about, without fixed sleeps."""

import asyncio
from collections.abc import Callable

WAIT_S = 30.0
POLL_S = 0.005


async def wait_until(condition: Callable[[], bool], what: str, timeout_s: float = WAIT_S) -> None:
    """Give the loop turns until the condition holds. Raises AssertionError after `timeout_s`."""
    loop = asyncio.get_running_loop()
    until = loop.time() + timeout_s
    while not condition():
        assert loop.time() < until, f"never came about: {what}"
        await asyncio.sleep(POLL_S)
