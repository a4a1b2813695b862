"""What a file is, by its bytes. Pure.

Neither its name nor its declared type is asked: both are what the sender says. Besides the kind it is checked
that the file is that and nothing else (a polyglot is read as a picture by one program, and as a page, an
archive or a PDF by another), that it is whole, and that it does not unfold to more than is taken. The pixels
themselves and what is in a PDF are looked at in a process of their own (``cases.files.worker``).
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cases.files import outlines
from cases.files.errors import (
    FileActive,
    FileAnimated,
    FileBroken,
    FileEmpty,
    FileMixed,
    FileTooLarge,
    FileTypeRefused,
    HeicRefused,
    TooManyPixels,
)
from cases.files.outlines import Outline
from cases.files.policy import FilePolicy


class FileKind(StrEnum):
    """The kinds that are taken."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Sniffed:
    """``width_px`` and ``height_px`` as a picture itself says; 0 of a PDF."""

    kind: FileKind
    width_px: int = 0
    height_px: int = 0


HEAD_BYTES: Final = 1024
"""As much as browsers (MIME Sniffing Standard: 1445 at most) and PDF readers look at to guess a type."""
ZIP_TAIL_BYTES: Final = 22 + 65_535
"""Within so many bytes of its end an archive has its directory's end (APPNOTE 4.3.16)."""
ZIP_END: Final = b"PK\x05\x06\x00\x00\x00\x00"

HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})

FOREIGN: Final = (
    b"%pdf-", b"<script", b"<html", b"<!doctype", b"<svg ", b"<svg>", b"<?php", b"<iframe",
    b"pk\x03\x04", b"rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c",
)  # fmt: skip
"""How pages, scripts, PDF and archives begin, in small letters; looked for where no pixels are."""

ACTIVE_NAMES: Final = (b"/JavaScript", b"/EmbeddedFile", b"/Launch", b"/RichMedia")
"""So long that they do not come up by chance in what is compressed."""
PDF_BLANK: Final = b"\x00\t\n\x0c\r "


def kind_of(head: bytes) -> FileKind:
    """By how it begins. Raises FileEmpty, HeicRefused, FileTypeRefused."""
    if not head:
        raise FileEmpty("no bytes")
    if head.startswith(b"\xff\xd8\xff"):
        return FileKind.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return FileKind.WEBP
    if re.match(rb"%PDF-[12]\.\d", head):
        return FileKind.PDF
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
        raise HeicRefused("HEIC")
    raise FileTypeRefused("of no kind that is taken")


def examine(content: bytes, policy: FilePolicy) -> Sniffed:
    """What the whole file is. Raises the leaves of FileRefused."""
    if len(content) > policy.upload_max_bytes:
        raise FileTooLarge("too many bytes")
    kind = kind_of(content[:HEAD_BYTES])
    if ZIP_END in content[-ZIP_TAIL_BYTES:]:
        raise FileMixed("an archive ends it")
    if kind is FileKind.PDF:
        _check_pdf(content)
        return Sniffed(kind)
    outline = _OUTLINES[kind](content)
    _check_picture(kind, content, outline, policy)
    return Sniffed(kind, outline.width_px, outline.height_px)


_OUTLINES: Final = {
    FileKind.JPEG: outlines.jpeg,
    FileKind.PNG: outlines.png,
    FileKind.WEBP: outlines.webp,
}


def _check_picture(kind: FileKind, content: bytes, outline: Outline, policy: FilePolicy) -> None:
    if outline.is_animated:
        raise FileAnimated("it moves")
    width, height = outline.width_px, outline.height_px
    if max(width, height) > policy.side_max_px or width * height > policy.pixels_max:
        raise TooManyPixels(f"{width}x{height}")
    for part in (content[:HEAD_BYTES], *outline.asides, outline.tail):
        _refuse_foreign(part)
    if outline.tail and not (kind is FileKind.JPEG and outlines.is_camera_tail(outline.tail)):
        raise FileMixed("something is behind it")


def _check_pdf(content: bytes) -> None:
    _refuse_foreign(content[5:HEAD_BYTES])
    _, found, behind = content.rpartition(b"%%EOF")
    if not found:
        raise FileBroken("it has no end")
    if behind.strip(PDF_BLANK):
        raise FileMixed("something is behind it")
    if any(name in content for name in ACTIVE_NAMES):
        raise FileActive("it does something")


def _refuse_foreign(part: bytes) -> None:
    small = part.lower()
    if any(mark in small for mark in FOREIGN):
        raise FileMixed("something else is in it")
