"""A house some years later: what was personal is gone everywhere, and what is counted is there."""

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, MetaData, func, select, update

from cases import schema
from cases.audit import ActorKind
from cases.booking.tables import bookings
from cases.errors import ChallengeInvalid
from cases.files.tables import file_contents
from cases.reception.tables import paper_tickets
from cases.retention.book import REMOVED
from cases.retention.rules import DAY_MS, Rule
from cases.retention.sweeping import Retention, RetentionBounds
from cases.sealing import Sealer
from cases.stages.states import Mode
from queueing.connection import Link
from server.building import sealer
from server.cli import main
from server.retention import build_retention
from tests.business_pages import CONSENT, BusinessPage, ReviewPage
from tests.clients import Answer, eventually
from tests.product import (
    CHEN,
    GENERAL,
    HUANG,
    INVOICE,
    LIANG,
    LIN,
    LUO,
    ONSITE,
    House,
    OpenHouse,
    settings_of,
)
from tests.server.business import (
    ANSWERED,
    FILE_NAME,
    QUESTION,
    REMARK,
    SAID,
    WAITING,
    Happened,
    happen,
)

AGENT: Final = {"name": "郑晓彤", "phone": "13711112222"}
DESCRIPTION: Final = "请退到我母亲的账户"
NOTED: Final = "陈女士着急，请先看行驶证"
PERSONAL: Final = (
    CHEN.name, CHEN.number, "13800000000", QUESTION, REMARK, SAID, ANSWERED, FILE_NAME, DESCRIPTION,
    *AGENT.values(), "图片模糊，请重新拍摄", "已退回母亲账户", NOTED,
)  # fmt: skip
EVER: Final = {"retention_from_hour": 3, "retention_until_hour": 3}
YEARS: Final = 1_100 * DAY_MS


async def everything(house: House) -> dict[str, str]:
    """All that the records say, unsealed, by table."""
    sealing = sealer(house.product.settings)
    async with house.product.database.reading() as connection:
        return await connection.run_sync(_everything, sealing)


def _everything(connection: Connection, sealing: Sealer) -> dict[str, str]:
    metadata = MetaData()
    metadata.reflect(connection)
    return {
        table.name: "\n".join(
            _said(value, sealing) for row in connection.execute(select(table)) for value in row
        )
        for table in metadata.sorted_tables
        if table.name != "catalogue_versions"
    }


def _said(value: Any, sealing: Sealer) -> str:
    if isinstance(value, bytes):
        with contextlib.suppress(ChallengeInvalid):
            opened = sealing.open(value)
            with contextlib.suppress(ValueError):
                return json.dumps(json.loads(opened), ensure_ascii=False)
            return opened
        return value.hex()
    return (
        json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else str(value)
    )


def found(everything: dict[str, str]) -> set[tuple[str, str]]:
    """Which personal words are where."""
    return {(table, word) for table, text in everything.items() for word in PERSONAL if word in text}


async def settled(house: House) -> Happened:
    """Business of a taxpayer that is all over but for a draft, and somebody else who waits."""
    happened = await happen(house)
    chen, officer = house.visitor(), house.console()
    await chen.sign_in(CHEN)
    await officer.sign_in(LIN)
    page, desk = BusinessPage(house, chen), ReviewPage(officer)
    good(await desk.act("PUT", happened.ordered, "/work"))
    result = {"outcome": "completed", "remark": "已退回母亲账户"}
    good(await desk.act("POST", happened.ordered, "/result", result))
    other = await page.filled()
    sent: dict[str, Any] = {
        "mode": "backoffice",
        "consent_id": CONSENT,
        "agent": AGENT,
        "description": DESCRIPTION,
    }
    good(await page.submit(other, **sent))
    await desk.rejected(other)
    good(await page.act("POST", other, "/withdrawal"))
    await noted(house, happened)
    return happened


async def noted(house: House, happened: Happened) -> None:
    """An officer wrote something when they transferred the consult that is over."""
    async with house.product.database.reading() as connection:
        ticket = select(schema.cases.c.ticket_id).where(schema.cases.c.case_id == happened.finished)
        ticket_id = str(await connection.scalar(ticket))
    await note(house, ticket_id, happened.finished, NOTED)


