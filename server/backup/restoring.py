"""Puts a backup back, into empty records only."""

import asyncio
import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Insert, Table, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.clock import SystemClock
from cases.database import newest_revision
from cases.files.incoming import Incoming
from cases.files.shelf import Shelf
from queueing.cursor import EntryId
from server import app
from server.backup import archive, checking, rows
from server.backup.archive import Manifest
from server.backup.checking import Checked
from server.backup.fingerprints import compare
from server.backup.making import FILES_A_LINE, Say
from server.backup.revisions import is_known, upgrade
from server.errors import ArchiveBroken, ArchiveUnknown, BackupRefused
from server.files import shelf_of
from server.records import records_of_command
from server.settings import Settings

ROWS_AT_ONCE: Final = 500
VERSION_JUMP: Final = 2**30
"""The queue of each hall goes on so many steps after the backup's: further than any hall came since, so that
a Redis with newer steps is found out and built anew, and no page takes an older version for a newer one.
"""


def restore(settings: Settings, file: Path, say: Say) -> Checked:
    """Put the backup back into the records and on the shelf that the settings name.

    The archive is looked through before anything is written; the records are written in one transaction, so
    that a killed restoring is repeated with the same command. Raises ArchiveBroken, ArchiveUnknown,
    BackupRefused, KeysDiffer, DataFolderBusy, RecordsUnavailable, ShelfUnavailable, OSError.
    """
    if not file.exists():
        raise BackupRefused(f"{file} is not there")
    checked = checking.check(file, say)
    if not is_known(checked.manifest.revision):
        raise ArchiveUnknown(
            f"the backup was made by a newer version ({checked.manifest.product}, tables of "
            f"{checked.manifest.revision}; this one has {newest_revision()}): restore it with that one"
        )
    with _for_this_user_only(), app.data_folder(settings.data_dir):
        compare(settings, checked.manifest.identity_keys, checked.manifest.index_key)
        asyncio.run(_restored(settings, checked, say))
    return checked


@contextlib.contextmanager
def _for_this_user_only() -> Iterator[None]:
    """What is made in the block, whoever made the folder."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


async def _restored(settings: Settings, checked: Checked, say: Say) -> None:
    database = records_of_command(settings)
    try:
        async with database.reading() as connection:
            await _refuse_used(connection, settings)
        incoming = Incoming(settings.data_dir / "files" / "incoming")
        await _put_files(shelf_of(settings), incoming, checked, say)
        async with database.writing() as connection:
            # Somebody may have come first.
            await _refuse_used(connection, settings)
            await _put_records(connection, checked, say)
    finally:
        await database.close()


async def _refuse_used(connection: AsyncConnection, settings: Settings) -> None:
    if await connection.run_sync(rows.tables_of):
        where = settings.data_dir if settings.database_url is None else "database_url"
        raise BackupRefused(
            f"the records of {where} are not empty; restore into an empty folder or database (--data chooses "
            "another folder), and look at it before it takes the place of the old one"
        )


async def _put_files(shelf: Shelf, incoming: Incoming, checked: Checked, say: Say) -> None:
    """A content that is on the shelf already is the same."""
    done = 0
    async with incoming.workplace() as place:
        for member in checking.again(checked):
            if member.name == archive.MANIFEST or checking.table_of(member.name):
                continue
            sha256 = checking.content_of(member)
            place.source.write_bytes(member.body)
            await shelf.put(sha256, place.source)
            done += 1
            if done % FILES_A_LINE == 0 or done == checked.manifest.files.count:
                say(f"files: {done} of {checked.manifest.files.count}")


async def _put_records(connection: AsyncConnection, checked: Checked, say: Say) -> None:
    manifest = checked.manifest
    await connection.run_sync(upgrade, manifest.revision)
    tables = {table.name: table for table in await connection.run_sync(rows.tables_of)}
    _compare_tables(manifest, tables.values())
    if connection.dialect.name == "sqlite":
        # A row may refer to one of its own table that comes later.
        await connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    for table in reversed(list(tables.values())):
        if table.name != rows.REVISION_TABLE:
            # What the migrations themselves have put there.
            await connection.execute(table.delete())
    wanted = {part.name: (tables[part.name], part.columns) for part in manifest.tables}
    table_before = None
    for member in checking.again(checked):
        name = checking.table_of(member.name)
        if name is None or name == rows.REVISION_TABLE:
            continue
        table, columns = wanted[name]
        if name != table_before:
            say(f"{name}: {next(part.rows for part in manifest.tables if part.name == name)} rows")
            table_before = name
        await _put_rows(connection, table, columns, archive.unpacked(member.body))
    await _jump(connection, tables)
    if manifest.revision != newest_revision():
        say(f"tables of {manifest.revision} become those of {newest_revision()}")
        await connection.run_sync(upgrade)


def _compare_tables(manifest: Manifest, tables: Iterable[Table]) -> None:
    there = {table.name: {column.name for column in table.columns} for table in tables}
    for part in manifest.tables:
        if there.pop(part.name, None) != set(part.columns):
            raise ArchiveBroken(f"its table {part.name} is not the one of revision {manifest.revision}")
    if there:
        raise ArchiveBroken(f"it lacks the tables {', '.join(sorted(there))} of revision {manifest.revision}")


async def _put_rows(
    connection: AsyncConnection, table: Table, columns: tuple[str, ...], lines: bytes
) -> None:
    inserting: Insert = rows.inserting(table, columns, connection.dialect)
    parameters: list[dict[str, Any]] = rows.rows_of(lines, len(columns))
    for first in range(0, len(parameters), ROWS_AT_ONCE):
        await connection.execute(inserting, parameters[first : first + ROWS_AT_ONCE])


async def _jump(connection: AsyncConnection, tables: dict[str, Table]) -> None:
    """Every hall's queue is ahead of any Redis: it is built anew from the records at the first start."""
    cursors = tables.get(schema.journal_cursors.name)
    if cursors is None:
        return
    now_ms = SystemClock().now_ms()
    for row in (await connection.execute(select(cursors.c.hall_id, cursors.c.entry_id))).all():
        ahead = EntryId(EntryId.parse(row.entry_id).version + VERSION_JUMP, now_ms)
        await connection.execute(
            update(cursors).where(cursors.c.hall_id == row.hall_id).values(entry_id=str(ahead))
        )
