"""When the port looks at its socket: at every datagram, or once a millisecond while it is busy. Pure.

A wake costs several packets' work. When datagrams come all the time, looking once a millisecond takes many at
once, for about that millisecond of latency.
"""

from dataclasses import dataclass
from typing import Final

WINDOW_MS: Final = 50
BUSY_PER_MS: Final = 2.0
"""From this many datagrams on the socket is looked at by the clock."""
QUIET_PER_MS: Final = 1.0
"""Below this it wakes the loop by itself again."""


@dataclass(slots=True)
class Wakes:
    """`by_clock`: look once a millisecond, and do not let the socket wake the loop."""

    by_clock: bool = False
    _since_ms: float = 0.0
    _taken: int = 0

    def count(self, taken: int, now_ms: float) -> bool:
        """So many datagrams were there at this wake. Whether `by_clock` changed."""
        self._taken += taken
        passed_ms = now_ms - self._since_ms
        if passed_ms < WINDOW_MS:
            return False
        # A window that began before a pause says nothing of now.
        per_ms = self._taken / passed_ms
        before = self.by_clock
        self.by_clock = per_ms >= (QUIET_PER_MS if before else BUSY_PER_MS)
        self._since_ms, self._taken = now_ms, 0
        return self.by_clock is not before
