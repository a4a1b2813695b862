"""This machine: its disk and its limits."""

import os
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import Final

from server.doctor.findings import Finding, fail, ok, warn
from server.settings import Settings

FREE_WARN: Final = 5_000_000_000
FREE_FAIL: Final = 500_000_000
WRITES: Final = 5
SLOW_MS: Final = 50
OTHER_FILES: Final = 200
"""What a server has open besides sockets."""


def look_at_disk(settings: Settings) -> list[Finding]:
    """The data folder: written and synced as the records are; made where it is not there, as a start does."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        took_ms = _written(folder)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return [fail("disk", "disk_unwritable", folder=folder, problem=error.strerror)]
    found = [judge_space(free, took_ms)]
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        found.append(warn("disk", "disk_open", folder=folder))
    return found


def judge_space(free_bytes: int, took_ms: int) -> Finding:
    free = f"{free_bytes / 1e9:.1f} GB"
    if free_bytes < FREE_WARN:
        return (fail if free_bytes < FREE_FAIL else warn)("disk", "disk_low", free=free)
    if took_ms > SLOW_MS:
        return warn("disk", "disk_slow", ms=took_ms)
    return ok("disk", "disk_fine", free=free, ms=took_ms)


def _written(folder: Path) -> int:
    """The median time of a small write that is on disk."""
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(WRITES):
            began_s = time.perf_counter()
            file.write(b"\0" * 4_096)
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began_s)
    return round(sorted(times)[WRITES // 2] * 1_000)


def look_at_limits(settings: Settings) -> list[Finding]:
    try:
        import resource
    except ImportError:  # not on Windows
        return []
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    shown = "∞" if limit == resource.RLIM_INFINITY else limit
    if limit != resource.RLIM_INFINITY and limit < settings.sockets_max + OTHER_FILES:
        return [warn("limits", "files_few", limit=shown, sockets=settings.sockets_max)]
    return [ok("limits", "files_fine", limit=shown)]
