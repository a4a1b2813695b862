"""ServiceFigures, days and files, without a server."""

import csv
import io
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from cases.problems import Language
from cases.reports.days import DAY_MS, Days
from cases.reports.errors import ReportTooLong
from cases.reports.figures import Happened, Tally, percentile
from cases.reports.sheets import COLUMNS, Length, Share, Sheet, as_csv, as_xlsx, sheet_of
from cases.reports.views import ReportBy, ReportRow, ReportView
from cases.views.desks import BreakReason, BreakTime
from cases.views.names import Bilingual, HallView, LineKind, LineName, OfficerName
from queueing.states import Step, TicketState

HALL = HallView("h", Bilingual("厅", "Hall"), Bilingual("区", "District"), "Asia/Shanghai")


def call(wait_ms: int) -> Happened:
    return Happened(1, 0, Step.CALL, TicketState.CALLED, "t", "l", "o", wait_ms=wait_ms)


@given(st.lists(st.integers(0, 50), min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(values: list[int], percent: int) -> None:
    found = percentile(sorted(values), percent)
    assert found in values
    assert sum(one <= found for one in values) * 100 >= percent * len(values)
    assert all(sum(one <= less for one in values) * 100 < percent * len(values) for less in range(found))


def test_nothing_has_no_percentile() -> None:
    assert percentile([], 50) is None


@given(st.lists(st.integers(-5, 3_000)), st.integers(5, 1_000))
def test_every_wait_is_in_the_histogram_once_and_those_in_time_in_its_half(
    waits: list[int], target_ms: int
) -> None:
    tally = Tally()
    for wait_ms in waits:
        tally.take(call(wait_ms))
    figures, columns = tally.figures(target_ms), tally.histogram(target_ms)
    assert (len(columns), sum(columns)) == (10, len(waits))
    assert sum(columns[:5]) == figures.within_target == sum(wait <= target_ms for wait in waits)


@pytest.mark.parametrize(
    ("first", "last", "hours"),
    [
        # Clocks were put forward on the 29th.
        (date(2026, 3, 28), date(2026, 3, 30), [24, 23, 24]),
        (date(2026, 12, 31), date(2027, 1, 1), [24, 24]),
    ],
)
def test_days_are_those_of_the_zone(first: date, last: date, hours: list[int]) -> None:
    days = Days(first, last, "Europe/Berlin")
    begins = [*(Days(day, day, "Europe/Berlin").from_ms for day in days), days.until_ms]
    assert [(after - before) // 3_600_000 for before, after in pairwise(begins)] == hours
    find = days.finder()
    for day, begin, end in zip(days, begins, begins[1:], strict=False):
        assert find(begin) == find(end - 1) == day


def test_a_report_has_an_end() -> None:
    days = Days(date(2026, 1, 1), date(2026, 1, 31), "Asia/Shanghai")
    days.check(31)
    assert days.until_ms - days.from_ms == 31 * DAY_MS
    with pytest.raises(ReportTooLong):
        days.check(30)


HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")', "林思远", 'say "x", y')


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula(text: str) -> None:
    sheet = Sheet("x", ("Name", "Wait", "Share"), (False, True, False), ((text, Length(90_500), Share(0.5)),))
    heads, row = csv.reader(io.StringIO(as_csv(sheet, Language.EN).decode("utf-8-sig")))
    assert heads == ["Name", "Wait (s)", "Share"]
    assert row[0].lstrip("'") == text
    assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert row[1:] == ["90", "0.5000"]
    book = load_workbook(io.BytesIO(as_xlsx(sheet)))
    assert book.active is not None
    cell = book.active["A2"]
    assert (cell.data_type, str(cell.value).replace("_x000D_", "\r")) == ("s", text)


BREAKS = (BreakTime(BreakReason.LUNCH, 2, 120_000), BreakTime(BreakReason.OTHER, 1, 5_000))


def report(by: ReportBy) -> ReportView:
    tally = Tally()
    tally.take(call(60_000))
    figures = tally.figures(1)
    line = LineName("l", "A", LineKind.CONSULT, Bilingual("=车辆", "Vehicles"))
    rows = {
        ReportBy.DAY: ReportRow(date(2026, 11, 27), None, None, figures),
        ReportBy.LINE: ReportRow(None, line, None, figures),
        ReportBy.OFFICER: ReportRow(None, None, OfficerName("林思远", "0731"), figures, BREAKS),
    }
    day = date(2026, 11, 27)
    return ReportView(HALL, day, day, by, 0, 1, (rows[by],), figures)


def test_sheets_are_in_the_readers_language_and_have_what_belongs_to_the_rows() -> None:
    day, line, officer = [sheet_of(report(by), Language.ZH) for by in ReportBy]
    assert (day.heads[0], day.rows[0][0], day.rows[-1][0]) == ("日期", "2026-11-27", "合计")
    assert line.rows[0][0] == "A =车辆"
    assert officer.rows[0][0] == "林思远 0731"
    # Nobody's call is behind a ticket that is issued, cancelled before, or dismissed.
    assert set(day.heads) - set(officer.heads) == {"日期", "取号", "自行取消", "停办作废"}
    # Whose breaks, is asked of officers only.
    assert set(officer.heads) - set(day.heads) == {
        "坐席",
        "小休次数",
        "休息",
        "午餐",
        "会议",
        "培训",
        "其他小休",
    }
    for row in officer.rows:
        assert row[-6:] == (3, Length(0), Length(120_000), Length(0), Length(0), Length(5_000))
    english = sheet_of(report(ReportBy.LINE), Language.EN)
    assert english.heads == ("Line", *(column.head.en for column in COLUMNS))
    assert english.rows[0][0] == "A Vehicles"
    assert len(english.name) <= 31
