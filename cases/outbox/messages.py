"""What is to be told is written in the transaction in which it happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.outbox.states import DeliveryState
from cases.outbox.tables import deliveries, inboxes


class NotificationKind(StrEnum):
    """What a person is told of; each has its texts."""

    BOOKING_MADE = "booking_made"
    BOOKING_CHANGED = "booking_changed"
    BOOKING_CANCELLED = "booking_cancelled"
    BOOKING_REMINDER = "booking_reminder"
    ISSUE_WINDOW_OPEN = "issue_window_open"
    REVIEW_APPROVED = "review_approved"
    REVIEW_REJECTED = "review_rejected"
    EDIT_ASKED = "edit_asked"
    TICKET_ABANDONED = "ticket_abandoned"
    TICKET_CALLED_ONSITE = "ticket_called_onsite"
    PAYMENT_ASKED = "payment_asked"
    PAYMENT_CONFIRMED = "payment_confirmed"
    PAYMENT_RETURNED = "payment_returned"
    PAYMENT_OVERDUE = "payment_overdue"
    CASE_CLOSED = "case_closed"
    MESSAGE_WAITING = "message_waiting"


@dataclass(frozen=True, slots=True)
class Notification:
    """``notification_id``: made from what happened, so that telling it again is the same one. ``params``:
    what its text needs (times as UTC ms, ids, numbers of cases), as JSON, without names of people.
    """

    notification_id: str
    taxpayer_id: str
    kind: NotificationKind
    case_id: str | None
    params: Mapping[str, Any]


async def put(connection: AsyncConnection, notification: Notification, now_ms: int) -> None:
    """Write it in the caller's transaction: into the person's inbox, and for the webhook. Raises
    IntegrityError where it was told already.
    """
    number = await _next_number(connection, notification.taxpayer_id, now_ms)
    await connection.execute(
        schema.outbox.insert().values(
            notification_id=notification.notification_id,
            taxpayer_id=notification.taxpayer_id,
            kind=notification.kind.value,
            case_id=notification.case_id,
            params=dict(notification.params),
            made_at_ms=now_ms,
            number=number,
        )
    )
    await connection.execute(
        deliveries.insert().values(
            notification_id=notification.notification_id,
            taxpayer_id=notification.taxpayer_id,
            number=number,
            made_at_ms=now_ms,
            state=DeliveryState.WAITING.value,
            attempts=0,
            try_at_ms=now_ms,
        )
    )


async def _next_number(connection: AsyncConnection, taxpayer_id: str, now_ms: int) -> int:
    """The inbox has one more, which is not read."""
    table = inboxes.c
    changed = await connection.execute(
        update(inboxes)
        .where(table.taxpayer_id == taxpayer_id)
        .values(
            version=table.version + 1,
            changed_at_ms=not_before(now_ms),
            last_number=table.last_number + 1,
            unread=table.unread + 1,
        )
    )
    if not changed.rowcount:
        await connection.execute(
            inboxes.insert().values(
                taxpayer_id=taxpayer_id, version=1, changed_at_ms=now_ms, last_number=1, unread=1
            )
        )
    number = await connection.scalar(select(table.last_number).where(table.taxpayer_id == taxpayer_id))
    return number or 1


def not_before(now_ms: int) -> ColumnElement[int]:
    """The time of an inbox's change: not before the last one, though another clock may be behind."""
    changed_at_ms = inboxes.c.changed_at_ms
    return case((changed_at_ms > now_ms, changed_at_ms), else_=now_ms)
