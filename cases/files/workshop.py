"""Where files are read: a process for each, few at a time, which may end in any way."""

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from cases.files import errors
from cases.files.errors import FileRefused, FileTooHard, UploadsBusy
from cases.files.policy import FilePolicy
from cases.files.sniff import FileKind
from cases.files.worker import Job
from cases.processes import CLEAN_ENVIRONMENT, end

log = logging.getLogger(__name__)

WORKER: Final = (sys.executable, "-I", str(Path(__file__).with_name("worker.py")))
ANSWER_MAX_BYTES: Final = 4_096
REFUSALS: Final = {
    kind.code: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, FileRefused)
}


@dataclass(frozen=True, slots=True)
class WorkshopBounds:
    """``at_once``: processes at a time; ``turn_ms``: how long a file waits for one of them; ``whole_ms``: how
    long one may take. A picture of 50 megapixels needs half of ``memory_max_bytes``.
    """

    at_once: int = 2
    turn_ms: int = 60_000
    whole_ms: int = 60_000
    cpu_s: int = 30
    memory_max_bytes: int = 1_400 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Worked:
    """What was found out. ``width_px`` and ``height_px``: of a picture, upright; ``pages``: of a PDF."""

    media_type: str
    width_px: int | None = None
    height_px: int | None = None
    pages: int | None = None


class Workshop:
    """Gives each file to a process of its own."""

    def __init__(self, policy: FilePolicy, bounds: WorkshopBounds, command: Sequence[str] = WORKER) -> None:
        self._policy = policy
        self._bounds = bounds
        self._command = command
        self._turns = asyncio.Semaphore(bounds.at_once)

    async def work(self, kind: FileKind, source: Path, picture: Path, thumbnail: Path) -> Worked:
        """Read the file; of a picture there are ``picture`` and ``thumbnail`` then. Cancelled, the process
        has ended when this does.

        Raises the leaves of FileRefused, and UploadsBusy where no process gets free.
        """
        async with self._turn():
            answer = await self._answer(kind, [str(source), str(picture), str(thumbnail)])
        if "refused" in answer:
            log.info("a file was refused: %s (%s)", answer["refused"], answer.get("cause"))
            raise REFUSALS.get(answer["refused"], errors.FileBroken)(f"by {answer.get('cause')}")
        return Worked(**answer["found"])

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._bounds.turn_ms / 1000):
                await self._turns.acquire()
        except TimeoutError as error:
            raise UploadsBusy("no process got free") from error
        try:
            yield
        finally:
            self._turns.release()

    async def _answer(self, kind: FileKind, paths: list[str]) -> dict[str, Any]:
        """Raises FileTooHard where the process ends without one."""
        process = await asyncio.create_subprocess_exec(
            *self._command,
            orjson.dumps(asdict(self._job(kind))).decode(),
            *paths,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=dict(CLEAN_ENVIRONMENT),
            start_new_session=True,
        )
        said = b""
        try:
            async with asyncio.timeout(self._bounds.whole_ms / 1000):
                said = await _read(process)
                await process.wait()
        except TimeoutError as error:
            raise FileTooHard("it took too long") from error
        finally:
            await end(process)
        if process.returncode != 0:
            log.warning("reading a file ended its process: %s", process.returncode)
            raise FileTooHard(f"the process ended with {process.returncode}")
        try:
            answer: dict[str, Any] = orjson.loads(said)
        except orjson.JSONDecodeError as error:
            raise FileTooHard("the process said nothing") from error
        return answer

    def _job(self, kind: FileKind) -> Job:
        policy, bounds = self._policy, self._bounds
        return Job(
            kind.value,
            bounds.memory_max_bytes,
            bounds.cpu_s,
            -(-bounds.whole_ms // 1000),
            policy.pixels_max,
            policy.side_max_px,
            policy.thumbnail_px,
            policy.kept_max_bytes,
            policy.pages_max,
            policy.pdf_parts_max,
        )


async def _read(process: asyncio.subprocess.Process) -> bytes:
    """What it says, as much of it as an answer has."""
    if process.stdout is None:
        raise FileTooHard("no way to hear it")
    said = b""
    while len(said) < ANSWER_MAX_BYTES:
        piece = await process.stdout.read(ANSWER_MAX_BYTES - len(said))
        if not piece:
            break
        said += piece
    return said
