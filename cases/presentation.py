"""How tickets are shown: the records' facts and the queue's state put together."""

from collections.abc import Mapping, Sequence
from typing import Final

from cases.calls import Calls
from cases.casebook import Casebook, OfficerRecord
from cases.deskbook import Deskbook
from cases.halls import Halls
from cases.holders import Holders, TicketHolder
from cases.states import close_reason, deadline_span_ms, taxpayer_actions
from cases.views.desks import BoardLine, BoardView, WaitingTicket
from cases.views.names import OfficerName
from cases.views.tickets import TicketView
from cases.waits import Waits, shown_wait
from queueing.policy import QueuePolicy
from queueing.states import HELD_STATES
from queueing.ticket import HallSnapshot, LineSnapshot, Position, Ticket

REMEMBERED_MAX: Final = 20_000


class Presentation:
    """Builds views. What never changes of an officer is kept in memory, of at most ``remembered_max``."""

    def __init__(
        self,
        holders: Holders,
        casebook: Casebook,
        deskbook: Deskbook,
        halls: Halls,
        calls: Calls,
        waits: Waits,
        policy: QueuePolicy,
        *,
        remembered_max: int = REMEMBERED_MAX,
    ) -> None:
        self._holders = holders
        self._casebook = casebook
        self._deskbook = deskbook
        self._halls = halls
        self._calls = calls
        self._waits = waits
        self._policy = policy
        self._remembered_max = remembered_max
        self._officers: dict[str, OfficerRecord] = {}

    async def holders_of(self, ticket_ids: Sequence[str]) -> dict[str, TicketHolder]:
        """Whose these tickets are; unknown ones are left out."""
        return await self._holders.of_tickets(ticket_ids)

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
        """The taxpayers' views of these tickets; those that nobody has a record of are left out."""
        holders = await self.holders_of([position.ticket.ticket_id for position in positions])
        return await self.of_holders(positions, holders)

    async def of_holders(
        self, positions: Sequence[Position], holders: Mapping[str, TicketHolder]
    ) -> list[TicketView]:
        """The same, where it is known whose they are."""
        counters = await self._counters([position.ticket for position in positions])
        return [
            await self._ticket(position, holders[position.ticket.ticket_id], counters)
            for position in positions
            if position.ticket.ticket_id in holders
        ]

    async def _counters(self, tickets: Sequence[Ticket]) -> Mapping[str, str | None]:
        """The counters of the officers who have called these tickets to one."""
        officer_ids = {
            ticket.officer_id
            for ticket in tickets
            if ticket.officer_id is not None
            and ticket.state in HELD_STATES
            and self._halls.is_on_site(ticket.line_id)
        }
        if not officer_ids:
            return {}
        desks = await self._deskbook.desks(sorted(officer_ids))
        return {officer_id: desk.counter for officer_id, desk in desks.items()}

    async def _ticket(
        self, position: Position, holder: TicketHolder, counters: Mapping[str, str | None]
    ) -> TicketView:
        ticket = position.ticket
        call = await self._calls.open_view(ticket)
        return TicketView(
            ticket_id=ticket.ticket_id,
            case_id=holder.case_id,
            case_number=holder.case_number,
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
            counter=counters.get(ticket.officer_id or ""),
            actions=taxpayer_actions(
                ticket,
                on_site=self._halls.is_on_site(ticket.line_id),
                reactivations_max=self._policy.reactivations_max,
                call_is_open=call is not None,
                now_ms=position.at_ms,
            ),
            call=call,
            close_reason=close_reason(ticket),
        )

    async def board(self, snapshot: HallSnapshot) -> BoardView:
        """The lines of a snapshot as an officer sees them."""
        names = await self.holders_of([ticket.ticket_id for line in snapshot.lines for ticket in line.first])
        lines = tuple(self._board_line(line, names) for line in snapshot.lines)
        order = self._halls.call_order(snapshot.hall_id)
        return BoardView(snapshot.hall_id, snapshot.version, snapshot.at_ms, lines, order)

    def _board_line(self, line: LineSnapshot, holders: Mapping[str, TicketHolder]) -> BoardLine:
        waiting = tuple(
            self._waiting(ticket, holders[ticket.ticket_id])
            for ticket in line.first
            if ticket.ticket_id in holders
        )
        return BoardLine(
            self._halls.line(line.line_id).on_ticket, line.waiting, line.oldest_issued_at_ms, waiting
        )

    def _waiting(self, ticket: Ticket, holder: TicketHolder) -> WaitingTicket:
        return WaitingTicket(
            ticket_id=ticket.ticket_id,
            number=ticket.number,
            taxpayer_name=holder.named.name if holder.named is not None else None,
            topic=self._halls.line(ticket.line_id).name,
            priority=ticket.priority.name.lower(),
            issued_at_ms=ticket.issued_at_ms,
            reactivated=ticket.reactivations > 0,
        )
