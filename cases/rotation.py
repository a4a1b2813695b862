"""Another key for what is sealed in the records: everything is sealed anew, a few rows at a time.

The registry ``SEALED`` has every sealed column of every table. A new one is added here, or a test fails.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Row, Select, literal, select, tuple_, update

from cases import audit, schema
from cases.audit import SYSTEM
from cases.clock import Clock
from cases.conversation.tables import messages
from cases.database import Database
from cases.errors import ChallengeInvalid
from cases.faces.tables import face_attempts, face_references
from cases.people.tables import second_factors
from cases.sealing import Sealer

SEALED: Final[tuple[Column[Any], ...]] = (
    schema.taxpayers.c.number_sealed,
    schema.cases.c.agent_sealed,
    schema.case_forms.c.values_sealed,
    second_factors.c.secret_sealed,
    messages.c.text_sealed,
    face_references.c.embedding_sealed,
    face_attempts.c.identity_sealed,
    face_attempts.c.first_sealed,
)
"""Every sealed column. Challenges and the like are sealed too, and are gone after some minutes."""


@dataclass(frozen=True, slots=True)
class RotationBounds:
    """``batch``: rows that are written in one transaction, so that nobody waits long for theirs; ``passes``:
    how often all is looked through, since rows come and change meanwhile.
    """

    batch: int = 200
    passes: int = 3


@dataclass(frozen=True, slots=True)
class Rotated:
    """What was done to a column. ``left``: rows that were under an older key in the last pass still;
    ``unreadable``: those that no key opens, and which stay as they are.
    """

    column: str
    sealed_anew: int
    left: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class _Pass:
    sealed_anew: int = 0
    unreadable: int = 0


class Rotation:
    """Raises RecordsUnavailable. Ended in the middle, it has done some of the rows; the next run goes on with
    those that are under an older key. Safe beside running servers: a row that changed meanwhile is left for
    the next pass.
    """

    def __init__(self, database: Database, clock: Clock, sealer: Sealer, bounds: RotationBounds) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._bounds = bounds

    async def run(self) -> list[Rotated]:
        """Seal everything with the first key; when none is ``left`` or ``unreadable``, the others can go."""
        done = [await self._rotate(column) for column in SEALED]
        detail = {one.column: one.sealed_anew for one in done if one.sealed_anew}
        if detail:
            async with self._database.writing() as connection:
                await audit.append(
                    connection, SYSTEM, "keys.rotate", "records", "all", detail, self._clock.now_ms()
                )
        return done

    async def _rotate(self, column: Column[Any]) -> Rotated:
        total, last = 0, _Pass()
        for _ in range(self._bounds.passes):
            last = await self._look_through(column)
            total += last.sealed_anew
            if not last.sealed_anew:
                break
        return Rotated(f"{column.table.name}.{column.name}", total, last.sealed_anew, last.unreadable)

    async def _look_through(self, column: Column[Any]) -> _Pass:
        anew = unreadable = 0
        async for rows in self._batches(column):
            fresh: list[tuple[Row[Any], bytes]] = []
            for row in rows:
                try:
                    sealed = self._sealer.sealed_anew(row[-1])
                except ChallengeInvalid:
                    unreadable += 1
                    continue
                if sealed is not None:
                    fresh.append((row, sealed))
            await self._write(column, fresh)
            anew += len(fresh)
        return _Pass(anew, unreadable)

    async def _batches(self, column: Column[Any]) -> AsyncIterator[Sequence[Row[Any]]]:
        """The rows that have something sealed, by primary key: its columns, then the sealed one."""
        keys = list(column.table.primary_key.columns)
        asked: Select[Any] = (
            select(*keys, column).where(column.is_not(None)).order_by(*keys).limit(self._bounds.batch)
        )
        after: ColumnElement[bool] | None = None
        while True:
            async with self._database.reading() as connection:
                rows = (await connection.execute(asked if after is None else asked.where(after))).all()
            if not rows:
                return
            yield rows
            last = [literal(value, key.type) for key, value in zip(keys, rows[-1], strict=False)]
            after = tuple_(*keys) > tuple_(*last)

    async def _write(self, column: Column[Any], fresh: Sequence[tuple[Row[Any], bytes]]) -> None:
        if not fresh:
            return
        keys = list(column.table.primary_key.columns)
        async with self._database.writing() as connection:
            for row, sealed in fresh:
                same = [key == value for key, value in zip(keys, row, strict=False)]
                # Over what was read: what somebody wrote meanwhile stays.
                await connection.execute(
                    update(column.table).where(*same, column == row[-1]).values({column: sealed})
                )
