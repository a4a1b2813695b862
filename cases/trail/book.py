"""The audit trail to be read (S38)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.access import Officer, hall_of_trail
from cases.audit import ActorKind
from cases.booking.tables import bookings
from cases.clock import Clock
from cases.database import Database
from cases.paging import Cursor
from cases.reception.tables import paper_tickets
from cases.reports.days import DAY_MS
from cases.reports.errors import ReportTooLong
from cases.schema import audit_entries, officers
from cases.schema import cases as all_cases
from cases.trail.views import TrailActor, TrailEntry, TrailPage

CHAINED: Final = "chained"
"""In the place of an id in the cursor of a page that ends within the chain: what counts there is the
sequence.
"""
_ENTRIES: Final = audit_entries.c


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; none of a field: whatever it is. ``from_ms`` is within, ``to_ms`` is not.
    ``case_number``: of what was done to that case; ``staff_number``: of what that officer did; ``hall_id``:
    of one hall (``cases.access.hall_of_trail``).
    """

    object_kind: str | None = None
    object_id: str | None = None
    actor_id: str | None = None
    action: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    case_number: str | None = None
    staff_number: str | None = None
    hall_id: str | None = None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        same = {
            _ENTRIES.object_kind: self.object_kind,
            _ENTRIES.object_id: self.object_id,
            _ENTRIES.actor_id: self.actor_id,
            _ENTRIES.action: self.action,
        }
        found: list[ColumnElement[bool]] = [
            column == value for column, value in same.items() if value is not None
        ]
        if self.case_number is not None:
            named = select(all_cases.c.case_id).where(all_cases.c.number == self.case_number)
            found += [_ENTRIES.object_kind == "case", _ENTRIES.object_id == named.scalar_subquery()]
        if self.staff_number is not None:
            known = select(officers.c.officer_id).where(officers.c.staff_number == self.staff_number)
            found += [_ENTRIES.actor_id == known.scalar_subquery()]
        if self.hall_id is not None:
            found.append(_of_hall(self.hall_id))
        if self.from_ms is not None:
            found.append(_ENTRIES.at_ms >= self.from_ms)
        if self.to_ms is not None:
            found.append(_ENTRIES.at_ms < self.to_ms)
        return found


def _of_hall(hall_id: str) -> ColumnElement[bool]:
    """What officers of the hall did, and what was done to what is the hall's. Each entry is looked up by the
    key of its own object, so that a page costs what it passes over.
    """
    by_officer = select(officers.c.officer_id).where(
        officers.c.officer_id == _ENTRIES.actor_id, officers.c.hall_id == hall_id
    )
    theirs = {
        "case": select(all_cases.c.case_id).where(
            all_cases.c.case_id == _ENTRIES.object_id, all_cases.c.hall_id == hall_id
        ),
        "booking": select(bookings.c.booking_id).where(
            bookings.c.booking_id == _ENTRIES.object_id, bookings.c.hall_id == hall_id
        ),
        "paper_ticket": select(paper_tickets.c.ticket_id).where(
            paper_tickets.c.ticket_id == _ENTRIES.object_id, paper_tickets.c.hall_id == hall_id
        ),
        "officer": select(officers.c.officer_id).where(
            officers.c.officer_id == _ENTRIES.object_id, officers.c.hall_id == hall_id
        ),
    }
    return or_(
        and_(_ENTRIES.actor_kind == ActorKind.OFFICER.value, by_officer.correlate(audit_entries).exists()),
        and_(_ENTRIES.object_kind == "hall", _ENTRIES.object_id == hall_id),
        *(
            and_(_ENTRIES.object_kind == kind, found.correlate(audit_entries).exists())
            for kind, found in theirs.items()
        ),
    )


