"""Reads one file in a process of its own: ``python -I worker.py JOB FILE PICTURE THUMBNAIL``.

What is in a file may be made to break whatever reads it. So this process has no keys, no database and little
memory and time, and it ends after one file. It is started by its path (``cases.files.workshop``) and imports
nothing of the product: Python without the environment's paths would not find it.

JOB: the fields of Job as JSON. A picture is decoded, turned as its EXIF says, and written to PICTURE with its
pixels alone; a small one of it goes to THUMBNAIL. A PDF is read through, and nothing is written. One line of
JSON comes out: ``{"found": {…}}``, or ``{"refused": CODE, "cause": CLASS}``.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

JPEG_QUALITIES: Final = (85, 70, 50)
"""The first one with which the picture is small enough."""
NICENESS: Final = 10
"""Calls' packets go first."""


@dataclass(frozen=True, slots=True)
class Job:
    """``kind``: jpeg, png, webp or pdf. Bounds in bytes, seconds and pixels."""

    kind: str
    memory_max_bytes: int
    cpu_s: int
    whole_s: int
    pixels_max: int
    side_max_px: int
    thumbnail_px: int
    kept_max_bytes: int
    pages_max: int
    parts_max: int


class Refused(Exception):
    """``code``: one of ``cases.files.errors``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def confine(job: Job) -> None:
    """Bounds that hold whatever the libraries do, also when the server is gone meanwhile."""
    for what, most in (
        (resource.RLIMIT_AS, job.memory_max_bytes),
        (resource.RLIMIT_CPU, job.cpu_s),
        (resource.RLIMIT_FSIZE, job.kept_max_bytes),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    signal.alarm(job.whole_s)
    os.nice(NICENESS)


def write_picture_anew(job: Job, source: Path, picture: Path, thumbnail: Path) -> dict[str, Any]:
    """Raises Refused, and whatever Pillow does."""
    from PIL import Image, ImageOps

    # The size is looked at below, before a pixel is decoded.
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(source, formats=(job.kind.upper(),)) as opened:
        width, height = opened.size
        if max(width, height) > job.side_max_px or width * height > job.pixels_max:
            raise Refused("file_too_many_pixels")
        # A JPEG with a second picture behind it (MPF) is no film: the first one is taken.
        if job.kind != "jpeg" and getattr(opened, "is_animated", False):
            raise Refused("file_animated")
        opened.load()
        image = _turned(opened, ImageOps)
    image = _plain(image, with_alpha=job.kind == "png")
    media_type = _save(job, image, picture)
    width, height = image.size
    image.thumbnail((job.thumbnail_px, job.thumbnail_px), reducing_gap=2.0)
    _on_white(image).save(thumbnail, "JPEG", quality=80)
    return {"media_type": media_type, "width_px": width, "height_px": height}


def _turned(image: Any, operations: Any) -> Any:
    """Upright; as it is where its EXIF cannot be read."""
    try:
        return operations.exif_transpose(image)
    except Exception:  # noqa: BLE001 - hostile EXIF fails in many ways, and none of them matters
        return image.copy()


def _plain(image: Any, *, with_alpha: bool) -> Any:
    """Gray or RGB, or for a PNG RGBA where it has an alpha channel. Nothing else goes on with it."""
    if image.mode in ("L", "RGB", "RGBA") and "transparency" not in image.info:
        plain = image
    elif image.mode == "1":
        plain = image.convert("L")
    elif image.mode.startswith("I"):
        # 16 bits a pixel, of which the upper 8 are shown.
        plain = image.convert("I").point(lambda value: value / 256).convert("L")
    elif image.mode in ("LA", "PA", "La", "RGBa", "RGBA") or "transparency" in image.info:
        plain = image.convert("RGBA")
    else:
        plain = image.convert("RGB")
    # Pillow writes some of what stands here into the new file.
    plain.info = {}
    return plain if with_alpha else _on_white(plain)


def _on_white(image: Any) -> Any:
    from PIL import Image

    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _save(job: Job, image: Any, picture: Path) -> str:
    """Its media type. Raises Refused where it does not get small enough."""
    if job.kind == "png" and _fits(job, image, picture, "PNG", {"compress_level": 4}):
        return "image/png"
    opaque = _on_white(image)
    for quality in JPEG_QUALITIES:
        if _fits(job, opaque, picture, "JPEG", {"quality": quality}):
            return "image/jpeg"
    raise Refused("file_too_large")


def _fits(job: Job, image: Any, picture: Path, kind: str, options: dict[str, int]) -> bool:
    try:
        image.save(picture, kind, **options)
    except OSError as error:
        if error.errno is None:
            raise
        # The bound on a file's size (EFBIG).
        return False
    return picture.stat().st_size < job.kept_max_bytes


ACTIVE_KEYS: Final = frozenset(
    {"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/RichMediaContent", "/RichMediaSettings", "/XFA"}
)
ACTIVE_VALUES: Final = frozenset(
    {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/GoToR", "/Rendition", "/Movie",
     "/EmbeddedFile", "/FileAttachment", "/RichMedia", "/RichMediaExecute", "/3D", "/Screen"}
)  # fmt: skip
"""As types, kinds of annotations and kinds of actions (ISO 32000-2, 7.11.4, 12.5.6, 12.6.4)."""
NAMING_KEYS: Final = frozenset({"/Type", "/Subtype", "/S"})


def read_pdf(job: Job, source: Path) -> dict[str, Any]:
    """Raises Refused, and whatever pypdf does."""
    from pypdf import PdfReader

    reader = PdfReader(source, strict=False)
    if reader.is_encrypted:
        raise Refused("file_locked")
    seen = 0
    for one in _objects(reader):
        for part in _parts(one):
            seen += 1
            if seen > job.parts_max:
                raise Refused("file_too_hard")
            if isinstance(part, dict):
                _refuse_active(part)
    pages = len(reader.pages)
    if pages == 0:
        raise Refused("file_broken")
    if pages > job.pages_max:
        raise Refused("file_too_many_pages")
    # That they are there, and not just counted.
    for page in reader.pages:
        if page.mediabox.width <= 0 or page.mediabox.height <= 0:
            raise Refused("file_broken")
    return {"media_type": "application/pdf", "pages": pages}


def _objects(reader: Any) -> Iterator[Any]:
    """The trailer, and every object that there is, whether a page has it or not."""
    from pypdf.generic import IndirectObject

    yield reader.trailer
    numbers = {(number, generation) for generation, at in reader.xref.items() for number in at}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    for number, generation in sorted(numbers):
        yield reader.get_object(IndirectObject(number, generation, reader))


def _parts(one: Any) -> Iterator[Any]:
    """Everything inside an object, not following references."""
    left = [one]
    while left:
        part = left.pop()
        yield part
        if isinstance(part, dict):
            left += [part.raw_get(key) if hasattr(part, "raw_get") else part[key] for key in part]
        elif isinstance(part, list):
            left += list(part)


def _refuse_active(part: Any) -> None:
    if not ACTIVE_KEYS.isdisjoint(part):
        raise Refused("file_active")
    for key in NAMING_KEYS & part.keys():
        value = part.raw_get(key) if hasattr(part, "raw_get") else part[key]
        if str(value) in ACTIVE_VALUES:
            raise Refused("file_active")


def outcome(job: Job, source: Path, picture: Path, thumbnail: Path) -> dict[str, Any]:
    """What comes out, whatever the file does to the libraries."""
    try:
        if job.kind == "pdf":
            return {"found": read_pdf(job, source)}
        return {"found": write_picture_anew(job, source, picture, thumbnail)}
    except Refused as refused:
        return {"refused": refused.code, "cause": "Refused"}
    except MemoryError:
        return {"refused": "file_too_hard", "cause": "MemoryError"}
    except Exception as error:  # noqa: BLE001 - hostile bytes raise anything; all of it means the same
        return {"refused": "file_broken", "cause": type(error).__name__}


def main() -> NoReturn:
    job = Job(**json.loads(sys.argv[1]))
    confine(job)
    source, picture, thumbnail = (Path(name) for name in sys.argv[2:5])
    sys.stdout.write(json.dumps(outcome(job, source, picture, thumbnail)) + "\n")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
