"""When a hall works, and what ends after so many working days. Pure.

The hall's own days come first, then the public calendar, then the hall's hours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cases.booking.errors import CalendarEmpty
from cases.booking.hours import HallRules, Periods, SpecialDay, WeekHours
from cases.booking.public_days import PublicYear, public_year
from cases.views.names import Bilingual

SATURDAY: Final = 6
LOOKED_AT_DAYS: Final = 400
"""How far a working day is looked for."""
NO_REASON: Final = Bilingual("", "")


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Everything that decides when a hall works. Each is itself alone: what follows from it is kept."""

    time_zone: str
    rules: HallRules
    special_days: Mapping[date, SpecialDay]
    public: Callable[[int], PublicYear] = public_year


@dataclass(frozen=True, slots=True)
class DayPlan:
    """A day of a hall; without ``periods`` it is closed.

    ``weekday``: the one whose hours and capacities hold; a working weekend is a day of the week that it makes
    up for. ``is_working``: deadlines count it. ``is_confirmed``: the year's holidays were announced, or the
    hall decided on this day itself. ``reason``: why the day is not as usual.
    """

    day: date
    weekday: int
    periods: Periods
    is_working: bool
    is_confirmed: bool
    reason: Bilingual


def day_plan(calendar: Calendar, day: date) -> DayPlan:
    """What the hall does on that day."""
    week = week_of(calendar.rules, day)
    special = calendar.special_days.get(day)
    if special is not None:
        return _special_plan(special, week)
    year = calendar.public(day.year)
    if day in year.off:
        return DayPlan(day, day.isoweekday(), (), False, year.is_confirmed, year.off[day])
    if day in year.worked:
        weekday = _usual_weekday(week)
        periods = week.days[weekday - 1]
        return DayPlan(
            day, weekday, periods, bool(periods), True, Bilingual("调休上班", "Make-up working day")
        )
    if day.isoweekday() < SATURDAY:
        periods = week.days[day.isoweekday() - 1]
        return DayPlan(day, day.isoweekday(), periods, bool(periods), year.is_confirmed, NO_REASON)
    return _weekend_plan(calendar.rules, day, week, is_confirmed=year.is_confirmed)


def _special_plan(special: SpecialDay, week: WeekHours) -> DayPlan:
    day = special.day
    if not special.is_open:
        return DayPlan(day, day.isoweekday(), (), False, True, special.reason)
    weekday = day.isoweekday() if week.days[day.isoweekday() - 1] else _usual_weekday(week)
    periods = special.periods or week.days[weekday - 1]
    return DayPlan(day, weekday, periods, special.is_working and bool(periods), True, special.reason)


def _weekend_plan(rules: HallRules, day: date, week: WeekHours, *, is_confirmed: bool) -> DayPlan:
    weekday = day.isoweekday()
    if weekday != SATURDAY or not rules.saturday_service:
        return DayPlan(day, weekday, (), False, is_confirmed, NO_REASON)
    periods = week.days[SATURDAY - 1] or week.days[_usual_weekday(week) - 1]
    return DayPlan(day, weekday, periods, False, is_confirmed, Bilingual("周六服务", "Saturday service"))


def week_of(rules: HallRules, day: date) -> WeekHours:
    """The hours that hold on that day: of several ranges the one that begins last."""
    covering = [week for week in rules.hours if week.covers(day)]
    if not covering:
        return WeekHours(((),) * 7)
    return max(covering, key=lambda week: (week.first or date.min, week.last is not None))


def _usual_weekday(week: WeekHours) -> int:
    """The first weekday on which the hall works: its hours are those of a working weekend."""
    return next((number for number, periods in enumerate(week.days[:5], start=1) if periods), 1)


def at_ms(calendar: Calendar, day: date, minute: int) -> int:
    """The time of day at the hall, in UTC milliseconds."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(calendar.time_zone))
    return int((midnight + timedelta(minutes=minute)).timestamp() * 1000)


def working_day_after(calendar: Calendar, day: date, number: int) -> date:
    """The ``number``-th (1 or more) working day after that day, which is not counted itself.

    Raises CalendarEmpty where there are not so many within LOOKED_AT_DAYS.
    """
    if number < 1:
        raise ValueError("working days are counted from 1")
    left = number
    for ahead in range(1, LOOKED_AT_DAYS + 1):
        later = day + timedelta(days=ahead)
        left -= day_plan(calendar, later).is_working
        if not left:
            return later
    raise CalendarEmpty(f"fewer than {number} working days")


def working_days_after(calendar: Calendar, day: date, number: int) -> int:
    """When something is due that has ``number`` working days from that day on: the end of the hall's working
    time on the last of them, in UTC milliseconds. Raises CalendarEmpty.
    """
    last = working_day_after(calendar, day, number)
    return at_ms(calendar, last, day_plan(calendar, last).periods[-1].closes_min)


def unannounced_years(calendar: Calendar, first: date, last: date) -> tuple[int, ...]:
    """The years from ``first`` to ``last`` whose holidays are not announced: what reaches into them may still
    change (放假安排尚未公布).
    """
    return tuple(year for year in range(first.year, last.year + 1) if not calendar.public(year).is_confirmed)
