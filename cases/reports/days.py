"""The days of a hall as spans of time. Pure."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cases.reports.errors import ReportTooLong

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Days:
    """The days from ``first`` to ``last``, both in it, in the hall's time zone."""

    first: date
    last: date
    time_zone: str

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range(self.count))

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def from_ms(self) -> int:
        """When the first one began."""
        return self._begins_ms(self.first)

    @property
    def until_ms(self) -> int:
        """When the day after the last one begins."""
        return self._begins_ms(self.last + timedelta(days=1))

    def check(self, days_max: int) -> None:
        """Raises ReportTooLong for more of them."""
        if self.count > days_max:
            raise ReportTooLong(f"{self.count} days, not {days_max}")

    def finder(self) -> Callable[[int], date]:
        """Tells of a time within them which day it is of."""
        all_days = list(self)
        begins = [self._begins_ms(day) for day in all_days]
        return lambda at_ms: all_days[bisect_right(begins, at_ms) - 1]

    def _begins_ms(self, day: date) -> int:
        return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.time_zone)).timestamp() * 1000)
