"""The frame of every benchmark. Its JSON says what was measured, with what, and on which machine."""

import json
import os
import platform
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from server.benchmarks.errors import BenchUnprepared, ResultUnusable

PACKAGES = ("shuitong", "aiohttp", "aiortc", "pylibsrtp", "python-socketio", "redis", "hiredis", "uvloop")

Figures = Mapping[str, float | int | str]

Say = Callable[[str], None]
"""Takes one line of progress."""


@dataclass(frozen=True, slots=True)
class Measured:
    """``summary``: few figures, the unit in each name; ``details``: anything that JSON can hold.

    ``versions``: those of what else took part, such as the Redis server.
    """

    summary: Figures
    details: Mapping[str, object]
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bench:
    name: str
    purpose: str
    measure: Callable[[Say], Measured]
    """Tells the part it is at while it runs."""
    quick: Callable[[Say], Measured] | None = None
    """The same in about a minute, for a look: fewer rounds, smaller or fewer sizes."""


@dataclass(frozen=True, slots=True)
class BenchResult:
    """What is written as JSON."""

    name: str
    purpose: str
    started_at: str
    versions: Mapping[str, str]
    machine: Mapping[str, str | int]
    summary: Figures
    details: Mapping[str, object]


def run(bench: Bench, say: Say, *, quick: bool = False) -> BenchResult:
    """Raises BenchUnprepared for one that has no quick form, and what the benchmark raises."""
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    measure = bench.quick if quick else bench.measure
    if measure is None:
        raise BenchUnprepared(f"{bench.name} has no quick form")
    measured = measure(say)
    versions = {**_versions(), **measured.versions}
    return BenchResult(
        bench.name, bench.purpose, started_at, versions, _machine(), measured.summary, measured.details
    )


def write(result: BenchResult, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(result), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(file: Path, name: str) -> Mapping[str, Any]:
    """What an earlier run of that name wrote. Raises ResultUnusable."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ResultUnusable(f"{file}: {error}") from error
    if not isinstance(found, dict) or found.get("name") != name:
        raise ResultUnusable(f"{file}: not the result of {name}")
    return found


def _versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "os": _os_name(),
        "kernel": platform.release(),
        "commit": _commit(),
        **{package: version(package) for package in PACKAGES},
    }


def _os_name() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.platform()


def _commit() -> str:
    """The commit of the checkout, with ``+`` after it when files differ; ``unknown`` outside of one."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--abbrev=12", "--dirty=+"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return "unknown"
    return described.stdout.strip() or "unknown"


def _machine() -> dict[str, str | int]:
    return {
        "cpu": _cpu_model(),
        "architecture": platform.machine(),
        # What this process may use, which in a container is less than what the machine has.
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0,
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
    }


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
