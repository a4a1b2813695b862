"""What a person is shown of casework. As in ``cases.views``: times are UTC ms, pages count by ``at_ms``."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cases.stages.events import Event
from cases.stages.states import (
    BookingState,
    FormState,
    HandlingState,
    Mode,
    PaymentState,
    ReviewState,
)
from cases.views.calls import CallHeld
from cases.views.desks import TransferHeld
from cases.views.names import Bilingual, HallView, OfficerName
from cases.views.tickets import CloseReason


class CaseFormState(StrEnum):
    """未提交, 已提交 (and approved or not, as the review of its case is)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"


@dataclass(frozen=True, slots=True)
class FormFaultView:
    """What is wrong with a form: form id and path of the field, a stable code, and the sentence of it."""

    field: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class FormSummary:
    """One form of a case. ``version``: of its last saving, 0 where it was never saved."""

    case_form_id: str
    form_id: str
    name: Bilingual
    required: bool
    state: CaseFormState
    version: int
    saved_at_ms: int
    submitted_at_ms: int | None


@dataclass(frozen=True, slots=True)
class FormView:
    """A form with what is in it. ``faults``: what would keep it from being submitted now."""

    summary: FormSummary
    values: dict[str, Any]
    faults: tuple[FormFaultView, ...]
    editable: bool


@dataclass(frozen=True, slots=True)
class MyForm:
    """A form in 我的填单 (S12). ``actions``: of continue, delete, copy."""

    form: FormSummary
    case_id: str
    case_number: str
    topic_id: str
    topic: Bilingual
    review: ReviewState
    closed: CloseReason | None
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MyForms:
    """A page of them; ``next_cursor``: none on the last page."""

    at_ms: int
    forms: tuple[MyForm, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class FaultView:
    """One thing that a review found wrong (5.1 of the reasons): what, where, and what to do."""

    reason: str
    form_id: str
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class ReviewView:
    """审核反馈."""

    at_ms: int
    approved: bool
    officer: OfficerName | None
    faults: tuple[FaultView, ...]
    resubmit_by_ms: int | None


@dataclass(frozen=True, slots=True)
class PaymentView:
    """支付: what was asked for, the receipts, and what the officer said of them. No money moves here."""

    payment_id: str
    amount_fen: int
    purpose: str
    state: PaymentState
    version: int
    asked_at_ms: int
    due_at_ms: int
    receipt_file_ids: tuple[str, ...]
    receipt_text: str
    receipt_at_ms: int | None
    remark: str
    result_at_ms: int | None


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """The booked slot and the window in which its ticket is issued."""

    booking_id: str
    hall: HallView
    slot_start_ms: int
    slot_end_ms: int
    window_opens_ms: int
    window_closes_ms: int


@dataclass(frozen=True, slots=True)
class CaseHappening:
    """Something that happened to a case or its ticket."""

    at_ms: int
    what: str
    cause: str
    officer: OfficerName | None


@dataclass(frozen=True, slots=True)
class ReviewLease:
    """Which officer has a case to review to themselves, and until when if they do not go on (UTC ms)."""

    officer: OfficerName
    until_ms: int


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A case in a list (S14). ``next_by_ms``: until when the taxpayer has to do the next step, or from when
    the ticket is there; ``actions``: what the reader may do now; ``unread``: messages of the other side
    that the reader's side has not read (S25). ``taxpayer_name``, ``review_lease``, ``worker`` (who does it in
    the back office): told to officers only.
    """

    case_id: str
    number: str
    mode: Mode
    topic_id: str | None
    topic: Bilingual
    hall: HallView
    form: FormState
    review: ReviewState
    booking: BookingState
    handling: HandlingState
    payment: PaymentState
    booked: BookingFacts | None
    resubmit_by_ms: int | None
    edit_by_ms: int | None
    promised_by_ms: int | None
    payment_by_ms: int | None
    rebook_by_ms: int | None
    ticket_id: str | None
    opened_at_ms: int
    closed_at_ms: int | None
    close_reason: CloseReason | None
    version: int
    actions: tuple[Event, ...]
    unread: int
    taxpayer_name: str | None
    review_lease: ReviewLease | None
    worker: OfficerName | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for an officer: unread messages of the taxpayers, forms to review, cases of the back office,
    and those of them past the promised time. Counted where the officer may see it, 0 elsewhere.
    """

    at_ms: int
    unread: int
    reviews: int
    work: int
    work_overdue: int


@dataclass(frozen=True, slots=True)
class CaseSummaries:
    """A page of cases."""

    at_ms: int
    cases: tuple[CaseSummary, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything of one case (S16): the four stages with their times, and what happened. ``calls``: the
    latest video calls, and how good their connections were; ``transfers``: the latest ones of its tickets.
    Both are told to officers only.
    """

    at_ms: int
    case: CaseSummary
    form_at_ms: int | None
    review_at_ms: int | None
    booking_at_ms: int | None
    handling_at_ms: int | None
    description: str
    remark: str
    agent_name: str | None
    forms: tuple[FormSummary, ...]
    reviews: tuple[ReviewView, ...]
    payments: tuple[PaymentView, ...]
    happenings: tuple[CaseHappening, ...]
    events_cut: bool
    """Whether older things that happened were left out."""
    calls: tuple[CallHeld, ...]
    transfers: tuple[TransferHeld, ...]
