"""Commands for records that are there make none where there are none: a wrong folder is said, not filled."""

import asyncio
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import inspect

from cases.database import Database
from server.cli import main
from tests.postgres_server import PostgresServer

COMMANDS = (["verify-audit"], ["verify-audit", "--json"], ["rotate-keys"], ["retention"])


async def run(command: list[str], folder: Path, **environment: str) -> Result:
    """The command in this process; it runs a loop of its own."""
    arguments = [*command, "--demo", "--data", str(folder)]
    return await asyncio.to_thread(CliRunner().invoke, main, arguments, env=environment)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
async def test_a_folder_without_records_is_refused_and_left_as_it_is(
    command: list[str], tmp_path: Path
) -> None:
    done = await run(command, tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"shuitong: there are no records in {tmp_path}; --data names the folder\n"
    nowhere = tmp_path / "nowhere"
    assert (await run(command, nowhere)).exit_code == 2
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
async def test_an_empty_database_is_refused_and_stays_empty(
    command: list[str], tmp_path: Path, postgres: PostgresServer
) -> None:
    url = postgres.url(postgres.new_database())
    done = await run(command, tmp_path, SHUITONG_DATABASE_URL=url)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "shuitong: the database has no records\n"
    database = Database(url)
    async with database.reading() as connection:
        assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == []
    await database.close()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
async def test_a_database_that_does_not_answer_is_said_in_one_line(
    command: list[str], tmp_path: Path, unused_tcp_port: int
) -> None:
    url = f"postgresql+asyncpg://nobody@127.0.0.1:{unused_tcp_port}/none"
    done = await run(command, tmp_path, SHUITONG_DATABASE_URL=url)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("shuitong: the records cannot be used: ")
    assert len(done.stderr.splitlines()) == 1
