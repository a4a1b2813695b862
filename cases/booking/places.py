"""The places of slots: taken, held, and free. The functions work in the caller's transaction.

A slot's places are counted, not kept in a number: holds lapse by the clock, and nobody runs a transaction at
that moment. Who takes a place first takes the slot's turn (``slot_turns``): on PostgreSQL the others wait for
that row until the end of the transaction, on SQLite there is one writer anyway; so each one counts what all
before it took. Transactions take the taxpayer's row first and one slot after it, so that none wait for each
other in a circle.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, bindparam, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.booking import tables
from cases.booking.calendar import Calendar
from cases.booking.calendars import calendar_of
from cases.booking.errors import SlotFull, SlotNotOffered
from cases.booking.hours import SLOT_MIN_MOST, BookingKind
from cases.booking.policy import BookingPolicy
from cases.booking.slots import (
    NEAREST_DAYS,
    Occupied,
    Slot,
    is_offered,
    left_in,
    nearest_free,
    places_of,
    slot_at,
)
from cases.clock import local_date
from cases.errors import NotSignedIn

LONGEST_SLOT_MS: Final = SLOT_MIN_MOST * 60_000
DAY_MS: Final = 86_400_000
NEAREST_MS: Final = (NEAREST_DAYS + 1) * DAY_MS
CANCELLED: Final = "cancelled"
"""The one state of a booking that leaves its place to others."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place that somebody wants."""

    hall_id: str
    kind: BookingKind
    slot_start_ms: int


@dataclass(frozen=True, slots=True)
class Hold:
    """A place that is kept for a taxpayer until ``held_until_ms``, and no longer."""

    hall_id: str
    kind: BookingKind
    slot_start_ms: int
    slot_end_ms: int
    held_until_ms: int


@dataclass(frozen=True, slots=True)
class Own:
    """What a taxpayer gives up for the place wanted: their hold, and the booking that is moved, if one is."""

    taxpayer_id: str
    booking_id: str | None = None


async def take_person(connection: AsyncConnection, taxpayer_id: str) -> None:
    """From here to the end of the transaction nobody else books for this taxpayer. Raises NotSignedIn where
    there is none.
    """
    taxpayers = schema.taxpayers.c
    # Left out of the statement on SQLite, where a writer is alone.
    found = await connection.scalar(
        select(taxpayers.taxpayer_id)
        .where(taxpayers.taxpayer_id == taxpayer_id)
        .with_for_update(key_share=True)
    )
    if found is None:
        raise NotSignedIn("no such person")


async def take_place(
    connection: AsyncConnection, place: Place, own: Own, policy: BookingPolicy, now_ms: int
) -> Slot:
    """The slot, once it is sure that it has a place besides those of all others; it stays free until the end
    of the transaction. Raises HallUnknown, SlotNotOffered, SlotFull.
    """
    if not now_ms <= place.slot_start_ms <= now_ms + (policy.horizon_days + 2) * DAY_MS:
        # Neither a row nor a look at the calendar for a time that no hall offers.
        raise SlotNotOffered("not within the horizon")
    await _take_turn(connection, place)
    calendar = await calendar_of(connection, place.hall_id)
    slot = slot_at(calendar, place.slot_start_ms)
    if (
        slot is None
        or not is_offered(slot, policy, today=local_date(now_ms, calendar.time_zone), now_ms=now_ms)
        or not places_of(calendar.rules, place.kind, slot)
    ):
        raise SlotNotOffered("no such slot")
    taken = await occupied(connection, place, slot.start_ms, slot.end_ms, now_ms, own)
    if not left_in(calendar, place.kind, slot, taken):
        raise await _full(connection, calendar, place, slot, policy, now_ms)
    return slot


async def _full(
    connection: AsyncConnection,
    calendar: Calendar,
    place: Place,
    slot: Slot,
    policy: BookingPolicy,
    now_ms: int,
) -> SlotFull:
    around = await occupied(connection, place, slot.start_ms - NEAREST_MS, slot.end_ms + NEAREST_MS, now_ms)
    return SlotFull(nearest_free(calendar, place.kind, slot, around, policy, now_ms))


async def _take_turn(connection: AsyncConnection, place: Place) -> None:
    turns = tables.slot_turns
    mine = {"hall_id": place.hall_id, "kind": place.kind.value, "slot_start_ms": place.slot_start_ms}
    more = update(turns).filter_by(**mine).values(turns=turns.c.turns + 1)
    if (await connection.execute(more)).rowcount:
        return
    try:
        async with connection.begin_nested():
            await connection.execute(turns.insert().values(**mine, turns=1))
    except IntegrityError:
        await connection.execute(more)


