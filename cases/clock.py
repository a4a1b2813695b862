"""The one clock outside Redis."""

import time
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the time; given to whoever needs it, so that tests can give another."""

    def now_ms(self) -> int:
        """UTC, milliseconds since 1970."""


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


def local_date(now_ms: int, time_zone: str) -> date:
    """The calendar day at a hall."""
    return datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(time_zone)).date()


def local_day(now_ms: int, time_zone: str) -> str:
    """The same as YYYYMMDD."""
    return local_date(now_ms, time_zone).strftime("%Y%m%d")


def local_day_start_ms(now_ms: int, time_zone: str) -> int:
    """When the hall's calendar day began."""
    day = local_date(now_ms, time_zone)
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(time_zone)).timestamp() * 1000)
