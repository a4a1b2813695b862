"""The reception issues tickets on paper, prints them again, cancels them, and looks at today's (S37)."""

from dataclasses import dataclass, replace

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit, schema
from cases.access import Officer
from cases.accounts import Identity
from cases.audit import Actor
from cases.booking import bookings
from cases.booking.bookings import Booking, BookingState
from cases.booking.errors import BookingUnknown
from cases.booking.policy import BookingPolicy, issue_window
from cases.certificates import CertificateType, normalised, number_fault
from cases.clock import Clock, local_date, local_day, local_day_start_ms
from cases.database import Database
from cases.errors import CaseUnknown, CertificateRefused
from cases.halls import Halls, Line
from cases.issuing import Issuing
from cases.paging import Cursor
from cases.reception import tables, visits
from cases.reception.codes import binding_path, code_index, code_of
from cases.reception.errors import (
    BookingHasTicket,
    NotOnSiteLine,
    PaperTicketOver,
    PaperTicketUnknown,
)
from cases.reception.following import issued
from cases.reception.paperbook import PAPER, Paperbook, PaperTicket, find, to_change
from cases.reception.policy import ReceptionPolicy
from cases.reception.qr import qr_svg
from cases.reception.showing import PaperViews
from cases.reception.views import (
    PaperClass,
    PaperTicketPage,
    PaperTicketView,
    Slip,
    VisitsView,
    VisitView,
)
from cases.requests import Request, first_time
from cases.sealing import Sealer, new_id
from cases.views.names import LineKind
from cases.views.tickets import CloseReason
from queueing.errors import QueueError, QueueUnavailable, StepRefused, TicketUnknown
from queueing.service import Queue
from queueing.states import ENDED_STATES
from queueing.ticket import Priority

