"""The limit: the product's own commands sent raw, and how many of them really made a step."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from queueing.service import POSITIONS_MAX
from server.benchmarks import redis_benchmark
from server.benchmarks.bench_server import BenchServer
from server.benchmarks.errors import BenchFailed
from server.benchmarks.opened import Opened, opened
from server.benchmarks.operations import HALL, POLICY, Lot, Operation, fresh_id, fresh_lot, parts
from server.benchmarks.ours import sign_on
from server.benchmarks.recording import Recorded
from server.benchmarks.replay import Shape, replay

FRESH_SHARE_MIN: Final = 0.95
"""Of the calls, so many have to have made a step; below it the figure says nothing about the operation."""


@dataclass(frozen=True, slots=True)
class RawRate:
    """Operations a second, and which share of them did what it was meant to (not: "already")."""

    per_s: float
    fresh_share: float

    @property
    def usable(self) -> bool:
        return self.fresh_share >= FRESH_SHARE_MIN


RawRates = Mapping[Operation, RawRate]


async def replayed(
    server: BenchServer,
    recordings: Mapping[Operation, Recorded],
    count: int,
    shape: Shape,
    items: int = 1,
) -> RawRates:
    """All operations by the replayer, on `count` tickets in an empty hall; so many `items` in one command."""
    lot = fresh_lot(count)
    async with opened(server.url, POLICY) as known:
        meter = _Meter(server, known, shape, items)
        issued = [(ticket, fresh_id(), fresh_id()) for ticket in lot.tickets]
        rates = {Operation.ISSUE: await meter.steps(recordings[Operation.ISSUE], issued)}
        per_s = await meter.rate(recordings[Operation.POSITION], issued)
        rates[Operation.POSITION] = RawRate(per_s, await _known_share(known, lot.tickets))
        await sign_on(known.queue, lot.officers)
        called = [
            (fresh_id(), officer, request)
            for officer, request in zip(lot.officers, lot.requests, strict=True)
        ]
        rates[Operation.CALL] = await meter.steps(recordings[Operation.CALL], called)
        # Which officer got which ticket depends on whose command came first.
        holders = await _holders(known, lot)
        for operation in (Operation.CONFIRM, Operation.FINISH):
            held = [(ticket, officer, fresh_id()) for ticket, officer in holders.items()]
            rates[operation] = await meter.steps(recordings[operation], held)
    return rates


async def by_redis_benchmark(
    server: BenchServer,
    recordings: Mapping[Operation, Recorded],
    program: str,
    count: int,
    shape: Shape,
) -> RawRates:
    """Those operations that the tool can do, on `count` tickets in an empty hall."""
    lined_up = redis_benchmark.lined_up_ids(count)
    rates: dict[Operation, RawRate] = {}
    async with opened(server.url, POLICY) as known:
        await line_up(server, recordings, lined_up)
        for operation in redis_benchmark.DOES:
            before = await known.journal.latest(HALL)
            per_s = await redis_benchmark.rate(
                program, server.socket, operation, recordings[operation], count, shape
            )
            if operation is Operation.POSITION:
                share = await _known_share(known, lined_up)
            else:
                share = (await known.journal.latest(HALL) - before) / count
            rates[operation] = RawRate(per_s, share)
    return rates


LINE_UP_SHAPE: Final = Shape(2, 64)
LINE_UP_BATCH: Final = 20_000
"""Tickets that are packed at a time: bounds the benchmark's own memory."""


async def line_up(
    server: BenchServer, recordings: Mapping[Operation, Recorded], tickets: tuple[str, ...]
) -> None:
    """Issue these tickets, fast. Raises BenchFailed when one was not new."""
    async with opened(server.url, POLICY) as known:
        before = await known.journal.latest(HALL)
        for some in parts(tickets, LINE_UP_BATCH):
            commands = [_packed(recordings[Operation.ISSUE], ticket) for ticket in some]
            await asyncio.to_thread(replay, server.socket, commands, LINE_UP_SHAPE)
        made = await known.journal.latest(HALL) - before
    if made != len(tickets):
        raise BenchFailed(f"{made} of {len(tickets)} tickets were issued")


Ids = tuple[str, str, str]
"""Ticket, officer, request."""


class _Meter:
    """Replays an operation and counts by the journal's version how many made a step."""

    def __init__(self, server: BenchServer, known: Opened, shape: Shape, items: int) -> None:
        self._server = server
        self._known = known
        self._shape = shape
        self._items = items

    async def rate(self, recorded: Recorded, ids: Sequence[Ids]) -> float:
        """Operations a second."""
        if self._items == 1:
            commands = [recorded.packed(*one) for one in ids]
        else:
            commands = [recorded.packed_many(some) for some in parts(ids, self._items)]
        per_s = await asyncio.to_thread(replay, self._server.socket, commands, self._shape)
        return per_s * len(ids) / len(commands)

    async def steps(self, recorded: Recorded, ids: Sequence[Ids]) -> RawRate:
        before = await self._known.journal.latest(HALL)
        per_s = await self.rate(recorded, ids)
        made = await self._known.journal.latest(HALL) - before
        return RawRate(per_s, made / len(ids))


def _packed(recorded: Recorded, ticket: str) -> bytes:
    return recorded.packed(ticket, fresh_id(), fresh_id())


async def _known_share(known: Opened, tickets: tuple[str, ...]) -> float:
    """Which share of these a question for the position can find."""
    found = 0
    for some in parts(tickets, POSITIONS_MAX):
        found += len(await known.queue.positions(HALL, some))
    return found / len(tickets)


async def _holders(known: Opened, lot: Lot) -> dict[str, str]:
    """Ticket → the officer who holds it."""
    holders: dict[str, str] = {}
    for some in parts(lot.tickets, POSITIONS_MAX):
        for position in await known.queue.positions(HALL, some):
            if position.ticket.officer_id is not None:
                holders[position.ticket.ticket_id] = position.ticket.officer_id
    return holders
