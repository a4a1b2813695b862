"""The wall and reports as pages show them."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cases.reports.figures import ServiceFigures
from cases.views.desks import BreakTime, DeskState, OnBreak
from cases.views.names import HallView, LineName, OfficerName
from queueing.states import TicketState


class Presence(StrEnum):
    """Whether the console of an officer who serves lines is heard of."""

    HERE = "here"
    SILENT = "silent"
    """Not for two thirds of a lease."""
    AWAY = "away"
    """The lease ended: tickets in hand and on hold went back to their lines."""


@dataclass(frozen=True, slots=True)
class WallLine:
    """A line now, and what happened in it today. ``oldest_issued_at_ms``: of those who wait for their first
    call; none: nobody does. ``serving``: officers whose consoles are heard of and who serve it.
    """

    line: LineName
    is_open: bool
    waiting: int
    oldest_issued_at_ms: int | None
    serving: int
    today: ServiceFigures


@dataclass(frozen=True, slots=True)
class WallTicket:
    """A ticket in hand; whose it is, is not for the wall."""

    number: str
    line_id: str
    state: TicketState


@dataclass(frozen=True, slots=True)
class WallOfficer:
    """An officer of the hall. ``since_ms``: of the state; ``on_break``: why, on a break; ``presence``: none
    of who is signed off or on a break. ``away_since_ms``: when the lease ended, none where nobody saw that.
    """

    officer_id: str
    officer: OfficerName
    state: DeskState
    on_break: OnBreak | None
    since_ms: int | None
    presence: Presence | None
    away_since_ms: int | None
    line_ids: tuple[str, ...]
    ticket: WallTicket | None
    on_hold: int
    today: ServiceFigures


@dataclass(frozen=True, slots=True)
class WaitingAt:
    """How many waited at that moment, for each line in the wall's order."""

    at_ms: int
    waiting: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class WallView:
    """A hall now, and its day. There is no time of the answer in it: it is the same as long as nothing
    happened.

    ``counted_version``: the step up to which today's figures count, a moment behind ``version``.
    ``waits``: how many of today's first calls came in each tenth of twice the target; the last has no end.
    """

    hall: HallView
    day: date
    target_ms: int
    version: int
    counted_version: int
    closed_at_ms: int | None
    waiting: int
    oldest_issued_at_ms: int | None
    today: ServiceFigures
    waits: tuple[int, ...]
    crowd: tuple[WaitingAt, ...]
    lines: tuple[WallLine, ...]
    officers: tuple[WallOfficer, ...]


class ReportBy(StrEnum):
    """What a row of a report is of."""

    DAY = "day"
    LINE = "line"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class ReportRow:
    """The figures of a day, a line or an officer, of which one is there; of an officer the breaks too."""

    day: date | None
    line: LineName | None
    officer: OfficerName | None
    figures: ServiceFigures
    breaks: tuple[BreakTime, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportView:
    """A hall's figures from one day to another, both in it. ``total`` has also what belongs to no row."""

    hall: HallView
    from_day: date
    to_day: date
    by: ReportBy
    at_ms: int
    target_ms: int
    rows: tuple[ReportRow, ...]
    total: ServiceFigures
