"""The records of video calls."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.call_tables import call_quality
from cases.casework.records import Case, case_of, load
from cases.database import Database
from cases.errors import CaseUnknown
from cases.sealing import new_id
from cases.stages.states import Mode
from cases.stills.followers import StillRules
from cases.videos.followers import VideoRules
from cases.views.calls import CallHeld, CallLegHeld, FigureHeld
from cases.views.names import OfficerName
from rtc.call import CallView as MediaView
from rtc.call import EndReason, LegName
from rtc.quality import LegQuality


@dataclass(frozen=True, slots=True)
class CallCase:
    """The case of a call, as far as calls are concerned."""

    case_id: str
    taxpayer_id: str
    hall_id: str
    is_consult: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class TicketCall:
    """Whose call a video is: the ticket, and the officer's call of it."""

    ticket_id: str
    call_number: int


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One video call of a case with an officer. ``ticket``: that of the case, where it is served in the call;
    ``ordinal`` counts the videos of one call by the officer, from 1.
    """

    call_id: str
    case: CallCase
    ticket: TicketCall | None
    ordinal: int | None
    officer_id: str
    opened_at_ms: int
    connected_at_ms: int | None
    ended_at_ms: int | None
    end_reason: EndReason | None

    @property
    def ticket_id(self) -> str | None:
        return self.ticket.ticket_id if self.ticket is not None else None


@dataclass(frozen=True, slots=True)
class Opened:
    """The ticket's call, and the one of its case that had to end for it."""

    record: CallRecord
    ended: CallRecord | None = None


def _call(row: Row[tuple[object, ...]]) -> CallRecord:
    return CallRecord(
        row.call_id,
        CallCase(
            row.case_id,
            row.taxpayer_id,
            row.hall_id,
            row.mode == Mode.CONSULT.value,
            row.closed_at_ms is None,
        ),
        TicketCall(row.ticket_id, row.call_number) if row.ticket_id is not None else None,
        row.ordinal,
        row.officer_id,
        row.opened_at_ms,
        row.connected_at_ms,
        row.ended_at_ms,
        EndReason(row.end_reason) if row.end_reason else None,
    )


