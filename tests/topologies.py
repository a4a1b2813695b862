"""Real Valkey processes on loopback, several together: a master with a replica and Sentinels, and a cluster.

They are quick (a dead master is replaced within about 2 s) and end with the test process. Every wait here is
bounded by HEAL_S.
"""

import asyncio
import contextlib
import random
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import AuthenticationError, RedisError

from server.embedded_redis import find_binary, launch_command

MASTER_NAME: Final = "tickets"
HEAL_S: Final = 30.0
POLL_S: Final = 0.02
ANSWER_S: Final = 1.0
SENTINELS: Final = 3
QUORUM: Final = 2
DOWN_AFTER_MS: Final = 400
FAILOVER_TIMEOUT_MS: Final = 3_000
CLUSTER_MASTERS: Final = 3
NODE_TIMEOUT_MS: Final = 800
SLOTS: Final = 16_384

# Below the ports that the kernel gives to outgoing connections, so that a port stays free while its server is
# restarted.
_PORTS: Final = range(20_000, 32_000, 20)

# A new master that a Sentinel has not heard of within four publish-periods is made a replica again: a
# promotion has to be through by then. A replica is promoted only when it was asked for its state within five
# ping-periods, and while the master is away it is asked once a second: with shorter periods many an election
# finds nobody, and the next one comes 6 s later.
_SENTINEL_PACE: Final = (
    *("ping-period", 250, "ask-period", 100, "info-period", 300, "publish-period", 500),
    *("election-timeout", 600, "min-link-reconnect-period", 100),
)

_SERVER: Final = """
port {port}
bind 127.0.0.1
dir "{folder}"
logfile "{folder}/log"
save ""
appendonly yes
appendfsync everysec
repl-diskless-sync-delay 0
repl-ping-replica-period 1
replica-priority 100
"""

_CLUSTERED: Final = f"""
cluster-enabled yes
cluster-node-timeout {NODE_TIMEOUT_MS}
cluster-replica-validity-factor 0
cluster-allow-replica-migration no
"""


