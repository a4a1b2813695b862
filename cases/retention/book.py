"""What is over by each rule, and taking it away: a few rows at a time, in the caller's transaction.

Each condition is false for what was done already, so that a repeat finds nothing and a killed run goes on.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Table, and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.booking.tables import bookings, captchas, place_holds
from cases.conversation.tables import conversations, messages
from cases.faces.tables import face_attempts, face_references
from cases.files.tables import files
from cases.guidance.tables import favourites
from cases.outbox.states import DeliveryState
from cases.outbox.tables import deliveries, inboxes
from cases.reception.tables import paper_tickets
from cases.retention.rules import Rule
from cases.sealing import Sealer
from cases.stages.states import FormState, Mode

REMOVED: Final = "资料已按保存期限删除。Details were removed at the end of their term."
"""What a case says instead of its question or description, in both languages: it is read by anybody."""

Keys = Sequence[str]
Taking = Callable[[AsyncConnection, Keys, Sealer, int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Taker:
    """``over``: which rows of the key's table are over at a moment; ``take``: what is done with them."""

    key: Column[Any]
    over: Callable[[int], ColumnElement[bool]]
    take: Taking

    async def count(self, connection: AsyncConnection, before_ms: int) -> int:
        asked = select(func.count()).select_from(self.key.table).where(self.over(before_ms))
        return int(await connection.scalar(asked) or 0)

    async def batch(
        self, connection: AsyncConnection, before_ms: int, limit: int, sealer: Sealer, now_ms: int
    ) -> int:
        """Take up to ``limit``; how many those were."""
        found = select(self.key).where(self.over(before_ms)).order_by(self.key).limit(limit)
        keys = list(await connection.scalars(found.with_for_update(of=self.key.table)))
        if keys:
            await self.take(connection, keys, sealer, now_ms)
        return len(keys)


def _deleting(key: Column[Any]) -> Taking:
    async def take(connection: AsyncConnection, keys: Keys, _sealer: Sealer, _now_ms: int) -> None:
        await connection.execute(delete(_table(key)).where(key.in_(keys)))

    return take


def _table(column: Column[Any]) -> Table:
    return column.table


