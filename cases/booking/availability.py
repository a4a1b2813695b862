"""What a hall offers: where it is, its days and slots with the places left (S9, S11)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from cases.booking.calendar import Calendar, at_ms, day_plan, unannounced_years
from cases.booking.calendars import calendar_in
from cases.booking.halls import halls_of
from cases.booking.hours import DAY_MIN, BookingKind
from cases.booking.places import Own, Place, occupied_in
from cases.booking.policy import BookingPolicy
from cases.booking.slots import Occupied, is_offered, slots_with_places, taken_in
from cases.booking.views import DaysView, DayView, HallsView, SlotsView
from cases.clock import Clock, local_date
from cases.database import Database
from cases.views.names import SlotView

DAYS_MAX: Final = 62
"""That are shown at a time."""
SHOWN_DAYS: Final = 400
"""How far back and ahead days are shown."""


class Availability:
    """Reads halls' calendars. Methods raise RecordsUnavailable and HallUnknown."""

    def __init__(self, database: Database, clock: Clock, policy: BookingPolicy) -> None:
        self._database = database
        self._clock = clock
        self._policy = policy

    async def halls(self, region_code: str | None) -> HallsView:
        """The halls that serve a region; all of them for none."""
        async with self._database.reading() as connection:
            return HallsView(await halls_of(connection, region_code), self._clock.now_ms())

    async def days(
        self, hall_id: str, kind: BookingKind, first: date, last: date, *, reader_id: str
    ) -> DaysView:
        """The days from ``first`` to ``last``, at most DAYS_MAX, and none that is more than SHOWN_DAYS away;
        what the reader holds counts as left.
        """
        now_ms = self._clock.now_ms()
        around = datetime.fromtimestamp(now_ms / 1000, UTC).date()
        first = max(first, around - timedelta(days=SHOWN_DAYS))
        last = min(last, first + timedelta(days=DAYS_MAX - 1), around + timedelta(days=SHOWN_DAYS))
        calendar, taken = await self._taken(hall_id, kind, first, last, reader_id, now_ms)
        today = local_date(now_ms, calendar.time_zone)
        days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
        return DaysView(
            hall_id,
            kind,
            tuple(self._day(calendar, kind, day, taken, today, now_ms) for day in days),
            unannounced_years(calendar, first, last),
            today + timedelta(days=self._policy.horizon_days),
            now_ms,
        )

    def _day(
        self,
        calendar: Calendar,
        kind: BookingKind,
        day: date,
        taken: Sequence[Occupied],
        today: date,
        now_ms: int,
    ) -> DayView:
        plan = day_plan(calendar, day)
        slots = self._offered(calendar, kind, day, taken, today, now_ms)
        return DayView(
            day,
            plan.periods,
            plan.is_working,
            plan.is_confirmed,
            plan.reason,
            sum(slot.left for slot in slots),
            sum(slot.places for slot in slots),
        )

    async def slots(self, hall_id: str, kind: BookingKind, day: date, *, reader_id: str) -> SlotsView:
        """The slots of a day that can be booked, full ones too."""
        now_ms = self._clock.now_ms()
        calendar, taken = await self._taken(hall_id, kind, day, day, reader_id, now_ms)
        today = local_date(now_ms, calendar.time_zone)
        return SlotsView(hall_id, kind, day, self._offered(calendar, kind, day, taken, today, now_ms), now_ms)

    def _offered(
        self,
        calendar: Calendar,
        kind: BookingKind,
        day: date,
        taken: Sequence[Occupied],
        today: date,
        now_ms: int,
    ) -> tuple[SlotView, ...]:
        if not today <= day <= today + timedelta(days=self._policy.horizon_days):
            # No calendar of a year that nobody can book in is read: the first look at one takes long.
            return ()
        return tuple(
            SlotView(slot.start_ms, slot.end_ms, max(places - taken_in(slot, taken), 0), places)
            for slot, places in slots_with_places(calendar, kind, day)
            if is_offered(slot, self._policy, today=today, now_ms=now_ms)
        )

    async def _taken(
        self, hall_id: str, kind: BookingKind, first: date, last: date, reader_id: str, now_ms: int
    ) -> tuple[Calendar, list[Occupied]]:
        def look(connection: Connection) -> tuple[Calendar, list[Occupied]]:
            calendar = calendar_in(connection, hall_id)
            from_ms, to_ms = at_ms(calendar, first, 0), at_ms(calendar, last, DAY_MIN)
            place = Place(hall_id, kind, from_ms)
            return calendar, occupied_in(connection, place, from_ms, to_ms, now_ms, Own(reader_id))

        return await self._database.moment(look)
