"""A taxpayer is reminded of a visit before its time (S10); of a case's booking its case takes care."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.booking import bookings
from cases.booking.bookings import Booking, BookingState
from cases.booking.policy import BookingPolicy, reminder_at_ms
from cases.booking.showing import reminded
from cases.deadlines.book import Deadline, clear_deadline, set_deadline
from cases.outbox import messages

VISIT_REMINDER: Final = "visit_reminder"
"""The kind of the deadline."""


async def follow_visit(
    connection: AsyncConnection, booking: Booking, policy: BookingPolicy, now_ms: int
) -> None:
    """Set, move or take away the reminder of a visit after a change, in its transaction."""
    at_ms = reminder_at_ms(booking, policy, now_ms) if booking.state is BookingState.BOOKED else None
    if at_ms is None:
        await clear_deadline(connection, VISIT_REMINDER, booking.booking_id)
    else:
        await set_deadline(connection, Deadline(VISIT_REMINDER, booking.booking_id, at_ms))


async def remind(connection: AsyncConnection, deadline: Deadline, now_ms: int) -> None:
    """What the deadline does: the taxpayer is told, unless the visit is over by now."""
    booking = await bookings.one(connection, deadline.object_id)
    if bookings.is_open(booking, now_ms):
        await messages.put(connection, reminded(booking), now_ms)
