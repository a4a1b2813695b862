"""Deadlines are set, moved and taken away in the transaction from which they follow."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema


@dataclass(frozen=True, slots=True)
class Deadline:
    """What is due for which object; ``due_at_ms``: UTC."""

    kind: str
    object_id: str
    due_at_ms: int


async def set_deadline(connection: AsyncConnection, deadline: Deadline) -> None:
    """Set it, or move it where one of its kind and object is set."""
    table = schema.deadlines
    values = {
        "due_at_ms": deadline.due_at_ms,
        "try_at_ms": deadline.due_at_ms,
        "failures": 0,
        "parked": False,
    }
    moved = await connection.execute(
        update(table)
        .where(table.c.kind == deadline.kind, table.c.object_id == deadline.object_id)
        .values(values)
    )
    if not moved.rowcount:
        await connection.execute(
            table.insert().values(kind=deadline.kind, object_id=deadline.object_id, **values)
        )


async def clear_deadline(connection: AsyncConnection, kind: str, object_id: str) -> None:
    """Take it away; none is fine."""
    table = schema.deadlines
    await connection.execute(delete(table).where(table.c.kind == kind, table.c.object_id == object_id))


async def follow(
    connection: AsyncConnection, object_id: str, before: Mapping[str, int], after: Mapping[str, int]
) -> None:
    """Make those that are set what they are after a change (kind to UTC ms). What did not change is left
    alone: it may be done already.
    """
    for kind in before.keys() - after.keys():
        await clear_deadline(connection, kind, object_id)
    for kind, due_at_ms in after.items():
        if before.get(kind) != due_at_ms:
            await set_deadline(connection, Deadline(kind, object_id, due_at_ms))
