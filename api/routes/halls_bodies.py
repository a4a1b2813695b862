"""What admins send of halls. What contradicts itself is refused by ``cases.booking.hours``, field by field;
here are the shapes, and bounds of what is looked at at all.
"""

from datetime import date
from typing import Annotated

from pydantic import Field

from api.bodies import Body
from cases.booking.calendars import RULES
from cases.booking.halls import HallNames, Whereabouts
from cases.booking.hours import (
    CAPACITIES_MAX,
    FACTORS_MAX,
    PERIODS_MAX,
    WEEKDAYS,
    WEEKS_MAX,
    BookingKind,
    HallRules,
    Period,
    SpecialDay,
)
from cases.booking.lines import LineChange, NewLine
from cases.identifiers import Day, Written
from cases.views.names import Bilingual, LineKind
from queueing.service import WEIGHT_MAX
from queueing.ticket import CallOrder

Version = Annotated[int, Field(ge=0, le=2**31 - 1)]
Number = Annotated[int, Field(ge=0, le=100_000)]
"""Narrower bounds are the rules' own."""
RegionCode = Annotated[str, Field(pattern=r"^[0-9]{2,12}$")]
REGIONS_MAX = 50


class Said(Body):
    """A short text in both languages."""

    zh: Annotated[Written, Field(min_length=1, max_length=120)]
    en: Annotated[Written, Field(min_length=1, max_length=200)]

    def both(self) -> Bilingual:
        return Bilingual(self.zh, self.en)


class MaySay(Body):
    """A text in both languages, which may be empty."""

    zh: Annotated[Written, Field(max_length=500)] = ""
    en: Annotated[Written, Field(max_length=1_000)] = ""

    def both(self) -> Bilingual:
        return Bilingual(self.zh, self.en)


class NewHallBody(Body):
    """``region_codes``: the cities, districts and towns that the hall serves; ``hall_notes``: what to know
    before going there.
    """

    hall_name: Said
    region_name: Said
    call_order: CallOrder = CallOrder.STRICT
    region_codes: Annotated[tuple[RegionCode, ...], Field(max_length=REGIONS_MAX)] = ()
    hall_address: MaySay = MaySay()
    hall_phone: Annotated[str, Field(pattern=r"^[0-9+() -]{0,40}$")] = ""
    hall_notes: MaySay = MaySay()

    def names(self) -> HallNames:
        return HallNames(self.hall_name.both(), self.region_name.both(), self.call_order)

    def whereabouts(self) -> Whereabouts:
        return Whereabouts(
            self.region_codes, self.hall_address.both(), self.hall_phone, self.hall_notes.both()
        )


class HallChange(NewHallBody):
    """Everything of it, over the version that was seen."""

    version: Version


class PeriodBody(Body):
    """Minutes after midnight at the hall."""

    opens_min: Number
    closes_min: Number


Periods = Annotated[tuple[PeriodBody, ...], Field(max_length=PERIODS_MAX)]


class WeekBody(Body):
    """The hours of Monday to Sunday, always, or from ``first`` to ``last``."""

    days: Annotated[tuple[Periods, ...], Field(min_length=WEEKDAYS, max_length=WEEKDAYS)]
    first: Day | None = None
    last: Day | None = None


class CapacityBody(Body):
    """As ``cases.booking.hours.Capacity``."""

    kind: BookingKind
    counters: Number
    each: Number = 1
    weekday: Number | None = None
    start_min: Number | None = None
    day: Day | None = None
    lunch: bool = False


class FactorBody(Body):
    """As ``cases.booking.hours.Factor``."""

    first: Day
    last: Day
    percent: Number
    kind: BookingKind | None = None
    reason: MaySay = MaySay()


class RulesBody(Body):
    """As ``cases.booking.hours.HallRules``, all of it."""

    slot_min: Number
    hours: Annotated[tuple[WeekBody, ...], Field(max_length=WEEKS_MAX)]
    saturday_service: bool = False
    lunch_duty: bool = False
    capacities: Annotated[tuple[CapacityBody, ...], Field(max_length=CAPACITIES_MAX)]
    factors: Annotated[tuple[FactorBody, ...], Field(max_length=FACTORS_MAX)] = ()

    def hall_rules(self) -> HallRules:
        return RULES.validate_python(self.model_dump())


class RulesChange(Body):
    rules: RulesBody
    version: Version


class SpecialDayBody(Body):
    """Open with ``periods``, or with the usual ones where there are none. ``is_working``: deadlines count
    it.
    """

    is_open: bool
    is_working: bool
    periods: Periods = ()
    day_reason: MaySay = MaySay()
    version: Version

    def special_day(self, day: date) -> SpecialDay:
        periods = tuple(Period(one.opens_min, one.closes_min) for one in self.periods)
        return SpecialDay(day, self.is_open, self.is_working, periods, self.day_reason.both())


class VersionQuery(Body):
    version: Version


class LineChangeBody(Body):
    """``weight``: the line's share where the hall calls by weight."""

    line_name: Said
    line_about: MaySay = MaySay()
    open: bool
    weight: Annotated[int, Field(ge=1, le=WEIGHT_MAX)] = 1
    version: Version

    def change(self) -> LineChange:
        return LineChange(self.line_name.both(), self.line_about.both(), self.open, self.weight)


class NewLineBody(LineChangeBody):
    """``letter``: begins the numbers of its tickets."""

    line_kind: LineKind
    letter: Annotated[str, Field(pattern=r"^[A-Z]$")]

    def new_line(self) -> NewLine:
        return NewLine(self.line_kind, self.letter, self.change())
