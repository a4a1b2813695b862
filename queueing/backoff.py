"""Waiting times between attempts to reach Redis."""

import asyncio
import random
from dataclasses import dataclass
from typing import Final

RETRIES: Final = 6
RETRY_FIRST_S: Final = 0.05
RETRY_MOST_S: Final = 1.0
REPEATS_END_S: Final = 4.0
"""No repeat begins later than this after the first failure: a server that hangs is not waited for RETRIES
times.
"""


class Pauses:
    """Between the attempts of one call: RETRIES of them, about 2 s together, with jitter, since a failure is
    that of many calls at once.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._began_s = loop.time()
        self._made = 0

    async def next(self) -> bool:
        """Wait before the next attempt; False, at once, when there should be none."""
        if self._made == RETRIES or self._loop.time() - self._began_s > REPEATS_END_S:
            return False
        longest_s = min(RETRY_MOST_S, RETRY_FIRST_S * 2.0**self._made)
        self._made += 1
        await asyncio.sleep(longest_s * random.uniform(0.5, 1.0))
        return True


@dataclass(slots=True)
class Backoff:
    """Doubles from `first_s` to `most_s`; without jitter, since it is one small command that is repeated."""

    first_s: float = 0.05
    most_s: float = 1.0
    attempts: int = 0

    @property
    def begins(self) -> bool:
        """Whether nothing has failed since the last success."""
        return self.attempts == 0

    def next_s(self) -> float:
        """The wait before the next attempt."""
        wait_s = min(self.most_s, self.first_s * 2.0 ** min(self.attempts, 16))
        self.attempts += 1
        return wait_s

    def reset(self) -> None:
        """After a success."""
        self.attempts = 0
