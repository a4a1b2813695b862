"""The records of breaks: one row each, for reports (docs/REPORTS.md)."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import BindParameter, Select, bindparam, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.sealing import new_id
from cases.views.desks import BreakReason, BreakTime, OnBreak

_BREAKS: Final = schema.breaks.c


async def begin_break(
    connection: AsyncConnection, officer_id: str, on_break: OnBreak, began_at_ms: int
) -> None:
    """In the caller's transaction, in which the one before was ended. It counts in the hall that the officer
    is in now.
    """
    officers = schema.officers.c
    hall = select(officers.hall_id).where(officers.officer_id == officer_id).scalar_subquery()
    await connection.execute(
        schema.breaks.insert().values(
            break_id=new_id(),
            officer_id=officer_id,
            hall_id=hall,
            reason=on_break.reason.value,
            text=on_break.text,
            began_at_ms=began_at_ms,
        )
    )


async def end_break(connection: AsyncConnection, officer_id: str, ended_at_ms: int) -> None:
    """In the caller's transaction; without a break it changes nothing."""
    await connection.execute(
        update(schema.breaks)
        .where(_BREAKS.officer_id == officer_id, _BREAKS.ended_at_ms.is_(None))
        .values(ended_at_ms=ended_at_ms)
    )


async def break_times(
    connection: AsyncConnection, hall_id: str, from_ms: int, until_ms: int, now_ms: int
) -> Mapping[str, tuple[BreakTime, ...]]:
    """By officer, in the order of the reasons: how many breaks there were between the two times, and how long
    they were within them; one that goes on is counted until ``now_ms``.
    """
    rows = await connection.execute(
        _TIMES, {"of_hall": hall_id, "from_ms": from_ms, "until_ms": until_ms, "now_ms": now_ms}
    )
    found: dict[str, dict[BreakReason, BreakTime]] = {}
    for row in rows:
        reason = BreakReason(row.reason)
        # A sum is a decimal number in PostgreSQL.
        found.setdefault(row.officer_id, {})[reason] = BreakTime(reason, row.count, int(row.total_ms))
    return {
        officer_id: tuple(of[reason] for reason in BreakReason if reason in of)
        for officer_id, of in found.items()
    }


def _times() -> Select[Any]:
    from_ms, until_ms = _time("from_ms"), _time("until_ms")
    ended = func.coalesce(_BREAKS.ended_at_ms, _time("now_ms"))
    begin = case((_BREAKS.began_at_ms < from_ms, from_ms), else_=_BREAKS.began_at_ms)
    end = case((ended > until_ms, until_ms), else_=ended)
    return (
        select(
            _BREAKS.officer_id,
            _BREAKS.reason,
            func.count().label("count"),
            func.sum(case((end > begin, end - begin), else_=0)).label("total_ms"),
        )
        .where(
            _BREAKS.hall_id == bindparam("of_hall"),
            _BREAKS.began_at_ms < until_ms,
            ended > from_ms,
        )
        .group_by(_BREAKS.officer_id, _BREAKS.reason)
    )


def _time(name: str) -> BindParameter[int]:
    return bindparam(name, type_=_BREAKS.began_at_ms.type)


_TIMES: Final = _times()
