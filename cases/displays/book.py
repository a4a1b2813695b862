"""The records of displays, and what was called in a hall."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit, schema
from cases.audit import Actor
from cases.booking.halls import hall_place
from cases.clock import Clock
from cases.database import Database
from cases.displays.errors import DisplayUnknown, TooManyDisplays
from cases.displays.keys import key_index, key_of
from cases.displays.policy import DisplayPolicy
from cases.displays.tables import displays
from cases.displays.views import DisplayMade, DisplaysView, DisplayView
from cases.requests import Request, first_time
from cases.sealing import Sealer, new_id
from queueing.states import Step

CALLS_READ: Final = 60
"""Calls of which the latest of each ticket is shown."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call or recall, with the state of its ticket now and the counter where its officer sits now."""

    version: int
    ticket_id: str
    number: str
    line_id: str
    state: str
    counter: str | None
    at_ms: int


class Displaybook:
    """Every method raises RecordsUnavailable."""

    def __init__(self, database: Database, clock: Clock, sealer: Sealer, policy: DisplayPolicy) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._policy = policy

    async def of_hall(self, hall_id: str) -> DisplaysView:
        """The hall's displays, in the order in which they were made. Raises HallUnknown."""
        asked = (
            select(displays)
            .where(displays.c.hall_id == hall_id)
            .order_by(displays.c.made_at_ms, displays.c.display_id)
        )
        async with self._database.reading() as connection:
            await hall_place(connection, hall_id)
            rows = await connection.execute(asked)
            return DisplaysView(tuple(_view(row) for row in rows), self._clock.now_ms())

    async def make(
        self, by: Actor, request: Request, hall_id: str, name: str, *, english: bool
    ) -> DisplayMade:
        """Another display of the hall. The same request again answers with the same one.

        Raises HallUnknown, TooManyDisplays, RequestReused; DisplayUnknown where it was removed meanwhile.
        """
        display_id, now_ms = new_id(), self._clock.now_ms()
        async with self._database.writing() as connection:
            await hall_place(connection, hall_id)
            before = await first_time(connection, request, display_id, now_ms)
            if before is None:
                await self._require_room(connection, hall_id)
                key = key_of(display_id, self._sealer.index)
                await connection.execute(
                    displays.insert().values(
                        display_id=display_id,
                        hall_id=hall_id,
                        name=name,
                        english=english,
                        key_index=key_index(key, self._sealer.index),
                        made_at_ms=now_ms,
                    )
                )
                detail = {"hall_id": hall_id, "english": english}
                await audit.append(connection, by, "display.make", "display", display_id, detail, now_ms)
            made = await _one(connection, displays.c.display_id == (before or display_id))
        key = key_of(made.display_id, self._sealer.index)
        return DisplayMade(made, key, f"/display/#{key}")

    async def _require_room(self, connection: AsyncConnection, hall_id: str) -> None:
        counted = select(func.count()).select_from(displays).where(displays.c.hall_id == hall_id)
        if (await connection.scalar(counted) or 0) >= self._policy.displays_max:
            raise TooManyDisplays(hall_id)

    async def remove(self, by: Actor, hall_id: str, display_id: str) -> DisplaysView:
        """Its screen goes dark, and its key opens nothing any more. Raises HallUnknown, DisplayUnknown."""
        async with self._database.writing() as connection:
            await hall_place(connection, hall_id)
            removed = await connection.execute(
                delete(displays).where(displays.c.display_id == display_id, displays.c.hall_id == hall_id)
            )
            if not removed.rowcount:
                raise DisplayUnknown("not there")
            detail = {"hall_id": hall_id}
            now_ms = self._clock.now_ms()
            await audit.append(connection, by, "display.remove", "display", display_id, detail, now_ms)
        return await self.of_hall(hall_id)

    async def with_key(self, typed: str) -> DisplayView:
        """The display that has the key; that it asked is kept. Raises DisplayUnknown."""
        indexed = displays.c.key_index == key_index(typed, self._sealer.index)
        async with self._database.reading() as connection:
            display = await _one(connection, indexed)
        now_ms = self._clock.now_ms()
        if display.seen_at_ms is None or now_ms - display.seen_at_ms >= self._policy.seen_ms:
            async with self._database.writing() as connection:
                await connection.execute(update(displays).where(indexed).values(seen_at_ms=now_ms))
        return display

    async def calls(self, hall_id: str, *, since_ms: int) -> Sequence[RecordedCall]:
        """The latest calls and recalls of the hall that were recorded, the latest first."""
        async with self._database.reading() as connection:
            rows = await connection.execute(_CALLS, {"hall_id": hall_id, "since_ms": since_ms})
            return [RecordedCall(*row) for row in rows]


async def _one(connection: AsyncConnection, condition: Any) -> DisplayView:
    """Raises DisplayUnknown."""
    row = (await connection.execute(select(displays).where(condition))).one_or_none()
    if row is None:
        raise DisplayUnknown("not there")
    return _view(row)


def _view(row: Row[Any]) -> DisplayView:
    return DisplayView(row.display_id, row.hall_id, row.name, row.english, row.made_at_ms, row.seen_at_ms)


_STEPS = schema.ticket_steps.c
_CALLS: Final = (
    select(
        _STEPS.version,
        _STEPS.ticket_id,
        schema.tickets.c.number,
        schema.tickets.c.line_id,
        schema.tickets.c.state,
        schema.desks.c.counter,
        _STEPS.at_ms,
    )
    .select_from(schema.ticket_steps)
    .join(schema.tickets, schema.tickets.c.ticket_id == _STEPS.ticket_id)
    .outerjoin(schema.desks, schema.desks.c.officer_id == _STEPS.officer_id)
    .where(
        _STEPS.hall_id == bindparam("hall_id"),
        _STEPS.step.in_([Step.CALL.value, Step.RECALL.value]),
        _STEPS.at_ms >= bindparam("since_ms"),
    )
    .order_by(_STEPS.version.desc())
    .limit(CALLS_READ)
)
