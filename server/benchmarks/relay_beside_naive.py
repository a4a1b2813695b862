"""What calls cost our relay and one that decodes and encodes, in turns on the same core.

The naive one sends other packets on than it gets. So the processor time of both counts for each packet that
was sent to them, and latency is that of whole frames (`relay_frames`).
"""

import contextlib
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from loadtests.media.peer import SyntheticPeer
from server.benchmarks.frame import Figures, Say
from server.benchmarks.relay_frames import FrameLoad
from server.benchmarks.relay_load import Pace, quantiles_ms
from server.benchmarks.relay_relays import NAIVE, OURS, Relay, naive, ours
from server.benchmarks.relay_turns import Rounds, run_load, take_turns

KEPT_FRAMES: Final = 0.97
"""Of those that were sent; who passes on fewer within the load's time has too much to do."""
LATENCY_MAX_MS: Final = 400
"""Of the median frame: what ITU-T G.114 has as the most that a conversation bears, one way. aiortc's lines of
frames that wait have no bound.
"""


@dataclass(frozen=True, slots=True)
class FrameWindow:
    """One relay under one load. Times of latency in ms."""

    relay: str
    calls: int
    round: int
    us_per_sent_packet: float
    cores: float
    """Processor time in the time of the load."""
    sent: int
    received: int
    frames: int
    frames_arrived: int
    p50_ms: float
    p99_ms: float
    p999_ms: float

    @property
    def is_carried(self) -> bool:
        return self.frames_arrived >= KEPT_FRAMES * self.frames and self.p50_ms <= LATENCY_MAX_MS


@dataclass(frozen=True, slots=True)
class BesideNaive:
    """All that was found with so many calls."""

    calls: int
    windows: tuple[FrameWindow, ...]
    bytes_per_call: Mapping[str, int]

    def of(self, relay: str) -> Sequence[FrameWindow]:
        return [window for window in self.windows if window.relay == relay]

    @property
    def is_carried(self) -> bool:
        """By the naive relay, in most of its windows."""
        carried = [window.is_carried for window in self.of(NAIVE)]
        return 2 * sum(carried) > len(carried)


async def measure_beside_naive(
    counts: Sequence[int], rounds: Rounds, host: str, core: int | None, say: Say
) -> list[BesideNaive]:
    """With each of these counts of calls, up to the first that is too much for the naive one.

    Raises BenchFailed.
    """
    found: list[BesideNaive] = []
    for calls in counts:
        say(f"{calls} calls through ours and a naive one")
        async with contextlib.AsyncExitStack() as stack:
            relays: list[Relay] = [
                await stack.enter_async_context(ours(host, core)),
                await stack.enter_async_context(naive(host, core)),
            ]
            measure = partial(_under_load, calls)
            turns = await take_turns(relays, calls, host, rounds, measure, stack)
        found.append(BesideNaive(calls, tuple(turns.windows), turns.bytes_per_call))
        if not found[-1].is_carried:
            say(f"{calls} calls are too much for the naive one")
            break
    return found


def _under_load(
    calls: int, relay: Relay, peers: Sequence[SyntheticPeer], pace: Pace, number: int
) -> FrameWindow:
    load = FrameLoad(peers, pace)
    used_ns = run_load(relay, peers, load)
    outcome = load.outcome
    return FrameWindow(
        relay.name,
        calls,
        number,
        used_ns / outcome.sent / 1_000,
        used_ns / 1e9 / outcome.seconds,
        outcome.sent,
        outcome.received,
        load.frames,
        load.frames_arrived,
        *quantiles_ms(outcome),
    )


def naive_summary(found: Sequence[BesideNaive]) -> Figures:
    """The medians of the rounds with each count of calls that was carried, or else with the lowest.

    The ratio is that with the highest of these.
    """
    figures: dict[str, float | int | str] = {}
    carried = [one for one in found if one.is_carried]
    for one in carried or found[:1]:
        costs = {}
        for name, prefix in ((OURS, ""), (NAIVE, f"{NAIVE}_")):
            windows = one.of(name)
            costs[name] = statistics.median(window.us_per_sent_packet for window in windows)
            figures |= {
                f"{prefix}us_per_sent_packet_{one.calls}": round(costs[name], 2),
                f"{prefix}cores_{one.calls}": round(statistics.median(w.cores for w in windows), 4),
                f"{prefix}frame_latency_p50_ms_{one.calls}": round(
                    statistics.median(w.p50_ms for w in windows), 3
                ),
                f"{prefix}frame_latency_p99_ms_{one.calls}": round(
                    statistics.median(w.p99_ms for w in windows), 3
                ),
            }
        figures["ratio_to_naive"] = round(costs[OURS] / costs[NAIVE], 4)
    if found:
        figures[f"{NAIVE}_memory_bytes_per_call"] = found[0].bytes_per_call[NAIVE]
        figures[f"{NAIVE}_carried_calls"] = max((one.calls for one in carried), default=0)
    return figures
