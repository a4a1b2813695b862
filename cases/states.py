"""What a ticket's state means for its case, and which actions follow from it. Pure.

A consult case is open as long as its ticket is (DOMAIN.md, the case: handling). Cases with forms, review and
booking come with their own stages; this table is their handling stage too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cases.views.desks import DeskAction, DeskState
from cases.views.tickets import CloseReason, Outcome, TicketAction
from queueing.policy import QueuePolicy
from queueing.states import TicketState
from queueing.ticket import Ticket

CLOSE_REASONS: Mapping[tuple[TicketState, str | None], CloseReason] = MappingProxyType(
    {
        (TicketState.FINISHED, Outcome.COMPLETED.value): CloseReason.COMPLETED,
        (TicketState.FINISHED, Outcome.UNSUCCESSFUL.value): CloseReason.COMPLETED_UNSUCCESSFULLY,
        (TicketState.CANCELLED, None): CloseReason.TICKET_CANCELLED,
        (TicketState.CANCELLED, CloseReason.HALL_CLOSED.value): CloseReason.HALL_CLOSED,
        (TicketState.LAPSED, None): CloseReason.NOT_REACTIVATED,
    }
)


def close_reason(ticket: Ticket) -> CloseReason | None:
    """Why the ticket's case is closed; none while it is open."""
    return CLOSE_REASONS.get((ticket.state, ticket.outcome))


def taxpayer_actions(
    ticket: Ticket, *, on_site: bool, reactivations_max: int, call_is_open: bool, now_ms: int
) -> tuple[TicketAction, ...]:
    """What the taxpayer may do with the ticket at ``now_ms``. A call to a counter is answered by coming."""
    in_time = ticket.deadline_ms is None or now_ms < ticket.deadline_ms
    match ticket.state:
        case TicketState.WAITING:
            return (TicketAction.CANCEL,)
        case TicketState.CALLED if in_time and not on_site:
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
        case TicketState.ON_HOLD:
            return policy.hold_ms
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A desk without regard to the ticket in hand: signed off, ready, on a break or in wrap-up.

    ``wrap_up_until_ms``: in wrap-up, when it ends by itself.
    """

    state: DeskState
    since_ms: int
    wrap_up_until_ms: int | None = None


def chosen_state(stored: DeskState, since_ms: int, *, wrap_up_ms: int, now_ms: int) -> Chosen:
    """What the stored state is at ``now_ms``: wrap-up is over by itself after ``wrap_up_ms``."""
    if stored is not DeskState.WRAP_UP:
        return Chosen(stored, since_ms)
    until_ms = since_ms + wrap_up_ms
    if now_ms >= until_ms:
        return Chosen(DeskState.READY, until_ms)
    return Chosen(DeskState.WRAP_UP, since_ms, until_ms)


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
        case DeskState.READY | DeskState.WRAP_UP:
            return None if waiting else "nobody_waits"


@dataclass(frozen=True, slots=True)
class Around:
    """What an officer's keys depend on besides the desk's own state.

    ``waiting``: people in the officer's lines; ``on_hold``: tickets that the officer put aside; ``can_hold``:
    whether one more may be; ``can_transfer``: the hall is open and has another line for the ticket in hand;
    ``on_site``: whether the ticket in hand is called to the counter, without video.
    """

    waiting: int = 0
    call_is_open: bool = False
    on_hold: int = 0
    can_hold: bool = True
    can_transfer: bool = True
    on_site: bool = False


def desk_actions(state: DeskState, around: Around) -> tuple[DeskAction, ...]:
    """What the officer may do now."""
    transfer = (DeskAction.TRANSFER,) if around.can_transfer else ()
    match state:
        case DeskState.SIGNED_OFF:
            return ()
        case DeskState.BREAK:
            return (DeskAction.READY, DeskAction.SIGN_OFF)
        case DeskState.READY | DeskState.WRAP_UP:
            ready = (DeskAction.READY,) if state is DeskState.WRAP_UP else ()
            calling = (DeskAction.CALL_NEXT, DeskAction.CALL_ONE) if around.waiting else ()
            resume = (DeskAction.RESUME,) if around.on_hold else ()
            return (*calling, *resume, *ready, DeskAction.BREAK, DeskAction.SIGN_OFF)
        case DeskState.CALLED:
            arrived = (DeskAction.ARRIVED,) if around.on_site else ()
            return (*arrived, DeskAction.RECALL, DeskAction.ABANDON, DeskAction.REQUEUE, *transfer)
        case DeskState.SERVING:
            opening = () if around.call_is_open or around.on_site else (DeskAction.OPEN_CALL,)
            hold = (DeskAction.HOLD,) if around.can_hold else ()
            return (*opening, DeskAction.FINISH, *hold, DeskAction.REQUEUE, *transfer)


def on_hold_actions(
    state: DeskState, *, can_transfer: bool, deadline_ms: int | None, now_ms: int
) -> tuple[DeskAction, ...]:
    """What an officer whose desk is in ``state`` may do with a ticket on hold."""
    in_time = deadline_ms is None or now_ms < deadline_ms
    resume = (DeskAction.RESUME,) if state in (DeskState.READY, DeskState.WRAP_UP) and in_time else ()
    transfer = (DeskAction.TRANSFER,) if can_transfer else ()
    return (*resume, DeskAction.REQUEUE, *transfer)
