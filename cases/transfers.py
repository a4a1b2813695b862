"""What an officer writes when a ticket is given to another line, and who reads it there (S33).

Written before the queue moves the ticket: the other way round it would be lost with a process that dies in
between. What was written for a transfer that did not happen is shown to nobody, since the ticket is not in
that line.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit, schema
from cases.access import Officer
from cases.clock import Clock
from cases.database import Database
from cases.halls import Halls
from cases.views.desks import TransferHeld, TransferNote
from cases.views.names import OfficerName

NOTE_MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class Transfer:
    """``call_number``: the ticket's latest call, 0 for one that was never called. ``note``: to whoever calls
    the ticket in the new line, at most ``NOTE_MAX_CHARS``; no taxpayer reads it.
    """

    ticket_id: str
    call_number: int
    request_id: str
    line_id: str
    note: str = ""


class Transfers:
    """The records of transfers; every method is one transaction and raises RecordsUnavailable."""

    def __init__(self, database: Database, halls: Halls, clock: Clock) -> None:
        self._database = database
        self._halls = halls
        self._clock = clock

    async def keep(
        self, officer: Officer, wanted: Transfer, *, from_line_id: str, case_id: str | None
    ) -> bool:
        """Keep what is written; whether this is the first time that the request came."""
        row = {
            "ticket_id": wanted.ticket_id,
            "request_id": wanted.request_id,
            "case_id": case_id,
            "officer_id": officer.officer_id,
            "call_number": wanted.call_number,
            "from_line_id": from_line_id,
            "line_id": wanted.line_id,
            "note": wanted.note.strip(),
            "at_ms": self._clock.now_ms(),
        }
        async with self._database.writing() as connection:
            try:
                async with connection.begin_nested():
                    await connection.execute(schema.transfers.insert().values(row))
            except IntegrityError:
                return False
        return True

    async def drop(self, wanted: Transfer) -> None:
        """The queue refused it."""
        async with self._database.writing() as connection:
            await connection.execute(delete(schema.transfers).where(_is(wanted)))

    async def done(self, officer: Officer, wanted: Transfer) -> None:
        """It happened; said again it changes nothing."""
        transfers, now_ms = schema.transfers, self._clock.now_ms()
        async with self._database.writing() as connection:
            moved = (
                await connection.execute(
                    update(transfers)
                    .where(_is(wanted), transfers.c.done_at_ms.is_(None))
                    .values(done_at_ms=now_ms)
                    .returning(transfers.c.from_line_id, transfers.c.note)
                )
            ).one_or_none()
            if moved is not None:
                detail = {
                    "from_line_id": moved.from_line_id,
                    "line_id": wanted.line_id,
                    "call_number": wanted.call_number,
                    "note_characters": len(moved.note),
                }
                await audit.append(
                    connection, audit.actor(officer), "ticket.transfer", "ticket", wanted.ticket_id, detail,
                    now_ms,
                )  # fmt: skip

    async def note_of(self, ticket_id: str, line_id: str) -> TransferNote | None:
        """What came with the ticket into the line that it is in; none where nothing was written."""
        rows = await self._database.glance(_LATEST, {"asked_ticket_id": ticket_id})
        row = rows[0] if rows else None
        if row is None or not row.note or row.line_id != line_id:
            return None
        return TransferNote(row.note, _officer(row), self._halls.line(row.from_line_id).on_ticket, row.at_ms)


async def transfers_held(
    connection: AsyncConnection, halls: Halls, case_id: str, limit: int
) -> tuple[TransferHeld, ...]:
    """The case's latest transfers that happened, in their order."""
    transfers = schema.transfers.c
    asked = (
        _selected()
        .where(transfers.case_id == case_id, transfers.done_at_ms.is_not(None))
        .order_by(*_newest())
        .limit(limit)
    )
    rows = (await connection.execute(asked)).all()
    return tuple(
        TransferHeld(
            row.at_ms,
            _officer(row),
            halls.line(row.from_line_id).on_ticket,
            halls.line(row.line_id).on_ticket,
            row.note,
        )
        for row in reversed(rows)
    )


def _is(wanted: Transfer) -> Any:  # SQLAlchemy's own type of a condition
    transfers = schema.transfers.c
    return (transfers.ticket_id == wanted.ticket_id) & (transfers.request_id == wanted.request_id)


def _newest() -> tuple[Any, Any]:
    return schema.transfers.c.at_ms.desc(), schema.transfers.c.request_id.desc()


def _selected() -> Any:  # SQLAlchemy's own type of a statement
    officers = schema.officers.c
    return select(schema.transfers, officers.name, officers.staff_number).join(
        schema.officers, officers.officer_id == schema.transfers.c.officer_id
    )


def _officer(row: Row[Any]) -> OfficerName:
    return OfficerName(row.name, row.staff_number)


# Built once: every look at a desk with a ticket in hand asks it.
_LATEST: Final = (
    _selected()
    .where(schema.transfers.c.ticket_id == bindparam("asked_ticket_id"))
    .order_by(*_newest())
    .limit(1)
)
