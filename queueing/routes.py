"""Where the master of a key is, and the connection to it: one server, Sentinels, or a cluster."""

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, Generic, Protocol, TypeVar

from hiredis import ReplyError
from redis.asyncio.sentinel import Sentinel
from redis.crc import key_slot
from redis.exceptions import ConnectionError as RedisConnectionError

from queueing.addresses import Access, Place, Tcp
from queueing.errors import QueueUnavailable, WireBroken
from queueing.redis_errors import CLIENT_FAULTS
from queueing.wire import Wire, open_wire, packed

SLOTS: Final = 16_384
KEYS_MAX: Final = 10_000
"""Keys whose connection is remembered; then all are looked up anew."""
ATTEMPT_SPACING_S: Final = 0.025
"""An attempt that failed is shared with whoever asks within this time."""
ASK_TIMEOUT_S: Final = 1.0
"""How long one node of a cluster may take to say who has which slots."""

T = TypeVar("T")


class Route(Protocol):
    """What ScriptRunner asks. Every method but `ready` may take a while; cancelling one disturbs no other."""

    def ready(self, key: str) -> Wire | None:
        """The connection for `key` if it is open and takes commands now; None: `reach` it."""

    async def reach(self, key: str) -> Wire:
        """The connection for `key`, opened if need be; it may have no room now.

        Raises WireBroken, WireRefused; QueueUnavailable after `aclose`.
        """

    def doubt(self, wire: Wire) -> None:
        """`wire` broke, or its server said that it is not the one: ask anew where the master is."""

    def moved(self, slot: int, node: Tcp) -> None:
        """A node says that `node` has the slot now."""

    async def reach_node(self, node: Tcp) -> Wire:
        """The connection to this node, which another one named. Raises WireBroken, WireRefused."""

    async def aclose(self) -> None:
        """Close the connections; what is in flight fails with WireBroken."""


class _Shared(Generic[T]):
    """One attempt at a time, whose outcome all who ask meanwhile share."""

    def __init__(self, attempt: Callable[[], Awaitable[T]], name: str) -> None:
        self._attempt = attempt
        self._name = name
        self._task: asyncio.Task[T] | None = None
        self._failed: WireBroken | None = None
        self._failed_at_s = 0.0

    async def outcome(self) -> T:
        """Raises what the attempt raises. Cancelling leaves the attempt to the others."""
        loop = asyncio.get_running_loop()
        if self._failed is not None and loop.time() - self._failed_at_s < ATTEMPT_SPACING_S:
            raise WireBroken(str(self._failed))
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=self._name)
        return await asyncio.shield(self._task)

    async def aclose(self) -> None:
        task = self._task
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self) -> T:
        try:
            outcome = await self._attempt()
        except WireBroken as error:
            self._failed, self._failed_at_s = error, asyncio.get_running_loop().time()
            raise
        except asyncio.CancelledError:
            # By `aclose` alone; whoever waits for the outcome was not cancelled.
            raise WireBroken("closed") from None
        finally:
            self._task = None
        self._failed = None
        return outcome


class Door:
    """The one connection to the server that `find` names; opened when needed, shared by all."""

    def __init__(
        self,
        find: Callable[[], Awaitable[Place]],
        access: Access,
        tls: ssl.SSLContext | None,
        *,
        masters_only: bool = False,
    ) -> None:
        self._find, self._access, self._tls, self._masters_only = find, access, tls, masters_only
        self._opening = _Shared(self._open, "queue-connection")
        self._gone: QueueUnavailable | None = None
        self.wire: Wire | None = None
        """The latest one opened; it may be lost."""

    async def reach(self) -> Wire:
        """The connection. Raises WireBroken, WireRefused; QueueUnavailable after `aclose`."""
        self._check()
        wire = self.wire
        return wire if wire is not None and not wire.lost else await self._opening.outcome()

    def leave(self) -> None:
        """Take no further commands, which belong elsewhere; those in flight still end."""
        self._gone = WireBroken("the node is no master")
        if self.wire is not None:
            self.wire.retire()

    async def aclose(self) -> None:
        self._gone = QueueUnavailable("the link is closed")
        await self._opening.aclose()
        if self.wire is not None:
            self.wire.close("closed")

    async def _open(self) -> Wire:
        place = await self._find()
        wire = await open_wire(place, self._access, self._tls, masters_only=self._masters_only)
        self.wire = wire
        if self._gone is not None:
            wire.close(str(self._gone))
        self._check()
        return wire

    def _check(self) -> None:
        if self._gone is not None:
            raise type(self._gone)(str(self._gone))


