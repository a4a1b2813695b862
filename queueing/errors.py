"""The errors of the ticket queue. Every leaf has a stable `code`, which edges may show and clients may
compare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from queueing.states import Step, TicketState
    from queueing.ticket import Ticket


class QueueError(Exception):
    """The root: whatever the queue refuses or cannot do."""

    code: ClassVar[str] = "queue_error"


class TicketUnknown(QueueError):
    """No such ticket in this hall, or it ended longer ago than ended tickets are kept."""

    code = "ticket_unknown"

    def __init__(self, ticket_id: str) -> None:
        super().__init__(f"ticket {ticket_id} is unknown")
        self.ticket_id = ticket_id


class StepRefused(QueueError):
    """The ticket's state forbids the step (`state` None: the ticket does not exist yet)."""

    code = "step_refused"

    def __init__(self, state: TicketState | None, step: Step) -> None:
        super().__init__(f"{step} is refused: the ticket is {state or 'not there'}")
        self.state = state
        self.step = step


class CallStale(QueueError):
    """The step names a call that is not the ticket's current one, or a request id that called another
    ticket.
    """

    code = "call_stale"


class NotYourTicket(QueueError):
    """Another officer holds the ticket."""

    code = "not_your_ticket"


class OfficerBusy(QueueError):
    """The officer already holds a ticket (`held`), and has to abandon or finish it first."""

    code = "officer_busy"

    def __init__(self, held: Ticket) -> None:
        super().__init__(f"the officer still holds ticket {held.ticket_id}")
        self.held = held


class DeadlinePassed(QueueError):
    """Too late by the clock of Redis, whether or not the timer has already run."""

    code = "deadline_passed"


class SlotNotStarted(QueueError):
    """A ticket with a booked slot is not given up before the slot starts."""

    code = "slot_not_started"


class HallClosed(QueueError):
    """The hall takes no tickets now."""

    code = "hall_closed"


class HoldsFull(QueueError):
    """The officer has as many tickets on hold as the policy allows."""

    code = "holds_full"


class TicketExists(QueueError):
    """This ticket id was issued before, with another content."""

    code = "ticket_exists"


class BookingTaken(QueueError):
    """The booking already has a ticket that was not cancelled (`ticket_id`)."""

    code = "booking_has_ticket"

    def __init__(self, booking_id: str, ticket_id: str) -> None:
        super().__init__(f"booking {booking_id} has ticket {ticket_id}")
        self.booking_id = booking_id
        self.ticket_id = ticket_id


class LineFull(QueueError):
    """As many tickets wait in the line as the policy allows."""

    code = "line_full"


class ReactivationsSpent(QueueError):
    """The ticket was taken back as often as the policy allows."""

    code = "reactivations_spent"


class IdentifierInvalid(QueueError):
    """A hall, line, ticket, officer, booking or request id (or a letter, a day, an outcome) has a wrong
    form.
    """

    code = "identifier_invalid"

    def __init__(self, kind: str) -> None:
        # The value is left out: it is unchecked input and must not reach a log.
        super().__init__(f"the {kind} has a wrong form")
        self.kind = kind


class QueueUnavailable(QueueError):
    """Redis does not answer, or cannot take writes. The step may or may not have been applied: repeat it."""

    code = "queue_unavailable"


class HallFrozen(QueueUnavailable):
    """The hall lost steps that somebody has seen, and is being built anew from the records. Repeat it
    later.
    """

    code = "hall_frozen"


class RebuildLost(QueueError):
    """Another process builds the hall anew now, or Redis lost a part of what this one did: it has to begin
    again, or let the other one.
    """

    code = "rebuild_lost"


class WireBroken(QueueUnavailable):
    """A connection was lost or cannot be made, or its answers stayed away: another one may do."""


class WireRefused(QueueUnavailable):
    """The server does not let us in: the log-in or the database of the address is wrong."""

    code = "queue_refused"


class RedisAddressInvalid(QueueError, ValueError):
    """The address of Redis cannot be used; the message says why, without repeating any of it."""

    code = "redis_address_invalid"


class JournalBroken(QueueError):
    """What follows a cursor is not what followed it before: whoever reads has to resynchronise."""

    code = "journal_broken"

    def __init__(self, hall_id: str, message: str) -> None:
        super().__init__(message)
        self.hall_id = hall_id


class JournalFork(JournalBroken):
    """Redis lost acknowledged steps: the cursor's entry is gone, or its version has another time."""

    code = "journal_fork"


class JournalGap(JournalBroken):
    """Entries after the cursor were trimmed before they were read."""

    code = "journal_gap"
