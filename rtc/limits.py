"""How many checks and handshakes are looked at: each costs much work, and sources can be forged. Pure."""

from collections.abc import Hashable
from dataclasses import dataclass, field

WINDOW_MS = 1_000


@dataclass(slots=True)
class SourceLimits:
    """In each second `each` of one source, and `strangers` of all together that belong to no connection yet.

    The second bounds the memory too: no more sources are remembered than it admits.
    """

    each: int
    strangers: int
    _until_ms: int = 0
    _left: int = 0
    _counts: dict[Hashable, int] = field(default_factory=dict)

    def admit(self, source: Hashable, now_ms: int, *, known: bool) -> bool:
        """Whether one more of that source is looked at. `known`: a connection is there already."""
        if now_ms >= self._until_ms:
            self._until_ms = now_ms + WINDOW_MS
            self._left = self.strangers
            self._counts.clear()
        count = self._counts.get(source, 0)
        if count >= self.each or (not known and self._left <= 0):
            return False
        if not known:
            self._left -= 1
        self._counts[source] = count + 1
        return True
