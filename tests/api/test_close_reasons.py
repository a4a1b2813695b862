"""Every way in which a case ends, through the running server: by people, the clock and the queue (S30)."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import select, update

from api.routes.files import ReceiptSent
from cases import schema
from cases.booking.tables import bookings
from cases.casework.views import Timeline
from cases.files.views import FileView
from cases.sealing import new_id
from cases.stages.events import Event
from cases.stages.states import HandlingState, PaymentState
from cases.views.people import TaxpayerView
from cases.views.tickets import CloseReason
from queueing.connection import Link
from signaling import events
from tests.api.test_business import go_to, pages
from tests.business_pages import FAULTS, BusinessPage, ReviewPage
from tests.cases.files import samples
from tests.clients import eventually
from tests.product import CHEN, GENERAL, HALL, HE, LIN, House, OpenHouse, house_in

pytestmark = pytest.mark.both_records

ASSIST: Final = "xiangzhou-assist"
MINUTE_MS: Final = 60_000
QUICK: Final = {"queue_confirm_ms": 1_000, "queue_activation_ms": 1_000, "queue_recall_spacing_ms": 100}


class Way:
    """To the end of a case of one taxpayer, with one officer."""

    def __init__(self, house: House, page: BusinessPage, desk: ReviewPage) -> None:
        self.house = house
        self.page = page
        self.desk = desk

    async def due(self) -> str:
        """An approved case whose slot is now, also by Redis' clock."""
        case_id = (await self.page.submitted()).case.case_id
        await self.desk.approved(case_id)
        now_ms, cases = self.house.clock.now_ms(), schema.cases
        start_ms, end_ms = now_ms - MINUTE_MS, now_ms + 30 * MINUTE_MS
        async with self.house.product.database.writing() as connection:
            await connection.execute(
                update(cases)
                .where(cases.c.case_id == case_id)
                .values(
                    slot_start_ms=start_ms,
                    slot_end_ms=end_ms,
                    window_opens_ms=start_ms,
                    window_closes_ms=end_ms,
                )
            )
            await connection.execute(
                update(bookings)
                .where(bookings.c.case_id == case_id)
                .values(slot_start_ms=start_ms, slot_end_ms=end_ms)
            )
        return case_id

    async def issued(self) -> str:
        """The same with its ticket, which has the case's id."""
        case_id = await self.due()
        await self.page.issue(case_id, case_id)
        await self.reaches(case_id, HandlingState.QUEUED)
        return case_id

    async def reaches(self, case_id: str, handling: HandlingState) -> Timeline:
        return await eventually(
            lambda: self.page.timeline(case_id), lambda seen: seen.case.handling is handling
        )

    async def served(self, outcome: str) -> str:
        case_id = await self.issued()
        officer, desk = await self.house.officer(LIN, ASSIST)
        await officer.call_next(desk, new_id())
        client = await self.page.client.open_page()
        ticket = await client.call(events.TICKET_CONFIRM, ticket_id=case_id, call_number=1)
        await officer.finish(desk, ticket, outcome)
        return case_id

    async def pass_by(self, case_id: str, at_ms: int | None) -> str:
        assert at_ms is not None
        go_to(self.house, at_ms)
        await self.page.client.sign_in(CHEN)
        return case_id


async def completed(way: Way) -> str:
    return await way.served("completed")


async def unsuccessful(way: Way) -> str:
    return await way.served("unsuccessful")


async def cancelled_and_not_booked_again(way: Way) -> str:
    case_id = (await way.page.submitted()).case.case_id
    await way.desk.approved(case_id)
    cancelled = (await way.page.act("DELETE", case_id, "/booking")).as_(Timeline)
    return await way.pass_by(case_id, cancelled.case.rebook_by_ms)


async def window_missed_unreviewed(way: Way) -> str:
    case = (await way.page.submitted()).case
    assert case.booked is not None
    return await way.pass_by(case.case_id, case.booked.window_closes_ms)


async def window_missed_rejected(way: Way) -> str:
    case = (await way.page.submitted()).case
    await way.desk.rejected(case.case_id)
    assert case.booked is not None
    return await way.pass_by(case.case_id, case.booked.window_closes_ms)


