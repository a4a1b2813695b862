"""Halls and their lines, as the records keep them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.database import Database
from cases.errors import LineUnknown
from cases.views.names import Bilingual, HallView, LineKind, LineName
from queueing.service import WEIGHT_MAX
from queueing.ticket import CallOrder


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a hall; ``about`` is one sentence on what it is for, ``weight`` (1 to 100) its share where
    the hall calls by weight.
    """

    line_id: str
    hall_id: str
    kind: LineKind
    letter: str
    name: Bilingual
    about: Bilingual
    open: bool
    weight: int = 1

    @property
    def on_ticket(self) -> LineName:
        return LineName(self.line_id, self.letter, self.kind, self.name)


def _hall(row: Row[tuple[object, ...]]) -> HallView:
    return HallView(
        row.hall_id,
        Bilingual(row.name_zh, row.name_en),
        Bilingual(row.region_zh, row.region_en),
        row.time_zone,
    )


def _line(row: Row[tuple[object, ...]]) -> Line:
    return Line(
        row.line_id,
        row.hall_id,
        LineKind(row.kind),
        row.letter,
        Bilingual(row.name_zh, row.name_en),
        Bilingual(row.about_zh, row.about_en),
        row.open,
        # Somebody may have written it into the records by hand.
        min(max(row.weight, 1), WEIGHT_MAX),
    )


def order_named(word: str) -> CallOrder:
    """The order of that name; the strict one for a word that is none: a hall has to go on calling."""
    return CallOrder(word) if word in tuple(CallOrder) else CallOrder.STRICT


class Halls:
    """Reads halls and lines. They change seldom: the whole of them is kept in memory until ``reload``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._halls: dict[str, HallView] = {}
        self._lines: dict[str, Line] = {}
        self._call_orders: dict[str, CallOrder] = {}
        self._reloading = asyncio.Lock()

    async def reload(self) -> None:
        """Read everything anew; what is in use stays as it was until then."""
        # One by one: what was read first must not be kept over what was read after it.
        async with self._reloading:
            await self._read()

    async def _read(self) -> None:
        async with self._database.reading() as connection:
            halls = (
                await connection.execute(
                    select(schema.halls).order_by(schema.halls.c.added_at_ms, schema.halls.c.hall_id)
                )
            ).all()
            lines = (await connection.execute(select(schema.lines).order_by(schema.lines.c.letter))).all()
        self._halls = {row.hall_id: _hall(row) for row in halls}
        self._call_orders = {row.hall_id: order_named(row.call_order) for row in halls}
        self._lines = {row.line_id: _line(row) for row in lines}

    @property
    def hall_ids(self) -> tuple[str, ...]:
        return tuple(self._halls)

    def hall(self, hall_id: str) -> HallView:
        """Raises LineUnknown for a hall that is not there."""
        try:
            return self._halls[hall_id]
        except KeyError as error:
            raise LineUnknown("no such hall") from error

    def line(self, line_id: str) -> Line:
        """Raises LineUnknown."""
        try:
            return self._lines[line_id]
        except KeyError as error:
            raise LineUnknown("no such line") from error

    def call_order(self, hall_id: str) -> CallOrder:
        """How the hall's officers call. Raises LineUnknown for a hall that is not there."""
        self.hall(hall_id)
        return self._call_orders[hall_id]

    def every_line_of(self, hall_id: str) -> tuple[Line, ...]:
        """The lines of a hall, those that take no tickets any more too."""
        return tuple(line for line in self._lines.values() if line.hall_id == hall_id)

    def others_of(self, line_id: str) -> tuple[Line, ...]:
        """The open lines of the same hall to which a ticket of this one can be transferred: its people are at
        the counters of both, or at none. Raises LineUnknown.
        """
        lines = self.lines_of(self.line(line_id).hall_id)
        on_site = self.is_on_site(line_id)
        return tuple(
            line for line in lines if line.line_id != line_id and self.is_on_site(line.line_id) is on_site
        )

    def is_on_site(self, line_id: str) -> bool:
        """Whether people are called to a counter, without video; False for a line that is not there."""
        line = self._lines.get(line_id)
        return line is not None and line.kind is LineKind.ONSITE

    def lines_of(self, hall_id: str, *kinds: LineKind) -> tuple[Line, ...]:
        """The open lines of a hall in the order of their letters; of all kinds where none is named."""
        return tuple(
            line
            for line in self._lines.values()
            if line.hall_id == hall_id and line.open and (not kinds or line.kind in kinds)
        )


async def put_hall(connection: AsyncConnection, hall: HallView, lines: Sequence[Line]) -> None:
    """Write a hall and its lines, as far as they are not there yet; what is there is left as it is."""
    known = await connection.scalar(
        select(schema.halls.c.hall_id).where(schema.halls.c.hall_id == hall.hall_id)
    )
    if known is None:
        await connection.execute(
            schema.halls.insert().values(
                hall_id=hall.hall_id,
                name_zh=hall.name.zh,
                name_en=hall.name.en,
                region_zh=hall.region.zh,
                region_en=hall.region.en,
                time_zone=hall.time_zone,
            )
        )
    known_lines = set(await connection.scalars(select(schema.lines.c.line_id)))
    for line in lines:
        if line.line_id in known_lines:
            continue
        await connection.execute(
            schema.lines.insert().values(
                line_id=line.line_id,
                hall_id=line.hall_id,
                kind=line.kind.value,
                letter=line.letter,
                name_zh=line.name.zh,
                name_en=line.name.en,
                about_zh=line.about.zh,
                about_en=line.about.en,
                open=line.open,
                weight=line.weight,
            )
        )
