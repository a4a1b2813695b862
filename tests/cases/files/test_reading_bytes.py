"""What a file is, by its bytes alone, and in the process that reads it."""

import asyncio
import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cases.files import errors
from cases.files.errors import FileRefused, FileTooHard, UploadsBusy
from cases.files.policy import FilePolicy
from cases.files.sniff import FileKind, examine
from cases.files.threads import in_thread
from cases.files.workshop import WORKER, Workshop, WorkshopBounds
from tests.cases.files import samples
from tests.clients import eventually

POLICY = FilePolicy()


class Bench:
    """A workshop with a folder to work in."""

    def __init__(self, folder: Path, bounds: WorkshopBounds, command: Sequence[str] = WORKER) -> None:
        self.workshop = Workshop(POLICY, bounds, command)
        self.source, self.picture, self.thumbnail = (folder / name for name in "spt")

    async def read(self, content: bytes) -> str:
        """The media type of what is kept. Raises the leaves of FileRefused."""
        kind = examine(content, POLICY).kind
        self.source.write_bytes(content)
        return (await self.workshop.work(kind, self.source, self.picture, self.thumbnail)).media_type

    def kept(self) -> Image.Image:
        return Image.open(io.BytesIO(self.picture.read_bytes()))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, WorkshopBounds())


@pytest.mark.parametrize("name", samples.GOOD)
async def test_what_people_send_is_taken(name: str, bench: Bench) -> None:
    make, media_type = samples.GOOD[name]
    assert await bench.read(make()) == media_type
    if media_type == "application/pdf":
        assert not bench.picture.exists()
        return
    assert bench.kept().format == media_type.partition("/")[2].upper()
    small = Image.open(io.BytesIO(bench.thumbnail.read_bytes()))
    assert small.format == "JPEG"
    assert max(small.size) <= POLICY.thumbnail_px


@pytest.mark.parametrize("name", samples.HOSTILE)
async def test_what_attackers_send_is_refused(name: str, bench: Bench) -> None:
    make, code = samples.HOSTILE[name]
    with pytest.raises(FileRefused) as refused:
        await bench.read(make())
    assert refused.value.code == code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_nothing_but_pixels_is_kept(kind: str, bench: Bench) -> None:
    sent = samples.encoded(samples.picture(), kind, exif=samples.exif())
    assert samples.SECRET.encode() in sent
    await bench.read(sent)
    for path in (bench.picture, bench.thumbnail):
        kept = path.read_bytes()
        assert samples.SECRET.encode() not in kept
        assert not Image.open(io.BytesIO(kept)).getexif()
        assert b"Exif" not in kept


async def test_other_metadata_is_gone_too(bench: Bench) -> None:
    note = samples.SECRET.encode()
    sent = samples.png_of(9, 9, samples.chunk(b"tEXt", b"Comment\0" + note))
    await bench.read(sent)
    assert note not in bench.picture.read_bytes()
    await bench.read(samples.with_segment(note))
    assert note not in bench.picture.read_bytes()


async def test_a_photo_is_turned_as_it_was_held(bench: Bench) -> None:
    await bench.read(samples.jpeg(64, 48, exif=samples.exif(orientation=6)))
    kept = bench.kept().convert("RGB")
    assert kept.size == (48, 64)
    right, left = kept.getpixel((44, 32)), kept.getpixel((4, 32))
    assert isinstance(right, tuple)
    assert isinstance(left, tuple)
    assert right[0] > 200 > 60 > left[0]


async def test_what_is_transparent_is_white_where_there_is_no_alpha(bench: Bench) -> None:
    await bench.read(samples.encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "WEBP", lossless=True))
    pixel = bench.kept().getpixel((10, 10))
    assert isinstance(pixel, tuple)
    assert min(pixel) > 250


