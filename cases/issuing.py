"""A ticket is issued from its record: the first time, when its page asks again, and where the queue lost
it.
"""

from typing import Protocol

from cases.clock import local_day
from cases.halls import Halls
from queueing.errors import StepRefused, TicketUnknown
from queueing.service import Queue
from queueing.ticket import Priority, Ticket


class Ticketed(Protocol):
    """What the records say of a ticket before it is issued: a case (``cases.casebook.CaseRecord``), or a
    ticket on paper. ``record_id`` names the record among those of its kind.
    """

    @property
    def record_id(self) -> str: ...

    @property
    def ticket_id(self) -> str: ...

    @property
    def hall_id(self) -> str: ...

    @property
    def line_id(self) -> str: ...

    @property
    def opened_at_ms(self) -> int: ...

    @property
    def asked_at_ms(self) -> int:
        """When somebody began to wait for the ticket: a case may have been opened long before."""

    @property
    def slot_start_ms(self) -> int | None: ...

    @property
    def booking_id(self) -> str | None: ...

    @property
    def priority(self) -> Priority: ...


class Issuing:
    """Everything that the queue is told of a new ticket follows from its record, so that whoever issues it,
    and however often, gets the same one. Methods raise QueueUnavailable.
    """

    def __init__(self, queue: Queue, halls: Halls) -> None:
        self._queue = queue
        self._halls = halls

    async def issue(self, record: Ticketed) -> Ticket:
        """The record's ticket, issued unless the queue has it. Raises LineUnknown, LineFull, HallClosed,
        TicketExists.
        """
        line = self._halls.line(record.line_id)
        return await self._queue.issue(
            record.hall_id,
            record.ticket_id,
            line_id=record.line_id,
            letter=line.letter,
            day=local_day(
                record.slot_start_ms or record.opened_at_ms, self._halls.hall(record.hall_id).time_zone
            ),
            priority=record.priority,
            booking_id=record.booking_id,
            not_before_ms=record.slot_start_ms,
        )

    async def take_back(self, record: Ticketed) -> None:
        """The record is gone: nobody is called for it.

        Two may be at work on one: the request that opened it, and a keeper that finds it without its
        ticket. Each looks after its own step whether the other one was there, so that one of them sees it.
        """
        try:
            await self._queue.cancel(record.hall_id, record.ticket_id)
        except (TicketUnknown, StepRefused):
            # As it nearly always is: there is no ticket, or it has ended.
            return
