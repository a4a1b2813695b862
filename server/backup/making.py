"""Makes a backup beside a running server."""

import asyncio
import contextlib
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.clock import Clock, SystemClock
from cases.database import Database, revision_of
from cases.files.errors import ContentMissing
from cases.files.policy import FilePolicy
from cases.files.shelf import Shelf
from cases.files.tables import file_contents
from server.backup import archive, rows
from server.backup.archive import FilesPart, Manifest, TablePart, Writer
from server.backup.fingerprints import identity_fingerprints, index_fingerprint
from server.errors import BackupRefused, FilesMissing, NoRecords
from server.files import shelf_of
from server.records import need_file, need_tables, records_of_command
from server.settings import Settings

Say = Callable[[str], object]

PART_BYTES: Final = 4 * 1024 * 1024
"""Of rows in one member, before they are packed."""
ROWS_AT_ONCE: Final = 500
CLAIMED_AT_ONCE: Final = 500
FILES_A_LINE: Final = 1_000
"""How many files are copied between two lines that tell how far it is."""
MISSING_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Made:
    manifest: Manifest
    sha256: str
    """Of everything in the file before its seal."""
    size_bytes: int


def make(settings: Settings, file: Path, *, allow_missing: bool, say: Say) -> Made:
    """Write a backup to ``file``, which must not be there. Servers may run meanwhile.

    It has its name once it is whole and on the disk, and is readable by this user only. Raises
    NoRecords, BackupRefused, FilesMissing (unless ``allow_missing``), RecordsUnavailable, ShelfUnavailable,
    OSError.
    """
    need_file(settings)
    with _unfinished(file) as opened:
        return asyncio.run(_made(settings, opened, allow_missing=allow_missing, say=say))


@contextlib.contextmanager
def _unfinished(file: Path) -> Iterator[BinaryIO]:
    """Opens the file under another name; named and synced at the end, gone after an error."""
    if file.exists():
        raise BackupRefused(f"{file} is there already; a backup is never written over another one")
    part = file.with_name(f"{file.name}.part")
    # Its mode is there before anything is in it.
    with os.fdopen(os.open(part, os.O_CREAT | os.O_RDWR, 0o600), "r+b") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupRefused(f"another backup is writing {part}") from error
        # What one that was killed has left.
        opened.truncate()
        os.fchmod(opened.fileno(), 0o600)
        try:
            yield opened
            opened.flush()
            os.fsync(opened.fileno())
            if file.exists():
                raise BackupRefused(f"{file} came to be there meanwhile")
            part.rename(file)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


async def _made(settings: Settings, file: BinaryIO, *, allow_missing: bool, say: Say) -> Made:
    database = records_of_command(settings)
    try:
        backup = Backup(database, shelf_of(settings), SystemClock(), FilePolicy(), say)
        return await backup.write(
            Writer(file), identity_fingerprints(settings), index_fingerprint(settings), allow_missing
        )
    finally:
        await database.close()


