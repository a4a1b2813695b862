"""Who officers are to those who see what they did: name and staff number."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.views.names import OfficerName


async def names_of(connection: AsyncConnection, officer_ids: Iterable[str]) -> dict[str, OfficerName]:
    """The officers that there are of these, by staff number."""
    officers = schema.officers.c
    rows = await connection.execute(
        select(officers.officer_id, officers.name, officers.staff_number)
        .where(officers.officer_id.in_(sorted(officer_ids)))
        .order_by(officers.staff_number)
    )
    return {row.officer_id: OfficerName(row.name, row.staff_number) for row in rows}


async def name_of(connection: AsyncConnection, officer_id: str | None) -> OfficerName | None:
    """None of nobody, and of an officer that there is not."""
    if officer_id is None:
        return None
    return (await names_of(connection, [officer_id])).get(officer_id)
