"""Shorthand for tests: one hall, one line, made-up ids."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final, TypeVar

from queueing.policy import QueuePolicy
from queueing.service import Queue
from queueing.ticket import Priority, Ticket

HALL: Final = "hall-1"
LINE: Final = "consult"
DAY: Final = "20261123"
OFFICER: Final = "officer-1"
WAIT_S: Final = 20.0

SHORT: Final = QueuePolicy(confirm_ms=30, activation_ms=30, recall_spacing_ms=10)
"""Deadlines that a test can wait for."""

T = TypeVar("T")


async def until(ask: Callable[[], Awaitable[T]], met: Callable[[T], bool]) -> T:
    """Ask until the answer is as wanted. Raises TimeoutError."""
    async with asyncio.timeout(WAIT_S):
        while not met(answer := await ask()):  # noqa: ASYNC110 - others make it true
            await asyncio.sleep(0.005)
    return answer


class Desk:
    """A queue with the ids filled in."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self._requests = count(1)

    async def issue(
        self,
        ticket_id: str,
        *,
        line_id: str = LINE,
        priority: Priority = Priority.WALK_IN,
        booking_id: str | None = None,
        not_before_ms: int | None = None,
    ) -> Ticket:
        return await self.queue.issue(
            HALL,
            ticket_id,
            line_id=line_id,
            letter="C",
            day=DAY,
            priority=priority,
            booking_id=booking_id,
            not_before_ms=not_before_ms,
        )

    async def call(self, officer_id: str = OFFICER) -> Ticket:
        """The next of LINE; somebody has to wait there."""
        called = await self.queue.call_next(
            HALL, officer_id=officer_id, line_ids=[LINE], request_id=f"request-{next(self._requests)}"
        )
        assert called is not None
        assert not called.repeated
        return called.ticket

    async def abandon(self, ticket: Ticket) -> Ticket:
        assert ticket.officer_id is not None
        return await self.queue.abandon(
            HALL, ticket.ticket_id, officer_id=ticket.officer_id, call_number=ticket.call_number
        )

    async def serve(self, ticket: Ticket) -> Ticket:
        return await self.queue.confirm(HALL, ticket.ticket_id, call_number=ticket.call_number)

    async def finish(self, ticket: Ticket, outcome: str = "completed") -> Ticket:
        assert ticket.officer_id is not None
        return await self.queue.finish(
            HALL,
            ticket.ticket_id,
            officer_id=ticket.officer_id,
            call_number=ticket.call_number,
            outcome=outcome,
        )

    async def ended(self, ticket_id: str) -> Ticket:
        """A new ticket, called, served and finished."""
        await self.issue(ticket_id)
        return await self.finish(await self.serve(await self.call()))

    async def ended_by_anyone(self, ticket_id: str) -> None:
        """The same with an officer of its own, for many at once: each ends whichever ticket it gets."""
        await self.issue(ticket_id)
        await self.finish(await self.serve(await self.call(f"of-{ticket_id}")))

    async def ahead(self, *ticket_ids: str) -> list[int | None]:
        return [position.ahead for position in await self.queue.positions(HALL, ticket_ids)]

    async def order(self) -> list[str]:
        """The waiting ones of LINE."""
        snapshot = await self.queue.snapshot(HALL, [LINE], first=100)
        return [ticket.ticket_id for ticket in snapshot.lines[0].first]
