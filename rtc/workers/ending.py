"""Brings tasks that talk with Redis to their end."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

CANCEL_AGAIN_S: Final = 0.2
CANCELLATIONS_MAX: Final = 25


async def cancelled(
    tasks: Iterable[asyncio.Task[Any]],
    again_s: float = CANCEL_AGAIN_S,
    times_max: int = CANCELLATIONS_MAX,
) -> set[asyncio.Task[Any]]:
    """Cancel, and again where one went on: before Python 3.12 ``asyncio.wait_for``, by which redis-py sends,
    loses a cancellation that comes just as it is done (CPython issue 86296).

    What the tasks raise is not raised here. The answer: those that go on after all.
    """
    pending = set(tasks)
    for _ in range(times_max):
        if not pending:
            break
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=again_s)
    return pending
