"""A file that arrives: a folder of its own for as long as it is looked at, and its bytes read with bounds."""

import asyncio
import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cases.files.errors import FileEmpty, FileTooLarge, ShelfUnavailable, UploadStopped
from cases.files.policy import FilePolicy
from cases.files.sniff import HEAD_BYTES, kind_of
from cases.files.threads import in_thread


@dataclass(frozen=True, slots=True)
class Workplace:
    """A folder with the names of what is in it: what arrived, the picture written anew, a small one of it."""

    folder: Path

    @property
    def source(self) -> Path:
        return self.folder / "source"

    @property
    def picture(self) -> Path:
        return self.folder / "picture"

    @property
    def thumbnail(self) -> Path:
        return self.folder / "thumbnail"


class Incoming:
    """Makes the folders below ``folder``. One that was left by a process that died is swept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextlib.asynccontextmanager
    async def workplace(self) -> AsyncIterator[Workplace]:
        """Gone at the end of the block, whatever happened. Raises ShelfUnavailable."""
        try:
            made = self._make()
        except OSError as error:
            raise ShelfUnavailable(f"{type(error).__name__} while writing") from error
        try:
            yield Workplace(made)
        finally:
            await in_thread(shutil.rmtree, made, ignore_errors=True)

    def _make(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Path(tempfile.mkdtemp(dir=self._folder))

    async def sweep(self, before_ms: int) -> int:
        """Delete the folders made before that time; how many."""
        return await in_thread(self._sweep, before_ms)

    def _sweep(self, before_ms: int) -> int:
        if not self._folder.is_dir():
            return 0
        left = [one for one in self._folder.iterdir() if one.stat().st_mtime * 1000 < before_ms]
        for one in left:
            shutil.rmtree(one, ignore_errors=True)
        return len(left)


async def receive(pieces: AsyncIterator[bytes], target: Path, policy: FilePolicy) -> str:
    """Write what arrives to ``target``; its SHA-256. What cannot be taken is refused as soon as it shows.

    Raises FileTooLarge, FileEmpty, FileTypeRefused, HeicRefused, UploadStopped (it ended early, or came too
    slowly), ShelfUnavailable.
    """
    digest, size, head = hashlib.sha256(), 0, b""
    try:
        async with asyncio.timeout(policy.arrive_ms / 1000):
            with target.open("wb") as file:
                async for piece in _timely(pieces, policy.silent_ms):
                    size += len(piece)
                    if size > policy.upload_max_bytes:
                        raise FileTooLarge("more than is taken")
                    if len(head) < HEAD_BYTES:
                        head += piece[: HEAD_BYTES - len(head)]
                        if len(head) == HEAD_BYTES:
                            kind_of(head)
                    digest.update(piece)
                    await in_thread(_write, file, piece)
    except TimeoutError as error:
        raise UploadStopped("too slow") from error
    except OSError as error:
        if isinstance(error, ConnectionError):
            raise UploadStopped("the sender is gone") from error
        raise ShelfUnavailable(f"{type(error).__name__} while writing") from error
    if size == 0:
        raise FileEmpty("no bytes")
    return digest.hexdigest()


def _write(file: BinaryIO, piece: bytes) -> None:
    file.write(piece)


async def _timely(pieces: AsyncIterator[bytes], silent_ms: int) -> AsyncIterator[bytes]:
    """Raises TimeoutError where the next one does not come in time."""
    while True:
        try:
            async with asyncio.timeout(silent_ms / 1000):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        yield piece
