"""Contents in a folder: ``<folder>/ab/cd/abcd…``, for this user only."""

import os
from collections.abc import AsyncGenerator
from pathlib import Path

from cases.files.errors import ContentMissing, ShelfUnavailable
from cases.files.shelf import PIECE_BYTES, Content, checked
from cases.files.threads import in_thread


class DiskShelf:
    """What is put has to lie on the same disk as the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, sha256: str) -> Path:
        name = checked(sha256)
        return self._folder / name[:2] / name[2:4] / name

    async def put(self, sha256: str, source: Path) -> None:
        """Written through to the disk before it has its name: after a power cut it is whole or not there."""
        try:
            await in_thread(_move, source, self._path(sha256))
        except OSError as error:
            raise ShelfUnavailable(f"{type(error).__name__} while writing") from error

    async def open(self, sha256: str) -> Content:
        path = self._path(sha256)
        try:
            size = (await in_thread(path.stat)).st_size
        except FileNotFoundError as error:
            raise ContentMissing("not on the shelf") from error
        except OSError as error:
            raise ShelfUnavailable(f"{type(error).__name__} while reading") from error
        return Content(size, _pieces(path))

    async def delete(self, sha256: str) -> None:
        try:
            await in_thread(self._path(sha256).unlink, missing_ok=True)
        except OSError as error:
            raise ShelfUnavailable(f"{type(error).__name__} while deleting") from error


async def _pieces(path: Path) -> AsyncGenerator[bytes]:
    try:
        file = await in_thread(path.open, "rb")
    except FileNotFoundError as error:
        raise ContentMissing("not on the shelf") from error
    try:
        while piece := await in_thread(file.read, PIECE_BYTES):
            yield piece
    finally:
        file.close()


def _move(source: Path, target: Path) -> None:
    folders = (target.parent, target.parent.parent, target.parent.parent.parent)
    for folder in reversed(folders):
        # With `parents` the folders between would be open to others.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if target.exists():
        return
    source.chmod(0o600)
    with source.open("rb") as file:
        os.fsync(file.fileno())
    source.replace(target)
    for folder in folders:
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
