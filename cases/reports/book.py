"""Reports of a hall over days."""

import asyncio
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.access import Officer
from cases.breakbook import break_times
from cases.clock import Clock
from cases.database import Database
from cases.halls import Halls
from cases.officer_names import names_of
from cases.reports import steps
from cases.reports.days import Days
from cases.reports.figures import ServiceFigures, Tallies, Tally
from cases.reports.policy import ReportPolicy
from cases.reports.views import ReportBy, ReportRow, ReportView
from cases.views.names import LineName

AT_ONCE: Final = 2
"""Reports that are made at a time; others wait for their turn."""


class Reports:
    """Every method raises RecordsUnavailable."""

    def __init__(self, database: Database, halls: Halls, clock: Clock, policy: ReportPolicy) -> None:
        self._database = database
        self._halls = halls
        self._clock = clock
        self._policy = policy
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def report(self, officer: Officer, first: date, last: date, by: ReportBy) -> ReportView:
        """Of the officer's hall, at one moment. Raises ReportTooLong."""
        hall = self._halls.hall(officer.hall_id)
        days = Days(first, last, hall.time_zone)
        days.check(self._policy.days_max)
        async with self._turns, self._database.reading() as connection:
            total, rows = await self._counted(connection, hall.hall_id, days, by)
        return ReportView(
            hall, first, last, by, self._clock.now_ms(), self._policy.target_ms,
            tuple(rows), total.figures(self._policy.target_ms),
        )  # fmt: skip

    async def _counted(
        self, connection: AsyncConnection, hall_id: str, days: Days, by: ReportBy
    ) -> tuple[Tally, list[ReportRow]]:
        day_of = days.finder()
        match by:
            case ReportBy.DAY:
                by_day = Tallies(lambda happened: day_of(happened.at_ms))
                await _add_up(connection, hall_id, days, by_day)
                return by_day.total, [
                    ReportRow(day, None, None, self._figures(by_day.of(day))) for day in days
                ]
            case ReportBy.LINE:
                by_line = Tallies(lambda happened: happened.line_id)
                await _add_up(connection, hall_id, days, by_line)
                return by_line.total, [
                    ReportRow(None, line, None, self._figures(by_line.of(line.line_id)))
                    for line in self._lines(hall_id, by_line.by_key)
                ]
            case ReportBy.OFFICER:
                by_officer = Tallies(lambda happened: happened.officer_id)
                await _add_up(connection, hall_id, days, by_officer)
                breaks = await break_times(
                    connection, hall_id, days.from_ms, days.until_ms, self._clock.now_ms()
                )
                names = await names_of(connection, {*by_officer.by_key, *breaks})
                return by_officer.total, [
                    ReportRow(
                        None,
                        None,
                        name,
                        self._figures(by_officer.of(officer_id)),
                        breaks.get(officer_id, ()),
                    )
                    for officer_id, name in names.items()
                ]

    def _figures(self, tally: Tally) -> ServiceFigures:
        return tally.figures(self._policy.target_ms)

    def _lines(self, hall_id: str, counted: Iterable[str]) -> list[LineName]:
        """Those that are open, and those in which something happened."""
        with_something = set(counted)
        return [
            line.on_ticket
            for line in self._halls.every_line_of(hall_id)
            if line.open or line.line_id in with_something
        ]


async def _add_up(connection: AsyncConnection, hall_id: str, days: Days, tallies: Tallies[Any]) -> None:
    async for page in steps.between(connection, hall_id, days.from_ms, days.until_ms):
        tallies.take(page)
