"""The records of officers' desks: where they are signed on, and what they served."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Row, Select, Subquery, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.breakbook import begin_break, end_break
from cases.database import Database
from cases.views.desks import BreakReason, DeskState, OnBreak
from queueing.states import TicketState


@dataclass(frozen=True, slots=True)
class DeskRecord:
    """An officer's desk as they set it up; the ticket in hand is the queue's to know.

    ``counter``: the name of the counter (窗口) that on-site tickets are called to. ``on_break``: why, on a
    break.
    """

    officer_id: str
    line_ids: tuple[str, ...]
    state: DeskState
    since_ms: int
    counter: str | None = None
    on_break: OnBreak | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """What an officer finished since a time, and how long a service took on average."""

    count: int
    mean_service_ms: int | None


class Deskbook:
    """Reads and writes desks; every method is one transaction and raises RecordsUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def desk(self, officer_id: str) -> DeskRecord:
        """The officer's desk; one that was never set up is signed off."""
        async with self._database.reading() as connection:
            found = await _desks(connection, [officer_id])
        return found.get(officer_id, DeskRecord(officer_id, (), DeskState.SIGNED_OFF, 0))

    async def desks(self, officer_ids: Sequence[str]) -> dict[str, DeskRecord]:
        """The desks that were ever set up of these officers (at most 1,000)."""
        async with self._database.reading() as connection:
            return await _desks(connection, officer_ids)

    async def desks_and_served(
        self, officer_ids: Sequence[str], *, since_ms: int
    ) -> dict[str, tuple[DeskRecord, Served]]:
        """The desks, and what each officer finished at or after ``since_ms``, at one moment."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                _DESKS_AND_SERVED, {"officer_ids": list(officer_ids), "since_ms": since_ms}
            )
            found = {row.officer_id: (_desk(row) if row.state else None, _served(row)) for row in rows}
        desks = {}
        for officer_id in officer_ids:
            desk, served = found.get(officer_id, (None, Served(0, None)))
            desks[officer_id] = (desk or DeskRecord(officer_id, (), DeskState.SIGNED_OFF, 0), served)
        return desks

    async def put(self, desk: DeskRecord) -> None:
        """Keep the desk as it is since ``since_ms``. A break that it is not on any more ends then; one is
        begun by ``begin_break``.
        """
        async with self._database.writing() as connection:
            if desk.on_break is None:
                await end_break(connection, desk.officer_id, desk.since_ms)
            await _put(connection, desk)

    async def begin_break(self, desk: DeskRecord, on_break: OnBreak) -> None:
        """The desk is on a break since its ``since_ms``; one before it is over."""
        async with self._database.writing() as connection:
            await end_break(connection, desk.officer_id, desk.since_ms)
            await begin_break(connection, desk.officer_id, on_break, desk.since_ms)
            await _put(connection, replace(desk, on_break=on_break))


async def _put(connection: AsyncConnection, desk: DeskRecord) -> None:
    values = {
        "line_ids": list(desk.line_ids),
        "state": desk.state.value,
        "since_ms": desk.since_ms,
        "counter": desk.counter,
        "break_reason": desk.on_break.reason.value if desk.on_break else None,
        "break_text": desk.on_break.text if desk.on_break else None,
    }
    desks = schema.desks
    known = await connection.execute(
        update(desks).where(desks.c.officer_id == desk.officer_id).values(values)
    )
    if not known.rowcount:
        await connection.execute(desks.insert().values(officer_id=desk.officer_id, **values))


async def _desks(connection: AsyncConnection, officer_ids: Sequence[str]) -> dict[str, DeskRecord]:
    rows = await connection.execute(_DESKS, {"officer_ids": list(officer_ids)})
    return {row.officer_id: _desk(row) for row in rows}


def _desk(row: Row[Any]) -> DeskRecord:
    return DeskRecord(
        row.officer_id, tuple(row.line_ids), DeskState(row.state), row.since_ms, row.counter, on_break_of(row)
    )


def on_break_of(row: Row[Any]) -> OnBreak | None:
    """Why a desk is on a break, of a row with its columns."""
    return OnBreak(BreakReason(row.break_reason), row.break_text or "") if row.break_reason else None


def _served(row: Row[Any]) -> Served:
    total_ms, count = row.total_ms, row.finished or 0
    return Served(count, int(total_ms) // count if total_ms is not None and count else None)


def _services() -> Subquery:
    """What each of these officers finished since then."""
    tickets = schema.tickets.c
    return (
        select(
            tickets.officer_id,
            func.count().label("finished"),
            func.sum(tickets.ended_at_ms - tickets.confirmed_at_ms).label("total_ms"),
        )
        .where(
            tickets.officer_id.in_(bindparam("officer_ids", expanding=True)),
            tickets.ended_at_ms >= bindparam("since_ms"),
            tickets.state == TicketState.FINISHED.value,
        )
        .group_by(tickets.officer_id)
        .subquery()
    )


def _desks_and_served() -> Select[Any]:
    services, officers, desks = _services(), schema.officers, schema.desks
    return (
        select(
            officers.c.officer_id,
            desks.c.line_ids,
            desks.c.state,
            desks.c.since_ms,
            desks.c.counter,
            desks.c.break_reason,
            desks.c.break_text,
            services.c.finished,
            services.c.total_ms,
        )
        .select_from(
            officers.outerjoin(desks, desks.c.officer_id == officers.c.officer_id).outerjoin(
                services, services.c.officer_id == officers.c.officer_id
            )
        )
        .where(officers.c.officer_id.in_(bindparam("officer_ids", expanding=True)))
    )


# Built once: desks are read with each command of an officer and a few times a second for the boards, and
# putting a statement together takes longer than the database does with it.
_DESKS: Final = select(schema.desks).where(
    schema.desks.c.officer_id.in_(bindparam("officer_ids", expanding=True))
)
_DESKS_AND_SERVED: Final = _desks_and_served()
