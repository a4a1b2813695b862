"""What follows from everything that happens to a case, in the same transaction."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit
from cases.casework.places import Places
from cases.casework.records import Change, Follower
from cases.deadlines import book
from cases.outbox.messages import Notification, NotificationKind, put
from cases.stages.events import Event
from cases.stages.states import CaseState, HandlingState
from cases.stages.table import DeadlineKind, deadlines

NOTIFIED: Final[Mapping[Event, NotificationKind]] = MappingProxyType(
    {
        Event.CHANGE_BOOKING: NotificationKind.BOOKING_CHANGED,
        Event.BOOK: NotificationKind.BOOKING_MADE,
        Event.CANCEL_BOOKING: NotificationKind.BOOKING_CANCELLED,
        Event.APPROVE: NotificationKind.REVIEW_APPROVED,
        Event.REJECT: NotificationKind.REVIEW_REJECTED,
        Event.ASK_EDIT: NotificationKind.EDIT_ASKED,
        Event.ASK_PAYMENT: NotificationKind.PAYMENT_ASKED,
        Event.CONFIRM_PAYMENT: NotificationKind.PAYMENT_CONFIRMED,
        Event.RETURN_PAYMENT: NotificationKind.PAYMENT_RETURNED,
        Event.PAYMENT_PASSED: NotificationKind.PAYMENT_OVERDUE,
        Event.TICKET_ABANDONED: NotificationKind.TICKET_ABANDONED,
        Event.REMINDER_DUE: NotificationKind.BOOKING_REMINDER,
    }
)


async def audited(connection: AsyncConnection, change: Change) -> None:
    """An entry of the audit trail."""
    closed = change.after.state.closed
    detail: dict[str, Any] = {"version": change.after.version, **change.detail}
    if closed is not None:
        detail["close_reason"] = closed.value
    await audit.append(
        connection,
        change.by,
        f"case.{change.event.value}",
        "case",
        change.after.case_id,
        detail,
        change.now_ms,
    )


def clocked(*, reminder_before_ms: int) -> Follower:
    """The deadlines of the case as they are now."""

    def of(state: CaseState) -> dict[DeadlineKind, int]:
        return dict(deadlines(state, reminder_before_ms=reminder_before_ms))

    async def follow(connection: AsyncConnection, change: Change) -> None:
        before, after = of(change.before.state), of(change.after.state)
        reminder_ms = after.get(DeadlineKind.REMINDER)
        if reminder_ms is not None and reminder_ms <= change.now_ms and DeadlineKind.REMINDER not in before:
            # Booked so late that there is nothing to be reminded of.
            del after[DeadlineKind.REMINDER]
        await book.follow(
            connection,
            change.after.case_id,
            {kind.value: due_ms for kind, due_ms in before.items()},
            {kind.value: due_ms for kind, due_ms in after.items()},
        )

    return follow


def placed(places: Places) -> Follower:
    """The place of the booking: used with the ticket, missed with the window, and free again where the case
    is closed before it was needed.
    """

    async def follow(connection: AsyncConnection, change: Change) -> None:
        slot = change.before.state.slot
        if slot is None:
            return
        if change.event is Event.ISSUE:
            await places.use(connection, slot.booking_id, change.now_ms)
        elif change.event is Event.WINDOW_PASSED:
            await places.miss(connection, slot.booking_id, change.now_ms)
        elif change.after.state.closed is not None and change.before.state.handling is HandlingState.NOT_DUE:
            await places.cancel(connection, slot.booking_id, change.now_ms)

    return follow


async def notified(connection: AsyncConnection, change: Change) -> None:
    """What the taxpayer is told outside the open pages."""
    for kind in _kinds(change):
        slot = change.after.state.slot or change.before.state.slot
        params: dict[str, Any] = {"case_number": change.after.number, "topic_id": change.after.topic_id}
        if slot is not None:
            params |= {"slot_start_ms": slot.start_ms, "slot_end_ms": slot.end_ms}
        by_ms = change.after.state.resubmit_by_ms or change.after.state.edit_by_ms
        if by_ms is not None:
            params["by_ms"] = by_ms
        if change.after.state.closed is not None:
            params["close_reason"] = change.after.state.closed.value
        notification = Notification(
            f"{change.after.case_id}:{change.after.version}:{kind.value}",
            change.after.taxpayer_id,
            kind,
            change.after.case_id,
            params,
        )
        await put(connection, notification, change.now_ms)


def _kinds(change: Change) -> list[NotificationKind]:
    kinds = [NOTIFIED[change.event]] if change.event in NOTIFIED else []
    if change.event is Event.SUBMIT and change.after.state.slot is not None:
        kinds.append(NotificationKind.BOOKING_MADE)
    if change.event is Event.WINDOW_OPENED and change.after.state.review == "approved":
        kinds.append(NotificationKind.ISSUE_WINDOW_OPEN)
    if change.after.state.closed is not None:
        kinds.append(NotificationKind.CASE_CLOSED)
    return kinds
