"""A hall and taxpayers in the records, as the tests of booking want them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from cases import schema
from cases.booking import bookings
from cases.booking.bookings import Booking, NewBooking
from cases.booking.calendars import calendar_of, put_rules, rules_version
from cases.booking.hours import BookingKind, Capacity, HallRules
from cases.booking.places import Place
from cases.booking.policy import BookingPolicy
from cases.booking.slots import slots_of
from cases.booking.tables import slot_turns
from cases.database import Database
from cases.halls import put_hall
from cases.sealing import new_id
from server.demo import HALL

HALL_ID: Final = HALL.hall_id
POLICY: Final = BookingPolicy()
MONDAY: Final = date(2026, 11, 23)
"""An ordinary week follows."""
NOW_MS: Final = int(datetime(2026, 11, 23, 1, 0, tzinfo=UTC).timestamp() * 1000)
"""09:00 of that day at the hall."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a test books with: every method is one transaction."""

    database: Database

    async def hold(
        self, person: str, place: Place, now_ms: int = NOW_MS, *, changing: str | None = None
    ) -> None:
        async with self.database.writing() as connection:
            await bookings.hold(connection, person, place, POLICY, now_ms, changing=changing)

    async def book(
        self, person: str, place: Place, now_ms: int = NOW_MS, *, case_id: str | None = None
    ) -> Booking:
        new = NewBooking(new_id(), person, place, case_id, None if case_id else "T17")
        async with self.database.writing() as connection:
            return await bookings.book(connection, new, POLICY, now_ms)

    async def change(self, booking: Booking, place: Place, now_ms: int = NOW_MS) -> Booking:
        async with self.database.writing() as connection:
            return await bookings.change(connection, booking, place, POLICY, now_ms, version=booking.version)

    async def cancel(self, booking: Booking, now_ms: int = NOW_MS) -> Booking:
        async with self.database.writing() as connection:
            return await bookings.cancel(connection, booking, now_ms)

    async def one(self, booking: Booking) -> Booking:
        async with self.database.reading() as connection:
            return await bookings.one(connection, booking.booking_id)

    async def places(self, day: date = MONDAY + timedelta(days=1)) -> list[Place]:
        """The places of a day, in order."""
        async with self.database.reading() as connection:
            calendar = await calendar_of(connection, HALL_ID)
        return [Place(HALL_ID, BookingKind.ONSITE, slot.start_ms) for slot in slots_of(calendar, day)]

    async def set_places(self, counters: int, *more: Capacity) -> None:
        """So many places in each slot of both kinds."""
        await self.set_rules(HallRules(capacities=(*_each_kind(counters), *more)))

    async def set_slot_min(self, slot_min: int) -> None:
        """Slots of another length, with a place in each."""
        await self.set_rules(HallRules(slot_min=slot_min, capacities=_each_kind(1)))

    async def set_rules(self, rules: HallRules) -> None:
        async with self.database.writing() as connection:
            version = await rules_version(connection, HALL_ID)
            await put_rules(connection, HALL_ID, rules, version=version, now_ms=NOW_MS)

    async def turns(self) -> int:
        """How many slots have a turn."""
        async with self.database.reading() as connection:
            return int(await connection.scalar(select(func.count()).select_from(slot_turns)) or 0)


def _each_kind(counters: int) -> tuple[Capacity, ...]:
    return tuple(Capacity(kind, counters) for kind in BookingKind)


async def put_people(database: Database, people: Sequence[str]) -> None:
    async with database.writing() as connection:
        for person in people:
            await connection.execute(
                schema.taxpayers.insert().values(
                    taxpayer_id=person,
                    certificate_type="id_cn",
                    number_sealed=b"sealed",
                    number_index=f"index of {person}",
                    name="陈嘉敏",
                    created_at_ms=NOW_MS,
                )
            )


async def prepare(database: Database, people: Sequence[str], places: int) -> Desk:
    """The tables, the demo's hall with so many places a slot, and taxpayers."""
    await database.migrate()
    async with database.writing() as connection:
        await put_hall(connection, HALL, ())
    await put_people(database, people)
    desk = Desk(database)
    await desk.set_places(places)
    return desk
