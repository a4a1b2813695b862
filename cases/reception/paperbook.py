"""The records of tickets on paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.certificates import CertificateType
from cases.database import Database
from cases.reception import tables
from cases.reception.errors import PaperTicketUnknown
from cases.views.tickets import CloseReason
from queueing.states import TicketState
from queueing.ticket import Priority


@dataclass(frozen=True, slots=True)
class Bearer:
    """The taxpayer who has bound a ticket."""

    taxpayer_id: str
    name: str
    certificate_type: CertificateType
    number_sealed: bytes


@dataclass(frozen=True, slots=True)
class PaperTicket:
    """A ticket on paper as the records have it. ``number``: as printed, none before the queue has issued it.

    ``state`` and ``called_by``: as of the last step that was recorded, none before the first one.
    """

    ticket_id: str
    hall_id: str
    line_id: str
    day: str
    number: str | None
    priority: Priority
    opened_at_ms: int
    revision: int
    code_index: str
    booking_id: str | None
    slot_start_ms: int | None
    taxpayer_id: str | None
    bound_at_ms: int | None
    closed_at_ms: int | None
    close_reason: CloseReason | None
    remark: str
    state: TicketState | None
    bearer: Bearer | None

    @property
    def record_id(self) -> str:
        return self.ticket_id

    @property
    def asked_at_ms(self) -> int:
        return self.opened_at_ms


def _paper(row: Row[tuple[object, ...]]) -> PaperTicket:
    bearer = None
    if row.taxpayer_id is not None:
        bearer = Bearer(
            row.taxpayer_id, row.taxpayer_name, CertificateType(row.certificate_type), row.number_sealed
        )
    return PaperTicket(
        row.ticket_id,
        row.hall_id,
        row.line_id,
        row.day,
        row.number,
        Priority(row.priority),
        row.opened_at_ms,
        row.revision,
        row.code_index,
        row.booking_id,
        row.slot_start_ms,
        row.taxpayer_id,
        row.bound_at_ms,
        row.closed_at_ms,
        CloseReason(row.close_reason) if row.close_reason else None,
        row.remark or "",
        TicketState(row.recorded_state) if row.recorded_state else None,
        bearer,
    )


PAPER = tables.paper_tickets.c

_SELECTED = (
    select(
        tables.paper_tickets,
        schema.tickets.c.state.label("recorded_state"),
        schema.taxpayers.c.name.label("taxpayer_name"),
        schema.taxpayers.c.certificate_type,
        schema.taxpayers.c.number_sealed,
    )
    .select_from(tables.paper_tickets)
    .outerjoin(schema.tickets, schema.tickets.c.ticket_id == PAPER.ticket_id)
    .outerjoin(schema.taxpayers, schema.taxpayers.c.taxpayer_id == PAPER.taxpayer_id)
)


def _recorded() -> ColumnElement[bool]:
    """Whether anything was recorded of the ticket."""
    steps = schema.tickets.alias("recorded")
    return (
        select(steps.c.ticket_id)
        .where(steps.c.ticket_id == PAPER.ticket_id)
        .correlate(tables.paper_tickets)
        .exists()
    )


async def find(
    connection: AsyncConnection,
    *conditions: ColumnElement[bool],
    order: Sequence[ColumnElement[Any]] = (),
    limit: int = 1_000,
) -> list[PaperTicket]:
    """Those for which the conditions hold, in the caller's transaction."""
    asked = _SELECTED.where(*conditions).order_by(*order).limit(limit)
    return [_paper(row) for row in await connection.execute(asked)]


async def to_change(
    connection: AsyncConnection, ticket_id: str, *, hall_id: str | None = None, taxpayer_id: str | None = None
) -> PaperTicket:
    """A ticket of that hall, or of that taxpayer, that nobody else changes before the transaction ends.

    Raises PaperTicketUnknown.
    """
    conditions: list[ColumnElement[bool]] = [PAPER.ticket_id == ticket_id]
    if hall_id is not None:
        conditions.append(PAPER.hall_id == hall_id)
    if taxpayer_id is not None:
        conditions.append(PAPER.taxpayer_id == taxpayer_id)
    locked = await connection.scalar(select(PAPER.ticket_id).where(*conditions).with_for_update())
    if locked is None:
        raise PaperTicketUnknown("not there, or not theirs")
    return (await find(connection, PAPER.ticket_id == ticket_id))[0]


