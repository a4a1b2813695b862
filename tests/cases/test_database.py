"""The records database: what its errors say, whose turn it is to write, and when it is brought to the newest
revision.
"""

import asyncio
import contextlib
import gc
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.casebook import next_number
from cases.database import MIGRATIONS, Database, DatabasePolicy, newest_revision
from cases.errors import RecordsUnavailable
from cases.postgresql import problem
from cases.records_address import RecordsAddress
from tests.clients import eventually
from tests.postgres_server import PostgresServer, new_server
from tests.records import records_url

SECRET = "440402190001010013"
BOTH = pytest.mark.both_records


def taxpayer(taxpayer_id: str) -> dict[str, object]:
    return {
        "taxpayer_id": taxpayer_id, "certificate_type": "id_cn", "number_sealed": b"x",
        "number_index": taxpayer_id, "name": SECRET, "created_at_ms": 1,
    }  # fmt: skip


async def count(connection: AsyncConnection) -> int:
    return await connection.scalar(select(func.count()).select_from(schema.taxpayers)) or 0


@BOTH
async def test_an_error_tells_the_statement_and_no_values(empty_database: Database) -> None:
    twice = schema.taxpayers.insert().values([taxpayer("t"), taxpayer("t")])
    with pytest.raises(IntegrityError) as failed:
        async with empty_database.writing() as connection:
            await connection.execute(twice)
    assert "INSERT INTO taxpayers" in str(failed.value)
    assert SECRET not in str(failed.value)


@BOTH
async def test_a_failure_is_not_passed_over_outside_of_a_savepoint(empty_database: Database) -> None:
    row = schema.taxpayers.insert().values(taxpayer("t"))

    async def passed_over() -> None:
        async with empty_database.writing() as connection:
            await connection.execute(row)
            with contextlib.suppress(IntegrityError):
                await connection.execute(row)

    with pytest.raises(RuntimeError, match="outside of a savepoint"):
        await passed_over()
    async with empty_database.writing() as connection:
        await connection.execute(row)
        with pytest.raises(IntegrityError):
            async with connection.begin_nested():
                await connection.execute(row)
    async with empty_database.reading() as connection:
        assert await count(connection) == 1


@BOTH
async def test_no_free_connection_is_records_that_do_not_answer(empty_records: Path) -> None:
    database = Database(records_url(empty_records), DatabasePolicy(connections_max=1, wait_ms=50))
    async with database.reading():
        with pytest.raises(RecordsUnavailable):
            async with database.reading():
                raise AssertionError("there is only one connection")
    async with database.reading() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1
    await database.close()


@BOTH
async def test_whoever_came_first_writes_first_and_sees_what_was_written(empty_database: Database) -> None:
    seen: list[tuple[int, int]] = []

    async def write(number: int) -> None:
        async with empty_database.writing() as connection:
            seen.append((number, await count(connection)))
            await connection.execute(schema.taxpayers.insert().values(taxpayer(f"t{number}")))

    await asyncio.gather(*(write(number) for number in range(50)))
    assert seen == [(number, number) for number in range(50)]


@BOTH
async def test_processes_write_one_at_a_time(empty_records: Path) -> None:
    """No number is given twice, and none is left out."""
    others = [Database(records_url(empty_records)) for _ in range(4)]

    async def number(database: Database) -> str:
        async with database.writing() as connection:
            return await next_number(connection, "20261126")

    numbers = await asyncio.gather(*(number(others[turn % 4]) for turn in range(80)))
    assert sorted(numbers) == [f"20261126{turn:05d}" for turn in range(1, 81)]
    for other in others:
        await other.close()


@BOTH
async def test_a_turn_that_does_not_come_is_records_that_do_not_answer(empty_records: Path) -> None:
    database = Database(records_url(empty_records), DatabasePolicy(wait_ms=50))
    async with database.writing():
        with pytest.raises(RecordsUnavailable):
            async with database.writing():
                raise AssertionError("the other one writes")
    async with database.writing() as connection:
        assert await count(connection) == 0
    await database.close()


@BOTH
async def test_another_process_that_writes_is_waited_for_and_not_for_ever(empty_records: Path) -> None:
    url = records_url(empty_records)
    one, other = Database(url), Database(url, DatabasePolicy(lock_ms=100))
    async with one.writing():
        with pytest.raises(RecordsUnavailable):
            async with other.writing():
                raise AssertionError("the other one writes")
        async with other.reading() as connection:
            assert await count(connection) == 0
    async with other.writing() as connection:
        await connection.execute(schema.taxpayers.insert().values(taxpayer("t")))
    await one.close()
    await other.close()


@BOTH
async def test_cancelled_while_it_waits_or_writes_the_next_one_has_its_turn(empty_database: Database) -> None:
    inside, leave = asyncio.Event(), asyncio.Event()

    async def write(name: str) -> None:
        async with empty_database.writing() as connection:
            await connection.execute(schema.taxpayers.insert().values(taxpayer(name)))
            inside.set()
            await leave.wait()

    first = asyncio.create_task(write("first"))
    await inside.wait()
    waits = asyncio.create_task(write("waits"))
    await asyncio.sleep(0)
    for task in (waits, first):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    leave.set()
    await write("last")
    async with empty_database.reading() as connection:
        names = (await connection.execute(select(schema.taxpayers.c.taxpayer_id))).scalars().all()
    assert names == ["last"]