class Callbook:
    """Reads and writes calls; every method is one transaction and raises RecordsUnavailable."""

    def __init__(self, database: Database, rules: VideoRules, stills: StillRules) -> None:
        """``rules``, ``stills``: write what follows from a call for the conversation of its case."""
        self._database = database
        self._rules = rules
        self._stills = stills

    async def open(self, ticket: TicketCall, *, officer_id: str, now_ms: int, again: bool) -> Opened:
        """The newest video of that call of the ticket. A new one is written where there is none, or, with
        ``again``, where it has ended; two who open it at once get the same one.

        A call of the case that goes on with the same officer becomes the ticket's; another one ends. Raises
        CaseUnknown.
        """
        newest = _newest(ticket)
        async with self._database.writing() as connection:
            case = await _case_of_ticket(connection, ticket.ticket_id)
            found = await _first(connection, newest)
            if found is not None and (found.ended_at_ms is None or not again):
                return Opened(found)
            going_on = await open_call(connection, case.case_id)
            if going_on is not None and going_on.ticket is None and going_on.officer_id == officer_id:
                await _give_to_ticket(connection, going_on.call_id, ticket, found)
                going_on = None
            else:
                if going_on is not None:
                    await self._end(connection, going_on.call_id, now_ms, EndReason.CLOSED)
                call_id = await insert_call(
                    connection, case.case_id, ticket, officer_id=officer_id, now_ms=now_ms
                )
                await self._rules.call_opened(connection, case, call_id)
            record = await _first(connection, newest)
        if record is None:
            raise CaseUnknown("the call went with its case")
        return Opened(record, going_on)

    async def last_ordinal(self, ticket: TicketCall) -> int:
        """How many videos that call of the ticket had."""
        async with self._database.reading() as connection:
            return await _last_ordinal(connection, ticket)

    async def one(self, call_id: str) -> CallRecord:
        """Raises CaseUnknown."""
        async with self._database.reading() as connection:
            found = await _first(connection, _selected().where(schema.calls.c.call_id == call_id))
        if found is None:
            raise CaseUnknown("no such call")
        return found

    async def open_calls(self, *, limit: int = 10_000) -> list[CallRecord]:
        """Every call that has not ended."""
        async with self._database.reading() as connection:
            rows = await connection.execute(_open_of().limit(limit))
            return [_call(row) for row in rows.all()]

    async def open_call_of(self, ticket_id: str) -> CallRecord | None:
        """The ticket's call that has not ended, if there is one."""
        async with self._database.reading() as connection:
            return await _first(connection, _open_of(schema.calls.c.ticket_id == ticket_id))

    async def open_call_of_case(self, case_id: str) -> CallRecord | None:
        """The case's call that has not ended, if there is one."""
        async with self._database.reading() as connection:
            return await open_call(connection, case_id)

    async def open_calls_with(
        self, *, taxpayer_id: str | None = None, officer_id: str | None = None, limit: int
    ) -> Sequence[CallRecord]:
        """The calls of one of the two sides that have not ended, the latest first."""
        whose = (
            schema.cases.c.taxpayer_id == taxpayer_id
            if taxpayer_id is not None
            else schema.calls.c.officer_id == officer_id
        )
        async with self._database.reading() as connection:
            rows = await connection.execute(_open_of(whose).limit(limit))
            return [_call(row) for row in rows]

    async def keep(self, view: MediaView) -> None:
        """Write down when the call was first connected, and its end; neither is ever rewritten."""
        if view.connected_at_ms is None and view.ended_at_ms is None:
            return
        calls = schema.calls
        async with self._database.writing() as connection:
            if view.ended_at_ms is not None:
                await self._case_of_open(connection, view.call_id)
            if view.connected_at_ms is not None:
                await connection.execute(
                    update(calls)
                    .where(calls.c.call_id == view.call_id, calls.c.connected_at_ms.is_(None))
                    .values(connected_at_ms=view.connected_at_ms)
                )
            if view.ended_at_ms is not None and view.end_reason is not None:
                await self._end(connection, view.call_id, view.ended_at_ms, view.end_reason)

    async def keep_quality(self, call_id: str, legs: Sequence[LegQuality]) -> None:
        """Write down how each leg of a call that ended was; what is written already stays."""
        if not legs:
            return
        async with self._database.writing() as connection:
            kept = call_quality.c
            there = set(await connection.scalars(select(kept.leg).where(kept.call_id == call_id)))
            fresh = [leg for leg in legs if leg.leg not in there]
            if fresh:
                await connection.execute(call_quality.insert(), [_quality_row(call_id, leg) for leg in fresh])

    async def end(self, call_id: str, ended_at_ms: int, reason: EndReason) -> None:
        """End a call that no relay carries any more."""
        async with self._database.writing() as connection:
            await self._end(connection, call_id, ended_at_ms, reason)

    async def _end(
        self, connection: AsyncConnection, call_id: str, ended_at_ms: int, reason: EndReason
    ) -> None:
        """Only the first end counts."""
        calls = schema.calls
        case = await self._case_of_open(connection, call_id)
        if case is None:
            return
        ended = await connection.execute(
            update(calls)
            .where(calls.c.call_id == call_id, calls.c.ended_at_ms.is_(None))
            .values(ended_at_ms=ended_at_ms, end_reason=reason.value)
            .returning(calls.c.connected_at_ms)
        )
        connected = ended.one_or_none()
        if connected is not None:
            began_ms = connected.connected_at_ms
            length_ms = max(0, ended_at_ms - began_ms) if began_ms is not None else None
            await self._stills.call_ended(connection, case, call_id)
            await self._rules.call_ended(connection, case, call_id, length_ms)

    @staticmethod
    async def _case_of_open(connection: AsyncConnection, call_id: str) -> Case | None:
        """The case of a call that has not ended, for the rest of the transaction; before the row of the call,
        as everywhere: what follows from an end is written into the conversation.
        """
        calls = schema.calls.c
        case_id: str | None = await connection.scalar(
            select(calls.case_id).where(calls.call_id == call_id, calls.ended_at_ms.is_(None))
        )
        return await load(connection, case_id, to_change=True) if case_id is not None else None


def _quality_row(call_id: str, leg: LegQuality) -> dict[str, object]:
    figures = {one.figure: [one.least, one.mean, one.most] for one in leg.spreads}
    return {
        "call_id": call_id,
        "leg": leg.leg,
        "poor": leg.poor,
        "fair": leg.fair,
        "good": leg.good,
        "figures": figures,
    }


