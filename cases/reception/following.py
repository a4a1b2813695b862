"""What the steps of tickets on paper mean for their records, in the recorder's transaction."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.audit import SYSTEM, Actor
from cases.booking.policy import BookingPolicy
from cases.halls import Halls
from cases.outbox import messages
from cases.outbox.messages import Notification, NotificationKind
from cases.reception import tables, visits
from cases.reception.paperbook import PAPER, PaperTicket, close_paper, find
from cases.states import close_reason
from queueing.states import Step
from queueing.ticket import JournalEntry

NOTIFIED: Final[Mapping[Step, NotificationKind]] = MappingProxyType(
    {
        Step.CALL: NotificationKind.TICKET_CALLED_ONSITE,
        Step.ABANDON: NotificationKind.TICKET_ABANDONED,
    }
)
"""What who has bound a ticket is told outside the open pages."""


async def issued(
    connection: AsyncConnection,
    by: Actor,
    paper: PaperTicket,
    number: str,
    policy: BookingPolicy,
    now_ms: int,
) -> None:
    """The queue has issued the ticket: its number is on the record, its visit is used. Safe to repeat: the
    number stays the one that was printed first.
    """
    await connection.execute(
        update(tables.paper_tickets)
        .where(PAPER.ticket_id == paper.ticket_id, PAPER.number.is_(None))
        .values(number=number)
    )
    if paper.booking_id is not None:
        await visits.use(connection, by, paper.booking_id, policy, now_ms)


class PaperFollower:
    """Follows the journal as ``cases.casework.ticketing.TicketFollower`` does for cases."""

    def __init__(self, halls: Halls, policy: BookingPolicy) -> None:
        self._halls = halls
        self._policy = policy

    async def follow(self, connection: AsyncConnection, entries: Sequence[JournalEntry]) -> None:
        """In the order of the journal."""
        on_site = [entry for entry in entries if self._halls.is_on_site(entry.ticket.line_id)]
        if not on_site:
            return
        ids = {entry.ticket.ticket_id for entry in on_site}
        papers = {paper.ticket_id: paper for paper in await find(connection, PAPER.ticket_id.in_(ids))}
        for entry in on_site:
            paper = papers.get(entry.ticket.ticket_id)
            if paper is not None:
                await self._take(connection, paper, entry)

    async def _take(self, connection: AsyncConnection, paper: PaperTicket, entry: JournalEntry) -> None:
        if entry.step is Step.ISSUE:
            await issued(connection, SYSTEM, paper, entry.ticket.number, self._policy, entry.at_ms)
        kind = NOTIFIED.get(entry.step)
        if kind is not None and paper.taxpayer_id is not None:
            told = await self._told(connection, paper, paper.taxpayer_id, kind, entry)
            await messages.put(connection, told, entry.at_ms)
        reason = close_reason(entry.ticket)
        if reason is not None:
            await close_paper(connection, paper.ticket_id, reason, entry.at_ms)

    async def _told(
        self,
        connection: AsyncConnection,
        paper: PaperTicket,
        taxpayer_id: str,
        kind: NotificationKind,
        entry: JournalEntry,
    ) -> Notification:
        """Once of each step. ``by_ms``: until when to come, or to take the place back."""
        params: dict[str, Any] = {
            "ticket_id": paper.ticket_id,
            "hall_id": paper.hall_id,
            "ticket_number": paper.number or entry.ticket.number,
        }
        if entry.ticket.deadline_ms is not None:
            params["by_ms"] = entry.ticket.deadline_ms
        if kind is NotificationKind.TICKET_CALLED_ONSITE:
            desks = schema.desks.c
            params["counter"] = await connection.scalar(
                select(desks.counter).where(desks.officer_id == entry.ticket.officer_id)
            )
        return Notification(
            f"{paper.ticket_id}:{entry.version}:{kind.value}", taxpayer_id, kind, None, params
        )
