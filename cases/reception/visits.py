"""Booked visits, as somebody at the reception shows them (S11, S37). The functions work in the caller's
transaction.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit
from cases.audit import Actor
from cases.booking import bookings
from cases.booking.bookings import Booking, BookingState, booking_of
from cases.booking.errors import BookingOver
from cases.booking.hours import BookingKind
from cases.booking.policy import BookingPolicy, issue_window
from cases.booking.reminders import follow_visit
from cases.booking.showing import noted
from cases.booking.tables import bookings as rows
from cases.reception.errors import BookingHasTicket, VisitNotNow
from cases.reception.paperbook import PAPER, find
from cases.views.tickets import CloseReason

GIVEN_BACK = frozenset({CloseReason.TICKET_CANCELLED, CloseReason.TICKET_LOST, CloseReason.HALL_CLOSED})
"""A ticket that ended like this has not used up its visit."""


def is_now(booking: Booking, policy: BookingPolicy, now_ms: int) -> bool:
    """Whether the visit's ticket may be issued, as far as the time goes. Pure."""
    opens_ms, closes_ms = issue_window(booking, policy)
    return booking.kind is BookingKind.ONSITE and opens_ms <= now_ms < closes_ms


async def to_issue(
    connection: AsyncConnection, hall_id: str, number: str, policy: BookingPolicy, now_ms: int
) -> Booking:
    """The visit whose ticket may be issued now, and nobody else's before the transaction ends.

    Raises BookingUnknown, VisitNotNow, BookingOver, BookingHasTicket.
    """
    known = await bookings.by_number(connection, hall_id, number)
    await connection.execute(
        select(rows.c.booking_id).where(rows.c.booking_id == known.booking_id).with_for_update()
    )
    known = await bookings.one(connection, known.booking_id)
    if not is_now(known, policy, now_ms):
        raise VisitNotNow("outside its window, or of another kind")
    if known.state not in (BookingState.BOOKED, BookingState.USED):
        raise BookingOver(f"is {known.state}")
    for paper in await find(connection, PAPER.booking_id == known.booking_id):
        if paper.close_reason not in GIVEN_BACK:
            raise BookingHasTicket("on paper")
    return known


async def use(
    connection: AsyncConnection, by: Actor, booking_id: str, policy: BookingPolicy, now_ms: int
) -> None:
    """The visit's ticket was issued. Safe to repeat."""
    known = await bookings.one(connection, booking_id)
    if known.state is not BookingState.BOOKED:
        return
    used = await bookings.settle(connection, known, BookingState.USED, now_ms)
    await audit.append(connection, by, "booking.used", "booking", booking_id, noted(used), now_ms)
    await follow_visit(connection, used, policy, now_ms)


async def of_day(
    connection: AsyncConnection, hall_id: str, taxpayer_id: str, day: tuple[int, int], *, limit: int
) -> list[Booking]:
    """A taxpayer's visits of a day (from, to) in the hall, by their time."""
    start_ms, end_ms = day
    asked = (
        select(rows)
        .where(
            rows.c.taxpayer_id == taxpayer_id,
            rows.c.hall_id == hall_id,
            rows.c.kind == BookingKind.ONSITE.value,
            rows.c.slot_start_ms >= start_ms,
            rows.c.slot_start_ms < end_ms,
        )
        .order_by(rows.c.slot_start_ms, rows.c.booking_id)
        .limit(limit)
    )
    return [booking_of(row) for row in await connection.execute(asked)]
