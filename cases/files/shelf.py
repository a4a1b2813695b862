"""Where the bytes of files are kept: by their content, under its SHA-256."""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from cases.files.errors import ContentMissing

DIGEST: Final = re.compile(r"[0-9a-f]{64}")
PIECE_BYTES: Final = 262_144


@dataclass(frozen=True, slots=True)
class Content:
    """``pieces``: of ``size_bytes`` together. Nothing is open before the first one is asked for."""

    size_bytes: int
    pieces: AsyncGenerator[bytes]


class Shelf(Protocol):
    """Every method raises ShelfUnavailable. A content never changes; the same one put twice is there once."""

    async def put(self, sha256: str, source: Path) -> None:
        """Keep the file's bytes, whole or not at all; ``source`` may be gone then."""

    async def open(self, sha256: str) -> Content:
        """Raises ContentMissing."""

    async def delete(self, sha256: str) -> None:
        """One that is gone already is fine."""


def checked(sha256: str) -> str:
    """What becomes part of a path. Raises ContentMissing for anything but a hash."""
    if not DIGEST.fullmatch(sha256):
        raise ContentMissing("not a hash")
    return sha256
