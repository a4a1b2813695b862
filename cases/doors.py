"""The counts of the seven doors of home (S2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ScalarSelect, Select, func, literal, select

from cases import schema
from cases.booking.bookings import BookingState
from cases.booking.tables import bookings
from cases.clock import Clock
from cases.database import Database
from cases.guidance.tables import favourites
from cases.reception.paperbook import PAPER
from cases.stages.states import FormState, Mode
from cases.views.people import DoorCount, Doors

COUNTED_MAX: Final = 99
"""More than that is shown as 99+."""


class Door(StrEnum):
    """The seven doors."""

    GUIDANCE = "guidance"
    FORMS = "forms"
    BOOKING = "booking"
    FAVOURITES = "favourites"
    BINDING = "binding"
    TODOS = "todos"
    HISTORY = "history"


@dataclass(frozen=True, slots=True)
class Asking:
    """For whom, and when."""

    taxpayer_id: str
    now_ms: int


Counting = Callable[[Asking], Select[Any]]
"""What a door counts: the rows of a SELECT, of which at most COUNTED_MAX + 1 are looked at."""


def _drafts(asking: Asking) -> Select[Any]:
    cases = schema.cases.c
    return select(cases.case_id).where(
        cases.taxpayer_id == asking.taxpayer_id,
        cases.closed_at_ms.is_(None),
        cases.form_state == FormState.DRAFT.value,
    )


def _bookings(asking: Asking) -> Select[Any]:
    return select(bookings.c.booking_id).where(
        bookings.c.taxpayer_id == asking.taxpayer_id,
        bookings.c.state == BookingState.BOOKED.value,
        bookings.c.slot_end_ms > asking.now_ms,
    )


def _favourites(asking: Asking) -> Select[Any]:
    return select(favourites.c.favourite_id).where(favourites.c.taxpayer_id == asking.taxpayer_id)


def _open_cases(asking: Asking) -> Select[Any]:
    cases = schema.cases.c
    return select(cases.case_id).where(
        cases.taxpayer_id == asking.taxpayer_id,
        cases.closed_at_ms.is_(None),
        cases.mode != Mode.UNDECIDED.value,
    )


def _closed_cases(asking: Asking) -> Select[Any]:
    cases = schema.cases.c
    return select(cases.case_id).where(
        cases.taxpayer_id == asking.taxpayer_id,
        cases.closed_at_ms.is_not(None),
        cases.mode != Mode.UNDECIDED.value,
    )


def _bound(asking: Asking) -> Select[Any]:
    return select(PAPER.ticket_id).where(
        PAPER.taxpayer_id == asking.taxpayer_id, PAPER.closed_at_ms.is_(None)
    )


def _bound_before(asking: Asking) -> Select[Any]:
    return select(PAPER.ticket_id).where(
        PAPER.taxpayer_id == asking.taxpayer_id, PAPER.closed_at_ms.is_not(None)
    )


COUNTED: Final[Mapping[Door, tuple[Counting, ...]]] = MappingProxyType(
    {
        Door.FORMS: (_drafts,),
        Door.BOOKING: (_bookings,),
        Door.FAVOURITES: (_favourites,),
        Door.BINDING: (_bound,),
        Door.TODOS: (_open_cases, _bound),
        Door.HISTORY: (_closed_cases, _bound_before),
    }
)
"""Whose rows are behind which door. Other parts give theirs to ``DoorCounts``."""


def _count(counting: Counting, asking: Asking) -> ScalarSelect[Any]:
    some = counting(asking).limit(COUNTED_MAX + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Counts:
    """``open_cases`` and ``closed_cases``: drafts apart, at most COUNTED_MAX + 1."""

    open_cases: int
    closed_cases: int
    doors: Doors


class DoorCounts:
    """Counts what is behind the doors."""

    def __init__(
        self, database: Database, clock: Clock, more: Mapping[Door, Counting] = MappingProxyType({})
    ) -> None:
        """``more``: what is behind the doors of parts that are not known here, such as
        guidance, which keeps nothing of its own yet."""
        self._database = database
        self._clock = clock
        self._counted = {**COUNTED, **{door: (counting,) for door, counting in more.items()}}

    async def of(self, taxpayer_id: str) -> Counts:
        """In one statement, and so of one moment. Raises RecordsUnavailable."""
        asking = Asking(taxpayer_id, self._clock.now_ms())
        columns = [
            sum((_count(one, asking) for one in self._counted.get(door, ())), literal(0)).label(door.value)
            for door in Door
        ]
        columns += [
            _count(_open_cases, asking).label("open"),
            _count(_closed_cases, asking).label("closed"),
        ]
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*columns))).one()
        doors = {
            door.value: DoorCount(min(count, COUNTED_MAX), count > COUNTED_MAX)
            for door, count in zip(Door, row[: len(Door)], strict=True)
        }
        return Counts(row.open, row.closed, Doors(**doors))
