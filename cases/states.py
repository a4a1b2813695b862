"""What a ticket's state means for its case, and which actions follow from it. Pure.

A consult case is open as long as its ticket is (DOMAIN.md, the case: handling). Cases with forms, review and
booking come with their own stages; this table is their handling stage too.
"""

from collections.abc import Mapping
from types import MappingProxyType

from cases.views import CloseReason, DeskAction, DeskState, Outcome, TicketAction
from queueing.policy import QueuePolicy
from queueing.states import TicketState
from queueing.ticket import Ticket

CLOSE_REASONS: Mapping[tuple[TicketState, str | None], CloseReason] = MappingProxyType(
    {
        (TicketState.FINISHED, Outcome.COMPLETED.value): CloseReason.COMPLETED,
        (TicketState.FINISHED, Outcome.UNSUCCESSFUL.value): CloseReason.COMPLETED_UNSUCCESSFULLY,
        (TicketState.CANCELLED, None): CloseReason.TICKET_CANCELLED,
        (TicketState.LAPSED, None): CloseReason.NOT_REACTIVATED,
    }
)


def close_reason(ticket: Ticket) -> CloseReason | None:
    """Why the ticket's case is closed; none while it is open."""
    return CLOSE_REASONS.get((ticket.state, ticket.outcome))


def taxpayer_actions(
    ticket: Ticket, *, reactivations_max: int, call_is_open: bool, now_ms: int
) -> tuple[TicketAction, ...]:
    """What the taxpayer may do with the ticket at ``now_ms``."""
    in_time = ticket.deadline_ms is None or now_ms < ticket.deadline_ms
    match ticket.state:
        case TicketState.WAITING:
            return (TicketAction.CANCEL,)
        case TicketState.CALLED if in_time:
            return (TicketAction.CONFIRM,)
        case TicketState.SERVING if call_is_open:
            return (TicketAction.JOIN_CALL,)
        case TicketState.ABANDONED if in_time and ticket.reactivations < reactivations_max:
            return (TicketAction.REACTIVATE, TicketAction.CANCEL)
        case TicketState.ABANDONED:
            return (TicketAction.CANCEL,)
        case _:
            return ()


def deadline_span_ms(state: TicketState, policy: QueuePolicy) -> int | None:
    """How long a ticket in that state has until its deadline; none in a state without one."""
    match state:
        case TicketState.CALLED:
            return policy.confirm_ms
        case TicketState.ABANDONED:
            return policy.activation_ms
        case _:
            return None


def desk_state(chosen: DeskState, held: Ticket | None) -> DeskState:
    """An officer's state: what the ticket in hand makes it, else what they chose."""
    if held is None:
        return chosen
    return DeskState.CALLED if held.state is TicketState.CALLED else DeskState.SERVING


def call_next_refused(state: DeskState, *, waiting: int) -> str | None:
    """Why the next one may not be called; none where it may. The codes are those of ``cases.errors``."""
    match state:
        case DeskState.SIGNED_OFF:
            return "signed_off"
        case DeskState.BREAK:
            return "on_break"
        case DeskState.CALLED | DeskState.SERVING:
            return "holds_ticket"
        case DeskState.READY:
            return None if waiting else "nobody_waits"


def desk_actions(state: DeskState, *, waiting: int, call_is_open: bool) -> tuple[DeskAction, ...]:
    """What the officer may do now."""
    match state:
        case DeskState.SIGNED_OFF:
            return ()
        case DeskState.BREAK:
            return (DeskAction.READY, DeskAction.SIGN_OFF)
        case DeskState.READY:
            calling = (DeskAction.CALL_NEXT, DeskAction.CALL_ONE) if waiting else ()
            return (*calling, DeskAction.BREAK, DeskAction.SIGN_OFF)
        case DeskState.CALLED:
            return (DeskAction.RECALL, DeskAction.ABANDON)
        case DeskState.SERVING:
            opening = () if call_is_open else (DeskAction.OPEN_CALL,)
            return (*opening, DeskAction.FINISH)
