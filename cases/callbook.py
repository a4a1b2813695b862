"""The records of video calls."""

from dataclasses import dataclass

from sqlalchemy import Row, Select, Update, func, select, update
from sqlalchemy.exc import IntegrityError

from cases import schema
from cases.database import Database
from cases.errors import CaseUnknown
from cases.sealing import new_id
from rtc.call import CallView as MediaView
from rtc.call import EndReason


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One video call of a ticket. ``ordinal`` counts those of one call by the officer, from 1."""

    call_id: str
    ticket_id: str
    call_number: int
    ordinal: int
    officer_id: str
    opened_at_ms: int
    connected_at_ms: int | None
    ended_at_ms: int | None
    end_reason: EndReason | None


def _call(row: Row[tuple[object, ...]]) -> CallRecord:
    return CallRecord(
        row.call_id,
        row.ticket_id,
        row.call_number,
        row.ordinal,
        row.officer_id,
        row.opened_at_ms,
        row.connected_at_ms,
        row.ended_at_ms,
        EndReason(row.end_reason) if row.end_reason else None,
    )


class Callbook:
    """Reads and writes calls; every method is one transaction and raises RecordsUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(
        self, ticket_id: str, *, call_number: int, officer_id: str, now_ms: int, again: bool
    ) -> CallRecord:
        """The newest video of that call of the ticket. A new one is written where there is none, or, with
        ``again``, where it has ended; two who open it at once get the same one.
        """
        newest = _newest(ticket_id, call_number)
        try:
            async with self._database.writing() as connection:
                found = (await connection.execute(newest)).one_or_none()
                if found is not None and (found.ended_at_ms is None or not again):
                    return _call(found)
                await connection.execute(
                    schema.calls.insert().values(
                        call_id=new_id(),
                        ticket_id=ticket_id,
                        call_number=call_number,
                        ordinal=found.ordinal + 1 if found is not None else 1,
                        officer_id=officer_id,
                        opened_at_ms=now_ms,
                    )
                )
                return _call((await connection.execute(newest)).one())
        except IntegrityError:
            pass  # opened by another process just now; it is read below
        async with self._database.reading() as connection:
            return _call((await connection.execute(newest)).one())

    async def last_ordinal(self, ticket_id: str, call_number: int) -> int:
        """How many videos that call of the ticket had."""
        calls = schema.calls.c
        async with self._database.reading() as connection:
            last: int | None = await connection.scalar(
                select(func.max(calls.ordinal)).where(
                    calls.ticket_id == ticket_id, calls.call_number == call_number
                )
            )
        return last or 0

    async def one(self, call_id: str) -> CallRecord:
        """Raises CaseUnknown."""
        async with self._database.reading() as connection:
            row = (
                await connection.execute(select(schema.calls).where(schema.calls.c.call_id == call_id))
            ).one_or_none()
        if row is None:
            raise CaseUnknown("no such call")
        return _call(row)

    async def open_calls(self, *, limit: int = 10_000) -> list[CallRecord]:
        """Every call that has not ended."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(schema.calls).where(schema.calls.c.ended_at_ms.is_(None)).limit(limit)
            )
            return [_call(row) for row in rows.all()]

    async def open_call_of(self, ticket_id: str) -> CallRecord | None:
        """The ticket's call that has not ended, if there is one."""
        calls = schema.calls.c
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(schema.calls)
                    .where(calls.ticket_id == ticket_id, calls.ended_at_ms.is_(None))
                    .order_by(calls.opened_at_ms.desc())
                    .limit(1)
                )
            ).one_or_none()
        return _call(row) if row is not None else None

    async def keep(self, view: MediaView) -> None:
        """Write down when the call was first connected, and its end; neither is ever rewritten."""
        if view.connected_at_ms is None and view.ended_at_ms is None:
            return
        calls = schema.calls
        async with self._database.writing() as connection:
            if view.connected_at_ms is not None:
                await connection.execute(
                    update(calls)
                    .where(calls.c.call_id == view.call_id, calls.c.connected_at_ms.is_(None))
                    .values(connected_at_ms=view.connected_at_ms)
                )
            if view.ended_at_ms is not None and view.end_reason is not None:
                await connection.execute(_ending(view.call_id, view.ended_at_ms, view.end_reason))

    async def end(self, call_id: str, ended_at_ms: int, reason: EndReason) -> None:
        """End a call that no relay carries any more."""
        async with self._database.writing() as connection:
            await connection.execute(_ending(call_id, ended_at_ms, reason))


def _newest(ticket_id: str, call_number: int) -> Select[tuple[object, ...]]:
    calls = schema.calls.c
    return (
        select(schema.calls)
        .where(calls.ticket_id == ticket_id, calls.call_number == call_number)
        .order_by(calls.ordinal.desc())
        .limit(1)
    )


def _ending(call_id: str, ended_at_ms: int, reason: EndReason) -> Update:
    calls = schema.calls
    return (
        update(calls)
        .where(calls.c.call_id == call_id, calls.c.ended_at_ms.is_(None))
        .values(ended_at_ms=ended_at_ms, end_reason=reason.value)
    )
