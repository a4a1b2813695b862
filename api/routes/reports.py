"""What a hall does and did, for who runs it: the wall and reports (S33, B9)."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import model_validator

from api.answers import Answer, Download, Handler
from api.bodies import Body
from api.endpoints import Audience, Binary, Endpoint
from api.requests import Asked
from cases.identifiers import Day
from cases.problems import Language
from cases.reports.book import Reports
from cases.reports.sheets import as_csv, as_xlsx, sheet_of
from cases.reports.views import ReportBy, ReportView, WallView
from cases.reports.wall import Wall

CSV_TYPE: Final = "text/csv"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ReportQuery(Body):
    """The days from ``from_day`` to ``to_day``, both in it."""

    from_day: Day
    to_day: Day
    by: ReportBy = ReportBy.DAY

    @model_validator(mode="after")
    def _fits(self) -> "ReportQuery":
        if self.to_day < self.from_day:
            raise ValueError("the last day comes before the first one")
        return self


class ReportFileQuery(ReportQuery):
    """``language``: of the heads; none: that of ``Accept-Language``, which is the browser's for a link."""

    language: Literal["zh-CN", "en"] | None = None

    def read_by(self, asked: Asked) -> Language:
        return Language(self.language) if self.language is not None else asked.language


SEE_WALL = Endpoint(
    "seeWall",
    "GET",
    "/api/v1/officer/wall",
    "The hall now: its lines, its officers and its day's figures (B9)",
    Audience.SUPERVISOR,
    WallView,
    tagged=True,
)
SEE_REPORT = Endpoint(
    "seeReport",
    "GET",
    "/api/v1/officer/reports",
    "The hall's figures by day, line or officer. Days are those of the hall's time zone",
    Audience.SUPERVISOR,
    ReportView,
    query=ReportQuery,
)
SAVE_REPORT_CSV = Endpoint(
    "saveReportAsCsv",
    "GET",
    "/api/v1/officer/reports/csv",
    "The same as CSV in UTF-8, lengths in seconds",
    Audience.SUPERVISOR,
    Binary((CSV_TYPE,)),
    query=ReportFileQuery,
)
SAVE_REPORT_XLSX = Endpoint(
    "saveReportAsXlsx",
    "GET",
    "/api/v1/officer/reports/xlsx",
    "The same for Excel",
    Audience.SUPERVISOR,
    Binary((XLSX_TYPE,)),
    query=ReportFileQuery,
)

ENDPOINTS = (SEE_WALL, SEE_REPORT, SAVE_REPORT_CSV, SAVE_REPORT_XLSX)


class ReportRoutes:
    def __init__(self, wall: Wall, reports: Reports) -> None:
        self._wall = wall
        self._reports = reports

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            SEE_WALL: self._see_wall,
            SEE_REPORT: self._see,
            SAVE_REPORT_CSV: self._save_csv,
            SAVE_REPORT_XLSX: self._save_xlsx,
        }

    async def _see_wall(self, asked: Asked) -> Answer:
        return Answer(await self._wall.view(asked.officer))

    async def _see(self, asked: Asked) -> Answer:
        return Answer(await self._report(asked, asked.query_as(ReportQuery)))

    async def _save_csv(self, asked: Asked) -> Answer:
        query = asked.query_as(ReportFileQuery)
        report, language = await self._report(asked, query), query.read_by(asked)
        return _file(report, CSV_TYPE, "csv", as_csv(sheet_of(report, language), language))

    async def _save_xlsx(self, asked: Asked) -> Answer:
        query = asked.query_as(ReportFileQuery)
        report = await self._report(asked, query)
        return _file(report, XLSX_TYPE, "xlsx", as_xlsx(sheet_of(report, query.read_by(asked))))

    async def _report(self, asked: Asked, query: ReportQuery) -> ReportView:
        return await self._reports.report(asked.officer, query.from_day, query.to_day, query.by)


def _file(report: ReportView, media_type: str, ending: str, content: bytes) -> Answer:
    name = f"shuitong-{report.from_day}-{report.to_day}-{report.by}.{ending}"
    return Answer(Download(media_type, content, len(content), name))
