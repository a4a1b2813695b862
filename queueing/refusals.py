"""What the functions' refusals mean."""

from typing import Final

from queueing import codec
from queueing.codec import text
from queueing.errors import (
    CallStale,
    DeadlinePassed,
    HallClosed,
    HoldsFull,
    LineFull,
    NotYourTicket,
    OfficerBusy,
    QueueError,
    ReactivationsSpent,
    SlotNotStarted,
    StepRefused,
    TicketExists,
    TicketUnknown,
)
from queueing.functions import Reply
from queueing.states import Step

DONE: Final = frozenset({"ok", "already"})
"""The codes of answers that have the ticket as it is now."""
_PLAIN_REFUSALS: Final[dict[str, tuple[type[QueueError], str]]] = {
    "stale": (CallStale, "the call is not the ticket's current one"),
    "owner": (NotYourTicket, "another officer holds the ticket"),
    "late": (DeadlinePassed, "the deadline has passed"),
    "early": (SlotNotStarted, "the booked slot has not started"),
    "exists": (TicketExists, "the ticket id was issued with another content"),
    "full": (LineFull, "the line is full"),
    "holds": (HoldsFull, "the officer has too many tickets on hold"),
    "spent": (ReactivationsSpent, "the ticket was taken back too often"),
    "closed": (HallClosed, "the hall is closed"),
}


def refusal(code: str, reply: Reply, hall_id: str, ticket_id: str, step: Step) -> QueueError:
    """The error for an answer whose code is not in DONE. Raises KeyError for a code that no function has."""
    if code == "gone":
        return TicketUnknown(ticket_id)
    if code == "state":
        return StepRefused(codec.ticket(hall_id, text(reply[1])).state, step)
    if code == "busy":
        return OfficerBusy(codec.ticket(hall_id, text(reply[1])))
    kind, message = _PLAIN_REFUSALS[code]
    return kind(message)
