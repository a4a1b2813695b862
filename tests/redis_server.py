"""Fixtures for tests against a real Valkey: one server a session, emptied for each test."""

import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from queueing.connection import Link, connect
from server.embedded_redis import find_binary, launch_command

_START_TIMEOUT_S: Final = 20.0


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey that keeps nothing on disk; it ends with the session, and when pytest is killed."""
    folder = tmp_path_factory.mktemp("valkey")
    path = folder / "s"
    configuration = (
        f'port 0\nunixsocket "{path}"\ndir "{folder}"\nsave ""\nappendonly no\nlogfile "{folder}/log"\n'
    )
    with subprocess.Popen(
        launch_command(folder / "pid", find_binary()), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        try:
            assert process.stdin is not None
            process.stdin.write(configuration.encode())
            process.stdin.close()
            give_up_s = time.monotonic() + _START_TIMEOUT_S
            while not _accepts(path):
                assert process.poll() is None, "Valkey ended"
                assert time.monotonic() < give_up_s, "Valkey does not listen"
                time.sleep(0.02)
            yield f"unix://{path}"
        finally:
            process.terminate()


@pytest.fixture
async def redis_client(redis_url: str) -> AsyncIterator[Redis]:
    """A plain client of the session's Valkey, which holds nothing yet."""
    async with Redis.from_url(redis_url) as client:
        await client.flushall()
        yield client


@pytest.fixture
async def link(redis_url: str, redis_client: Redis) -> AsyncIterator[Link]:
    """The queue's link to the same server."""
    async with connect(redis_url) as link:
        yield link
