"""What it costs to pass a call's packets on, beside Janus, and beside a relay that decodes and encodes them.

Each relay gets the same prepared packets from the same number of peers, with real ICE, DTLS and SRTP, in a
process on one core of its own, in turns in one run; the peers have another core where there is one. A call is
Opus (50 packets a second of 120 bytes) and video (30 frames a second of 5 packets of about 1,100 bytes, back
to back) both ways. What counts is the processor time of the relay's process for each packet that arrived; the
median round counts. Janus does more that this does not use: it takes part in loss recovery. The naive relay
has turns of its own with ours, with few calls (`relay_beside_naive`).
"""

import asyncio
import contextlib
import os
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Final

import uvloop

from loadtests.media.peer import SyntheticPeer
from server.benchmarks.frame import Figures, Measured, Say
from server.benchmarks.relay_beside_naive import measure_beside_naive, naive_summary
from server.benchmarks.relay_load import Load, Pace, quantiles_ms
from server.benchmarks.relay_relays import OURS, Relay, janus, janus_program, ours
from server.benchmarks.relay_turns import LOOPBACK, Rounds, breathe, own_address, run_load, take_turns

PACKETS_PER_S_OF_A_CALL: Final = 400
KEPT_PACE: Final = 0.97
"""Of the planned rate; below it the load was too much for the peers' core and says nothing of the relay."""
NO_LOSS: Final = 1e-4
"""Of the packets: what other work on the machine may cost."""
FAILED_MAX: Final = 2
"""Rates one after another that were not kept up without loss; higher ones are not tried then."""
NO_JANUS: Final = "not installed: left out"
NO_NAIVE: Final = "it is not reached at the loopback's address: left out"


@dataclass(frozen=True, slots=True)
class Plan:
    sizes: tuple[int, ...] = (1, 10, 50, 100)
    rounds: int = 5
    window_s: float = 3.0
    warm_up_s: float = 0.5
    rates: tuple[int, ...] = (10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 120_000)
    """Packets a second of all together that are tried for the highest."""
    rate_s: float = 1.5
    rate_tries: int = 2
    with_janus: bool = True
    naive_calls: tuple[int, ...] = (1, 2, 3)
    """Beside the naive relay: a core has no room for more."""

    @property
    def turns(self) -> Rounds:
        return Rounds(self.rounds, self.window_s, self.warm_up_s)


FULL: Final = Plan()
QUICK: Final = Plan(sizes=(1, 50), rounds=2, window_s=2.0, rates=(), rate_s=1.0, naive_calls=(1,))


@dataclass(frozen=True, slots=True)
class Window:
    """One relay under one load. Times of latency in ms."""

    relay: str
    calls: int
    round: int
    us_per_packet: float
    packets_per_s: float
    kept_pace: bool
    sent: int
    received: int
    lost: int
    twice: int
    late: int
    p50_ms: float
    p99_ms: float
    p999_ms: float


@dataclass(frozen=True, slots=True)
class OfSize:
    """All that was found with so many calls."""

    calls: int
    windows: tuple[Window, ...]
    highest: Mapping[str, int]
    """Packets a second without loss, the last that was tried and passed; 0: none did."""
    bytes_per_call: Mapping[str, int]


def relay(say: Say) -> Measured:
    """Raises BenchFailed."""
    return measure(FULL, say)


def relay_quick(say: Say) -> Measured:
    """Two sizes, short windows, no highest rate, one call beside the naive relay."""
    return measure(QUICK, say)


def measure(plan: Plan, say: Say) -> Measured:
    with_janus = plan.with_janus and janus_program() is not None
    plan = replace(plan, with_janus=with_janus)
    if not with_janus:
        say(f"janus: {NO_JANUS}")
    host = own_address()
    if host == LOOPBACK and plan.naive_calls:
        plan = replace(plan, naive_calls=())
        say(f"naive: {NO_NAIVE}")
    cores = sorted(os.sched_getaffinity(0))
    relay_core = cores[0] if len(cores) > 1 else None
    found: list[OfSize] = []
    try:
        if relay_core is not None:
            os.sched_setaffinity(0, set(cores[1:]))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            for calls in plan.sizes:
                found.append(runner.run(_measure_size(plan, calls, host, relay_core, say)))
            naive = runner.run(measure_beside_naive(plan.naive_calls, plan.turns, host, relay_core, say))
    finally:
        os.sched_setaffinity(0, set(cores))
    versions = {"janus": _janus_version() if with_janus else NO_JANUS}
    details = {
        "plan": asdict(plan),
        "packets_per_s_of_a_call": PACKETS_PER_S_OF_A_CALL,
        "sizes": [asdict(one) for one in found],
        "beside_naive": [asdict(one) for one in naive],
    }
    return Measured({**summary(found), **naive_summary(naive)}, details, versions)