async def occupied(
    connection: AsyncConnection,
    place: Place,
    from_ms: int,
    to_ms: int,
    now_ms: int,
    own: Own | None = None,
) -> list[Occupied]:
    """The places of the hall and kind that are booked or held at any time between the two; without what is
    ``own``.
    """
    return await connection.run_sync(occupied_in, place, from_ms, to_ms, now_ms, own)


def occupied_in(
    connection: Connection,
    place: Place,
    from_ms: int,
    to_ms: int,
    now_ms: int,
    own: Own | None = None,
) -> list[Occupied]:
    """The same for who looks without the loop (``Database.moment``)."""
    asked: dict[str, Any] = {
        "asked_hall_id": place.hall_id,
        "asked_kind": place.kind.value,
        "after_ms": from_ms - LONGEST_SLOT_MS,
        "to_ms": to_ms,
        "from_ms": from_ms,
    }
    held = {**asked, "now_ms": now_ms}
    booking_id = None
    if own is not None:
        held["own_taxpayer_id"] = own.taxpayer_id
        booking_id = own.booking_id
    if booking_id is not None:
        asked["own_booking_id"] = booking_id
    rows = [
        *connection.execute(_booked(but_own=booking_id is not None), asked),
        *connection.execute(_held(but_own=own is not None), held),
    ]
    return [Occupied(row.slot_start_ms, row.slot_end_ms, row.places) for row in rows]


def _places(places: Table) -> Select[Any]:
    found = places.c
    return (
        select(found.slot_start_ms, found.slot_end_ms, func.count().label("places"))
        .where(
            found.hall_id == bindparam("asked_hall_id"),
            found.kind == bindparam("asked_kind"),
            found.slot_start_ms > bindparam("after_ms"),
            found.slot_start_ms < bindparam("to_ms"),
            found.slot_end_ms > bindparam("from_ms"),
        )
        .group_by(found.slot_start_ms, found.slot_end_ms)
    )


@cache
def _booked(*, but_own: bool) -> Select[Any]:
    bookings = tables.bookings
    asked = _places(bookings).where(bookings.c.state != CANCELLED)
    return asked.where(bookings.c.booking_id != bindparam("own_booking_id")) if but_own else asked


@cache
def _held(*, but_own: bool) -> Select[Any]:
    holds = tables.place_holds
    asked = _places(holds).where(holds.c.held_until_ms > bindparam("now_ms"))
    return asked.where(holds.c.taxpayer_id != bindparam("own_taxpayer_id")) if but_own else asked


async def put_hold(
    connection: AsyncConnection, taxpayer_id: str, place: Place, slot: Slot, held_until_ms: int
) -> Hold:
    """Write the person's hold over the one before."""
    await release(connection, taxpayer_id)
    await connection.execute(
        tables.place_holds.insert().values(
            taxpayer_id=taxpayer_id,
            hall_id=place.hall_id,
            kind=place.kind.value,
            slot_start_ms=slot.start_ms,
            slot_end_ms=slot.end_ms,
            held_until_ms=held_until_ms,
        )
    )
    return Hold(place.hall_id, place.kind, slot.start_ms, slot.end_ms, held_until_ms)


async def release(connection: AsyncConnection, taxpayer_id: str) -> None:
    """Give up the person's hold, if there is one."""
    holds = tables.place_holds
    await connection.execute(delete(holds).where(holds.c.taxpayer_id == taxpayer_id))


async def hold_of(connection: AsyncConnection, taxpayer_id: str, now_ms: int) -> Hold | None:
    """The person's hold, unless it lapsed."""
    holds = tables.place_holds
    row = (
        await connection.execute(
            select(holds).where(holds.c.taxpayer_id == taxpayer_id, holds.c.held_until_ms > now_ms)
        )
    ).one_or_none()
    if row is None:
        return None
    return Hold(row.hall_id, BookingKind(row.kind), row.slot_start_ms, row.slot_end_ms, row.held_until_ms)


async def sweep_places(connection: AsyncConnection, now_ms: int) -> None:
    """Take away holds that lapsed and the turns of slots that are over: nothing depends on them."""
    holds, turns = tables.place_holds, tables.slot_turns
    await connection.execute(delete(holds).where(holds.c.held_until_ms <= now_ms))
    await connection.execute(delete(turns).where(turns.c.slot_start_ms <= now_ms - LONGEST_SLOT_MS))
