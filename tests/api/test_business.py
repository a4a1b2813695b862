"""A taxpayer's business over HTTP, from the draft to the history (S7–S9, S12, S14–S18, S23, S29–S32, S36)."""

import pytest

from cases.casework.views import CaseFormState, Timeline
from cases.sealing import new_id
from cases.stages.events import Event
from cases.stages.states import BookingState, FormState, HandlingState, Mode, ReviewState
from cases.views.names import OfficerName
from cases.views.tickets import CloseReason, TicketView
from tests.business_pages import CONSENT, FAULTS, FORM, REFUND, BusinessPage, ReviewPage
from tests.clients import code_of, eventually
from tests.product import CHEN, HUANG, LIN, ZHOU, House

pytestmark = pytest.mark.both_records

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


async def pages(house: House) -> tuple[BusinessPage, ReviewPage]:
    taxpayer, _ = await house.taxpayer(CHEN)
    officer, _ = await house.officer(LIN)
    return BusinessPage(house, taxpayer), ReviewPage(officer)


def go_to(house: House, at_ms: int) -> None:
    """Put the clock forward to that moment."""
    house.clock.ahead_ms += at_ms - house.clock.now_ms()


async def closes(page: BusinessPage, case_id: str, reason: CloseReason) -> None:
    """The case is closed by the clock, for that reason."""
    closed = await eventually(lambda: page.timeline(case_id), lambda seen: seen.case.close_reason is not None)
    assert closed.case.close_reason is reason


@pytest.mark.feature("S7", "S12")
async def test_a_form_is_saved_over_the_version_that_the_page_has(house: House) -> None:
    page, _ = await pages(house)
    case_id = await page.begun()
    form = await page.form(case_id)
    assert form.summary.state is CaseFormState.DRAFT
    assert form.values["taxpayer_name"] == CHEN.name
    assert form.values["taxpayer_number"] == CHEN.number
    assert {fault.field for fault in form.faults} >= {"reason", "declare"}
    assert (await page.save(case_id, {**REFUND, "reason": ""}, 0)).status == 200
    # The same again is the saving that was sent twice; another content is another tab's.
    assert (await page.save(case_id, {**REFUND, "reason": ""}, 0)).status == 200
    assert (await page.save(case_id, REFUND, 0)).problem.code == "form_changed"
    assert [fault.field for fault in (await page.form(case_id)).faults] == ["reason"]
    assert (await page.save(case_id, REFUND, 1)).status == 200
    saved = await page.form(case_id)
    assert saved.faults == ()
    assert saved.values["paid_total"] == 42_000
    [mine] = (await page.my_forms("?state=draft")).forms
    assert (mine.case_id, mine.actions) == (case_id, ("continue", "delete"))
    assert (await page.act("DELETE", case_id)).status == 200
    assert (await page.my_forms()).forms == ()
    assert (await page.act("GET", case_id)).problem.code == "case_unknown"


@pytest.mark.feature("S7")
async def test_nothing_is_handed_in_with_wrong_or_missing_forms(house: House) -> None:
    page, _ = await pages(house)
    case_id = await page.begun()
    await page.save(case_id, {**REFUND, "refund_amount": 42_001, "phone": "12"}, 0)
    answer = await page.submit(case_id, mode="backoffice", consent_id=CONSENT)
    assert answer.problem.code == "forms_incomplete"
    assert {field.field: field.code for field in answer.problem.fields} == {
        f"{FORM}.refund_amount": "refund_above_paid",
        f"{FORM}.phone": "phone_invalid",
    }
    assert (await page.timeline(case_id)).case.form is FormState.DRAFT