def _none_of(table: Table, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return ~exists(select(1).select_from(table).where(*conditions))


def _drafts(before_ms: int) -> ColumnElement[bool]:
    case, form = schema.cases.c, schema.case_forms.c
    return and_(
        case.closed_at_ms.is_(None),
        case.mode == Mode.UNDECIDED.value,
        case.form_state == FormState.DRAFT.value,
        case.opened_at_ms < before_ms,
        case.touched_at_ms < before_ms,
        _none_of(schema.case_forms, form.case_id == case.case_id, form.saved_at_ms >= before_ms),
        _none_of(files, files.c.case_id == case.case_id, files.c.made_at_ms >= before_ms),
    )


async def _take_drafts(connection: AsyncConnection, keys: Keys, _sealer: Sealer, _now_ms: int) -> None:
    await _forget_talk(connection, keys)
    await connection.execute(delete(schema.deadlines).where(schema.deadlines.c.object_id.in_(keys)))
    for table in (schema.case_forms, schema.case_events, schema.cases):
        await connection.execute(delete(table).where(table.c.case_id.in_(keys)))


def _cases(before_ms: int) -> ColumnElement[bool]:
    case = schema.cases.c
    return and_(case.anonymised_at_ms.is_(None), case.closed_at_ms < before_ms)


async def _take_cases(connection: AsyncConnection, keys: Keys, sealer: Sealer, now_ms: int) -> None:
    await _forget_talk(connection, keys)
    cases, forms, payments = schema.cases, schema.case_forms, schema.case_payments
    await connection.execute(
        update(forms).where(forms.c.case_id.in_(keys)).values(values_sealed=sealer.seal("{}"))
    )
    await connection.execute(
        update(payments)
        .where(payments.c.case_id.in_(keys))
        .values(purpose="", receipt_text="", remark="", receipt_file_ids=[])
    )
    await _forget_faults(connection, keys)
    transfers = schema.transfers
    await connection.execute(update(transfers).where(transfers.c.case_id.in_(keys)).values(note=""))
    await connection.execute(
        update(cases)
        .where(cases.c.case_id.in_(keys))
        .values(question=REMOVED, remark=None, agent_sealed=None, anonymised_at_ms=now_ms)
    )


async def _forget_talk(connection: AsyncConnection, case_ids: Keys) -> None:
    """Texts and pictures; the bytes of files are swept from the shelf once no case has them."""
    for table in (messages, conversations, files):
        await connection.execute(delete(table).where(table.c.case_id.in_(case_ids)))


async def _forget_faults(connection: AsyncConnection, case_ids: Keys) -> None:
    """Which reasons a review gave is kept, what was written to them is not."""
    reviews = schema.case_reviews
    found = await connection.execute(
        select(reviews.c.review_id, reviews.c.faults).where(reviews.c.case_id.in_(case_ids))
    )
    for row in found.all():
        kept = [{**fault, "text": ""} for fault in row.faults]
        if kept != row.faults:
            await connection.execute(
                update(reviews).where(reviews.c.review_id == row.review_id).values(faults=kept)
            )


def _papers(before_ms: int) -> ColumnElement[bool]:
    paper = paper_tickets.c
    transfer = schema.transfers.c
    is_noted = exists(select(1).where(transfer.ticket_id == paper.ticket_id, transfer.note != ""))
    is_personal = or_(paper.taxpayer_id.is_not(None), paper.remark.is_not(None), is_noted)
    return and_(paper.closed_at_ms < before_ms, is_personal)


async def _take_papers(connection: AsyncConnection, keys: Keys, _sealer: Sealer, _now_ms: int) -> None:
    papers, transfers = paper_tickets, schema.transfers
    await connection.execute(update(transfers).where(transfers.c.ticket_id.in_(keys)).values(note=""))
    await connection.execute(
        update(papers).where(papers.c.ticket_id.in_(keys)).values(taxpayer_id=None, remark=None)
    )


def _bookings(before_ms: int) -> ColumnElement[bool]:
    booking, case = bookings.c, schema.cases.c
    return and_(
        booking.slot_end_ms < before_ms,
        _none_of(paper_tickets, paper_tickets.c.booking_id == booking.booking_id),
        _none_of(
            schema.cases,
            case.closed_at_ms.is_(None),
            or_(case.case_id == booking.case_id, case.booking_id == booking.booking_id),
        ),
    )


async def _take_bookings(connection: AsyncConnection, keys: Keys, _sealer: Sealer, _now_ms: int) -> None:
    await connection.execute(delete(schema.deadlines).where(schema.deadlines.c.object_id.in_(keys)))
    await connection.execute(delete(bookings).where(bookings.c.booking_id.in_(keys)))


def _notifications(before_ms: int) -> ColumnElement[bool]:
    told, delivery = schema.outbox.c, deliveries.c
    return and_(
        told.made_at_ms < before_ms,
        _none_of(
            deliveries,
            delivery.notification_id == told.notification_id,
            delivery.state == DeliveryState.WAITING.value,
        ),
    )


async def _take_notifications(connection: AsyncConnection, keys: Keys, _sealer: Sealer, now_ms: int) -> None:
    told = schema.outbox
    theirs = set(await connection.scalars(select(told.c.taxpayer_id).where(told.c.notification_id.in_(keys))))
    # Whoever changes the row has the inbox for itself.
    await connection.execute(
        update(inboxes)
        .where(inboxes.c.taxpayer_id.in_(theirs))
        .values(version=inboxes.c.version + 1, changed_at_ms=now_ms)
    )
    for table in (deliveries, told):
        await connection.execute(delete(table).where(table.c.notification_id.in_(keys)))
    unread = (
        select(func.count())
        .select_from(told)
        .where(told.c.taxpayer_id == inboxes.c.taxpayer_id, told.c.read_at_ms.is_(None))
        .scalar_subquery()
    )
    await connection.execute(update(inboxes).where(inboxes.c.taxpayer_id.in_(theirs)).values(unread=unread))


def _sessions(before_ms: int) -> ColumnElement[bool]:
    session = schema.sessions.c
    return or_(session.idle_until_ms < before_ms, session.ends_at_ms < before_ms)


def _taxpayers(before_ms: int) -> ColumnElement[bool]:
    who, case, paper = schema.taxpayers.c, schema.cases.c, paper_tickets.c
    session, booking = schema.sessions.c, bookings.c
    return and_(
        who.anonymised_at_ms.is_(None),
        who.created_at_ms < before_ms,
        _none_of(schema.cases, case.taxpayer_id == who.taxpayer_id, case.anonymised_at_ms.is_(None)),
        _none_of(
            paper_tickets,
            paper.taxpayer_id == who.taxpayer_id,
            or_(paper.closed_at_ms.is_(None), paper.closed_at_ms >= before_ms),
        ),
        _none_of(
            bookings,
            booking.taxpayer_id == who.taxpayer_id,
            booking.slot_end_ms >= before_ms,
        ),
        _none_of(
            schema.sessions,
            session.person_id == who.taxpayer_id,
            or_(session.created_at_ms >= before_ms, session.idle_until_ms >= before_ms),
        ),
    )


async def _take_taxpayers(connection: AsyncConnection, keys: Keys, sealer: Sealer, now_ms: int) -> None:
    who = schema.taxpayers
    indexes = list(await connection.scalars(select(who.c.number_index).where(who.c.taxpayer_id.in_(keys))))
    await connection.execute(delete(face_attempts).where(face_attempts.c.account_index.in_(indexes)))
    told = select(schema.outbox.c.notification_id).where(schema.outbox.c.taxpayer_id.in_(keys))
    await connection.execute(delete(deliveries).where(deliveries.c.notification_id.in_(told)))
    for table in (schema.outbox, inboxes, favourites, face_references, place_holds, captchas):
        await connection.execute(delete(table).where(table.c.taxpayer_id.in_(keys)))
    await connection.execute(delete(schema.sessions).where(schema.sessions.c.person_id.in_(keys)))
    await connection.execute(
        update(who)
        .where(who.c.taxpayer_id.in_(keys))
        .values(
            name="",
            number_sealed=sealer.seal(""),
            # No certificate has that index: nobody signs in to it, and the same person gets a new account.
            number_index="removed:" + who.c.taxpayer_id,
            anonymised_at_ms=now_ms,
        )
    )


TAKERS: Final[Mapping[Rule, Taker]] = MappingProxyType(
    {
        Rule.DRAFTS: Taker(schema.cases.c.case_id, _drafts, _take_drafts),
        Rule.CASES: Taker(schema.cases.c.case_id, _cases, _take_cases),
        Rule.PAPER_TICKETS: Taker(paper_tickets.c.ticket_id, _papers, _take_papers),
        Rule.BOOKINGS: Taker(bookings.c.booking_id, _bookings, _take_bookings),
        Rule.NOTIFICATIONS: Taker(schema.outbox.c.notification_id, _notifications, _take_notifications),
        Rule.SESSIONS: Taker(
            schema.sessions.c.session_id, _sessions, _deleting(schema.sessions.c.session_id)
        ),
        Rule.GUESSES: Taker(
            schema.guesses.c.scope,
            lambda before_ms: schema.guesses.c.window_start_ms < before_ms,
            _deleting(schema.guesses.c.scope),
        ),
        Rule.CAPTCHAS: Taker(
            captchas.c.captcha_id,
            lambda before_ms: captchas.c.expires_at_ms < before_ms,
            _deleting(captchas.c.captcha_id),
        ),
        Rule.REQUESTS: Taker(
            schema.requests.c.request_key,
            lambda before_ms: schema.requests.c.made_at_ms < before_ms,
            _deleting(schema.requests.c.request_key),
        ),
        Rule.TAXPAYERS: Taker(schema.taxpayers.c.taxpayer_id, _taxpayers, _take_taxpayers),
    }
)