async def note(house: House, ticket_id: str, case_id: str | None, words: str) -> None:
    async with house.product.database.writing() as connection:
        officer_id = await connection.scalar(select(schema.officers.c.officer_id))
        await connection.execute(
            schema.transfers.insert().values(
                ticket_id=ticket_id, request_id="r", case_id=case_id, officer_id=officer_id, call_number=1,
                from_line_id=GENERAL, line_id=INVOICE, note=words, at_ms=1, done_at_ms=1,
            )
        )  # fmt: skip


def good(answer: Answer) -> None:
    assert answer.status < 300, answer.body


async def count(house: House, table: Any, *conditions: Any) -> int:
    async with house.product.database.reading() as connection:
        return int(await connection.scalar(select(func.count()).select_from(table).where(*conditions)) or 0)


async def statistics(house: House) -> list[tuple[Any, ...]]:
    """What is counted of cases and tickets."""
    case, ticket = schema.cases.c, schema.tickets.c
    async with house.product.database.reading() as connection:
        of_cases = select(
            case.case_id, case.number, case.hall_id, case.line_id, case.topic_id, case.node_id, case.mode,
            case.region_code, case.opened_at_ms, case.closed_at_ms, case.close_reason, case.handling_state,
        ).where(case.closed_at_ms.is_not(None))  # fmt: skip
        of_tickets = select(ticket.ticket_id, ticket.officer_id, ticket.outcome, ticket.issued_at_ms)
        rows = [*await connection.execute(of_cases), *await connection.execute(of_tickets)]
        return sorted((tuple(row) for row in rows), key=str)


@pytest.mark.feature("S30")
async def test_nothing_personal_is_left_after_the_terms_and_statistics_are(open_house: OpenHouse) -> None:
    async with open_house(**EVER) as house:
        happened = await settled(house)
        retention, before = house.product.retention, await statistics(house)
        house.clock.ahead_ms = 6 * DAY_MS
        await retention.sweep()
        assert {word for _, word in found(await everything(house))} == set(PERSONAL)
        house.clock.ahead_ms = YEARS
        due = await retention.counts()
        assert (due[Rule.CASES], due[Rule.DRAFTS]) == (3, 1)
        taken = await retention.sweep()
        assert (taken[Rule.CASES], taken[Rule.DRAFTS], taken[Rule.BOOKINGS]) == (3, 1, 1)
        assert found(await everything(house)) == set()
        assert await statistics(house) == before
        # Who waits still, on line and at the hall, is as they were.
        said = await everything(house)
        assert HUANG.name in said["taxpayers"]
        assert WAITING in said["cases"]
        assert LIANG.name in said["taxpayers"]
        # The pictures' bytes go with the sweeper.
        await house.product.files.sweeper.sweep()
        assert await count(house, file_contents) == 0
        # Once more: there is nothing to be done.
        assert not any((await retention.sweep()).values())
        # The same person is somebody new.
        again = await house.visitor().sign_in(CHEN)
        assert again.taxpayer_id != happened.taxpayer_id


@pytest.mark.feature("S30")
async def test_whoever_looks_is_told_that_details_were_removed(open_house: OpenHouse) -> None:
    async with open_house(**EVER) as house:
        happened = await settled(house)
        house.clock.ahead_ms = YEARS
        # Who logs in keeps the account.
        client = house.visitor()
        view = await client.sign_in(CHEN)
        await house.product.retention.sweep()
        assert view.taxpayer_id == happened.taxpayer_id
        page = BusinessPage(house, client)
        assert {case.case_id for case in (await page.history()).cases} >= {happened.ordered}
        assert (await client.case(happened.finished)).question == REMOVED
        timeline = await page.timeline(happened.ordered)
        assert (timeline.description, timeline.remark, timeline.agent_name) == (REMOVED, "", None)
        assert dict((await page.form(happened.ordered)).values).get("taxpayer_name") is None
        for part in ("messages", "files"):
            good(await client.ask("GET", f"/api/v1/taxpayer/cases/{happened.ordered}/{part}"))
        officer = house.console()
        await officer.sign_in(LIN)
        good(await ReviewPage(officer).act("GET", happened.ordered))


async def test_what_was_written_of_a_ticket_on_paper_goes_though_nobody_bound_it(
    open_house: OpenHouse,
) -> None:
    async with open_house(**EVER) as house:
        reception = house.console()
        await reception.sign_in(LUO)
        for is_over in (False, True):
            slip = await reception.issue_paper(ONSITE)
            await note(house, slip.ticket.ticket_id, None, NOTED)
            if is_over:
                await reception.cancel_paper(slip.ticket.ticket_id)
        await eventually(lambda: count(house, paper_tickets, paper_tickets.c.closed_at_ms.is_not(None)), bool)
        house.clock.ahead_ms = YEARS
        assert (await house.product.retention.sweep())[Rule.PAPER_TICKETS] == 1
        # The other one waits still.
        assert await count(house, schema.transfers, schema.transfers.c.note == NOTED) == 1