@pytest.mark.feature("S8", "S36", "S29", "S30")
async def test_the_back_office_finishes_what_was_ordered(house: House) -> None:
    page, desk = await pages(house)
    case_id = await page.filled()
    assert (await page.submit(case_id, mode="backoffice")).problem.code == "consent_missing"
    ordered = (await page.submit(case_id, mode="backoffice", consent_id=CONSENT, key="k")).as_(Timeline)
    again = (await page.submit(case_id, mode="backoffice", consent_id=CONSENT, key="k")).as_(Timeline)
    assert again.case.version == ordered.case.version
    assert ordered.case.mode is Mode.BACKOFFICE
    assert ordered.case.promised_by_ms is not None
    assert ordered.case.promised_by_ms > house.clock.now_ms()
    assert Event.WITHDRAW in ordered.case.actions
    assert [case.case_id for case in (await desk.listed("reviews")).cases] == [case_id]
    counts = await desk.waiting()
    assert (counts.reviews, counts.work, counts.work_overdue) == (1, 0, 0)
    working = await desk.approved(case_id)
    assert working.case.handling is HandlingState.WORKING
    assert (await desk.waiting()).work == 1
    [listed] = (await desk.listed("work")).cases
    assert (listed.case_id, listed.worker) == (case_id, None)
    assert (await desk.act("PUT", case_id, "/work")).status == 200
    [taken] = (await desk.listed("work")).cases
    assert taken.worker == OfficerName(LIN.name, LIN.staff_number)
    assert [case.worker for case in (await page.todos()).cases] == [None]
    other = house.console()
    await other.sign_in(ZHOU)
    refused = await ReviewPage(other).act("POST", case_id, "/result", {"outcome": "completed"})
    assert refused.problem.code == "work_taken"
    done = await desk.act("POST", case_id, "/result", {"outcome": "completed", "remark": "已退回原账户"})
    assert done.as_(Timeline).case.close_reason is CloseReason.COMPLETED
    assert (await page.todos()).cases == ()
    [closed] = (await page.history()).cases
    assert (closed.case_id, closed.close_reason) == (case_id, CloseReason.COMPLETED)
    assert (await page.timeline(case_id)).remark == "已退回原账户"
    copied = await page.act("POST", case_id, "/copy")
    assert copied.status == 201


@pytest.mark.feature("S9", "S14", "S15", "S16", "S17", "S18")
async def test_a_ticket_is_issued_inside_its_window_and_called(house: House) -> None:
    page, desk = await pages(house)
    booked = await page.submitted()
    case_id = booked.case.case_id
    assert booked.case.booking is BookingState.BOOKED
    assert booked.case.booked is not None
    assert Event.CANCEL_BOOKING in booked.case.actions
    opens_ms, closes_ms = booked.case.booked.window_opens_ms, booked.case.booked.window_closes_ms
    assert (await page.issue(case_id)).problem.code == "not_approved"
    await desk.approved(case_id)
    assert (await page.issue(case_id)).problem.code == "window_not_open"
    go_to(house, opens_ms)
    await page.client.sign_in(CHEN)
    [todo] = (await page.todos()).cases
    assert todo.handling is HandlingState.ISSUABLE
    assert Event.ISSUE in todo.actions
    assert opens_ms <= (await page.todos()).at_ms < closes_ms
    ticket_id = new_id()
    ticket = (await page.issue(case_id, ticket_id)).as_(TicketView)
    assert ticket.number.startswith("D")
    assert (await page.issue(case_id, ticket_id)).as_(TicketView).number == ticket.number
    assert (await page.issue(case_id)).problem.code == "ticket_taken"
    await eventually(lambda: page.timeline(case_id), lambda seen: seen.case.handling is HandlingState.QUEUED)
    assert (await page.act("DELETE", case_id, "/booking")).problem.code == "case_refused"


@pytest.mark.feature("S18", "S30")
async def test_a_cancelled_booking_closes_what_was_not_reviewed_and_leaves_what_was(house: House) -> None:
    page, desk = await pages(house)
    first = await page.submitted()
    cancelled = (await page.act("DELETE", first.case.case_id, "/booking")).as_(Timeline)
    assert cancelled.case.close_reason is CloseReason.BOOKING_CANCELLED
    second = await page.submitted()
    await desk.approved(second.case.case_id)
    kept = (await page.act("DELETE", second.case.case_id, "/booking")).as_(Timeline)
    assert (kept.case.booking, kept.case.close_reason) == (BookingState.CANCELLED, None)
    assert kept.case.rebook_by_ms is not None
    booked = await page.act("PUT", second.case.case_id, "/booking", await page.place())
    assert booked.as_(Timeline).case.booking is BookingState.BOOKED