async def test_cancelled_while_it_connects_no_thread_is_left(empty_records: Path) -> None:
    database = Database(records_url(empty_records))

    async def look() -> None:
        async with database.reading() as connection:
            await count(connection)

    before = threading.active_count()
    for turns in range(40):
        looking = asyncio.create_task(look())
        for _ in range(turns):
            await asyncio.sleep(0)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        await database.close()
    # What is collected without having been closed is a warning, and warnings are errors here.
    await asyncio.to_thread(gc.collect)
    await eventually(_threads, lambda left: left <= before + 1)


async def _threads() -> int:
    return sum(1 for one in threading.enumerate() if not one.name.startswith("asyncio"))


@BOTH
async def test_a_look_is_of_one_moment(empty_database: Database) -> None:
    async with empty_database.reading() as before:
        assert await count(before) == 0
        async with empty_database.writing() as connection:
            await connection.execute(schema.taxpayers.insert().values(taxpayer("t")))
        assert await count(before) == 0
    async with empty_database.reading() as after:
        assert await count(after) == 1


@BOTH
async def test_texts_are_in_the_order_of_their_code_points(empty_database: Database) -> None:
    names = ["a", "B", "b", "A", "é", "z", "-", "_", "0", "陈"]
    ids = schema.taxpayers.c.taxpayer_id
    async with empty_database.writing() as connection:
        await connection.execute(schema.taxpayers.insert(), [taxpayer(name) for name in names])
        found = (await connection.execute(select(ids).order_by(ids))).scalars().all()
        after = (await connection.execute(select(ids).where(ids > "Z").order_by(ids))).scalars().all()
    assert found == sorted(names)
    assert after == [name for name in sorted(names) if name > "Z"]


@BOTH
async def test_a_number_that_no_row_can_have_is_in_no_row(empty_database: Database) -> None:
    conversations = schema.metadata.tables["conversations"].c
    async with empty_database.reading() as connection:
        for number in (2**31, 2**62):
            found = await connection.scalar(
                select(conversations.case_id).where(conversations.last_number == number)
            )
            assert found is None


def test_the_newest_revision_is_alembics() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == newest_revision()


async def test_processes_that_start_together_make_the_tables_once(postgres: PostgresServer) -> None:
    """In PostgreSQL: a file of SQLite is in the data folder, which one server has for itself."""
    url = postgres.url(postgres.new_database())
    databases = [Database(url) for _ in range(3)]
    await asyncio.gather(*(database.migrate() for database in databases))
    async with databases[0].reading() as connection:
        found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    assert found == newest_revision()
    for database in databases:
        await database.close()


@BOTH
async def test_records_of_a_newer_version_are_refused(empty_records: Path) -> None:
    database = Database(records_url(empty_records))
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RecordsUnavailable, match="newer version"):
        await database.migrate()
    await database.close()


async def test_the_newest_revision_is_kept_without_another_look(empty_records: Path) -> None:
    """A start with up-to-date records does not wait for Alembic to be loaded."""
    again = (
        "import asyncio, sys; from cases.database import Database\n"
        "async def run():\n"
        f"    database = Database({records_url(empty_records)!r})\n"
        "    await database.migrate()\n"
        "    await database.close()\n"
        "asyncio.run(run())\n"
        "print('alembic' in sys.modules)"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", again], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "False\n"


async def test_a_server_that_was_away_is_found_again(tmp_path: Path) -> None:
    with new_server() as server:
        database = Database(server.url(server.new_database()))
        await database.migrate()
        server.stop()
        for transaction in (database.reading, database.writing):
            with pytest.raises(RecordsUnavailable):
                async with transaction() as connection:
                    await connection.execute(text("SELECT 1"))
        server.start()
        async with database.writing() as connection:
            assert await count(connection) == 0
        await database.close()


async def test_why_a_database_is_not_reached_is_said_without_its_password(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    name = postgres.new_database()
    for url, why in (
        (postgres.url(name, "wr0ng"), "refuses the user or the password"),
        (postgres.url("nowhere"), "has no such database"),
        ("postgresql://who:s3cret@127.0.0.1:1/records", "cannot be reached"),
    ):
        database = Database(url)
        with pytest.raises(RecordsUnavailable, match=why) as refused:
            await database.migrate()
        assert not re.search("wr0ng|s3cret|secret", str(refused.value))
        await database.close()


def test_which_servers_can_keep_records() -> None:
    assert problem(180006, "UTF8") is None
    assert "at least 14" in (problem(130012, "UTF8") or "")
    assert "UTF8 is needed" in (problem(160000, "SQL_ASCII") or "")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "mysql://u:s3cret@h/d",
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
        "postgresql://h/d",
        "postgresql://u:s3cret@h",
        "postgresql://u:s3cret@h/d?sslmode=maybe",
        "postgresql://u:s3cret@h/d?options=-c",
        "postgresql://u:s3cret@h/d?sslmode=verify-full&sslrootcert=/nowhere",
        "postgresql://u:s3cret@h/d?sslrootcert=/nowhere",
        "postgresql://u:s3cret@h:port/d",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|must|knows|ssl)") as refused:
        RecordsAddress.parse(written)
    assert "s3cret" not in str(refused.value)


def test_addresses_are_shown_without_their_password() -> None:
    for written, shown in (
        ("postgres://u:s3cret@db.example:6432/tax", "postgresql://db.example:6432/tax"),
        ("postgresql+asyncpg://u:s3cret@db/tax?sslmode=require", "postgresql://db:5432/tax"),
        ("sqlite+aiosqlite:////var/lib/records.sqlite3", "sqlite+aiosqlite:////var/lib/records.sqlite3"),
    ):
        address = RecordsAddress.parse(written)
        assert address.shown == shown
        assert "s3cret" not in repr(address)
