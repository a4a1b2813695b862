"""Halls and their lines, as the records keep them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.database import Database
from cases.errors import LineUnknown
from cases.views import Bilingual, HallView, LineKind, LineName


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a hall; ``about`` is one sentence on what it is for."""

    line_id: str
    hall_id: str
    kind: LineKind
    letter: str
    name: Bilingual
    about: Bilingual
    open: bool

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
    )


class Halls:
    """Reads halls and lines. They change seldom: the whole of them is kept in memory until ``reload``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._halls: dict[str, HallView] = {}
        self._lines: dict[str, Line] = {}

    async def reload(self) -> None:
        """Read everything anew; what is in use stays as it was until then."""
        async with self._database.reading() as connection:
            halls = (await connection.execute(select(schema.halls))).all()
            lines = (await connection.execute(select(schema.lines).order_by(schema.lines.c.letter))).all()
        self._halls = {row.hall_id: _hall(row) for row in halls}
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

    def lines_of(self, hall_id: str, *kinds: LineKind) -> tuple[Line, ...]:
        """The open lines of a hall in the order of their letters; of all kinds where none is named."""
        return tuple(
            line
            for line in self._lines.values()
            if line.hall_id == hall_id and line.open and (not kinds or line.kind in kinds)
        )


async def put_hall(connection: AsyncConnection, hall: HallView, lines: Sequence[Line]) -> None:
    """Write a hall with its lines where it is not there yet; an existing one is left as it is."""
    known = await connection.scalar(
        select(schema.halls.c.hall_id).where(schema.halls.c.hall_id == hall.hall_id)
    )
    if known is not None:
        return
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
    for line in lines:
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
            )
        )
