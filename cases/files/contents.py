"""Which contents are on the shelf, so that none is thrown away that somebody is about to have a file of.

Before bytes are put, their content is claimed in a transaction of its own. The transaction that adds the file
claims them again, which fails where they were swept meanwhile. The sweeper takes a content's row, deletes its
bytes, and only then ends its transaction: who claims it at that time waits, and puts it anew. So bytes may be
left without a file, until they are swept, and a file is never without its bytes.
"""

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.files.errors import ShelfUnavailable
from cases.files.tables import file_contents, files


async def claim(connection: AsyncConnection, sha256: str, now_ms: int) -> None:
    """It is left alone for a while from now on."""
    if await _claim_again(connection, sha256, now_ms):
        return
    try:
        async with connection.begin_nested():
            await connection.execute(file_contents.insert().values(sha256=sha256, claimed_at_ms=now_ms))
    except IntegrityError:
        # Somebody has the same picture just now.
        await _claim_again(connection, sha256, now_ms)


async def keep(connection: AsyncConnection, sha256: str, now_ms: int) -> None:
    """It gets a file in this transaction. Raises ShelfUnavailable where it was swept since it was claimed."""
    if not await _claim_again(connection, sha256, now_ms):
        raise ShelfUnavailable("swept meanwhile")


async def _claim_again(connection: AsyncConnection, sha256: str, now_ms: int) -> bool:
    known = file_contents.c.sha256 == sha256
    done = await connection.execute(update(file_contents).where(known).values(claimed_at_ms=now_ms))
    return done.rowcount > 0


def _is_unused() -> ColumnElement[bool]:
    content = file_contents.c.sha256
    return ~exists().where(or_(files.c.sha256 == content, files.c.thumbnail_sha256 == content))


async def forgotten(connection: AsyncConnection, before_ms: int, limit: int) -> list[str]:
    """Contents that no file has and nobody claimed since ``before_ms``, the oldest first."""
    rows = await connection.execute(
        select(file_contents.c.sha256)
        .where(file_contents.c.claimed_at_ms < before_ms, _is_unused())
        .order_by(file_contents.c.claimed_at_ms)
        .limit(limit)
    )
    return [row.sha256 for row in rows]


async def take(connection: AsyncConnection, sha256: str, before_ms: int) -> bool:
    """Whether it is still forgotten; if so its row goes with the transaction, and nobody claims it before."""
    done = await connection.execute(
        delete(file_contents).where(
            file_contents.c.sha256 == sha256, file_contents.c.claimed_at_ms < before_ms, _is_unused()
        )
    )
    return done.rowcount > 0
