"""How pictures are put together: their parts without their pixels. Pure.

JPEG: ITU-T T.81 annex B; PNG: W3C PNG (third edition) 5; WebP: RFC 9649 2.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

from cases.files.errors import FileBroken

PARTS_MAX: Final = 20_000
"""Segments or chunks of one picture; those of cameras and programs have some hundreds."""
SCANS_MAX: Final = 64
"""Of a JPEG. Each one costs a pass over the picture; programs write about ten."""
PICTURES_MAX: Final = 8
"""Of one JPEG file: a camera puts a gain map or a preview behind the picture (MPF, Ultra HDR)."""

JPEG_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
SOF_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
EOI, SOS = 0xD9, 0xDA
PNG_CRITICAL: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
WEBP_PIXELS: Final = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
WEBP_ANIMATION_FLAG: Final = 0x02


@dataclass(frozen=True, slots=True)
class Outline:
    """``asides``: what is in it beside the pixels; ``tail``: what comes after its end."""

    width_px: int
    height_px: int
    asides: tuple[bytes, ...]
    tail: bytes
    is_animated: bool = False


def _broken(why: str) -> NoReturn:
    raise FileBroken(why)


def _number(content: bytes, at: int, size: int) -> int:
    if at + size > len(content):
        _broken("cut off")
    return int.from_bytes(content[at : at + size], "big")


def jpeg(content: bytes) -> Outline:
    """Raises FileBroken."""
    width = height = scans = 0
    asides: list[bytes] = []
    for marker, body, after in _segments(content):
        if marker == EOI:
            if not scans or not width or not height:
                _broken("no picture in it")
            return Outline(width, height, tuple(asides), content[after:])
        if marker in SOF_MARKERS:
            if width or height:
                _broken("two pictures in one")
            height, width = _number(body, 1, 2), _number(body, 3, 2)
        elif marker == SOS:
            scans += 1
        else:
            asides.append(body)
        if scans > SCANS_MAX:
            _broken("too many scans")
    _broken("cut off")


def _segments(content: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Each marker after the first with what belongs to it, and where that ends; pixels are passed over.
    Raises FileBroken.
    """
    at = 2
    for _ in range(PARTS_MAX):
        if _number(content, at, 1) != 0xFF:
            _broken("no marker")
        marker = _number(content, at + 1, 1)
        at += 2
        if marker == 0xFF:
            # Fill bytes may stand before a marker.
            at = _marker_after(content, at - 1)
        elif marker == EOI:
            yield marker, b"", at
            return
        elif marker not in STANDALONE:
            length = _number(content, at, 2)
            if length < 2 or at + length > len(content):
                _broken("cut off")
            body, at = content[at + 2 : at + length], at + length
            if marker == SOS:
                at = _marker_after(content, at)
            yield marker, body, at
    _broken("too many segments")


def _marker_after(content: bytes, at: int) -> int:
    found = JPEG_MARKER.search(content, at)
    if found is None:
        _broken("cut off")
    return found.start()


def png(content: bytes) -> Outline:
    """Raises FileBroken."""
    asides: list[bytes] = []
    is_animated = has_pixels = False
    width = height = 0
    at = 8
    for ordinal in range(PARTS_MAX):
        length, name = _number(content, at, 4), content[at + 4 : at + 8]
        body, after = content[at + 8 : at + 8 + length], at + 12 + length
        if after > len(content):
            _broken("cut off")
        if (name == b"IHDR") != (ordinal == 0):
            _broken("no header")
        if name == b"IHDR":
            width, height = _number(body, 0, 4), _number(body, 4, 4)
        elif name == b"IDAT":
            has_pixels = True
        elif name == b"IEND":
            if not has_pixels or not width or not height:
                _broken("no picture in it")
            return Outline(width, height, tuple(asides), content[after:].strip(b"\x00"), is_animated)
        elif name not in PNG_CRITICAL:
            if not name[:1].islower():
                _broken("a part that nobody knows")
            is_animated = is_animated or name == b"acTL"
            asides.append(body)
        at = after
    _broken("too many chunks")


def webp(content: bytes) -> Outline:
    """Raises FileBroken."""
    end = 8 + int.from_bytes(content[4:8], "little")
    if end > len(content):
        _broken("cut off")
    asides: list[bytes] = []
    is_animated = False
    width = height = 0
    at = 12
    for _ in range(PARTS_MAX):
        if at + 8 > end:
            break
        name, length = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        body = content[at + 8 : at + 8 + length]
        if at + 8 + length > end:
            _broken("cut off")
        if name == b"VP8X":
            is_animated = is_animated or bool(body[:1] and body[0] & WEBP_ANIMATION_FLAG)
        is_animated = is_animated or name in (b"ANIM", b"ANMF")
        width, height = _larger((width, height), _webp_size(name, body))
        if name not in WEBP_PIXELS and name != b"VP8X":
            asides.append(body)
        at += 8 + length + length % 2
    else:
        _broken("too many chunks")
    if not width or not height:
        _broken("no picture in it")
    # The byte that makes the length even belongs to the last chunk.
    tail = content[end + end % 2 :].strip(b"\x00")
    return Outline(width, height, tuple(asides), tail, is_animated)


def _larger(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return max(one[0], other[0]), max(one[1], other[1])


def _webp_size(name: bytes, body: bytes) -> tuple[int, int]:
    """As a chunk says; (0, 0) of one that does not."""
    if name == b"VP8X" and len(body) >= 10:
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if name == b"VP8 " and len(body) >= 10:
        return (
            int.from_bytes(body[6:8], "little") & 0x3FFF,
            int.from_bytes(body[8:10], "little") & 0x3FFF,
        )
    if name == b"VP8L" and len(body) >= 5:
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return 0, 0


def is_camera_tail(tail: bytes) -> bool:
    """Whether it is what phones put behind a JPEG: further pictures, a short film (ISO 14496-12), or the
    notes of Samsung's. All of it is gone when the picture is written anew.
    """
    for _ in range(PICTURES_MAX):
        # Of the four bytes before it, a box's size, the first ones may be zeros too.
        tail = tail.lstrip(b"\x00")
        if not tail or tail.endswith(b"SEFT") or b"ftyp" in tail[:8]:
            return True
        if not tail.startswith(b"\xff\xd8\xff"):
            return False
        try:
            tail = jpeg(tail).tail
        except FileBroken:
            return False
    return False
