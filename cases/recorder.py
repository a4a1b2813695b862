"""Journal → records: every step of every ticket is written once, in order, with its cursor in one
transaction.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, Column, bindparam, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.database import Database
from cases.errors import RecordsDisagree
from queueing.journal import Journal
from queueing.ticket import JournalEntry

Following = Callable[[AsyncConnection, Sequence[JournalEntry]], Awaitable[None]]
AfterRecording = Callable[[Sequence[JournalEntry]], Awaitable[None]]


def in_turn(*followings: Following) -> Following:
    """Several, one after the other in the same transaction."""

    async def follow(connection: AsyncConnection, entries: Sequence[JournalEntry]) -> None:
        for following in followings:
            await following(connection, entries)

    return follow


@dataclass(frozen=True, slots=True)
class RecorderBounds:
    """``batch`` entries a transaction; waits ``block_ms`` for news; the journal is trimmed every
    ``trim_every`` entries.
    """

    batch: int = 200
    block_ms: int = 1_000
    trim_every: int = 1_000


class Recorder:
    """Follows the journal of one hall. Only one of a hall may run at a time; a second one writes nothing
    twice, since a step's row is keyed by its version and the cursor moves only from where it was read.
    """

    def __init__(
        self,
        database: Database,
        journal: Journal,
        hall_id: str,
        bounds: RecorderBounds,
        follow: Following,
        after: AfterRecording,
    ) -> None:
        """``follow`` writes what steps mean for their cases, in the transaction that records them, and
        waits for nothing else (``Database.change``).
        ``after`` is called with what was just recorded, in order; it must be safe to repeat.
        """
        self._database = database
        self._journal = journal
        self._hall_id = hall_id
        self._bounds = bounds
        self._follow = follow
        self._after = after
        self._since_trim = 0
        self._unfinished: Sequence[JournalEntry] = ()

    async def step(self) -> int:
        """Record what there is, at most one batch, waiting for it a while; how many entries that were.

        Raises QueueUnavailable, JournalBroken, RecordsUnavailable, RecordsDisagree (another step has a
        row of that version already), and what ``after`` raises: it is called again by the next step.
        """
        await self._finish()
        cursor = await self.cursor()
        entries = await self._journal.read_after(
            self._hall_id, cursor, limit=self._bounds.batch, block_ms=self._bounds.block_ms
        )
        if not entries:
            return 0
        if not await self._written(cursor, entries):
            return 0
        self._unfinished = entries
        await self._finish()
        await self._trim(len(entries), entries[-1].entry_id)
        return len(entries)

    async def _finish(self) -> None:
        """What follows from the last batch; the cursor has passed it, so nobody else would do it."""
        if self._unfinished:
            await self._after(self._unfinished)
            self._unfinished = ()

    async def _written(self, cursor: str | None, entries: Sequence[JournalEntry]) -> bool:
        """All of them with their cursor, or nothing where another recorder was first."""

        async def write(connection: AsyncConnection) -> bool:
            if not await move_cursor(connection, self._hall_id, cursor, entries[-1].entry_id):
                return False
            await _record(connection, entries)
            await self._follow(connection, entries)
            return True

        try:
            return await self._database.change(write)
        except IntegrityError as error:
            raise RecordsDisagree(f"after {cursor}") from error

    async def cursor(self) -> str | None:
        """The id of the last entry that was recorded; none before the first one."""
        rows = await self._database.glance(_CURSOR, {"of_hall": self._hall_id})
        found: str | None = rows[0][0] if rows else None
        return found

    async def _trim(self, recorded: int, through: str) -> None:
        self._since_trim += recorded
        if self._since_trim >= self._bounds.trim_every:
            await self._journal.trim(self._hall_id, through)
            self._since_trim = 0


async def move_cursor(connection: AsyncConnection, hall_id: str, old: str | None, new: str) -> bool:
    """Whether the cursor was still where it was read; then it is at ``new``, once the transaction is."""
    cursors = schema.journal_cursors
    if old is None:
        there = await connection.scalar(
            select(func.count()).select_from(cursors).where(cursors.c.hall_id == hall_id)
        )
        if there:
            return False
        await connection.execute(cursors.insert().values(hall_id=hall_id, entry_id=new))
        return True
    moved = await connection.execute(_MOVE_CURSOR, {"of_hall": hall_id, "old": old, "new": new})
    return moved.rowcount == 1


async def _record(connection: AsyncConnection, entries: Sequence[JournalEntry]) -> None:
    """The steps of a batch, and each of their tickets as it is after the last one of them."""
    await connection.execute(_STEPS, [_step_row(entry) for entry in entries])
    latest = {entry.ticket.ticket_id: entry for entry in entries}
    known = set(await connection.scalars(_KNOWN, {"ticket_ids": list(latest)}))
    again = [_ticket_row(entry) for ticket_id, entry in latest.items() if ticket_id in known]
    new = [_ticket_row(entry) for ticket_id, entry in latest.items() if ticket_id not in known]
    if again:
        await connection.execute(_AGAIN, again)
    if new:
        await connection.execute(_NEW, new)


def _step_row(entry: JournalEntry) -> dict[str, object]:
    ticket = entry.ticket
    return {
        "hall_id": entry.hall_id,
        "version": entry.version,
        "at_ms": entry.at_ms,
        "ticket_id": ticket.ticket_id,
        "step": entry.step.value,
        "state": ticket.state.value,
        "cause": entry.cause.value,
        "officer_id": ticket.officer_id,
        "call_number": ticket.call_number,
        "line_id": ticket.line_id,
    }


def _ticket_row(entry: JournalEntry) -> dict[str, object]:
    """With ``TICKET_ID`` beside the columns, which names the row that is there."""
    ticket = entry.ticket
    return {
        TICKET_ID: ticket.ticket_id,
        "ticket_id": ticket.ticket_id,
        "hall_id": ticket.hall_id,
        "line_id": ticket.line_id,
        "number": ticket.number,
        "state": ticket.state.value,
        "version": entry.version,
        "call_number": ticket.call_number,
        "officer_id": ticket.officer_id,
        "issued_at_ms": ticket.issued_at_ms,
        "called_at_ms": ticket.called_at_ms,
        "confirmed_at_ms": ticket.confirmed_at_ms,
        "ended_at_ms": ticket.ended_at_ms,
        "outcome": ticket.outcome,
        "packed": entry.packed,
    }


def _values(columns: Iterable[Column[Any]]) -> dict[str, BindParameter[object]]:
    return {column.name: bindparam(column.name) for column in columns}


# Built once: putting a statement together takes longer than the database does with it, and this happens with
# each step of each ticket. A row with a key more than its statement has parameters is fine.
TICKET_ID: Final = "recorded_ticket_id"
_STEPS: Final = schema.ticket_steps.insert().values(_values(schema.ticket_steps.c))
_KNOWN: Final = select(schema.tickets.c.ticket_id).where(
    schema.tickets.c.ticket_id.in_(bindparam("ticket_ids", expanding=True))
)
_AGAIN: Final = (
    update(schema.tickets)
    .where(schema.tickets.c.ticket_id == bindparam(TICKET_ID))
    .values(_values(column for column in schema.tickets.c if not column.primary_key))
)
_NEW: Final = schema.tickets.insert().values(_values(schema.tickets.c))
_CURSOR: Final = select(schema.journal_cursors.c.entry_id).where(
    schema.journal_cursors.c.hall_id == bindparam("of_hall")
)
_MOVE_CURSOR: Final = (
    update(schema.journal_cursors)
    .where(
        schema.journal_cursors.c.hall_id == bindparam("of_hall"),
        schema.journal_cursors.c.entry_id == bindparam("old"),
    )
    .values(entry_id=bindparam("new"))
)