class Backup:
    """One backup. The order is what makes it consistent: contents are claimed, so that none is swept for a
    while; then the records are read, in one transaction; then the contents that they name are copied.
    """

    def __init__(self, database: Database, shelf: Shelf, clock: Clock, policy: FilePolicy, say: Say) -> None:
        self._database = database
        self._shelf = shelf
        self._clock = clock
        self._claim_every_ms = policy.grace_ms // 3
        self._say = say
        self._claimed_at_ms = 0

    async def write(
        self, writer: Writer, identity_keys: tuple[str, ...], index_key: str, allow_missing: bool
    ) -> Made:
        """Raises NoRecords, FilesMissing, RecordsUnavailable, ShelfUnavailable, OSError."""
        await need_tables(self._database)
        await self._claim()
        tables: list[TablePart] = []
        async with self._database.reading() as connection:
            revision = await connection.run_sync(revision_of)
            if revision is None:
                raise NoRecords("the database has no records")
            made_at_ms = self._clock.now_ms()
            for table in await connection.run_sync(rows.tables_of):
                tables.append(await self._table(connection, table, writer))
            contents = await _contents(connection)
        files = await self._files(contents, writer)
        if files.missing and not allow_missing:
            raise FilesMissing(
                f"{len(files.missing)} of {len(contents)} files are not on the shelf, among them "
                f"{', '.join(files.missing[:MISSING_SHOWN])}; "
                "--allow-missing makes a backup without them"
            )
        manifest = Manifest(
            archive.FORMAT, version("shuitong"), revision, made_at_ms, identity_keys, index_key,
            tuple(tables), files,
        )  # fmt: skip
        sha256 = writer.seal(manifest)
        return Made(manifest, sha256, writer.size_bytes)

    async def _claim(self) -> None:
        """Nothing that is on the shelf is swept for the sweeper's time of grace."""
        now_ms, after = self._clock.now_ms(), ""
        hashes = file_contents.c.sha256
        async with self._database.reading() as connection:
            tables = await connection.run_sync(rows.tables_of)
        if file_contents.name not in {table.name for table in tables}:
            return
        while True:
            page = select(hashes).where(hashes > after).order_by(hashes).limit(CLAIMED_AT_ONCE)
            async with self._database.writing() as connection:
                found = list(await connection.scalars(page))
                if found:
                    await connection.execute(
                        update(file_contents)
                        .where(hashes.in_(found), file_contents.c.claimed_at_ms < now_ms)
                        .values(claimed_at_ms=now_ms)
                    )
            if len(found) < CLAIMED_AT_ONCE:
                break
            after = found[-1]
        self._claimed_at_ms = now_ms

    async def _table(self, connection: AsyncConnection, table: Table, writer: Writer) -> TablePart:
        places, digest = rows.json_places(table), hashlib.sha256()
        buffer = bytearray()
        count = parts = 0
        async for row in self._rows(connection, table):
            line = rows.line_of(row, places)
            digest.update(line)
            buffer += line
            count += 1
            if len(buffer) >= PART_BYTES:
                parts += 1
                writer.add(archive.part_name(table.name, parts), archive.packed(bytes(buffer)))
                buffer.clear()
        if buffer:
            parts += 1
            writer.add(archive.part_name(table.name, parts), archive.packed(bytes(buffer)))
        if count:
            self._say(f"{table.name}: {count} rows")
        return TablePart(
            table.name, tuple(column.name for column in table.columns), count, parts, digest.hexdigest()
        )

    async def _rows(self, connection: AsyncConnection, table: Table) -> AsyncIterator[tuple[object, ...]]:
        found = await connection.stream(
            rows.asked(table, connection.dialect), execution_options={"yield_per": ROWS_AT_ONCE}
        )
        async for page in found.partitions(ROWS_AT_ONCE):
            for row in page:
                yield tuple(row)

    async def _files(self, contents: list[str], writer: Writer) -> FilesPart:
        digest, missing = hashlib.sha256(), []
        count = size = 0
        for number, sha256 in enumerate(contents, 1):
            if self._clock.now_ms() - self._claimed_at_ms > self._claim_every_ms:
                await self._claim()
            body = await self._content(sha256)
            if body is None:
                missing.append(sha256)
            else:
                writer.add(archive.file_name(sha256), body)
                digest.update(f"{sha256}\n".encode())
                count += 1
                size += len(body)
            if number % FILES_A_LINE == 0 or number == len(contents):
                self._say(f"files: {number} of {len(contents)}")
        return FilesPart(count, size, digest.hexdigest(), tuple(missing))

    async def _content(self, sha256: str) -> bytes | None:
        """None where it is not there, or is not what it was."""
        body = bytearray()
        try:
            content = await self._shelf.open(sha256)
            async with contextlib.aclosing(content.pieces) as pieces:
                async for piece in pieces:
                    body += piece
                    if len(body) > archive.MEMBER_MAX_BYTES:
                        return None
        except ContentMissing:
            return None
        found = bytes(body)
        return found if hashlib.sha256(found).hexdigest() == sha256 else None


async def _contents(connection: AsyncConnection) -> list[str]:
    """The contents that files have, also in tables of an older revision; none before there were files."""
    tables = {table.name: table for table in await connection.run_sync(rows.tables_of)}
    files = tables.get("files")
    if files is None:
        return []
    named = select(files.c.sha256).union(
        select(files.c.thumbnail_sha256).where(files.c.thumbnail_sha256.is_not(None))
    )
    return sorted(await connection.scalars(named))
