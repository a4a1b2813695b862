"""Where the queue is kept in a run, and how that place is struck: real servers, killed and cut."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Final, Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

from queueing import keys
from server.embedded_redis import find_binary, launch_command
from tests.browser.server_process import free_port
from tests.chaos.worker import HALL
from tests.topologies import ClusterOfSix, WithSentinels, cluster_of_six, with_sentinels

START_TIMEOUT_S: Final = 30.0
POLL_S: Final = 0.02
CUT_BYTES_MAX: Final = 4_000
BEHIND_S: Final = 0.4
"""For so long a replica hears nothing before its master dies."""
META: Final = keys.meta(HALL)


class Place(Protocol):
    """One Redis, of whatever kind, that is struck again and again."""

    @property
    def url(self) -> str:
        """For those who work on it."""

    @property
    def lossless(self) -> bool:
        """Whether it promises that what was acknowledged is there afterwards."""

    async def strike(self, chance: random.Random) -> str:
        """Break it, and mend it; what was done. Returns once it is mended, or mends itself."""


class OneServer:
    """A server that writes to disk before it answers (or each second), killed and started again."""

    def __init__(self, folder: Path, *, fsync: str = "always", cut: bool = False) -> None:
        """`cut`: the end of its append-only file is lost as well, at any byte."""
        self._folder = folder
        self._fsync = fsync
        self._cut = cut
        self.port = free_port()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @property
    def lossless(self) -> bool:
        return self._fsync == "always" and not self._cut

    async def start(self) -> None:
        """Returns once it answers."""
        configuration = (
            f'port {self.port}\nbind 127.0.0.1\ndir "{self._folder}"\nsave ""\nappendonly yes\n'
            f'appendfsync {self._fsync}\naof-load-truncated yes\nlogfile "{self._folder}/log"\n'
        )
        process = await asyncio.create_subprocess_exec(
            *launch_command(self._folder / "pid", find_binary()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
        )
        self._process = process
        assert process.stdin is not None
        process.stdin.write(configuration.encode())
        await process.stdin.drain()
        process.stdin.close()
        async with asyncio.timeout(START_TIMEOUT_S), Redis(port=self.port) as redis:
            while True:
                with suppress(RedisError, OSError):
                    if await redis.ping():
                        return
                assert process.returncode is None, "the server ended"
                await asyncio.sleep(POLL_S)

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def strike(self, chance: random.Random) -> str:
        await self.stop()
        lost = self._lose_the_end(chance) if self._cut else 0
        await self.start()
        return f"redis killed, {lost} bytes of its file cut" if self._cut else "redis killed"

    def _lose_the_end(self, chance: random.Random) -> int:
        files = sorted((self._folder / "appendonlydir").glob("*.incr.aof"))
        size = files[-1].stat().st_size
        lost = min(size, chance.randrange(CUT_BYTES_MAX))
        with files[-1].open("rb+") as file:
            file.truncate(size - lost)
        return lost


class CutWire:
    """The same with nobody killed: a proxy on the way that breaks connections, or swallows what is sent."""

    def __init__(self, behind: OneServer) -> None:
        self._behind = behind
        self._port = free_port()
        self._writers: set[asyncio.StreamWriter] = set()
        self._swallows = False

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}"

    @property
    def lossless(self) -> bool:
        return self._behind.lossless

    async def serve(self) -> asyncio.Server:
        return await asyncio.start_server(self._connected, "127.0.0.1", self._port)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self._behind.port)
            self._writers |= {writer, back}
            try:
                await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
            finally:
                for one in (writer, back):
                    self._writers.discard(one)
                    one.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while some := await reader.read(65_536):
                if not self._swallows:
                    writer.write(some)
                    await writer.drain()
        except OSError:
            pass  # cut
        finally:
            writer.close()

    async def strike(self, chance: random.Random) -> str:
        """Every connection is cut in the middle of what it carries; now and then nothing arrives before."""
        self._swallows = chance.random() < 0.5
        if self._swallows:
            await asyncio.sleep(chance.random())
        done = "network swallowed and cut" if self._swallows else "network cut"
        for writer in list(self._writers):
            writer.transport.abort()
        self._swallows = False
        return done


@asynccontextmanager
async def one_server(folder: Path) -> AsyncIterator[Place]:
    """Killed and started again: nothing may be lost."""
    server = OneServer(folder)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def truncated_file(folder: Path) -> AsyncIterator[Place]:
    """Killed, with the end of its file lost: the records bring back what they have."""
    server = OneServer(folder, fsync="everysec", cut=True)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def cut_wire(folder: Path) -> AsyncIterator[Place]:
    """Connections break and swallow: nothing may be lost or done twice."""
    server = OneServer(folder)
    await server.start()
    place = CutWire(server)
    listening = await place.serve()
    try:
        yield place
    finally:
        listening.close()
        await server.stop()


class BySentinels:
    """A master that dies and is replaced by its replica; now and then that one had fallen behind."""

    def __init__(self, servers: WithSentinels) -> None:
        self._servers = servers

    @property
    def url(self) -> str:
        return self._servers.url

    @property
    def lossless(self) -> bool:
        return False  # a replica is told after the answer

    async def strike(self, chance: random.Random) -> str:
        master, replica = await self._servers.master(), await self._servers.replica()
        behind = chance.random() < 0.5
        if behind:
            replica.stop()
            await asyncio.sleep(BEHIND_S)
        master.kill()
        replica.go_on()
        await self._servers.replaced(master)
        await master.restart()
        await self._servers.healed()
        return "master killed while its replica was behind" if behind else "master killed"


class InCluster:
    """The node that has the hall dies and is replaced by its replica."""

    def __init__(self, cluster: ClusterOfSix) -> None:
        self._cluster = cluster

    @property
    def url(self) -> str:
        return self._cluster.url

    @property
    def lossless(self) -> bool:
        return False  # a replica is told after the answer

    async def strike(self, chance: random.Random) -> str:
        node = await self._cluster.owner(META)
        node.kill()
        await self._cluster.replaced(node, META)
        await node.restart()
        await self._cluster.healed()
        return "the hall's node killed"


@asynccontextmanager
async def by_sentinels(folder: Path) -> AsyncIterator[Place]:
    """Failovers: what the replica had not heard of is lost, and found to be."""
    async with with_sentinels(folder) as servers:
        yield BySentinels(servers)


@asynccontextmanager
async def in_cluster(folder: Path) -> AsyncIterator[Place]:
    """The same in a cluster of six."""
    async with cluster_of_six(folder) as cluster:
        yield InCluster(cluster)


PLACES: Final[dict[str, Callable[[Path], AbstractAsyncContextManager[Place]]]] = {
    "kill": one_server,
    "truncate": truncated_file,
    "network": cut_wire,
    "sentinel": by_sentinels,
    "cluster": in_cluster,
}
