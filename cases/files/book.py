"""The files of cases in the records. Every function works inside a caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.audit import Actor, ActorKind
from cases.files.errors import FileUnknown
from cases.files.tables import files
from cases.files.views import FilePurpose, FileRef


@dataclass(frozen=True, slots=True)
class Belonging:
    """What a file of a case is for; of an attachment with its form and which of its attachments it is."""

    case_id: str
    purpose: FilePurpose
    form_id: str | None = None
    attachment_kind: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a file is on the shelf, and what was found out about it."""

    sha256: str
    thumbnail_sha256: str | None
    media_type: str
    size_bytes: int
    width_px: int | None = None
    height_px: int | None = None
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One row of ``files``."""

    file_id: str
    name: str
    kept: Kept
    belonging: Belonging
    uploader_kind: ActorKind
    uploader_id: str
    made_at_ms: int

    @property
    def ref(self) -> FileRef:
        kept = self.kept
        return FileRef(
            self.file_id,
            self.name,
            kept.media_type,
            kept.size_bytes,
            kept.width_px,
            kept.height_px,
            kept.pages,
            kept.thumbnail_sha256 is not None,
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """How many files there are, and their bytes together."""

    files: int
    size_bytes: int


def record_of(row: Row[Any]) -> FileRecord:
    """From its row of ``files``."""
    return FileRecord(
        row.file_id,
        row.name,
        Kept(
            row.sha256,
            row.thumbnail_sha256,
            row.media_type,
            row.size_bytes,
            row.width_px,
            row.height_px,
            row.pages,
        ),
        Belonging(row.case_id, FilePurpose(row.purpose), row.form_id, row.attachment_kind),
        ActorKind(row.uploader_kind),
        row.uploader_id,
        row.made_at_ms,
    )


async def add(
    connection: AsyncConnection,
    *,
    file_id: str,
    name: str,
    kept: Kept,
    belonging: Belonging,
    by: Actor,
    now_ms: int,
) -> None:
    """A new file, whose contents are on the shelf and were claimed in this transaction."""
    await connection.execute(
        files.insert().values(
            file_id=file_id,
            sha256=kept.sha256,
            thumbnail_sha256=kept.thumbnail_sha256,
            media_type=kept.media_type,
            size_bytes=kept.size_bytes,
            width_px=kept.width_px,
            height_px=kept.height_px,
            pages=kept.pages,
            case_id=belonging.case_id,
            uploader_kind=by.kind.value,
            uploader_id=by.person_id,
            purpose=belonging.purpose.value,
            form_id=belonging.form_id,
            attachment_kind=belonging.attachment_kind,
            name=name,
            made_at_ms=now_ms,
        )
    )


async def one(connection: AsyncConnection, case_id: str, file_id: str) -> FileRecord:
    """A file of that case. Raises FileUnknown."""
    asked = select(files).where(files.c.file_id == file_id, files.c.case_id == case_id)
    row = (await connection.execute(asked)).one_or_none()
    if row is None:
        raise FileUnknown("not of this case")
    return record_of(row)


async def of_case(
    connection: AsyncConnection,
    case_id: str,
    file_ids: Sequence[str],
    *,
    purpose: FilePurpose,
    uploader_id: str,
) -> tuple[FileRef, ...]:
    """The files of that case which this person sent for this purpose, in the order asked for.

    Raises FileUnknown where one of them is not there, is not that, or is named twice.
    """
    if len(set(file_ids)) != len(file_ids):
        raise FileUnknown("named twice")
    if not file_ids:
        return ()
    rows = await connection.execute(
        select(files).where(
            files.c.file_id.in_(list(file_ids)),
            files.c.case_id == case_id,
            files.c.purpose == purpose.value,
            files.c.uploader_id == uploader_id,
        )
    )
    found = {row.file_id: record_of(row).ref for row in rows}
    if len(found) != len(file_ids):
        raise FileUnknown("not all of them are there")
    return tuple(found[file_id] for file_id in file_ids)


async def refs(connection: AsyncConnection, case_id: str, file_ids: Sequence[str]) -> dict[str, FileRef]:
    """Those of the case's files, by id, whoever sent them and for what; one that is gone is left out."""
    rows = await connection.execute(
        select(files).where(files.c.file_id.in_(list(file_ids)), files.c.case_id == case_id)
    )
    return {row.file_id: record_of(row).ref for row in rows}


async def kinds_of(connection: AsyncConnection, case_id: str, form_id: str) -> tuple[str, ...]:
    """Which attachments a form of the case has, each once, in the order of their names."""
    rows = await connection.execute(
        select(files.c.attachment_kind)
        .where(
            files.c.case_id == case_id,
            files.c.purpose == FilePurpose.ATTACHMENT.value,
            files.c.form_id == form_id,
        )
        .distinct()
        .order_by(files.c.attachment_kind)
    )
    return tuple(row.attachment_kind for row in rows)


async def page(
    connection: AsyncConnection,
    case_id: str,
    *,
    purpose: FilePurpose | None,
    form_id: str | None,
    before: tuple[int, str] | None,
    limit: int,
) -> list[FileRecord]:
    """A case's files, the latest first, before ``before`` (made_at_ms, file_id)."""
    asked = (
        select(files)
        .where(files.c.case_id == case_id)
        .order_by(files.c.made_at_ms.desc(), files.c.file_id.desc())
        .limit(limit)
    )
    if purpose is not None:
        asked = asked.where(files.c.purpose == purpose.value)
    if form_id is not None:
        asked = asked.where(files.c.form_id == form_id)
    if before is not None:
        made_at_ms, file_id = before
        asked = asked.where(
            (files.c.made_at_ms < made_at_ms)
            | ((files.c.made_at_ms == made_at_ms) & (files.c.file_id < file_id))
        )
    return [record_of(row) for row in await connection.execute(asked)]


async def remove(connection: AsyncConnection, file_id: str) -> None:
    """The row alone; a content that no row has any more is swept from the shelf later."""
    await connection.execute(delete(files).where(files.c.file_id == file_id))


async def remove_of_case(connection: AsyncConnection, case_id: str) -> None:
    """All rows of a case that is deleted."""
    await connection.execute(delete(files).where(files.c.case_id == case_id))


async def used_by_case(connection: AsyncConnection, case_id: str) -> Usage:
    """What the case has."""
    return await _usage(connection, files.c.case_id == case_id)


async def used_by_person(connection: AsyncConnection, uploader_id: str, since_ms: int) -> Usage:
    """What the person sent since then."""
    return await _usage(connection, files.c.uploader_id == uploader_id, files.c.made_at_ms >= since_ms)


async def _usage(connection: AsyncConnection, *conditions: Any) -> Usage:
    row = (
        await connection.execute(
            select(func.count(), func.coalesce(func.sum(files.c.size_bytes), 0)).where(*conditions)
        )
    ).one()
    return Usage(int(row[0]), int(row[1]))
