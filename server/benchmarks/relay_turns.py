"""Relays under the same load in turns, each with peers of its own."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from loadtests.media.peer import SyntheticPeer
from server.benchmarks.errors import BenchFailed
from server.benchmarks.relay_load import Load, Pace
from server.benchmarks.relay_relays import Relay

JOIN_AT_A_TIME: Final = 8
LOOPBACK: Final = "127.0.0.1"

Window = TypeVar("Window")

Measure = Callable[[Relay, Sequence[SyntheticPeer], Pace, int], Window]
"""One window of a relay with its peers; the number is that of the round."""


@dataclass(frozen=True, slots=True)
class Rounds:
    count: int
    window_s: float
    warm_up_s: float


@dataclass(slots=True)
class Turns(Generic[Window]):
    """`peers` and `bytes_per_call` by the names of the relays."""

    windows: list[Window] = field(default_factory=list)
    peers: dict[str, list[SyntheticPeer]] = field(default_factory=dict)
    bytes_per_call: dict[str, int] = field(default_factory=dict)


async def take_turns(
    relays: Sequence[Relay],
    calls: int,
    host: str,
    rounds: Rounds,
    measure: Measure[Window],
    stack: contextlib.AsyncExitStack,
) -> Turns[Window]:
    """The peers stay until the stack is left. Raises BenchFailed."""
    turns: Turns[Window] = Turns()
    for relay in relays:
        before = relay.memory_bytes()
        turns.peers[relay.name] = await _connected(relay, calls, host, stack)
        measure(relay, turns.peers[relay.name], Pace(rounds.warm_up_s), 0)
        turns.bytes_per_call[relay.name] = (relay.memory_bytes() - before) // calls
    for number in range(rounds.count):
        # None always follows the same other.
        for relay in relays if number % 2 == 0 else reversed(relays):
            await breathe(turns.peers.values())
            turns.windows.append(measure(relay, turns.peers[relay.name], Pace(rounds.window_s), number))
    return turns


async def _connected(
    relay: Relay, calls: int, host: str, stack: contextlib.AsyncExitStack
) -> list[SyntheticPeer]:
    """2n and 2n+1 in a call."""
    peers = [SyntheticPeer(host) for _ in range(2 * calls)]
    for peer in peers:
        stack.push_async_callback(peer.close)
    some = asyncio.Semaphore(JOIN_AT_A_TIME)

    async def join(number: int) -> None:
        async with some:
            await relay.join(f"call-{number}", peers[2 * number], peers[2 * number + 1])

    async with asyncio.TaskGroup() as group:
        for number in range(calls):
            group.create_task(join(number))
    return peers


async def breathe(groups: Iterable[Sequence[SyntheticPeer]]) -> None:
    """Signs of life of all peers, also those whose relay waits for its turn."""
    for peers in groups:
        for peer in peers:
            peer.check()
    await asyncio.sleep(0.3)


def run_load(relay: Relay, peers: Sequence[SyntheticPeer], load: Load) -> int:
    """The processor time that the relay took, in ns. Raises BenchFailed when nothing arrived."""
    for peer in peers:
        peer.deafen()
    before = relay.cpu_ns()
    outcome = load.run()
    used_ns = relay.cpu_ns() - before
    for peer in peers:
        peer.listen()
    if outcome.received == 0:
        raise BenchFailed(f"nothing arrived through {relay.name}")
    return used_ns


def own_address() -> str:
    """An IPv4 address of this machine; if it has no other LOOPBACK, which Janus and aiortc do not offer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent by this: it only chooses a way.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return LOOPBACK
        return str(probe.getsockname()[0])
