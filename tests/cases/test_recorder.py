"""Journal → records, against a real Valkey and a real SQLite file."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from cases import schema
from cases.database import Database
from cases.errors import RecordsDisagree, RecordsUnavailable
from cases.recorder import Recorder, RecorderBounds
from queueing.connection import Link
from queueing.journal import Journal
from queueing.policy import QueuePolicy
from queueing.service import Queue
from queueing.ticket import JournalEntry
from signaling import events
from tests.cases.following import FOLLOW_CONSULTS
from tests.clients import eventually
from tests.product import CHEN, GENERAL, LIN, house_in

pytestmark = pytest.mark.both_records

HALL = "hall"
QUICK = RecorderBounds(batch=3, block_ms=0, trim_every=4)


async def nothing(_entries: Sequence[JournalEntry]) -> None:
    """What a test does after recording that looks at the rows only."""


@pytest.fixture
def database(empty_database: Database) -> Database:
    return empty_database


@pytest.fixture
def queue(link: Link) -> Queue:
    return Queue(link, QueuePolicy())


@pytest.fixture
def journal(link: Link) -> Journal:
    return Journal(link)


@pytest.fixture
def recorder(database: Database, journal: Journal) -> Recorder:
    return Recorder(database, journal, HALL, QUICK, FOLLOW_CONSULTS, nothing)


async def issue(queue: Queue, *ticket_ids: str) -> None:
    for ticket_id in ticket_ids:
        await queue.issue(HALL, ticket_id, line_id="a", letter="A", day="20261123")


async def versions(database: Database) -> list[int]:
    async with database.reading() as connection:
        found = await connection.scalars(
            select(schema.ticket_steps.c.version).order_by(schema.ticket_steps.c.version)
        )
        return list(found)


async def cursor(database: Database) -> str | None:
    async with database.reading() as connection:
        found: str | None = await connection.scalar(select(schema.journal_cursors.c.entry_id))
        return found


async def test_each_step_is_recorded_once_and_in_batches(
    queue: Queue, database: Database, recorder: Recorder, journal: Journal
) -> None:
    await issue(queue, "t1", "t2", "t1", "t2")
    called = await queue.call_next(HALL, officer_id="o", line_ids=["a"], request_id="r")
    await queue.call_next(HALL, officer_id="o", line_ids=["a"], request_id="r")
    assert called is not None
    await queue.confirm(HALL, "t1", call_number=1)
    await queue.confirm(HALL, "t1", call_number=1)
    await queue.finish(HALL, "t1", officer_id="o", call_number=1, outcome="completed")
    counts = [await recorder.step() for _ in range(3)]
    assert counts == [3, 2, 0]
    assert await versions(database) == [1, 2, 3, 4, 5]
    (entry,) = await journal.read_after(HALL, None, limit=9)
    assert await cursor(database) == entry.entry_id
    async with database.reading() as connection:
        row = (
            await connection.execute(select(schema.tickets).where(schema.tickets.c.ticket_id == "t1"))
        ).one()
    assert (row.state, row.outcome, row.officer_id, row.number) == ("finished", "completed", "o", "A001")
    assert row.issued_at_ms <= row.called_at_ms <= row.confirmed_at_ms <= row.ended_at_ms


async def test_rows_and_cursor_are_one_transaction(
    queue: Queue, database: Database, recorder: Recorder
) -> None:
    await issue(queue, "t1", "t2")
    # A row that is already there makes the second entry of the batch fail: nothing of it may stay.
    async with database.writing() as connection:
        await connection.execute(
            schema.ticket_steps.insert().values(
                hall_id="hall",
                version=2,
                at_ms=0,
                ticket_id="x",
                step="issue",
                state="waiting",
                cause="taxpayer",
                call_number=0,
            )
        )
    with pytest.raises(RecordsDisagree):
        await recorder.step()
    assert await versions(database) == [2]
    assert await cursor(database) is None


async def test_cancelled_anywhere_it_goes_on_without_gap_or_double(
    queue: Queue, database: Database, journal: Journal
) -> None:
    done: list[int] = []

    async def after(entries: Sequence[JournalEntry]) -> None:
        done.extend(entry.version for entry in entries)

    bounds = RecorderBounds(batch=2, block_ms=0, trim_every=5)
    for number in range(30):
        await issue(queue, f"t{number}")
        step = asyncio.create_task(Recorder(database, journal, HALL, bounds, FOLLOW_CONSULTS, after).step())
        # As many turns of the loop as the number says: the cancellation meets another place each time.
        for _ in range(number):
            await asyncio.sleep(0)
        step.cancel()
        await asyncio.wait([step])
        found = await versions(database)
        assert found == list(range(1, len(found) + 1))
    while await Recorder(database, journal, HALL, bounds, FOLLOW_CONSULTS, after).step():
        pass
    assert await versions(database) == list(range(1, 31))


async def test_what_follows_from_a_batch_is_tried_until_it_is_done(
    queue: Queue, database: Database, journal: Journal
) -> None:
    asked: list[list[int]] = []

    async def refused_twice(entries: Sequence[JournalEntry]) -> None:
        asked.append([entry.version for entry in entries])
        if len(asked) < 3:
            raise RecordsUnavailable("away")

    recorder = Recorder(database, journal, HALL, QUICK, FOLLOW_CONSULTS, refused_twice)
    await issue(queue, "t1", "t2")
    for _ in range(2):
        with pytest.raises(RecordsUnavailable):
            await recorder.step()
    await issue(queue, "t3")
    assert await recorder.step() == 1
    assert asked == [[1, 2], [1, 2], [1, 2], [3]]
    assert await versions(database) == [1, 2, 3]


async def test_what_is_recorded_is_trimmed_and_the_cursor_stays(
    queue: Queue, recorder: Recorder, journal: Journal, database: Database
) -> None:
    await issue(queue, *(f"t{number}" for number in range(6)))
    assert [await recorder.step() for _ in range(3)] == [3, 3, 0]
    kept = await journal.read_after(HALL, None, limit=100)
    assert [entry.version for entry in kept] == [6]
    assert kept[0].entry_id == await cursor(database)
    await issue(queue, "t6")
    assert await recorder.step() == 1


@pytest.mark.feature("S30")
async def test_after_a_restart_the_records_equal_the_journal(data_folder: Path, link: Link) -> None:
    hall = "xiangzhou"
    async with house_in(data_folder, link) as house:
        client, _ = await house.taxpayer(CHEN)
        await client.take("t1", GENERAL)
        # What happens while no server runs: the journal has it, the records do not.
        product = house.product
    officer_id = "o" * 32
    called = await product.queue.call_next(hall, officer_id=officer_id, line_ids=[GENERAL], request_id="r")
    assert called is not None
    await product.queue.confirm(hall, "t1", call_number=1)
    await product.queue.finish(hall, "t1", officer_id=officer_id, call_number=1, outcome="completed")
    async with house_in(data_folder, link) as house:
        client, _ = await house.taxpayer(CHEN)
        closed = await eventually(lambda: client.cases("?state=closed"), lambda page: bool(page.cases))
        assert [event.step for event in closed.cases[0].events] == ["issue", "call", "confirm", "finish"]
        entries = await house.product.journal.read_after(hall, None, limit=100)
        assert await versions(house.product.database) == [entry.version for entry in entries]
        _, desk = await house.officer(LIN, GENERAL)
        assert (await desk.problem("queue.call_next", {"request_id": "r2"})).code == "nobody_waits"


async def test_a_start_after_an_update_reads_no_hall_before_it_is_built_anew(
    data_folder: Path, link: Link, redis_client: Redis
) -> None:
    """What an officer has is looked for at every start, and another version wrote it in another way."""
    async with house_in(data_folder, link) as house:
        client, _ = await house.taxpayer(CHEN)
        await client.take("t1", GENERAL)
        officer, desk = await house.officer(LIN, GENERAL)
        await officer.call_next(desk, "r1")
        version = await house.version()
        await eventually(lambda: versions(house.product.database), lambda found: version in found)
    await redis_client.hdel("q:{xiangzhou}:m", "layout")
    await redis_client.delete("q:{xiangzhou}:t:t1")
    await redis_client.hset("q:{xiangzhou}:t:t1", mapping={"id": "t1", "st": "called"})
    async with house_in(data_folder, link) as house:
        _, desk = await house.officer(LIN)
        assert (await desk.call(events.DESK_WATCH)).ticket.ticket_id == "t1"
