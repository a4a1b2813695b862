"""The tickets that an officer has, in hand and on hold, with the cases beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cases.certificates import masked
from cases.halls import Halls
from cases.holders import TicketHolder
from cases.presentation import Presentation
from cases.sealing import Sealer
from cases.states import deadline_span_ms, on_hold_actions
from cases.transfers import Transfers
from cases.views.calls import CallView
from cases.views.desks import DeskState, HeldTicket, TicketOnHold, TransferNote
from queueing.policy import QueuePolicy
from queueing.states import TicketState
from queueing.ticket import HallSnapshot, Ticket


class Presence(Protocol):
    """Whether somebody has a page open just now."""

    def is_online(self, taxpayer_id: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class HoldSetting:
    """What the keys of a ticket on hold depend on: the desk's state, and whether the hall takes transfers."""

    state: DeskState
    hall_is_open: bool
    now_ms: int


def held_by(snapshot: HallSnapshot, officer_id: str) -> Ticket | None:
    """The ticket in the officer's hand."""
    return next((ticket for ticket in snapshot.held if ticket.officer_id == officer_id), None)


def on_hold_of(snapshot: HallSnapshot, officer_id: str) -> list[Ticket]:
    """What the officer put aside, in the order of the deadlines."""
    own = [ticket for ticket in snapshot.on_hold if ticket.officer_id == officer_id]
    return sorted(own, key=lambda ticket: (ticket.deadline_ms or 0, ticket.ticket_id))


class HeldTickets:
    """Builds their views. Methods raise RecordsUnavailable."""

    def __init__(
        self,
        presentation: Presentation,
        halls: Halls,
        transfers: Transfers,
        presence: Presence,
        sealer: Sealer,
        policy: QueuePolicy,
    ) -> None:
        self._presentation = presentation
        self._halls = halls
        self._transfers = transfers
        self._presence = presence
        self._sealer = sealer
        self._policy = policy

    async def in_hand(self, ticket: Ticket, call: CallView | None) -> HeldTicket | None:
        """The ticket in hand with its open call; none for one that nobody has a record of."""
        holder = (await self._presentation.holders_of([ticket.ticket_id])).get(ticket.ticket_id)
        if holder is None:
            return None
        note = await self._transfers.note_of(ticket.ticket_id, ticket.line_id)
        return self._in_hand(ticket, holder, call, note)

    def _is_online(self, holder: TicketHolder) -> bool:
        return holder.taxpayer_id is not None and self._presence.is_online(holder.taxpayer_id)

    def _in_hand(
        self, ticket: Ticket, holder: TicketHolder, call: CallView | None, note: TransferNote | None
    ) -> HeldTicket:
        named = holder.named
        is_called = ticket.state is TicketState.CALLED and ticket.deadline_ms is not None
        return HeldTicket(
            ticket_id=ticket.ticket_id,
            case_id=holder.case_id,
            case_number=holder.case_number,
            line=self._halls.line(ticket.line_id).on_ticket,
            number=ticket.number,
            state=ticket.state,
            version=ticket.version,
            call_number=ticket.call_number,
            taxpayer_name=named.name if named is not None else None,
            certificate_type=named.certificate_type.value if named is not None else None,
            number_masked=masked(self._sealer.open(named.number_sealed)) if named is not None else None,
            question=holder.question,
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
            taxpayer_online=self._is_online(holder),
            call=call,
            note=note,
        )

    async def on_hold(self, tickets: Sequence[Ticket], setting: HoldSetting) -> tuple[TicketOnHold, ...]:
        """Tickets that an officer put aside, in the order given; those without a record are left out."""
        holders = await self._presentation.holders_of([ticket.ticket_id for ticket in tickets])
        return tuple(
            self._on_hold(ticket, holders[ticket.ticket_id], setting)
            for ticket in tickets
            if ticket.ticket_id in holders
        )

    def _on_hold(self, ticket: Ticket, holder: TicketHolder, setting: HoldSetting) -> TicketOnHold:
        return TicketOnHold(
            ticket_id=ticket.ticket_id,
            case_id=holder.case_id,
            case_number=holder.case_number,
            line=self._halls.line(ticket.line_id).on_ticket,
            number=ticket.number,
            version=ticket.version,
            call_number=ticket.call_number,
            taxpayer_name=holder.named.name if holder.named is not None else None,
            question=holder.question,
            issued_at_ms=ticket.issued_at_ms,
            deadline_ms=ticket.deadline_ms,
            deadline_span_ms=deadline_span_ms(ticket.state, self._policy),
            taxpayer_online=self._is_online(holder),
            actions=on_hold_actions(
                setting.state,
                can_transfer=setting.hall_is_open and bool(self._halls.others_of(ticket.line_id)),
                deadline_ms=ticket.deadline_ms,
                now_ms=setting.now_ms,
            ),
        )
