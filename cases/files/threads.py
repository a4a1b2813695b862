"""Work with files in a thread, so that no call's packets wait for a disk."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


async def in_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Its result. Cancelled, the thread has ended when this does: nobody tidies up under its hands."""
    running = asyncio.get_running_loop().run_in_executor(None, partial(work, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        if not running.cancelled():
            # Asked for, so that nobody reports it as forgotten: the cancellation is what is told.
            running.exception()
        raise
