"""The operations through the queue's own methods, as the product makes them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from queueing.service import OFFICERS_MAX, Queue
from queueing.ticket import Ticket
from server.benchmarks.errors import BenchFailed
from server.benchmarks.operations import DAY, HALL, LETTER, LINE, OUTCOME, Lot, Operation, Rates, parts

T = TypeVar("T")


async def timed(
    operate: Callable[[int], Awaitable[T]], count: int, concurrency: int
) -> tuple[float, list[T]]:
    """Operations a second, and the answers of the turns 0 to `count`.

    At most `concurrency` at once: each takes the next turn when it has its answer. Raises what an operation
    raises, in a group.
    """
    answers: dict[int, T] = {}
    turns = iter(range(count))

    async def work() -> None:
        for turn in turns:
            answers[turn] = await operate(turn)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(work())
    taken_s = time.perf_counter() - started
    return count / taken_s, [answers[turn] for turn in range(count)]


async def all_operations(queue: Queue, lot: Lot, concurrency: int, *, hall_id: str = HALL) -> Rates:
    """Each operation once for each ticket of the lot.

    Where others wait already, the officers get those. Raises BenchFailed for a call that gave nobody.
    """
    held: list[Ticket] = []

    def issue(turn: int) -> Awaitable[object]:
        return queue.issue(hall_id, lot.tickets[turn], line_id=LINE, letter=LETTER, day=DAY)

    def position(turn: int) -> Awaitable[object]:
        return queue.position(hall_id, lot.tickets[turn])

    async def call(turn: int) -> Ticket:
        called = await queue.call_next(
            hall_id, officer_id=lot.officers[turn], line_ids=(LINE,), request_id=lot.requests[turn]
        )
        if called is None or called.repeated:
            raise BenchFailed(f"call {turn} of {len(lot)} gave no new ticket")
        return called.ticket

    def confirm(turn: int) -> Awaitable[object]:
        return queue.confirm(hall_id, held[turn].ticket_id, call_number=held[turn].call_number)

    def finish(turn: int) -> Awaitable[object]:
        return queue.finish(
            hall_id,
            held[turn].ticket_id,
            officer_id=lot.officers[turn],
            call_number=held[turn].call_number,
            outcome=OUTCOME,
        )

    rates: dict[Operation, float] = {}
    rates[Operation.ISSUE], _ = await timed(issue, len(lot), concurrency)
    rates[Operation.POSITION], _ = await timed(position, len(lot), concurrency)
    await sign_on(queue, lot.officers, hall_id)
    rates[Operation.CALL], held = await timed(call, len(lot), concurrency)
    rates[Operation.CONFIRM], _ = await timed(confirm, len(lot), concurrency)
    rates[Operation.FINISH], _ = await timed(finish, len(lot), concurrency)
    return rates


async def sign_on(queue: Queue, officers: Sequence[str], hall_id: str = HALL) -> None:
    """As consoles do before they call anybody."""
    for some in parts(officers, OFFICERS_MAX):
        await queue.beat(hall_id, dict.fromkeys(some, (LINE,)))
