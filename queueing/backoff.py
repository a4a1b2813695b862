"""Waiting times between attempts to reach Redis."""

from dataclasses import dataclass


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
