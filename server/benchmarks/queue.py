"""The queue beside its limit and its peers: on one server, in one run, in turns.

docs/BENCHMARKS.md says how to read the figures.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop

from queueing.batches import ITEMS_MAX
from server.benchmarks import peer_programs, redis_benchmark
from server.benchmarks.bench_server import BenchServer, running
from server.benchmarks.frame import Measured, Say
from server.benchmarks.limit import by_redis_benchmark, replayed
from server.benchmarks.memory import crowd
from server.benchmarks.opened import opened
from server.benchmarks.operations import POLICY, Counts, Mode, Operation, fresh_lot
from server.benchmarks.ours import all_operations
from server.benchmarks.peer_programs import PEERS, Peer
from server.benchmarks.recording import Recorded, record
from server.benchmarks.replay import ONE_BY_ONE, Shape
from server.benchmarks.report import Taken, report

REPLAYED: Final = (Shape(1, 128), Shape(2, 64), Shape(4, 32))
TOGETHER: Final = Shape(2, 1)
"""For commands with as many items as the client puts into one."""
BY_TOOL: Final = (Shape(128, 1), Shape(16, 8), Shape(50, 16), Shape(1, 128))


COUNTS: Final = Counts(sequential=3_000, concurrent=10_000, at_a_time=128)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of it. A round takes about 30 s, the whole run 3 to 4 minutes on two cores."""

    rounds: int = 3
    counts: Counts = COUNTS
    crowd_sizes: tuple[int, ...] = (100_000, 1_000_000)
    peers: tuple[Peer, ...] = PEERS
    tool: bool = True
    """Whether redis-benchmark takes part."""


def queue(say: Say) -> Measured:
    """The whole of it. Raises BenchUnprepared, BenchFailed."""
    return measure(Plan(), say)


def measure(plan: Plan, say: Say) -> Measured:
    """Measure as planned. Raises BenchUnprepared, BenchFailed."""
    peer_programs.require(plan.peers)
    tool = redis_benchmark.find_program() if plan.tool else None
    with tempfile.TemporaryDirectory(prefix="shuitong-bench-") as folder:
        return uvloop.run(_measure(plan, tool, Path(folder), say))


async def _measure(plan: Plan, tool: str | None, folder: Path, say: Say) -> Measured:
    taken = Taken()
    async with running(folder) as server:
        recordings = await record(server.url, server.socket)
        for number in range(plan.rounds):
            await _Round(plan, tool, server, recordings, taken, say).run(
                f"round {number + 1} of {plan.rounds}"
            )
        crowded = await crowd(server, recordings, plan.crowd_sizes, plan.counts, say)
        versions = await server.versions()
    if tool is not None:
        versions["redis-benchmark"] = await redis_benchmark.version(tool)
    for rounds in taken.peers.values():
        versions |= rounds[-1].versions
    return report(taken, crowded, plan.counts, versions)


@dataclass(frozen=True, slots=True)
class _Round:
    """Everybody once, so that whatever else the machine does meets all alike."""

    plan: Plan
    tool: str | None
    server: BenchServer
    recordings: Mapping[Operation, Recorded]
    taken: Taken
    say: Say

    async def run(self, name: str) -> None:
        counts = self.plan.counts
        await self._mode(name, Mode.SEQUENTIAL, counts.sequential, 1, (ONE_BY_ONE,), (ONE_BY_ONE,))
        await self._mode(name, Mode.CONCURRENT, counts.concurrent, counts.at_a_time, REPLAYED, BY_TOOL)
        for peer in self.plan.peers:
            self.say(f"{name}: {peer.name}")
            await self.server.empty()
            figures = await peer_programs.measure(peer, self.server.socket, counts)
            self.taken.peers[peer.name].append(figures)

    async def _mode(
        self,
        name: str,
        mode: Mode,
        count: int,
        at_a_time: int,
        replay_shapes: tuple[Shape, ...],
        tool_shapes: tuple[Shape, ...],
    ) -> None:
        words = mode.replace("_", " ")
        self.say(f"{name}: ours, {words}")
        await self.server.empty()
        async with opened(self.server.url, POLICY) as known:
            # Opens the connections; the peers' programs do the same.
            await all_operations(known.queue, fresh_lot(at_a_time), at_a_time)
            ours = await all_operations(known.queue, fresh_lot(count), at_a_time)
        self.taken.ours[mode].append(ours)
        self.say(f"{name}: raw, {words}")
        for shape in replay_shapes:
            await self.server.empty()
            rates = await replayed(self.server, self.recordings, count, shape)
            self.taken.replayed[mode][str(shape)].append(rates)
        if mode is Mode.CONCURRENT:
            await self.server.empty()
            rates = await replayed(self.server, self.recordings, count, TOGETHER, ITEMS_MAX)
            self.taken.replayed[mode][f"{TOGETHER}, {ITEMS_MAX} items"].append(rates)
        for shape in tool_shapes if self.tool is not None else ():
            await self.server.empty()
            rates = await by_redis_benchmark(self.server, self.recordings, str(self.tool), count, shape)
            self.taken.by_tool[mode][str(shape)].append(rates)