DAY_MS = 86_400_000
CLASSES = {PaperClass.WALK_IN: Priority.WALK_IN, PaperClass.PRIORITY: Priority.PRIORITY}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A ticket for a line, of a class or for a visit that was booked."""

    line_id: str
    paper_class: PaperClass
    booking_number: str | None


class PaperTickets:
    """The use cases of the reception; whoever calls them has its role. Every method raises RecordsUnavailable
    and QueueUnavailable; those that take a ticket's id PaperTicketUnknown, also for another hall's.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        halls: Halls,
        queue: Queue,
        issuing: Issuing,
        paperbook: Paperbook,
        views: PaperViews,
        policy: ReceptionPolicy,
        booking_policy: BookingPolicy,
        public_url: str | None,
    ) -> None:
        """``public_url``: where browsers reach the client; none: the QR codes say its path alone."""
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._halls = halls
        self._queue = queue
        self._issuing = issuing
        self._paperbook = paperbook
        self._views = views
        self._policy = policy
        self._booking_policy = booking_policy
        self._public_url = public_url or ""

    async def issue(self, officer: Officer, by: Actor, request: Request, wanted: Wanted) -> Slip:
        """A ticket with what is printed on it; the same request again answers with the same one.

        The record comes first: where the process dies before the queue knows of it, a keeper issues it, as it
        does with tickets that the queue lost (``cases.reissue``).
        Raises NotOnSiteLine, BookingUnknown, VisitNotNow, BookingOver, BookingHasTicket, LineFull,
        HallClosed, RequestReused.
        """
        line = self._on_site_line(officer, wanted.line_id)
        ticket_id = await self._write(officer, by, request, wanted, line)
        paper = await self._paperbook.one(ticket_id)
        if paper.number is None:
            paper = await self._issue(paper, by)
        return await self._slip(paper)

    def _on_site_line(self, officer: Officer, line_id: str) -> Line:
        for line in self._halls.lines_of(officer.hall_id, LineKind.ONSITE):
            if line.line_id == line_id:
                return line
        raise NotOnSiteLine("no open on-site line of this hall")

    async def _write(self, officer: Officer, by: Actor, request: Request, wanted: Wanted, line: Line) -> str:
        """The record of a new ticket; or which one the request made before."""
        ticket_id, now_ms = new_id(), self._clock.now_ms()
        try:
            async with self._database.writing() as connection:
                made = await first_time(connection, request, ticket_id, now_ms)
                if made is not None:
                    return made
                visit = None
                if wanted.booking_number is not None:
                    visit = await visits.to_issue(
                        connection, officer.hall_id, wanted.booking_number, self._booking_policy, now_ms
                    )
                await self._insert(connection, officer, ticket_id, wanted, line, visit, now_ms)
                detail = {
                    "line_id": line.line_id,
                    "priority": self._priority(wanted, visit).name.lower(),
                    "booking_id": visit.booking_id if visit is not None else None,
                }
                await audit.append(
                    connection, by, "paper_ticket.issue", "paper_ticket", ticket_id, detail, now_ms
                )
        except IntegrityError as error:
            if wanted.booking_number is None:
                raise
            # Two for one visit at once: the other one was first.
            raise BookingHasTicket("on paper, just now") from error
        return ticket_id

    @staticmethod
    def _priority(wanted: Wanted, visit: Booking | None) -> Priority:
        return Priority.BOOKED if visit is not None else CLASSES[wanted.paper_class]

    async def _insert(
        self,
        connection: AsyncConnection,
        officer: Officer,
        ticket_id: str,
        wanted: Wanted,
        line: Line,
        visit: Booking | None,
        now_ms: int,
    ) -> None:
        day = local_day(now_ms, self._halls.hall(line.hall_id).time_zone)
        await connection.execute(
            tables.paper_tickets.insert().values(
                ticket_id=ticket_id,
                hall_id=line.hall_id,
                line_id=line.line_id,
                day=day,
                priority=int(self._priority(wanted, visit)),
                issued_by=officer.officer_id,
                opened_at_ms=now_ms,
                revision=0,
                code_index=self._code_index(ticket_id, line.hall_id, day, 0),
                booking_id=visit.booking_id if visit is not None else None,
                slot_start_ms=visit.slot_start_ms if visit is not None else None,
                # Whoever booked the visit follows it without typing a code.
                taxpayer_id=visit.taxpayer_id if visit is not None else None,
                bound_at_ms=now_ms if visit is not None else None,
            )
        )

    def _code_index(self, ticket_id: str, hall_id: str, day: str, revision: int) -> str:
        code = code_of(ticket_id, revision, self._sealer.index)
        return code_index(hall_id, day, code, self._sealer.index)

    async def _issue(self, paper: PaperTicket, by: Actor) -> PaperTicket:
        """In the queue, and with its number in the records."""
        try:
            ticket = await self._issuing.issue(paper)
        except QueueUnavailable:
            raise  # it may have been issued: the record stays, and the repeat finds out
        except QueueError:
            await self._withdraw(paper, by)
            await self._issuing.take_back(paper)
            raise
        async with self._database.writing() as connection:
            await issued(connection, by, paper, ticket.number, self._booking_policy, self._clock.now_ms())
        return replace(paper, number=paper.number or ticket.number)

    async def _withdraw(self, paper: PaperTicket, by: Actor) -> None:
        """The queue refused: nothing of it happened, and the same request may be sent again."""
        async with self._database.writing() as connection:
            await connection.execute(
                delete(schema.requests).where(schema.requests.c.made_id == paper.ticket_id)
            )
            await connection.execute(
                delete(tables.paper_tickets).where(PAPER.ticket_id == paper.ticket_id, PAPER.number.is_(None))
            )
            await audit.append(
                connection, by, "paper_ticket.withdraw", "paper_ticket", paper.ticket_id, {},
                self._clock.now_ms(),
            )  # fmt: skip

    async def reprint(self, officer: Officer, by: Actor, request: Request, ticket_id: str) -> Slip:
        """A new slip of an open ticket. Its code is another one: the slip before it binds nothing any more.
        The same request again answers with the same slip.

        Raises PaperTicketOver, RequestReused.
        """
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            paper = await to_change(connection, ticket_id, hall_id=officer.hall_id)
            if paper.closed_at_ms is not None:
                raise PaperTicketOver(f"closed: {paper.close_reason}")
            print_id = f"{ticket_id}.{paper.revision + 1}"
            if await first_time(connection, request, print_id[:64], now_ms) is None:
                paper = await self._print_anew(connection, paper, by, now_ms)
        number = await self._number_now(paper)
        return await self._slip(replace(paper, number=number))

    async def _print_anew(
        self, connection: AsyncConnection, paper: PaperTicket, by: Actor, now_ms: int
    ) -> PaperTicket:
        revision = paper.revision + 1
        index = self._code_index(paper.ticket_id, paper.hall_id, paper.day, revision)
        await connection.execute(
            update(tables.paper_tickets)
            .where(PAPER.ticket_id == paper.ticket_id)
            .values(revision=revision, code_index=index)
        )
        await audit.append(
            connection, by, "paper_ticket.reprint", "paper_ticket", paper.ticket_id, {"revision": revision},
            now_ms,
        )  # fmt: skip
        return replace(paper, revision=revision, code_index=index)

    async def _number_now(self, paper: PaperTicket) -> str | None:
        """A ticket that had to be issued again after a loss may have another number: the slip has that one,
        and it is bound by that one.
        """
        try:
            ticket = await self._queue.ticket(paper.hall_id, paper.ticket_id)
        except TicketUnknown:
            return paper.number
        if ticket.number != paper.number:
            async with self._database.writing() as connection:
                await connection.execute(
                    update(tables.paper_tickets)
                    .where(PAPER.ticket_id == paper.ticket_id)
                    .values(number=ticket.number)
                )
        return ticket.number

    async def cancel(self, officer: Officer, by: Actor, ticket_id: str) -> PaperTicketView:
        """Nobody is called for it any more; the visit that it was for may get another one. Safe to repeat.

        Raises StepRefused for a ticket that an officer has, PaperTicketOver for one that ended otherwise.
        """
        paper = await self._paperbook.one(ticket_id)
        if paper.hall_id != officer.hall_id:
            raise PaperTicketUnknown("another hall's")
        if paper.close_reason not in (None, CloseReason.TICKET_CANCELLED):
            raise PaperTicketOver(f"closed: {paper.close_reason}")
        now_ms = self._clock.now_ms()
        if paper.closed_at_ms is None:
            await self._cancel_in_queue(paper)
            async with self._database.writing() as connection:
                changed = await connection.execute(
                    update(tables.paper_tickets)
                    .where(PAPER.ticket_id == ticket_id, PAPER.closed_at_ms.is_(None))
                    .values(closed_at_ms=now_ms, close_reason=CloseReason.TICKET_CANCELLED.value)
                )
                if changed.rowcount:
                    await audit.append(
                        connection, by, "paper_ticket.cancel", "paper_ticket", ticket_id, {}, now_ms
                    )
        return (await self._views.of(officer.hall_id, [await self._paperbook.one(ticket_id)]))[0]

    async def _cancel_in_queue(self, paper: PaperTicket) -> None:
        try:
            await self._queue.cancel(paper.hall_id, paper.ticket_id)
        except TicketUnknown:
            return  # it was never issued
        except StepRefused as error:
            if error.state in ENDED_STATES:
                raise PaperTicketOver(f"is {error.state}") from error
            raise

    async def today(self, officer: Officer, *, cursor: str | None, limit: int) -> PaperTicketPage:
        """Today's tickets of the hall, the latest first. Raises CursorUnknown."""
        before, now_ms = Cursor.parse(cursor), self._clock.now_ms()
        conditions = [
            PAPER.hall_id == officer.hall_id,
            PAPER.day == local_day(now_ms, self._halls.hall(officer.hall_id).time_zone),
        ]
        if before is not None:
            conditions.append(before.is_before(PAPER.opened_at_ms, PAPER.ticket_id))
        async with self._database.reading() as connection:
            found = await find(
                connection,
                *conditions,
                order=(PAPER.opened_at_ms.desc(), PAPER.ticket_id.desc()),
                limit=limit + 1,
            )
        page = found[:limit]
        more = str(Cursor(page[-1].opened_at_ms, page[-1].ticket_id)) if len(found) > limit else None
        return PaperTicketPage(await self._views.of(officer.hall_id, page), more, now_ms)

    async def visits_by_number(self, officer: Officer, number: str) -> VisitsView:
        """The visit of that booking number, if it is of today and this hall."""
        now_ms = self._clock.now_ms()
        async with self._database.reading() as connection:
            try:
                known = await bookings.by_number(connection, officer.hall_id, number)
            except BookingUnknown:
                return VisitsView((), now_ms)
            start_ms, end_ms = self._today(officer, now_ms)
            found = await visits.of_day(
                connection, officer.hall_id, known.taxpayer_id, (start_ms, end_ms),
                limit=self._policy.listed_max,
            )  # fmt: skip
            return await self._visits(
                connection, [one for one in found if one.booking_id == known.booking_id], now_ms
            )

    async def visits_by_certificate(
        self, officer: Officer, certificate_type: CertificateType, number: str
    ) -> VisitsView:
        """Today's visits of who has that certificate; none where nobody is known by it. Raises
        CertificateRefused.
        """
        now_ms = self._clock.now_ms()
        number = normalised(number)
        today = local_date(now_ms, self._halls.hall(officer.hall_id).time_zone)
        fault = number_fault(certificate_type, number, today=today)
        if fault is not None:
            raise CertificateRefused.number(fault)
        person = Identity(certificate_type, number, "").person
        taxpayers = schema.taxpayers.c
        async with self._database.reading() as connection:
            taxpayer_id = await connection.scalar(
                select(taxpayers.taxpayer_id).where(taxpayers.number_index == self._sealer.index(person))
            )
            if taxpayer_id is None:
                return VisitsView((), now_ms)
            found = await visits.of_day(
                connection, officer.hall_id, taxpayer_id, self._today(officer, now_ms),
                limit=self._policy.listed_max,
            )  # fmt: skip
            return await self._visits(connection, found, now_ms)

    def _today(self, officer: Officer, now_ms: int) -> tuple[int, int]:
        start_ms = local_day_start_ms(now_ms, self._halls.hall(officer.hall_id).time_zone)
        return start_ms, start_ms + DAY_MS

    async def _visits(self, connection: AsyncConnection, found: list[Booking], now_ms: int) -> VisitsView:
        taxpayers = schema.taxpayers.c
        rows = await connection.execute(
            select(taxpayers.taxpayer_id, taxpayers.name).where(
                taxpayers.taxpayer_id.in_({booking.taxpayer_id for booking in found})
            )
        )
        names = {row.taxpayer_id: row.name for row in rows}
        return VisitsView(
            tuple(self._visit(booking, names[booking.taxpayer_id], now_ms) for booking in found), now_ms
        )

    def _visit(self, booking: Booking, name: str, now_ms: int) -> VisitView:
        opens_ms, closes_ms = issue_window(booking, self._booking_policy)
        return VisitView(
            booking.booking_id,
            booking.number,
            name,
            booking.topic_id,
            booking.slot_start_ms,
            booking.slot_end_ms,
            opens_ms,
            closes_ms,
            booking.state,
            booking.state is BookingState.BOOKED and visits.is_now(booking, self._booking_policy, now_ms),
        )

    async def _slip(self, paper: PaperTicket) -> Slip:
        if paper.number is None:
            raise CaseUnknown("the queue has no such ticket")
        code = code_of(paper.ticket_id, paper.revision, self._sealer.index)
        path = binding_path(paper.hall_id, paper.number, code)
        return Slip(
            (await self._views.of(paper.hall_id, [paper]))[0],
            self._halls.hall(paper.hall_id),
            code,
            path,
            qr_svg(self._public_url + path),
            self._clock.now_ms(),
        )
