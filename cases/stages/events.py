"""What may happen to a case, and what has to be known of it."""

from dataclasses import dataclass
from enum import StrEnum

from cases.stages.states import Mode, Slot
from cases.views.tickets import Outcome


class Event(StrEnum):
    """What happens to a case. Those of the ticket come from the queue's journal."""

    # The taxpayer's.
    SUBMIT = "submit"
    RESUBMIT = "resubmit"
    BOOK = "book"
    CHANGE_BOOKING = "change_booking"
    CANCEL_BOOKING = "cancel_booking"
    ISSUE = "issue"
    SEND_EDIT = "send_edit"
    SEND_RECEIPT = "send_receipt"
    WITHDRAW = "withdraw"
    # The officer's.
    APPROVE = "approve"
    REJECT = "reject"
    ASK_EDIT = "ask_edit"
    ASK_PAYMENT = "ask_payment"
    CONFIRM_PAYMENT = "confirm_payment"
    RETURN_PAYMENT = "return_payment"
    FINISH_WORK = "finish_work"
    # The ticket's.
    TICKET_WAITS = "ticket_waits"
    TICKET_CALLED = "ticket_called"
    TICKET_SERVED = "ticket_served"
    TICKET_HELD = "ticket_held"
    TICKET_ABANDONED = "ticket_abandoned"
    TICKET_CANCELLED = "ticket_cancelled"
    TICKET_LOST = "ticket_lost"
    TICKET_FINISHED = "ticket_finished"
    TICKET_LAPSED = "ticket_lapsed"
    HALL_CLOSED = "hall_closed"
    # The clock's.
    WINDOW_OPENED = "window_opened"
    WINDOW_PASSED = "window_passed"
    RESUBMISSION_PASSED = "resubmission_passed"
    EDIT_PASSED = "edit_passed"
    PROMISE_PASSED = "promise_passed"
    PAYMENT_PASSED = "payment_passed"
    REBOOKING_PASSED = "rebooking_passed"
    REMINDER_DUE = "reminder_due"


class Side(StrEnum):
    """Whose event it is."""

    TAXPAYER = "taxpayer"
    OFFICER = "officer"
    TICKET = "ticket"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Facts:
    """What an event says; each event takes its own and no others (``table.NEEDS``).

    ``by_ms``: until when the other side, or the office, has to act.
    """

    mode: Mode | None = None
    slot: Slot | None = None
    by_ms: int | None = None
    outcome: Outcome | None = None
