"""What many pages ask for at the same moment happens once (S17, S28, S29), on both kinds of records."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import pytest
from sqlalchemy import func, select

from cases import schema
from cases.casework.views import Timeline
from cases.files.views import FileView
from cases.stages.events import Event
from cases.views.tickets import CloseReason
from queueing.states import Step
from tests.api.test_business import go_to, pages
from tests.business_pages import BusinessPage, ReviewPage
from tests.cases.files import samples
from tests.clients import Answer, eventually
from tests.product import CHEN, LIN, ZHOU, House

pytestmark = pytest.mark.both_records

PAGES = 8
PRESSES = 40


async def others(house: House, page: BusinessPage) -> list[BusinessPage]:
    """Further browsers of the same taxpayer."""
    found = [page]
    while len(found) < PAGES:
        client = house.visitor()
        await client.sign_in(CHEN)
        found.append(BusinessPage(house, client))
    return found


async def at_once(asked: list[Coroutine[Any, Any, Answer]]) -> Counter[str]:
    """How often there was which answer."""
    answers = await asyncio.gather(*asked)
    return Counter("done" if answer.status < 400 else answer.problem.code for answer in answers)


async def count_of(house: House, event: Event, case_id: str) -> int:
    """How often that happened to the case, by the audit."""
    entries = schema.audit_entries.c
    async with house.product.database.reading() as connection:
        found = await connection.scalar(
            select(func.count()).where(entries.action == f"case.{event.value}", entries.object_id == case_id)
        )
    return found or 0


async def told(house: House, kind: str, case_id: str) -> int:
    outbox = schema.outbox.c
    async with house.product.database.reading() as connection:
        found = await connection.scalar(
            select(func.count()).where(outbox.kind == kind, outbox.case_id == case_id)
        )
    return found or 0


@pytest.mark.feature("S17")
async def test_a_case_gets_one_ticket_however_often_it_is_asked_for(house: House) -> None:
    page, desk = await pages(house)
    booked = await page.submitted()
    case_id = booked.case.case_id
    await desk.approved(case_id)
    assert booked.case.booked is not None
    go_to(house, booked.case.booked.window_opens_ms)
    await page.client.sign_in(CHEN)
    all_pages = await others(house, page)
    answers = await at_once([all_pages[press % PAGES].issue(case_id) for press in range(PRESSES)])
    assert answers == {"done": 1, "ticket_taken": PRESSES - 1}
    assert await count_of(house, Event.ISSUE, case_id) == 1
    steps = schema.ticket_steps.c

    async def issued() -> list[str]:
        async with house.product.database.reading() as connection:
            rows = await connection.scalars(select(steps.ticket_id).where(steps.step == Step.ISSUE.value))
            return list(rows)

    found = await eventually(issued, bool)
    assert found == [(await page.timeline(case_id)).case.ticket_id]


@pytest.mark.feature("S28")
async def test_one_receipt_is_sent_for_a_payment(house: House) -> None:
    page, desk = await pages(house)
    case_id = (await page.ordered()).case.case_id
    await desk.approved(case_id)
    payment_id = await desk.payment_asked(case_id)
    path = f"/api/v1/taxpayer/cases/{case_id}"
    file_ids = []
    for number in range(4):
        sent = await page.client.ask(
            "POST",
            f"{path}/files?purpose=receipt",
            data=samples.png(40 + number, 40),
            headers={"Content-Type": "application/octet-stream"},
        )
        file_ids.append(sent.as_(FileView).file.file_id)
    all_pages = await others(house, page)

    def send(press: int) -> Coroutine[Any, Any, Answer]:
        body = {"file_ids": [file_ids[press % len(file_ids)]], "text": f"第 {press} 次"}
        return all_pages[press % PAGES].client.ask("POST", f"{path}/payments/{payment_id}/receipt", body)

    answers = await at_once([send(press) for press in range(PRESSES)])
    assert answers == {"done": 1, "case_refused": PRESSES - 1}
    assert await count_of(house, Event.SEND_RECEIPT, case_id) == 1
    [shown] = (await page.timeline(case_id)).payments
    assert len(shown.receipt_file_ids) == 1


@pytest.mark.feature("S29", "S36")
async def test_two_officers_finish_one_case_once(house: House) -> None:
    page, desk = await pages(house)
    case_id = (await page.ordered()).case.case_id
    await desk.approved(case_id)
    officers = []
    for officer in (LIN, ZHOU):
        client = house.console()
        await client.sign_in(officer)
        officers.append(ReviewPage(client))
    begun = await at_once([one.act("PUT", case_id, "/work") for one in officers])
    assert begun == {"done": 1, "work_taken": 1}
    results = ({"outcome": "completed", "remark": "一"}, {"outcome": "unsuccessful", "remark": "二"})
    answers = await at_once(
        [officers[press % 2].act("POST", case_id, "/result", results[press % 2]) for press in range(PRESSES)]
    )
    assert answers["done"] == 1
    assert set(answers) <= {"done", "work_taken", "case_refused", "case_closed"}
    closed: Timeline = await page.timeline(case_id)
    assert closed.case.close_reason in (CloseReason.COMPLETED, CloseReason.COMPLETED_UNSUCCESSFULLY)
    assert closed.remark == ("一" if closed.case.close_reason is CloseReason.COMPLETED else "二")
    assert await told(house, "case_closed", case_id) == 1