async def _measure_size(plan: Plan, calls: int, host: str, core: int | None, say: Say) -> OfSize:
    highest: dict[str, int] = {}
    async with contextlib.AsyncExitStack() as stack:
        relays: list[Relay] = [await stack.enter_async_context(ours(host, core))]
        if plan.with_janus:
            relays.append(await stack.enter_async_context(janus(host, core)))
        say(f"{calls} calls through {' and '.join(one.name for one in relays)}")
        measure = partial(_under_load, calls)
        turns = await take_turns(relays, calls, host, plan.turns, measure, stack)
        for one in relays if plan.rates else ():
            highest[one.name] = await _highest(plan, one, turns.peers, calls, say)
    return OfSize(calls, tuple(turns.windows), highest, turns.bytes_per_call)


def _under_load(calls: int, relay: Relay, peers: Sequence[SyntheticPeer], pace: Pace, number: int) -> Window:
    load = Load(peers, pace)
    used_ns = run_load(relay, peers, load)
    outcome = load.outcome
    planned_per_s = calls * PACKETS_PER_S_OF_A_CALL * pace.times
    return Window(
        relay.name,
        calls,
        number,
        used_ns / outcome.received / 1_000,
        outcome.packets_per_s,
        outcome.packets_per_s >= KEPT_PACE * planned_per_s and outcome.unsent == 0,
        outcome.sent,
        outcome.received,
        outcome.lost,
        outcome.twice,
        outcome.late,
        *quantiles_ms(outcome),
    )


async def _highest(
    plan: Plan, relay: Relay, peers: Mapping[str, list[SyntheticPeer]], calls: int, say: Say
) -> int:
    """The highest rate that was tried, and kept without loss in one of the tries."""
    best = failed = 0
    for rate in plan.rates:
        pace = Pace(plan.rate_s, rate / (calls * PACKETS_PER_S_OF_A_CALL))
        passed = False
        for _ in range(plan.rate_tries):
            await breathe(peers.values())
            window = _under_load(calls, relay, peers[relay.name], pace, 0)
            passed = window.kept_pace and window.lost <= NO_LOSS * window.sent
            if passed:
                break
        # One that failed may have met other work: the next higher one shows.
        failed = 0 if passed else failed + 1
        if failed == FAILED_MAX:
            break
        best = rate if passed else best
    say(f"{calls} calls through {relay.name}: {best:,} packets/s without loss")
    return best


def summary(found: Sequence[OfSize]) -> Figures:
    """The medians of the rounds; the unit in each name. Ours without a prefix."""
    figures: dict[str, float | int | str] = {}
    for one in found:
        costs = {}
        for name in one.bytes_per_call:
            windows = [window for window in one.windows if window.relay == name]
            costs[name] = statistics.median(window.us_per_packet for window in windows)
            prefix = "" if name == OURS else f"{name}_"
            figures |= {
                f"{prefix}us_per_packet_{one.calls}": round(costs[name], 2),
                f"{prefix}added_latency_p50_ms_{one.calls}": round(
                    statistics.median(w.p50_ms for w in windows), 3
                ),
                f"{prefix}added_latency_p99_ms_{one.calls}": round(
                    statistics.median(w.p99_ms for w in windows), 3
                ),
                f"{prefix}added_latency_p999_ms_{one.calls}": round(
                    statistics.median(w.p999_ms for w in windows), 3
                ),
                f"{prefix}memory_bytes_per_call_{one.calls}": one.bytes_per_call[name],
                f"{prefix}lost_per_million_{one.calls}": round(
                    1e6 * sum(w.lost for w in windows) / sum(w.sent for w in windows)
                ),
            }
            if one.highest.get(name):
                figures[f"{prefix}highest_packets_per_s_{one.calls}"] = one.highest[name]
        if "janus" in costs:
            figures[f"ratio_to_janus_{one.calls}"] = round(costs[OURS] / costs["janus"], 3)
    return figures


def _janus_version() -> str:
    program = janus_program()
    if program is None:
        return NO_JANUS
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return (told.stdout + told.stderr).strip().splitlines()[0] if told.stdout or told.stderr else "unknown"
