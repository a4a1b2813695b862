"""The one server that a benchmark and all that it is compared with run against."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis

from server.benchmarks.errors import BenchFailed
from server.embedded_redis import EmbeddedRedis

MEMORY_LIMIT_BYTES: Final = 8 * 1024**3
"""Room for a million tickets several times over: no step may meet the limit."""
FSYNC: Final = "everysec"
AOF_FLUSH_S: Final = 30.0
"""How long the server may take to write out what it holds for its file."""
AOF_REST_BYTES: Final = 64 * 1024
_POLL_S: Final = 0.05


class BenchServer:
    """A running server. Made by `running`."""

    def __init__(self, url: str, redis: Redis) -> None:
        self.url = url
        """For `queueing.connection.connect`."""
        self._redis = redis

    @property
    def socket(self) -> str:
        """The path of its unix socket, by which everybody reaches it."""
        return unquote(urlsplit(self.url).path)

    async def empty(self) -> None:
        """Forget all keys, with their memory free again on return; the scripts stay known."""
        # redis-py's own command leaves it to the server, which by itself frees in the background: that would
        # slow down who is measured next, and lower what the memory is compared with.
        await self._redis.execute_command("FLUSHALL", "SYNC")  # type: ignore[no-untyped-call]

    async def used_bytes(self) -> int:
        """The server's memory, once it holds nothing more for its append-only file.

        Raises BenchFailed when that does not come within AOF_FLUSH_S.
        """
        try:
            async with asyncio.timeout(AOF_FLUSH_S):
                while True:
                    info: Mapping[str, int] = await self._redis.info("memory")
                    if info["mem_aof_buffer"] <= AOF_REST_BYTES:
                        return int(info["used_memory"])
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise BenchFailed("the server does not get its append-only file written") from None

    async def cpu_s(self) -> float:
        """The processor time that the server has used."""
        info: Mapping[str, float] = await self._redis.info("cpu")
        return float(info["used_cpu_sys"]) + float(info["used_cpu_user"])

    async def versions(self) -> dict[str, str]:
        """Its name and version."""
        info: Mapping[str, object] = await self._redis.info("server")
        name = "valkey" if "valkey_version" in info else "redis"
        return {name: str(info[f"{name}_version"])}


@asynccontextmanager
async def running(folder: Path, *, fsync: str | None = FSYNC) -> AsyncIterator[BenchServer]:
    """A server of its own in `folder`, with an append-only file written out as `fsync` says.

    None leaves it as the product runs it (each write before its answer). The file is never rewritten: that
    would take a core from whoever is measured just then.
    """
    server = EmbeddedRedis(folder, memory_limit_bytes=MEMORY_LIMIT_BYTES)
    await server.start()
    try:
        async with Redis.from_url(server.url) as redis:
            await redis.config_set("auto-aof-rewrite-percentage", "0")
            if fsync is not None:
                await redis.config_set("appendfsync", fsync)
            yield BenchServer(server.url, redis)
    finally:
        await server.stop()
