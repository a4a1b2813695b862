"""How late the event loop is: what keeps it busy keeps everybody waiting."""

import asyncio
from collections import deque
from typing import Final

LOOK_S: Final = 0.25
REMEMBERED: Final = 80
"""Looks: 20 s, so that a scrape each 15 s misses nothing."""


class LoopWatch:
    def __init__(self) -> None:
        self._late_s: deque[float] = deque(maxlen=REMEMBERED)

    async def run(self) -> None:
        """For ever; ends by cancellation."""
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + LOOK_S
            await asyncio.sleep(LOOK_S)
            self._late_s.append(max(0.0, loop.time() - due_s))

    def worst_s(self) -> float:
        return max(self._late_s, default=0.0)