class TrailBook:
    """Every method raises RecordsUnavailable."""

    def __init__(self, database: Database, clock: Clock, *, days_max: int) -> None:
        """``days_max``: how much of the trail who reads one hall's looks through at once."""
        self._database = database
        self._clock = clock
        self._days_max = days_max

    async def page_for(
        self, officer: Officer, wanted: Wanted, *, cursor: str | None, limit: int
    ) -> TrailPage:
        """What the officer may read of it. Of one hall's only so many days at once, the latest where none are
        named, and from where taxpayers act stays out. Raises CursorUnknown, ReportTooLong.
        """
        hall_id = hall_of_trail(officer)
        if hall_id is None:
            return await self.page(wanted, cursor=cursor, limit=limit)
        page = await self.page(
            replace(self._within_days(wanted), hall_id=hall_id), cursor=cursor, limit=limit
        )
        return replace(page, entries=tuple(map(_without_addresses, page.entries)))

    def _within_days(self, wanted: Wanted) -> Wanted:
        span_ms = self._days_max * DAY_MS
        from_ms, to_ms = wanted.from_ms, wanted.to_ms
        if to_ms is None:
            to_ms = self._clock.now_ms() + 1 if from_ms is None else from_ms + span_ms
        if from_ms is None:
            from_ms = max(0, to_ms - span_ms)
        if to_ms - from_ms > span_ms:
            raise ReportTooLong(f"more than {self._days_max} days of the trail")
        return replace(wanted, from_ms=from_ms, to_ms=to_ms)

    async def page(self, wanted: Wanted, *, cursor: str | None, limit: int) -> TrailPage:
        """The latest first: by sequence, then those from before there was a chain, by time. Raises
        CursorUnknown.
        """
        before = Cursor.parse(cursor)
        rows: list[Row[Any]] = []
        async with self._database.reading() as connection:
            if before is None or before.object_id == CHAINED:
                rows += await _chained(connection, wanted, before, limit + 1)
                before = None
            if len(rows) <= limit:
                rows += await _earlier(connection, wanted, before, limit + 1 - len(rows))
        shown = rows[:limit]
        return TrailPage(tuple(map(_entry, shown)), str(_cursor(shown[-1])) if len(rows) > limit else None)


async def _chained(
    connection: AsyncConnection, wanted: Wanted, before: Cursor | None, limit: int
) -> Sequence[Row[Any]]:
    asked = _ASKED.where(_ENTRIES.sequence.is_not(None), *wanted.conditions)
    if before is not None:
        asked = asked.where(_ENTRIES.sequence < before.at_ms)
    return (await connection.execute(asked.order_by(_ENTRIES.sequence.desc()).limit(limit))).all()


async def _earlier(
    connection: AsyncConnection, wanted: Wanted, before: Cursor | None, limit: int
) -> Sequence[Row[Any]]:
    asked = _ASKED.where(_ENTRIES.sequence.is_(None), *wanted.conditions)
    if before is not None:
        asked = asked.where(before.is_before(_ENTRIES.at_ms, _ENTRIES.entry_id))
    asked = asked.order_by(_ENTRIES.at_ms.desc(), _ENTRIES.entry_id.desc())
    return (await connection.execute(asked.limit(limit))).all()


def _without_addresses(entry: TrailEntry) -> TrailEntry:
    """From where officers act is of their office; from where taxpayers do is not for their hall."""
    if entry.actor.kind is ActorKind.OFFICER:
        return entry
    return replace(entry, actor=replace(entry.actor, address=None))


def _cursor(row: Row[Any]) -> Cursor:
    if row.sequence is not None:
        return Cursor(row.sequence, CHAINED)
    return Cursor(row.at_ms, row.entry_id)


def _entry(row: Row[Any]) -> TrailEntry:
    return TrailEntry(
        row.sequence,
        row.entry_id,
        row.at_ms,
        TrailActor(ActorKind(row.actor_kind), row.actor_id, row.staff_number, row.name, row.address),
        row.action,
        row.object_kind,
        row.object_id,
        row.detail,
    )


_ASKED: Final = select(audit_entries, officers.c.staff_number, officers.c.name).outerjoin(
    officers,
    (officers.c.officer_id == _ENTRIES.actor_id) & (_ENTRIES.actor_kind == ActorKind.OFFICER.value),
)
