"""The limit: the product's own commands sent raw, and how many of them really made a step."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from queueing.service import POSITIONS_MAX
from server.benchmarks import redis_benchmark
from server.benchmarks.bench_server import BenchServer
from server.benchmarks.errors import BenchFailed
from server.benchmarks.opened import Opened, opened
from server.benchmarks.operations import HALL, POLICY, Lot, Operation, fresh_id, fresh_lot
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
    server: BenchServer, recordings: Mapping[Operation, Recorded], count: int, shape: Shape
) -> RawRates:
    """All operations by the replayer, on `count` tickets in an empty hall."""
    lot = fresh_lot(count)
    async with opened(server.url, POLICY) as known:
        meter = _Meter(server, known)
        issued = [_packed(recordings[Operation.ISSUE], ticket) for ticket in lot.tickets]
        rates = {Operation.ISSUE: await meter.steps(issued, shape)}
        asked = [_packed(recordings[Operation.POSITION], ticket) for ticket in lot.tickets]
        per_s = await meter.rate(asked, shape)
        rates[Operation.POSITION] = RawRate(per_s, await _known_share(known, lot.tickets))
        called = [
            recordings[Operation.CALL].packed(fresh_id(), officer, request)
            for officer, request in zip(lot.officers, lot.requests, strict=True)
        ]
        rates[Operation.CALL] = await meter.steps(called, shape)
        # Which officer got which ticket depends on whose command came first.
        holders = await _holders(known, lot)
        for operation in (Operation.CONFIRM, Operation.FINISH):
            commands = [
                recordings[operation].packed(ticket, officer, fresh_id())
                for ticket, officer in holders.items()
            ]
            rates[operation] = await meter.steps(commands, shape)
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
        for some in _parts(tickets, LINE_UP_BATCH):
            commands = [_packed(recordings[Operation.ISSUE], ticket) for ticket in some]
            await asyncio.to_thread(replay, server.socket, commands, LINE_UP_SHAPE)
        made = await known.journal.latest(HALL) - before
    if made != len(tickets):
        raise BenchFailed(f"{made} of {len(tickets)} tickets were issued")


class _Meter:
    """Replays commands and counts by the journal's version how many made a step."""

    def __init__(self, server: BenchServer, known: Opened) -> None:
        self._server = server
        self._known = known

    async def rate(self, commands: list[bytes], shape: Shape) -> float:
        return await asyncio.to_thread(replay, self._server.socket, commands, shape)

    async def steps(self, commands: list[bytes], shape: Shape) -> RawRate:
        before = await self._known.journal.latest(HALL)
        per_s = await self.rate(commands, shape)
        made = await self._known.journal.latest(HALL) - before
        return RawRate(per_s, made / len(commands))


def _parts(tickets: tuple[str, ...], size: int) -> Iterator[tuple[str, ...]]:
    return (tickets[start : start + size] for start in range(0, len(tickets), size))


def _packed(recorded: Recorded, ticket: str) -> bytes:
    return recorded.packed(ticket, fresh_id(), fresh_id())


async def _known_share(known: Opened, tickets: tuple[str, ...]) -> float:
    """Which share of these a question for the position can find."""
    found = 0
    for some in _parts(tickets, POSITIONS_MAX):
        found += len(await known.queue.positions(HALL, some))
    return found / len(tickets)


async def _holders(known: Opened, lot: Lot) -> dict[str, str]:
    """Ticket → the officer who holds it."""
    holders: dict[str, str] = {}
    for some in _parts(lot.tickets, POSITIONS_MAX):
        for position in await known.queue.positions(HALL, some):
            if position.ticket.officer_id is not None:
                holders[position.ticket.ticket_id] = position.ticket.officer_id
    return holders