async def close_paper(connection: AsyncConnection, ticket_id: str, reason: CloseReason, at_ms: int) -> None:
    """The ticket has ended; one that is closed stays as it is. In the caller's transaction."""
    await connection.execute(
        update(tables.paper_tickets)
        .where(PAPER.ticket_id == ticket_id, PAPER.closed_at_ms.is_(None))
        .values(closed_at_ms=at_ms, close_reason=reason.value)
    )


async def open_bound(connection: AsyncConnection, taxpayer_id: str) -> int:
    """How many open tickets the taxpayer has bound."""
    asked = select(func.count()).where(PAPER.taxpayer_id == taxpayer_id, PAPER.closed_at_ms.is_(None))
    return int(await connection.scalar(asked) or 0)


class Paperbook:
    """Reads and writes paper tickets; every method is one transaction and raises RecordsUnavailable.

    Those of ``cases.reissue.TicketRecords`` are here for tickets that the queue lost.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_tickets(self, ticket_ids: Sequence[str]) -> dict[str, PaperTicket]:
        """Those of these tickets (at most 1,000) that are on paper, by ticket id."""
        if not ticket_ids:
            return {}
        async with self._database.reading() as connection:
            found = await find(connection, PAPER.ticket_id.in_(list(ticket_ids)))
        return {paper.ticket_id: paper for paper in found}

    async def one(self, ticket_id: str) -> PaperTicket:
        """Raises PaperTicketUnknown."""
        found = await self.of_tickets([ticket_id])
        if ticket_id not in found:
            raise PaperTicketUnknown("no such ticket")
        return found[ticket_id]

    async def open_of(self, taxpayer_id: str, *, limit: int) -> list[PaperTicket]:
        """The taxpayer's open bound tickets, the latest first."""
        async with self._database.reading() as connection:
            return await find(
                connection,
                PAPER.taxpayer_id == taxpayer_id,
                PAPER.closed_at_ms.is_(None),
                order=(PAPER.bound_at_ms.desc(), PAPER.ticket_id.desc()),
                limit=limit,
            )

    async def keep_remark(self, ticket_id: str, remark: str) -> None:
        """Keep what the officer writes to who has bound the ticket; once it is closed it stays as it is."""
        async with self._database.writing() as connection:
            await connection.execute(
                update(tables.paper_tickets)
                .where(PAPER.ticket_id == ticket_id, PAPER.closed_at_ms.is_(None))
                .values(remark=remark or None)
            )

    async def unrecorded(self, hall_id: str, *, after: tuple[int, str], limit: int) -> list[PaperTicket]:
        """Open tickets of a hall of which nothing was ever recorded, in the order in which they were opened,
        later than ``after`` (opened_at_ms, ticket_id).
        """
        at_ms, ticket_id = after
        async with self._database.reading() as connection:
            return await find(
                connection,
                PAPER.hall_id == hall_id,
                PAPER.closed_at_ms.is_(None),
                (PAPER.opened_at_ms > at_ms)
                | ((PAPER.opened_at_ms == at_ms) & (PAPER.ticket_id > ticket_id)),
                ~_recorded(),
                order=(PAPER.opened_at_ms, PAPER.ticket_id),
                limit=limit,
            )

    async def close_unrecorded(self, reasons: Mapping[str, CloseReason], at_ms: int) -> None:
        """Close these, as far as they are open and nothing was recorded of them by now."""
        async with self._database.writing() as connection:
            for ticket_id, reason in reasons.items():
                await connection.execute(
                    update(tables.paper_tickets)
                    .where(PAPER.ticket_id == ticket_id, PAPER.closed_at_ms.is_(None), ~_recorded())
                    .values(closed_at_ms=at_ms, close_reason=reason.value)
                )

    async def open_among(self, ticket_ids: Sequence[str]) -> set[str]:
        """Which of these (at most 1,000) are there, and open."""
        asked = select(PAPER.ticket_id).where(
            PAPER.ticket_id.in_(list(ticket_ids)), PAPER.closed_at_ms.is_(None)
        )
        async with self._database.reading() as connection:
            return set(await connection.scalars(asked))
