"""What a taxpayer does: take a ticket, wait, answer the call, look back (S2, S14, S17, S18, S20–S22, S30)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import IntegrityError

from cases.access import Taxpayer, TicketParties, may_see_ticket
from cases.casebook import Casebook, CaseRecord, NewCase, StepRecord
from cases.clock import Clock, local_day
from cases.errors import AlreadyWaiting, CaseUnknown, LineUnknown, TooManyTickets
from cases.halls import Halls, Line
from cases.holders import TicketHolder
from cases.issuing import Issuing
from cases.presentation import Presentation
from cases.reception.errors import ConfirmedAtCounter
from cases.sealing import new_id
from cases.stages.states import Mode
from cases.states import close_reason
from cases.views.names import LineKind, LinesView, LineView, OfficerName
from cases.views.tickets import CaseEvent, CasePage, CaseView, CloseReason, TicketView
from queueing.errors import QueueError, QueueUnavailable, TicketUnknown
from queueing.service import Queue
from queueing.states import OPEN_STATES

WITH_REMARK: Final = frozenset({CloseReason.COMPLETED, CloseReason.COMPLETED_UNSUCCESSFULLY})
"""How a consult ends that an officer finished: what was kept for a finish that did not come is not shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A ticket's view, and whose it is; none of one on paper that nobody has bound any more."""

    view: TicketView
    taxpayer_id: str | None


@dataclass(frozen=True, slots=True)
class CounterPolicy:
    """How many tickets a taxpayer may have open at a time; and after how long a case whose ticket is not
    there was left by a request that died (the queue's own repeats of an issue take less).
    """

    open_tickets_max: int = 3
    issue_max_ms: int = 60_000


