"""What the rules add to conversations, and what follows from an unread message."""

from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.casework.records import Case, Change, case_of, load
from cases.conversation import book
from cases.conversation.book import NewMessage
from cases.conversation.notices import SAID, Notice
from cases.conversation.tables import conversations
from cases.conversation.views import ConversationState, MessageKind, Sender
from cases.deadlines.book import Deadline, clear_deadline, set_deadline
from cases.outbox.messages import Notification, NotificationKind, put

MESSAGE_WAITING: Final = "message_waiting"
"""The kind of the deadline: an officer's message was not read."""


async def said(connection: AsyncConnection, change: Change) -> None:
    """System messages about what happened to a case (a follower of ``Transitions``)."""
    await _move(connection, change)
    if change.event in SAID:
        await _say(connection, change, SAID[change.event])
    if change.after.state.closed is not None and change.before.state.closed is None:
        await _say(connection, change, Notice.CLOSED)


async def _move(connection: AsyncConnection, change: Change) -> None:
    """The conversation is in the list of the hall that has the case."""
    if change.before.hall_id != change.after.hall_id:
        await connection.execute(
            update(conversations)
            .where(conversations.c.case_id == change.after.case_id)
            .values(hall_id=change.after.hall_id)
        )


async def _say(connection: AsyncConnection, change: Change, notice: Notice) -> None:
    await book.append(connection, change.after, _message(change.after, notice), change.now_ms)


async def consult_closed(connection: AsyncConnection, ticket_id: str, at_ms: int) -> None:
    """The end of a consult in which something was said; of other cases ``said`` tells."""
    row = (await connection.execute(select(schema.cases).where(schema.cases.c.ticket_id == ticket_id))).one()
    case = case_of(row)
    if (await book.state(connection, case.case_id)).version:
        await book.append(connection, case, _message(case, Notice.CLOSED), at_ms)


def _message(case: Case, notice: Notice) -> NewMessage:
    return NewMessage(
        f"{notice.value}-{case.version}",
        Sender.SYSTEM,
        MessageKind.SYSTEM,
        notice=notice,
        params=_params(case, notice),
    )


def _params(case: Case, notice: Notice) -> dict[str, Any]:
    state = case.state
    by_ms = {
        Notice.REJECTED: state.resubmit_by_ms,
        Notice.EDIT_ASKED: state.edit_by_ms,
        Notice.PAYMENT_ASKED: state.payment_by_ms,
    }.get(notice)
    params: dict[str, Any] = {} if by_ms is None else {"by_ms": by_ms}
    if notice in (Notice.BOOKED, Notice.BOOKING_CHANGED) and state.slot is not None:
        params |= {"slot_start_ms": state.slot.start_ms, "slot_end_ms": state.slot.end_ms}
    if notice is Notice.CLOSED and state.closed is not None:
        params["close_reason"] = state.closed.value
    return params


async def follow_unread(
    connection: AsyncConnection,
    before: ConversationState,
    after: ConversationState,
    *,
    waits_ms: int,
    now_ms: int,
) -> None:
    """After a message or reading: the taxpayer is notified of messages that are not read for a while."""
    if before.taxpayer_unread == 0 and after.taxpayer_unread > 0:
        await set_deadline(connection, Deadline(MESSAGE_WAITING, after.case_id, now_ms + waits_ms))
    elif before.taxpayer_unread > 0 and after.taxpayer_unread == 0:
        await clear_deadline(connection, MESSAGE_WAITING, after.case_id)


async def notify_unread(connection: AsyncConnection, deadline: Deadline, now_ms: int) -> None:
    """What the deadline does."""
    case = await load(connection, deadline.object_id, to_change=True)
    conversation = await book.state(connection, case.case_id)
    if conversation.taxpayer_unread == 0:
        return
    notification = Notification(
        f"{case.case_id}:{conversation.last_number}:{MESSAGE_WAITING}",
        case.taxpayer_id,
        NotificationKind.MESSAGE_WAITING,
        case.case_id,
        {"case_number": case.number, "unread": conversation.taxpayer_unread},
    )
    await put(connection, notification, now_ms)
