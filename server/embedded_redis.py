"""A private Valkey or Redis server of this process, for installations of one machine."""

from pathlib import Path
from typing import Final

MEMORY_LIMIT_BYTES: Final = 512 * 1024 * 1024
START_TIMEOUT_S: Final = 20.0
STOP_TIMEOUT_S: Final = 10.0


class EmbeddedRedis:
    """One server process, its files in `folder`, reachable only through a unix socket."""

    def __init__(
        self,
        folder: Path,
        *,
        memory_limit_bytes: int = MEMORY_LIMIT_BYTES,
        start_timeout_s: float = START_TIMEOUT_S,
        stop_timeout_s: float = STOP_TIMEOUT_S,
    ) -> None:
        self._folder = folder
        self._memory_limit_bytes = memory_limit_bytes
        self._start_timeout_s = start_timeout_s
        self._stop_timeout_s = stop_timeout_s

    @property
    def url(self) -> str:
        """For `redis.asyncio.Redis.from_url`."""
        raise NotImplementedError

    async def start(self) -> None:
        """Start the server, after ending one that an earlier, killed process left behind in this folder."""
        raise NotImplementedError

    async def stop(self) -> None:
        """End the server; what it acknowledged is on disk."""
        raise NotImplementedError
