"""The timers: every process looks at the deadlines, without a leader; the script makes each step once."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from queueing.backoff import Backoff
from queueing.errors import QueueUnavailable
from queueing.service import Queue
from queueing.ticket import Expired

POLL_MAX_MS: Final = 250
"""A deadline that is set meanwhile by another process is seen so late at most."""
LIMIT: Final = 200
"""Steps of one hall in one script: bounds how long Redis is busy with it."""

_log = logging.getLogger(__name__)


def sleep_ms(looks: Sequence[Expired], poll_max_ms: int) -> int:
    """How long to sleep after these looks: until the earliest deadline, `poll_max_ms` at most."""
    left_ms = [look.next_due_ms - look.now_ms for look in looks if look.next_due_ms is not None]
    return max(0, min([poll_max_ms, *left_ms]))


async def run(
    queue: Queue,
    hall_ids: Sequence[str],
    *,
    stop: asyncio.Event,
    poll_max_ms: int = POLL_MAX_MS,
    limit: int = LIMIT,
) -> None:
    """Make the steps that are due in these halls, until `stop` is set.

    Survives Redis being away, and logs that once. Cancelling it loses nothing.
    """
    backoff = Backoff()
    while not stop.is_set():
        try:
            looks = [await queue.expire_due(hall_id, limit=limit) for hall_id in hall_ids]
        except QueueUnavailable as error:
            if backoff.begins:
                _log.warning("the deadlines wait for Redis: %s", error)
            wait_s = backoff.next_s()
        else:
            if not backoff.begins:
                _log.info("the deadlines run again")
                backoff.reset()
            wait_s = sleep_ms(looks, poll_max_ms) / 1_000
        await _wait(stop, wait_s)


async def _wait(stop: asyncio.Event, wait_s: float) -> None:
    try:
        async with asyncio.timeout(wait_s):
            await stop.wait()
    except TimeoutError:
        return
