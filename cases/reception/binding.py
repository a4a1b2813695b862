"""票号绑定: a taxpayer follows a ticket on paper in their account (S19, S20)."""

import asyncio
import hmac
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit, schema
from cases.access import Taxpayer
from cases.audit import Actor
from cases.clock import Clock, local_day
from cases.counter import Counter
from cases.database import Database
from cases.errors import LineUnknown
from cases.guesses import Guesses
from cases.halls import Halls
from cases.paging import Cursor
from cases.reception import tables
from cases.reception.codes import as_typed, code_index
from cases.reception.errors import BindingRefused, PaperTicketOver, TooManyBound
from cases.reception.paperbook import PAPER, PaperTicket, find, open_bound, to_change
from cases.reception.policy import ReceptionPolicy
from cases.reception.views import BoundAction, BoundTicket, BoundTickets
from cases.sealing import Sealer
from cases.views.tickets import TicketView


class Bindings:
    """A taxpayer's use cases. Every method raises RecordsUnavailable and QueueUnavailable."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        halls: Halls,
        counter: Counter,
        guesses: Guesses,
        policy: ReceptionPolicy,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._halls = halls
        self._counter = counter
        self._guesses = guesses
        self._policy = policy
        # From the look at the failures to their count nobody else may look: many guesses sent at once would
        # all find none yet.
        self._turn = asyncio.Lock()

    async def bind(self, taxpayer: Taxpayer, by: Actor, hall_id: str, number: str, code: str) -> TicketView:
        """Follow the open ticket of today with that number and code; one's own again answers the same.

        Raises BindingRefused (no such ticket, another code, or somebody else's: not told apart),
        TooManyGuesses, TooManyBound.
        """
        account, address = taxpayer.taxpayer_id, by.address or ""
        async with self._turn:
            await self._guesses.check(account, address)
            try:
                ticket_id = await self._bind(taxpayer, by, hall_id, as_typed(number), as_typed(code))
            except BindingRefused:
                await self._guesses.failed(account, address)
                raise
            await self._guesses.passed(account)
        return await self._counter.watch(taxpayer, ticket_id)

    async def _bind(self, taxpayer: Taxpayer, by: Actor, hall_id: str, number: str, code: str) -> str:
        now_ms = self._clock.now_ms()
        day = self._day(hall_id, now_ms)
        wanted = code_index(hall_id, day, code, self._sealer.index)
        async with self._database.writing() as connection:
            # One binding of a person at a time: their tickets are counted.
            people = schema.taxpayers.c
            await connection.execute(
                select(people.taxpayer_id).where(people.taxpayer_id == taxpayer.taxpayer_id).with_for_update()
            )
            paper = await self._named(connection, hall_id, day, number, wanted)
            if paper.taxpayer_id == taxpayer.taxpayer_id:
                return paper.ticket_id
            if paper.taxpayer_id is not None:
                raise BindingRefused("somebody else's")
            if await open_bound(connection, taxpayer.taxpayer_id) >= self._policy.bound_max:
                raise TooManyBound("as many as allowed")
            await self._write(connection, paper.ticket_id, taxpayer.taxpayer_id, now_ms)
            await audit.append(
                connection, by, "paper_ticket.bind", "paper_ticket", paper.ticket_id, {}, now_ms
            )
        return paper.ticket_id

    def _day(self, hall_id: str, now_ms: int) -> str:
        try:
            return local_day(now_ms, self._halls.hall(hall_id).time_zone)
        except LineUnknown as error:
            raise BindingRefused("no such hall") from error

    @staticmethod
    async def _named(
        connection: AsyncConnection, hall_id: str, day: str, number: str, wanted: str
    ) -> PaperTicket:
        """The open ticket with that number and code, locked. Raises BindingRefused."""
        found = await find(
            connection,
            PAPER.hall_id == hall_id,
            PAPER.day == day,
            PAPER.number == number,
            PAPER.closed_at_ms.is_(None),
            limit=10,
        )
        for paper in found:
            if hmac.compare_digest(paper.code_index, wanted):
                locked = await to_change(connection, paper.ticket_id)
                if locked.closed_at_ms is None and hmac.compare_digest(locked.code_index, wanted):
                    return locked
        raise BindingRefused("no such number and code")

    @staticmethod
    async def _write(
        connection: AsyncConnection, ticket_id: str, taxpayer_id: str | None, now_ms: int | None
    ) -> None:
        await connection.execute(
            update(tables.paper_tickets)
            .where(PAPER.ticket_id == ticket_id)
            .values(taxpayer_id=taxpayer_id, bound_at_ms=now_ms)
        )

    async def unbind(self, taxpayer: Taxpayer, by: Actor, ticket_id: str) -> None:
        """Follow it no more; who has the slip may bind it again.

        Raises PaperTicketUnknown, also for somebody else's, and PaperTicketOver for one in the history.
        """
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            paper = await to_change(connection, ticket_id, taxpayer_id=taxpayer.taxpayer_id)
            if paper.closed_at_ms is not None:
                raise PaperTicketOver("in the history")
            await self._write(connection, ticket_id, None, None)
            await audit.append(connection, by, "paper_ticket.unbind", "paper_ticket", ticket_id, {}, now_ms)

    async def page(
        self, taxpayer: Taxpayer, *, is_open: bool, cursor: str | None, limit: int
    ) -> BoundTickets:
        """The taxpayer's bound tickets, those bound last first: open (S14), or ended (S30). Raises
        CursorUnknown.
        """
        before = Cursor.parse(cursor)
        conditions = [
            PAPER.taxpayer_id == taxpayer.taxpayer_id,
            PAPER.closed_at_ms.is_(None) if is_open else PAPER.closed_at_ms.is_not(None),
        ]
        if before is not None:
            conditions.append(before.is_before(PAPER.bound_at_ms, PAPER.ticket_id))
        async with self._database.reading() as connection:
            found = await find(
                connection,
                *conditions,
                order=(PAPER.bound_at_ms.desc(), PAPER.ticket_id.desc()),
                limit=limit + 1,
            )
        page = found[:limit]
        more = str(Cursor(page[-1].bound_at_ms or 0, page[-1].ticket_id)) if len(found) > limit else None
        tickets = await self._live(page)
        return BoundTickets(
            tuple(self._bound(paper, tickets.get(paper.ticket_id)) for paper in page),
            more,
            self._clock.now_ms(),
        )

    async def _live(self, papers: Sequence[PaperTicket]) -> dict[str, TicketView]:
        """As the queue has them, by ticket id; those that it does not know are left out."""
        views: dict[str, TicketView] = {}
        for hall_id in dict.fromkeys(paper.hall_id for paper in papers):
            ids = [paper.ticket_id for paper in papers if paper.hall_id == hall_id]
            views |= {one.view.ticket_id: one.view for one in await self._counter.shown(hall_id, ids)}
        return views

    def _bound(self, paper: PaperTicket, ticket: TicketView | None) -> BoundTicket:
        line_id = ticket.line.line_id if ticket is not None else paper.line_id
        return BoundTicket(
            paper.ticket_id,
            self._halls.hall(paper.hall_id),
            self._halls.line(line_id).on_ticket,
            ticket.number if ticket is not None else paper.number or "",
            paper.opened_at_ms,
            paper.bound_at_ms or 0,
            ticket.state if ticket is not None else paper.state,
            paper.closed_at_ms,
            paper.close_reason,
            paper.remark,
            ticket,
            (BoundAction.UNBIND,) if paper.closed_at_ms is None else (),
        )
