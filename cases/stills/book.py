"""Requests for still pictures in the records. Every function works inside a caller's transaction, which has
the case's row for itself where something is written.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.casework.records import Case
from cases.stills.states import TABLE, StillEvent, StillState, StillSubject, Waiting
from cases.stills.tables import still_requests


@dataclass(frozen=True, slots=True)
class StillRecord:
    """One row of ``still_requests``."""

    request_id: str
    case_id: str
    call_id: str
    taxpayer_id: str
    officer_id: str
    version: int
    changed_at_ms: int
    waiting: Waiting
    subject: StillSubject
    asked_at_ms: int
    ended_at_ms: int | None


@dataclass(frozen=True, slots=True)
class NewStill:
    """What is asked for, in which call and by whom."""

    request_id: str
    call_id: str
    officer_id: str
    subject: StillSubject


def record_of(row: Row[Any]) -> StillRecord:
    """From its row of ``still_requests``."""
    return StillRecord(
        row.request_id,
        row.case_id,
        row.call_id,
        row.taxpayer_id,
        row.officer_id,
        row.version,
        row.changed_at_ms,
        Waiting(StillState(row.state), row.due_at_ms),
        StillSubject(row.subject),
        row.asked_at_ms,
        row.ended_at_ms,
    )


async def one(connection: AsyncConnection, request_id: str) -> StillRecord | None:
    return await _first(connection, still_requests.c.request_id == request_id)


async def latest(connection: AsyncConnection, case_id: str) -> StillRecord | None:
    """The last one that was asked for in the case; one that waits for its answer is that."""
    return await _first(connection, still_requests.c.case_id == case_id)


async def asked(connection: AsyncConnection, call_id: str) -> StillRecord | None:
    """The one of the call that is written down as waiting for its answer."""
    table = still_requests.c
    return await _first(connection, table.call_id == call_id, table.state == StillState.ASKED.value)


async def _first(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> StillRecord | None:
    table = still_requests.c
    row = (
        await connection.execute(
            select(still_requests)
            .where(*conditions)
            .order_by(table.asked_at_ms.desc(), table.request_id.desc())
            .limit(1)
        )
    ).one_or_none()
    return record_of(row) if row is not None else None


async def count(connection: AsyncConnection, call_id: str) -> int:
    """How many were asked for in the call."""
    found: int | None = await connection.scalar(
        select(func.count()).select_from(still_requests).where(still_requests.c.call_id == call_id)
    )
    return found or 0


async def add(connection: AsyncConnection, case: Case, new: NewStill, *, now_ms: int, due_at_ms: int) -> None:
    await connection.execute(
        still_requests.insert().values(
            request_id=new.request_id,
            case_id=case.case_id,
            call_id=new.call_id,
            taxpayer_id=case.taxpayer_id,
            officer_id=new.officer_id,
            version=1,
            changed_at_ms=now_ms,
            state=StillState.ASKED.value,
            subject=new.subject.value,
            asked_at_ms=now_ms,
            due_at_ms=due_at_ms,
        )
    )


async def end(connection: AsyncConnection, request: StillRecord, event: StillEvent, now_ms: int) -> None:
    """By the table; whoever ends it has asked whether that may be."""
    await connection.execute(
        update(still_requests)
        .where(still_requests.c.request_id == request.request_id)
        .values(
            version=request.version + 1,
            # Not before the last change, though another clock may be behind.
            changed_at_ms=max(now_ms, request.changed_at_ms),
            state=TABLE[request.waiting.state, event].value,
            ended_at_ms=now_ms,
        )
    )
