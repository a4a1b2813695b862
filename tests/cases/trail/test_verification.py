"""The trail in the records: whole with many writers, and nothing done behind its back stays unseen."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from cases import audit, schema
from cases.audit import SYSTEM
from cases.database import Database
from cases.trail.chain import GENESIS, Fault, FaultKind, trail_key
from cases.trail.verification import Verified, verify
from tests.records import at_postgresql, records_url

KEY: Final = trail_key("the index key of these tests")
EMPTY: Final = "TRUNCATE audit_entries"
"""As PostgreSQL says it; SQLite has no word of its own."""
pytestmark = pytest.mark.both_records


@pytest.fixture
async def database(empty_records: Path) -> AsyncIterator[Database]:
    database = Database(records_url(empty_records), trail_key=KEY)
    yield database
    await database.close()


async def write(database: Database, writer: str, count: int) -> None:
    for number in range(count):
        async with database.writing() as connection:
            detail = {"数": number, "part": 0.5}
            await audit.append(
                connection, SYSTEM, "case.submit", "case", f"{writer}-{number}", detail, number
            )
            await audit.append(connection, SYSTEM, "case.close", "case", f"other-{number}", {}, number)


async def write_earlier(database: Database, *entry_ids: str) -> None:
    """As versions without a chain did."""
    async with database.writing() as connection:
        for number, entry_id in enumerate(entry_ids):
            row: dict[str, Any] = {
                "entry_id": entry_id,
                "at_ms": number // 2,
                "actor_kind": "system",
                "action": "case.submit",
                "object_kind": "case",
                "object_id": "c",
                "detail": {"n": number},
            }
            await connection.execute(schema.audit_entries.insert().values(row))


async def looked(database: Database) -> Verified:
    return await verify(database, lambda line: None, page=3)


async def tamper(database: Database, folder: Path, *statements: str) -> None:
    """As somebody who may do everything in the database."""
    without = ["DROP TRIGGER audit_entries_no_update", "DROP TRIGGER audit_entries_no_delete"]
    if at_postgresql(folder):
        without = ["DROP TRIGGER audit_entries_no_change ON audit_entries"]
    async with database.writing() as connection:
        for statement in (*without, *statements):
            await connection.execute(text(statement))


async def test_an_empty_trail_is_whole(database: Database) -> None:
    assert await looked(database) == Verified(0, 0, GENESIS, ())


async def test_many_writers_leave_the_chain_whole(database: Database, empty_records: Path) -> None:
    other = Database(records_url(empty_records), trail_key=KEY)
    writers = [(database, "a"), (database, "b"), (other, "c"), (other, "d")]
    await asyncio.gather(*(write(one, writer, 5) for one, writer in writers))
    await other.close()
    found = await looked(database)
    assert (found.entries, found.earlier, found.faults) == (40, 0, ())
    assert found.head is not None
    assert found.head.sequence == 40


async def test_what_is_rolled_back_leaves_no_gap(database: Database) -> None:
    async def half() -> None:
        async with database.writing() as connection:
            await audit.append(connection, SYSTEM, "case.submit", "case", "c", {}, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await half()
    await write(database, "w", 2)
    found = await looked(database)
    assert (found.entries, found.faults) == (4, ())


async def test_another_key_does_not_fit(database: Database, empty_records: Path) -> None:
    await write(database, "w", 1)
    other = Database(records_url(empty_records), trail_key=trail_key("another"))
    found = await looked(other)
    await other.close()
    assert found.faults == (Fault(FaultKind.CHANGED, 1),)


@pytest.mark.parametrize("change", ["UPDATE audit_entries SET at_ms = 9", "DELETE FROM audit_entries", EMPTY])
async def test_the_database_refuses_a_change(database: Database, empty_records: Path, change: str) -> None:
    if change == EMPTY and not at_postgresql(empty_records):
        change = "DELETE FROM audit_entries WHERE true"
    await write(database, "w", 1)
    with pytest.raises(DBAPIError, match="never changed"):
        async with database.writing() as connection:
            await connection.execute(text(change))
    assert (await looked(database)).faults == ()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit_entries SET actor_id = 'x' WHERE sequence = 5", Fault(FaultKind.CHANGED, 5)),
        ("DELETE FROM audit_entries WHERE sequence = 1", Fault(FaultKind.MISSING, 1)),
        ("DELETE FROM audit_entries WHERE sequence = 10", Fault(FaultKind.TRUNCATED, 10)),
        ("UPDATE audit_entries SET previous_hash = own_hash WHERE sequence = 2", Fault(FaultKind.FORKED, 2)),
        ("UPDATE audit_entries SET sequence = 99 WHERE sequence = 10", Fault(FaultKind.TRUNCATED, 10)),
        ("UPDATE audit_entries SET sequence = 0 WHERE sequence = 1", Fault(FaultKind.OUT_OF_ORDER, 0)),
        ("UPDATE trail_head SET sequence = 9", Fault(FaultKind.BEYOND_HEAD, 9)),
        ("DELETE FROM trail_head", Fault(FaultKind.MISSING, 0)),
    ],
)
async def test_what_was_done_behind_its_back_is_found(
    database: Database, empty_records: Path, statement: str, fault: Fault
) -> None:
    await write(database, "w", 5)
    await tamper(database, empty_records, statement)
    assert (await looked(database)).faults[:1] == (fault,)


async def test_the_first_entry_vouches_for_those_from_before(database: Database) -> None:
    await write_earlier(database, "b", "a", "d", "c")
    assert await looked(database) == Verified(0, 4, GENESIS, ())
    await write(database, "w", 1)
    found = await looked(database)
    assert (found.entries, found.earlier, found.faults) == (3, 4, ())
    async with database.reading() as connection:
        entries = schema.audit_entries.c
        begun = select(entries.action, entries.detail["count"].as_integer()).where(entries.sequence == 1)
        assert (await connection.execute(begun)).one() == ("trail.begin", 4)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor_kind = 'officer' WHERE entry_id = 'a'",
        "DELETE FROM audit_entries WHERE entry_id = 'b'",
        "UPDATE audit_entries SET at_ms = 7 WHERE entry_id = 'a'",
    ],
)
async def test_a_change_of_those_from_before_is_found(
    database: Database, empty_records: Path, statement: str
) -> None:
    await write_earlier(database, "b", "a", "d", "c")
    await write(database, "w", 1)
    await tamper(database, empty_records, statement)
    assert (await looked(database)).faults == (Fault(FaultKind.EARLIER, 1),)


@pytest.mark.parametrize("before", [(), ("a",)])
async def test_an_entry_that_is_added_to_those_from_before_is_found(
    database: Database, before: tuple[str, ...]
) -> None:
    await write_earlier(database, *before)
    await write(database, "w", 1)
    await write_earlier(database, "x")
    assert (await looked(database)).faults == (Fault(FaultKind.EARLIER, 1),)
