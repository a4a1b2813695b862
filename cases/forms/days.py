"""Days of forms, as ISO text (YYYY-MM-DD), which compares as the days do. Pure."""

import re
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

FIRST: Final = date(1900, 1, 1)
LAST: Final = date(2199, 12, 31)
"""Days outside are no days of a form."""
_WRITTEN: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COUNT_MAX: Final = 120_000


def is_day(text: str) -> bool:
    """Whether it is a day that forms know."""
    try:
        return _WRITTEN.fullmatch(text) is not None and FIRST <= date.fromisoformat(text) <= LAST
    except ValueError:
        return False


def day_of(year: Fraction, month: Fraction, day: Fraction) -> str | None:
    """The day of three whole numbers; none where there is no such day."""
    if any(one.denominator != 1 or not 0 < one < 10_000 for one in (year, month, day)):
        return None
    found = f"{int(year):04}-{int(month):02}-{int(day):02}"
    return found if is_day(found) else None


def days_between(first: str, last: str) -> int:
    """From the first to the last; below 0 where the last is earlier."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def day_after(day: str, count: Fraction) -> str | None:
    """So many whole days later (earlier below 0); none outside of the days that forms know."""
    if abs(count) > _COUNT_MAX or count.denominator != 1:
        return None
    found = (date.fromisoformat(day) + timedelta(days=int(count))).isoformat()
    return found if is_day(found) else None


def months_after(day: str, count: Fraction) -> str | None:
    """The same day of the month so many whole months later, or the last one of a shorter month."""
    if abs(count) > _COUNT_MAX or count.denominator != 1:
        return None
    months = int(day[:4]) * 12 + int(day[5:7]) - 1 + int(count)
    year, month = divmod(months, 12)
    if not FIRST.year <= year <= LAST.year:
        return None
    first_of_next = date(year + month // 11, (month + 1) % 12 + 1, 1)
    length = (first_of_next - timedelta(days=1)).day
    return date(year, month + 1, min(int(day[8:10]), length)).isoformat()
