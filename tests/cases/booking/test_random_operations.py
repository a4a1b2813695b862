"""Whatever people do in whatever order, no slot has more booked and held than places, and every answer is
what a simple model says (S9, S11, S18).
"""

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.booking.bookings import Booking, BookingState
from cases.booking.errors import BookingOver, SlotFull, TooManyBookings, VisitBooked
from cases.booking.places import Place, occupied
from cases.database import Database
from tests.cases.booking.records import NOW_MS, POLICY, Desk, prepare
from tests.records import records_url

PEOPLE = [f"person{number}" for number in range(5)]
PLACES, SLOTS = 2, 3

Step = tuple[str, int, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["hold", "book", "change", "cancel", "wait"]),
        st.integers(0, len(PEOPLE) - 1),
        st.integers(0, SLOTS - 1),
        st.integers(0, 2),
    ),
    max_size=40,
)


@dataclass
class Model:
    """What should be, in the plainest words."""

    booked: dict[str, tuple[str, int]] = field(default_factory=dict)
    held: dict[str, tuple[int, int]] = field(default_factory=dict)
    now_ms: int = NOW_MS

    def taken(self, slot: int, *, but_of: str = "", leaving: str = "") -> int:
        booked = sum(at == slot for booking, (_, at) in self.booked.items() if booking != leaving)
        held = sum(
            at == slot and until_ms > self.now_ms
            for person, (at, until_ms) in self.held.items()
            if person != but_of
        )
        return booked + held

    def comes(self, person: str, slot: int) -> bool:
        return (person, slot) in self.booked.values()

    def of(self, person: str) -> int:
        return sum(owner == person for owner, _ in self.booked.values())


class Run:
    def __init__(self, desk: Desk, places: list[Place]) -> None:
        self.desk, self.places, self.model = desk, places, Model()
        self.bookings: list[Booking] = []

    async def do(self, step: Step) -> None:
        name, person_number, slot, pick = step
        person = PEOPLE[person_number]
        match name:
            case "wait":
                self.model.now_ms += POLICY.hold_ms // 2
            case "hold":
                await self.expect(self.refusal(person, slot), self.hold(person, slot))
            case "book":
                twice = VisitBooked if self.model.comes(person, slot) else None
                await self.expect(twice or self.refusal(person, slot), self.book(person, slot))
            case "change" | "cancel" if self.bookings:
                booking = self.bookings[pick % len(self.bookings)]
                if name == "cancel":
                    await self.cancel(booking)
                else:
                    await self.expect(self.change_refusal(booking, slot), self.change(booking, slot))

    def refusal(self, person: str, slot: int) -> type[Exception] | None:
        if self.model.of(person) >= POLICY.open_max:
            return TooManyBookings
        return SlotFull if self.model.taken(slot, but_of=person) >= PLACES else None

    def change_refusal(self, booking: Booking, slot: int) -> type[Exception] | None:
        if booking.state is not BookingState.BOOKED:
            return BookingOver
        person, at = self.model.booked[booking.booking_id]
        if at != slot and self.model.comes(person, slot):
            return VisitBooked
        full = self.model.taken(slot, but_of=person, leaving=booking.booking_id) >= PLACES
        return SlotFull if at != slot and full else None

    async def expect(self, error: type[Exception] | None, action: object) -> None:
        found: type[Exception] | None = None
        try:
            await action  # type: ignore[misc]
        except (SlotFull, TooManyBookings, BookingOver, VisitBooked) as refused:
            found = type(refused)
        assert found is error

    async def hold(self, person: str, slot: int) -> None:
        await self.desk.hold(person, self.places[slot], self.model.now_ms)
        self.model.held[person] = (slot, self.model.now_ms + POLICY.hold_ms)

    async def book(self, person: str, slot: int) -> None:
        booking = await self.desk.book(person, self.places[slot], self.model.now_ms)
        self.bookings.append(booking)
        self.model.booked[booking.booking_id] = (person, slot)
        self.model.held.pop(person, None)

    async def change(self, booking: Booking, slot: int) -> None:
        changed = await self.desk.change(booking, self.places[slot], self.model.now_ms)
        self.bookings[self.bookings.index(booking)] = changed
        self.model.booked[booking.booking_id] = (booking.taxpayer_id, slot)
        self.model.held.pop(booking.taxpayer_id, None)

    async def cancel(self, booking: Booking) -> None:
        cancelled = await self.desk.cancel(booking, self.model.now_ms)
        self.bookings[self.bookings.index(booking)] = cancelled
        self.model.booked.pop(booking.booking_id, None)

    async def check(self) -> None:
        for slot, place in enumerate(self.places):
            async with self.desk.database.reading() as connection:
                found = await occupied(
                    connection, place, place.slot_start_ms, place.slot_start_ms + 1, self.model.now_ms
                )
            places = sum(one.places for one in found)
            assert places == self.model.taken(slot)
            assert places <= PLACES


async def run(folder: Path, steps: list[Step]) -> None:
    database = Database(records_url(folder))
    try:
        desk = await prepare(database, PEOPLE, PLACES)
        one = Run(desk, (await desk.places())[-SLOTS:])
        for step in steps:
            await one.do(step)
            await one.check()
    finally:
        await database.close()


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_any_order_of_steps_keeps_to_the_places(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder), steps))
