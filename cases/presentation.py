"""How tickets are shown: the records' facts and the queue's state put together."""

from collections.abc import Sequence
from typing import Final

from cases.calls import Calls
from cases.casebook import Casebook, CaseRecord, OfficerRecord
from cases.halls import Halls
from cases.states import close_reason, deadline_span_ms, taxpayer_actions
from cases.views import BoardLine, BoardView, OfficerName, TicketView, WaitingTicket
from cases.waits import Waits, shown_wait
from queueing.policy import QueuePolicy
from queueing.ticket import HallSnapshot, LineSnapshot, Position, Ticket

REMEMBERED_MAX: Final = 20_000


class Presentation:
    """Builds views. What never changes of a case or an officer is kept in memory, at most
    ``remembered_max`` of each.
    """

    def __init__(
        self,
        casebook: Casebook,
        halls: Halls,
        calls: Calls,
        waits: Waits,
        policy: QueuePolicy,
        *,
        remembered_max: int = REMEMBERED_MAX,
    ) -> None:
        self._casebook = casebook
        self._halls = halls
        self._calls = calls
        self._waits = waits
        self._policy = policy
        self._remembered_max = remembered_max
        self._cases: dict[str, CaseRecord] = {}
        self._officers: dict[str, OfficerRecord] = {}

    async def cases_of(self, ticket_ids: Sequence[str]) -> dict[str, CaseRecord]:
        """The cases of tickets; ``closed_at_ms`` may be older than the records. Unknown ones are left out."""
        known = {ticket_id: self._cases[ticket_id] for ticket_id in ticket_ids if ticket_id in self._cases}
        found = await self._casebook.of_tickets(
            [ticket_id for ticket_id in ticket_ids if ticket_id not in known]
        )
        if len(self._cases) + len(found) > self._remembered_max:
            self._cases.clear()
        self._cases.update(found)
        return known | found

    async def officer_name(self, officer_id: str | None) -> OfficerName | None:
        if officer_id is None:
            return None
        if officer_id not in self._officers:
            if len(self._officers) >= self._remembered_max:
                self._officers.clear()
            self._officers.update(await self._casebook.officers([officer_id]))
        record = self._officers.get(officer_id)
        return OfficerName(record.name, record.staff_number) if record is not None else None

    async def tickets(self, positions: Sequence[Position]) -> list[TicketView]:
        """The taxpayers' views of these tickets; those without a case are left out."""
        cases = await self.cases_of([position.ticket.ticket_id for position in positions])
        return [
            await self._ticket(position, cases[position.ticket.ticket_id])
            for position in positions
            if position.ticket.ticket_id in cases
        ]

    async def _ticket(self, position: Position, case: CaseRecord) -> TicketView:
        ticket = position.ticket
        call = await self._calls.open_view(ticket)
        return TicketView(
            ticket_id=ticket.ticket_id,
            case_id=case.case_id,
            case_number=case.number,
            hall=self._halls.hall(ticket.hall_id),
            line=self._halls.line(ticket.line_id).on_ticket,
            number=ticket.number,
            state=ticket.state,
            version=position.version,
            at_ms=position.at_ms,
            issued_at_ms=ticket.issued_at_ms,
            ahead=position.ahead,
            place=ticket.place,
            wait=shown_wait(self._waits.pace(ticket.hall_id, ticket.line_id), position.ahead),
            waiting=position.waiting,
            call_number=ticket.call_number,
            called_at_ms=ticket.called_at_ms,
            deadline_ms=ticket.deadline_ms,
            deadline_span_ms=deadline_span_ms(ticket.state, self._policy),
            activation_ms=self._policy.activation_ms,
            reactivations_left=max(0, self._policy.reactivations_max - ticket.reactivations),
            officer=await self.officer_name(ticket.officer_id),
            actions=taxpayer_actions(
                ticket,
                reactivations_max=self._policy.reactivations_max,
                call_is_open=call is not None,
                now_ms=position.at_ms,
            ),
            call=call,
            close_reason=close_reason(ticket),
        )

    async def board(self, snapshot: HallSnapshot) -> BoardView:
        """The lines of a snapshot as an officer sees them."""
        names = await self.cases_of([ticket.ticket_id for line in snapshot.lines for ticket in line.first])
        lines = tuple(self._board_line(line, names) for line in snapshot.lines)
        order = self._halls.call_order(snapshot.hall_id)
        return BoardView(snapshot.hall_id, snapshot.version, snapshot.at_ms, lines, order)

    def _board_line(self, line: LineSnapshot, cases: dict[str, CaseRecord]) -> BoardLine:
        waiting = tuple(
            self._waiting(ticket, cases[ticket.ticket_id])
            for ticket in line.first
            if ticket.ticket_id in cases
        )
        return BoardLine(
            self._halls.line(line.line_id).on_ticket, line.waiting, line.oldest_issued_at_ms, waiting
        )

    def _waiting(self, ticket: Ticket, case: CaseRecord) -> WaitingTicket:
        return WaitingTicket(
            ticket_id=ticket.ticket_id,
            number=ticket.number,
            taxpayer_name=case.taxpayer_name,
            topic=self._halls.line(ticket.line_id).name,
            priority=ticket.priority.name.lower(),
            issued_at_ms=ticket.issued_at_ms,
            reactivated=ticket.reactivations > 0,
        )
