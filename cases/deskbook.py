"""The records of officers' desks: where they are signed on, and what they served."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.database import Database
from cases.views import DeskState
from queueing.states import TicketState


@dataclass(frozen=True, slots=True)
class DeskRecord:
    """An officer's desk as they set it up; the ticket in hand is the queue's to know."""

    officer_id: str
    line_ids: tuple[str, ...]
    state: DeskState
    since_ms: int


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
            desks = await _desks(connection, officer_ids)
            served = await _served(connection, officer_ids, since_ms)
        return {
            officer_id: (
                desks.get(officer_id, DeskRecord(officer_id, (), DeskState.SIGNED_OFF, 0)),
                served.get(officer_id, Served(0, None)),
            )
            for officer_id in officer_ids
        }

    async def put(self, desk: DeskRecord) -> None:
        values = {"line_ids": list(desk.line_ids), "state": desk.state.value, "since_ms": desk.since_ms}
        desks = schema.desks
        async with self._database.writing() as connection:
            known = await connection.execute(
                update(desks).where(desks.c.officer_id == desk.officer_id).values(values)
            )
            if not known.rowcount:
                await connection.execute(desks.insert().values(officer_id=desk.officer_id, **values))


async def _desks(connection: AsyncConnection, officer_ids: Sequence[str]) -> dict[str, DeskRecord]:
    rows = await connection.execute(
        select(schema.desks).where(schema.desks.c.officer_id.in_(list(officer_ids)))
    )
    return {
        row.officer_id: DeskRecord(row.officer_id, tuple(row.line_ids), DeskState(row.state), row.since_ms)
        for row in rows
    }


async def _served(
    connection: AsyncConnection, officer_ids: Sequence[str], since_ms: int
) -> dict[str, Served]:
    tickets = schema.tickets.c
    rows = await connection.execute(
        select(
            tickets.officer_id,
            func.count(),
            func.sum(tickets.ended_at_ms - tickets.confirmed_at_ms),
        )
        .where(
            tickets.officer_id.in_(list(officer_ids)),
            tickets.ended_at_ms >= since_ms,
            tickets.state == TicketState.FINISHED.value,
        )
        .group_by(tickets.officer_id)
    )
    return {
        officer_id: Served(count, int(total_ms) // count if total_ms is not None else None)
        for officer_id, count, total_ms in rows
    }
