"""Which officers are at work: the queue is told again and again, and what an officer has who is not heard of
for a lease goes back to its lines.
"""

from collections.abc import Sequence
from typing import Final

from cases.deskbook import Deskbook
from cases.views.desks import DeskState
from queueing.service import OFFICERS_MAX, Queue

AT_WORK: Final = frozenset({DeskState.READY, DeskState.WRAP_UP})
"""A break is no work: what is on hold goes back when the lease ends meanwhile."""


class Attendance:
    """Renews leases. Every method raises RecordsUnavailable and QueueUnavailable."""

    def __init__(self, deskbook: Deskbook, queue: Queue) -> None:
        self._deskbook = deskbook
        self._queue = queue

    async def beat(self, hall_id: str, officer_ids: Sequence[str]) -> None:
        """One more lease for these officers of a hall, as far as they are signed on and not on a break."""
        for start in range(0, len(officer_ids), OFFICERS_MAX):
            desks = await self._deskbook.desks(officer_ids[start : start + OFFICERS_MAX])
            at_work = {
                desk.officer_id: desk.line_ids
                for desk in desks.values()
                if desk.state in AT_WORK and desk.line_ids
            }
            await self._queue.beat(hall_id, at_work)

    async def spare(self, hall_id: str) -> None:
        """One more lease for the officers who have a ticket: after a start, their consoles need a moment to
        come back.
        """
        snapshot = await self._queue.snapshot(hall_id, (), first=0)
        having = {ticket.officer_id for ticket in (*snapshot.held, *snapshot.on_hold)}
        await self.beat(hall_id, sorted(officer_id for officer_id in having if officer_id is not None))