@given(cut=st.floats(0, 1), flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(1, 255)), max_size=8))
@settings(max_examples=300)
def test_damaged_bytes_are_refused_or_read_and_nothing_else(
    cut: float, flips: list[tuple[float, int]]
) -> None:
    for content in (samples.jpeg(), samples.png(), samples.webp(), samples.mpf(), samples.pdf()):
        damaged = bytearray(content[: int(len(content) * cut)])
        for at, change in flips:
            if damaged:
                damaged[int(at * len(damaged))] ^= change
        found: FileKind | None = None
        # Anything else that is raised fails the test.
        with contextlib.suppress(FileRefused):
            found = examine(bytes(damaged), POLICY).kind
        assert found is None or damaged


@given(st.binary(max_size=2_000))
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(FileRefused):
        examine(b"\xff\xd8\xff" + content, POLICY)


def script(folder: Path, text: str) -> tuple[str, ...]:
    """Another process in the worker's place."""
    path = folder / "other.py"
    path.write_text(text, encoding="utf-8")
    return (sys.executable, "-I", str(path))


def killed() -> str:
    return f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})"


async def there(path: Path) -> None:
    """Until the other process made that file."""

    async def exists() -> bool:
        return await in_thread(path.exists)

    await eventually(exists, bool)


ENDS: dict[str, Callable[[], str]] = {
    "is killed": killed,
    "fails": lambda: "raise SystemExit(3)",
    "says nothing": lambda: "pass",
    "says what is no answer": lambda: "print('x' * 100_000)",
    "never ends": lambda: "import time\nwhile True: time.sleep(1)",
    "turns away from its end": lambda: (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(1)"
    ),
}


@pytest.mark.parametrize("name", ENDS)
async def test_a_process_may_end_in_any_way_and_the_next_one_works(name: str, tmp_path: Path) -> None:
    bounds = WorkshopBounds(at_once=1, whole_ms=1_000)
    with pytest.raises(FileTooHard):
        await Bench(tmp_path, bounds, script(tmp_path, ENDS[name]())).read(samples.jpeg())
    bench = Bench(tmp_path, WorkshopBounds(at_once=1))
    assert await bench.read(samples.jpeg()) == "image/jpeg"


async def test_more_memory_than_there_is_for_a_file_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path, WorkshopBounds(memory_max_bytes=200 * 1024 * 1024))
    with pytest.raises(FileTooHard):
        await bench.read(samples.jpeg(9_000, 5_000))
    assert await bench.read(samples.jpeg()) == "image/jpeg"


async def test_the_process_has_nothing_of_the_servers_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHUITONG_INDEX_KEY", "secret")
    said = 'import json, os; print(json.dumps({"refused": "file_broken", "cause": sorted(os.environ)}))'
    with pytest.raises(errors.FileBroken, match=r"\['LANG', 'LC_CTYPE', 'PATH'\]|\['LANG', 'PATH'\]"):
        await Bench(tmp_path, WorkshopBounds(), script(tmp_path, said)).read(samples.jpeg())


async def test_who_finds_no_free_process_is_told_so(tmp_path: Path) -> None:
    bounds = WorkshopBounds(at_once=1, turn_ms=50, whole_ms=5_000)
    marks = tmp_path / "began"
    slow = f"open({str(marks)!r}, 'w').close()\nimport time\nwhile True: time.sleep(1)"
    bench = Bench(tmp_path, bounds, script(tmp_path, slow))
    first = asyncio.create_task(bench.read(samples.jpeg()))
    await there(marks)
    with pytest.raises(UploadsBusy):
        await bench.read(samples.jpeg())
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_cancelled_process_has_ended(tmp_path: Path) -> None:
    number = tmp_path / "pid"
    text = (
        f"import os, time\nopen({str(number)!r} + '.new', 'w').write(str(os.getpid()))\n"
        f"os.rename({str(number)!r} + '.new', {str(number)!r})\nwhile True: time.sleep(1)"
    )
    task = asyncio.create_task(Bench(tmp_path, WorkshopBounds(), script(tmp_path, text)).read(samples.jpeg()))
    await there(number)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(number.read_text()), 0)
