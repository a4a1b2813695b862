"""How often a sender may be asked for a keyframe. Pure."""

from dataclasses import dataclass


@dataclass(slots=True)
class KeyframeGate:
    """At most one request in `interval_ms`. One that came too early becomes due later."""

    interval_ms: int
    requests: int = 0
    _open_at_ms: int | None = None
    _waiting: bool = False

    def ask(self, now_ms: int) -> bool:
        """Whether a request may go to the sender now; if not, it is remembered."""
        if self._open_at_ms is not None and now_ms < self._open_at_ms:
            self._waiting = True
            return False
        self._open_at_ms = now_ms + self.interval_ms
        self._waiting = False
        self.requests += 1
        return True

    def due(self, now_ms: int) -> bool:
        """Whether a remembered request is to be sent now (and counts as sent)."""
        return self._waiting and self.ask(now_ms)
