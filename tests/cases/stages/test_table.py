"""The table of a case's life: every state and event, what is reachable, and what the clock has to do."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Final

import pytest

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
    Slot,
)
from cases.stages.table import EVENT_OF, RULES, DeadlineKind, allowed, apply, deadlines, refusal, shown
from cases.views.tickets import CloseReason, Outcome

SLOT: Final = Slot("b1", start_ms=1_000, end_ms=2_000, opens_ms=500, closes_ms=2_000)
LATER: Final = Slot("b1", start_ms=5_000, end_ms=6_000, opens_ms=4_500, closes_ms=6_000)
BEFORE, INSIDE, AFTER = 100, 1_500, 9_000
DRAFT: Final = CaseState(Mode.UNDECIDED, form=FormState.DRAFT)
OF_CONSULTS: Final = {CloseReason.TICKET_CANCELLED, CloseReason.TICKET_LOST}
SAID: Final[Mapping[Event, tuple[Facts, ...]]] = {
    Event.SUBMIT: (Facts(mode=Mode.ASSIST, slot=SLOT), Facts(mode=Mode.BACKOFFICE, by_ms=3_000)),
    Event.RESUBMIT: (Facts(by_ms=4_000),),
    Event.BOOK: (Facts(slot=LATER),),
    Event.CHANGE_BOOKING: (Facts(slot=LATER),),
    Event.CANCEL_BOOKING: (Facts(by_ms=7_000),),
    Event.SEND_EDIT: (Facts(by_ms=5_000),),
    Event.REJECT: (Facts(by_ms=1_200),),
    Event.ASK_EDIT: (Facts(by_ms=2_500),),
    Event.ASK_PAYMENT: (Facts(by_ms=2_200),),
    Event.RETURN_PAYMENT: (Facts(by_ms=2_300),),
    Event.FINISH_WORK: (Facts(outcome=Outcome.COMPLETED), Facts(outcome=Outcome.UNSUCCESSFUL)),
    Event.TICKET_FINISHED: tuple(Facts(outcome=outcome, by_ms=5_000) for outcome in Outcome),
}


def said(event: Event) -> tuple[Facts, ...]:
    return SAID.get(event, (Facts(),))


def every_state() -> Iterator[CaseState]:
    """All there could be, whether anything leads there or not."""
    for mode, form, review, booking, handling, payment in product(
        Mode, FormState, ReviewState, BookingState, HandlingState, PaymentState
    ):
        slot = SLOT if booking is BookingState.BOOKED else None
        yield CaseState(
            mode, form, review, booking, handling, payment, slot, 1_200, 2_500, 3_000, 2_200, 7_000
        )


def reachable() -> set[CaseState]:
    found, open_ends = {DRAFT}, [DRAFT]
    while open_ends:
        case = open_ends.pop()
        for event, now_ms in product(Event, (BEFORE, INSIDE, AFTER)):
            for facts in said(event):
                if refusal(case, event, facts, now_ms) is None:
                    after = apply(case, event, facts, now_ms)
                    if after not in found:
                        found.add(after)
                        open_ends.append(after)
    return found


def test_every_event_has_one_rule() -> None:
    assert set(RULES) == set(Event)
    assert set(EVENT_OF) == set(DeadlineKind)
    assert set(EVENT_OF.values()) == {event for event, rule in RULES.items() if rule.side is Side.CLOCK}


@pytest.mark.parametrize("event", Event)
def test_in_every_state_an_event_happens_as_its_rule_says_or_is_refused(event: Event) -> None:
    rule = RULES[event]
    happened = 0
    for case in every_state():
        for facts, now_ms in product(said(event), (BEFORE, INSIDE, AFTER)):
            found = refusal(case, event, facts, now_ms)
            guarded = any(guard(case, facts, now_ms) for guard in rule.guards)
            assert (found is None) == (rule.fits(case) and not guarded)
            if found is None:
                happened += 1
                assert apply(case, event, facts, now_ms).mode is not Mode.UNDECIDED
            else:
                with pytest.raises(CaseRefused) as refused:
                    apply(case, event, facts, now_ms)
                assert refused.type is found
    assert happened


def test_a_closed_case_takes_nothing() -> None:
    closed = [case for case in reachable() if case.closed is not None]
    assert closed
    for case, event in product(closed, Event):
        assert refusal(case, event, said(event)[0], INSIDE) is CaseClosed
        assert not allowed(case, Side.TAXPAYER, INSIDE)
        assert not deadlines(case, reminder_before_ms=60)


def test_every_reason_to_close_is_reached_and_every_event_happens_somewhere() -> None:
    states = reachable()
    assert {case.closed for case in states} == {None, *(set(CloseReason) - OF_CONSULTS)}
    for event in Event:
        assert any(
            refusal(case, event, facts, now_ms) is None
            for case in states
            for facts in said(event)
            for now_ms in (BEFORE, INSIDE, AFTER)
        ), event


def test_whatever_is_reached_somebody_or_the_clock_can_go_on() -> None:
    for case in reachable():
        if case.closed is not None:
            continue
        people = {*allowed(case, Side.TAXPAYER, BEFORE), *allowed(case, Side.OFFICER, BEFORE)}
        ticket = set(allowed(case, Side.TICKET, BEFORE))
        assert people or ticket or deadlines(case, reminder_before_ms=60), case


def test_a_stage_never_goes_back_on_its_own() -> None:
    for case in reachable():
        if case.mode is Mode.UNDECIDED:
            assert case == DRAFT
            continue
        assert case.form is FormState.SUBMITTED
        assert case.review is not ReviewState.NONE
        assert (case.booking is BookingState.BOOKED) == (case.slot is not None)
        assert (case.mode is Mode.BACKOFFICE) == (case.booking is BookingState.NONE)
        if case.review is ReviewState.REJECTED and case.closed is None:
            assert case.resubmit_by_ms is not None
        if case.handling is HandlingState.EDITING and case.closed is None:
            assert case.edit_by_ms is not None
        if case.handling is not HandlingState.NOT_DUE and case.mode is Mode.ASSIST and not case.closed:
            assert case.review is ReviewState.APPROVED


def assist() -> CaseState:
    return apply(DRAFT, Event.SUBMIT, Facts(mode=Mode.ASSIST, slot=SLOT), BEFORE)


def test_a_ticket_is_issued_inside_the_window_after_approval_and_once() -> None:
    case = assist()
    assert refusal(case, Event.ISSUE, Facts(), INSIDE) is NotApproved
    case = apply(case, Event.APPROVE, Facts(), BEFORE)
    assert refusal(case, Event.ISSUE, Facts(), SLOT.opens_ms - 1) is WindowNotOpen
    assert refusal(case, Event.ISSUE, Facts(), SLOT.closes_ms) is WindowOver
    assert (shown(case, SLOT.opens_ms - 1), shown(case, SLOT.opens_ms), shown(case, SLOT.closes_ms)) == (
        HandlingState.NOT_DUE,
        HandlingState.ISSUABLE,
        HandlingState.NOT_DUE,
    )
    case = apply(case, Event.ISSUE, Facts(), SLOT.closes_ms - 1)
    assert refusal(case, Event.ISSUE, Facts(), INSIDE) is TicketTaken
    # A ticket that was cancelled may be taken again, as long as the window is open.
    case = apply(case, Event.TICKET_CANCELLED, Facts(), INSIDE)
    assert refusal(case, Event.ISSUE, Facts(), INSIDE) is None


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ((), CloseReason.WINDOW_MISSED_UNREVIEWED),
        ((Event.REJECT,), CloseReason.WINDOW_MISSED_REJECTED),
        ((Event.APPROVE,), CloseReason.WINDOW_MISSED),
    ],
)
def test_who_takes_no_ticket_in_the_window_is_closed_for_the_reason_of_the_review(
    events: tuple[Event, ...], reason: CloseReason
) -> None:
    case = assist()
    for event in events:
        case = apply(case, event, Facts(by_ms=99_000), BEFORE)
    assert refusal(case, Event.WINDOW_PASSED, Facts(), SLOT.closes_ms - 1) is CaseRefused
    assert apply(case, Event.WINDOW_PASSED, Facts(), SLOT.closes_ms).closed is reason


def test_a_cancelled_booking_closes_what_is_not_reviewed_and_leaves_time_to_book_otherwise() -> None:
    cancelled = apply(assist(), Event.CANCEL_BOOKING, Facts(by_ms=7_000), BEFORE)
    assert cancelled.closed is CloseReason.BOOKING_CANCELLED
    approved = apply(assist(), Event.APPROVE, Facts(), BEFORE)
    cancelled = apply(approved, Event.CANCEL_BOOKING, Facts(by_ms=7_000), BEFORE)
    assert cancelled.closed is None
    assert deadlines(cancelled, reminder_before_ms=60) == {DeadlineKind.REBOOKING: 7_000}
    booked = apply(cancelled, Event.BOOK, Facts(slot=LATER), AFTER - 8_000)
    assert set(deadlines(booked, reminder_before_ms=60)) == {
        DeadlineKind.REMINDER,
        DeadlineKind.WINDOW_OPENS,
        DeadlineKind.WINDOW_CLOSES,
    }
    assert refusal(cancelled, Event.BOOK, Facts(slot=LATER), 7_000) is DeadlineOver
    assert apply(cancelled, Event.REBOOKING_PASSED, Facts(), 7_000).closed is CloseReason.BOOKING_CANCELLED


def test_a_deadline_that_was_moved_does_not_fire_early() -> None:
    rejected = apply(assist(), Event.REJECT, Facts(by_ms=1_200), BEFORE)
    assert refusal(rejected, Event.RESUBMISSION_PASSED, Facts(), 1_199) is CaseRefused
    assert refusal(rejected, Event.RESUBMIT, Facts(), 1_199) is None
    assert refusal(rejected, Event.RESUBMIT, Facts(), 1_200) is DeadlineOver
    moved = replace(rejected, resubmit_by_ms=8_000)
    assert refusal(moved, Event.RESUBMISSION_PASSED, Facts(), 1_200) is CaseRefused


def test_what_the_back_office_promised_is_counted_anew_after_a_rejection() -> None:
    case = apply(DRAFT, Event.SUBMIT, Facts(mode=Mode.BACKOFFICE, by_ms=3_000), BEFORE)
    assert (case.booking, case.promised_by_ms) == (BookingState.NONE, 3_000)
    case = apply(case, Event.REJECT, Facts(by_ms=2_000), BEFORE)
    case = apply(case, Event.RESUBMIT, Facts(by_ms=4_000), INSIDE)
    assert case.promised_by_ms == 4_000
    case = apply(case, Event.APPROVE, Facts(), INSIDE)
    assert case.handling is HandlingState.WORKING
    case = apply(case, Event.ASK_EDIT, Facts(by_ms=2_500), INSIDE)
    assert deadlines(case, reminder_before_ms=60) == {DeadlineKind.EDIT: 2_500}
    assert apply(case, Event.EDIT_PASSED, Facts(), 2_500).closed is CloseReason.EDIT_DEADLINE_MISSED
    case = apply(case, Event.SEND_EDIT, Facts(by_ms=6_000), INSIDE)
    assert deadlines(case, reminder_before_ms=60) == {DeadlineKind.PROMISED: 6_000}


@pytest.mark.parametrize(
    "facts",
    [Facts(mode=Mode.ASSIST), Facts(mode=Mode.BACKOFFICE, slot=SLOT), Facts(mode=Mode.CONSULT)],
)
def test_a_submission_that_does_not_fit_its_mode_is_refused(facts: Facts) -> None:
    assert refusal(DRAFT, Event.SUBMIT, facts, BEFORE) is CaseRefused
