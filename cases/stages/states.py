"""The states of a case's stages, and a case as far as its rules are concerned (DOMAIN.md, the case)."""

from dataclasses import dataclass
from enum import StrEnum

from cases.views.tickets import CloseReason


class _State(StrEnum):
    """One of the words of a table: looked up so often that it is hashed as the word that it is."""

    __hash__ = str.__hash__


class Mode(_State):
    """How a case is handled. UNDECIDED: a draft whose taxpayer has not chosen yet."""

    CONSULT = "consult"
    UNDECIDED = "undecided"
    ASSIST = "assist"
    """在线帮办: over a video call, with a booked time and a ticket."""
    BACKOFFICE = "backoffice"
    """后台帮办: officers finish it without the taxpayer being online."""


class FormState(_State):
    """表单填写."""

    NONE = "none"
    DRAFT = "draft"
    SUBMITTED = "submitted"


class ReviewState(_State):
    """审核."""

    NONE = "none"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class BookingState(_State):
    """预约办税."""

    NONE = "none"
    BOOKED = "booked"
    CANCELLED = "cancelled"


class HandlingState(_State):
    """办理. ISSUABLE is never stored: NOT_DUE is shown as that inside the issue window (``table.shown``)."""

    NONE = "none"
    NOT_DUE = "not_due"
    ISSUABLE = "issuable"
    QUEUED = "queued"
    CALLED = "called"
    SERVING = "serving"
    ON_HOLD = "on_hold"
    ABANDONED = "abandoned"
    WORKING = "working"
    """Officers work on it without the taxpayer."""
    EDITING = "editing"
    """An officer asked for another version of the forms, and waits for it."""
    DONE = "done"


class PaymentState(_State):
    """支付, beside the handling."""

    NONE = "none"
    ASKED = "asked"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    CONFIRMED = "confirmed"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Slot:
    """A booked time, and the window in which its ticket is issued; the end of each is not part of it."""

    booking_id: str
    start_ms: int
    end_ms: int
    opens_ms: int
    closes_ms: int


@dataclass(frozen=True, slots=True)
class CaseState:
    """What decides about a case. The ``…_by_ms``: until when somebody has to act; none: nobody has to."""

    mode: Mode
    form: FormState = FormState.NONE
    review: ReviewState = ReviewState.NONE
    booking: BookingState = BookingState.NONE
    handling: HandlingState = HandlingState.NONE
    payment: PaymentState = PaymentState.NONE
    slot: Slot | None = None
    resubmit_by_ms: int | None = None
    edit_by_ms: int | None = None
    promised_by_ms: int | None = None
    payment_by_ms: int | None = None
    rebook_by_ms: int | None = None
    closed: CloseReason | None = None
