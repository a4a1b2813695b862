"""The audit trail looked through from its beginning, in pages, while others write to it."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select

from cases.database import Database
from cases.schema import audit_entries, trail_head
from cases.trail import reading
from cases.trail.chain import (
    GENESIS,
    Entry,
    Fault,
    FaultKind,
    Head,
    earlier_fault,
    end_fault,
    head_after,
    next_fault,
)

SAID_EVERY_PAGES = 50


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found. ``earlier``: entries from before there was a chain; ``head``: none where it is gone."""

    entries: int
    earlier: int
    head: Head | None
    faults: tuple[Fault, ...]


async def verify(database: Database, say: Callable[[str], object], *, page: int = reading.PAGE) -> Verified:
    """Look through the chain up to where it ended at the beginning, then through the entries from before.

    The first fault of each is told. At most ``page`` entries are held at a time, and no transaction is longer
    than a page, but for the entries from before; ``say`` gets a line every SAID_EVERY_PAGES pages. Raises
    RecordsUnavailable.
    """
    found = await _end(database)
    if found is None:
        return Verified(0, 0, None, (Fault(FaultKind.MISSING, 0),))
    head, newest = found
    first, fault, seen = await _look_through(database, head, say, page)
    if fault is None and newest > head.sequence:
        fault = Fault(FaultKind.BEYOND_HEAD, head.sequence + 1)
    async with database.reading() as connection:
        earlier = await reading.earlier(connection, page=page)
    faults = (fault, earlier_fault(first, earlier))
    return Verified(seen, earlier.count, head, tuple(one for one in faults if one is not None))


async def _look_through(
    database: Database, head: Head, say: Callable[[str], object], page: int
) -> tuple[Entry | None, Fault | None, int]:
    """The first entry, the first fault, and how many were seen."""
    first: Entry | None = None
    last, seen, pages, after = GENESIS, 0, 0, None
    while True:
        async with database.reading() as connection:
            links = await reading.links_between(connection, after, head.sequence, page=page)
        if not links:
            return first, end_fault(last, head), seen
        for link in links:
            seen += 1
            first = first or link.entry
            if fault := next_fault(database.trail_key, last, link):
                return first, fault, seen
            last = head_after(link)
        after, pages = links[-1].sequence, pages + 1
        if pages % SAID_EVERY_PAGES == 0:
            say(f"{seen} of {head.sequence} entries")


async def _end(database: Database) -> tuple[Head, int] | None:
    """The head, and the last sequence that there is: in one statement, so both are of one moment."""
    newest = select(func.max(audit_entries.c.sequence)).scalar_subquery()
    asked = select(trail_head, newest.label("newest")).where(trail_head.c.head_id == reading.HEAD_ID)
    async with database.reading() as connection:
        row = (await connection.execute(asked)).one_or_none()
    return None if row is None else (Head(row.sequence, row.own_hash), row.newest or 0)
