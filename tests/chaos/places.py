"""Where the queue is kept in a run, and how that place is struck: real servers, killed and cut."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Final, Protocol

from queueing import keys
from tests.browser.server_process import free_port
from tests.chaos.worker import HALL
from tests.topologies import ClusterOfSix, Node, WithSentinels, cluster_of_six, one_server, with_sentinels

ALWAYS: Final = "appendfsync always\n"
TRUNCATED: Final = "aof-load-truncated yes\n"
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

    def __init__(self, server: Node, *, lossless: bool, files: Path | None = None) -> None:
        """`files`: the folder of its append-only file, where the end of that is lost as well, at any byte."""
        self._server = server
        self._lossless = lossless
        self._files = files

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @property
    def lossless(self) -> bool:
        return self._lossless

    async def strike(self, chance: random.Random) -> str:
        self._server.kill()
        done = "redis killed"
        if self._files is not None:
            done += f", {_lose_the_end(self._files, chance)} bytes of its file cut"
        await self._server.restart()
        return done


def _lose_the_end(files: Path, chance: random.Random) -> int:
    last = sorted((files / "appendonlydir").glob("*.incr.aof"))[-1]
    size = last.stat().st_size
    lost = min(size, chance.randrange(CUT_BYTES_MAX))
    with last.open("rb+") as file:
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
async def killed(folder: Path) -> AsyncIterator[Place]:
    """Killed and started again: nothing may be lost."""
    async with one_server(folder, ALWAYS) as server:
        yield OneServer(server, lossless=True)


@asynccontextmanager
async def truncated_file(folder: Path) -> AsyncIterator[Place]:
    """Killed, with the end of its file lost: the records bring back what they have."""
    async with one_server(folder, TRUNCATED) as server:
        yield OneServer(server, lossless=False, files=server.folder)


@asynccontextmanager
async def cut_wire(folder: Path) -> AsyncIterator[Place]:
    """Connections break and swallow: nothing may be lost or done twice."""
    async with one_server(folder, ALWAYS) as server:
        place = CutWire(OneServer(server, lossless=True))
        listening = await place.serve()
        try:
            yield place
        finally:
            listening.close()


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
    "kill": killed,
    "truncate": truncated_file,
    "network": cut_wire,
    "sentinel": by_sentinels,
    "cluster": in_cluster,
}
