"""Brings the server's tasks to their end."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any, Final

from rtc.workers import ending

log = logging.getLogger(__name__)

CANCEL_AGAIN_S: Final = 1.0
CANCELLATIONS_MAX: Final = 10


async def cancelled(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """As ``rtc.workers.ending.cancelled``; one that goes on after all is logged and left."""
    if pending := await ending.cancelled(tasks, CANCEL_AGAIN_S, CANCELLATIONS_MAX):
        log.error("still running at the end: %s", ", ".join(task.get_name() for task in pending))
