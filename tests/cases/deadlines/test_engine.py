"""Deadlines of records: once each, on time, over races, failures and kill -9."""

import asyncio
import random
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit, schema
from cases.audit import SYSTEM
from cases.clock import SystemClock
from cases.database import Database
from cases.deadlines.book import Deadline, clear_deadline, follow, set_deadline
from cases.deadlines.engine import DeadlineEngine, EngineBounds
from tests.clients import eventually
from tests.records import records_url

KIND = "test"


class SetClock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.ms = 1_000_000

    def now_ms(self) -> int:
        return self.ms


@pytest.fixture
async def database(empty_database: Database) -> Database:
    return empty_database


async def note(connection: AsyncConnection, deadline: Deadline, now_ms: int) -> None:
    """What is fired leaves an entry in the records, in its own transaction."""
    detail = {"due_at_ms": deadline.due_at_ms}
    await audit.append(connection, SYSTEM, "test.fired", deadline.kind, deadline.object_id, detail, now_ms)


async def fired(database: Database) -> list[tuple[str, int]]:
    async with database.reading() as connection:
        rows = await connection.execute(
            select(schema.audit_entries.c.object_id, schema.audit_entries.c.at_ms).order_by(
                schema.audit_entries.c.at_ms
            )
        )
        return [(row.object_id, row.at_ms) for row in rows]


async def left(database: Database) -> int:
    async with database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(schema.deadlines)) or 0


async def put(database: Database, *deadlines: Deadline) -> None:
    async with database.writing() as connection:
        for deadline in deadlines:
            await set_deadline(connection, deadline)


async def test_what_is_due_fires_once_and_what_is_not_waits(database: Database) -> None:
    clock = SetClock()
    engine = DeadlineEngine(database, clock, {KIND: note}, EngineBounds(poll_ms=500))
    assert await engine.step() == 500
    await put(database, Deadline(KIND, "a", clock.ms), Deadline(KIND, "b", clock.ms + 200))
    assert await engine.step() == 0
    assert await engine.step() == 200
    clock.ms += 199
    assert await engine.step() == 1
    clock.ms += 1
    assert await engine.step() == 0
    assert await engine.step() == 500
    assert await fired(database) == [("a", clock.ms - 200), ("b", clock.ms)]


async def test_one_of_a_kind_without_a_handler_stays(database: Database) -> None:
    clock = SetClock()
    engine = DeadlineEngine(database, clock, {KIND: note}, EngineBounds())
    await put(database, Deadline("of a newer version", "a", 0), Deadline(KIND, "b", 0))
    while await engine.step() == 0:
        pass
    assert [object_id for object_id, _ in await fired(database)] == ["b"]
    assert await left(database) == 1


async def test_moved_and_cleared_ones_fire_as_they_are_now(database: Database) -> None:
    clock = SetClock()
    engine = DeadlineEngine(database, clock, {KIND: note}, EngineBounds())
    await put(database, *(Deadline(KIND, name, clock.ms) for name in "abc"))
    await put(database, Deadline(KIND, "a", clock.ms + 100))
    async with database.writing() as connection:
        await clear_deadline(connection, KIND, "b")
    while await engine.step() == 0:
        pass
    assert [object_id for object_id, _ in await fired(database)] == ["c"]
    clock.ms += 100
    await engine.step()
    assert [object_id for object_id, _ in await fired(database)] == ["c", "a"]


async def test_following_a_change_leaves_alone_what_did_not_change(database: Database) -> None:
    clock = SetClock()
    engine = DeadlineEngine(database, clock, {"x": note, "y": note}, EngineBounds())
    async with database.writing() as connection:
        await follow(connection, "a", {}, {"x": clock.ms, "y": clock.ms + 50})
    await engine.step()
    # x is done: a change that leaves it as it was must not set it again.
    async with database.writing() as connection:
        await follow(
            connection, "a", {"x": clock.ms, "y": clock.ms + 50}, {"x": clock.ms, "y": clock.ms + 90}
        )
    clock.ms += 89
    assert await engine.step() == 1
    async with database.writing() as connection:
        await follow(connection, "a", {"x": clock.ms - 89, "y": clock.ms + 1}, {})
    assert await left(database) == 0
    assert len(await fired(database)) == 1


async def test_one_that_fails_does_not_keep_the_others_and_is_parked_in_the_end(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SetClock()
    tried: list[int] = []

    async def fail(connection: AsyncConnection, deadline: Deadline, now_ms: int) -> None:
        if deadline.object_id == "bad":
            tried.append(now_ms)
            # What it wrote goes with it.
            await note(connection, deadline, now_ms)
            raise RuntimeError("no")
        await note(connection, deadline, now_ms)

    bounds = EngineBounds(retry_least_ms=100, failures_max=3)
    engine = DeadlineEngine(database, clock, {KIND: fail}, bounds)
    await put(
        database,
        Deadline(KIND, "a", clock.ms),
        Deadline(KIND, "bad", clock.ms),
        Deadline(KIND, "z", clock.ms),
    )
    began_ms = clock.ms
    while clock.ms < began_ms + 2_000:
        clock.ms += await engine.step()
    assert tried == [began_ms, began_ms + 100, began_ms + 300]
    assert Counter(object_id for object_id, _ in await fired(database)) == {"a": 1, "z": 1}
    assert await left(database) == 1
    assert "a deadline failed" in caplog.text


async def test_four_processes_fire_each_of_many_once(empty_records: Path, database: Database) -> None:
    count = 1_000
    await put(database, *(Deadline(KIND, f"d{number}", number) for number in range(count)))
    others = [Database(records_url(empty_records)) for _ in range(4)]

    async def work(database: Database) -> None:
        engine = DeadlineEngine(database, SystemClock(), {KIND: note}, EngineBounds(batch=20))
        while await engine.step() == 0:
            pass

    await asyncio.gather(*(work(other) for other in others))
    for other in others:
        await other.close()
    counts = Counter(object_id for object_id, _ in await fired(database))
    assert counts == {f"d{number}": 1 for number in range(count)}
    assert await left(database) == 0


async def test_kill_9_loses_none_and_does_none_twice(empty_records: Path, database: Database) -> None:
    count, kills = 400, 6
    await put(database, *(Deadline(KIND, f"d{number}", number) for number in range(count)))
    command = [sys.executable, "-m", "tests.cases.deadlines.worker", records_url(empty_records)]
    chance = random.Random(7)
    for turn in range(kills):
        worker = await asyncio.create_subprocess_exec(*command)
        until = min(count, (turn + 1) * count // (kills + 1) + chance.randrange(20))
        await eventually(lambda: fired(database), lambda found: len(found) >= until)  # noqa: B023
        worker.kill()
        await worker.wait()
    last = await asyncio.create_subprocess_exec(*command, "--to-the-end")
    assert await last.wait() == 0
    counts = Counter(object_id for object_id, _ in await fired(database))
    assert counts == {f"d{number}": 1 for number in range(count)}
