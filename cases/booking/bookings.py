"""Bookings in the records. The functions work in the caller's transaction, so that a booking is made together
with what it is for.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.booking import tables
from cases.booking.errors import (
    BookingChanged,
    BookingOver,
    BookingUnknown,
    CaseHasBooking,
    TooManyBookings,
    VisitBooked,
)
from cases.booking.hours import BookingKind
from cases.booking.numbers import new_number
from cases.booking.places import (
    CANCELLED,
    Hold,
    Own,
    Place,
    put_hold,
    release,
    take_person,
    take_place,
)
from cases.booking.policy import BookingPolicy
from cases.booking.slots import Slot
from cases.paging import Cursor

NUMBER_TRIES: Final = 5


class BookingState(StrEnum):
    """Open while ``booked``; each of the others is the end."""

    BOOKED = "booked"
    CANCELLED = CANCELLED
    USED = "used"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class NewBooking:
    """Of a case, or of a topic for a visit in person."""

    booking_id: str
    taxpayer_id: str
    place: Place
    case_id: str | None = None
    topic_id: str | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking, as the records have it. ``ended_at_ms``: when it was cancelled, used or missed."""

    booking_id: str
    number: str
    taxpayer_id: str
    hall_id: str
    kind: BookingKind
    slot_start_ms: int
    slot_end_ms: int
    case_id: str | None
    topic_id: str | None
    state: BookingState
    made_at_ms: int
    changed_at_ms: int | None
    ended_at_ms: int | None
    version: int

    @property
    def place(self) -> Place:
        return Place(self.hall_id, self.kind, self.slot_start_ms)


def booking_of(row: Row[tuple[object, ...]]) -> Booking:
    return Booking(
        row.booking_id,
        row.number,
        row.taxpayer_id,
        row.hall_id,
        BookingKind(row.kind),
        row.slot_start_ms,
        row.slot_end_ms,
        row.case_id,
        row.topic_id,
        BookingState(row.state),
        row.made_at_ms,
        row.changed_at_ms,
        row.ended_at_ms,
        row.version,
    )


def is_open(booking: Booking, now_ms: int) -> bool:
    """Whether it may still be changed or cancelled by the taxpayer: its slot has not begun."""
    return booking.state is BookingState.BOOKED and now_ms < booking.slot_start_ms


async def hold(
    connection: AsyncConnection,
    taxpayer_id: str,
    place: Place,
    policy: BookingPolicy,
    now_ms: int,
    *,
    changing: str | None = None,
) -> Hold:
    """Keep a place for a while; the person's hold before it is given up.

    ``changing``: the booking that it is to be the new place of. Raises HallUnknown, SlotNotOffered, SlotFull,
    TooManyBookings, BookingUnknown, BookingOver.
    """
    await take_person(connection, taxpayer_id)
    if changing is None:
        await _refuse_too_many(connection, taxpayer_id, policy, now_ms)
    else:
        _refuse_over(await one(connection, changing, taxpayer_id), now_ms)
    slot = await take_place(connection, place, Own(taxpayer_id, changing), policy, now_ms)
    return await put_hold(connection, taxpayer_id, place, slot, now_ms + policy.hold_ms)


async def book(connection: AsyncConnection, new: NewBooking, policy: BookingPolicy, now_ms: int) -> Booking:
    """Turn the person's hold into a booking. One whose hold lapsed, or who has none, gets the place if it is
    still free.

    Raises HallUnknown, SlotNotOffered, SlotFull, TooManyBookings, CaseHasBooking, VisitBooked.
    """
    await take_person(connection, new.taxpayer_id)
    if new.case_id is not None and await open_of_case(connection, new.case_id) is not None:
        raise CaseHasBooking("one a case")
    await _refuse_twice(connection, new.taxpayer_id, new.topic_id, new.place)
    await _refuse_too_many(connection, new.taxpayer_id, policy, now_ms)
    slot = await take_place(connection, new.place, Own(new.taxpayer_id), policy, now_ms)
    await release(connection, new.taxpayer_id)
    return await _write(connection, new, slot, now_ms)


async def change(
    connection: AsyncConnection,
    known: Booking,
    place: Place,
    policy: BookingPolicy,
    now_ms: int,
    *,
    version: int,
) -> Booking:
    """Move the booking of that version to another place: it is taken before the old one goes, and where it
    cannot be, the booking stays as it is. The same place again changes nothing.

    Raises HallUnknown, SlotNotOffered, SlotFull, BookingOver, BookingChanged, VisitBooked.
    """
    await take_person(connection, known.taxpayer_id)
    known = await one(connection, known.booking_id)
    _refuse_over(known, now_ms)
    if known.version != version:
        raise BookingChanged(f"at version {known.version}")
    if known.place == place:
        await release(connection, known.taxpayer_id)
        return known
    await _refuse_twice(connection, known.taxpayer_id, known.topic_id, place)
    slot = await take_place(connection, place, Own(known.taxpayer_id, known.booking_id), policy, now_ms)
    await release(connection, known.taxpayer_id)
    return await _move_on(
        connection,
        known,
        hall_id=place.hall_id,
        kind=place.kind.value,
        slot_start_ms=slot.start_ms,
        slot_end_ms=slot.end_ms,
        changed_at_ms=now_ms,
    )


async def cancel(connection: AsyncConnection, known: Booking, now_ms: int) -> Booking:
    """Give the place back: it is free again once the transaction ends. A cancelled one stays as it is.

    Raises BookingOver for one that was used or missed, BookingChanged where somebody else changes it just
    now.
    """
    if known.state is BookingState.CANCELLED:
        return known
    return await settle(connection, known, BookingState.CANCELLED, now_ms)