async def test_each_term_is_waited_for_to_the_day(open_house: OpenHouse) -> None:
    terms = {"retention_case_days": 10, "retention_draft_days": 20, "retention_booking_days": 0}
    async with open_house(**EVER, **terms) as house:
        await settled(house)
        retention = house.product.retention
        for ahead_days, cases, drafts in ((9, 0, 0), (11, 3, 0), (19, 0, 0), (21, 0, 1)):
            house.clock.ahead_ms = ahead_days * DAY_MS
            taken = await retention.sweep()
            assert (ahead_days, taken[Rule.CASES], taken[Rule.DRAFTS]) == (ahead_days, cases, drafts)
            assert Rule.BOOKINGS not in taken
        house.clock.ahead_ms = YEARS
        await retention.sweep()
        # A booking is kept for good, and tells nobody whose it was.
        assert await count(house, bookings) == 1
        assert found(await everything(house)) == set()
        undecided = schema.cases.c.mode == Mode.UNDECIDED.value
        assert await count(house, schema.cases, undecided) == 0


async def test_a_draft_that_was_saved_lately_stays(open_house: OpenHouse) -> None:
    async with open_house(**EVER) as house:
        happened = await settled(house)
        house.clock.ahead_ms = YEARS
        forms = schema.case_forms
        async with house.product.database.writing() as connection:
            await connection.execute(
                update(forms)
                .where(forms.c.case_id == happened.draft)
                .values(saved_at_ms=house.clock.now_ms() - DAY_MS)
            )
        assert (await house.product.retention.sweep())[Rule.DRAFTS] == 0
        # An account with a draft is in use.
        assert await count(house, schema.taxpayers, schema.taxpayers.c.name == CHEN.name) == 1


async def test_a_run_that_was_ended_goes_on_where_it_was(open_house: OpenHouse) -> None:
    """Of single rows, one batch a go: any number of goes come to the same as one."""
    async with open_house(**EVER) as house:
        await settled(house)
        house.clock.ahead_ms = YEARS
        product = house.product
        whole = build_retention(product.settings, product.database, house.clock, product.sealer)
        small = Retention(
            product.database, house.clock, product.sealer, whole._terms, whole._hours,
            RetentionBounds(batch=1, batches=1),
        )  # fmt: skip
        goes = 0
        while any((await small.sweep()).values()):
            goes += 1
        assert goes > 3
        assert found(await everything(house)) == set()
        assert not any((await whole.counts()).values())
        action = schema.audit_entries.c.action
        assert await count(house, schema.audit_entries, action == "retention.cases") == 3
        system = schema.audit_entries.c.actor_kind == ActorKind.SYSTEM.value
        assert await count(house, schema.audit_entries, system, action.like("retention.%")) >= goes


@pytest.mark.sqlite_records
async def test_the_command_counts_and_takes(open_house: OpenHouse, data_folder: Path, link: Link) -> None:
    async with open_house() as house:
        await settled(house)
    cases = schema.cases

    async def command(*options: str) -> dict[str, Any]:
        arguments = ["retention", "--demo", "--data", str(data_folder), *options]
        done = await asyncio.to_thread(CliRunner().invoke, main, arguments)
        assert done.exit_code == 0, done.output
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    async with open_house() as house:
        async with house.product.database.writing() as connection:
            await connection.execute(
                update(cases).where(cases.c.closed_at_ms.is_not(None)).values(closed_at_ms=1)
            )
        counted = await command("--dry-run")
        assert (counted["dry_run"], counted["rules"]["cases"], counted["rules"]["drafts"]) == (True, 3, 0)
        taken = await command()
        assert taken == {"dry_run": False, "rules": counted["rules"]}
        assert (await command("--dry-run"))["rules"]["cases"] == 0
    nothing = settings_of(data_folder / "none")
    done = await asyncio.to_thread(
        CliRunner().invoke, main, ["retention", "--demo", "--data", str(nothing.data_dir)]
    )
    assert (done.exit_code, done.stdout) == (2, "")
    assert "there are no records in" in done.stderr