@contextlib.contextmanager
def _free_ports(count: int) -> Iterator[list[int]]:
    """Ports for this topology alone, as long as it is there: the first of their block is held for all."""
    blocks = list(_PORTS)
    random.SystemRandom().shuffle(blocks)
    for first in blocks:
        with contextlib.ExitStack() as held:
            try:
                guard = held.enter_context(socket.socket())
                guard.bind(("127.0.0.1", first))
                ports = list(range(first + 1, first + 1 + count))
                for port in ports:
                    with socket.socket() as probe:
                        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                        probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            yield ports
            return
    raise OSError("no block of free ports")


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Ask until it holds; a server that does not answer counts as no. Raises TimeoutError after HEAL_S."""
    async with asyncio.timeout(HEAL_S):
        while True:
            with contextlib.suppress(RedisError, OSError):
                if await condition():
                    return
            await asyncio.sleep(POLL_S)


class Node:
    """One process, with a folder and a port of its own that it keeps over restarts."""

    def __init__(self, folder: Path, port: int, configuration: str, *arguments: str) -> None:
        folder.mkdir()
        self.port = port
        self.folder = folder
        self._file = folder / "valkey.conf"
        self._file.write_text(configuration.format(port=port, folder=folder), "utf-8")
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process is there, stopped or not."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        self._process = subprocess.Popen(
            launch_command(self.folder / "pid", find_binary(), str(self._file), *self._arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """By SIGKILL; returns when it is gone. Does nothing to one that does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """It keeps its connections, but does nothing any more, until `go_on`."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    async def restart(self) -> None:
        """Start it again where it was, after its end; returns when it answers."""
        self.start()
        await self.answers()

    async def answers(self) -> None:
        async def pong() -> bool:
            assert self.running, f"it ended: {(self.folder / 'log').read_text('utf-8')[-2_000:]}"
            try:
                return bool(await self.ask("PING"))
            except AuthenticationError:
                return True

        await until(pong)

    async def ask(self, *command: str | int) -> Any:
        """One command on a connection of its own. Raises RedisError."""
        async with self.client() as client:
            return await client.execute_command(*command)  # type: ignore[no-untyped-call]

    async def info(self, section: str) -> dict[str, Any]:
        async with self.client() as client:
            found: dict[str, Any] = await client.info(section)
            return found

    def client(self) -> Redis:
        """Of this very process, which repeats nothing."""
        return Redis(
            port=self.port,
            socket_timeout=ANSWER_S,
            socket_connect_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 0),
        )

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)


class WithSentinels:
    """A master, its replica, and three Sentinels that agree by two."""

    def __init__(self, servers: Sequence[Node], sentinels: Sequence[Node]) -> None:
        self.servers = servers
        self.sentinels = sentinels

    @property
    def url(self) -> str:
        places = ",".join(f"127.0.0.1:{one.port}" for one in self.sentinels)
        return f"redis+sentinel://{places}/{MASTER_NAME}"

    async def master(self) -> Node:
        """The server that most Sentinels name. Raises TimeoutError."""
        named: list[int] = []

        async def agreed() -> bool:
            named[:] = [port for one in self.sentinels if (port := await self._named_by(one)) is not None]
            return bool(named) and named.count(max(named, key=named.count)) >= QUORUM

        await until(agreed)
        return next(one for one in self.servers if one.port == max(named, key=named.count))

    async def replica(self) -> Node:
        master = await self.master()
        return next(one for one in self.servers if one is not master)

    async def replaced(self, master: Node) -> Node:
        """Wait until another server than `master` is the master, and says so itself; gives that one."""
        other = next(one for one in self.servers if one is not master)

        async def it_is() -> bool:
            return await self.master() is other and (await other.info("replication"))["role"] == "master"

        await until(it_is)
        return other

    async def healed(self) -> None:
        """Wait until every process runs, the replica follows the master, and every Sentinel sees all that."""
        await until(self._is_healed)

    async def acknowledged(self) -> None:
        """Wait until the replica has everything that the master has answered."""
        await _followed(await self.master(), 1)

    async def _named_by(self, sentinel: Node) -> int | None:
        try:
            place = await sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER_NAME)
        except (RedisError, OSError):
            return None
        return int(place[1])

    async def _is_healed(self) -> bool:
        named = {await self._named_by(one) for one in self.sentinels}
        master = next((one for one in self.servers if named == {one.port}), None)
        if master is None or (await master.info("replication"))["role"] != "master":
            return False
        for server in self.servers:
            if server is not master and not _follows(await server.info("replication"), master.port):
                return False
        return all([await self._sees_all(one) for one in self.sentinels])

    async def _sees_all(self, sentinel: Node) -> bool:
        async with sentinel.client() as client:
            masters: Any = await client.sentinel_masters()
            replicas: Any = await client.sentinel_slaves(MASTER_NAME)
        seen = masters[MASTER_NAME]
        quiet = not any(one["is_sdown"] or one["is_odown"] for one in (seen, *replicas))
        return quiet and seen["num-other-sentinels"] == SENTINELS - 1 and len(replicas) == 1


class ClusterOfSix:
    """Three masters with a third of the slots each, and a replica for each of them."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes

    @property
    def url(self) -> str:
        return f"redis+cluster://{','.join(f'127.0.0.1:{one.port}' for one in self.nodes)}"

    async def owner(self, key: str) -> Node:
        """The running node that says of itself that it has the key's slot. Raises TimeoutError."""
        found: list[Node] = []

        async def known() -> bool:
            found[:] = [one for one in self.nodes if one.running and await self._owns(one, key)]
            return len(found) == 1

        await until(known)
        return found[0]

    async def replaced(self, node: Node, key: str) -> Node:
        """Wait until another node than `node`, which is dead or stopped, has the key; gives that one."""
        others = ClusterOfSix([one for one in self.nodes if one is not node])
        return await others.owner(key)

    async def acknowledged(self, key: str) -> None:
        """Wait until the replica of the key's node has everything that the node has answered."""
        await _followed(await self.owner(key), 1)

    async def healed(self) -> None:
        """Wait until every process runs, each master has its replica, and no node sees a fault."""
        await until(self._is_healed)

    async def _owns(self, node: Node, key: str) -> bool:
        slot = key_slot(key.encode())
        try:
            rows = await node.ask("CLUSTER", "SLOTS")
            own = await node.ask("CLUSTER", "MYID")
        except (RedisError, OSError):
            return False
        return any(master[2] == own for first, last, master, *_ in rows if first <= slot <= last)

    async def _is_healed(self) -> bool:
        masters = 0
        for node in self.nodes:
            told = await node.info("replication")
            state = await node.ask("CLUSTER", "INFO")
            if b"cluster_state:ok" not in state or b"cluster_nodes_fail:0" not in state:
                return False
            if told["role"] == "master":
                masters += 1
                if told["connected_slaves"] != 1:
                    return False
            elif told["master_link_status"] != "up":
                return False
        return masters == CLUSTER_MASTERS


def _follows(told: dict[str, Any], master_port: int) -> bool:
    return told["role"] == "slave" and (told["master_port"], told["master_link_status"]) == (
        master_port,
        "up",
    )


