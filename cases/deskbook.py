"""The records of officers' desks: where they are signed on, and what they served."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, Select, Subquery, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.database import Database
from cases.views import DeskState
from queueing.states import TicketState


@dataclass(frozen=True, slots=True)
class DeskRecord:
    """An officer's desk as they set it up; the ticket in hand is the queue's to know.

    ``counter``: the name of the counter (窗口) that on-site tickets are called to.
    """

    officer_id: str
    line_ids: tuple[str, ...]
    state: DeskState
    since_ms: int
    counter: str | None = None


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
        values = {
            "line_ids": list(desk.line_ids),
            "state": desk.state.value,
            "since_ms": desk.since_ms,
            "counter": desk.counter,
        }
        desks = schema.desks
        async with self._database.writing() as connection:
            known = await connection.execute(
                update(desks).where(desks.c.officer_id == desk.officer_id).values(values)
            )
            if not known.rowcount:
                await connection.execute(desks.insert().values(officer_id=desk.officer_id, **values))


async def _desks(connection: AsyncConnection, officer_ids: Sequence[str]) -> dict[str, DeskRecord]:
    rows = await connection.execute(_DESKS, {"officer_ids": list(officer_ids)})
    return {row.officer_id: _desk(row) for row in rows}


def _desk(row: Row[Any]) -> DeskRecord:
    return DeskRecord(row.officer_id, tuple(row.line_ids), DeskState(row.state), row.since_ms, row.counter)


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
