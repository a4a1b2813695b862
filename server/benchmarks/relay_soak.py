"""Calls that come and go through the relay for long: nothing may grow, and every packet is accounted for.

All calls carry media in turns; after each, some of them end and others begin. In the end every call is
closed, and the relay must hold what it held before the first.
"""

import asyncio
import contextlib
import itertools
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import uvloop

from loadtests.media.peer import SyntheticPeer
from server.benchmarks.frame import Say
from server.benchmarks.relay_load import Load, Pace
from server.benchmarks.relay_relays import Ours, ours

HOST: Final = "127.0.0.1"
JOIN_AT_A_TIME: Final = 8
GROWTH_BYTES_MAX: Final = 16 * 1024 * 1024
"""Beyond what the first quarter of the turns needed."""
GONE_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class SoakPlan:
    """`renewed`: how many of the calls end and are replaced in each turn."""

    calls: int = 50
    seconds: float = 600.0
    renewed: int = 5
    turn_s: float = 4.0


@dataclass(slots=True)
class SoakReport:
    """`faults` is empty when all rules held."""

    turns: int = 0
    calls: int = 0
    sent: int = 0
    received: int = 0
    lost: int = 0
    twice: int = 0
    late: int = 0
    overflows: int = 0
    """Of those lost: the relay's process did not run for so long that its socket was full."""
    memory_bytes: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def growth_bytes(self) -> int:
        """From the first quarter's highest to the last turn."""
        first = self.memory_bytes[: max(1, len(self.memory_bytes) // 4)]
        return self.memory_bytes[-1] - max(first) if self.memory_bytes else 0


def soak(plan: SoakPlan, say: Say) -> SoakReport:
    """Raises BenchFailed when a call did not come about."""
    cores = sorted(os.sched_getaffinity(0))
    relay_core = cores[0] if len(cores) > 1 else None
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_Soak(plan, relay_core, say).run())


class _Soak:
    def __init__(self, plan: SoakPlan, core: int | None, say: Say) -> None:
        self._plan = plan
        self._core = core
        self._say = say
        self._report = SoakReport()
        self._numbers = itertools.count()
        self._running: dict[str, tuple[SyntheticPeer, SyntheticPeer]] = {}

    async def run(self) -> SoakReport:
        plan, report = self._plan, self._report
        async with contextlib.AsyncExitStack() as stack:
            relay = await stack.enter_async_context(ours(HOST, self._core))
            stack.push_async_callback(self._close_peers)
            before = await relay.ask({"do": "counters"})
            await self._begin(relay, plan.calls)
            until = time.monotonic() + plan.seconds
            while report.turns == 0 or time.monotonic() < until:
                self._turn()
                await self._renew(relay)
                await relay.ask({"do": "collect"})
                report.memory_bytes.append(relay.memory_bytes())
                report.turns += 1
                self._say(
                    f"turn {report.turns}: {report.calls} calls, {report.received:,} packets arrived, "
                    f"{report.lost:,} lost, {report.memory_bytes[-1] / 1e6:.1f} MB"
                )
            report.overflows = (await relay.ask({"do": "counters"}))["receive_overflows"]
            await self._end(relay, list(self._running))
            await self._expect_as_before(relay, before)
        if report.growth_bytes > GROWTH_BYTES_MAX:
            report.faults.append(f"memory grew by {report.growth_bytes} bytes")
        return report

    def _turn(self) -> None:
        """Media through all calls. Blocks this process; the relay has its own."""
        peers = [peer for pair in self._running.values() for peer in pair]
        load = Load(peers, Pace(self._plan.turn_s, gentle=True))
        for peer in peers:
            peer.deafen()
        outcome = load.run()
        for peer in peers:
            peer.listen()
            peer.check()
        report = self._report
        report.sent += outcome.sent
        report.received += outcome.received
        report.lost += outcome.lost
        report.twice += outcome.twice
        report.late += outcome.late
        if outcome.received + outcome.lost != outcome.sent:
            report.faults.append(
                f"turn {report.turns}: {outcome.sent} sent, {outcome.received} arrived, {outcome.lost} lost"
            )
        if outcome.twice or outcome.late:
            report.faults.append(f"turn {report.turns}: {outcome.twice} twice, {outcome.late} out of order")
        report.faults += [f"turn {report.turns}: a peer was dropped" for peer in peers if peer.lost]

    async def _renew(self, relay: Ours) -> None:
        await self._end(relay, list(self._running)[: self._plan.renewed])
        await self._begin(relay, self._plan.calls - len(self._running))

    async def _begin(self, relay: Ours, count: int) -> None:
        some = asyncio.Semaphore(JOIN_AT_A_TIME)

        async def begin() -> None:
            async with some:
                call, pair = f"call-{next(self._numbers)}", (SyntheticPeer(HOST), SyntheticPeer(HOST))
                self._running[call] = pair
                await relay.join(call, *pair)

        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(begin())
        self._report.calls += count

    async def _end(self, relay: Ours, calls: list[str]) -> None:
        for call in calls:
            await relay.ask({"do": "close", "call": call})
            for peer in self._running.pop(call):
                await peer.close()

    async def _close_peers(self) -> None:
        for pair in self._running.values():
            for peer in pair:
                await peer.close()

    async def _expect_as_before(self, relay: Ours, before: Mapping[str, Any]) -> None:
        """No call, address, task or descriptor is left; closing takes the relay a moment."""
        names = ("calls", "addresses", "candidates", "tasks", "descriptors")
        until = time.monotonic() + GONE_S
        while True:
            after = await relay.ask({"do": "counters"})
            left = {name: after[name] - before[name] for name in names if after[name] > before[name]}
            if not left or time.monotonic() > until:
                break
            await asyncio.sleep(0.1)
        self._report.faults += [f"{count} more {name} than before" for name, count in left.items()]
