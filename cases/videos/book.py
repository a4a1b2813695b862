"""Video requests in the records. Every function works inside a caller's transaction, which has the case's row
for itself where something is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.casework.records import Case
from cases.stages.states import Mode
from cases.videos.states import TABLE, Parties, VideoEvent, VideoState
from cases.videos.tables import video_requests
from rtc.call import LegName


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One row of ``video_requests``."""

    request_id: str
    case_id: str
    version: int
    changed_at_ms: int
    state: VideoState
    parties: Parties
    asked_at_ms: int
    due_at_ms: int
    ended_at_ms: int | None
    ended_by: str | None
    call_id: str | None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a request ends. ``by``: the person, none for the clock and the rules; ``call_id``: of the call that
    was opened for it.
    """

    event: VideoEvent
    at_ms: int
    by: str | None = None
    call_id: str | None = None


def record_of(row: Row[Any]) -> RequestRecord:
    """From its row of ``video_requests``."""
    return RequestRecord(
        row.request_id,
        row.case_id,
        row.version,
        row.changed_at_ms,
        VideoState(row.state),
        Parties(LegName(row.asked_by), row.asker_id, row.to_officer_id),
        row.asked_at_ms,
        row.due_at_ms,
        row.ended_at_ms,
        row.ended_by,
        row.call_id,
    )


async def one(connection: AsyncConnection, request_id: str) -> RequestRecord | None:
    return await _first(connection, video_requests.c.request_id == request_id)


async def latest(connection: AsyncConnection, case_id: str) -> RequestRecord | None:
    """The last one that was asked for in the case; one that waits for its answer is that."""
    return await _first(connection, video_requests.c.case_id == case_id)


async def asked(connection: AsyncConnection, case_id: str) -> RequestRecord | None:
    """The one of the case that waits for its answer."""
    waits = video_requests.c.state == VideoState.ASKED.value
    return await _first(connection, video_requests.c.case_id == case_id, waits)


async def of_call(connection: AsyncConnection, call_id: str) -> RequestRecord | None:
    """The one that the call was opened for."""
    return await _first(connection, video_requests.c.call_id == call_id)


async def _first(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> RequestRecord | None:
    table = video_requests.c
    row = (
        await connection.execute(
            select(video_requests)
            .where(*conditions)
            .order_by(table.asked_at_ms.desc(), table.request_id.desc())
            .limit(1)
        )
    ).one_or_none()
    return record_of(row) if row is not None else None


async def waiting(
    connection: AsyncConnection, *conditions: ColumnElement[bool], limit: int
) -> Sequence[RequestRecord]:
    """Those that wait for their answer, the latest first."""
    table = video_requests.c
    rows = await connection.execute(
        select(video_requests)
        .where(table.state == VideoState.ASKED.value, *conditions)
        .order_by(table.asked_at_ms.desc(), table.request_id.desc())
        .limit(limit)
    )
    return [record_of(row) for row in rows]


async def nth_last_ms(connection: AsyncConnection, asker_id: str, number: int) -> int | None:
    """When the person asked for the ``number``-th last of their requests; none where there are fewer."""
    table = video_requests.c
    at_ms: int | None = await connection.scalar(
        select(table.asked_at_ms)
        .where(table.asker_id == asker_id)
        .order_by(table.asked_at_ms.desc())
        .offset(number - 1)
        .limit(1)
    )
    return at_ms


async def is_in_another_call(
    connection: AsyncConnection, case_id: str, *, taxpayer_id: str | None, officer_id: str | None
) -> bool:
    """Whether one of them is in an open call of another case."""
    calls, cases = schema.calls.c, schema.cases.c
    row = await connection.execute(
        select(calls.call_id)
        .join(schema.cases, cases.case_id == calls.case_id)
        .where(
            calls.ended_at_ms.is_(None),
            calls.case_id != case_id,
            (cases.taxpayer_id == taxpayer_id) | (calls.officer_id == officer_id),
        )
        .limit(1)
    )
    return row.one_or_none() is not None


async def add(
    connection: AsyncConnection, case: Case, request_id: str, parties: Parties, *, now_ms: int, due_at_ms: int
) -> None:
    await connection.execute(
        video_requests.insert().values(
            request_id=request_id,
            case_id=case.case_id,
            taxpayer_id=case.taxpayer_id,
            hall_id=case.hall_id,
            is_consult=case.state.mode is Mode.CONSULT,
            version=1,
            changed_at_ms=now_ms,
            state=VideoState.ASKED.value,
            asked_by=parties.asked_by.value,
            asker_id=parties.asker_id,
            to_officer_id=parties.to_officer_id,
            asked_at_ms=now_ms,
            due_at_ms=due_at_ms,
        )
    )


async def end(connection: AsyncConnection, request: RequestRecord, ending: Ending) -> None:
    """By the table; whoever ends it has asked whether that may be."""
    await change(
        connection,
        request,
        ending.at_ms,
        state=TABLE[request.state, ending.event].value,
        ended_at_ms=ending.at_ms,
        ended_by=ending.by,
        call_id=ending.call_id,
    )


async def change(connection: AsyncConnection, request: RequestRecord, now_ms: int, **values: Any) -> None:
    """Write what is new of it, if only that pages have to hear of what came of it."""
    await connection.execute(
        update(video_requests)
        .where(video_requests.c.request_id == request.request_id)
        .values(
            version=request.version + 1,
            # Not before the last change, though another clock may be behind.
            changed_at_ms=max(now_ms, request.changed_at_ms),
            **values,
        )
    )
