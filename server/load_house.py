"""The server process that a load run starts, watches, and kills parts of."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.errors import LoadRefused

START_S: Final = 60.0
STOP_S: Final = 20.0
KINDS: Final = ("web", "media", "redis")
SAMPLE_S: Final = 1.0
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
CONFIRM_MS: Final = 8_000
ACTIVATION_MS: Final = 3_000


@dataclass(frozen=True, slots=True)
class LoadHouse:
    """``folder``: of its data; one that is there is gone on with. ``port``: 0 for a free one.
    ``media_workers``: 0 carries calls in the server's own process.
    """

    folder: str
    staff_numbers: tuple[str, ...]
    port: int = 0
    media_workers: int = 0
    confirm_ms: int = CONFIRM_MS
    activation_ms: int = ACTIVATION_MS

    def argument(self) -> str:
        return json.dumps({name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def of(cls, argument: str) -> "LoadHouse":
        """Raises TypeError, ValueError for what ``argument`` did not make."""
        given = json.loads(argument)
        return cls(**{**given, "staff_numbers": tuple(given["staff_numbers"])})


@dataclass(frozen=True, slots=True)
class Kill:
    """Of what, and how many seconds after the run began."""

    kind: str
    at_s: float

    @classmethod
    def read(cls, said: str) -> "Kill":
        """Such as ``web@60``. Raises LoadRefused."""
        kind, at, seconds = said.partition("@")
        if kind not in KINDS or not at or re.fullmatch(r"\d+(\.\d+)?", seconds) is None:
            raise LoadRefused(f"--kill: {' or '.join(f'{kind}@SECONDS' for kind in KINDS)}, not {said}")
        return cls(kind, float(seconds))


@dataclass(frozen=True, slots=True)
class Sample:
    """What a process used since the sample before, in cores, and its memory then."""

    at_s: float
    process: str
    cores: float
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class _Seen:
    ticks: int
    at_s: float


class Sampler:
    """Processor time and memory of processes by time, from /proc; elsewhere it finds nothing."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.used_s: defaultdict[str, float] = defaultdict(float)
        """Processor time between the first and the last sample of each."""
        self._seen: dict[int, _Seen] = {}

    def sample(self, processes: Mapping[int, str], at_s: float) -> None:
        for pid, name in processes.items():
            with contextlib.suppress(OSError, IndexError, ValueError):
                # proc(5): after the name in brackets; 12th and 13th are the ticks, 22nd the resident pages.
                fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                now = _Seen(int(fields[11]) + int(fields[12]), at_s)
                before, self._seen[pid] = self._seen.get(pid), now
                if before is not None and now.at_s > before.at_s:
                    used_s = (now.ticks - before.ticks) / TICKS_PER_S
                    self.used_s[name] += used_s
                    cores = used_s / (now.at_s - before.at_s)
                    memory = int(fields[21]) * PAGE_BYTES
                    self.samples.append(Sample(round(at_s, 1), name, round(cores, 3), memory))


def children_of(pid: int) -> Iterator[int]:
    """All that it and its children started, from /proc."""
    with contextlib.suppress(OSError, ValueError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                yield int(child)
                yield from children_of(int(child))


def kind_of(pid: int) -> str | None:
    """``media`` or ``redis`` of one of the server's children."""
    with contextlib.suppress(OSError):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
        if "media-worker" in command or "media_worker" in command:
            return "media"
        if "valkey-server" in command or "redis-server" in command:
            return "redis"
    return None


class OwnServer:
    """A server on a folder that nobody else has. ``start`` it, and always ``stop`` it. From any thread."""

    def __init__(self, folder: Path, staff_numbers: Sequence[str], *, media_workers: int) -> None:
        self._folder = folder
        self._staff_numbers = tuple(staff_numbers)
        self._media_workers = media_workers
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._stopped = False
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Raises LoadRefused."""
        house = LoadHouse(
            str(self._folder / "house"), self._staff_numbers, self.port, media_workers=self._media_workers
        )
        with self._log.open("ab") as output:
            begun = output.tell()
            process = self._process = subprocess.Popen(
                [sys.executable, "-m", "server.load_server", house.argument()],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                # Ctrl-C is for the run, which needs its server until it has ended.
                start_new_session=True,
            )
        self.port = self._announced(process, begun)

    def _announced(self, process: subprocess.Popen[bytes], begun: int) -> int:
        until_s = time.monotonic() + START_S
        while time.monotonic() < until_s and process.poll() is None:
            said = self._log.read_bytes()[begun:].decode("utf-8", "replace")
            announced = re.search(r"https?://[^/\s]+:(\d+)/officer/", said)
            if announced is not None:
                return int(announced[1])
            time.sleep(0.05)
        raise LoadRefused(f"the server did not start: {self._log.read_text(encoding='utf-8')[-2_000:]}")

    def processes(self) -> dict[int, str]:
        """The ids of what runs now: ``web``, ``redis``, ``media 1``, ``media 2``…"""
        process = self._process
        if process is None or process.poll() is not None:
            return {}
        found = {process.pid: "web"}
        media = 0
        for pid in sorted(set(children_of(process.pid))):
            kind = kind_of(pid)
            if kind == "media":
                media += 1
                found[pid] = f"media {media}"
            elif kind is not None:
                found[pid] = kind
        return found

    def kill(self, kind: str) -> str | None:
        """SIGKILL; which process, none where there is no such one. A web process is started again here, on
        the same port and folder; the others are its own to start again. Raises LoadRefused.
        """
        with self._lock:
            for pid, name in self.processes().items():
                if self._stopped or name.partition(" ")[0] != kind:
                    continue
                os.kill(pid, signal.SIGKILL)
                if kind == "web" and self._process is not None:
                    self._process.wait()
                    self.start()
                return name
        return None

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            process = self._process
            if process is None:
                return
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def last_words(self) -> str:
        """The end of what it logged."""
        with contextlib.suppress(OSError):
            return self._log.read_text(encoding="utf-8", errors="replace")[-4_000:]
        return ""