async def calls_held(connection: AsyncConnection, case_id: str, limit: int) -> tuple[CallHeld, ...]:
    """The case's latest calls in the order of their beginning, with how both sides were connected."""
    calls, officers = schema.calls.c, schema.officers.c
    asked = (
        select(schema.calls, officers.name, officers.staff_number)
        .outerjoin(schema.officers, officers.officer_id == calls.officer_id)
        .where(calls.case_id == case_id)
        .order_by(calls.opened_at_ms.desc(), calls.call_id.desc())
        .limit(limit)
    )
    rows = (await connection.execute(asked)).all()
    kept = call_quality.c
    measured = await connection.execute(
        select(call_quality).where(kept.call_id.in_([row.call_id for row in rows])).order_by(kept.leg)
    )
    legs: dict[str, list[CallLegHeld]] = {}
    for row in measured:
        legs.setdefault(row.call_id, []).append(_leg_held(row))
    return tuple([_held(row, legs.get(row.call_id, [])) for row in reversed(rows)])


def _held(row: Row[tuple[object, ...]], legs: Sequence[CallLegHeld]) -> CallHeld:
    return CallHeld(
        row.call_id,
        row.opened_at_ms,
        row.connected_at_ms,
        row.ended_at_ms,
        EndReason(row.end_reason) if row.end_reason else None,
        OfficerName(row.name, row.staff_number) if row.staff_number is not None else None,
        tuple(legs),
    )


def _leg_held(row: Row[tuple[object, ...]]) -> CallLegHeld:
    spreads = [FigureHeld(figure, *spread) for figure, spread in row.figures.items()]
    return CallLegHeld(LegName(row.leg), row.poor, row.fair, row.good, tuple(spreads))


async def insert_call(
    connection: AsyncConnection, case_id: str, ticket: TicketCall | None, *, officer_id: str, now_ms: int
) -> str:
    """A new call, in the transaction of who has the row of the case; its id."""
    call_id = new_id()
    values: dict[str, object] = {}
    if ticket is not None:
        values = _of_ticket(ticket, await _last_ordinal(connection, ticket) + 1)
    await connection.execute(
        schema.calls.insert().values(
            call_id=call_id, case_id=case_id, officer_id=officer_id, opened_at_ms=now_ms, **values
        )
    )
    return call_id


def _of_ticket(ticket: TicketCall, ordinal: int) -> dict[str, object]:
    return {"ticket_id": ticket.ticket_id, "call_number": ticket.call_number, "ordinal": ordinal}


async def _give_to_ticket(
    connection: AsyncConnection, call_id: str, ticket: TicketCall, before: CallRecord | None
) -> None:
    ordinal = (before.ordinal or 0) + 1 if before is not None else 1
    await connection.execute(
        update(schema.calls).where(schema.calls.c.call_id == call_id).values(_of_ticket(ticket, ordinal))
    )


async def open_call(connection: AsyncConnection, case_id: str) -> CallRecord | None:
    """The call of the case that has not ended, if there is one."""
    return await _first(connection, _open_of(schema.calls.c.case_id == case_id))


async def has_open_call(connection: AsyncConnection, case_id: str) -> bool:
    """Whether a call of the case has not ended."""
    return await open_call(connection, case_id) is not None


async def _case_of_ticket(connection: AsyncConnection, ticket_id: str) -> Case:
    cases = schema.cases
    row = (
        await connection.execute(select(cases).where(cases.c.ticket_id == ticket_id).with_for_update())
    ).one_or_none()
    if row is None:
        raise CaseUnknown("no case of this ticket")
    return case_of(row)


async def _last_ordinal(connection: AsyncConnection, ticket: TicketCall) -> int:
    calls = schema.calls.c
    last: int | None = await connection.scalar(
        select(func.max(calls.ordinal)).where(
            calls.ticket_id == ticket.ticket_id, calls.call_number == ticket.call_number
        )
    )
    return last or 0


def _selected() -> Select[tuple[object, ...]]:
    cases = schema.cases.c
    return select(schema.calls, cases.taxpayer_id, cases.hall_id, cases.mode, cases.closed_at_ms).join(
        schema.cases, cases.case_id == schema.calls.c.case_id
    )


def _open_of(*conditions: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    """Calls that have not ended, the latest first."""
    calls = schema.calls.c
    return (
        _selected()
        .where(calls.ended_at_ms.is_(None), *conditions)
        .order_by(calls.opened_at_ms.desc(), calls.call_id)
    )


def _newest(ticket: TicketCall) -> Select[tuple[object, ...]]:
    calls = schema.calls.c
    return (
        _selected()
        .where(calls.ticket_id == ticket.ticket_id, calls.call_number == ticket.call_number)
        .order_by(calls.ordinal.desc())
    )


async def _first(connection: AsyncConnection, asked: Select[tuple[object, ...]]) -> CallRecord | None:
    row = (await connection.execute(asked.limit(1))).one_or_none()
    return _call(row) if row is not None else None
