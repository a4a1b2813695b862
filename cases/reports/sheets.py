"""Reports as files for spreadsheets: CSV and XLSX. Pure."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from xlsxwriter import Workbook

from cases.problems import Language
from cases.reports.figures import ServiceFigures
from cases.reports.views import ReportBy, ReportRow, ReportView
from cases.views.desks import BreakReason, BreakTime
from cases.views.names import Bilingual

DAY_MS: Final = 86_400_000
FORMULA_MARKS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A text that begins so would be taken for a formula."""


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time in milliseconds."""

    ms: int


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, 0 to 1."""

    value: float


Cell = str | int | Length | Share | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it is written: ``name`` of at most 31 characters, heads, and rows as long as they are.
    ``lengths``: which columns have lengths of time.
    """

    name: str
    heads: tuple[str, ...]
    lengths: tuple[bool, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Column:
    head: Bilingual
    cell: Callable[[ServiceFigures], Cell]
    of_officers: bool = True
    """Whether somebody's call is behind it."""
    is_length: bool = False


def _length(ms: int | None) -> Length | None:
    return None if ms is None else Length(ms)


def _in_time(figures: ServiceFigures) -> Share | None:
    return Share(figures.within_target / figures.called) if figures.called else None


COLUMNS: Final = (
    Column(Bilingual("取号", "Issued"), lambda one: one.issued, of_officers=False),
    Column(Bilingual("首次呼叫", "First calls"), lambda one: one.called),
    Column(Bilingual("等候中位数", "Wait, median"), lambda one: _length(one.wait_p50_ms), is_length=True),
    Column(Bilingual("等候 P90", "Wait, 90 %"), lambda one: _length(one.wait_p90_ms), is_length=True),
    Column(Bilingual("最长等候", "Wait, longest"), lambda one: _length(one.wait_max_ms), is_length=True),
    Column(Bilingual("按时呼叫", "Called in time"), lambda one: one.within_target),
    Column(Bilingual("按时率", "In time"), _in_time),
    Column(Bilingual("办结", "Finished"), lambda one: one.finished),
    Column(Bilingual("未办成", "Unsuccessful"), lambda one: one.unsuccessful),
    Column(
        Bilingual("办理中位数", "Service, median"), lambda one: _length(one.service_p50_ms), is_length=True
    ),
    Column(Bilingual("办理 P90", "Service, 90 %"), lambda one: _length(one.service_p90_ms), is_length=True),
    Column(Bilingual("平均办理", "Service, mean"), lambda one: _length(one.service_mean_ms), is_length=True),
    Column(Bilingual("弃号", "Abandoned"), lambda one: one.abandoned),
    Column(Bilingual("激活", "Reactivated"), lambda one: one.reactivated),
    Column(Bilingual("逾期失效", "Lapsed"), lambda one: one.lapsed),
    Column(Bilingual("自行取消", "Cancelled"), lambda one: one.cancelled, of_officers=False),
    Column(Bilingual("停办作废", "Dismissed"), lambda one: one.dismissed, of_officers=False),
    Column(Bilingual("转入", "Transferred"), lambda one: one.transferred),
)
_FIRST: Final = {
    ReportBy.DAY: Bilingual("日期", "Day"),
    ReportBy.LINE: Bilingual("线路", "Line"),
    ReportBy.OFFICER: Bilingual("坐席", "Officer"),
}
_BREAKS: Final = Bilingual("小休次数", "Breaks")
_BREAK_LENGTHS: Final = {
    BreakReason.REST: Bilingual("休息", "Rest"),
    BreakReason.LUNCH: Bilingual("午餐", "Lunch"),
    BreakReason.MEETING: Bilingual("会议", "Meeting"),
    BreakReason.TRAINING: Bilingual("培训", "Training"),
    BreakReason.OTHER: Bilingual("其他小休", "Other breaks"),
}
_TOTAL: Final = Bilingual("合计", "Total")
_SECONDS: Final = Bilingual("（秒）", " (s)")


