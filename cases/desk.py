"""What an officer does: sign on, call, abandon, serve, finish (S31, S33)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from cases.access import Officer, require_calling
from cases.calls import Calls
from cases.casebook import Casebook, CaseRecord
from cases.certificates import masked
from cases.clock import Clock, local_day_start_ms
from cases.counter import line_views
from cases.deskbook import Deskbook, DeskRecord, Served
from cases.errors import (
    DeskHoldsTicket,
    DeskOnBreak,
    DeskSignedOff,
    DeskStateRefused,
    LineUnknown,
    NobodyWaits,
)
from cases.halls import Halls
from cases.presentation import Presentation
from cases.sealing import Sealer
from cases.states import call_next_refused, deadline_span_ms, desk_actions, desk_state
from cases.views import BoardView, CallView, DeskState, DeskView, HeldTicket, OfficerView, Outcome
from queueing.policy import QueuePolicy
from queueing.service import Queue
from queueing.states import TicketState
from queueing.ticket import HallSnapshot, LineSnapshot, Ticket

BOARD_FIRST: Final = 20


class Presence(Protocol):
    """Whether somebody has a page open just now."""

    def is_online(self, taxpayer_id: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Console:
    """What an officer's pages show at one moment."""

    officer: Officer
    desk: DeskView
    board: BoardView


