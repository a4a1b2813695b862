"""The records of cases that have tickets, as the queue's side of the house needs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.certificates import CertificateType
from cases.database import Database
from cases.errors import CaseUnknown
from cases.stages.states import Mode
from cases.stages.table import WITH_TICKET
from cases.views.tickets import CloseReason
from queueing.ticket import Priority


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A case that has a ticket, with its taxpayer."""

    case_id: str
    number: str
    taxpayer_id: str
    taxpayer_name: str
    certificate_type: CertificateType
    number_sealed: bytes
    hall_id: str
    line_id: str
    ticket_id: str
    question: str
    opened_at_ms: int
    asked_at_ms: int
    closed_at_ms: int | None
    close_reason: CloseReason | None
    remark: str
    mode: Mode
    booking_id: str | None
    slot_start_ms: int | None

    @property
    def record_id(self) -> str:
        return self.case_id

    @property
    def priority(self) -> Priority:
        """The class in which its ticket is issued."""
        return Priority.WALK_IN if self.booking_id is None else Priority.BOOKED


@dataclass(frozen=True, slots=True)
class NewCase:
    case_id: str
    taxpayer_id: str
    hall_id: str
    line_id: str
    ticket_id: str
    question: str
    opened_at_ms: int
    day: str


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of a ticket, with the officer's name where one was concerned."""

    ticket_id: str
    at_ms: int
    step: str
    cause: str
    officer_name: str | None
    staff_number: str | None


@dataclass(frozen=True, slots=True)
class OfficerRecord:
    officer_id: str
    name: str
    staff_number: str


def _selected() -> Select[tuple[object, ...]]:
    taxpayers = schema.taxpayers.c
    return select(
        schema.cases,
        taxpayers.name.label("taxpayer_name"),
        taxpayers.certificate_type,
        taxpayers.number_sealed,
    ).join(schema.taxpayers, schema.taxpayers.c.taxpayer_id == schema.cases.c.taxpayer_id)


def _recorded() -> ColumnElement[bool]:
    """Whether anything was recorded of a case's ticket."""
    tickets = schema.tickets.c
    return select(tickets.ticket_id).where(tickets.ticket_id == schema.cases.c.ticket_id).exists()


def _is_consult() -> ColumnElement[bool]:
    """Whether a case is nothing but its ticket: what others come to is told by their stages
    (``cases.casework.ticketing``).
    """
    return schema.cases.c.mode == Mode.CONSULT.value


def _ticket_is_open() -> ColumnElement[bool]:
    """Whether a case goes by its ticket now: always for a consult, else while it is queued."""
    cases = schema.cases.c
    return (cases.mode == Mode.CONSULT.value) | cases.handling_state.in_([one.value for one in WITH_TICKET])


def _case(row: Row[tuple[object, ...]]) -> CaseRecord:
    return CaseRecord(
        row.case_id,
        row.number,
        row.taxpayer_id,
        row.taxpayer_name,
        CertificateType(row.certificate_type),
        row.number_sealed,
        row.hall_id,
        row.line_id,
        row.ticket_id,
        row.question,
        row.opened_at_ms,
        row.opened_at_ms if row.mode == Mode.CONSULT.value else row.handling_at_ms or row.opened_at_ms,
        row.closed_at_ms,
        CloseReason(row.close_reason) if row.close_reason else None,
        row.remark or "",
        Mode(row.mode),
        row.booking_id,
        row.slot_start_ms,
    )