async def settle(connection: AsyncConnection, known: Booking, state: BookingState, now_ms: int) -> Booking:
    """End an open booking: cancelled, used (its ticket was issued) or missed. Raises BookingOver,
    BookingChanged.
    """
    if known.state is not BookingState.BOOKED:
        raise BookingOver(f"is {known.state}")
    return await _move_on(connection, known, state=state.value, ended_at_ms=now_ms)


async def one(connection: AsyncConnection, booking_id: str, taxpayer_id: str | None = None) -> Booking:
    """A booking; of that taxpayer, if one is named. Raises BookingUnknown."""
    bookings = tables.bookings
    row = (
        await connection.execute(select(bookings).where(bookings.c.booking_id == booking_id))
    ).one_or_none()
    if row is None or taxpayer_id not in (None, row.taxpayer_id):
        raise BookingUnknown("no such booking of this person")
    return booking_of(row)


async def by_number(connection: AsyncConnection, hall_id: str, number: str) -> Booking:
    """What somebody who comes to the hall shows or says. Raises BookingUnknown."""
    bookings = tables.bookings
    row = (
        await connection.execute(
            select(bookings).where(bookings.c.number == number, bookings.c.hall_id == hall_id)
        )
    ).one_or_none()
    if row is None:
        raise BookingUnknown("no such booking in this hall")
    return booking_of(row)


async def open_of_case(connection: AsyncConnection, case_id: str) -> Booking | None:
    """The open booking of a case, if it has one."""
    bookings = tables.bookings
    row = (
        await connection.execute(
            select(bookings).where(
                bookings.c.case_id == case_id, bookings.c.state == BookingState.BOOKED.value
            )
        )
    ).one_or_none()
    return None if row is None else booking_of(row)


async def of_taxpayer(
    connection: AsyncConnection, taxpayer_id: str, *, before: Cursor | None, limit: int
) -> list[Booking]:
    """A taxpayer's bookings, the latest slot first, before ``before``."""
    bookings = tables.bookings
    asked = (
        select(bookings)
        .where(bookings.c.taxpayer_id == taxpayer_id)
        .order_by(bookings.c.slot_start_ms.desc(), bookings.c.booking_id.desc())
        .limit(limit)
    )
    if before is not None:
        asked = asked.where(before.is_before(bookings.c.slot_start_ms, bookings.c.booking_id))
    return [booking_of(row) for row in await connection.execute(asked)]


async def open_count(connection: AsyncConnection, taxpayer_id: str, now_ms: int) -> int:
    """How many bookings of the taxpayer are open, of slots that are not over."""
    bookings = tables.bookings.c
    return int(
        await connection.scalar(
            select(func.count()).where(
                bookings.taxpayer_id == taxpayer_id,
                bookings.state == BookingState.BOOKED.value,
                bookings.slot_end_ms > now_ms,
            )
        )
        or 0
    )


async def _refuse_too_many(
    connection: AsyncConnection, taxpayer_id: str, policy: BookingPolicy, now_ms: int
) -> None:
    if await open_count(connection, taxpayer_id, now_ms) >= policy.open_max:
        raise TooManyBookings("as many as allowed")


async def _refuse_twice(
    connection: AsyncConnection, taxpayer_id: str, topic_id: str | None, place: Place
) -> None:
    """A page that was loaded anew does not know that its booking was made, nor does another tab."""
    if topic_id is None:
        return
    bookings = tables.bookings.c
    found = await connection.scalar(
        select(bookings.booking_id).where(
            bookings.taxpayer_id == taxpayer_id,
            bookings.topic_id == topic_id,
            bookings.hall_id == place.hall_id,
            bookings.kind == place.kind.value,
            bookings.slot_start_ms == place.slot_start_ms,
            bookings.state == BookingState.BOOKED.value,
        )
    )
    if found is not None:
        raise VisitBooked("for the same topic at that time")


def _refuse_over(known: Booking, now_ms: int) -> None:
    if not is_open(known, now_ms):
        raise BookingOver(f"is {known.state}, or has begun")


async def _move_on(connection: AsyncConnection, known: Booking, **changes: Any) -> Booking:
    """The booking's next version, from the one that is known."""
    bookings = tables.bookings
    moved = await connection.execute(
        update(bookings)
        .where(
            bookings.c.booking_id == known.booking_id,
            bookings.c.state == BookingState.BOOKED.value,
            bookings.c.version == known.version,
        )
        .values(version=known.version + 1, **changes)
    )
    if not moved.rowcount:
        raise BookingChanged("by somebody else")
    return await one(connection, known.booking_id)


async def _write(connection: AsyncConnection, new: NewBooking, slot: Slot, now_ms: int) -> Booking:
    """Under a number that no other booking has."""
    for tries_left in reversed(range(NUMBER_TRIES)):
        try:
            async with connection.begin_nested():
                await connection.execute(
                    tables.bookings.insert().values(
                        booking_id=new.booking_id,
                        number=new_number(),
                        taxpayer_id=new.taxpayer_id,
                        hall_id=new.place.hall_id,
                        kind=new.place.kind.value,
                        slot_start_ms=slot.start_ms,
                        slot_end_ms=slot.end_ms,
                        case_id=new.case_id,
                        topic_id=new.topic_id,
                        state=BookingState.BOOKED.value,
                        made_at_ms=now_ms,
                        version=0,
                    )
                )
                break
        except IntegrityError:
            # One in a million, most likely: another number is tried.
            if not tries_left:
                raise
    return await one(connection, new.booking_id)