async def window_missed_with_a_ticket_given_up(way: Way) -> str:
    case_id = await way.issued()
    client = await way.page.client.open_page()
    await client.call(events.TICKET_CANCEL, ticket_id=case_id)
    case = (await way.reaches(case_id, HandlingState.ISSUABLE)).case
    assert case.booked is not None
    return await way.pass_by(case_id, case.booked.window_closes_ms)


async def not_resubmitted(way: Way) -> str:
    case_id = (await way.page.ordered()).case.case_id
    return await way.pass_by(case_id, (await way.desk.rejected(case_id)).case.resubmit_by_ms)


async def edit_deadline_missed(way: Way) -> str:
    case_id = (await way.page.ordered()).case.case_id
    await way.desk.approved(case_id)
    asked = (await way.desk.act("POST", case_id, "/edit-request", {"faults": FAULTS})).as_(Timeline)
    return await way.pass_by(case_id, asked.case.edit_by_ms)


async def not_reactivated(way: Way) -> str:
    case_id = await way.issued()
    officer, desk = await way.house.officer(LIN, ASSIST)
    await officer.call_next(desk, new_id())
    return case_id


async def withdrawn(way: Way) -> str:
    case_id = (await way.page.ordered()).case.case_id
    (await way.page.act("POST", case_id, "/withdrawal")).as_(Timeline)
    return case_id


async def hall_closed(way: Way) -> str:
    case_id = await way.issued()
    _, boss = await way.house.officer(HE)
    await boss.call(events.HALL_CLOSE)
    return case_id


WAYS: Final[dict[Callable[[Way], Awaitable[str]], CloseReason]] = {
    completed: CloseReason.COMPLETED,
    unsuccessful: CloseReason.COMPLETED_UNSUCCESSFULLY,
    cancelled_and_not_booked_again: CloseReason.BOOKING_CANCELLED,
    window_missed_unreviewed: CloseReason.WINDOW_MISSED_UNREVIEWED,
    window_missed_rejected: CloseReason.WINDOW_MISSED_REJECTED,
    window_missed_with_a_ticket_given_up: CloseReason.WINDOW_MISSED,
    not_resubmitted: CloseReason.NOT_RESUBMITTED,
    edit_deadline_missed: CloseReason.EDIT_DEADLINE_MISSED,
    not_reactivated: CloseReason.NOT_REACTIVATED,
    withdrawn: CloseReason.WITHDRAWN,
    hall_closed: CloseReason.HALL_CLOSED,
}
OF_CONSULTS: Final = {CloseReason.TICKET_CANCELLED, CloseReason.TICKET_LOST}
"""Ends of what is nothing but its ticket."""


def test_every_reason_is_reached() -> None:
    assert set(WAYS.values()) | OF_CONSULTS == set(CloseReason)


@pytest.mark.feature("S30")
@pytest.mark.parametrize(("way", "reason"), WAYS.items(), ids=lambda one: getattr(one, "__name__", None))
async def test_a_case_ends(
    open_house: OpenHouse, way: Callable[[Way], Awaitable[str]], reason: CloseReason
) -> None:
    quick = QUICK if way is not_reactivated else {}
    async with open_house(**quick) as house:
        page, desk = await pages(house)
        case_id = await way(Way(house, page, desk))
        closed = await eventually(
            lambda: page.timeline(case_id), lambda seen: seen.case.close_reason is not None
        )
        assert closed.case.close_reason is reason
        assert closed.case.actions == ()
        assert [case.case_id for case in (await page.history()).cases] == [case_id]
        assert (await page.todos()).cases == ()
        async with house.product.database.reading() as connection:
            told = list(await connection.scalars(select(schema.outbox.c.kind)))
            clock = list(await connection.scalars(select(schema.deadlines.c.kind)))
        assert (told.count("case_closed"), [kind for kind in clock if kind != "message_waiting"]) == (1, [])


