"""The entries of the audit trail as the records have them, read in pages."""

from typing import Any, Final

from sqlalchemy import Row, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.schema import audit_entries, trail_head
from cases.trail.chain import Earlier, Entry, Link

HEAD_ID: Final = 1
"""Of the one row."""
PAGE: Final = 1000
"""So many entries are held at a time."""

_ENTRIES: Final = audit_entries.c
HEAD: Final = select(trail_head.c.sequence, trail_head.c.own_hash).where(trail_head.c.head_id == HEAD_ID)
_EARLIER: Final = (
    select(audit_entries)
    .where(
        _ENTRIES.sequence.is_(None),
        or_(
            _ENTRIES.at_ms > bindparam("after_ms"),
            (_ENTRIES.at_ms == bindparam("after_ms")) & (_ENTRIES.entry_id > bindparam("after_id")),
        ),
    )
    .order_by(_ENTRIES.at_ms, _ENTRIES.entry_id)
    .limit(bindparam("page"))
)


def entry_of(row: Row[Any]) -> Entry:
    """What a row says."""
    return Entry(
        entry_id=row.entry_id,
        at_ms=row.at_ms,
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        session_id=row.session_id,
        address=row.address,
        action=row.action,
        object_kind=row.object_kind,
        object_id=row.object_id,
        detail=row.detail,
    )


def link_of(row: Row[Any]) -> Link:
    """A row that has a place in the chain."""
    return Link(row.sequence, row.previous_hash, row.own_hash, entry_of(row))


async def earlier(connection: AsyncConnection, *, page: int = PAGE) -> Earlier:
    """All that have no place in the chain."""
    found, after_ms, after_id = Earlier(), -(2**63), ""
    while True:
        asked = {"after_ms": after_ms, "after_id": after_id, "page": page}
        rows = (await connection.execute(_EARLIER, asked)).all()
        for row in rows:
            found.add(entry_of(row))
        if len(rows) < page:
            return found
        after_ms, after_id = rows[-1].at_ms, rows[-1].entry_id


async def links_between(
    connection: AsyncConnection, after: int | None, through: int, *, page: int
) -> list[Link]:
    """The next entries by their sequence, also those whose sequence can be none's."""
    asked = select(audit_entries).where(_ENTRIES.sequence <= through)
    if after is not None:
        asked = asked.where(_ENTRIES.sequence > after)
    rows = (await connection.execute(asked.order_by(_ENTRIES.sequence).limit(page))).all()
    return [link_of(row) for row in rows]
