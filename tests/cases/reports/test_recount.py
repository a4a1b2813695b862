"""The wall's and the reports' figures equal a recount from the journal (B9)."""

import asyncio
import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from cases.reports.crowd import Crowd
from cases.reports.figures import Happened, ServiceFigures
from cases.reports.views import ReportView, WallView
from queueing.states import Step
from queueing.ticket import JournalEntry
from tests.cases.reports.hall_day import HallDay, read_along
from tests.cases.reports.recount import Told, recount, recount_by, told, waiting_at
from tests.clients import OfficerClient, eventually
from tests.product import GENERAL, HALL, HE, INVOICE, VEHICLE, House, OpenHouse
from tests.records import SQLITE

TARGET_MS = 5_000
DAY_MS = 86_400_000
LINES = (VEHICLE, INVOICE, GENERAL)


def zone_of_noon() -> str:
    """A time zone in which no day begins or ends while the test runs."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}"


async def at_noon(house: House) -> None:
    """The hall is where it is about noon."""
    async with house.product.database.writing() as connection:
        await connection.execute(text("UPDATE halls SET time_zone = :zone"), {"zone": zone_of_noon()})
    await house.product.halls.reload()


async def wall_of(client: OfficerClient) -> WallView:
    return (await client.ask("GET", "/api/v1/officer/wall")).as_(WallView)


async def officer_ids(house: House) -> dict[str, str]:
    """By staff number."""
    async with house.product.database.reading() as connection:
        rows = await connection.execute(text("SELECT staff_number, officer_id FROM officers"))
        return {row.staff_number: row.officer_id for row in rows}


async def current_wall(client: OfficerClient, entries: Sequence[JournalEntry]) -> WallView:
    """The wall once it has counted everything that the journal told so far."""
    newest = entries[-1].version
    return await eventually(lambda: wall_of(client), lambda wall: wall.counted_version >= newest)


def by_name(some: Sequence[Told], names: dict[str, str]) -> dict[Any, ServiceFigures]:
    """Recounted by the staff number of the officer whose call it was."""
    staff_number = {officer_id: number for number, officer_id in names.items()}
    found = recount_by(some, lambda one: staff_number.get(one.officer_id or ""), TARGET_MS)
    return {key: figures for key, figures in found.items() if key is not None}


async def check_wall(client: OfficerClient, entries: list[JournalEntry], names: dict[str, str]) -> WallView:
    wall = await current_wall(client, entries)
    some = told([one for one in entries if one.version <= wall.counted_version], lambda one: one.at_ms)
    assert wall.today == recount(some, TARGET_MS)
    lines = recount_by(some, lambda one: one.entry.ticket.line_id, TARGET_MS)
    assert {one.line.line_id: one.today for one in wall.lines if one.line.line_id in LINES} == lines
    officers = by_name(some, names)
    assert {
        one.officer.staff_number: one.today for one in wall.officers if one.officer.staff_number in officers
    } == {key: figures for key, figures in officers.items() if key in {"0731", "0732", "0721"}}
    assert sum(wall.waits) == wall.today.called
    assert sum(wall.waits[:5]) == wall.today.within_target
    return wall


@pytest.mark.feature("B9")
@pytest.mark.both_records
async def test_five_hundred_tickets_are_counted_as_the_journal_tells_them(
    open_house: OpenHouse, records_kind: str
) -> None:
    # The statements are what may differ on the other database: fewer tell that too.
    tickets = 500 if records_kind == SQLITE else 150
    settings = {
        # Longer than a busy machine takes from one step to the next, and less than half of a lease, which is
        # what a call leaves of it at least: else the lease gives the ticket back first.
        "queue_confirm_ms": 3_000,
        "queue_activation_ms": 4_000,
        "queue_recall_spacing_ms": 100,
        "queue_lease_ms": 8_000,
        "report_target_ms": TARGET_MS,
        "wall_fresh_ms": 0,
    }
    async with open_house(**settings) as house:
        await at_noon(house)
        client = house.console()
        await client.sign_in(HE)
        names = await officer_ids(house)
        entries: list[JournalEntry] = []
        reading = asyncio.create_task(read_along(house.product.journal, HALL, entries))
        day = HallDay(house.product.queue, HALL, LINES, sorted(names.values()), Random(9))
        for come in (tickets // 5, tickets - tickets // 5 - 12):
            await day.run(come)
            await check_wall(client, entries, names)
        await let_go(house, day, entries)
        wall = await check_wall(client, entries, names)
        some = told(entries, lambda one: one.at_ms)
        assert wall.waiting == sum(waiting_at(some, 2**53).values()) == 0
        assert {one.step for one in some} == set(Step) - {Step.RECALL}
        assert wall.today.issued == tickets
        check_crowd(some)
        await check_reports(house, client, entries, names)
        reading.cancel()
        await asyncio.wait([reading])


async def let_go(house: House, day: HallDay, entries: list[JournalEntry]) -> None:
    """What only time and the hall do: a call that nobody answers, a console that is gone, the hall's end."""
    queue, officer = house.product.queue, day.officers[0]
    for number in range(12):
        await queue.issue(HALL, f"last{number}", line_id=GENERAL, letter="C", day="20261127")
    called = await queue.call_next(HALL, officer_id=officer, line_ids=[GENERAL], request_id="last")
    assert called is not None
    other = await queue.call_next(HALL, officer_id=day.officers[1], line_ids=[GENERAL], request_id="last")
    assert other is not None
    await queue.confirm(HALL, other.ticket.ticket_id, call_number=1)

    async def steps_of(ticket_id: str) -> list[Step]:
        return [one.step for one in entries if one.ticket.ticket_id == ticket_id]

    for ticket_id, step in [
        (called.ticket.ticket_id, Step.LAPSE),
        (other.ticket.ticket_id, Step.REQUEUE),
        *((one, Step.LAPSE) for one in day.left),
    ]:
        await eventually(lambda one=ticket_id: steps_of(one), lambda found, step=step: step in found)  # type: ignore[misc]
    await queue.close_hall(HALL, LINES, limit=100)
    await eventually(lambda: steps_of("last9"), lambda found: Step.DISMISS in found)


