"""The lines of halls, as admins set them up. The functions work in the caller's transaction."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.booking.errors import LetterTaken
from cases.booking.views import LineSetup
from cases.errors import LineUnknown
from cases.views.names import Bilingual, LineKind


@dataclass(frozen=True, slots=True)
class LineChange:
    """What of a line may be written anew: its kind and letter are on tickets and stay."""

    name: Bilingual
    about: Bilingual
    is_open: bool
    weight: int


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be added."""

    kind: LineKind
    letter: str
    rest: LineChange


async def lines_of(connection: AsyncConnection, hall_id: str) -> tuple[LineSetup, ...]:
    """Every line of a hall, by letter: there are no more than letters."""
    lines = schema.lines
    rows = await connection.execute(select(lines).where(lines.c.hall_id == hall_id).order_by(lines.c.letter))
    return tuple(_line(row) for row in rows)


async def add_line(connection: AsyncConnection, hall_id: str, line_id: str, new: NewLine) -> None:
    """Raises LetterTaken."""
    lines = schema.lines
    try:
        async with connection.begin_nested():
            await connection.execute(
                lines.insert().values(
                    line_id=line_id,
                    hall_id=hall_id,
                    kind=new.kind.value,
                    letter=new.letter,
                    **_values(new.rest),
                )
            )
    except IntegrityError as error:
        raise LetterTaken("another line of the hall has it") from error


async def change_line(connection: AsyncConnection, hall_id: str, line_id: str, change: LineChange) -> None:
    """Write it over what was there. Raises LineUnknown."""
    lines = schema.lines
    written = await connection.execute(
        update(lines).where(lines.c.line_id == line_id, lines.c.hall_id == hall_id).values(**_values(change))
    )
    if not written.rowcount:
        raise LineUnknown("no such line in this hall")


def _values(change: LineChange) -> dict[str, Any]:
    return {
        "name_zh": change.name.zh,
        "name_en": change.name.en,
        "about_zh": change.about.zh,
        "about_en": change.about.en,
        "open": change.is_open,
        "weight": change.weight,
    }


def _line(row: Row[tuple[object, ...]]) -> LineSetup:
    return LineSetup(
        row.line_id,
        LineKind(row.kind),
        row.letter,
        Bilingual(row.name_zh, row.name_en),
        Bilingual(row.about_zh, row.about_en),
        row.open,
        row.weight,
    )
