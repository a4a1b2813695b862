"""A booking as its taxpayer is shown it, and what of it is told and noted. Pure."""

from collections.abc import Mapping
from typing import Any

from cases.booking.bookings import Booking, is_open
from cases.booking.policy import BookingPolicy, issue_window
from cases.booking.views import BookingAction, BookingView, HallPlace
from cases.outbox.messages import Notification, NotificationKind
from cases.views.names import Bilingual


def booking_view(
    booking: Booking, hall: HallPlace, topic: Bilingual | None, policy: BookingPolicy, now_ms: int
) -> BookingView:
    """The booking at ``now_ms``. That of a case is changed and cancelled with its case."""
    opens_ms, closes_ms = issue_window(booking, policy)
    is_own = booking.case_id is None and is_open(booking, now_ms)
    return BookingView(
        booking.booking_id,
        booking.number,
        hall,
        booking.kind,
        booking.slot_start_ms,
        booking.slot_end_ms,
        opens_ms,
        closes_ms,
        booking.case_id,
        booking.topic_id,
        topic,
        booking.state,
        booking.made_at_ms,
        booking.changed_at_ms,
        booking.ended_at_ms,
        booking.version,
        (BookingAction.CHANGE, BookingAction.CANCEL) if is_own else (),
        now_ms,
    )


def noted(booking: Booking) -> Mapping[str, Any]:
    """What the audit trail keeps of a booking's change."""
    return {
        "hall_id": booking.hall_id,
        "kind": booking.kind.value,
        "slot_start_ms": booking.slot_start_ms,
        "state": booking.state.value,
        "version": booking.version,
    }


def told(booking: Booking, kind: NotificationKind) -> Notification:
    """What the taxpayer is told of a booking's change; of each version once."""
    return _notification(booking, f"{booking.booking_id}-{booking.version}", kind)


def reminded(booking: Booking) -> Notification:
    """What the taxpayer is reminded of; of each slot once."""
    return _notification(
        booking, f"{booking.booking_id}-{booking.version}-r", NotificationKind.BOOKING_REMINDER
    )


def _notification(booking: Booking, notification_id: str, kind: NotificationKind) -> Notification:
    return Notification(
        notification_id,
        booking.taxpayer_id,
        kind,
        booking.case_id,
        {
            "booking_id": booking.booking_id,
            "number": booking.number,
            "hall_id": booking.hall_id,
            "kind": booking.kind.value,
            "slot_start_ms": booking.slot_start_ms,
            "slot_end_ms": booking.slot_end_ms,
        },
    )
