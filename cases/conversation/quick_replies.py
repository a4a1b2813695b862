"""Quick replies: texts of the hall, and an officer's own (S34)."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit, schema
from cases.access import Audience, Officer, admit
from cases.audit import Actor
from cases.clock import Clock
from cases.conversation.errors import QuickReplyUnknown, TooManyQuickReplies
from cases.conversation.policy import ConversationPolicy
from cases.conversation.tables import quick_replies
from cases.conversation.views import QuickReplies, QuickReply
from cases.database import Database
from cases.requests import Request, first_time
from cases.sealing import new_id


@dataclass(frozen=True, slots=True)
class WantedReply:
    """What it says, and its place in the list."""

    text: str
    place: int


class QuickReplyBook:
    """Every method raises RecordsUnavailable and answers with all that the officer has then."""

    def __init__(self, database: Database, clock: Clock, policy: ConversationPolicy) -> None:
        self._database = database
        self._clock = clock
        self._policy = policy

    async def all(self, officer: Officer) -> QuickReplies:
        """The hall's, then the officer's own, each in their order."""
        async with self._database.reading() as connection:
            return await self._all(connection, officer)

    async def add(
        self, officer: Officer, by: Actor, request: Request, wanted: WantedReply, *, shared: bool
    ) -> QuickReplies:
        """Write a new one; the same request again writes none. Raises TooManyQuickReplies, RequestReused,
        Forbidden (those of the hall are written by who runs it).
        """
        if shared:
            admit(Audience.SUPERVISOR, officer)
        reply_id, now_ms = new_id(), self._clock.now_ms()
        owner = None if shared else officer.officer_id
        async with self._database.writing() as connection:
            if await first_time(connection, request, reply_id, now_ms) is None:
                await self._refuse_many(connection, officer, owner)
                await connection.execute(
                    quick_replies.insert().values(
                        reply_id=reply_id,
                        hall_id=officer.hall_id,
                        officer_id=owner,
                        place=wanted.place,
                        text=wanted.text,
                        changed_at_ms=now_ms,
                    )
                )
                await _noted(connection, by, "quick_reply.add", reply_id, shared, now_ms)
            return await self._all(connection, officer)

    async def change(self, officer: Officer, by: Actor, reply_id: str, wanted: WantedReply) -> QuickReplies:
        """Write it anew. Raises QuickReplyUnknown, also for another officer's or hall's, and Forbidden."""
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            shared = await _is_shared(connection, officer, reply_id)
            await connection.execute(
                update(quick_replies)
                .where(quick_replies.c.reply_id == reply_id)
                .values(place=wanted.place, text=wanted.text, changed_at_ms=now_ms)
            )
            await _noted(connection, by, "quick_reply.change", reply_id, shared, now_ms)
            return await self._all(connection, officer)

    async def remove(self, officer: Officer, by: Actor, reply_id: str) -> QuickReplies:
        """Take one away. Raises as ``change`` does."""
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            shared = await _is_shared(connection, officer, reply_id)
            await connection.execute(delete(quick_replies).where(quick_replies.c.reply_id == reply_id))
            await _noted(connection, by, "quick_reply.remove", reply_id, shared, now_ms)
            return await self._all(connection, officer)

    async def _all(self, connection: AsyncConnection, officer: Officer) -> QuickReplies:
        table = quick_replies.c
        rows = (
            await connection.execute(
                select(quick_replies)
                .where(
                    table.hall_id == officer.hall_id,
                    table.officer_id.is_(None) | (table.officer_id == officer.officer_id),
                )
                .order_by(table.place, table.reply_id)
                .limit(2 * self._policy.replies_max)
            )
        ).all()
        found = [QuickReply(row.reply_id, row.text, row.officer_id is None, row.place) for row in rows]
        return QuickReplies(tuple(sorted(found, key=lambda reply: not reply.shared)))

    async def _refuse_many(self, connection: AsyncConnection, officer: Officer, owner: str | None) -> None:
        # Who adds one has the turn of the hall, so that the count stays true.
        halls = schema.halls.c
        await connection.execute(
            select(halls.hall_id).where(halls.hall_id == officer.hall_id).with_for_update()
        )
        table = quick_replies.c
        theirs: ColumnElement[bool] = (
            table.officer_id.is_(None) if owner is None else table.officer_id == owner
        )
        count = await connection.scalar(select(func.count()).where(table.hall_id == officer.hall_id, theirs))
        if (count or 0) >= self._policy.replies_max:
            raise TooManyQuickReplies("as many as are kept")


async def _is_shared(connection: AsyncConnection, officer: Officer, reply_id: str) -> bool:
    """Whether the one of that id is the whole hall's, for who may change it."""
    row = (
        await connection.execute(
            select(quick_replies).where(quick_replies.c.reply_id == reply_id).with_for_update()
        )
    ).one_or_none()
    if row is None or row.hall_id != officer.hall_id or row.officer_id not in (None, officer.officer_id):
        raise QuickReplyUnknown("not there, or another's")
    if row.officer_id is None:
        admit(Audience.SUPERVISOR, officer)
    return row.officer_id is None


async def _noted(
    connection: AsyncConnection, by: Actor, action: str, reply_id: str, shared: bool, now_ms: int
) -> None:
    await audit.append(connection, by, action, "quick_reply", reply_id, {"shared": shared}, now_ms)
