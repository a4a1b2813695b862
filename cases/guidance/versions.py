"""The versions of the catalogue in the records: each that business may have been begun with, and which is the
newest.
"""

import zlib
from collections.abc import Mapping

import orjson
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.guidance import tables
from cases.guidance.loading import Bundle
from cases.guidance.views import CatalogueVersion


async def newest(connection: AsyncConnection) -> str | None:
    """The version that was taken last; none in empty records."""
    versions = tables.catalogue_versions.c
    asked = select(versions.version).order_by(versions.loaded_at_ms.desc(), versions.version.desc()).limit(1)
    found: str | None = await connection.scalar(asked)
    return found


async def latest(connection: AsyncConnection, limit: int) -> tuple[CatalogueVersion, ...]:
    """Those that were taken last, the newest first."""
    versions = tables.catalogue_versions.c
    asked = (
        select(versions.version, versions.loaded_at_ms)
        .order_by(versions.loaded_at_ms.desc(), versions.version.desc())
        .limit(limit)
    )
    return tuple(CatalogueVersion(row.version, row.loaded_at_ms) for row in await connection.execute(asked))


async def files_of(connection: AsyncConnection, version: str) -> Mapping[str, str] | None:
    """What a version was read from; none for one that is not kept."""
    versions = tables.catalogue_versions.c
    content = await connection.scalar(select(versions.content).where(versions.version == version))
    if content is None:
        return None
    files: dict[str, str] = orjson.loads(zlib.decompress(content))
    return files


async def take(connection: AsyncConnection, bundle: Bundle, now_ms: int) -> None:
    """Keep a version, as the newest one; also one that was kept before. Raises IntegrityError where another
    process keeps the same one for the first time just now.
    """
    versions = tables.catalogue_versions
    taken = await connection.execute(
        update(versions).where(versions.c.version == bundle.version).values(loaded_at_ms=now_ms)
    )
    if taken.rowcount == 0:
        content = zlib.compress(orjson.dumps(dict(bundle.files)))
        await connection.execute(
            versions.insert().values(version=bundle.version, content=content, loaded_at_ms=now_ms)
        )
