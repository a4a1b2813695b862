"""What the queue's side of the house leaves to a case's own stages."""

from pathlib import Path

import pytest
from sqlalchemy import select

from cases import schema
from cases.casebook import Casebook, close_case
from cases.views.tickets import CloseReason
from queueing.connection import Link
from server.building import build
from tests.product import GENERAL, HALL, settings_of

pytestmark = pytest.mark.both_records


async def test_a_ticket_that_the_queue_does_not_know_ends_consults_only(
    data_folder: Path, link: Link
) -> None:
    product = build(settings_of(data_folder), link)
    casebook = Casebook(product.database)
    async with product.database.writing() as connection:
        await connection.execute(
            schema.taxpayers.insert().values(
                taxpayer_id="p", certificate_type="id_cn", number_sealed=b"", number_index="p", name="陈嘉敏",
                created_at_ms=1,
            )
        )  # fmt: skip
        for mode in ("assist", "consult"):
            await connection.execute(
                schema.cases.insert().values(
                    case_id=mode, number=mode, taxpayer_id="p", hall_id=HALL, line_id=GENERAL, ticket_id=mode,
                    mode=mode, question="", opened_at_ms=1, handling_state="queued", handling_at_ms=2**40,
                )
            )  # fmt: skip

    async def open_ones() -> set[str]:
        cases = schema.cases.c
        async with product.database.reading() as connection:
            return set(await connection.scalars(select(cases.case_id).where(cases.closed_at_ms.is_(None))))

    assert await open_ones() == {"assist", "consult"}
    [case] = await casebook.unrecorded_business(HALL, after=(-1, ""), limit=9)
    # Since when its ticket is waited for, however old the case is.
    assert (case.case_id, case.opened_at_ms, case.asked_at_ms) == ("assist", 1, 2**40)
    assert [case.case_id for case in await casebook.unrecorded(HALL, after=(-1, ""), limit=9)] == ["consult"]
    await casebook.close_unrecorded({"assist": CloseReason.TICKET_LOST}, 5)
    await casebook.close("assist", CloseReason.COMPLETED, 5)
    async with product.database.writing() as connection:
        assert not await close_case(connection, "assist", CloseReason.COMPLETED, 5)
    assert not await casebook.withdraw_unissued("assist", opened_before_ms=2**41)
    assert await open_ones() == {"assist", "consult"}
    await casebook.close_unrecorded({"consult": CloseReason.TICKET_LOST}, 5)
    assert await open_ones() == {"assist"}
    await product.people.close()
    await product.database.close()
