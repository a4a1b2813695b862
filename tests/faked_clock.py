"""A real Valkey whose clock a test moves, by libfaketime (Debian's package of that name; ./run test installs
it).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.redis_server import running_valkey

PATTERNS = (
    "lib/*/faketime/libfaketime.so.1",
    "lib/faketime/libfaketime.so.1",
    "lib64/faketime/libfaketime.so.1",
)


def library() -> Path:
    """Raises LookupError where libfaketime is not installed."""
    for root in (Path("/usr"), Path("/usr/local")):
        for pattern in PATTERNS:
            for found in root.glob(pattern):
                return found
    raise LookupError("libfaketime is needed: ./run test installs it on Debian and says so elsewhere")


class FakedClock:
    """The clock of one server: as far from the machine's as the test says."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.ahead_s = 0
        self.move(0)

    def move(self, by_s: int) -> None:
        """Forward, or back. The server sees it with its next turn."""
        self.ahead_s += by_s
        new = self._file.with_suffix(".new")
        new.write_text(f"{self.ahead_s:+d}\n", encoding="ascii")
        new.replace(self._file)

    def is_seen(self, server_ms: int) -> bool:
        """Whether the server's time is the moved one."""
        return abs(server_ms / 1_000 - time.time() - self.ahead_s) < 2


@contextmanager
def valkey_with_clock(folder: Path) -> Iterator[tuple[str, FakedClock]]:
    """The address of a server that keeps nothing on disk, and its clock."""
    clock = FakedClock(folder / "clock")
    environment = {
        "LD_PRELOAD": str(library()),
        "FAKETIME_TIMESTAMP_FILE": str(folder / "clock"),
        "FAKETIME_NO_CACHE": "1",
        # Only the time of day moves: the server's own intervals go on.
        "DONT_FAKE_MONOTONIC": "1",
    }
    with running_valkey(folder, environment) as url:
        yield url, clock