@pytest.mark.feature("S18", "S30")
async def test_a_consult_ends_with_its_ticket(house: House) -> None:
    client, page = await house.taxpayer(CHEN)
    case_id = await client.open_consult("t1", GENERAL)
    await page.call(events.TICKET_CANCEL, ticket_id="t1")
    closed = await eventually(lambda: client.case(case_id), lambda case: case.close_reason is not None)
    assert closed.close_reason is CloseReason.TICKET_CANCELLED


@pytest.mark.feature("S30")
async def test_a_consult_whose_ticket_was_lost_long_ago_ends(data_folder: Path, link: Link) -> None:
    async with house_in(data_folder, link) as house:
        client, _ = await house.taxpayer(CHEN)
        me = (await client.ask("GET", "/api/v1/taxpayer/session")).as_(TaxpayerView)
        async with house.product.database.writing() as connection:
            await connection.execute(
                schema.cases.insert().values(
                    case_id="lost",
                    number="lost",
                    taxpayer_id=me.taxpayer_id,
                    hall_id=HALL,
                    line_id=GENERAL,
                    ticket_id="lost",
                    mode="consult",
                    question="",
                    opened_at_ms=house.clock.now_ms() - 13 * 60 * MINUTE_MS,
                )
            )
    async with house_in(data_folder, link) as house:
        client, _ = await house.taxpayer(CHEN)
        closed = await eventually(lambda: client.case("lost"), lambda case: case.close_reason is not None)
    assert closed.close_reason is CloseReason.TICKET_LOST


@pytest.mark.feature("S28", "S35")
async def test_a_payment_that_is_overdue_is_still_shown_and_confirmed(house: House) -> None:
    page, desk = await pages(house)
    case_id = (await page.ordered()).case.case_id
    await desk.approved(case_id)
    payment_id = await desk.payment_asked(case_id)
    [asked] = (await page.timeline(case_id)).payments
    go_to(house, asked.due_at_ms)
    await page.client.sign_in(CHEN)
    await desk.client.sign_in(LIN)
    overdue = await eventually(
        lambda: page.timeline(case_id), lambda seen: seen.case.payment is PaymentState.OVERDUE
    )
    assert overdue.case.close_reason is None
    assert Event.SEND_RECEIPT in overdue.case.actions
    path = f"/api/v1/taxpayer/cases/{case_id}"
    for result in ("returned", "confirmed"):
        sent = await page.client.ask(
            "POST",
            f"{path}/files?purpose=receipt",
            data=samples.png(),
            headers={"Content-Type": "application/octet-stream"},
        )
        body = {"file_ids": [sent.as_(FileView).file.file_id], "text": "已付"}
        (await page.client.ask("POST", f"{path}/payments/{payment_id}/receipt", body)).as_(ReceiptSent)
        answer = await desk.act(
            "POST", case_id, f"/payments/{payment_id}/result", {"result": result, "remark": result}
        )
        assert answer.status == 200
        [shown] = (await page.timeline(case_id)).payments
        assert (shown.remark, len(shown.receipt_file_ids)) == (result, 1)
    assert (await page.timeline(case_id)).case.payment is PaymentState.CONFIRMED


@pytest.mark.feature("S36")
async def test_a_promised_time_that_passes_is_said_and_ends_nothing(house: House) -> None:
    page, desk = await pages(house)
    ordered = await page.ordered()
    case_id = ordered.case.case_id
    await desk.approved(case_id)
    assert ordered.case.promised_by_ms is not None
    go_to(house, ordered.case.promised_by_ms)
    await page.client.sign_in(CHEN)
    said = schema.case_events.c

    async def happened() -> list[str]:
        async with house.product.database.reading() as connection:
            return list(await connection.scalars(select(said.event).where(said.case_id == case_id)))

    await eventually(happened, lambda events: Event.PROMISE_PASSED.value in events)
    seen = await page.timeline(case_id)
    assert (seen.case.close_reason, seen.case.handling) == (None, HandlingState.WORKING)
    await desk.client.sign_in(LIN)
    counts = await desk.waiting()
    assert (counts.work, counts.work_overdue) == (1, 1)