class Desk:
    """An officer's use cases. Every method raises RecordsUnavailable and QueueUnavailable."""

    def __init__(
        self,
        casebook: Casebook,
        deskbook: Deskbook,
        halls: Halls,
        queue: Queue,
        calls: Calls,
        presentation: Presentation,
        presence: Presence,
        sealer: Sealer,
        clock: Clock,
        policy: QueuePolicy,
    ) -> None:
        self._casebook = casebook
        self._deskbook = deskbook
        self._halls = halls
        self._queue = queue
        self._calls = calls
        self._presentation = presentation
        self._presence = presence
        self._sealer = sealer
        self._clock = clock
        self._policy = policy

    async def officer(self, officer: Officer) -> OfficerView:
        """The officer with the lines of their hall."""
        lines = self._halls.lines_of(officer.hall_id)
        return OfficerView(
            officer.officer_id,
            officer.name,
            officer.staff_number,
            tuple(sorted(officer.roles)),
            self._halls.hall(officer.hall_id),
            await line_views(self._queue, lines),
            self._clock.now_ms(),
        )

    async def watch(self, officer: Officer) -> DeskView:
        """The desk as it is now."""
        desk, served = (await self._records(officer.hall_id, [officer]))[officer.officer_id]
        return await self._view(
            officer, desk, served, await self._queue.snapshot(officer.hall_id, desk.line_ids, first=1)
        )

    async def board(self, officer: Officer) -> BoardView:
        """The officer's lines; all of the hall's while signed off, so that the board is never blank."""
        desk = await self._deskbook.desk(officer.officer_id)
        snapshot = await self._queue.snapshot(
            officer.hall_id, self._shown_lines(desk, officer), first=BOARD_FIRST
        )
        return await self._presentation.board(snapshot)

    async def consoles(self, hall_id: str, officers: Sequence[Officer]) -> list[Console]:
        """Desk and board of these officers of one hall, at one moment: read once for all of them, since they
        are pushed a few times a second.
        """
        records = await self._records(hall_id, officers)
        shown = {
            officer.officer_id: self._shown_lines(records[officer.officer_id][0], officer)
            for officer in officers
        }
        every = tuple(dict.fromkeys(line_id for line_ids in shown.values() for line_id in line_ids))
        snapshot = await self._queue.snapshot(hall_id, every, first=BOARD_FIRST)
        boards: dict[tuple[str, ...], BoardView] = {}
        consoles = []
        for officer in officers:
            line_ids = shown[officer.officer_id]
            own = replace(snapshot, lines=_lines(snapshot, line_ids))
            if line_ids not in boards:
                boards[line_ids] = await self._presentation.board(own)
            desk, served = records[officer.officer_id]
            consoles.append(Console(officer, await self._view(officer, desk, served, own), boards[line_ids]))
        return consoles

    async def _records(
        self, hall_id: str, officers: Sequence[Officer]
    ) -> dict[str, tuple[DeskRecord, Served]]:
        since_ms = local_day_start_ms(self._clock.now_ms(), self._halls.hall(hall_id).time_zone)
        return await self._deskbook.desks_and_served(
            [officer.officer_id for officer in officers], since_ms=since_ms
        )

    def _shown_lines(self, desk: DeskRecord, officer: Officer) -> tuple[str, ...]:
        return desk.line_ids or tuple(line.line_id for line in self._halls.lines_of(officer.hall_id))

    async def _view(
        self, officer: Officer, desk: DeskRecord, served: Served, snapshot: HallSnapshot
    ) -> DeskView:
        held = held_by(snapshot, officer.officer_id)
        state = desk_state(desk.state, held)
        waiting = sum(line.waiting for line in snapshot.lines)
        call = await self._calls.open_view(held) if held is not None else None
        return DeskView(
            state=state,
            at_ms=snapshot.at_ms,
            since_ms=desk.since_ms,
            line_ids=desk.line_ids,
            ticket=await self._held_ticket(held, call) if held is not None else None,
            actions=desk_actions(state, waiting=waiting, call_is_open=call is not None),
            call_next_refused=call_next_refused(state, waiting=waiting),
            served_today=served.count,
            mean_service_ms=served.mean_service_ms,
        )

    async def _held_ticket(self, ticket: Ticket, call: CallView | None) -> HeldTicket | None:
        case = (await self._presentation.cases_of([ticket.ticket_id])).get(ticket.ticket_id)
        return self._with_case(ticket, case, call) if case is not None else None

    def _with_case(self, ticket: Ticket, case: CaseRecord, call: CallView | None) -> HeldTicket:
        is_called = ticket.state is TicketState.CALLED and ticket.deadline_ms is not None
        return HeldTicket(
            ticket_id=ticket.ticket_id,
            case_id=case.case_id,
            case_number=case.number,
            line=self._halls.line(ticket.line_id).on_ticket,
            number=ticket.number,
            state=ticket.state,
            version=ticket.version,
            call_number=ticket.call_number,
            taxpayer_name=case.taxpayer_name,
            certificate_type=case.certificate_type.value,
            number_masked=masked(self._sealer.open(case.number_sealed)),
            question=case.question,
            issued_at_ms=ticket.issued_at_ms,
            called_at_ms=ticket.called_at_ms,
            confirmed_at_ms=ticket.confirmed_at_ms,
            deadline_ms=ticket.deadline_ms,
            deadline_span_ms=deadline_span_ms(ticket.state, self._policy),
            activation_ms=self._policy.activation_ms,
            recall_not_before_ms=(
                (ticket.deadline_ms or 0) - self._policy.confirm_ms + self._policy.recall_spacing_ms
                if is_called
                else None
            ),
            taxpayer_online=self._presence.is_online(case.taxpayer_id),
            call=call,
        )

    async def sign_on(self, officer: Officer, line_ids: Sequence[str]) -> DeskView:
        """Serve these lines of the officer's hall, in that order. Raises LineUnknown, Forbidden."""
        require_calling(officer)
        wanted = tuple(dict.fromkeys(line_ids))
        if any(self._halls.line(line_id).hall_id != officer.hall_id for line_id in wanted):
            raise LineUnknown("another hall's line")
        desk = await self._deskbook.desk(officer.officer_id)
        state = DeskState.READY if desk.state is DeskState.SIGNED_OFF else desk.state
        await self._deskbook.put(DeskRecord(officer.officer_id, wanted, state, self._clock.now_ms()))
        return await self.watch(officer)

    async def sign_off(self, officer: Officer) -> DeskView:
        """Serve no line any more. Raises DeskHoldsTicket."""
        await self._refuse_while_holding(officer)
        desk = DeskRecord(officer.officer_id, (), DeskState.SIGNED_OFF, self._clock.now_ms())
        await self._deskbook.put(desk)
        return await self.watch(officer)

    async def choose_state(self, officer: Officer, state: DeskState) -> DeskView:
        """Ready or on a break. Raises DeskStateRefused, DeskSignedOff, DeskHoldsTicket."""
        if state not in (DeskState.READY, DeskState.BREAK):
            raise DeskStateRefused("only ready and break")
        desk = await self._deskbook.desk(officer.officer_id)
        if desk.state is DeskState.SIGNED_OFF:
            raise DeskSignedOff("signed off")
        if state is DeskState.BREAK:
            await self._refuse_while_holding(officer)
        if desk.state is not state:
            await self._deskbook.put(replace(desk, state=state, since_ms=self._clock.now_ms()))
        return await self.watch(officer)

    async def _refuse_while_holding(self, officer: Officer) -> None:
        snapshot = await self._queue.snapshot(officer.hall_id, (), first=1)
        if held_by(snapshot, officer.officer_id) is not None:
            raise DeskHoldsTicket("a ticket in hand")

    async def _ready_desk(self, officer: Officer) -> DeskRecord:
        require_calling(officer)
        desk = await self._deskbook.desk(officer.officer_id)
        if desk.state is DeskState.SIGNED_OFF:
            raise DeskSignedOff("signed off")
        if desk.state is DeskState.BREAK:
            raise DeskOnBreak("on a break")
        return desk

    async def call_next(self, officer: Officer, request_id: str) -> DeskView:
        """Call the next ticket of the officer's lines. Raises NobodyWaits, DeskSignedOff, DeskOnBreak,
        OfficerBusy.
        """
        desk = await self._ready_desk(officer)
        called = await self._queue.call_next(
            officer.hall_id, officer_id=officer.officer_id, line_ids=desk.line_ids, request_id=request_id
        )
        if called is None:
            raise NobodyWaits("nobody waits")
        return await self.watch(officer)

    async def call_one(self, officer: Officer, ticket_id: str, request_id: str) -> DeskView:
        """Call one ticket out of turn. Raises LineUnknown for a line that the officer does not serve, and
        as above.
        """
        desk = await self._ready_desk(officer)
        ticket = await self._queue.ticket(officer.hall_id, ticket_id)
        if ticket.line_id not in desk.line_ids:
            raise LineUnknown("not signed on to this line")
        await self._queue.call_one(
            officer.hall_id, ticket_id, officer_id=officer.officer_id, request_id=request_id
        )
        return await self.watch(officer)

    async def recall(self, officer: Officer, ticket_id: str, call_number: int) -> DeskView:
        """Ring again. Raises StepRefused, CallStale, NotYourTicket, DeadlinePassed."""
        await self._queue.recall(
            officer.hall_id, ticket_id, officer_id=officer.officer_id, call_number=call_number
        )
        return await self.watch(officer)

    async def abandon(self, officer: Officer, ticket_id: str, call_number: int) -> DeskView:
        """弃号. Raises StepRefused, CallStale, NotYourTicket."""
        await self._queue.abandon(
            officer.hall_id, ticket_id, officer_id=officer.officer_id, call_number=call_number
        )
        return await self.watch(officer)

    async def finish(
        self, officer: Officer, ticket_id: str, call_number: int, outcome: Outcome, remark: str
    ) -> DeskView:
        """办结 or 未办成 (S29). Raises StepRefused, CallStale, NotYourTicket.

        The remark is kept first: the other way round it would be lost with a process that dies in between.
        """
        ticket = await self._queue.ticket(officer.hall_id, ticket_id)
        if ticket.state is TicketState.SERVING and ticket.officer_id == officer.officer_id:
            await self._casebook.keep_remark(ticket_id, remark)
        await self._queue.finish(
            officer.hall_id,
            ticket_id,
            officer_id=officer.officer_id,
            call_number=call_number,
            outcome=outcome.value,
        )
        await self._calls.close_of_ticket(ticket_id)
        return await self.watch(officer)

    async def open_call(self, officer: Officer, ticket_id: str) -> DeskView:
        """Another video after one was hung up. Raises NoOpenCall, TicketUnknown."""
        ticket = await self._queue.ticket(officer.hall_id, ticket_id)
        await self._calls.open_again(officer, ticket)
        return await self.watch(officer)


def _lines(snapshot: HallSnapshot, line_ids: Sequence[str]) -> tuple[LineSnapshot, ...]:
    """These lines of a snapshot, in the order asked."""
    by_id = {line.line_id: line for line in snapshot.lines}
    return tuple(by_id[line_id] for line_id in line_ids)


def held_by(snapshot: HallSnapshot, officer_id: str) -> Ticket | None:
    """The ticket in the officer's hand."""
    return next((ticket for ticket in snapshot.held if ticket.officer_id == officer_id), None)
