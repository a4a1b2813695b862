"""A hall's rules of when it works and whom it takes: hours, days of its own, capacities. Pure.

Times of day are minutes after midnight at the hall; weekdays are 1 (Monday) to 7.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final, TypeVar

from cases.booking.errors import RuleFault, RulesInvalid
from cases.views.names import Bilingual

T = TypeVar("T")

DAY_MIN: Final = 1_440
WEEKDAYS: Final = 7
SLOT_MIN_LEAST, SLOT_MIN_MOST = 5, 240
PERIODS_MAX: Final = 6
"""In a day."""
WEEKS_MAX, CAPACITIES_MAX, FACTORS_MAX = 20, 500, 50
COUNTERS_MAX, EACH_MAX, PERCENT_MAX = 200, 100, 1_000


class BookingKind(StrEnum):
    """What a place is for: a video call with an officer, or a visit in person."""

    ASSIST = "assist"
    ONSITE = "onsite"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A time of day in which the hall works."""

    opens_min: int
    closes_min: int


Periods = tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class WeekHours:
    """The hours of Monday to Sunday from ``first`` to ``last`` (both included; none: without an end).

    Lunch is what lies between two periods.
    """

    days: tuple[Periods, ...]
    first: date | None = None
    last: date | None = None

    def covers(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day on which the hall differs from its rules and from the public calendar.

    Open: with ``periods``, or with the usual ones of a weekday where there are none. ``is_working``: whether
    deadlines count it; a closed day is never counted.
    """

    day: date
    is_open: bool
    is_working: bool
    periods: Periods
    reason: Bilingual


@dataclass(frozen=True, slots=True)
class Capacity:
    """So many counters of a kind take ``each`` people a slot.

    It holds for a ``day``, a ``weekday``, the slot that begins at ``start_min``, or for all where they are
    none; ``lunch``: for the slots between two periods and no others. The narrowest one decides: a day before
    a weekday before a slot.
    """

    kind: BookingKind
    counters: int
    each: int = 1
    weekday: int | None = None
    start_min: int | None = None
    day: date | None = None
    lunch: bool = False


@dataclass(frozen=True, slots=True)
class Factor:
    """From ``first`` to ``last`` (both included) there are ``percent`` of the usual places (征期); a capacity
    for one day is left as it is. Of two that meet, the one that begins later decides.
    """

    first: date
    last: date
    percent: int
    kind: BookingKind | None
    reason: Bilingual


OFFICE_HOURS: Final = (Period(8 * 60 + 30, 12 * 60), Period(14 * 60, 17 * 60 + 30))
OFFICE_WEEK: Final = WeekHours((*((OFFICE_HOURS,) * 5), (), ()))


@dataclass(frozen=True, slots=True)
class HallRules:
    """``saturday_service``: places on Saturdays that are no holidays, though they are no working days;
    ``lunch_duty``: places between two periods too.
    """

    slot_min: int = 30
    hours: tuple[WeekHours, ...] = (OFFICE_WEEK,)
    saturday_service: bool = False
    lunch_duty: bool = False
    capacities: tuple[Capacity, ...] = ()
    factors: tuple[Factor, ...] = ()


def check_rules(rules: HallRules) -> None:
    """Raises RulesInvalid for the first contradiction."""
    for field, fault in _faults(rules):
        raise RulesInvalid(field, fault)


def check_day(special: SpecialDay) -> None:
    """Raises RulesInvalid."""
    for fault in _period_faults(special.periods):
        raise RulesInvalid("periods", fault)
    if not special.is_open and (special.periods or special.is_working):
        raise RulesInvalid("is_open", RuleFault.CLOSED_WITH_HOURS)


def _faults(rules: HallRules) -> Iterator[tuple[str, RuleFault]]:
    if not SLOT_MIN_LEAST <= rules.slot_min <= SLOT_MIN_MOST:
        yield "slot_min", RuleFault.OUT_OF_RANGE
    if not rules.hours:
        yield "hours", RuleFault.OUT_OF_RANGE
    yield from _list_faults("hours", rules.hours, WEEKS_MAX, _week_faults, _range)
    yield from _list_faults("capacities", rules.capacities, CAPACITIES_MAX, _capacity_faults, _condition)
    yield from _list_faults("factors", rules.factors, FACTORS_MAX, _factor_faults, _meaning)


def _list_faults(
    field: str,
    items: Sequence[T],
    limit: int,
    faults: Callable[[T], Iterator[RuleFault]],
    identity: Callable[[T], object],
) -> Iterator[tuple[str, RuleFault]]:
    if len(items) > limit:
        yield field, RuleFault.TOO_MANY
    for number, item in enumerate(items):
        yield from ((f"{field}.{number}", fault) for fault in faults(item))
    if len({identity(item) for item in items}) < len(items):
        yield field, RuleFault.TWICE


def _week_faults(week: WeekHours) -> Iterator[RuleFault]:
    if len(week.days) != WEEKDAYS:
        yield RuleFault.NOT_SEVEN_DAYS
    if week.first is not None and week.last is not None and week.last < week.first:
        yield RuleFault.ENDS_BEFORE_IT_BEGINS
    for periods in week.days:
        yield from _period_faults(periods)


def _period_faults(periods: Periods) -> Iterator[RuleFault]:
    if len(periods) > PERIODS_MAX:
        yield RuleFault.TOO_MANY
    if any(not 0 <= period.opens_min < period.closes_min <= DAY_MIN for period in periods):
        yield RuleFault.OUT_OF_RANGE
    if any(later.opens_min < earlier.closes_min for earlier, later in pairwise(periods)):
        yield RuleFault.OVERLAP


def _capacity_faults(capacity: Capacity) -> Iterator[RuleFault]:
    if not 0 <= capacity.counters <= COUNTERS_MAX or not 1 <= capacity.each <= EACH_MAX:
        yield RuleFault.OUT_OF_RANGE
    if capacity.weekday is not None and not 1 <= capacity.weekday <= WEEKDAYS:
        yield RuleFault.OUT_OF_RANGE
    if capacity.start_min is not None and not 0 <= capacity.start_min < DAY_MIN:
        yield RuleFault.OUT_OF_RANGE


def _factor_faults(factor: Factor) -> Iterator[RuleFault]:
    if factor.last < factor.first:
        yield RuleFault.ENDS_BEFORE_IT_BEGINS
    if not 0 <= factor.percent <= PERCENT_MAX:
        yield RuleFault.OUT_OF_RANGE


def _range(week: WeekHours) -> object:
    return week.first, week.last


def _meaning(factor: Factor) -> object:
    return factor.first, factor.last, factor.kind


def _condition(capacity: Capacity) -> object:
    return capacity.kind, capacity.weekday, capacity.start_min, capacity.day, capacity.lunch
