"""Halls' calendars in the records. The functions work in the caller's transaction."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.booking import tables
from cases.booking.calendar import Calendar
from cases.booking.errors import HallUnknown, RulesChanged, TooManyDays
from cases.booking.hours import HallRules, Period, Periods, SpecialDay, check_day, check_rules
from cases.views.names import Bilingual

SPECIAL_DAYS_MAX: Final = 1_000
"""A hall's own days that are kept; past ones go first."""
KEPT_DAYS: Final = 400
"""How long a hall's own day is kept after it."""
CALENDARS_KEPT: Final = 256
"""Halls whose calendars are kept as they were made last."""

RULES: Final = TypeAdapter(HallRules)
PERIODS: Final = TypeAdapter(Periods)

# Built once, as each look at free places asks them.
_CALENDAR: Final = (
    select(schema.halls.c.time_zone, tables.hall_rules.c.rules)
    .outerjoin(tables.hall_rules, tables.hall_rules.c.hall_id == schema.halls.c.hall_id)
    .where(schema.halls.c.hall_id == bindparam("asked_hall_id"))
)
_SPECIAL_DAYS: Final = (
    select(tables.hall_days)
    .where(tables.hall_days.c.hall_id == bindparam("asked_hall_id"))
    .order_by(tables.hall_days.c.day)
    .limit(SPECIAL_DAYS_MAX)
)


async def calendar_of(connection: AsyncConnection, hall_id: str) -> Calendar:
    """A hall's calendar; with office hours and no places where nobody set any. Raises HallUnknown."""
    return await connection.run_sync(calendar_in, hall_id)


def calendar_in(connection: Connection, hall_id: str) -> Calendar:
    """The same for who looks without the loop (``Database.moment``)."""
    found = connection.execute(_CALENDAR, {"asked_hall_id": hall_id}).one_or_none()
    if found is None:
        raise HallUnknown("no such hall")
    rules = b"" if found.rules is None else orjson.dumps(found.rules)
    return _calendar(found.time_zone, rules, tuple(_special_days(connection, hall_id)))


@lru_cache(maxsize=CALENDARS_KEPT)
def _calendar(time_zone: str, rules: bytes, special_days: tuple[SpecialDay, ...]) -> Calendar:
    """By what was read, so that it is never older than that."""
    return Calendar(
        time_zone,
        RULES.validate_python(orjson.loads(rules)) if rules else HallRules(),
        {special.day: special for special in special_days},
    )


async def rules_version(connection: AsyncConnection, hall_id: str) -> int:
    """Of the hall's calendar; 0 where nobody set any."""
    rules = tables.hall_rules.c
    return await connection.scalar(select(rules.version).where(rules.hall_id == hall_id)) or 0


async def special_days(connection: AsyncConnection, hall_id: str) -> list[SpecialDay]:
    """The hall's own days, in order."""
    return await connection.run_sync(_special_days, hall_id)


def _special_days(connection: Connection, hall_id: str) -> list[SpecialDay]:
    rows = connection.execute(_SPECIAL_DAYS, {"asked_hall_id": hall_id})
    return [
        SpecialDay(
            row.day,
            row.is_open,
            row.is_working,
            tuple(Period(opens, closes) for opens, closes in row.periods),
            Bilingual(row.reason_zh, row.reason_en),
        )
        for row in rows
    ]


async def next_version(connection: AsyncConnection, hall_id: str, *, version: int, now_ms: int) -> int:
    """Something else of the hall is changed over that version; the new one. Raises RulesChanged."""
    return await _put(connection, hall_id, version, now_ms)


async def put_rules(
    connection: AsyncConnection, hall_id: str, rules: HallRules, *, version: int, now_ms: int
) -> int:
    """Write a hall's rules over those of that version; the new one. Raises RulesInvalid, RulesChanged."""
    check_rules(rules)
    return await _put(connection, hall_id, version, now_ms, rules=RULES.dump_python(rules, mode="json"))


async def put_special_day(
    connection: AsyncConnection, hall_id: str, special: SpecialDay, *, version: int, now_ms: int
) -> int:
    """Write one of a hall's own days, over the one that is there; the calendar's new version.

    Raises RulesInvalid, RulesChanged, TooManyDays.
    """
    check_day(special)
    new_version = await _put(connection, hall_id, version, now_ms)
    await _delete_days(connection, hall_id, special.day)
    days = tables.hall_days
    await connection.execute(
        delete(days).where(days.c.hall_id == hall_id, days.c.day < special.day - timedelta(days=KEPT_DAYS))
    )
    kept = await connection.scalar(select(func.count()).where(days.c.hall_id == hall_id))
    if (kept or 0) >= SPECIAL_DAYS_MAX:
        raise TooManyDays(f"{kept} days")
    await connection.execute(
        days.insert().values(
            hall_id=hall_id,
            day=special.day,
            is_open=special.is_open,
            is_working=special.is_working,
            periods=[[period.opens_min, period.closes_min] for period in special.periods],
            reason_zh=special.reason.zh,
            reason_en=special.reason.en,
        )
    )
    return new_version


async def remove_special_day(
    connection: AsyncConnection, hall_id: str, day: date, *, version: int, now_ms: int
) -> int:
    """The day is as usual again; the calendar's new version. Safe to repeat with it. Raises RulesChanged."""
    new_version = await _put(connection, hall_id, version, now_ms)
    await _delete_days(connection, hall_id, day)
    return new_version


async def _delete_days(connection: AsyncConnection, hall_id: str, day: date) -> None:
    days = tables.hall_days
    await connection.execute(delete(days).where(days.c.hall_id == hall_id, days.c.day == day))


async def _put(
    connection: AsyncConnection, hall_id: str, version: int, now_ms: int, **changes: object
) -> int:
    """Take the hall's calendar from ``version`` to the next one."""
    rules = tables.hall_rules
    written = await connection.execute(
        update(rules)
        .where(rules.c.hall_id == hall_id, rules.c.version == version)
        .values(version=version + 1, changed_at_ms=now_ms, **changes)
    )
    if written.rowcount:
        return version + 1
    if version:
        raise RulesChanged("another version")
    first = {"rules": RULES.dump_python(HallRules(), mode="json"), **changes}
    try:
        async with connection.begin_nested():
            await connection.execute(
                rules.insert().values(hall_id=hall_id, version=1, changed_at_ms=now_ms, **first)
            )
    except IntegrityError as error:
        raise RulesChanged("set by somebody else") from error
    return 1
