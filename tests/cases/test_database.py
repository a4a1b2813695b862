"""The records database: what its errors say, and when it is brought to the newest revision."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from cases import schema
from cases.database import MIGRATIONS, Database, newest_revision
from cases.errors import RecordsUnavailable

SECRET = "440402190001010013"


def url_of(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'records.sqlite3'}"


async def test_an_error_tells_the_statement_and_no_values(tmp_path: Path) -> None:
    database = Database(url_of(tmp_path))
    await database.migrate()
    row = {
        "taxpayer_id": "t", "certificate_type": "id_cn", "number_sealed": b"x", "number_index": "i",
        "name": SECRET, "created_at_ms": 1,
    }  # fmt: skip
    twice = schema.taxpayers.insert().values([row, row])
    async with database.writing() as connection:
        with pytest.raises(IntegrityError) as failed:
            await connection.execute(twice)
    await database.close()
    assert "INSERT INTO taxpayers" in str(failed.value)
    assert SECRET not in str(failed.value)


async def test_no_free_connection_is_records_that_do_not_answer(tmp_path: Path) -> None:
    database = Database(url_of(tmp_path), pool_size=1, pool_wait_s=0.05)
    async with database.reading():
        with pytest.raises(RecordsUnavailable):
            async with database.reading():
                raise AssertionError("there is only one connection")
    async with database.reading() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1
    await database.close()


def test_the_newest_revision_is_alembics() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == newest_revision()


async def test_the_newest_revision_is_kept_without_another_look(tmp_path: Path) -> None:
    """A start with up-to-date records does not wait for Alembic to be loaded."""
    database = Database(url_of(tmp_path))
    await database.migrate()
    async with database.reading() as connection:
        assert await connection.scalar(text("SELECT version_num FROM alembic_version")) == newest_revision()
    await database.close()
    again = (
        "import asyncio, sys; from cases.database import Database\n"
        "async def run():\n"
        f"    database = Database({url_of(tmp_path)!r})\n"
        "    await database.migrate()\n"
        "    await database.close()\n"
        "asyncio.run(run())\n"
        "print('alembic' in sys.modules)"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", again], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "False\n"