def sheet_of(report: ReportView, language: Language) -> Sheet:
    """The report's rows, and their total as the last one."""

    def said(words: Bilingual) -> str:
        return words.en if language is Language.EN else words.zh

    of_officers = report.by is ReportBy.OFFICER
    columns = [one for one in COLUMNS if one.of_officers or not of_officers]
    rows: list[tuple[Cell, ...]] = [
        (
            _name(row, said),
            *(column.cell(row.figures) for column in columns),
            *(_breaks(row.breaks) if of_officers else ()),
        )
        for row in report.rows
    ]
    every = [one for row in report.rows for one in row.breaks]
    rows.append(
        (
            said(_TOTAL),
            *(column.cell(report.total) for column in columns),
            *(_breaks(every) if of_officers else ()),
        )
    )
    breaks = (_BREAKS, *_BREAK_LENGTHS.values()) if of_officers else ()
    heads = (
        said(_FIRST[report.by]),
        *(said(column.head) for column in columns),
        *(said(one) for one in breaks),
    )
    lengths = (False, *(column.is_length for column in columns), *(one is not _BREAKS for one in breaks))
    return Sheet(f"{report.from_day} – {report.to_day}", heads, lengths, tuple(rows))


def _breaks(times: Sequence[BreakTime]) -> tuple[Cell, ...]:
    """How many, and how long for each reason."""
    lengths = (sum(one.total_ms for one in times if one.reason is reason) for reason in _BREAK_LENGTHS)
    return (sum(one.count for one in times), *(Length(ms) for ms in lengths))


def _name(row: ReportRow, said: Callable[[Bilingual], str]) -> str:
    if row.day is not None:
        return row.day.isoformat()
    if row.line is not None:
        return f"{row.line.letter} {said(row.line.name)}"
    return f"{row.officer.name} {row.officer.staff_number}" if row.officer is not None else ""


def harmless(text: str) -> str:
    """The text as no program takes it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_MARKS) else text


def as_csv(sheet: Sheet, language: Language) -> bytes:
    """UTF-8 with a byte order mark, by which Excel knows it. Lengths are whole seconds, and say so."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    unit = _SECONDS.en if language is Language.EN else _SECONDS.zh
    writer.writerow(
        [
            harmless(head) + (unit if is_length else "")
            for head, is_length in zip(sheet.heads, sheet.lengths, strict=True)
        ]
    )
    writer.writerows([_written(cell) for cell in row] for row in sheet.rows)
    return written.getvalue().encode("utf-8-sig")


def _written(cell: Cell) -> str | int:
    match cell:
        case None:
            return ""
        case Length(ms):
            return round(ms / 1000)
        case Share(value):
            return f"{value:.4f}"
        case str():
            return harmless(cell)
        case _:
            return cell


def as_xlsx(sheet: Sheet) -> bytes:
    """Lengths are times of Excel (`[h]:mm:ss`), shares percents. Texts are written as texts, whatever they
    begin with.
    """
    written = io.BytesIO()
    with Workbook(
        written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        time, percent = book.add_format({"num_format": "[h]:mm:ss"}), book.add_format({"num_format": "0.0%"})
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(1, 1)
        page.set_column(0, 0, 24)
        page.set_column(1, len(sheet.heads) - 1, 11)
        for at, head in enumerate(sheet.heads):
            page.write_string(0, at, head, bold)
        for number, row in enumerate(sheet.rows, start=1):
            for at, cell in enumerate(row):
                match cell:
                    case None:
                        continue
                    case Length(ms):
                        page.write_number(number, at, ms / DAY_MS, time)
                    case Share(value):
                        page.write_number(number, at, value, percent)
                    case str():
                        page.write_string(number, at, cell)
                    case _:
                        page.write_number(number, at, cell)
    return written.getvalue()