async def _followed(master: Node, replicas: int) -> None:
    """By their offsets, since WAIT speaks only for the connection on which it is sent."""

    async def level() -> bool:
        told = await master.info("replication")
        found = [told[f"slave{number}"] for number in range(told["connected_slaves"])]
        behind = [one for one in found if one["offset"] < told["master_repl_offset"]]
        return len(found) >= replicas and not behind

    await until(level)


@contextlib.asynccontextmanager
async def _running(nodes: Sequence[Node]) -> AsyncIterator[None]:
    try:
        for node in nodes:
            node.start()
        for node in nodes:
            await node.answers()
        yield
    finally:
        for node in nodes:
            node.kill()


@contextlib.asynccontextmanager
async def one_server(folder: Path, configuration: str = "") -> AsyncIterator[Node]:
    """With those lines in its configuration; it may refuse to be asked."""
    with _free_ports(1) as ports:
        server = Node(folder / "server", ports[0], _SERVER + configuration)
        async with _running([server]):
            yield server


@contextlib.asynccontextmanager
async def with_sentinels(folder: Path, configuration: str = "") -> AsyncIterator[WithSentinels]:
    """A healed one, in that empty folder, with those lines for both servers; every process ends with the
    block.
    """
    with _free_ports(2 + SENTINELS) as ports:
        first, second, *others = ports
        servers = [
            Node(folder / "a", first, _SERVER + configuration),
            Node(folder / "b", second, f"{_SERVER}{configuration}replicaof 127.0.0.1 {first}\n"),
        ]
        ids = {port: random.randbytes(20).hex() for port in others}
        sentinels = [
            Node(folder / f"s{port}", port, _sentinel(port, first, second, ids), "--sentinel")
            for port in others
        ]
        async with _running(servers):

            async def follows() -> bool:
                return _follows(await servers[1].info("replication"), first)

            await until(follows)
            async with _running(sentinels):
                for sentinel in sentinels:
                    await sentinel.ask("SENTINEL", "DEBUG", *_SENTINEL_PACE)
                topology = WithSentinels(servers, sentinels)
                await topology.healed()
                yield topology


def _sentinel(port: int, master: int, replica: int, ids: dict[int, str]) -> str:
    """Told of the others beforehand: to find them takes seconds."""
    lines = [
        "port {port}",
        "bind 127.0.0.1",
        'dir "{folder}"',
        'logfile "{folder}/log"',
        f"sentinel myid {ids[port]}",
        f"sentinel monitor {MASTER_NAME} 127.0.0.1 {master} {QUORUM}",
        f"sentinel down-after-milliseconds {MASTER_NAME} {DOWN_AFTER_MS}",
        f"sentinel failover-timeout {MASTER_NAME} {FAILOVER_TIMEOUT_MS}",
        f"sentinel known-replica {MASTER_NAME} 127.0.0.1 {replica}",
    ]
    lines += [
        f"sentinel known-sentinel {MASTER_NAME} 127.0.0.1 {other} {known}"
        for other, known in ids.items()
        if other != port
    ]
    return "\n".join(lines) + "\n"


@contextlib.asynccontextmanager
async def cluster_of_six(folder: Path) -> AsyncIterator[ClusterOfSix]:
    """A healed one, in that empty folder; every process ends with the block."""
    count = 2 * CLUSTER_MASTERS
    with _free_ports(2 * count) as ports:
        nodes = [
            Node(folder / f"n{port}", port, f"{_SERVER}{_CLUSTERED}cluster-port {port + count}\n")
            for port in ports[:count]
        ]
        async with _running(nodes):
            topology = ClusterOfSix(nodes)
            await _form(nodes)
            await topology.healed()
            yield topology


async def _form(nodes: Sequence[Node]) -> None:
    masters, replicas = nodes[:CLUSTER_MASTERS], nodes[CLUSTER_MASTERS:]
    ids = [(await node.ask("CLUSTER", "MYID")).decode() for node in nodes]
    share = -(-SLOTS // len(masters))
    for number, master in enumerate(masters):
        first = number * share
        await master.ask("CLUSTER", "ADDSLOTSRANGE", first, min(first + share, SLOTS) - 1)
    for number, node in enumerate(nodes):
        await node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        if number:
            place = ("127.0.0.1", nodes[0].port, nodes[0].port + len(nodes))
            await node.ask("CLUSTER", "MEET", *place)

    async def acquainted() -> bool:
        told = [await node.ask("CLUSTER", "NODES") for node in nodes]
        return all(len(seen.splitlines()) == len(nodes) and b"handshake" not in seen for seen in told)

    await until(acquainted)
    for replica, master_id in zip(replicas, ids, strict=False):
        await replica.ask("CLUSTER", "REPLICATE", master_id)