def check_crowd(some: Sequence[Told]) -> None:
    """At every half second."""
    begin, end = some[0].at_ms, some[-1].at_ms
    crowd = Crowd(begin, 500)
    crowd.take(
        Happened(one.entry.version, one.at_ms, one.step, one.entry.ticket.state, one.entry.ticket.ticket_id,
                 one.entry.ticket.line_id)
        for one in some
    )  # fmt: skip
    assert len(crowd.samples) == (end - begin) // 500 + 1
    for sample in crowd.samples:
        assert sample.waiting == waiting_at(some, sample.at_ms), sample.at_ms


async def check_reports(
    house: House, client: OfficerClient, entries: list[JournalEntry], names: dict[str, str]
) -> None:
    """The first half of what happened is put into the day before: waits, services and holds go over midnight,
    and some of the tickets' steps are from before steps knew their line.
    """
    middle = entries[len(entries) // 2].version
    some = told(entries, lambda one: one.at_ms - (DAY_MS if one.version <= middle else 0))
    async with house.product.database.writing() as connection:
        for statement in (
            f"UPDATE ticket_steps SET at_ms = at_ms - {DAY_MS} WHERE version <= {middle}",
            "UPDATE tickets SET issued_at_ms = (SELECT at_ms FROM ticket_steps AS s WHERE s.step = 'issue' "
            "AND s.ticket_id = tickets.ticket_id)",
            "UPDATE tickets SET confirmed_at_ms = (SELECT max(at_ms) FROM ticket_steps AS s "
            "WHERE s.step = 'confirm' AND s.ticket_id = tickets.ticket_id)",
            "UPDATE ticket_steps SET line_id = NULL WHERE ticket_id NOT IN "
            "(SELECT ticket_id FROM ticket_steps WHERE step = 'transfer') AND version < 500",
        ):
            await connection.execute(text(statement))
    wall = await wall_of(client)
    today, yesterday = wall.day, wall.day - timedelta(days=1)
    span = f"from_day={yesterday}&to_day={today}"

    async def report(by: str) -> ReportView:
        return (await client.ask("GET", f"/api/v1/officer/reports?{span}&by={by}")).as_(ReportView)

    by_day, by_line, by_officer = [await report(by) for by in ("day", "line", "officer")]
    assert by_day.total == by_line.total == by_officer.total == recount(some, TARGET_MS)
    assert by_day.total.service_p90_ms is not None
    days = recount_by(some, lambda one: day_of(one, middle, today), TARGET_MS)
    assert {row.day: row.figures for row in by_day.rows} == days
    lines = recount_by(some, lambda one: one.entry.ticket.line_id, TARGET_MS)
    assert {row.line.line_id: row.figures for row in by_line.rows if row.line and row.figures.issued} == lines
    assert {row.officer.staff_number: row.figures for row in by_officer.rows if row.officer} == by_name(
        some, names
    )
    for view in (by_day, by_line, by_officer):
        await check_files(client, f"{span}&by={view.by}", view)


def day_of(one: Told, middle: int, today: date) -> date:
    return today - timedelta(days=1) if one.entry.version <= middle else today


async def check_files(client: OfficerClient, query: str, view: ReportView) -> None:
    """What a spreadsheet reads in both files is what the page shows."""
    answer = await client.ask("GET", f"/api/v1/officer/reports/csv?{query}&language=en")
    assert answer.headers["Content-Type"] == "text/csv"
    assert f"shuitong-{view.from_day}-{view.to_day}-{view.by}.csv" in answer.headers["Content-Disposition"]
    assert answer.body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
    excel = await client.ask("GET", f"/api/v1/officer/reports/xlsx?{query}&language=en")
    book = load_workbook(io.BytesIO(excel.body))
    assert book.active is not None
    heads, *cells = book.active.iter_rows(values_only=True)
    sheet = [dict(zip(heads, line, strict=True)) for line in cells]
    wanted = [*(row.figures for row in view.rows), view.total]
    assert len(rows) == len(sheet) == len(wanted)
    for figures, row, line in zip(wanted, rows, sheet, strict=True):
        assert int(row["First calls"]) == line["First calls"] == figures.called
        assert int(row["Abandoned"]) == line["Abandoned"] == figures.abandoned
        assert int(row["Finished"]) == line["Finished"] == figures.finished
        if figures.called:
            share = pytest.approx(figures.within_target / figures.called, abs=1e-4)
            assert float(row["In time"]) == share
            assert line["In time"] == share
        for head, length_ms in (
            ("Wait, 90 %", figures.wait_p90_ms),
            ("Service, median", figures.service_p50_ms),
        ):
            if length_ms is None:
                assert (row[f"{head} (s)"], line[head]) == ("", None)
                continue
            assert row[f"{head} (s)"] == str(round(length_ms / 1000))
            assert seconds(line[head]) == pytest.approx(length_ms / 1000, abs=0.5)


def seconds(cell: object) -> float:
    """A time of Excel as openpyxl gives it."""
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    assert isinstance(cell, time), cell
    return cell.hour * 3600 + cell.minute * 60 + cell.second + cell.microsecond / 1e6
