"""The real server as a process of its own, as ``./run up`` starts it, forked: most of a start is imports."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final, Protocol

import aiohttp

from server.cli import main
from tests.forks import context

START_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 20.0
POLL_S: Final = 0.05


def run_command(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    """In the child: ``shuitong`` with these arguments, its words into the log."""
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = environment.get("PYTHONPATH", "").split(os.pathsep)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    main(list(arguments), prog_name="shuitong")


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port that nobody has just now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served(Protocol):
    """A server that pages can be opened at."""

    @property
    def url(self) -> str: ...

    @property
    def data_dir(self) -> Path:
        """Where its records are, and the keys that the demo made."""


class ServerProcess:
    """``shuitong serve --demo`` on a data folder; can be killed and started again on the same ports."""

    def __init__(
        self,
        data_dir: Path,
        settings: Mapping[str, str] | None = None,
        tls: tuple[Path, Path] | None = None,
    ) -> None:
        """``tls``: certificate and key; the tests' clients do not check who made it."""
        self._tls = tls
        self._data_dir = data_dir
        self.port = free_port()
        # A worker would take as long to start as the server, and most tests have no call.
        self._settings = {"SHUITONG_MEDIA_WORKERS": "0", **(settings or {})}
        port = self._settings.pop("SHUITONG_MEDIA_PORT", None)
        self.media_port = free_port(socket.SOCK_DGRAM) if port is None else int(port)
        self._process: ForkServerProcess | None = None
        self.log = data_dir.parent / f"{data_dir.name}.log"

    @property
    def data_dir(self) -> Path:
        return self._data_dir

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Returns once /healthz answers 200."""
        arguments = [
            *("serve", "--demo", "--host", "127.0.0.1", "--data", str(self.data_dir)),
            *("--port", str(self.port), "--media-port", str(self.media_port)),
            *(("--tls-cert", str(self._tls[0]), "--tls-key", str(self._tls[1])) if self._tls else ()),
        ]
        environment = {**os.environ, **self._settings}
        self._process = process = context().Process(
            target=run_command, args=(arguments, environment, self.log), daemon=True
        )
        process.start()
        async with asyncio.timeout(START_TIMEOUT_S), aiohttp.ClientSession() as session:
            while not await self._is_healthy(session):
                if not process.is_alive():
                    raise RuntimeError(self.log.read_text(encoding="utf-8"))
                await asyncio.sleep(POLL_S)

    async def _is_healthy(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"{self.url}/healthz", ssl=False) as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False

    def send(self, number: signal.Signals) -> None:
        """A signal to the server's process alone."""
        if self._process is not None and self._process.pid is not None:
            os.kill(self._process.pid, number)

    async def kill(self) -> None:
        """kill -9: nothing is tidied."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ctrl-C; the exit code."""
        return await self._end(signal.SIGINT)

    async def terminate(self) -> int:
        """As a service manager ends it; the exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        process = self._process
        if process is None:
            return 0
        if process.is_alive():
            self.send(number)
        self._process = None
        await asyncio.to_thread(process.join, STOP_TIMEOUT_S)
        if process.exitcode is None:
            raise TimeoutError(self.log.read_text(encoding="utf-8"))
        return process.exitcode
