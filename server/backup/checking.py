"""Looks through an archive: every byte, every hash and every count, before anybody uses what is in it."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from server.backup import archive, rows
from server.backup.archive import Manifest, Member, Reader, TablePart
from server.errors import ArchiveBroken


@dataclass(frozen=True, slots=True)
class Checked:
    """An archive that is whole."""

    file: Path
    manifest: Manifest
    sha256: str
    size_bytes: int


@dataclass(slots=True)
class _Found:
    """What there was of a table."""

    parts: int
    lines: int
    digest: "hashlib._Hash"
    columns: frozenset[int]


def check(file: Path, say: Callable[[str], object]) -> Checked:
    """Read all of it; what it has. Raises ArchiveBroken, ArchiveUnknown, OSError."""
    tables: dict[str, _Found] = {}
    files, contents, size = hashlib.sha256(), 0, 0
    manifest: Manifest | None = None
    with file.open("rb") as opened:
        reader = Reader(opened)
        for member in reader.members():
            if manifest is not None:
                raise ArchiveBroken("something follows its manifest")
            if member.name == archive.MANIFEST:
                manifest = archive.read_manifest(member.body)
            elif table := table_of(member.name):
                _add(tables, table, member)
            else:
                files.update(f"{content_of(member)}\n".encode())
                contents, size = contents + 1, size + len(member.body)
    if manifest is None or reader.sha256 is None:
        raise ArchiveBroken("it has no manifest")
    for part in manifest.tables:
        _compare(part, tables.pop(part.name, None))
    if tables:
        raise ArchiveBroken("it has tables that its manifest does not name")
    counted = (contents, size, files.hexdigest())
    if counted != (manifest.files.count, manifest.files.size_bytes, manifest.files.sha256):
        raise ArchiveBroken("its files are not those of its manifest")
    say(f"the backup is whole: {manifest.rows} rows, {contents} files")
    return Checked(file, manifest, reader.sha256, file.stat().st_size)


def _add(tables: dict[str, _Found], table: str, member: Member) -> None:
    found = tables.setdefault(table, _Found(0, 0, hashlib.sha256(), frozenset()))
    found.parts += 1
    if member.name != archive.part_name(table, found.parts):
        raise ArchiveBroken(f"a part of {table} is missing")
    lines = archive.unpacked(member.body)
    found.digest.update(lines)
    found.lines += lines.count(b"\n")
    found.columns |= {rows.width_of(line) for line in lines.split(b"\n")[:-1]}


def _compare(part: TablePart, found: _Found | None) -> None:
    if found is None:
        if part.rows or part.parts:
            raise ArchiveBroken(f"the rows of {part.name} are missing")
        return
    told = (part.parts, part.rows, part.sha256)
    if told != (found.parts, found.lines, found.digest.hexdigest()) or found.columns != {len(part.columns)}:
        raise ArchiveBroken(f"the rows of {part.name} are not those of its manifest")


def table_of(name: str) -> str | None:
    """Of a part of the records."""
    folder, _, rest = name.partition("/")
    return rest.partition("/")[0] if folder == "records" else None


def content_of(member: Member) -> str:
    """The hash of a stored file. Raises ArchiveBroken where it is not the one of its bytes."""
    sha256 = hashlib.sha256(member.body).hexdigest()
    if member.name != archive.file_name(sha256):
        raise ArchiveBroken(f"{member.name} is not what its name says")
    return sha256


def again(checked: Checked) -> Iterator[Member]:
    """The members once more. Raises ArchiveBroken at the end where the file has changed since."""
    with checked.file.open("rb") as opened:
        reader = Reader(opened)
        yield from reader.members()
    if reader.sha256 != checked.sha256:
        raise ArchiveBroken("it was changed while it was read")
