"""Looks and changes that the driver's thread does in one turn, and glances that the loop does itself."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.database import Database, DatabasePolicy
from cases.errors import RecordsUnavailable
from tests.cases.test_database import taxpayer
from tests.records import records_url

BOTH = pytest.mark.both_records
PEOPLE = schema.taxpayers.c.taxpayer_id
COUNTED = select(func.count()).select_from(schema.taxpayers)
ONE = select(PEOPLE).where(bindparam("asked") == PEOPLE)


def adding(*names: str) -> Callable[[AsyncConnection], Coroutine[Any, Any, int]]:
    return lambda connection: add(connection, *names)


async def add(connection: AsyncConnection, *names: str) -> int:
    """How many there are then."""
    await connection.execute(schema.taxpayers.insert(), [taxpayer(name) for name in names])
    return await connection.scalar(COUNTED) or 0


async def people(database: Database) -> list[str]:
    return [row[0] for row in await database.answer(select(PEOPLE).order_by(PEOPLE), {})]


@BOTH
async def test_a_change_is_kept_whole_or_not_at_all(empty_database: Database) -> None:
    assert await empty_database.change(adding("a", "b")) == 2

    async def half(connection: AsyncConnection) -> None:
        await add(connection, "c")
        async with connection.begin_nested() as savepoint:
            await add(connection, "d")
            await savepoint.rollback()
        assert await connection.scalar(COUNTED) == 3
        await add(connection, "a")

    with pytest.raises(IntegrityError):
        await empty_database.change(half)
    assert await people(empty_database) == ["a", "b"]


@BOTH
async def test_a_savepoint_of_a_change_is_given_up_alone(empty_database: Database) -> None:
    async def tried(connection: AsyncConnection) -> None:
        await add(connection, "a")
        with pytest.raises(IntegrityError):
            async with connection.begin_nested():
                await add(connection, "b", "a")

    await empty_database.change(tried)
    assert await people(empty_database) == ["a"]


@BOTH
async def test_changes_at_once_are_one_after_another(empty_database: Database) -> None:
    found = await asyncio.gather(*(empty_database.change(adding(name)) for name in "abcdefgh"))
    assert sorted(found) == list(range(1, 9))


async def test_a_change_that_waits_for_something_else_is_refused(empty_database: Database) -> None:
    async def waits(connection: AsyncConnection) -> None:
        await add(connection, "a")
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="something else than the records"):
        await empty_database.change(waits)
    assert await people(empty_database) == []
    assert await empty_database.change(adding("b")) == 1


async def test_a_cancelled_change_or_look_ends_before_it_says_so(empty_database: Database) -> None:
    """Its connection goes back to the others: nobody may find the thread still at work with it."""
    inside, leave, over = threading.Event(), threading.Event(), list[str]()

    async def change(connection: AsyncConnection) -> None:
        inside.set()
        leave.wait()
        await add(connection, "a")
        over.append("change")

    def look(connection: Connection) -> None:
        inside.set()
        leave.wait()
        connection.scalar(COUNTED)
        over.append("look")

    for name, working in (("change", empty_database.change(change)), ("look", empty_database.moment(look))):
        inside.clear()
        leave.clear()
        task = asyncio.ensure_future(working)
        await asyncio.to_thread(inside.wait)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
        assert not task.done()
        leave.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert over.pop() == name
    assert await people(empty_database) == []
    assert await empty_database.change(adding("b")) == 1


@BOTH
async def test_a_glance_sees_what_was_just_written_and_holds_nothing(empty_database: Database) -> None:
    assert await empty_database.glance(ONE, {"asked": "a"}) == []
    for name in "abc":
        await empty_database.change(adding(name))
        assert [tuple(row) for row in await empty_database.glance(ONE, {"asked": name})] == [(name,)]


async def test_a_glance_leaves_the_log_of_the_records_free(empty_records: Path) -> None:
    database = Database(records_url(empty_records))
    await database.change(adding("a"))
    assert len(await database.glance(ONE, {"asked": "a"})) == 1
    with closing(sqlite3.connect(empty_records / "records.sqlite3")) as other:
        busy, _log, _moved = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0
    await database.close()


async def test_records_that_another_process_mends_are_glanced_at_again_afterwards(
    empty_records: Path,
) -> None:
    database = Database(records_url(empty_records), DatabasePolicy(lock_ms=50))
    await database.change(adding("a"))
    assert len(await database.glance(ONE, {"asked": "a"})) == 1
    await database.close()
    with closing(sqlite3.connect(empty_records / "records.sqlite3", isolation_level=None)) as other:
        # As while another process has the records for itself.
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("UPDATE taxpayers SET name = 'b'")
        with pytest.raises(RecordsUnavailable):
            await database.glance(ONE, {"asked": "a"})
    assert len(await database.glance(ONE, {"asked": "a"})) == 1
    await database.close()


async def test_records_that_are_gone_do_not_answer_a_glance(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'none.sqlite3'}")
    with pytest.raises(RecordsUnavailable):
        await database.glance(ONE, {"asked": "a"})
    await database.close()
