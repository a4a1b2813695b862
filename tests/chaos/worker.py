"""Run as a program: a process of taxpayers, officers and a poller on one hall, until it is told to end or
killed.

Arguments: the address of Redis, a seed, its name, and the file to which it writes what it was told, a JSON
line a step, before it goes on.
"""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Final, TypeVar

import orjson
import uvloop

from queueing import deadlines
from queueing.connection import connect
from queueing.errors import QueueError, QueueUnavailable
from queueing.policy import QueuePolicy
from queueing.service import Queue
from queueing.states import Step
from queueing.ticket import Priority, Ticket

HALL: Final = "hall"
LINES: Final = ("consult", "invoice")
ISSUERS: Final = 2
OFFICERS: Final = 3
POLICY: Final = QueuePolicy(
    confirm_ms=300, activation_ms=300, reactivations_max=1, recall_spacing_ms=50, lease_ms=3_000, hold_ms=500
)
PAUSE_S: Final = 0.02
BEAT_S: Final = 0.5
CLASSES: Final = (Priority.BOOKED, Priority.PRIORITY, Priority.WALK_IN)
T = TypeVar("T")


class Worker:
    """Everybody in this process."""

    def __init__(self, queue: Queue, seed: int, name: str, told: int) -> None:
        self._queue = queue
        self._random = random.Random(seed)
        self._name = name
        self._told = told
        self._stop = asyncio.Event()
        self._numbers = count()

    def end(self) -> None:
        """Nobody begins anything new."""
        self._stop.set()

    async def run(self) -> None:
        officers = [f"{self._name}-o{number}" for number in range(OFFICERS)]
        async with asyncio.TaskGroup() as group:
            for _ in range(ISSUERS):
                group.create_task(self._taxpayers())
            for officer in officers:
                group.create_task(self._officer(officer))
            group.create_task(self._beat(officers))
            group.create_task(deadlines.run(self._queue, [HALL], stop=self._stop))

    async def _pause(self) -> None:
        await asyncio.sleep(self._random.expovariate(1 / PAUSE_S))

    async def _taxpayers(self) -> None:
        while not self._stop.is_set():
            await self._taxpayer(self._new_id(), self._random.choice(LINES), self._random.choice(CLASSES))
            await self._pause()

    async def _taxpayer(self, ticket_id: str, line: str, priority: Priority) -> None:
        await self._made(
            Step.ISSUE,
            lambda: self._queue.issue(
                HALL, ticket_id, line_id=line, letter="C", day="20261123", priority=priority
            ),
            0,
        )

    def _new_id(self) -> str:
        return f"{self._name}-{next(self._numbers)}"

    async def _officer(self, officer: str) -> None:
        while not self._stop.is_set():
            await self._call(officer, self._new_id())
            await self._pause()

    async def _call(self, officer: str, request: str) -> None:
        called = await self._insisted(
            lambda: self._queue.call_next(HALL, officer_id=officer, line_ids=LINES, request_id=request)
        )
        if called is not None:
            self._note(Step.CALL, called.ticket, officer, called.ticket.call_number)
            await self._served(called.ticket, officer)

    async def _served(self, ticket: Ticket, officer: str) -> None:
        """One of the ways that a call goes; each refusal ends it, since somebody else was faster."""
        ticket_id, call = ticket.ticket_id, ticket.call_number
        way = self._random.random()
        if way < 0.15:
            await self._no_show(ticket, officer, by_hand=way < 0.07)
            return
        if way < 0.25:
            await self._made(
                Step.REQUEUE,
                lambda: self._queue.requeue(HALL, ticket_id, officer_id=officer, call_number=call),
                call,
            )
            return
        await self._pause()
        if not await self._made(
            Step.CONFIRM, lambda: self._queue.confirm(HALL, ticket_id, call_number=call), call
        ):
            return
        if way < 0.4:
            await self._aside(ticket, officer)
        if way > 0.9:
            request, line = self._new_id(), self._random.choice(LINES)
            await self._made(
                Step.TRANSFER,
                lambda: self._queue.transfer(
                    HALL, ticket_id, officer_id=officer, request_id=request, call_number=call, line_id=line
                ),
                call,
            )
            return
        await self._pause()
        await self._made(
            Step.FINISH,
            lambda: self._queue.finish(
                HALL, ticket_id, officer_id=officer, call_number=call, outcome="completed"
            ),
            call,
        )

    async def _no_show(self, ticket: Ticket, officer: str, *, by_hand: bool) -> None:
        ticket_id, call = ticket.ticket_id, ticket.call_number
        if by_hand:
            await self._made(
                Step.ABANDON,
                lambda: self._queue.abandon(HALL, ticket_id, officer_id=officer, call_number=call),
                call,
            )
        else:
            await asyncio.sleep(POLICY.confirm_ms / 1_000)
        if self._random.random() < 0.5:
            await self._made(
                Step.REACTIVATE, lambda: self._queue.reactivate(HALL, ticket_id, call_number=call), call
            )

    async def _aside(self, ticket: Ticket, officer: str) -> None:
        ticket_id, call = ticket.ticket_id, ticket.call_number
        holding, resuming = self._new_id(), self._new_id()
        if await self._made(
            Step.HOLD,
            lambda: self._queue.hold(
                HALL, ticket_id, officer_id=officer, request_id=holding, call_number=call
            ),
            call,
        ):
            await self._pause()
            await self._made(
                Step.RESUME,
                lambda: self._queue.resume(
                    HALL, ticket_id, officer_id=officer, request_id=resuming, call_number=call
                ),
                call,
            )

    async def _beat(self, officers: list[str]) -> None:
        while not self._stop.is_set():
            await self._insisted(lambda: self._queue.beat(HALL, dict.fromkeys(officers, LINES)))
            await asyncio.sleep(BEAT_S)

    async def _made(self, step: Step, send: Callable[[], Awaitable[Ticket]], call: int) -> bool:
        """Whether the step was made; refusals are part of the work, since several do the same."""
        ticket = await self._insisted(send)
        if ticket is None:
            return False
        self._note(step, ticket, ticket.officer_id, call)
        return True

    async def _insisted(self, send: Callable[[], Awaitable[T]]) -> T | None:
        """Sent until there is an answer; None for a refusal."""
        while True:
            try:
                return await send()
            except QueueUnavailable:
                await asyncio.sleep(PAUSE_S)
            except QueueError:
                return None

    def _note(self, step: Step, ticket: Ticket, officer: str | None, call: int) -> None:
        line = {
            "worker": self._name,
            "ticket_id": ticket.ticket_id,
            "step": step.value,
            "officer_id": officer,
            "call_number": call,
        }
        os.write(self._told, orjson.dumps(line) + b"\n")


async def main(url: str, seed: int, name: str, file: Path) -> None:
    """Until SIGTERM, and then until what was begun is done."""
    told = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    async with connect(url) as link:
        worker = Worker(Queue(link, POLICY), seed, name, told)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.end)
        await worker.run()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])))
