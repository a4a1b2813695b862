"""The embedded server as a real process: what survives, and that nothing is left running."""

import asyncio
import os
import signal
import stat
import sys
import tempfile
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError

from queueing.connection import connect
from server.embedded_redis import EmbeddedRedis, FolderInUse, StartFailed

WAIT_S: Final = 30.0

PARENT: Final = textwrap.dedent(
    """
    import asyncio, sys
    from pathlib import Path
    from server.embedded_redis import EmbeddedRedis

    async def main():
        server = EmbeddedRedis(Path(sys.argv[1]))
        await server.start()
        print(server.url, server.process_id, flush=True)
        await asyncio.Event().wait()

    asyncio.run(main())
    """
)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[EmbeddedRedis, Redis]]:
    server = EmbeddedRedis(folder)
    await server.start()
    try:
        async with connect(server.url) as link:
            assert isinstance(link.redis, Redis)
            yield server, link.redis
    finally:
        await server.stop()


@asynccontextmanager
async def other_process(folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str, int]]:
    """Another Python that runs the server in `folder`: the process, the server's url and process id."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(folder), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert parent.stdout is not None
        url, process_id = (await asyncio.wait_for(parent.stdout.readline(), WAIT_S)).decode().split()
        yield parent, url, int(process_id)
    finally:
        if parent.returncode is None:
            parent.kill()
        await parent.wait()


def lives(process_id: int) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}


def links_to(folder: Path) -> list[Path]:
    """The short names that were made for `folder`."""
    temporary = Path(tempfile.gettempdir())
    return [path for path in temporary.iterdir() if path.is_symlink() and path.readlink() == folder]


async def fill(client: Redis) -> None:
    """Write 10 MB."""
    for number in range(1_000):
        await client.set(f"k{number}", "x" * 10_000)


async def until_gone(process_id: int) -> None:
    async with asyncio.timeout(WAIT_S):
        while lives(process_id):  # noqa: ASYNC110 - another process ends
            await asyncio.sleep(0.01)


async def test_start_answers_and_stop_leaves_nothing(tmp_path: Path) -> None:
    async with running(tmp_path / "redis") as (server, client):
        assert await client.ping()
        process_id = server.process_id
        assert process_id is not None
        settings = await client.config_get("*")
        expected = {
            "port": "0",
            "appendonly": "yes",
            "appendfsync": "always",
            "aof-load-truncated": "yes",
            "maxmemory": str(512 * 1024 * 1024),
            "maxmemory-policy": "noeviction",
        }
        assert {name: settings[name] for name in expected} == expected
        assert stat.S_IMODE((tmp_path / "redis").stat().st_mode) == 0o700
    assert server.process_id is None
    assert not lives(process_id)
    await server.stop()


async def test_acknowledged_writes_survive_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as (_, client):
        await client.set("k", "v")
    async with running(tmp_path) as (_, client):
        assert await client.get("k") == b"v"


async def test_a_killed_server_comes_back_with_its_data(tmp_path: Path) -> None:
    async with running(tmp_path) as (server, client):
        for number in range(200):
            await client.rpush("l", number)
        first = server.process_id
        assert first is not None
        os.kill(first, signal.SIGKILL)
        # The client repeats until the server is back.
        assert await client.llen("l") == 200
        assert server.process_id not in {first, None}


async def test_data_survives_a_killed_parent_and_no_process_is_left(tmp_path: Path) -> None:
    async with other_process(tmp_path) as (parent, url, process_id):
        async with Redis.from_url(url) as client:
            for number in range(200):
                await client.rpush("l", number)
        parent.kill()
        await parent.wait()
        await until_gone(process_id)
    async with running(tmp_path) as (_, client):
        assert await client.llen("l") == 200


async def test_an_orphan_that_does_not_end_is_ended_before_the_next_start(tmp_path: Path) -> None:
    async with other_process(tmp_path) as (parent, url, orphan):
        async with Redis.from_url(url) as client:
            await client.set("k", "v")
        # A stopped process cannot follow the signal that its parent's death sends.
        os.kill(orphan, signal.SIGSTOP)
        parent.kill()
        await parent.wait()
        assert lives(orphan)
    server = EmbeddedRedis(tmp_path, stop_timeout_s=0.6)
    await server.start()
    try:
        assert not lives(orphan)
        async with Redis.from_url(server.url) as client:
            assert await client.get("k") == b"v"
    finally:
        await server.stop()


async def test_a_folder_in_use_is_refused_and_its_server_left_alone(tmp_path: Path) -> None:
    async with other_process(tmp_path) as (_, url, process_id):
        with pytest.raises(FolderInUse):
            await EmbeddedRedis(tmp_path).start()
        assert lives(process_id)
        async with Redis.from_url(url) as client:
            assert await client.ping()


async def test_the_process_of_a_stale_pid_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "redis.pid").write_text(str(os.getpid()), "ascii")
    async with running(tmp_path) as (_, client):
        assert await client.ping()


async def test_a_cut_last_command_is_dropped_and_the_rest_loaded(tmp_path: Path) -> None:
    async with running(tmp_path) as (_, client):
        await client.set("a", "1")
        await client.set("b", "2")
    (log,) = (tmp_path / "appendonlydir").glob("*.incr.aof")
    with log.open("r+b") as file:
        file.truncate(log.stat().st_size - 3)
    async with running(tmp_path) as (_, client):
        assert await client.mget("a", "b") == [b"1", None]


async def test_a_broken_log_fails_the_start_with_its_reason(tmp_path: Path) -> None:
    async with running(tmp_path) as (_, client):
        for number in range(10):
            await client.set(f"k{number}", number)
    (log,) = (tmp_path / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"*3\r\nnonsense\r\n" + log.read_bytes())
    server = EmbeddedRedis(tmp_path)
    with pytest.raises(StartFailed, match="Bad file format"):
        await server.start()
    assert server.process_id is None


async def test_a_long_folder_name_and_special_characters(tmp_path: Path) -> None:
    folder = tmp_path / ('税 "x" \'' + "y" * 120)
    async with running(folder) as (server, client):
        await client.set("k", "v")
        assert (folder / "redis.sock").exists()
        assert server.url.startswith(f"unix://{tempfile.gettempdir()}/shuitong-")
        assert len(links_to(folder)) == 1
    assert links_to(folder) == []
    async with running(folder) as (_, client):
        assert await client.get("k") == b"v"


async def test_writes_over_the_memory_limit_are_refused_and_nothing_is_evicted(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path, memory_limit_bytes=4 * 1024 * 1024)
    await server.start()
    try:
        async with Redis.from_url(server.url) as client:
            await client.set("kept", "v")
            with pytest.raises(OutOfMemoryError):
                await fill(client)
            assert await client.get("kept") == b"v"
            assert (await client.info("stats"))["evicted_keys"] == 0
    finally:
        await server.stop()


async def test_start_belongs_to_the_main_thread(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="main thread"):
        await asyncio.to_thread(asyncio.run, EmbeddedRedis(tmp_path).start())
