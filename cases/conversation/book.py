"""Conversations in the records. Every function works inside a caller's transaction, which has the case's row
for itself where something is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.casework.records import Case
from cases.conversation.notices import Notice
from cases.conversation.tables import conversations, messages
from cases.conversation.views import ConversationState, MessageKind, Sender
from cases.stages.states import Mode


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What is to be kept. ``text_sealed``: what a person wrote; ``notice``: what the rules say."""

    message_id: str
    sender: Sender
    kind: MessageKind
    person_id: str | None = None
    text_sealed: bytes | None = None
    file_ids: tuple[str, ...] = ()
    notice: Notice | None = None
    params: Mapping[str, Any] | None = None


def _empty(case_id: str) -> ConversationState:
    return ConversationState(case_id, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """One row of ``messages``, with the name of the officer who wrote it."""

    case_id: str
    number: int
    message_id: str
    at_ms: int
    sender: Sender
    person_id: str | None
    kind: MessageKind
    text_sealed: bytes | None
    file_ids: tuple[str, ...]
    notice: Notice | None
    params: Mapping[str, Any]
    officer_name: str | None
    staff_number: str | None


def state_of(row: Row[Any]) -> ConversationState:
    """From its row of ``conversations``."""
    return ConversationState(
        row.case_id,
        row.version,
        row.last_number,
        row.taxpayer_read,
        row.officer_read,
        row.taxpayer_unread,
        row.officer_unread,
    )


def _record(row: Row[Any]) -> MessageRecord:
    return MessageRecord(
        row.case_id,
        row.number,
        row.message_id,
        row.at_ms,
        Sender(row.sender),
        row.person_id,
        MessageKind(row.kind),
        row.text_sealed,
        tuple(row.file_ids),
        Notice(row.notice) if row.notice is not None else None,
        row.params,
        row.officer_name,
        row.staff_number,
    )


def _selected() -> Select[tuple[object, ...]]:
    officers = schema.officers.c
    return select(
        messages, officers.name.label("officer_name"), officers.staff_number.label("staff_number")
    ).outerjoin(
        schema.officers,
        (messages.c.sender == Sender.OFFICER.value) & (officers.officer_id == messages.c.person_id),
    )


_ASKED: Final = select(conversations).where(conversations.c.case_id == bindparam("asked_case_id"))
_BEGIN: Final = conversations.insert()
_ADD: Final = messages.insert()
_OF_ID: Final = _selected().where(
    messages.c.case_id == bindparam("asked_case_id"), messages.c.message_id == bindparam("asked_message_id")
)
_SENT_BEFORE: Final = (
    select(messages.c.at_ms)
    .where(messages.c.case_id == bindparam("asked_case_id"), messages.c.sender == bindparam("asked_sender"))
    .order_by(messages.c.number.desc())
    .offset(bindparam("but"))
    .limit(1)
)


async def _row(connection: AsyncConnection, case_id: str) -> Row[Any] | None:
    return (await connection.execute(_ASKED, {"asked_case_id": case_id})).one_or_none()


async def state(connection: AsyncConnection, case_id: str) -> ConversationState:
    """The conversation as it is; an empty one where nobody said anything yet."""
    row = await _row(connection, case_id)
    return state_of(row) if row is not None else _empty(case_id)


async def append(connection: AsyncConnection, case: Case, new: NewMessage, now_ms: int) -> ConversationState:
    """Add a message under the next number; the conversation with it."""
    row = await _row(connection, case.case_id)
    before = state_of(row) if row is not None else _empty(case.case_id)
    number = before.last_number + 1
    at_ms = max(now_ms, row.changed_at_ms) if row is not None else now_ms
    after = ConversationState(
        case.case_id,
        before.version + 1,
        number,
        before.taxpayer_read,
        before.officer_read,
        before.taxpayer_unread + (new.sender is Sender.OFFICER),
        before.officer_unread + (new.sender is Sender.TAXPAYER),
    )
    values = {
        "hall_id": case.hall_id,
        "version": after.version,
        "changed_at_ms": at_ms,
        "last_number": number,
        "last_at_ms": at_ms,
        "taxpayer_read": after.taxpayer_read,
        "officer_read": after.officer_read,
        "taxpayer_unread": after.taxpayer_unread,
        "officer_unread": after.officer_unread,
    }
    if row is None:
        await connection.execute(
            _BEGIN,
            {
                "case_id": case.case_id,
                "taxpayer_id": case.taxpayer_id,
                "is_consult": case.state.mode is Mode.CONSULT,
                **values,
            },
        )
    else:
        await connection.execute(
            update(conversations).where(conversations.c.case_id == case.case_id).values(values)
        )
    await connection.execute(
        _ADD,
        {
            "case_id": case.case_id,
            "number": number,
            "message_id": new.message_id,
            "at_ms": at_ms,
            "sender": new.sender.value,
            "person_id": new.person_id,
            "kind": new.kind.value,
            "text_sealed": new.text_sealed,
            "file_ids": list(new.file_ids),
            "notice": new.notice.value if new.notice is not None else None,
            "params": dict(new.params or {}),
        },
    )
    return after


async def _not_before(connection: AsyncConnection, case_id: str, now_ms: int) -> int:
    """The time of a change: not before the last one, though another clock may be behind."""
    changed_at_ms = await connection.scalar(
        select(conversations.c.changed_at_ms).where(conversations.c.case_id == case_id)
    )
    return max(now_ms, changed_at_ms or 0)


async def read(
    connection: AsyncConnection, case_id: str, side: Sender, up_to: int, now_ms: int
) -> ConversationState:
    """A side has read up to that number, or to the end where that is less; it never goes back."""
    before = await state(connection, case_id)
    was = before.taxpayer_read if side is Sender.TAXPAYER else before.officer_read
    number = min(up_to, before.last_number)
    if number <= was:
        return before
    other = Sender.OFFICER if side is Sender.TAXPAYER else Sender.TAXPAYER
    unread = await connection.scalar(
        select(func.count()).where(
            messages.c.case_id == case_id, messages.c.number > number, messages.c.sender == other.value
        )
    )
    await connection.execute(
        update(conversations)
        .where(conversations.c.case_id == case_id)
        .values(
            {
                "version": before.version + 1,
                "changed_at_ms": await _not_before(connection, case_id, now_ms),
                f"{side.value}_read": number,
                f"{side.value}_unread": unread or 0,
            }
        )
    )
    return await state(connection, case_id)


async def of_id(connection: AsyncConnection, case_id: str, message_id: str) -> MessageRecord | None:
    """The message that a page sent under that id."""
    row = (
        await connection.execute(_OF_ID, {"asked_case_id": case_id, "asked_message_id": message_id})
    ).one_or_none()
    return _record(row) if row is not None else None


async def page(
    connection: AsyncConnection, case_id: str, *, before: int | None, after: int | None, limit: int
) -> list[MessageRecord]:
    """At most ``limit`` messages in their order: the first ones after a number, else the last ones, before a
    number where one is given.
    """
    asked = _selected().where(messages.c.case_id == case_id).limit(limit)
    if before is not None:
        asked = asked.where(messages.c.number < before)
    if after is not None:
        rows = await connection.execute(asked.where(messages.c.number > after).order_by(messages.c.number))
        return [_record(row) for row in rows]
    rows = await connection.execute(asked.order_by(messages.c.number.desc()))
    return [_record(row) for row in rows][::-1]


async def last_of(
    connection: AsyncConnection, states: Sequence[ConversationState]
) -> Mapping[str, MessageRecord]:
    """The latest message of each conversation, by case."""
    if not states:
        return {}
    latest = conversations.alias("latest")
    rows = await connection.execute(
        _selected()
        .join(latest, (latest.c.case_id == messages.c.case_id) & (latest.c.last_number == messages.c.number))
        .where(latest.c.case_id.in_([one.case_id for one in states]))
    )
    return {row.case_id: _record(row) for row in rows}


async def burst_began_ms(connection: AsyncConnection, case_id: str, side: Sender, burst: int) -> int | None:
    """When the side sent the ``burst``-th last of its messages; none where there are fewer."""
    at_ms: int | None = await connection.scalar(
        _SENT_BEFORE, {"asked_case_id": case_id, "asked_sender": side.value, "but": burst - 1}
    )
    return at_ms


_UNREAD: Final = {
    side: select(conversations.c.case_id, conversations.c[f"{side.value}_unread"]).where(
        conversations.c.case_id.in_(bindparam("asked_case_ids", expanding=True)),
        conversations.c[f"{side.value}_unread"] > 0,
    )
    for side in (Sender.TAXPAYER, Sender.OFFICER)
}


def unread_of(connection: Connection, case_ids: Sequence[str], side: Sender) -> Mapping[str, int]:
    """What that side has not read, by case; a case without any is left out."""
    if not case_ids:
        return {}
    rows = connection.execute(_UNREAD[side], {"asked_case_ids": list(case_ids)})
    return {row[0]: row[1] for row in rows}
