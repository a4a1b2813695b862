"""Looks at pictures in a process of its own, which may end in any way (``cases.faces.worker``)."""

import asyncio
import importlib.util
import logging
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from pydantic import TypeAdapter

from cases.faces.errors import FaceBusy
from cases.faces.rules import Look
from cases.processes import CLEAN_ENVIRONMENT, end

log = logging.getLogger(__name__)

WORKER: Final = (sys.executable, "-I", str(Path(__file__).with_name("worker.py")))
MODULES: Final = ("dlib", "face_recognition_models")
LENGTH: Final = struct.Struct(">I")
ANSWER_MAX_BYTES: Final = 8_192
_LOOK: Final = TypeAdapter(Look)


class FaceReader(Protocol):
    """What finds faces in pictures; replaceable."""

    async def look(self, picture: bytes) -> Look:
        """What is seen in a JPEG. Raises FaceBusy."""

    async def close(self) -> None:
        """Nothing is left running."""


@dataclass(frozen=True, slots=True)
class ReaderBounds:
    """``whole_ms``: how long a picture may take, and the first one more, since the models are loaded then;
    ``waiting_max``: pictures that wait for their turn; ``pictures_max``: after so many the process is
    replaced.
    """

    whole_ms: int = 20_000
    waiting_max: int = 20
    pictures_max: int = 500


def is_installed() -> bool:
    """Whether the extra ``face`` is there."""
    return all(importlib.util.find_spec(name) is not None for name in MODULES)


class ProcessReader:
    """One process, one picture at a time. It is started for the first picture, and anew after it failed."""

    def __init__(self, bounds: ReaderBounds, command: Sequence[str] | None = None) -> None:
        self._bounds = bounds
        self._command = command or WORKER
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._process: asyncio.subprocess.Process | None = None
        self._looked = 0

    async def look(self, picture: bytes) -> Look:
        """Cancelled, the process is ended: it may be in the middle of the picture. Raises FaceBusy."""
        if self._waiting >= self._bounds.waiting_max:
            raise FaceBusy("too many wait")
        self._waiting += 1
        try:
            async with self._turn:
                return await self._looked_at(picture)
        finally:
            self._waiting -= 1

    async def _looked_at(self, picture: bytes) -> Look:
        if self._looked >= self._bounds.pictures_max:
            await self._end()
        try:
            async with asyncio.timeout(self._bounds.whole_ms / 1000):
                line = await self._asked(picture)
            look = _LOOK.validate_json(line)
        except (TimeoutError, OSError, ValueError) as error:
            log.warning("looking at a picture failed: %s", type(error).__name__)
            await self._end()
            raise FaceBusy("the process failed") from error
        except asyncio.CancelledError:
            await self._end()
            raise
        self._looked += 1
        return look

    async def _asked(self, picture: bytes) -> bytes:
        """Raises OSError, and ValueError for no whole line."""
        process = await self._running()
        if process.stdin is None or process.stdout is None:
            raise OSError("no way to it")
        process.stdin.write(LENGTH.pack(len(picture)) + picture)
        await process.stdin.drain()
        return await process.stdout.readline()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._looked = 0
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=ANSWER_MAX_BYTES,
                env=dict(CLEAN_ENVIRONMENT),
                start_new_session=True,
            )
        return self._process

    async def _end(self) -> None:
        process, self._process, self._looked = self._process, None, 0
        if process is not None:
            await end(process)

    async def close(self) -> None:
        await self._end()
