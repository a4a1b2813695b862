"""The bounds of files (DOMAIN.md, files)."""

from dataclasses import dataclass
from typing import Final

UPLOAD_MAX_BYTES: Final = 10 * 1024 * 1024
"""Of what is sent; whoever sends more is refused before it is read."""


@dataclass(frozen=True, slots=True)
class FilePolicy:
    """Bounds as counts, bytes, pixels and ms.

    ``pdf_parts_max``: numbers, names, lists and so on in all objects of a PDF; ``kept_max_bytes``: of a
    picture as it was written anew, which may be larger than what was sent; ``arrive_ms``: the longest time
    for all of an upload, ``silent_ms`` between two pieces of it; ``grace_ms``: how long what no file has is
    left on the shelf, much longer than any upload takes.
    """

    upload_max_bytes: int = UPLOAD_MAX_BYTES
    kept_max_bytes: int = 2 * UPLOAD_MAX_BYTES
    pixels_max: int = 50_000_000
    side_max_px: int = 30_000
    thumbnail_px: int = 320
    pages_max: int = 100
    pdf_parts_max: int = 1_000_000
    name_max: int = 100
    arrive_ms: int = 180_000
    silent_ms: int = 20_000
    uploads_max: int = 32
    uploads_per_person: int = 6
    case_files_max: int = 100
    case_bytes_max: int = 300 * 1024 * 1024
    person_files_a_day: int = 200
    person_bytes_a_day: int = 500 * 1024 * 1024
    grace_ms: int = 3_600_000