@pytest.mark.feature("S23", "S32")
async def test_rejected_forms_are_mended_and_handed_in_again(house: House) -> None:
    page, desk = await pages(house)
    case_id = (await page.submitted()).case.case_id
    assert (await desk.act("PUT", case_id, "/review")).status == 200
    other = house.console()
    await other.sign_in(ZHOU)
    [listed] = (await ReviewPage(other).listed("reviews")).cases
    assert listed.taxpayer_name == CHEN.name
    assert listed.review_lease is not None
    assert listed.review_lease.officer.staff_number == LIN.staff_number
    assert [(one.taxpayer_name, one.review_lease) for one in (await page.todos()).cases] == [(None, None)]
    assert (await ReviewPage(other).act("POST", case_id, "/approval")).problem.code == "review_taken"
    rejected = await desk.rejected(case_id)
    assert rejected.case.review is ReviewState.REJECTED
    seen = await page.timeline(case_id)
    assert seen.case.resubmit_by_ms is not None
    assert seen.reviews[0].faults[0].reason == "R01"
    assert Event.RESUBMIT in seen.case.actions
    form = await page.form(case_id)
    assert form.editable
    await page.save(case_id, {**REFUND, "contact": "黄伟强"}, form.summary.version)
    again = (await page.act("POST", case_id, "/resubmission")).as_(Timeline)
    assert again.case.review is ReviewState.PENDING
    assert (await desk.approved(case_id)).case.review is ReviewState.APPROVED


@pytest.mark.feature("S23", "S30")
async def test_who_does_not_mend_in_time_finds_the_case_in_the_history(house: House) -> None:
    page, desk = await pages(house)
    ordered = await page.ordered()
    await desk.rejected(ordered.case.case_id)
    by_ms = (await page.timeline(ordered.case.case_id)).case.resubmit_by_ms
    assert by_ms is not None
    go_to(house, by_ms)
    await page.client.sign_in(CHEN)
    closed = await eventually(
        lambda: page.timeline(ordered.case.case_id), lambda seen: seen.case.close_reason is not None
    )
    assert closed.case.close_reason is CloseReason.NOT_RESUBMITTED


@pytest.mark.feature("S15", "S30")
@pytest.mark.parametrize(
    ("reviewed", "reason"),
    [
        ("", CloseReason.WINDOW_MISSED_UNREVIEWED),
        ("approved", CloseReason.WINDOW_MISSED),
        ("rejected", CloseReason.WINDOW_MISSED_REJECTED),
    ],
)
async def test_a_window_that_passes_closes_the_case(house: House, reviewed: str, reason: CloseReason) -> None:
    page, desk = await pages(house)
    booked = await page.submitted()
    case_id = booked.case.case_id
    if reviewed:
        await getattr(desk, reviewed)(case_id)
    assert booked.case.booked is not None
    go_to(house, booked.case.booked.window_closes_ms)
    await page.client.sign_in(CHEN)
    await closes(page, case_id, reason)


@pytest.mark.feature("S35", "S36")
async def test_what_an_officer_wants_changed_is_sent_back_or_runs_out(house: House) -> None:
    page, desk = await pages(house)
    for sent in (True, False):
        case_id = (await page.ordered()).case.case_id
        await desk.approved(case_id)
        asked = (await desk.act("POST", case_id, "/edit-request", {"faults": FAULTS})).as_(Timeline)
        assert asked.case.handling is HandlingState.EDITING
        assert asked.case.edit_by_ms is not None
        if sent:
            answer = (await page.act("POST", case_id, "/edit")).as_(Timeline)
            assert answer.case.handling is HandlingState.WORKING
            continue
        go_to(house, asked.case.edit_by_ms)
        await page.client.sign_in(CHEN)
        await closes(page, case_id, CloseReason.EDIT_DEADLINE_MISSED)


async def test_nobody_sees_or_changes_somebody_elses_case(house: House) -> None:
    page, _ = await pages(house)
    case_id = (await page.ordered()).case.case_id
    other, _ = await house.taxpayer(HUANG)
    theirs = BusinessPage(house, other)
    assert await code_of(theirs.timeline(case_id)) == "case_unknown"
    assert (await theirs.act("POST", case_id, "/withdrawal")).problem.code == "case_unknown"
    assert (await theirs.save(case_id, REFUND, 1)).problem.code == "case_unknown"
    assert (await theirs.todos()).cases == ()
