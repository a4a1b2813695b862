"""How long a run goes on: open, then closing (no new arrivals, everybody comes to an end), then over."""

import asyncio
from enum import IntEnum


class Phase(IntEnum):
    OPEN = 0
    CLOSING = 1
    OVER = 2


class Hours:
    """The phase of a run; whoever waits for something else too leaves a bell that rings at each change."""

    def __init__(self) -> None:
        self.phase = Phase.OPEN
        self._bells: set[asyncio.Event] = set()

    def move_to(self, phase: Phase) -> None:
        """Only forward; an earlier phase changes nothing."""
        if phase > self.phase:
            self.phase = phase
            for bell in self._bells:
                bell.set()

    def listen(self, bell: asyncio.Event) -> None:
        self._bells.add(bell)

    def leave(self, bell: asyncio.Event) -> None:
        self._bells.discard(bell)

    async def sleep(self, duration_s: float, *, until: Phase = Phase.CLOSING) -> bool:
        """Sleep for so long, or until the phase is reached; whether the whole time passed."""
        bell = asyncio.Event()
        self.listen(bell)
        try:
            async with asyncio.timeout(duration_s):
                while self.phase < until:
                    await bell.wait()
                    bell.clear()
            return False
        except TimeoutError:
            return True
        finally:
            self.leave(bell)
