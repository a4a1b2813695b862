"""What an officer does with tickets: call, abandon, hold, give back, transfer, finish (S29, S31, S33)."""

from cases.access import Officer
from cases.calls import Calls
from cases.casebook import Casebook
from cases.desk import Desk
from cases.errors import CalledByColleague, LineUnknown, NobodyWaits
from cases.halls import Halls
from cases.holders import Holders
from cases.reception.errors import NotOnSite
from cases.reception.paperbook import Paperbook
from cases.stages.errors import CaseRefused
from cases.transfers import Transfer, Transfers
from cases.views.desks import DeskView
from cases.views.tickets import Outcome
from queueing.errors import OfficerBusy, QueueError, QueueUnavailable, StepRefused
from queueing.service import Queue
from queueing.states import TicketState


class Serving:
    """An officer's use cases on tickets. Every method answers with the desk, and raises TicketUnknown (also
    for another hall's ticket), RecordsUnavailable and QueueUnavailable.
    """

    def __init__(
        self,
        desk: Desk,
        holders: Holders,
        casebook: Casebook,
        paperbook: Paperbook,
        transfers: Transfers,
        halls: Halls,
        queue: Queue,
        calls: Calls,
    ) -> None:
        self._desk = desk
        self._holders = holders
        self._casebook = casebook
        self._paperbook = paperbook
        self._transfers = transfers
        self._halls = halls
        self._queue = queue
        self._calls = calls

    async def call_next(self, officer: Officer, request_id: str) -> DeskView:
        """Call the next ticket of the officer's lines, in the hall's order; this ends wrap-up. Raises
        NobodyWaits, DeskSignedOff, DeskOnBreak, OfficerBusy.
        """
        desk = await self._desk.at_work(officer)
        called = await self._queue.call_next(
            officer.hall_id,
            officer_id=officer.officer_id,
            line_ids=desk.line_ids,
            request_id=request_id,
            order=self._halls.call_order(officer.hall_id),
            weights=[self._halls.line(line_id).weight for line_id in desk.line_ids],
        )
        if called is None:
            raise NobodyWaits("nobody waits")
        await self._desk.end_wrap_up(desk)
        return await self._desk.watch(officer)

    async def call_one(self, officer: Officer, ticket_id: str, request_id: str) -> DeskView:
        """Call one ticket out of turn. Raises LineUnknown for a line that the officer does not serve,
        CalledByColleague where another officer was faster, StepRefused where it waits no more, and as above.
        """
        desk = await self._desk.at_work(officer)
        ticket = await self._queue.ticket(officer.hall_id, ticket_id)
        if ticket.line_id not in desk.line_ids:
            raise LineUnknown("not signed on to this line")
        try:
            await self._queue.call_one(
                officer.hall_id, ticket_id, officer_id=officer.officer_id, request_id=request_id
            )
        except OfficerBusy as busy:
            # A hall that was built anew forgot the request, but not whose ticket it is.
            if busy.held.ticket_id != ticket_id:
                raise
        except StepRefused as refused:
            await self._refuse_taken(officer, ticket_id, refused)
            raise
        await self._desk.end_wrap_up(desk)
        return await self._desk.watch(officer)

    async def _refuse_taken(self, officer: Officer, ticket_id: str, refused: StepRefused) -> None:
        """Raises CalledByColleague for a ticket that another officer has."""
        holder_id = (await self._queue.ticket(officer.hall_id, ticket_id)).officer_id
        if holder_id is None or holder_id == officer.officer_id:
            return
        holder = (await self._casebook.officers([holder_id])).get(holder_id)
        if holder is not None:
            raise CalledByColleague(holder.name, holder.staff_number) from refused

    async def recall(self, officer: Officer, ticket_id: str, call_number: int) -> DeskView:
        """Ring again. Raises StepRefused, CallStale, NotYourTicket, DeadlinePassed."""
        await self._queue.recall(
            officer.hall_id, ticket_id, officer_id=officer.officer_id, call_number=call_number
        )
        return await self._desk.watch(officer)

    async def arrived(self, officer: Officer, ticket_id: str, call_number: int) -> DeskView:
        """到窗: who was called has come to the counter, and is being served.

        Raises StepRefused, CallStale, NotYourTicket, DeadlinePassed, NotOnSite for a ticket that is called
        over video.
        """
        ticket = await self._queue.ticket(officer.hall_id, ticket_id)
        if not self._halls.is_on_site(ticket.line_id):
            raise NotOnSite("called over video")
        await self._queue.arrive(
            officer.hall_id, ticket_id, officer_id=officer.officer_id, call_number=call_number
        )
        return await self._desk.watch(officer)

    async def abandon(self, officer: Officer, ticket_id: str, call_number: int) -> DeskView:
        """弃号. Raises StepRefused, CallStale, NotYourTicket, SlotNotStarted."""
        await self._queue.abandon(
            officer.hall_id, ticket_id, officer_id=officer.officer_id, call_number=call_number
        )
        return await self._desk.watch(officer)

    async def requeue(self, officer: Officer, ticket_id: str, call_number: int) -> DeskView:
        """退回: the ticket in hand, or one on hold, is the first of its line again.

        Raises StepRefused, CallStale, NotYourTicket.
        """
        await self._queue.requeue(
            officer.hall_id, ticket_id, officer_id=officer.officer_id, call_number=call_number
        )
        await self._calls.close_of_ticket(ticket_id)
        return await self._desk.watch(officer)

    async def transfer(self, officer: Officer, wanted: Transfer) -> DeskView:
        """转办: the ticket in hand, one on hold, or one that waits in a line which the officer serves, waits
        in another line of the hall: on site in one that is, else in one that is not. Whoever calls it there
        reads the note.

        Raises LineUnknown, StepRefused (also for a ticket that waits in that line), CallStale, NotYourTicket,
        LineFull, HallClosed, DeskSignedOff and DeskOnBreak for one that waits.
        """
        if wanted.line_id not in {line.line_id for line in self._halls.lines_of(officer.hall_id)}:
            raise LineUnknown("not an open line of this hall")
        ticket = await self._queue.ticket(officer.hall_id, wanted.ticket_id)
        if self._halls.is_on_site(ticket.line_id) is not self._halls.is_on_site(wanted.line_id):
            raise LineUnknown("its people are elsewhere")
        if ticket.state is TicketState.WAITING and ticket.line_id != wanted.line_id:
            desk = await self._desk.at_work(officer)
            if ticket.line_id not in desk.line_ids:
                raise LineUnknown("not signed on to this line")
        await self._move(officer, wanted, ticket.line_id)
        await self._calls.close_of_ticket(wanted.ticket_id)
        return await self._desk.watch(officer)

    async def _move(self, officer: Officer, wanted: Transfer, from_line_id: str) -> None:
        holder = await self._holders.of_ticket(wanted.ticket_id)
        is_first = await self._transfers.keep(
            officer, wanted, from_line_id=from_line_id, case_id=holder.case_id if holder else None
        )
        try:
            await self._queue.transfer(
                officer.hall_id,
                wanted.ticket_id,
                officer_id=officer.officer_id,
                request_id=wanted.request_id,
                call_number=wanted.call_number,
                line_id=wanted.line_id,
            )
        except QueueUnavailable:
            # It may have happened: the page asks again, with the same request.
            raise
        except QueueError:
            if is_first:
                await self._transfers.drop(wanted)
            raise
        await self._transfers.done(officer, wanted)

    async def hold(self, officer: Officer, ticket_id: str, call_number: int, request_id: str) -> DeskView:
        """挂起: put the ticket in service aside. Its video ends.

        Raises StepRefused, CallStale, NotYourTicket, HoldsFull.
        """
        await self._queue.hold(
            officer.hall_id,
            ticket_id,
            officer_id=officer.officer_id,
            request_id=request_id,
            call_number=call_number,
        )
        await self._calls.close_of_ticket(ticket_id)
        return await self._desk.watch(officer)

    async def resume(self, officer: Officer, ticket_id: str, call_number: int, request_id: str) -> DeskView:
        """恢复: take a ticket on hold in hand again. But at a counter, a new video opens and rings at
        the taxpayer's page.

        Raises StepRefused, CallStale, NotYourTicket, OfficerBusy, DeadlinePassed, DeskSignedOff, DeskOnBreak.
        """
        desk = await self._desk.at_work(officer)
        before = await self._queue.ticket(officer.hall_id, ticket_id)
        ticket = await self._queue.resume(
            officer.hall_id,
            ticket_id,
            officer_id=officer.officer_id,
            request_id=request_id,
            call_number=call_number,
        )
        await self._desk.end_wrap_up(desk)
        # A repeat opens none: the one that was opened may have been hung up since.
        if before.state is TicketState.ON_HOLD and not self._halls.is_on_site(ticket.line_id):
            await self._calls.open_again(officer, ticket)
        return await self._desk.watch(officer)

    async def finish(
        self, officer: Officer, ticket_id: str, call_number: int, outcome: Outcome, remark: str
    ) -> DeskView:
        """办结 or 未办成 (S29), or on to the back office; the desk is in wrap-up then. Raises StepRefused,
        CallStale, NotYourTicket, CaseRefused (a consult or a ticket on paper has no back office).

        The remark is kept first: the other way round it would be lost with a process that dies in between.
        """
        if outcome is Outcome.CONTINUED:
            await self._refuse_back_office(ticket_id)
        before = await self._queue.ticket(officer.hall_id, ticket_id)
        is_own = before.state is TicketState.SERVING and before.officer_id == officer.officer_id
        if is_own:
            await self._keep_remark(ticket_id, remark)
        ticket = await self._queue.finish(
            officer.hall_id,
            ticket_id,
            officer_id=officer.officer_id,
            call_number=call_number,
            outcome=outcome.value,
        )
        # A repeat begins none: the officer may have ended it since.
        if is_own and ticket.ended_at_ms is not None:
            await self._desk.begin_wrap_up(officer, ticket.ended_at_ms)
        await self._calls.close_of_ticket(ticket_id)
        return await self._desk.watch(officer)

    async def _refuse_back_office(self, ticket_id: str) -> None:
        holder = await self._holders.of_ticket(ticket_id)
        if holder is None or not holder.has_back_office:
            raise CaseRefused("no back office")

    async def _keep_remark(self, ticket_id: str, remark: str) -> None:
        holder = await self._holders.of_ticket(ticket_id)
        if holder is not None and holder.case_id is None:
            await self._paperbook.keep_remark(ticket_id, remark)
        else:
            await self._casebook.keep_remark(ticket_id, remark)

    async def open_call(self, officer: Officer, ticket_id: str) -> DeskView:
        """Another video after one was hung up. Raises NoOpenCall, TicketUnknown."""
        ticket = await self._queue.ticket(officer.hall_id, ticket_id)
        await self._calls.open_again(officer, ticket)
        return await self._desk.watch(officer)
