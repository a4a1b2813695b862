"""The slots of a day, their places, and the times that follow from a booked one (S9, S38)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.booking.calendar import Calendar, at_ms, day_plan
from cases.booking.hours import (
    OFFICE_WEEK,
    BookingKind,
    Capacity,
    Factor,
    HallRules,
    Period,
    SpecialDay,
    WeekHours,
    check_rules,
)
from cases.booking.policy import BookingPolicy, issue_window, reminder_at_ms
from cases.booking.slots import (
    Occupied,
    Slot,
    is_offered,
    left_in,
    nearest_free,
    places_of,
    slot_at,
    slots_of,
)
from cases.views.names import Bilingual

TUESDAY = date(2026, 11, 24)
TAX_PERIOD = Bilingual("征期", "Filing period")
ASSIST, ONSITE = BookingKind.ASSIST, BookingKind.ONSITE
POLICY = BookingPolicy()


def calendar(**rules: object) -> Calendar:
    return Calendar("Asia/Shanghai", HallRules(**rules), {})  # type: ignore[arg-type]


def starts(hall: Calendar, day: date = TUESDAY) -> list[str]:
    return [f"{slot.start_min // 60:02d}:{slot.start_min % 60:02d}" for slot in slots_of(hall, day)]


def test_the_slots_of_an_ordinary_day() -> None:
    assert starts(calendar()) == [
        "08:30", "09:00", "09:30", "10:00", "10:30", "11:00", "11:30",
        "14:00", "14:30", "15:00", "15:30", "16:00", "16:30", "17:00",
    ]  # fmt: skip
    first = slots_of(calendar(), TUESDAY)[0]
    assert datetime.fromtimestamp(first.start_ms / 1000, UTC) == datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
    assert first.end_ms - first.start_ms == 1_800_000
    assert starts(calendar(), date(2026, 11, 28)) == []


def test_a_rest_too_short_for_a_slot_is_left_over() -> None:
    assert starts(calendar(slot_min=45))[:5] == ["08:30", "09:15", "10:00", "10:45", "14:00"]


def test_lunch_duty_opens_the_time_between() -> None:
    hall = calendar(lunch_duty=True)
    lunch = [slot for slot in slots_of(hall, TUESDAY) if slot.lunch]
    assert [slot.start_min for slot in lunch] == [720, 750, 780, 810]
    assert len(starts(hall)) == 18


def test_a_slot_is_found_by_its_start() -> None:
    hall = calendar()
    first = slots_of(hall, TUESDAY)[0]
    assert slot_at(hall, first.start_ms) == first
    assert slot_at(hall, first.start_ms + 1) is None
    assert slot_at(hall, first.end_ms - 1) is None


def slot(day: date = TUESDAY, number: int = 0, *, lunch: bool = False) -> Slot:
    slots = [one for one in slots_of(calendar(lunch_duty=True), day) if one.lunch == lunch]
    return slots[number]


def test_places_are_counters_times_people() -> None:
    rules = HallRules(capacities=(Capacity(ASSIST, 3), Capacity(ONSITE, 4, each=2)))
    assert (places_of(rules, ASSIST, slot()), places_of(rules, ONSITE, slot())) == (3, 8)
    assert places_of(HallRules(), ASSIST, slot()) == 0


def test_the_narrowest_capacity_decides() -> None:
    rules = HallRules(
        capacities=(
            Capacity(ONSITE, 1),
            Capacity(ONSITE, 2, start_min=540),
            Capacity(ONSITE, 3, weekday=3),
            Capacity(ONSITE, 4, weekday=3, start_min=540),
            Capacity(ONSITE, 5, day=date(2026, 11, 26)),
            Capacity(ONSITE, 6, day=date(2026, 11, 26), start_min=540),
        )
    )
    wednesday, thursday = date(2026, 11, 25), date(2026, 11, 26)
    found = [
        places_of(rules, ONSITE, slot(day, number))
        for day in (TUESDAY, wednesday, thursday)
        for number in (0, 1)
    ]
    assert found == [1, 2, 3, 4, 5, 6]


def test_lunch_has_places_of_its_own() -> None:
    rules = HallRules(lunch_duty=True, capacities=(Capacity(ONSITE, 4), Capacity(ONSITE, 1, lunch=True)))
    assert places_of(rules, ONSITE, slot(lunch=True)) == 1
    assert places_of(rules, ONSITE, slot()) == 4
    without = HallRules(lunch_duty=True, capacities=(Capacity(ONSITE, 4),))
    assert places_of(without, ONSITE, slot(lunch=True)) == 0


def test_a_working_weekend_has_the_places_of_the_day_that_it_stands_for() -> None:
    rules = HallRules(capacities=tuple(Capacity(ONSITE, 2, weekday=weekday) for weekday in range(1, 6)))
    assert places_of(rules, ONSITE, slot(date(2026, 10, 10))) == 2


def test_the_filing_period_has_more_or_fewer_places() -> None:
    factor = Factor(date(2026, 11, 10), date(2026, 11, 24), 50, None, TAX_PERIOD)
    capacities = (Capacity(ONSITE, 3), Capacity(ASSIST, 3), Capacity(ONSITE, 3, day=date(2026, 11, 23)))
    rules = HallRules(capacities=capacities, factors=(factor,))
    assert places_of(rules, ONSITE, slot()) == 1
    assert places_of(rules, ONSITE, slot(date(2026, 11, 25))) == 3
    assert places_of(rules, ONSITE, slot(date(2026, 11, 23))) == 3
    more = Factor(date(2026, 11, 24), date(2026, 11, 24), 200, ASSIST, TAX_PERIOD)
    both = HallRules(capacities=capacities, factors=(factor, more))
    assert (places_of(both, ONSITE, slot()), places_of(both, ASSIST, slot())) == (1, 6)


def test_a_slot_can_be_booked_in_time_and_not_too_early() -> None:
    first = slot()
    today = TUESDAY - timedelta(days=30)
    assert is_offered(first, POLICY, today=today, now_ms=0)
    assert not is_offered(first, POLICY, today=today - timedelta(days=1), now_ms=0)
    assert is_offered(first, POLICY, today=TUESDAY, now_ms=first.start_ms - POLICY.lead_ms)
    assert not is_offered(first, POLICY, today=TUESDAY, now_ms=first.start_ms - POLICY.lead_ms + 1)


def test_the_nearest_free_slots() -> None:
    hall = calendar(capacities=(Capacity(ONSITE, 1),))
    day = slots_of(hall, TUESDAY)
    now_ms = day[0].start_ms - 3_600_000
    taken = [Occupied(one.start_ms, one.end_ms, 1) for one in day[:8]]
    found = nearest_free(hall, ONSITE, day[6], taken, POLICY, now_ms)
    assert [one.start_ms for one in found] == [one.start_ms for one in day[8:13]]
    everything = [
        Occupied(one.start_ms, one.end_ms, 1)
        for ahead in range(10)
        for one in slots_of(hall, TUESDAY + timedelta(days=ahead))
    ]
    assert nearest_free(hall, ONSITE, day[6], everything, POLICY, now_ms) == ()


@dataclass(frozen=True)
class Booked:
    slot_start_ms: int
    slot_end_ms: int


def test_the_issue_window_opens_half_an_hour_before_and_closes_with_the_slot() -> None:
    booked = Booked(10_000_000, 11_800_000)
    assert issue_window(booked, POLICY) == (10_000_000 - 1_800_000, 11_800_000)


def test_the_reminder_comes_before_the_window_or_not_at_all() -> None:
    booked = Booked(10_000_000, 11_800_000)
    assert reminder_at_ms(booked, POLICY, 0) == 10_000_000 - 3_600_000
    assert reminder_at_ms(booked, POLICY, 10_000_000 - 3_600_000) is None


@st.composite
def weeks(draw: st.DrawFn) -> WeekHours:
    days = []
    for _ in range(7):
        marks = draw(st.lists(st.integers(0, 1440), min_size=0, max_size=8, unique=True).map(sorted))
        pairs = list(zip(marks[::2], marks[1::2], strict=False))
        days.append(tuple(Period(opens, closes) for opens, closes in pairs))
    return WeekHours(tuple(days))


# What a draw takes says how busy the machine is, and nothing of the slots.
@given(
    hours=weeks(),
    slot_min=st.integers(5, 240),
    lunch_duty=st.booleans(),
    saturday_service=st.booleans(),
    day=st.dates(date(2025, 1, 1), date(2028, 12, 31)),
    zone=st.sampled_from(["Asia/Shanghai", "Asia/Urumqi", "UTC"]),
)
def test_slots_lie_within_the_hours_and_never_overlap(
    hours: WeekHours, slot_min: int, lunch_duty: bool, saturday_service: bool, day: date, zone: str
) -> None:
    rules = HallRules(slot_min, (hours,), saturday_service, lunch_duty)
    check_rules(rules)
    hall = Calendar(zone, rules, {})
    slots = slots_of(hall, day)
    periods = day_plan(hall, day).periods
    assert all(earlier.end_ms <= later.start_ms for earlier, later in pairwise(slots))
    for one in slots:
        assert one.end_ms - one.start_ms == slot_min * 60_000
        assert slot_at(hall, one.start_ms) == one
        inside = [
            period
            for period in periods
            if at_ms(hall, day, period.opens_min) <= one.start_ms
            and one.end_ms <= at_ms(hall, day, period.closes_min)
        ]
        assert bool(inside) != one.lunch
        if one.lunch:
            assert lunch_duty
            assert periods[0].closes_min <= one.start_min < periods[-1].opens_min
    if not lunch_duty:
        assert len(slots) == sum((one.closes_min - one.opens_min) // slot_min for one in periods)


@given(
    places=st.integers(0, 5),
    taken=st.lists(st.tuples(st.integers(-4, 4), st.integers(1, 3)), max_size=6),
)
def test_places_left_are_never_negative_nor_too_many(places: int, taken: list[tuple[int, int]]) -> None:
    hall = calendar(capacities=(Capacity(ONSITE, places),))
    one = slots_of(hall, TUESDAY)[5]
    length = one.end_ms - one.start_ms
    occupied = [
        Occupied(one.start_ms + step * length // 2, one.end_ms + step * length // 2, count)
        for step, count in taken
    ]
    meeting = sum(count for step, count in taken if abs(step) < 2)
    assert left_in(hall, ONSITE, one, occupied) == max(places - meeting, 0)


def test_a_special_day_may_have_slots_where_the_week_has_none() -> None:
    sunday = date(2026, 11, 29)
    special = SpecialDay(sunday, True, False, (Period(540, 660),), TAX_PERIOD)
    hall = Calendar("Asia/Shanghai", HallRules(hours=(OFFICE_WEEK,)), {sunday: special})
    assert starts(hall, sunday) == ["09:00", "09:30", "10:00", "10:30"]


@pytest.mark.parametrize("number", [0, 13])
def test_days_begin_at_midnight_of_the_hall(number: int) -> None:
    for day in (TUESDAY, date(2026, 12, 31)):
        one = slots_of(calendar(), day)[number]
        assert slot_at(calendar(), one.start_ms) == one
