"""The file that a backup is: a tar (POSIX ustar, IEEE 1003.1) that any tar program lists.

Its members, in this order::

    shuitong-backup.json            {"format": 1}
    records/<table>/000001.jsonl.gz rows, a JSON list a line (server.backup.rows); as many parts as it takes
    files/<sha256>                  what is on the shelf, as it is there
    manifest.json                   Manifest
    seal                            SHA-256 of every byte before this member, in hex

Reading is strict: a byte that is not as it was written is found before anybody uses what is in it. Nothing is
ever unpacked by a name of the archive. Memory is bounded by the largest member.
"""

import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from pydantic import TypeAdapter, ValidationError

from server.errors import ArchiveBroken, ArchiveUnknown

FORMAT: Final = 1
HEAD: Final = "shuitong-backup.json"
MANIFEST: Final = "manifest.json"
SEAL: Final = "seal"
BLOCK: Final = tarfile.BLOCKSIZE
MEMBER_MAX_BYTES: Final = 64 * 1024 * 1024
"""Of one member, packed and unpacked; a part of records and a stored file are smaller."""
MANIFEST_MAX_BYTES: Final = MEMBER_MAX_BYTES
PIECE_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class TablePart:
    """Of the manifest: a table's columns in the order of its rows, and how many there are."""

    name: str
    columns: tuple[str, ...]
    rows: int
    parts: int
    sha256: str
    """Of all its rows as they are written, line by line."""


@dataclass(frozen=True, slots=True)
class FilesPart:
    """Of the manifest: the stored files. ``missing``: contents that the records name and the shelf lacks."""

    count: int
    size_bytes: int
    sha256: str
    """Of the hashes of all contents, in their order, a line each."""
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in an archive. ``made_at_ms``: of the moment that the records are of."""

    format: int
    product: str
    revision: str
    made_at_ms: int
    identity_keys: tuple[str, ...]
    """Fingerprints (server.backup.fingerprints)."""
    index_key: str
    tables: tuple[TablePart, ...]
    files: FilesPart

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


_MANIFEST: Final = TypeAdapter(Manifest)


def manifest_json(manifest: Manifest) -> bytes:
    return _MANIFEST.dump_json(manifest, indent=1)


def part_name(table: str, number: int) -> str:
    return f"records/{table}/{number:06d}.jsonl.gz"


def file_name(sha256: str) -> str:
    return f"files/{sha256}"


def packed(lines: bytes) -> bytes:
    """Always the same bytes for the same lines."""
    return gzip.compress(lines, compresslevel=6, mtime=0)


def unpacked(body: bytes) -> bytes:
    """Raises ArchiveBroken, also for what would be larger than any part is."""
    inflating = zlib.decompressobj(wbits=31)
    try:
        lines = inflating.decompress(body, MEMBER_MAX_BYTES)
    except zlib.error as error:
        raise ArchiveBroken("a part of the records cannot be unpacked") from error
    if not inflating.eof or inflating.unused_data:
        raise ArchiveBroken("a part of the records does not end where it should")
    return lines


class Writer:
    """Adds members to a file that is open for writing. Raises OSError."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        self.add(HEAD, b'{"format": %d}\n' % FORMAT)

    def add(self, name: str, body: bytes) -> None:
        for piece in _member(name, body):
            self._digest.update(piece)
            self._write(piece)

    def seal(self, manifest: Manifest) -> str:
        """The end of it; the hash of what was written before."""
        self.add(MANIFEST, manifest_json(manifest))
        digest = self._digest.hexdigest()
        self._write(_tail(digest))
        return digest

    def _write(self, piece: bytes) -> None:
        self._file.write(piece)
        self.size_bytes += len(piece)


def _member(name: str, body: bytes) -> Iterator[bytes]:
    if len(body) > MEMBER_MAX_BYTES:
        raise ValueError(f"{name} has more than {MEMBER_MAX_BYTES} bytes")
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(body), 0o600
    yield info.tobuf(tarfile.USTAR_FORMAT)
    yield body
    yield bytes(-len(body) % BLOCK)


def _tail(digest: str) -> bytes:
    """What an archive with this hash ends with: the seal and two empty blocks."""
    return b"".join(_member(SEAL, digest.encode())) + bytes(2 * BLOCK)


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    body: bytes


class Reader:
    """Reads the members one after the other, and holds the archive's end against what was read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.sha256: str | None = None
        """Of everything before the seal, once that was found right."""

    def members(self) -> Iterator[Member]:
        """All but head and seal, which are looked at here. Raises ArchiveBroken, ArchiveUnknown, OSError."""
        self._head()
        while True:
            digest = self._digest.hexdigest()
            header = self._exactly(BLOCK)
            info = _info(header)
            if info.name == SEAL:
                if header + self._file.read(4 * BLOCK) != _tail(digest):
                    raise ArchiveBroken("its seal does not fit what is in it")
                self.sha256 = digest
                return
            yield self._body(header, info)

    def _head(self) -> None:
        first = self._file.read(BLOCK)
        try:
            info = tarfile.TarInfo.frombuf(first, "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError):
            info = None
        if info is None or info.name != HEAD:
            raise ArchiveUnknown("this is no backup of Shuitong, or its beginning is damaged")
        head = self._body(first, info).body
        if head != b'{"format": %d}\n' % FORMAT:
            raise ArchiveUnknown(
                "it has a format that this version does not read, or its beginning is damaged"
            )

    def _body(self, header: bytes, info: tarfile.TarInfo) -> Member:
        if not 0 <= info.size <= MEMBER_MAX_BYTES:
            raise ArchiveBroken(f"{info.name} has a wrong size")
        body = self._exactly(info.size)
        padding = self._exactly(-info.size % BLOCK)
        for piece in (header, body, padding):
            self._digest.update(piece)
        return Member(info.name, body)

    def _exactly(self, size: int) -> bytes:
        found = self._file.read(size)
        if len(found) != size:
            raise ArchiveBroken("it ends too early: it was not copied whole")
        return found


def _info(header: bytes) -> tarfile.TarInfo:
    try:
        return tarfile.TarInfo.frombuf(header, "utf-8", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as error:
        raise ArchiveBroken("the head of one of its members is damaged") from error


def read_manifest(body: bytes) -> Manifest:
    """Raises ArchiveBroken."""
    try:
        return _MANIFEST.validate_json(body)
    except ValidationError as error:
        raise ArchiveBroken("its manifest cannot be read") from error