class Counter:
    """A taxpayer's use cases. Every method raises RecordsUnavailable and QueueUnavailable."""

    def __init__(
        self,
        casebook: Casebook,
        halls: Halls,
        queue: Queue,
        issuing: Issuing,
        presentation: Presentation,
        clock: Clock,
        policy: CounterPolicy,
    ) -> None:
        self._casebook = casebook
        self._halls = halls
        self._queue = queue
        self._issuing = issuing
        self._presentation = presentation
        self._clock = clock
        self._policy = policy

    async def lines(self) -> LinesView:
        """The consult lines, with the people waiting. Raises LineUnknown where there is no hall."""
        if not self._halls.hall_ids:
            raise LineUnknown("no hall is set up")
        hall = self._halls.hall(self._halls.hall_ids[0])
        lines = self._halls.lines_of(hall.hall_id, LineKind.CONSULT)
        views = await line_views(self._queue, lines)
        return LinesView(self._clock.now_ms(), hall, views)

    async def take_consult(
        self, taxpayer: Taxpayer, ticket_id: str, line_id: str, question: str
    ) -> TicketView:
        """Open a consult case and take its ticket. The same ``ticket_id`` again answers with the same ticket.

        Raises LineUnknown, AlreadyWaiting, TooManyTickets, LineFull, TicketExists.
        """
        line = self._halls.line(line_id)
        if line.kind is not LineKind.CONSULT or not line.open:
            raise LineUnknown("not a consult line")
        case, is_new = await self._case_for(taxpayer, ticket_id, line, question)
        try:
            await self._issuing.issue(case)
        except QueueUnavailable:
            raise  # it may have been issued: the case stays, and the page's repeat finds out
        except QueueError:
            if is_new:
                await self._casebook.withdraw(case.case_id)
                await self._issuing.take_back(case)
            raise
        return await self.watch(taxpayer, ticket_id)

    async def _case_for(
        self, taxpayer: Taxpayer, ticket_id: str, line: Line, question: str
    ) -> tuple[CaseRecord, bool]:
        """The case of this ticket id, and whether it was written just now."""
        known = (await self._casebook.of_tickets([ticket_id])).get(ticket_id)
        if known is not None:
            if known.taxpayer_id != taxpayer.taxpayer_id or known.line_id != line.line_id:
                raise CaseUnknown("this ticket id is another's")
            return known, False
        await self._refuse_too_many(taxpayer, line)
        now_ms = self._clock.now_ms()
        day = local_day(now_ms, self._halls.hall(line.hall_id).time_zone)
        new = NewCase(
            new_id(), taxpayer.taxpayer_id, line.hall_id, line.line_id, ticket_id, question, now_ms, day
        )
        try:
            return await self._casebook.open_case(new), True
        except IntegrityError:
            return await self._lost_race(taxpayer, ticket_id, line)

    async def _lost_race(self, taxpayer: Taxpayer, ticket_id: str, line: Line) -> tuple[CaseRecord, bool]:
        """Another request of the same person was first: the same ticket is theirs, another one is one too
        many.
        """
        for case in await self._casebook.open_cases(taxpayer.taxpayer_id, limit=100):
            if case.ticket_id == ticket_id:
                return case, False
            if case.line_id == line.line_id:
                raise AlreadyWaiting(case.ticket_id)
        raise CaseUnknown("this ticket id is another's")

    async def _refuse_too_many(self, taxpayer: Taxpayer, line: Line) -> None:
        cases = await self._casebook.open_cases(taxpayer.taxpayer_id, limit=100)
        still_open = [case for case in cases if await self._is_open(case)]
        for case in still_open:
            if case.line_id == line.line_id:
                raise AlreadyWaiting(case.ticket_id)
        if len(still_open) >= self._policy.open_tickets_max:
            raise TooManyTickets("as many as allowed")

    async def _is_open(self, case: CaseRecord) -> bool:
        """Whether the case's ticket is; a consult whose ticket just ended is closed here, before the journal
        does. What a ticket's end means for any other case is the journal's alone to tell.
        """
        try:
            ticket = await self._queue.ticket(case.hall_id, case.ticket_id)
        except TicketUnknown:
            if case.mode is not Mode.CONSULT:
                return True
            # It is being issued by another request just now; or that one died, and its page never came back.
            opened_before_ms = self._clock.now_ms() - self._policy.issue_max_ms
            gone = await self._casebook.withdraw_unissued(case.case_id, opened_before_ms=opened_before_ms)
            if gone:
                await self._issuing.take_back(case)
            return not gone
        reason = close_reason(ticket)
        if reason is not None and case.mode is Mode.CONSULT:
            await self._casebook.close(case.ticket_id, reason, ticket.ended_at_ms or self._clock.now_ms())
        return ticket.state in OPEN_STATES

    async def watch(self, taxpayer: Taxpayer, ticket_id: str) -> TicketView:
        """The taxpayer's ticket as it is now. Raises TicketUnknown, also for somebody else's."""
        holder = await self._own(taxpayer, ticket_id)
        position = await self._queue.position(holder.hall_id, ticket_id)
        return (await self._presentation.of_holders([position], {ticket_id: holder}))[0]

    async def _own(self, taxpayer: Taxpayer, ticket_id: str) -> TicketHolder:
        holder = (await self._presentation.holders_of([ticket_id])).get(ticket_id)
        if holder is None or not may_see_ticket(taxpayer, holder.parties):
            # Not told apart: whether a ticket exists is nobody else's business.
            raise TicketUnknown(ticket_id)
        return holder

    async def shown(self, hall_id: str, ticket_ids: Sequence[str]) -> list[Shown]:
        """The views of tickets whose pages watch, each with whose it is now."""
        holders = await self._presentation.holders_of(ticket_ids)
        positions = await self._queue.positions(hall_id, ticket_ids)
        views = await self._presentation.of_holders(positions, holders)
        return [Shown(view, holders[view.ticket_id].taxpayer_id) for view in views]

    async def confirm(self, taxpayer: Taxpayer, ticket_id: str, call_number: int) -> TicketView:
        """Answer the officer's call; the video call is opened (S21).

        Raises StepRefused, CallStale, DeadlinePassed, ConfirmedAtCounter for an on-site call.
        """
        holder = await self._own(taxpayer, ticket_id)
        if holder.case_id is None:
            # On paper, and so in an on-site line: no transfer leads out of those.
            raise ConfirmedAtCounter("by coming")
        await self._queue.confirm(holder.hall_id, ticket_id, call_number=call_number)
        # The view of a ticket in service opens its call. A repeat may come when the service is over.
        return await self.watch(taxpayer, ticket_id)

    async def reactivate(self, taxpayer: Taxpayer, ticket_id: str) -> TicketView:
        """激活 (S22). Raises StepRefused, DeadlinePassed, ReactivationsSpent."""
        holder = await self._own(taxpayer, ticket_id)
        await self._queue.reactivate(holder.hall_id, ticket_id)
        return await self.watch(taxpayer, ticket_id)

    async def cancel(self, taxpayer: Taxpayer, ticket_id: str) -> TicketView:
        """Give the ticket up (S18). Raises StepRefused."""
        holder = await self._own(taxpayer, ticket_id)
        await self._queue.cancel(holder.hall_id, ticket_id)
        return await self.watch(taxpayer, ticket_id)

    async def cases(self, taxpayer: Taxpayer, *, is_open: bool, cursor: str | None, limit: int) -> CasePage:
        """A page of the taxpayer's cases, newest first (S14, S30)."""
        records = await self._casebook.page(
            taxpayer.taxpayer_id, is_open=is_open, before=_read_cursor(cursor), limit=limit + 1
        )
        shown = records[:limit]
        next_cursor = f"{shown[-1].opened_at_ms}.{shown[-1].case_id}" if len(records) > limit else None
        return CasePage(tuple(await self._case_views(shown)), next_cursor)

    async def case(self, taxpayer: Taxpayer, case_id: str) -> CaseView:
        """One case with everything that happened. Raises CaseUnknown, also for somebody else's."""
        record = await self._casebook.one(case_id)
        if not may_see_ticket(taxpayer, TicketParties(record.taxpayer_id, record.hall_id, None)):
            raise CaseUnknown("somebody else's")
        return (await self._case_views([record]))[0]

    async def _case_views(self, records: Sequence[CaseRecord]) -> list[CaseView]:
        ticket_ids = [record.ticket_id for record in records]
        steps = await self._casebook.steps(ticket_ids)
        numbers = await self._casebook.ticket_numbers(ticket_ids)
        return [self._case_view(record, steps, numbers.get(record.ticket_id, "")) for record in records]

    def _case_view(self, record: CaseRecord, steps: Sequence[StepRecord], number: str) -> CaseView:
        line = self._halls.line(record.line_id)
        return CaseView(
            record.case_id,
            record.number,
            self._halls.hall(record.hall_id),
            line.name,
            line.on_ticket,
            number,
            record.opened_at_ms,
            record.closed_at_ms,
            record.close_reason,
            record.question,
            record.remark if record.close_reason in WITH_REMARK else "",
            tuple(_case_event(step) for step in steps if step.ticket_id == record.ticket_id),
        )


def _case_event(step: StepRecord) -> CaseEvent:
    officer = (
        OfficerName(step.officer_name, step.staff_number or "") if step.officer_name is not None else None
    )
    return CaseEvent(step.at_ms, step.step, step.cause, officer)


def _read_cursor(cursor: str | None) -> tuple[int, str] | None:
    """Raises CaseUnknown for a cursor that is not ours."""
    if cursor is None:
        return None
    at_ms, _, case_id = cursor.partition(".")
    if not at_ms.isascii() or not at_ms.isdecimal() or len(at_ms) > 15:
        raise CaseUnknown("not a cursor")
    return int(at_ms), case_id


async def line_views(queue: Queue, lines: Sequence[Line]) -> tuple[LineView, ...]:
    """Lines of one hall with the people waiting in each."""
    if not lines:
        return ()
    snapshot = await queue.snapshot(lines[0].hall_id, [line.line_id for line in lines], first=1)
    waiting = {line.line_id: line.waiting for line in snapshot.lines}
    return tuple(
        LineView(
            line.line_id, line.hall_id, line.kind, line.letter, line.name, line.about, waiting[line.line_id]
        )
        for line in lines
    )
