"""A hall's day in a hurry: hundreds of tickets through the real queue, which end in every way there is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random

from queueing.journal import Journal
from queueing.service import Queue
from queueing.ticket import JournalEntry, Ticket

LETTERS = "ABC"


@dataclass(slots=True)
class HallDay:
    """Who comes, and what officers do. ``lines``: at most one a letter."""

    queue: Queue
    hall_id: str
    lines: Sequence[str]
    officers: Sequence[str]
    chance: Random
    left: list[str] = field(default_factory=list)
    """Tickets that were let go of, for their deadlines."""
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def run(self, tickets: int) -> None:
        """So many come, and officers work until nobody is left to call."""
        to_come = tickets
        while True:
            if to_come and self.chance.random() < 0.6:
                to_come -= 1
                await self._come()
                continue
            if not await self._work(self.chance.choice(self.officers)) and not to_come:
                return

    async def _come(self) -> None:
        at = self.chance.randrange(len(self.lines))
        ticket = await self.queue.issue(
            self.hall_id,
            f"t{next(self._numbers)}",
            line_id=self.lines[at],
            letter=LETTERS[at],
            day="20261127",
        )
        match self.chance.random():
            case luck if luck < 0.06:
                await self.queue.cancel(self.hall_id, ticket.ticket_id)
            case luck if luck < 0.1:
                await self._transfer(ticket, self.officers[0])

    async def _work(self, officer: str) -> bool:
        """Whether there was somebody to call."""
        lines = self.chance.sample(list(self.lines), len(self.lines))
        called = await self.queue.call_next(
            self.hall_id, officer_id=officer, line_ids=lines, request_id=f"r{next(self._numbers)}"
        )
        if called is None:
            return False
        match self.chance.random():
            case luck if luck < 0.12:
                await self._abandon(called.ticket, officer)
            case luck if luck < 0.17:
                await self._give_back(called.ticket, officer)
            case luck if luck < 0.22:
                await self._transfer(called.ticket, officer)
            case _:
                await self._serve(called.ticket, officer)
        return True

    async def _abandon(self, ticket: Ticket, officer: str) -> None:
        gone = await self.queue.abandon(
            self.hall_id, ticket.ticket_id, officer_id=officer, call_number=ticket.call_number
        )
        match self.chance.random():
            case luck if luck < 0.5 and gone.reactivations < 2:
                await self.queue.reactivate(self.hall_id, ticket.ticket_id)
            case luck if luck < 0.7:
                await self.queue.cancel(self.hall_id, ticket.ticket_id)
            case _:
                self.left.append(ticket.ticket_id)

    async def _give_back(self, ticket: Ticket, officer: str) -> None:
        await self.queue.requeue(
            self.hall_id, ticket.ticket_id, officer_id=officer, call_number=ticket.call_number
        )

    async def _transfer(self, ticket: Ticket, officer: str) -> None:
        others = [line for line in self.lines if line != ticket.line_id]
        await self.queue.transfer(
            self.hall_id,
            ticket.ticket_id,
            officer_id=officer,
            request_id=f"r{next(self._numbers)}",
            call_number=ticket.call_number,
            line_id=self.chance.choice(others),
        )

    async def _serve(self, ticket: Ticket, officer: str) -> None:
        call = ticket.call_number
        await self.queue.confirm(self.hall_id, ticket.ticket_id, call_number=call)
        if self.chance.random() < 0.3:
            request_id = f"r{next(self._numbers)}"
            await self.queue.hold(
                self.hall_id, ticket.ticket_id, officer_id=officer, request_id=request_id, call_number=call
            )
            if self.chance.random() < 0.2:
                await self._give_back(ticket, officer)
                return
            request_id = f"r{next(self._numbers)}"
            await self.queue.resume(
                self.hall_id, ticket.ticket_id, officer_id=officer, request_id=request_id, call_number=call
            )
        outcome = "unsuccessful" if self.chance.random() < 0.2 else "completed"
        await self.queue.finish(
            self.hall_id, ticket.ticket_id, officer_id=officer, call_number=call, outcome=outcome
        )


async def read_along(journal: Journal, hall_id: str, into: list[JournalEntry]) -> None:
    """Every entry of the hall from its first one on; for ever, ends by cancellation."""
    async for entry in journal.tail([hall_id], after={hall_id: 0}):
        into.append(entry)
