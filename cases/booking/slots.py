"""The slots of a day, how many places they have, and which of them are left. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final

from cases.booking.calendar import Calendar, at_ms, day_plan
from cases.booking.hours import BookingKind, Capacity, Factor, HallRules
from cases.booking.policy import BookingPolicy
from cases.clock import local_date
from cases.views.names import SlotView

NEAREST_DAYS: Final = 7
"""How many days before and after a full slot others are looked for."""
NEAREST_MAX: Final = 5
WHOLE_PERCENT: Final = 100
DAYS_KEPT: Final = 4_096
"""Days of halls whose slots are kept."""


@dataclass(frozen=True, slots=True)
class Slot:
    """From ``start_ms`` to ``end_ms``, on a ``day`` that counts as ``weekday``; ``lunch``: between two
    periods.
    """

    start_ms: int
    end_ms: int
    day: date
    weekday: int
    start_min: int
    lunch: bool


@dataclass(frozen=True, slots=True)
class Occupied:
    """So many places are taken from ``start_ms`` to ``end_ms``."""

    start_ms: int
    end_ms: int
    places: int


def slots_of(calendar: Calendar, day: date) -> tuple[Slot, ...]:
    """The slots of a day in their order. A rest of a period that is too short for one is left over."""
    plan = day_plan(calendar, day)
    length = calendar.rules.slot_min
    spans = [(period.opens_min, period.closes_min, False) for period in plan.periods]
    if calendar.rules.lunch_duty:
        spans += [(earlier.closes_min, later.opens_min, True) for earlier, later in pairwise(plan.periods)]
    return tuple(
        Slot(
            at_ms(calendar, day, start),
            at_ms(calendar, day, start + length),
            day,
            plan.weekday,
            start,
            lunch,
        )
        for opens, closes, lunch in sorted(spans)
        for start in range(opens, closes - length + 1, length)
    )


@lru_cache(maxsize=DAYS_KEPT)
def slots_with_places(calendar: Calendar, kind: BookingKind, day: date) -> tuple[tuple[Slot, int], ...]:
    """The slots of a day that have places of a kind, with how many. Kept, as many people look at one day."""
    return tuple(
        (slot, places)
        for slot in slots_of(calendar, day)
        if (places := places_of(calendar.rules, kind, slot))
    )


def slot_at(calendar: Calendar, start_ms: int) -> Slot | None:
    """The slot that begins at that time, if the hall has one."""
    return next(
        (
            slot
            for slot in slots_of(calendar, local_date(start_ms, calendar.time_zone))
            if slot.start_ms == start_ms
        ),
        None,
    )


def places_of(rules: HallRules, kind: BookingKind, slot: Slot) -> int:
    """How many places of a kind the slot has."""
    fitting = [capacity for capacity in rules.capacities if _fits(capacity, kind, slot)]
    if not fitting:
        return 0
    capacity = max(fitting, key=_narrowness)
    places = capacity.counters * capacity.each
    if capacity.day is not None:
        return places
    return places * _percent(rules.factors, kind, slot.day) // WHOLE_PERCENT


def _fits(capacity: Capacity, kind: BookingKind, slot: Slot) -> bool:
    return (
        capacity.kind is kind
        and capacity.lunch == slot.lunch
        and capacity.day in (None, slot.day)
        and capacity.weekday in (None, slot.weekday)
        and capacity.start_min in (None, slot.start_min)
    )


def _narrowness(capacity: Capacity) -> tuple[bool, bool, bool]:
    return capacity.day is not None, capacity.weekday is not None, capacity.start_min is not None


def _percent(factors: Sequence[Factor], kind: BookingKind, day: date) -> int:
    holding = [
        factor for factor in factors if factor.kind in (None, kind) and factor.first <= day <= factor.last
    ]
    if not holding:
        return WHOLE_PERCENT
    return max(holding, key=lambda factor: (factor.first, factor.kind is not None)).percent


def is_offered(slot: Slot, policy: BookingPolicy, *, today: date, now_ms: int) -> bool:
    """Whether the slot may be booked at ``now_ms``: not too near, not too far away."""
    return slot.start_ms >= now_ms + policy.lead_ms and slot.day <= today + timedelta(
        days=policy.horizon_days
    )


def taken_in(slot: Slot, occupied: Iterable[Occupied]) -> int:
    """Places taken at any time of the slot: those of slots of another length, booked before the hall changed
    it, are counted where they reach into it.
    """
    return sum(one.places for one in occupied if one.start_ms < slot.end_ms and slot.start_ms < one.end_ms)


def left_in(calendar: Calendar, kind: BookingKind, slot: Slot, occupied: Iterable[Occupied]) -> int:
    """Places of a kind that are left in the slot."""
    return max(places_of(calendar.rules, kind, slot) - taken_in(slot, occupied), 0)


def nearest_free(
    calendar: Calendar,
    kind: BookingKind,
    wanted: Slot,
    occupied: Sequence[Occupied],
    policy: BookingPolicy,
    now_ms: int,
) -> tuple[SlotView, ...]:
    """The slots with places left that are nearest to the wanted one, in the order of time."""
    today = local_date(now_ms, calendar.time_zone)
    days = (wanted.day + timedelta(days=ahead) for ahead in range(-NEAREST_DAYS, NEAREST_DAYS + 1))
    free = [
        SlotView(slot.start_ms, slot.end_ms, left, places_of(calendar.rules, kind, slot))
        for day in days
        for slot in slots_of(calendar, day)
        if slot.start_ms != wanted.start_ms
        and is_offered(slot, policy, today=today, now_ms=now_ms)
        and (left := left_in(calendar, kind, slot, occupied))
    ]
    nearest = sorted(free, key=lambda slot: abs(slot.start_ms - wanted.start_ms))[:NEAREST_MAX]
    return tuple(sorted(nearest, key=lambda slot: slot.start_ms))
