"""Where halls are, and which regions they serve. The functions work in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.booking import tables
from cases.booking.errors import HallUnknown
from cases.booking.views import HallPlace
from cases.halls import order_named
from cases.views.names import Bilingual
from queueing.ticket import CallOrder

REGION_LENGTHS: Final = (2, 4, 6, 9)
"""Of the codes of provinces, cities, districts and towns: each begins with that of what it lies in."""
HALLS_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a hall is and whom it serves, as far as it may be written anew."""

    region_codes: tuple[str, ...]
    address: Bilingual
    phone: str
    notes: Bilingual


@dataclass(frozen=True, slots=True)
class HallNames:
    """What a hall is called, and how its officers call."""

    name: Bilingual
    region: Bilingual
    call_order: CallOrder


async def hall_place(connection: AsyncConnection, hall_id: str) -> HallPlace:
    """Raises HallUnknown."""
    found = await _places(connection, schema.halls.c.hall_id == hall_id)
    if not found:
        raise HallUnknown("no such hall")
    return found[0]


async def halls_of(connection: AsyncConnection, region_code: str | None) -> tuple[HallPlace, ...]:
    """The halls that serve a region: those that name it, else those that name what it lies in, nearest first
    (a town of its own goes before its district), else those that serve a part of it. All of them for none.
    """
    if region_code is None:
        return tuple(await _places(connection))
    regions = tables.hall_regions.c
    containing = [region_code[:length] for length in REGION_LENGTHS if length <= len(region_code)]
    rows = (
        await connection.execute(
            select(regions.hall_id, regions.region_code).where(
                regions.region_code.in_([*containing, region_code])
                | regions.region_code.startswith(region_code, autoescape=True)
            )
        )
    ).all()
    above = [row for row in rows if len(row.region_code) <= len(region_code)]
    nearest = max((len(row.region_code) for row in above), default=None)
    serving = [row for row in above if len(row.region_code) == nearest] if above else rows
    return tuple(await _places(connection, schema.halls.c.hall_id.in_([row.hall_id for row in serving])))


async def call_order_of(connection: AsyncConnection, hall_id: str) -> CallOrder:
    """Raises HallUnknown."""
    halls = schema.halls.c
    word = await connection.scalar(select(halls.call_order).where(halls.hall_id == hall_id))
    if word is None:
        raise HallUnknown("no such hall")
    return order_named(word)


async def insert_hall(
    connection: AsyncConnection, hall_id: str, names: HallNames, *, time_zone: str, now_ms: int
) -> None:
    """A hall that is not there yet."""
    await connection.execute(
        schema.halls.insert().values(
            hall_id=hall_id, time_zone=time_zone, added_at_ms=now_ms, **_named(names)
        )
    )


async def put_names(connection: AsyncConnection, hall_id: str, names: HallNames) -> None:
    """Write them over those before."""
    halls = schema.halls
    await connection.execute(update(halls).where(halls.c.hall_id == hall_id).values(**_named(names)))


def _named(names: HallNames) -> dict[str, str]:
    return {
        "name_zh": names.name.zh,
        "name_en": names.name.en,
        "region_zh": names.region.zh,
        "region_en": names.region.en,
        "call_order": names.call_order.value,
    }


async def put_whereabouts(connection: AsyncConnection, hall_id: str, whereabouts: Whereabouts) -> None:
    """Write them over those before. Raises HallUnknown."""
    halls, regions = schema.halls, tables.hall_regions
    written = await connection.execute(
        update(halls)
        .where(halls.c.hall_id == hall_id)
        .values(
            address_zh=whereabouts.address.zh,
            address_en=whereabouts.address.en,
            phone=whereabouts.phone,
            notes_zh=whereabouts.notes.zh,
            notes_en=whereabouts.notes.en,
        )
    )
    if not written.rowcount:
        raise HallUnknown("no such hall")
    await connection.execute(delete(regions).where(regions.c.hall_id == hall_id))
    for code in dict.fromkeys(whereabouts.region_codes):
        await connection.execute(regions.insert().values(hall_id=hall_id, region_code=code))


async def _places(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> list[HallPlace]:
    halls = schema.halls
    rows = (
        await connection.execute(
            select(halls).where(*conditions).order_by(halls.c.added_at_ms, halls.c.hall_id).limit(HALLS_MAX)
        )
    ).all()
    codes = await _codes(connection, [row.hall_id for row in rows])
    return [_place(row, codes.get(row.hall_id, ())) for row in rows]


async def _codes(connection: AsyncConnection, hall_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    regions = tables.hall_regions.c
    rows = await connection.execute(
        select(regions.hall_id, regions.region_code)
        .where(regions.hall_id.in_(hall_ids))
        .order_by(regions.region_code)
    )
    codes: dict[str, tuple[str, ...]] = {}
    for row in rows:
        codes[row.hall_id] = (*codes.get(row.hall_id, ()), row.region_code)
    return codes


def _place(row: Row[tuple[object, ...]], region_codes: tuple[str, ...]) -> HallPlace:
    return HallPlace(
        row.hall_id,
        Bilingual(row.name_zh, row.name_en),
        Bilingual(row.region_zh, row.region_en),
        region_codes,
        Bilingual(row.address_zh, row.address_en),
        row.phone,
        Bilingual(row.notes_zh, row.notes_en),
        row.time_zone,
    )
