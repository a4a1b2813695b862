"""Conversations with what is not read in them: of a taxpayer's cases, and of a hall (S25, S34)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.access import Officer, Taxpayer, may_see, whose_case
from cases.casework.business import CONSULT, Catalogue
from cases.clock import Clock
from cases.conversation import book
from cases.conversation.policy import ConversationPolicy
from cases.conversation.showing import shown
from cases.conversation.tables import conversations
from cases.conversation.views import (
    ConversationList,
    ConversationSummary,
    MessageView,
    UnreadCase,
    UnreadCounts,
)
from cases.database import Database
from cases.halls import Halls
from cases.paging import Cursor
from cases.sealing import Sealer
from cases.stages.states import Mode
from cases.views.names import Bilingual


class Conversations:
    """Reads of one moment each. Every method raises RecordsUnavailable."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        halls: Halls,
        catalogue: Catalogue,
        policy: ConversationPolicy,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._halls = halls
        self._catalogue = catalogue
        self._policy = policy

    async def unread(self, taxpayer: Taxpayer) -> UnreadCounts:
        """What the taxpayer has not read, in all cases and in each (S25)."""
        table = conversations.c
        own = [table.taxpayer_id == taxpayer.taxpayer_id, table.taxpayer_unread > 0]
        async with self._database.reading() as connection:
            total = await connection.scalar(select(func.sum(table.taxpayer_unread)).where(*own))
            rows = await connection.execute(
                select(table.case_id, table.taxpayer_unread)
                .where(*own)
                .order_by(table.last_at_ms.desc(), table.case_id.desc())
                .limit(self._policy.unread_cases_max)
            )
            cases = tuple(UnreadCase(row.case_id, row.taxpayer_unread) for row in rows)
        return UnreadCounts(self._clock.now_ms(), total or 0, cases)

    async def of_officer(
        self, officer: Officer, *, only_unread: bool, search: str | None, cursor: str | None, limit: int
    ) -> ConversationList:
        """The hall's conversations that the officer may see, the latest first (S34). ``search``: a part of
        the taxpayer's name or of the case's number. Raises CursorUnknown.
        """
        before = Cursor.parse(cursor)
        table = conversations.c
        theirs = of_officer(officer)
        asked = (
            select(
                conversations,
                schema.cases.c.number.label("case_number"),
                schema.cases.c.mode,
                schema.cases.c.topic_id,
                schema.cases.c.node_id,
                schema.cases.c.catalogue_version,
                schema.cases.c.closed_at_ms,
                schema.taxpayers.c.name.label("taxpayer_name"),
            )
            .join(schema.cases, schema.cases.c.case_id == table.case_id)
            .join(schema.taxpayers, schema.taxpayers.c.taxpayer_id == table.taxpayer_id)
            .where(*theirs)
            .order_by(table.last_at_ms.desc(), table.case_id.desc())
            .limit(limit + 1)
        )
        if only_unread:
            asked = asked.where(table.officer_unread > 0)
        if search is not None:
            asked = asked.where(
                schema.taxpayers.c.name.contains(search, autoescape=True)
                | schema.cases.c.number.contains(search, autoescape=True)
            )
        if before is not None:
            asked = asked.where(before.is_before(table.last_at_ms, table.case_id))
        async with self._database.reading() as connection:
            unread = await connection.scalar(
                select(func.sum(table.officer_unread)).where(*theirs, table.officer_unread > 0)
            )
            rows = (await connection.execute(asked)).all()
            summaries = await self._summaries(connection, rows[:limit], officer.hall_id)
        last = rows[limit - 1] if len(rows) > limit else None
        more = str(Cursor(last.last_at_ms, last.case_id)) if last is not None else None
        return ConversationList(self._clock.now_ms(), unread or 0, summaries, more)

    async def _summaries(
        self, connection: AsyncConnection, rows: Sequence[Row[Any]], hall_id: str
    ) -> tuple[ConversationSummary, ...]:
        states = [book.state_of(row) for row in rows]
        records = await book.last_of(connection, states)
        time_zone = self._halls.hall(hall_id).time_zone
        last: dict[str, MessageView] = {}
        for case_id, record in records.items():
            (last[case_id],) = await shown(connection, [record], self._sealer, time_zone)
        return tuple(
            [
                ConversationSummary(
                    row.case_id,
                    row.case_number,
                    Mode(row.mode),
                    row.topic_id,
                    await self._topic(row.catalogue_version, row.topic_id, row.node_id),
                    row.taxpayer_name,
                    row.closed_at_ms is not None,
                    state,
                    last[row.case_id],
                )
                for row, state in zip(rows, states, strict=True)
            ]
        )

    async def _topic(self, version: str | None, topic_id: str | None, node_id: str | None) -> Bilingual:
        if version is None or topic_id is None or node_id is None:
            return CONSULT
        return (await self._catalogue.business(version, topic_id, node_id)).name


def of_officer(officer: Officer) -> list[ColumnElement[bool]]:
    """The conversations that ``cases.access.whose_case`` lets the officer see."""
    table = conversations.c
    seen = [
        is_consult
        for is_consult in (True, False)
        if may_see(officer, whose_case("", officer.hall_id, is_consult=is_consult))
    ]
    return [table.hall_id == officer.hall_id, table.is_consult.in_(seen)]
