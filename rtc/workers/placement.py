"""On which media worker a call is put. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """What a worker says of itself when it renews its lease."""

    owner: str
    """Who started it: workers that a server starts end with that server. Empty where nobody did."""
    addresses: tuple[str, ...]
    """Where browsers reach it."""
    port: int
    pid: int
    calls_max: int
    cpu: float
    """What it used lately of one core, 0 to 1."""
    draining: bool
    """It takes no further calls."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker as the registry knows it."""

    worker_id: str
    lease_until_ms: int
    """By Redis' clock; 0: it said itself that it goes, or whoever started it saw its end."""
    calls: int
    info: WorkerInfo

    def is_there(self, now_ms: int) -> bool:
        return self.lease_until_ms >= now_ms

    def takes_calls(self, now_ms: int) -> bool:
        """Unless it is full."""
        return self.is_there(now_ms) and not self.info.draining

    @property
    def load(self) -> float:
        """0 idle, 1 full: by places or by its core, whichever is scarcer."""
        return max(self.calls / self.info.calls_max, self.info.cpu)


CPU_STEP = 0.1
"""Loads that differ by less are alike, and the number of calls decides: a core's load is a noisy figure."""


def least_loaded(workers: Iterable[Worker], now_ms: int) -> Worker | None:
    """The worker that the next call is put on: alive, not draining, not full, least load, then fewest calls.

    None where there is none.
    """
    able = [
        worker for worker in workers if worker.takes_calls(now_ms) and worker.calls < worker.info.calls_max
    ]
    return min(able, key=_rank, default=None)


def _rank(worker: Worker) -> tuple[int, int, str]:
    return int(worker.load / CPU_STEP), worker.calls, worker.worker_id
