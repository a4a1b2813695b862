"""The inbox in the app (S10)."""

from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.access import Taxpayer
from cases.clock import Clock
from cases.database import Database
from cases.outbox.errors import NotificationUnknown
from cases.outbox.messages import NotificationKind, not_before
from cases.outbox.news import InboxNews
from cases.outbox.tables import inboxes
from cases.outbox.texts import said
from cases.outbox.views import InboxPage, InboxState, NotificationView
from cases.paging import Cursor


class Inbox:
    """Every method raises RecordsUnavailable."""

    def __init__(self, database: Database, clock: Clock, news: InboxNews, *, time_zone: str) -> None:
        """``time_zone``: in which the times in sentences are."""
        self._database = database
        self._clock = clock
        self._news = news
        self._time_zone = time_zone

    async def page(self, taxpayer: Taxpayer, *, cursor: str | None, limit: int) -> InboxPage:
        """The taxpayer's notifications, the latest first. Raises CursorUnknown."""
        before = Cursor.parse(cursor)
        outbox = schema.outbox.c
        asked = (
            select(schema.outbox)
            .where(outbox.taxpayer_id == taxpayer.taxpayer_id)
            .order_by(outbox.number.desc())
            .limit(limit + 1)
        )
        if before is not None:
            asked = asked.where(outbox.number < before.at_ms)
        async with self._database.reading() as connection:
            inbox = await inbox_state(connection, taxpayer.taxpayer_id)
            rows = (await connection.execute(asked)).all()
        notifications = tuple(_view(row, self._time_zone) for row in rows[:limit])
        last = notifications[-1] if len(rows) > limit else None
        more = str(Cursor(last.number, "n")) if last is not None else None
        return InboxPage(self._clock.now_ms(), inbox, notifications, more)

    async def read(self, taxpayer: Taxpayer, notification_id: str) -> InboxState:
        """One of them is read; safe to repeat. Raises NotificationUnknown, also for somebody else's."""
        outbox = schema.outbox.c
        async with self._database.writing() as connection:
            found = await connection.scalar(
                select(outbox.number).where(
                    outbox.notification_id == notification_id, outbox.taxpayer_id == taxpayer.taxpayer_id
                )
            )
            if found is None:
                raise NotificationUnknown("not there")
            after = await self._mark(connection, taxpayer, first=found, last=found)
        self._news.wake()
        return after

    async def read_all(self, taxpayer: Taxpayer, up_to: int) -> InboxState:
        """All of them up to that number, the latest one that the page shows, are read; safe to repeat."""
        async with self._database.writing() as connection:
            after = await self._mark(connection, taxpayer, first=1, last=up_to)
        self._news.wake()
        return after

    async def _mark(
        self, connection: AsyncConnection, taxpayer: Taxpayer, *, first: int, last: int
    ) -> InboxState:
        now_ms = self._clock.now_ms()
        outbox, table = schema.outbox.c, inboxes.c
        # The inbox's turn first, as who tells something takes it.
        await connection.execute(
            select(table.version).where(table.taxpayer_id == taxpayer.taxpayer_id).with_for_update()
        )
        marked = await connection.execute(
            update(schema.outbox)
            .where(
                outbox.taxpayer_id == taxpayer.taxpayer_id,
                outbox.number >= first,
                outbox.number <= last,
                outbox.read_at_ms.is_(None),
            )
            .values(read_at_ms=now_ms)
        )
        if marked.rowcount:
            await connection.execute(
                update(inboxes)
                .where(table.taxpayer_id == taxpayer.taxpayer_id)
                .values(
                    version=table.version + 1,
                    changed_at_ms=not_before(now_ms),
                    unread=table.unread - marked.rowcount,
                )
            )
        return await inbox_state(connection, taxpayer.taxpayer_id)


async def inbox_state(connection: AsyncConnection, taxpayer_id: str) -> InboxState:
    """As it is; an empty one where nothing was told yet."""
    row = (
        await connection.execute(select(inboxes).where(inboxes.c.taxpayer_id == taxpayer_id))
    ).one_or_none()
    return InboxState(row.version, row.last_number, row.unread) if row is not None else InboxState(0, 0, 0)


def _view(row: Row[Any], time_zone: str) -> NotificationView:
    kind = NotificationKind(row.kind)
    wording = said(kind, row.params, time_zone)
    return NotificationView(
        row.notification_id,
        row.number,
        kind,
        wording.title,
        wording.text,
        row.case_id,
        row.params.get("booking_id"),
        row.made_at_ms,
        row.read_at_ms,
    )
