"""What waiting tickets take, and what the operations cost when very many wait."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from server.benchmarks.bench_server import BenchServer
from server.benchmarks.frame import Say
from server.benchmarks.limit import line_up
from server.benchmarks.opened import opened
from server.benchmarks.operations import HALL, POLICY, Counts, Mode, Operation, Rates, fresh_id, fresh_lot
from server.benchmarks.ours import all_operations
from server.benchmarks.ratios import bytes_each, medians
from server.benchmarks.recording import Recorded

PASSES: Final = 3
EMPTY_HALL: Final = "empty"


@dataclass(slots=True)
class Crowd:
    """What very many who wait cost."""

    bytes_per_ticket: dict[int, float] = field(default_factory=dict)
    """By how many waited."""
    short: dict[Mode, Rates] = field(default_factory=dict)
    """Ours on an empty server, before."""
    long: dict[Mode, Rates] = field(default_factory=dict)
    """Ours with the most waiting."""
    beside: dict[Mode, Rates] = field(default_factory=dict)
    """Ours in an empty hall of that full server, in turns with `long`, so that noise meets both alike."""


async def crowd(
    server: BenchServer,
    recordings: Mapping[Operation, Recorded],
    sizes: Sequence[int],
    counts: Counts,
    say: Say,
) -> Crowd:
    """Let so many wait (ascending sizes), and look at the server's memory: tickets, line and journal.

    Then the operations, each way: new tickets at the line's end, whose positions are asked for there, and
    calls from its front.
    """
    found = Crowd()
    say("the operations with nobody else waiting")
    await server.empty()
    (found.short,) = await _operations(server, counts, (HALL,))
    await server.empty()
    empty_bytes = await server.used_bytes()
    waiting = 0
    for size in sizes:
        say(f"letting {size:,} wait")
        await line_up(server, recordings, tuple(fresh_id() for _ in range(size - waiting)))
        waiting = size
        found.bytes_per_ticket[size] = bytes_each(empty_bytes, await server.used_bytes(), size)
    say(f"the operations with {waiting:,} waiting")
    # What was written for all these tickets must not be on its way to the disk meanwhile.
    await asyncio.to_thread(os.sync)
    found.long, found.beside = await _operations(server, counts, (HALL, EMPTY_HALL))
    await server.empty()
    return found


async def _operations(
    server: BenchServer, counts: Counts, hall_ids: Sequence[str]
) -> list[dict[Mode, Rates]]:
    """Ours in each of these halls in turns, the medians of PASSES. As many wait afterwards as before."""
    passes: list[dict[Mode, list[Rates]]] = [{mode: [] for mode in Mode} for _ in hall_ids]
    ways = ((Mode.SEQUENTIAL, counts.sequential, 1), (Mode.CONCURRENT, counts.concurrent, counts.at_a_time))
    async with opened(server.url, POLICY) as known:
        for _ in range(PASSES):
            for mode, count, at_a_time in ways:
                for hall_id, taken in zip(hall_ids, passes, strict=True):
                    lot = fresh_lot(count // PASSES)
                    rates = await all_operations(known.queue, lot, at_a_time, hall_id=hall_id)
                    taken[mode].append(rates)
    return [{mode: medians(rates) for mode, rates in taken.items()} for taken in passes]