class OneDoor:
    """The route where one server has all keys: alone, or as the master that Sentinels name."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def ready(self, key: str) -> Wire | None:
        wire = self._door.wire
        return wire if wire is not None and wire.ready else None

    async def reach(self, key: str) -> Wire:
        return await self._door.reach()

    def doubt(self, wire: Wire) -> None:
        wire.retire()

    def moved(self, slot: int, node: Tcp) -> None:
        # A single server of a cluster was named without saying that it is a cluster.
        raise WireBroken("the server belongs to a cluster")

    async def reach_node(self, node: Tcp) -> Wire:
        raise WireBroken("the server belongs to a cluster")

    async def aclose(self) -> None:
        await self._door.aclose()


class Sentinels(Sentinel):  # type: ignore[misc,no-any-unimported,unused-ignore]
    """redis-py's, made safe for several callers at once.

    Its own `discover_master` swaps entries of the list that others are walking, by which a Sentinel can get
    lost for ever.
    """

    _first = 0

    async def discover_master(self, service_name: str) -> tuple[str, int]:
        """The address that a Sentinel names which sees the master up; the one that answered last comes first.

        Raises redis-py's ConnectionError.
        """
        for number in range(self._first, self._first + len(self.sentinels)):
            try:
                masters: Any = await self.sentinels[number % len(self.sentinels)].sentinel_masters()
            except CLIENT_FAULTS:
                continue
            state = masters.get(service_name)
            if state and self.check_master_state(state, service_name):
                self._first = number % len(self.sentinels)
                return str(state["ip"]), int(state["port"])
        raise RedisConnectionError("no Sentinel names the master")

    def turn(self) -> None:
        """Ask another one first: what the latest one named may be a dead master."""
        self._first = (self._first + 1) % len(self.sentinels)

    async def aclose(self) -> None:
        for sentinel in self.sentinels:
            await sentinel.aclose()


def master_finder(sentinels: Sentinels, master: str) -> Callable[[], Awaitable[Place]]:
    """For a Door, which looks only when it has no connection: each time at another Sentinel first."""

    async def find() -> Place:
        sentinels.turn()
        try:
            return Tcp(*await sentinels.discover_master(master))
        except CLIENT_FAULTS as error:
            raise WireBroken(str(error)) from error

    return find


class ClusterRoute:
    """A node for each slot, as the nodes themselves say; asked anew when one of them is gone."""

    def __init__(self, nodes: Iterable[Tcp], access: Access, tls: ssl.SSLContext | None) -> None:
        self._named = tuple(nodes)
        self._access, self._tls = access, tls
        self._doors: dict[Tcp, Door] = {}
        self._nodes: tuple[Tcp, ...] = ()
        self._owners: list[Tcp | None] = [None] * SLOTS
        self._stale = True
        self._by_key: dict[str, Wire] = {}
        self._closed = False
        self._asking = _Shared(self._ask_nodes, "queue-slots")

    def ready(self, key: str) -> Wire | None:
        wire = self._by_key.get(key)
        return wire if wire is not None and wire.ready else None

    async def reach(self, key: str) -> Wire:
        if self._stale:
            await self._asking.outcome()
        owner = self._owners[key_slot(key.encode())]
        if owner is None:
            self._stale = True
            raise WireBroken("no node has the slot")
        wire = await self.reach_node(owner)
        if len(self._by_key) >= KEYS_MAX:
            self._by_key.clear()
        self._by_key[key] = wire
        return wire

    def doubt(self, wire: Wire) -> None:
        self._forget()
        wire.retire()

    def moved(self, slot: int, node: Tcp) -> None:
        # Not asked anew: the node that we would ask may not know it yet.
        self._owners[slot] = node
        self._by_key.clear()

    async def reach_node(self, node: Tcp) -> Wire:
        try:
            return await self._door(node).reach()
        except WireBroken:
            self._forget()
            raise

    async def aclose(self) -> None:
        self._closed = True
        await self._asking.aclose()
        for door in self._doors.values():
            await door.aclose()

    def _forget(self) -> None:
        self._stale = True
        self._by_key.clear()

    def _door(self, node: Tcp) -> Door:
        if self._closed:
            raise QueueUnavailable("the link is closed")
        door = self._doors.get(node)
        if door is None:

            async def find() -> Place:
                return node

            door = self._doors[node] = Door(find, self._access, self._tls)
        return door

    async def _ask_nodes(self) -> None:
        """Learn who has which slots. Raises WireBroken when no node says it."""
        known = random.sample(self._nodes, len(self._nodes))  # one with an old view is not always the first
        for node in dict.fromkeys((*known, *self._named)):
            try:
                async with asyncio.timeout(ASK_TIMEOUT_S):
                    wire = await self._door(node).reach()
                    reply = await wire.call(packed(("CLUSTER", "SLOTS")))
            except (WireBroken, TimeoutError):
                continue
            if not isinstance(reply, ReplyError) and reply:
                self._learn(reply, node)
                return
        raise WireBroken("no node of the cluster says who has which slots")

    def _learn(self, reply: list[Any], asked: Tcp) -> None:
        """Take the answer of CLUSTER SLOTS: rows of first slot, last slot, master, replicas."""
        owners: list[Tcp | None] = [None] * SLOTS
        nodes: set[Tcp] = set()
        for first, last, *servers in reply:
            places = [_node(server[0], server[1], asked) for server in servers]
            nodes.update(places)
            owners[first : last + 1] = [places[0]] * (last + 1 - first)
        self._owners, self._nodes, self._stale = owners, tuple(nodes), False
        masters = {owner for owner in owners if owner is not None}
        for node in self._doors.keys() - masters:
            self._doors.pop(node).leave()


def _node(host: bytes | None, port: int, asked: Tcp) -> Tcp:
    """A node that does not know its own address is where it was asked."""
    return Tcp(host.decode() if host and host != b"?" else asked.host, port)


def redirection(error: str, asked: Place) -> tuple[int, Tcp]:
    """Slot and node of the error ``MOVED 3999 127.0.0.1:6381`` (or ASK); without a host: that of `asked`."""
    _, slot, address = error.split(" ", 2)
    host, _, port = address.rpartition(":")
    own = asked.host if isinstance(asked, Tcp) else ""
    return int(slot), Tcp(host or own, int(port))
