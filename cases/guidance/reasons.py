"""Why forms are rejected (S32): the catalogue's reasons, with the words that admins put in the place of its
own.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit
from cases.audit import Actor
from cases.clock import Clock
from cases.database import Database
from cases.guidance import tables
from cases.guidance.catalogue import Catalogues
from cases.guidance.errors import ReasonUnknown
from cases.guidance.views import ReasonsView, ReasonView

TEXT_MAX_CHARS: Final = 500


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """``text``: what an officer begins with, ``advice``: what is said to the officer about it; each at most
    ``TEXT_MAX_CHARS``.
    """

    text: str
    advice: str


class Reasons:
    """Every method raises RecordsUnavailable, and answers with all reasons as the review desk has them then.
    Words outlive the version of the catalogue that they were written for; they show again if a reason that is
    gone comes back.
    """

    def __init__(self, database: Database, clock: Clock, catalogues: Catalogues) -> None:
        self._database = database
        self._clock = clock
        self._catalogues = catalogues

    async def all(self) -> ReasonsView:
        async with self._database.reading() as connection:
            return await self._all(connection)

    async def write(self, by: Actor, reason: str, words: ReasonWords) -> ReasonsView:
        """Put these words in the place of the catalogue's, for every hall. Raises ReasonUnknown."""
        self._refuse_unknown(reason)
        table, now_ms = tables.reason_texts, self._clock.now_ms()
        values = {"text": words.text.strip(), "advice": words.advice.strip(), "changed_at_ms": now_ms}
        async with self._database.writing() as connection:
            known = await connection.execute(update(table).where(table.c.reason == reason).values(values))
            if not known.rowcount:
                await connection.execute(table.insert().values(reason=reason, **values))
            await audit.append(connection, by, "reason.write", "reason", reason, {}, now_ms)
            return await self._all(connection)

    async def restore(self, by: Actor, reason: str) -> ReasonsView:
        """The catalogue's own words again; where they are that already, nothing changes. Raises
        ReasonUnknown.
        """
        self._refuse_unknown(reason)
        table, now_ms = tables.reason_texts, self._clock.now_ms()
        async with self._database.writing() as connection:
            gone = await connection.execute(delete(table).where(table.c.reason == reason))
            if gone.rowcount:
                await audit.append(connection, by, "reason.restore", "reason", reason, {}, now_ms)
            return await self._all(connection)

    def _refuse_unknown(self, reason: str) -> None:
        if reason not in self._catalogues.current.reasons:
            raise ReasonUnknown("not in the catalogue")

    async def _all(self, connection: AsyncConnection) -> ReasonsView:
        rows = await connection.execute(select(tables.reason_texts))
        written = {row.reason: ReasonWords(row.text, row.advice) for row in rows}
        bundle = self._catalogues.current
        shown = []
        for one in bundle.reasons.values():
            words = written.get(one.id, ReasonWords(one.text, one.advice))
            shown.append(ReasonView(one.id, one.name.shown, words.text, words.advice, one.id in written))
        return ReasonsView(bundle.version, tuple(shown))
