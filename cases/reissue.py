"""Tickets that Redis lost before they were recorded are issued again.

Whoever took a ticket has a record, written before the ticket was asked for: a case, or a ticket on paper.
One that is open and of whose ticket neither the records nor the queue know anything is what lost steps leave
behind (or a request that died between the two). It gets its ticket again: the same id, line and class, in the
order in which the records were opened, behind whoever was recorded. The number is the line's next one, and
may be another one than before.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cases.clock import Clock
from cases.errors import LineUnknown
from cases.issuing import Issuing, Ticketed
from cases.views.tickets import CloseReason
from queueing.errors import BookingTaken, HallClosed, LineFull, TicketExists
from queueing.service import POSITIONS_MAX, Queue

log = logging.getLogger(__name__)

Mark = tuple[int, int, str]
"""How far a hall's records were looked through: kind, ``opened_at_ms`` and id of the last one."""
FIRST: Final[Mark] = (0, -1, "")


class TicketRecords(Protocol):
    """Records of one kind that have tickets (``cases.casebook.Casebook``, paper tickets)."""

    async def unrecorded(self, hall_id: str, *, after: tuple[int, str], limit: int) -> Sequence[Ticketed]:
        """Open ones of whose ticket nothing was recorded, by opening, after (opened_at_ms, record id)."""

    async def close_unrecorded(self, reasons: Mapping[str, CloseReason], at_ms: int) -> None:
        """Let these, by record id, be without a ticket, as far as nothing was recorded of theirs by now: a
        consult and a ticket on paper are closed; any other case goes on as before it was issued.
        """

    async def open_among(self, record_ids: Sequence[str]) -> set[str]:
        """Which of these are there, and want their ticket."""


@dataclass(frozen=True, slots=True)
class ReissueBounds:
    """``page`` records (at most POSITIONS_MAX) in one round. One whose ticket was asked for
    ``age_max_ms`` ago gets none any more: nobody waits for it. One of less than ``request_max_ms`` ago may
    have its own request still at work, which answers for a refusal.
    """

    page: int = 200
    age_max_ms: int = 12 * 3_600_000
    request_max_ms: int = 60_000

    def __post_init__(self) -> None:
        if not 1 <= self.page <= POSITIONS_MAX:
            raise ValueError(f"page is not in 1..{POSITIONS_MAX}")


class Reissue:
    """Looks through the open records of halls. Methods raise RecordsUnavailable and QueueUnavailable."""

    def __init__(
        self,
        kinds: Sequence[TicketRecords],
        queue: Queue,
        issuing: Issuing,
        clock: Clock,
        bounds: ReissueBounds,
    ) -> None:
        """``kinds``: looked through one after the other."""
        self._kinds = kinds
        self._queue = queue
        self._issuing = issuing
        self._clock = clock
        self._bounds = bounds

    async def page(self, hall_id: str, after: Mark) -> Mark | None:
        """Look at the next records after that mark; the mark to go on from, none at the end. Repeatable."""
        kind, at_ms, record_id = after
        records = self._kinds[kind]
        found = await records.unrecorded(hall_id, after=(at_ms, record_id), limit=self._bounds.page)
        lost = await self._lost(hall_id, found) if found else []
        if lost:
            await self._settle(records, hall_id, lost)
        if len(found) == self._bounds.page:
            return kind, found[-1].opened_at_ms, found[-1].record_id
        return (kind + 1, *FIRST[1:]) if kind + 1 < len(self._kinds) else None

    async def _lost(self, hall_id: str, records: Sequence[Ticketed]) -> list[Ticketed]:
        """Those whose ticket the queue does not have. Of the others the recorder is only behind."""
        found = await self._queue.positions(hall_id, [record.ticket_id for record in records])
        known = {position.ticket.ticket_id for position in found}
        return [record for record in records if record.ticket_id not in known]

    async def _settle(self, records: TicketRecords, hall_id: str, lost: Sequence[Ticketed]) -> None:
        now_ms = self._clock.now_ms()
        young = [record for record in lost if now_ms - record.asked_at_ms < self._bounds.age_max_ms]
        # In one turn of the loop, which keeps their order.
        refusals = await asyncio.gather(*(self._again(record) for record in young))
        closing = {record.record_id: CloseReason.TICKET_LOST for record in lost if record not in young}
        for record, reason in zip(young, refusals, strict=True):
            if reason is not None and now_ms - record.asked_at_ms >= self._bounds.request_max_ms:
                closing[record.record_id] = reason
        if closing:
            await records.close_unrecorded(closing, now_ms)
        issued = [record for record, reason in zip(young, refusals, strict=True) if reason is None]
        still_open = await records.open_among([record.record_id for record in issued])
        for record in issued:
            if record.record_id not in still_open:
                await self._issuing.take_back(record)
        log.warning(
            "%d open records had no ticket: %d issued, %d closed", len(lost), len(issued), len(closing),
            extra={"hall_id": hall_id},
        )  # fmt: skip

    async def _again(self, record: Ticketed) -> CloseReason | None:
        """Issue it; why it cannot be."""
        try:
            await self._issuing.issue(record)
        except HallClosed:
            return CloseReason.HALL_CLOSED
        except (BookingTaken, LineFull, LineUnknown, TicketExists):
            return CloseReason.TICKET_LOST
        return None
