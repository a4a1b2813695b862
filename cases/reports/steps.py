"""Steps of tickets as they are counted, read from the records in pages."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.reports.figures import Happened
from cases.views.tickets import Outcome
from queueing.states import Step, TicketState

PAGE: Final = 2_000
"""So many steps are held at a time; others have their turn between two pages."""

_steps, _tickets = schema.ticket_steps.c, schema.tickets.c
_calls, _holds = schema.ticket_steps.alias("calls_of"), schema.ticket_steps.alias("holds_of")

_CALLER: Final = (
    select(_calls.c.officer_id)
    .where(
        _calls.c.ticket_id == _steps.ticket_id,
        _calls.c.call_number == _steps.call_number,
        _calls.c.step == Step.CALL.value,
    )
    .limit(1)
    .scalar_subquery()
)
"""Whose call it was, of steps after which nobody has the ticket."""
_ON_HOLD_MS: Final = (
    select(
        func.sum(case((_holds.c.step == Step.RESUME.value, _holds.c.at_ms), else_=-_holds.c.at_ms)).label(
            "ms"
        )
    )
    .where(
        _holds.c.ticket_id == _steps.ticket_id,
        _holds.c.call_number == _steps.call_number,
        _holds.c.step.in_([Step.HOLD.value, Step.RESUME.value]),
    )
    .scalar_subquery()
)
"""Of a call that was finished: each hold of it was ended by a resume."""
_IS_FIRST_CALL: Final = and_(_steps.step == Step.CALL.value, _steps.call_number == 1)
_IS_FINISH: Final = _steps.step == Step.FINISH.value

_COUNTED: Final[Select[Any]] = select(
    _steps.version,
    _steps.at_ms,
    _steps.step,
    _steps.state,
    _steps.ticket_id,
    func.coalesce(_steps.line_id, _tickets.line_id).label("line_id"),
    case((_steps.call_number == 0, None), else_=func.coalesce(_steps.officer_id, _CALLER)).label(
        "officer_id"
    ),
    case((_IS_FIRST_CALL, _steps.at_ms - _tickets.issued_at_ms)).label("wait_ms"),
    case((_IS_FINISH, _steps.at_ms - _tickets.confirmed_at_ms - func.coalesce(_ON_HOLD_MS, 0))).label(
        "service_ms"
    ),
    case((_IS_FINISH, _tickets.outcome)).label("outcome"),
).join(schema.tickets, _tickets.ticket_id == _steps.ticket_id)

_BETWEEN: Final = (
    _COUNTED.where(
        _steps.hall_id == bindparam("of_hall"),
        _steps.at_ms >= bindparam("from_ms"),
        _steps.at_ms < bindparam("until_ms"),
        # Where the page before ended.
        or_(
            _steps.at_ms > bindparam("from_ms"),
            and_(_steps.at_ms == bindparam("from_ms"), _steps.version > bindparam("after")),
        ),
    )
    .order_by(_steps.at_ms, _steps.version)
    .limit(PAGE)
)
_AFTER: Final = (
    _COUNTED.where(_steps.hall_id == bindparam("of_hall"), _steps.version > bindparam("after"))
    .order_by(_steps.version)
    .limit(PAGE)
)
_OPEN_AT: Final = (
    _COUNTED.where(
        _steps.hall_id == bindparam("of_hall"),
        _steps.at_ms < bindparam("at_ms"),
        _tickets.hall_id == bindparam("of_hall"),
        _tickets.issued_at_ms < bindparam("at_ms"),
        or_(_tickets.ended_at_ms.is_(None), _tickets.ended_at_ms >= bindparam("at_ms")),
    )
    .order_by(_steps.version.desc())
    .limit(PAGE)
)
_NEWEST: Final = select(func.max(_steps.version)).where(_steps.hall_id == bindparam("of_hall"))


async def between(
    connection: AsyncConnection, hall_id: str, from_ms: int, until_ms: int
) -> AsyncIterator[list[Happened]]:
    """The steps from ``from_ms`` until before ``until_ms``, by time, in pages."""
    after = -1
    while True:
        asked = {"of_hall": hall_id, "from_ms": from_ms, "until_ms": until_ms, "after": after}
        rows = (await connection.execute(_BETWEEN, asked)).all()
        if rows:
            yield _happened(rows)
            from_ms, after = rows[-1].at_ms, rows[-1].version
        if len(rows) < PAGE:
            return


async def after(connection: AsyncConnection, hall_id: str, version: int) -> AsyncIterator[list[Happened]]:
    """What was recorded after that version, in pages."""
    while True:
        rows = (await connection.execute(_AFTER, {"of_hall": hall_id, "after": version})).all()
        if rows:
            yield _happened(rows)
            version = rows[-1].version
        if len(rows) < PAGE:
            return


async def of_open_at(connection: AsyncConnection, hall_id: str, at_ms: int) -> list[Happened]:
    """The steps before ``at_ms`` of tickets that were open then, in order; of many the latest PAGE."""
    rows = (await connection.execute(_OPEN_AT, {"of_hall": hall_id, "at_ms": at_ms})).all()
    return _happened(rows)[::-1]


async def newest(connection: AsyncConnection, hall_id: str) -> int:
    """The version of the latest step that is recorded; 0 before the first one."""
    return await connection.scalar(_NEWEST, {"of_hall": hall_id}) or 0


def _happened(rows: Sequence[Row[Any]]) -> list[Happened]:
    return [
        Happened(
            version=row.version,
            at_ms=row.at_ms,
            step=Step(row.step),
            state=TicketState(row.state),
            ticket_id=row.ticket_id,
            line_id=row.line_id,
            officer_id=row.officer_id,
            wait_ms=row.wait_ms,
            # A sum is a decimal number in PostgreSQL.
            service_ms=None if row.service_ms is None else int(row.service_ms),
            is_unsuccessful=row.outcome == Outcome.UNSUCCESSFUL.value,
        )
        for row in rows
    ]