class Casebook:
    """Reads and writes cases; every method is one transaction and raises RecordsUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_case(self, new: NewCase) -> CaseRecord:
        """Write a new case under the next number of its day.

        Raises IntegrityError where the ticket id is taken, or the taxpayer has an open case in the line.
        """
        async with self._database.writing() as connection:
            number = await next_number(connection, new.day)
            await connection.execute(
                schema.cases.insert().values(
                    case_id=new.case_id,
                    number=number,
                    taxpayer_id=new.taxpayer_id,
                    hall_id=new.hall_id,
                    line_id=new.line_id,
                    ticket_id=new.ticket_id,
                    mode=Mode.CONSULT.value,
                    question=new.question,
                    opened_at_ms=new.opened_at_ms,
                )
            )
            row = (await connection.execute(_selected().where(schema.cases.c.case_id == new.case_id))).one()
        return _case(row)

    async def withdraw(self, case_id: str) -> None:
        """Take back a case whose ticket was refused: nothing of it happened."""
        async with self._database.writing() as connection:
            await connection.execute(schema.cases.delete().where(schema.cases.c.case_id == case_id))

    async def withdraw_unissued(self, case_id: str, *, opened_before_ms: int) -> bool:
        """Take back a consult of before that time of whose ticket nothing was recorded; whether it was."""
        cases = schema.cases.c
        async with self._database.writing() as connection:
            gone = await connection.execute(
                schema.cases.delete().where(
                    cases.case_id == case_id,
                    _is_consult(),
                    cases.opened_at_ms < opened_before_ms,
                    ~_recorded(),
                )
            )
        return gone.rowcount == 1

    async def unrecorded(self, hall_id: str, *, after: tuple[int, str], limit: int) -> list[CaseRecord]:
        """Open consults of a hall of whose ticket nothing was ever recorded, in the order in which they were
        opened, later than ``after`` (opened_at_ms, case_id).
        """
        return await self._unrecorded(_is_consult(), hall_id, after, limit)

    async def unrecorded_business(
        self, hall_id: str, *, after: tuple[int, str], limit: int
    ) -> list[CaseRecord]:
        """The same of cases that have a ticket just now and are no consults."""
        return await self._unrecorded(~_is_consult(), hall_id, after, limit)

    async def _unrecorded(
        self, kind: ColumnElement[bool], hall_id: str, after: tuple[int, str], limit: int
    ) -> list[CaseRecord]:
        cases = schema.cases.c
        at_ms, case_id = after
        asked = (
            _selected()
            .where(
                kind,
                cases.hall_id == hall_id,
                cases.closed_at_ms.is_(None),
                cases.ticket_id.is_not(None),
                _ticket_is_open(),
                (cases.opened_at_ms > at_ms) | ((cases.opened_at_ms == at_ms) & (cases.case_id > case_id)),
                ~_recorded(),
            )
            .order_by(cases.opened_at_ms, cases.case_id)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [_case(row) for row in (await connection.execute(asked)).all()]

    async def close_unrecorded(self, reasons: Mapping[str, CloseReason], at_ms: int) -> None:
        """Close these consults (by case id), as far as they are open and nothing of their ticket was recorded
        by now.
        """
        cases = schema.cases.c
        async with self._database.writing() as connection:
            for case_id, reason in reasons.items():
                await connection.execute(
                    update(schema.cases)
                    .where(
                        cases.case_id == case_id, _is_consult(), cases.closed_at_ms.is_(None), ~_recorded()
                    )
                    .values(closed_at_ms=at_ms, close_reason=reason.value)
                )

    async def open_among(self, case_ids: Sequence[str]) -> set[str]:
        """Which of these cases (at most 1,000) are there, and open."""
        cases = schema.cases.c
        asked = select(cases.case_id).where(cases.case_id.in_(list(case_ids)), cases.closed_at_ms.is_(None))
        async with self._database.reading() as connection:
            return set(await connection.scalars(asked))

    async def close(self, ticket_id: str, reason: CloseReason, at_ms: int) -> None:
        """Close the consult of an ended ticket; one that is closed stays as it is."""
        async with self._database.writing() as connection:
            await close_case(connection, ticket_id, reason, at_ms)

    async def of_tickets(self, ticket_ids: Sequence[str]) -> dict[str, CaseRecord]:
        """The cases of these tickets (at most 1,000), by ticket id; unknown ones are left out."""
        if not ticket_ids:
            return {}
        found = await self._all(schema.cases.c.ticket_id.in_(list(ticket_ids)))
        return {case.ticket_id: case for case in found}

    async def of_ticket(self, ticket_id: str) -> CaseRecord:
        """Raises CaseUnknown."""
        found = await self.of_tickets([ticket_id])
        if ticket_id not in found:
            raise CaseUnknown("no case of this ticket")
        return found[ticket_id]

    async def one(self, case_id: str) -> CaseRecord:
        """A consult. Raises CaseUnknown."""
        found = await self._all(schema.cases.c.case_id == case_id, schema.cases.c.mode == Mode.CONSULT.value)
        if not found:
            raise CaseUnknown("no such case")
        return found[0]

    async def open_cases(self, taxpayer_id: str, *, limit: int) -> list[CaseRecord]:
        """A taxpayer's open cases that have a ticket now, newest first."""
        cases = schema.cases.c
        return await self._all(
            cases.taxpayer_id == taxpayer_id,
            cases.closed_at_ms.is_(None),
            cases.ticket_id.is_not(None),
            _ticket_is_open(),
            limit=limit,
        )

    async def page(
        self, taxpayer_id: str, *, is_open: bool, before: tuple[int, str] | None, limit: int
    ) -> list[CaseRecord]:
        """A taxpayer's consults, newest first, older than ``before`` (opened_at_ms, case_id)."""
        cases = schema.cases.c
        conditions: list[ColumnElement[bool]] = [
            cases.taxpayer_id == taxpayer_id,
            cases.mode == Mode.CONSULT.value,
            cases.closed_at_ms.is_(None) if is_open else cases.closed_at_ms.is_not(None),
        ]
        if before is not None:
            at_ms, case_id = before
            conditions.append(
                (cases.opened_at_ms < at_ms) | ((cases.opened_at_ms == at_ms) & (cases.case_id < case_id))
            )
        return await self._all(*conditions, limit=limit)

    async def steps(self, ticket_ids: Sequence[str]) -> list[StepRecord]:
        """Everything that happened to these tickets, in order."""
        steps, officers = schema.ticket_steps.c, schema.officers.c
        async with self._database.reading() as connection:
            rows = (
                await connection.execute(
                    select(schema.ticket_steps, officers.name, officers.staff_number)
                    .outerjoin(schema.officers, officers.officer_id == steps.officer_id)
                    .where(steps.ticket_id.in_(list(ticket_ids)))
                    .order_by(steps.version)
                )
            ).all()
        return [
            StepRecord(row.ticket_id, row.at_ms, row.step, row.cause, row.name, row.staff_number)
            for row in rows
        ]

    async def ticket_numbers(self, ticket_ids: Sequence[str]) -> dict[str, str]:
        """The numbers on these tickets, by ticket id."""
        tickets = schema.tickets.c
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(tickets.ticket_id, tickets.number).where(tickets.ticket_id.in_(list(ticket_ids)))
            )
            return {row.ticket_id: row.number for row in rows}

    async def officers(self, officer_ids: Sequence[str]) -> dict[str, OfficerRecord]:
        """Officers by id."""
        if not officer_ids:
            return {}
        officers = schema.officers.c
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(officers.officer_id, officers.name, officers.staff_number).where(
                    officers.officer_id.in_(list(officer_ids))
                )
            )
            return {row.officer_id: OfficerRecord(row.officer_id, row.name, row.staff_number) for row in rows}

    async def keep_remark(self, ticket_id: str, remark: str) -> None:
        """Keep what the officer writes to the taxpayer; once the case is closed it stays as it is."""
        cases = schema.cases
        async with self._database.writing() as connection:
            await connection.execute(
                update(cases)
                .where(cases.c.ticket_id == ticket_id, cases.c.closed_at_ms.is_(None))
                .values(remark=remark or None)
            )

    async def _all(self, *conditions: ColumnElement[bool], limit: int = 1_000) -> list[CaseRecord]:
        cases = schema.cases.c
        asked = (
            _selected()
            .where(*conditions)
            .order_by(cases.opened_at_ms.desc(), cases.case_id.desc())
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [_case(row) for row in (await connection.execute(asked)).all()]


async def close_case(connection: AsyncConnection, ticket_id: str, reason: CloseReason, at_ms: int) -> bool:
    """Close the consult of a ticket inside a transaction of the caller's; whether it was open until now."""
    closed = await connection.execute(
        update(schema.cases)
        .where(schema.cases.c.ticket_id == ticket_id, _is_consult(), schema.cases.c.closed_at_ms.is_(None))
        .values(closed_at_ms=at_ms, close_reason=reason.value)
    )
    return closed.rowcount == 1


async def next_number(connection: AsyncConnection, day: str) -> str:
    """The next task number of a day (任务号): YYYYMMDD and five digits or more."""
    numbers = schema.case_numbers
    more = (
        update(numbers).where(numbers.c.day == day).values(last=numbers.c.last + 1).returning(numbers.c.last)
    )
    last = (await connection.execute(more)).scalar_one_or_none()
    if last is None:
        try:
            async with connection.begin_nested():
                await connection.execute(numbers.insert().values(day=day, last=1))
            last = 1
        except IntegrityError:
            last = (await connection.execute(more)).scalar_one()
    return f"{day}{last:05d}"
