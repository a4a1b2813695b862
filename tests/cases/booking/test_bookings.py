"""Holding, booking, changing and cancelling places, in the records."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from cases import schema
from cases.booking import bookings, places
from cases.booking.bookings import Booking, BookingState
from cases.booking.errors import (
    BookingChanged,
    BookingOver,
    BookingUnknown,
    CaseHasBooking,
    HallUnknown,
    SlotFull,
    SlotNotOffered,
    TooManyBookings,
)
from cases.booking.hours import BookingKind, Capacity
from cases.booking.places import Place, hold_of
from cases.database import Database
from tests.cases.booking.records import HALL_ID, MONDAY, NOW_MS, POLICY, Desk, prepare

pytestmark = pytest.mark.both_records

PEOPLE = [f"person{number}" for number in range(8)]
CHEN, HUANG, LIANG = PEOPLE[:3]


@pytest.fixture
async def desk(database: Database) -> Desk:
    return await prepare(database, PEOPLE, 1)


async def put_case(database: Database, case_id: str, taxpayer_id: str) -> None:
    async with database.writing() as connection:
        await connection.execute(
            schema.cases.insert().values(
                case_id=case_id,
                number=case_id,
                taxpayer_id=taxpayer_id,
                hall_id=HALL_ID,
                mode="assist",
                question="",
                opened_at_ms=NOW_MS,
            )
        )


async def test_a_held_place_becomes_a_booking(desk: Desk) -> None:
    place = (await desk.places())[0]
    await desk.hold(CHEN, place)
    booking = await desk.book(CHEN, place)
    assert (booking.place, booking.state, booking.version) == (place, BookingState.BOOKED, 0)
    assert booking.slot_end_ms - booking.slot_start_ms == 1_800_000
    assert len(booking.number) == 8
    assert booking == await desk.one(booking)
    async with desk.database.reading() as connection:
        assert await hold_of(connection, CHEN, NOW_MS) is None
        assert await bookings.by_number(connection, HALL_ID, booking.number) == booking


async def test_a_held_place_is_nobody_elses_until_it_lapses(desk: Desk) -> None:
    place = (await desk.places())[0]
    await desk.hold(CHEN, place)
    for attempt in (desk.hold, desk.book):
        with pytest.raises(SlotFull):
            await attempt(HUANG, place, NOW_MS + POLICY.hold_ms - 1)
    booking = await desk.book(HUANG, place, NOW_MS + POLICY.hold_ms)
    assert booking.taxpayer_id == HUANG
    with pytest.raises(SlotFull):
        await desk.book(CHEN, place, NOW_MS + POLICY.hold_ms)


async def test_who_holds_too_long_still_gets_the_place_if_nobody_took_it(desk: Desk) -> None:
    place = (await desk.places())[0]
    await desk.hold(CHEN, place)
    assert (await desk.book(CHEN, place, NOW_MS + POLICY.hold_ms + 1)).place == place


async def test_a_late_transaction_does_not_book_what_another_took_meanwhile(desk: Desk) -> None:
    # It began before the hold lapsed, and came to its turn after somebody else's hold.
    place = (await desk.places())[0]
    await desk.hold(CHEN, place)
    await desk.hold(HUANG, place, NOW_MS + POLICY.hold_ms)
    with pytest.raises(SlotFull):
        await desk.book(CHEN, place, NOW_MS + POLICY.hold_ms - 1)


async def test_one_hold_a_person(desk: Desk) -> None:
    first, second = (await desk.places())[:2]
    await desk.hold(CHEN, first)
    await desk.hold(CHEN, first, NOW_MS + 1_000)
    async with desk.database.reading() as connection:
        held = await hold_of(connection, CHEN, NOW_MS + 1_000)
        assert held is not None
        assert held.held_until_ms == NOW_MS + 1_000 + POLICY.hold_ms
    await desk.hold(CHEN, second)
    await desk.hold(HUANG, first)
    with pytest.raises(SlotFull):
        await desk.hold(LIANG, second)
    async with desk.database.writing() as connection:
        await places.release(connection, CHEN)
    await desk.hold(LIANG, second)


async def test_a_full_slot_names_the_nearest_free_ones(desk: Desk) -> None:
    day = await desk.places()
    wanted = day[3]
    await desk.book(CHEN, wanted)
    await desk.book(HUANG, day[2])
    with pytest.raises(SlotFull) as full:
        await desk.book(LIANG, wanted)
    assert [slot.start_ms for slot in full.value.slots] == [
        day[number].slot_start_ms for number in (0, 1, 4, 5, 6)
    ]
    assert {(slot.left, slot.places) for slot in full.value.slots} == {(1, 1)}


async def test_a_full_day_leads_to_the_days_around_it(desk: Desk) -> None:
    tuesday, wednesday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    await desk.set_places(
        1, *(Capacity(kind, 0, day=day) for kind in BookingKind for day in (tuesday, MONDAY))
    )
    wanted = (await desk.places(wednesday))[0]
    await desk.book(CHEN, wanted)
    with pytest.raises(SlotFull) as full:
        await desk.book(HUANG, wanted)
    later = [place.slot_start_ms for place in await desk.places(wednesday)]
    assert [slot.start_ms for slot in full.value.slots] == later[1:6]


async def test_only_slots_that_the_hall_offers(desk: Desk) -> None:
    place = (await desk.places())[0]
    for wrong, error in (
        (replace(place, slot_start_ms=place.slot_start_ms + 60_000), SlotNotOffered),
        (replace(place, slot_start_ms=(await desk.places(MONDAY))[0].slot_start_ms), SlotNotOffered),
        (replace(place, slot_start_ms=place.slot_start_ms + 364 * 86_400_000), SlotNotOffered),
        (replace(place, slot_start_ms=0), SlotNotOffered),
        (replace(place, hall_id="elsewhere"), HallUnknown),
    ):
        with pytest.raises(error):
            await desk.hold(CHEN, wrong)
    await desk.set_places(0)
    with pytest.raises(SlotNotOffered):
        await desk.hold(CHEN, place)


async def test_the_two_kinds_have_their_own_places(desk: Desk) -> None:
    place = (await desk.places())[0]
    await desk.book(CHEN, place)
    booking = await desk.book(HUANG, replace(place, kind=BookingKind.ASSIST))
    assert booking.kind is BookingKind.ASSIST


async def test_three_open_bookings_a_person(desk: Desk) -> None:
    day = await desk.places()
    made = [await desk.book(CHEN, place) for place in day[:3]]
    with pytest.raises(TooManyBookings):
        await desk.book(CHEN, day[3])
    with pytest.raises(TooManyBookings):
        await desk.hold(CHEN, day[3])
    # One that is moved is no further one.
    await desk.hold(CHEN, day[3], changing=made[0].booking_id)
    await desk.cancel(made[1])
    await desk.book(CHEN, day[4])


async def test_a_booking_that_is_past_is_not_open(desk: Desk) -> None:
    day = await desk.places()
    for place in day[:3]:
        await desk.book(CHEN, place)
    later_ms = day[2].slot_start_ms
    afternoon = day[8]
    assert (await desk.book(CHEN, afternoon, later_ms)).place == afternoon


async def test_one_open_booking_a_case(desk: Desk) -> None:
    await put_case(desk.database, "case1", CHEN)
    day = await desk.places()
    booking = await desk.book(CHEN, day[0], case_id="case1")
    with pytest.raises(CaseHasBooking):
        await desk.book(CHEN, day[1], case_id="case1")
    async with desk.database.reading() as connection:
        assert await bookings.open_of_case(connection, "case1") == booking
    await desk.cancel(booking)
    async with desk.database.reading() as connection:
        assert await bookings.open_of_case(connection, "case1") is None
    await desk.book(CHEN, day[1], case_id="case1")


@pytest.mark.feature("S18")
async def test_a_cancelled_place_is_free_at_once(desk: Desk) -> None:
    place = (await desk.places())[0]
    booking = await desk.book(CHEN, place)
    cancelled = await desk.cancel(booking)
    assert (cancelled.state, cancelled.version, cancelled.ended_at_ms) == (BookingState.CANCELLED, 1, NOW_MS)
    assert await desk.cancel(cancelled, NOW_MS + 1) == cancelled
    assert (await desk.book(HUANG, place)).place == place


async def test_a_used_or_missed_booking_keeps_its_place_and_is_over(desk: Desk) -> None:
    first, second = (await desk.places())[:2]
    for place, state in ((first, BookingState.USED), (second, BookingState.MISSED)):
        booking = await desk.book(CHEN, place)
        async with desk.database.writing() as connection:
            ended = await bookings.settle(connection, booking, state, NOW_MS)
        assert ended.state is state
        with pytest.raises(SlotFull):
            await desk.book(HUANG, place)
        with pytest.raises(BookingOver):
            await desk.cancel(ended)
        with pytest.raises(BookingOver):
            await desk.change(ended, (await desk.places())[5])


@pytest.mark.feature("S11")
async def test_a_change_takes_the_new_place_and_frees_the_old_one(desk: Desk) -> None:
    old, new = (await desk.places())[:2]
    booking = await desk.book(CHEN, old)
    await desk.hold(CHEN, new, changing=booking.booking_id)
    changed = await desk.change(booking, new, NOW_MS + 5)
    assert (changed.place, changed.number, changed.version) == (new, booking.number, 1)
    assert (changed.made_at_ms, changed.changed_at_ms) == (NOW_MS, NOW_MS + 5)
    assert (await desk.book(HUANG, old)).place == old
    with pytest.raises(SlotFull):
        await desk.book(LIANG, new)


async def test_a_change_that_cannot_be_leaves_the_booking_as_it_was(desk: Desk) -> None:
    old, taken = (await desk.places())[:2]
    booking = await desk.book(CHEN, old)
    await desk.book(HUANG, taken)
    with pytest.raises(SlotFull):
        await desk.change(booking, taken)
    assert await desk.one(booking) == booking
    with pytest.raises(SlotFull):
        await desk.book(LIANG, old)
    assert await desk.change(booking, old) == booking


async def test_a_change_is_of_the_version_that_was_seen(desk: Desk) -> None:
    first, second, third = (await desk.places())[:3]
    booking = await desk.book(CHEN, first)
    await desk.change(booking, second)
    with pytest.raises(BookingChanged):
        await desk.change(booking, third)
    with pytest.raises(BookingChanged):
        await desk.cancel(booking)


async def test_a_booking_whose_slot_began_stays(desk: Desk) -> None:
    first, second = (await desk.places())[:2]
    booking = await desk.book(CHEN, first)
    with pytest.raises(BookingOver):
        await desk.change(booking, second, first.slot_start_ms)
    with pytest.raises(BookingOver):
        await desk.hold(CHEN, second, first.slot_start_ms, changing=booking.booking_id)


async def test_nobody_moves_or_sees_anothers_booking(desk: Desk) -> None:
    first, second = (await desk.places())[:2]
    booking = await desk.book(CHEN, first)
    with pytest.raises(BookingUnknown):
        await desk.hold(HUANG, second, changing=booking.booking_id)
    async with desk.database.reading() as connection:
        with pytest.raises(BookingUnknown):
            await bookings.one(connection, booking.booking_id, HUANG)
        with pytest.raises(BookingUnknown):
            await bookings.by_number(connection, "elsewhere", booking.number)


async def test_slots_of_another_length_count_where_they_reach_into_each_other(desk: Desk) -> None:
    half_past_eight, nine = (await desk.places())[:2]
    await desk.book(CHEN, nine)
    await desk.set_slot_min(60)
    long = (await desk.places())[0]
    assert long.slot_start_ms == half_past_eight.slot_start_ms
    with pytest.raises(SlotFull):
        await desk.book(HUANG, long)


async def test_lapsed_holds_and_past_turns_are_swept(desk: Desk) -> None:
    place, other = (await desk.places())[:2]
    await desk.hold(CHEN, place)
    await desk.hold(HUANG, other, NOW_MS + 1)
    async with desk.database.writing() as connection:
        await places.sweep_places(connection, NOW_MS + POLICY.hold_ms)
    async with desk.database.reading() as connection:
        assert await hold_of(connection, CHEN, NOW_MS) is None
        assert await hold_of(connection, HUANG, NOW_MS) is not None
    async with desk.database.writing() as connection:
        await places.sweep_places(connection, other.slot_start_ms + 86_400_000)
    assert await desk.turns() == 0


async def taken(desk: Desk, kind: BookingKind, place: Place, now_ms: int = NOW_MS) -> int:
    async with desk.database.reading() as connection:
        found = await places.occupied(connection, place, place.slot_start_ms, place.slot_start_ms + 1, now_ms)
    return sum(one.places for one in found)


async def race(attempts: list[asyncio.Task[Booking]]) -> Counter[str]:
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    return Counter(type(outcome).__name__ for outcome in outcomes)


@pytest.mark.feature("S9")
async def test_two_hundred_race_for_twenty_places(database: Database) -> None:
    people = [f"racer{number}" for number in range(200)]
    desk = await prepare(database, people, 20)
    place = (await desk.places())[0]
    outcomes = await race([asyncio.create_task(desk.book(person, place)) for person in people])
    assert outcomes == {"Booking": 20, "SlotFull": 180}
    assert await taken(desk, BookingKind.ONSITE, place) == 20


async def test_holds_bookings_changes_and_cancellations_race(database: Database) -> None:
    people = [f"racer{number}" for number in range(60)]
    desk = await prepare(database, people, 3)
    first, second, third = (await desk.places())[:3]
    made = [
        await desk.book(person, place) for person, place in zip(people, [first, second] * 3, strict=False)
    ]

    async def hold_and_book(person: str) -> Booking:
        await desk.hold(person, third)
        return await desk.book(person, third)

    outcomes = await race(
        [
            *(asyncio.create_task(desk.change(booking, third)) for booking in made),
            *(asyncio.create_task(desk.cancel(booking)) for booking in made[:2]),
            *(asyncio.create_task(hold_and_book(person)) for person in people[10:30]),
            *(asyncio.create_task(desk.book(person, first)) for person in people[30:45]),
            *(asyncio.create_task(desk.book(person, second)) for person in people[45:]),
        ]
    )
    assert set(outcomes) <= {"Booking", "SlotFull", "BookingChanged", "BookingOver"}
    for place in (first, second, third):
        assert await taken(desk, BookingKind.ONSITE, place) <= 3
    assert await taken(desk, BookingKind.ONSITE, third) == 3


async def test_one_person_books_from_many_pages_at_once(database: Database) -> None:
    desk = await prepare(database, [CHEN], 5)
    day = await desk.places()
    outcomes = await race([asyncio.create_task(desk.book(CHEN, place)) for place in day])
    assert outcomes == {"Booking": 3, "TooManyBookings": len(day) - 3}


async def test_one_case_is_booked_from_two_pages_at_once(database: Database) -> None:
    desk = await prepare(database, [CHEN], 5)
    await put_case(database, "case1", CHEN)
    day = await desk.places()
    outcomes = await race([asyncio.create_task(desk.book(CHEN, place, case_id="case1")) for place in day])
    assert outcomes == {"Booking": 1, "CaseHasBooking": len(day) - 1}
