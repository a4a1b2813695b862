"""What the steps of ./run have in common: how they call programs, and what they say. Standard library
only.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"

_LANE = threading.local()
"""Of each thread that runs steps beside others: the file that takes what they say."""


class Refused(Exception):
    """What the person at the keyboard has to do, or did wrong. Exit code 2."""


def say(text: str) -> None:
    print(f"run: {text}", flush=True)


def call(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run to the end; a failing command ends this run with its exit code."""
    output = getattr(_LANE, "output", None)
    errors = None if output is None else subprocess.STDOUT
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, check=False, stdout=output, stderr=errors
    )
    if done.returncode != 0:
        say(f"{Path(command[0]).name} failed with exit code {done.returncode}")
        raise SystemExit(done.returncode if done.returncode > 0 else 1)


def digest(files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        total.update(f"{file.relative_to(ROOT)}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def is_fresh(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text(encoding="ascii") == wanted


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the lock of the preparing steps; the system drops it when this process ends, however it ends."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "prepare.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another ./run that is preparing")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def at_once(*ways: Callable[[], None]) -> None:
    """All of them side by side, to their ends; raises what the first one raised that failed."""
    with ThreadPoolExecutor(len(ways)) as threads:
        for done in [threads.submit(way) for way in ways]:
            done.result()


def run_all(*lanes: dict[str, Callable[[], None]]) -> None:
    """Run every step, also after one failed; exit code 1 when any did. Lanes go side by side: the first
    speaks as it goes, and what a step of another says comes in one piece.
    """
    failed: list[str] = []

    def run(steps: dict[str, Callable[[], None]]) -> None:
        for name, step in steps.items():
            try:
                if steps is lanes[0]:
                    say(name)
                    step()
                else:
                    in_one_piece(name, step)
            except SystemExit:
                failed.append(name)

    at_once(*(partial(run, steps) for steps in lanes))
    if failed:
        say(f"FAILED: {', '.join(failed)}")
        raise SystemExit(1)
    say(f"all passed: {', '.join(name for steps in lanes for name in steps)}")


def in_one_piece(name: str, step: Callable[[], None]) -> None:
    with tempfile.TemporaryFile() as output:
        _LANE.output = output
        try:
            step()
        finally:
            output.seek(0)
            said = output.read().decode(errors="replace")
            print(f"run: {name}\n{said}", end="", flush=True)
