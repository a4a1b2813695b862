"""The one table of what may happen to a case, and the functions that read it. Pure; times are UTC ms.

``apply`` makes a transition or refuses it, ``allowed`` tells which of a side's events would not be refused
now: the pages show these as their buttons. ``deadlines`` tells what the clock has to do for a case.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from cases.stages.errors import (
    CaseClosed,
    CaseRefused,
    DeadlineOver,
    NotApproved,
    TicketTaken,
    WindowNotOpen,
    WindowOver,
)
from cases.stages.events import Event, Facts, Side
from cases.stages.states import (
    BookingState,
    CaseState,
    FormState,
    HandlingState,
    Mode,
    PaymentState,
    ReviewState,
)
from cases.views.tickets import CloseReason, Outcome

Refusal = type[CaseRefused]
Guard = Callable[[CaseState, Facts, int], Refusal | None]
Change = Callable[[CaseState, Facts], CaseState]

ANY: Final[frozenset[Any]] = frozenset()
"""A rule that does not look at a stage."""
WITH_TICKET: Final = frozenset(
    {
        HandlingState.QUEUED,
        HandlingState.CALLED,
        HandlingState.SERVING,
        HandlingState.ON_HOLD,
        HandlingState.ABANDONED,
    }
)
IN_HAND: Final = frozenset({HandlingState.CALLED, HandlingState.SERVING, HandlingState.ON_HOLD})
AT_WORK: Final = frozenset({HandlingState.SERVING, HandlingState.ON_HOLD, HandlingState.WORKING})


@dataclass(frozen=True, slots=True)
class Rule:
    """In which states an event may happen (``ANY``: whatever the stage is in), what forbids it even then, and
    what it makes of the case.
    """

    side: Side
    change: Change
    modes: frozenset[Mode] = frozenset({Mode.ASSIST, Mode.BACKOFFICE})
    form: frozenset[FormState] = ANY
    review: frozenset[ReviewState] = ANY
    booking: frozenset[BookingState] = ANY
    handling: frozenset[HandlingState] = ANY
    payment: frozenset[PaymentState] = ANY
    guards: tuple[Guard, ...] = field(default=())

    def fits(self, case: CaseState) -> bool:
        """Whether the case is in states of which the event is."""
        return (
            case.mode in self.modes
            and (not self.form or case.form in self.form)
            and (not self.review or case.review in self.review)
            and (not self.booking or case.booking in self.booking)
            and (not self.handling or case.handling in self.handling)
            and (not self.payment or case.payment in self.payment)
        )


def _to(**states: Any) -> Change:
    return lambda case, _facts: replace(case, **states)


def _closed(reason: CloseReason, **states: Any) -> Change:
    return lambda case, _facts: replace(case, closed=reason, **states)


def _submitted(case: CaseState, facts: Facts) -> CaseState:
    mode = facts.mode or case.mode
    booked = BookingState.BOOKED if mode is Mode.ASSIST else BookingState.NONE
    return replace(
        case,
        mode=mode,
        form=FormState.SUBMITTED,
        review=ReviewState.PENDING,
        booking=booked,
        handling=HandlingState.NOT_DUE,
        slot=facts.slot,
        promised_by_ms=facts.by_ms,
    )


def _approved(case: CaseState, _facts: Facts) -> CaseState:
    handling = HandlingState.WORKING if case.mode is Mode.BACKOFFICE else case.handling
    return replace(case, review=ReviewState.APPROVED, handling=handling)


def _resubmitted(case: CaseState, facts: Facts) -> CaseState:
    # 补正时间不计入: what was promised is counted anew.
    promised = facts.by_ms if case.mode is Mode.BACKOFFICE else case.promised_by_ms
    return replace(case, review=ReviewState.PENDING, resubmit_by_ms=None, promised_by_ms=promised)


def _booking_cancelled(case: CaseState, facts: Facts) -> CaseState:
    after = replace(case, booking=BookingState.CANCELLED, slot=None, rebook_by_ms=facts.by_ms)
    if case.review is ReviewState.PENDING:
        return replace(after, closed=CloseReason.BOOKING_CANCELLED, rebook_by_ms=None)
    return after


def _window_passed(case: CaseState, _facts: Facts) -> CaseState:
    reasons = {
        ReviewState.PENDING: CloseReason.WINDOW_MISSED_UNREVIEWED,
        ReviewState.REJECTED: CloseReason.WINDOW_MISSED_REJECTED,
    }
    return replace(case, closed=reasons.get(case.review, CloseReason.WINDOW_MISSED))


def _finished(case: CaseState, facts: Facts) -> CaseState:
    if facts.outcome is Outcome.CONTINUED:
        return replace(case, handling=HandlingState.WORKING, promised_by_ms=facts.by_ms)
    reason = (
        CloseReason.COMPLETED if facts.outcome is Outcome.COMPLETED else CloseReason.COMPLETED_UNSUCCESSFULLY
    )
    return replace(case, handling=HandlingState.DONE, closed=reason)


def _in_window(case: CaseState, _facts: Facts, now_ms: int) -> Refusal | None:
    if case.slot is None or now_ms < case.slot.opens_ms:
        return WindowNotOpen
    return WindowOver if now_ms >= case.slot.closes_ms else None


def _in_time(name: str) -> Guard:
    def guard(case: CaseState, _facts: Facts, now_ms: int) -> Refusal | None:
        by_ms: int | None = getattr(case, name)
        return DeadlineOver if by_ms is not None and now_ms >= by_ms else None

    return guard


def _due(name: str) -> Guard:
    """The clock may be early where a deadline was moved after it was read."""

    def guard(case: CaseState, _facts: Facts, now_ms: int) -> Refusal | None:
        by_ms: int | None = getattr(case, name)
        return CaseRefused if by_ms is None or now_ms < by_ms else None

    return guard


def _window_is_over(case: CaseState, _facts: Facts, now_ms: int) -> Refusal | None:
    return None if case.slot is not None and now_ms >= case.slot.closes_ms else CaseRefused


def _slot_ahead(_case: CaseState, facts: Facts, now_ms: int) -> Refusal | None:
    return WindowOver if facts.slot is not None and now_ms >= facts.slot.closes_ms else None


def _slot_goes_on(case: CaseState, _facts: Facts, now_ms: int) -> Refusal | None:
    return WindowOver if case.slot is not None and now_ms >= case.slot.closes_ms else None


def _slot_fits_mode(_case: CaseState, facts: Facts, _now_ms: int) -> Refusal | None:
    # Unknown where only the button is asked about.
    if facts.mode is None:
        return None
    fits = (facts.slot is not None) == (facts.mode is Mode.ASSIST)
    return None if fits and facts.mode in (Mode.ASSIST, Mode.BACKOFFICE) else CaseRefused


_ASSIST: Final = frozenset({Mode.ASSIST})
_BACKOFFICE: Final = frozenset({Mode.BACKOFFICE})
_NOT_DUE: Final = frozenset({HandlingState.NOT_DUE})

RULES: Final[Mapping[Event, Rule]] = MappingProxyType(
    {
        Event.SUBMIT: Rule(
            Side.TAXPAYER,
            _submitted,
            modes=frozenset({Mode.UNDECIDED}),
            form=frozenset({FormState.DRAFT}),
            guards=(_slot_fits_mode, _slot_ahead),
        ),
        Event.RESUBMIT: Rule(
            Side.TAXPAYER,
            _resubmitted,
            review=frozenset({ReviewState.REJECTED}),
            guards=(_in_time("resubmit_by_ms"),),
        ),
        Event.BOOK: Rule(
            Side.TAXPAYER,
            lambda case, facts: replace(
                case, booking=BookingState.BOOKED, slot=facts.slot, rebook_by_ms=None
            ),
            modes=_ASSIST,
            booking=frozenset({BookingState.CANCELLED}),
            handling=_NOT_DUE,
            guards=(_in_time("rebook_by_ms"), _slot_ahead),
        ),
        Event.CHANGE_BOOKING: Rule(
            Side.TAXPAYER,
            lambda case, facts: replace(case, slot=facts.slot),
            modes=_ASSIST,
            booking=frozenset({BookingState.BOOKED}),
            handling=_NOT_DUE,
            guards=(_slot_goes_on, _slot_ahead),
        ),
        Event.CANCEL_BOOKING: Rule(
            Side.TAXPAYER,
            _booking_cancelled,
            modes=_ASSIST,
            booking=frozenset({BookingState.BOOKED}),
            handling=_NOT_DUE,
        ),
        Event.ISSUE: Rule(
            Side.TAXPAYER,
            _to(handling=HandlingState.QUEUED),
            modes=_ASSIST,
            review=frozenset({ReviewState.APPROVED}),
            booking=frozenset({BookingState.BOOKED}),
            handling=_NOT_DUE,
            guards=(_in_window,),
        ),
        Event.SEND_EDIT: Rule(
            Side.TAXPAYER,
            lambda case, facts: replace(
                case, handling=HandlingState.WORKING, edit_by_ms=None, promised_by_ms=facts.by_ms
            ),
            handling=frozenset({HandlingState.EDITING}),
            guards=(_in_time("edit_by_ms"),),
        ),
        Event.SEND_RECEIPT: Rule(
            Side.TAXPAYER,
            _to(payment=PaymentState.SUBMITTED, payment_by_ms=None),
            payment=frozenset({PaymentState.ASKED, PaymentState.RETURNED, PaymentState.OVERDUE}),
        ),
        Event.WITHDRAW: Rule(
            Side.TAXPAYER,
            _closed(CloseReason.WITHDRAWN),
            modes=_BACKOFFICE,
            handling=frozenset({HandlingState.NOT_DUE, HandlingState.WORKING, HandlingState.EDITING}),
        ),
        Event.APPROVE: Rule(Side.OFFICER, _approved, review=frozenset({ReviewState.PENDING})),
        Event.REJECT: Rule(
            Side.OFFICER,
            lambda case, facts: replace(case, review=ReviewState.REJECTED, resubmit_by_ms=facts.by_ms),
            review=frozenset({ReviewState.PENDING}),
        ),
        Event.ASK_EDIT: Rule(
            Side.OFFICER,
            lambda case, facts: replace(
                case, handling=HandlingState.EDITING, edit_by_ms=facts.by_ms, promised_by_ms=None
            ),
            handling=frozenset({HandlingState.WORKING}),
        ),
        Event.ASK_PAYMENT: Rule(
            Side.OFFICER,
            lambda case, facts: replace(case, payment=PaymentState.ASKED, payment_by_ms=facts.by_ms),
            handling=AT_WORK,
            payment=frozenset({PaymentState.NONE, PaymentState.CONFIRMED}),
        ),
        Event.CONFIRM_PAYMENT: Rule(
            Side.OFFICER,
            _to(payment=PaymentState.CONFIRMED),
            payment=frozenset({PaymentState.SUBMITTED}),
        ),
        Event.RETURN_PAYMENT: Rule(
            Side.OFFICER,
            lambda case, facts: replace(case, payment=PaymentState.RETURNED, payment_by_ms=facts.by_ms),
            payment=frozenset({PaymentState.SUBMITTED}),
        ),
        Event.FINISH_WORK: Rule(Side.OFFICER, _finished, handling=frozenset({HandlingState.WORKING})),
        # The queue is asked before: what its journal says has happened.
        Event.TICKET_WAITS: Rule(
            Side.TICKET,
            _to(handling=HandlingState.QUEUED),
            modes=_ASSIST,
            handling=WITH_TICKET,
        ),
        Event.TICKET_CALLED: Rule(
            Side.TICKET, _to(handling=HandlingState.CALLED), modes=_ASSIST, handling=WITH_TICKET
        ),
        Event.TICKET_SERVED: Rule(
            Side.TICKET, _to(handling=HandlingState.SERVING), modes=_ASSIST, handling=WITH_TICKET
        ),
        Event.TICKET_HELD: Rule(
            Side.TICKET, _to(handling=HandlingState.ON_HOLD), modes=_ASSIST, handling=WITH_TICKET
        ),
        Event.TICKET_ABANDONED: Rule(
            Side.TICKET, _to(handling=HandlingState.ABANDONED), modes=_ASSIST, handling=WITH_TICKET
        ),
        Event.TICKET_CANCELLED: Rule(
            Side.TICKET, _to(handling=HandlingState.NOT_DUE), modes=_ASSIST, handling=WITH_TICKET
        ),
        Event.TICKET_LOST: Rule(
            Side.TICKET, _to(handling=HandlingState.NOT_DUE), modes=_ASSIST, handling=WITH_TICKET
        ),
        Event.TICKET_FINISHED: Rule(Side.TICKET, _finished, modes=_ASSIST, handling=WITH_TICKET),
        Event.TICKET_LAPSED: Rule(
            Side.TICKET, _closed(CloseReason.NOT_REACTIVATED), modes=_ASSIST, handling=WITH_TICKET
        ),
        Event.HALL_CLOSED: Rule(
            Side.TICKET, _closed(CloseReason.HALL_CLOSED), modes=_ASSIST, handling=WITH_TICKET
        ),
        Event.WINDOW_OPENED: Rule(
            Side.CLOCK,
            _to(),
            modes=_ASSIST,
            booking=frozenset({BookingState.BOOKED}),
            handling=_NOT_DUE,
            guards=(_in_window,),
        ),
        Event.WINDOW_PASSED: Rule(
            Side.CLOCK,
            _window_passed,
            modes=_ASSIST,
            booking=frozenset({BookingState.BOOKED}),
            handling=_NOT_DUE,
            guards=(_window_is_over,),
        ),
        Event.RESUBMISSION_PASSED: Rule(
            Side.CLOCK,
            _closed(CloseReason.NOT_RESUBMITTED),
            review=frozenset({ReviewState.REJECTED}),
            guards=(_due("resubmit_by_ms"),),
        ),
        Event.EDIT_PASSED: Rule(
            Side.CLOCK,
            _closed(CloseReason.EDIT_DEADLINE_MISSED),
            handling=frozenset({HandlingState.EDITING}),
            guards=(_due("edit_by_ms"),),
        ),
        Event.PROMISE_PASSED: Rule(Side.CLOCK, _to(), guards=(_due("promised_by_ms"),)),
        Event.PAYMENT_PASSED: Rule(
            Side.CLOCK,
            _to(payment=PaymentState.OVERDUE, payment_by_ms=None),
            payment=frozenset({PaymentState.ASKED, PaymentState.RETURNED}),
            guards=(_due("payment_by_ms"),),
        ),
        Event.REBOOKING_PASSED: Rule(
            Side.CLOCK,
            _closed(CloseReason.BOOKING_CANCELLED),
            modes=_ASSIST,
            booking=frozenset({BookingState.CANCELLED}),
            guards=(_due("rebook_by_ms"),),
        ),
        Event.REMINDER_DUE: Rule(
            Side.CLOCK,
            _to(),
            modes=_ASSIST,
            booking=frozenset({BookingState.BOOKED}),
            handling=_NOT_DUE,
            guards=(_slot_goes_on,),
        ),
    }
)


def refusal(case: CaseState, event: Event, facts: Facts, now_ms: int) -> Refusal | None:
    """Why the event may not happen now; none where it may."""
    if case.closed is not None:
        return CaseClosed
    rule = RULES[event]
    if not rule.fits(case):
        return _reason(case, event)
    for guard in rule.guards:
        found = guard(case, facts, now_ms)
        if found is not None:
            return found
    return None


def _reason(case: CaseState, event: Event) -> Refusal:
    """A refusal that says more than that the states do not fit, where people ask."""
    if event is Event.ISSUE and case.mode is Mode.ASSIST:
        if case.handling in WITH_TICKET:
            return TicketTaken
        if case.review is not ReviewState.APPROVED:
            return NotApproved
    return CaseRefused


def apply(case: CaseState, event: Event, facts: Facts, now_ms: int) -> CaseState:
    """The case after the event. Raises CaseRefused (and what derives from it)."""
    found = refusal(case, event, facts, now_ms)
    if found is not None:
        raise found(f"{event} in {case.form}, {case.review}, {case.booking}, {case.handling}")
    after = RULES[event].change(case, facts)
    if after.closed is not None:
        # Nobody has to act any more.
        return replace(
            after,
            resubmit_by_ms=None,
            edit_by_ms=None,
            promised_by_ms=None,
            payment_by_ms=None,
            rebook_by_ms=None,
        )
    return after


_OF_SIDE: Final = {
    side: tuple((event, rule) for event, rule in RULES.items() if rule.side is side) for side in Side
}

_NOTHING_SAID: Final = Facts()


def allowed(case: CaseState, side: Side, now_ms: int) -> tuple[Event, ...]:
    """The events of a side that would not be refused now: the buttons of its page."""
    if case.closed is not None:
        return ()
    stages = (case.mode, case.form, case.review, case.booking, case.handling, case.payment)
    return tuple(
        [
            event
            for event, guards in _fitting(side, *stages)
            if not guards or all(guard(case, _NOTHING_SAID, now_ms) is None for guard in guards)
        ]
    )


@lru_cache(maxsize=8_192)
def _fitting(
    side: Side,
    mode: Mode,
    form: FormState,
    review: ReviewState,
    booking: BookingState,
    handling: HandlingState,
    payment: PaymentState,
) -> tuple[tuple[Event, tuple[Guard, ...]], ...]:
    """The events of a side that are of these states, with what may forbid them even then. Kept, as lists ask
    for every case.
    """
    case = CaseState(mode, form, review, booking, handling, payment)
    return tuple((event, rule.guards) for event, rule in _OF_SIDE[side] if rule.fits(case))


def shown(case: CaseState, now_ms: int) -> HandlingState:
    """The state of the handling as pages show it."""
    # What has begun or is over is not asked for: nearly all that lists show.
    if case.handling is HandlingState.NOT_DUE and refusal(case, Event.ISSUE, _NOTHING_SAID, now_ms) is None:
        return HandlingState.ISSUABLE
    return case.handling


class DeadlineKind(StrEnum):
    """What the clock does for a case, once each."""

    REMINDER = "booking_reminder"
    WINDOW_OPENS = "issue_window_opens"
    WINDOW_CLOSES = "issue_window_closes"
    RESUBMISSION = "resubmission"
    EDIT = "edit"
    PROMISED = "promised"
    PAYMENT = "payment"
    REBOOKING = "rebooking"


EVENT_OF: Final[Mapping[DeadlineKind, Event]] = MappingProxyType(
    {
        DeadlineKind.REMINDER: Event.REMINDER_DUE,
        DeadlineKind.WINDOW_OPENS: Event.WINDOW_OPENED,
        DeadlineKind.WINDOW_CLOSES: Event.WINDOW_PASSED,
        DeadlineKind.RESUBMISSION: Event.RESUBMISSION_PASSED,
        DeadlineKind.EDIT: Event.EDIT_PASSED,
        DeadlineKind.PROMISED: Event.PROMISE_PASSED,
        DeadlineKind.PAYMENT: Event.PAYMENT_PASSED,
        DeadlineKind.REBOOKING: Event.REBOOKING_PASSED,
    }
)


def deadlines(case: CaseState, *, reminder_before_ms: int) -> Mapping[DeadlineKind, int]:
    """When the clock has to act for the case (UTC ms); what is not in it, it has not to."""
    if case.closed is not None:
        return {}
    found: dict[DeadlineKind, int] = {}
    if case.slot is not None and case.handling is HandlingState.NOT_DUE:
        found[DeadlineKind.REMINDER] = case.slot.opens_ms - reminder_before_ms
        found[DeadlineKind.WINDOW_OPENS] = case.slot.opens_ms
        found[DeadlineKind.WINDOW_CLOSES] = case.slot.closes_ms
    for kind, by_ms in (
        (DeadlineKind.RESUBMISSION, case.resubmit_by_ms),
        (DeadlineKind.EDIT, case.edit_by_ms),
        (DeadlineKind.PROMISED, case.promised_by_ms),
        (DeadlineKind.PAYMENT, case.payment_by_ms),
        (DeadlineKind.REBOOKING, case.rebook_by_ms),
    ):
        if by_ms is not None:
            found[kind] = by_ms
    return found
