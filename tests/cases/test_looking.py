"""What changed is told once, whichever process changed it and in whatever order it was committed."""

import asyncio

import pytest

from cases.database import Database
from cases.looking import LookBounds, Looking
from cases.outbox.tables import inboxes
from tests.cases.booking.records import put_people
from tests.cases.deadlines.test_engine import SetClock

OVERLAP_MS = 20_000
TOLD_S = 20.0


@pytest.fixture
async def database(empty_database: Database) -> Database:
    await put_people(empty_database, ["a", "b"])
    return empty_database


async def change(database: Database, person: str, version: int, changed_at_ms: int) -> None:
    values = {"version": version, "changed_at_ms": changed_at_ms, "last_number": 1, "unread": 1}
    async with database.writing() as connection:
        await connection.execute(inboxes.delete().where(inboxes.c.taxpayer_id == person))
        await connection.execute(inboxes.insert().values(taxpayer_id=person, **values))


async def told(looking: Looking) -> list[tuple[str, int]]:
    found = await looking.look()
    for news in found:
        looking.told(news)
    return [(news.row.taxpayer_id, news.row.version) for news in found]


async def test_a_change_is_told_once_and_one_that_was_not_told_again(database: Database) -> None:
    clock = SetClock()
    looking = Looking(database, clock, inboxes, inboxes.c.taxpayer_id, LookBounds(overlap_ms=OVERLAP_MS))
    assert await told(looking) == []
    await change(database, "a", 1, clock.ms)
    await looking.look()
    assert await told(looking) == [("a", 1)]
    assert await told(looking) == []
    await change(database, "a", 2, clock.ms)
    assert await told(looking) == [("a", 2)]


async def test_what_was_committed_late_is_told_as_long_as_the_look_goes_back(database: Database) -> None:
    clock = SetClock()
    looking = Looking(database, clock, inboxes, inboxes.c.taxpayer_id, LookBounds(overlap_ms=OVERLAP_MS))
    await change(database, "a", 1, clock.ms)
    assert await told(looking) == [("a", 1)]
    await change(database, "b", 1, clock.ms - OVERLAP_MS)
    assert await told(looking) == [("b", 1)]
    await change(database, "b", 2, clock.ms - OVERLAP_MS - 1)
    assert await told(looking) == []


async def test_a_process_whose_clock_is_ahead_hides_nothing(database: Database) -> None:
    clock = SetClock()
    looking = Looking(database, clock, inboxes, inboxes.c.taxpayer_id, LookBounds(overlap_ms=OVERLAP_MS))
    await change(database, "a", 1, clock.ms + 3_600_000)
    assert await told(looking) == [("a", 1)]
    await change(database, "b", 1, clock.ms)
    assert await told(looking) == [("b", 1)]
    assert await told(looking) == []


async def test_a_start_tells_what_just_happened_and_not_the_past(database: Database) -> None:
    clock = SetClock()
    await change(database, "a", 7, clock.ms - 2 * OVERLAP_MS)
    await change(database, "b", 3, clock.ms)
    looking = Looking(database, clock, inboxes, inboxes.c.taxpayer_id, LookBounds(overlap_ms=OVERLAP_MS))
    assert await told(looking) == [("b", 3)]


async def late(database: Database, clock: SetClock, whole_ms: int) -> Looking:
    """After its first whole look, and after something was committed of long before."""
    bounds = LookBounds(poll_ms=10, poll_overlap_ms=1_000, whole_ms=whole_ms, overlap_ms=OVERLAP_MS)
    looking = Looking(database, clock, inboxes, inboxes.c.taxpayer_id, bounds)
    await change(database, "a", 1, clock.ms)
    assert await told(looking) == [("a", 1)]
    await looking.wait()
    await change(database, "b", 1, clock.ms - OVERLAP_MS)
    return looking


async def test_looks_between_the_whole_ones_go_back_less(database: Database) -> None:
    looking = await late(database, SetClock(), 3_600_000)
    await looking.wait()
    assert await told(looking) == []
    looking.wake()
    await looking.wait()
    assert await told(looking) == []


async def test_the_next_whole_look_sees_what_those_between_missed(database: Database) -> None:
    looking = await late(database, SetClock(), 50)
    async with asyncio.timeout(TOLD_S):
        while not (found := await told(looking)):
            await looking.wait()
    assert found == [("b", 1)]


async def test_what_is_committed_just_after_a_look_waits_for_the_next(database: Database) -> None:
    bounds = LookBounds(poll_ms=3_600_000, spacing_ms=3_600_000)
    looking = Looking(database, SetClock(), inboxes, inboxes.c.taxpayer_id, bounds)
    looking.wake()
    # The first one after a quiet while is at once.
    await looking.wait()
    looking.wake()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await looking.wait()
