"""How fast one page may send. Pure."""

from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """A bucket of ``burst`` tokens that fills at ``per_s``; each event takes one."""

    per_s: float
    burst: int
    tokens: float
    at_ms: int

    def take(self, now_ms: int) -> bool:
        """Whether there was a token left."""
        filled = self.tokens + max(0, now_ms - self.at_ms) * self.per_s / 1000
        self.tokens = min(float(self.burst), filled)
        self.at_ms = now_ms
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def full_pace(per_s: float, burst: int, now_ms: int) -> Pace:
    """A bucket that begins full."""
    return Pace(per_s, burst, float(burst), now_ms)
