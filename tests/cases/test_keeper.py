"""Who keeps a hall's records, and a hall that is built anew, against a real Valkey and a real SQLite file."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from redis.asyncio import Redis
from sqlalchemy import select, text

from cases import schema
from cases.casebook import Casebook
from cases.clock import SystemClock
from cases.database import Database
from cases.halls import Halls
from cases.issuing import Issuing
from cases.keeper import Keeper, KeeperBounds
from cases.recorder import Recorder, RecorderBounds
from cases.reissue import Reissue, ReissueBounds
from queueing.connection import Link
from queueing.errors import HallFrozen, JournalBroken, RebuildLost
from queueing.journal import Journal
from queueing.layout import Packed
from queueing.policy import QueuePolicy
from queueing.rebuild import VERSION_JUMP, Numbers, Rebuild
from queueing.service import Queue
from queueing.states import TicketState
from queueing.ticket import JournalEntry, Priority, Ticket
from server.ending import cancelled
from tests.cases.following import FOLLOW_CONSULTS
from tests.clients import eventually

pytestmark = pytest.mark.both_records

HALL = "hall"
LINE = "a"
LINES = [LINE, "b"]
QUICK = RecorderBounds(batch=3, block_ms=20, trim_every=4)
BOUNDS = KeeperBounds(lease_ms=60, retry_least_ms=10, retry_most_ms=50, page=2)
POLICY = QueuePolicy()
AGAIN = ReissueBounds(page=2)


async def nothing(_entries: Sequence[JournalEntry]) -> None:
    """What a test does afterwards that looks at the rows only."""


@pytest.fixture
def database(empty_database: Database) -> Database:
    return empty_database


class House:
    """The parts of one process; several of them may share Redis and records."""

    def __init__(self, link: Link, database: Database, name: str = "one") -> None:
        self.link = link
        self.database = database
        self.queue = Queue(link, POLICY)
        self.journal = Journal(link)
        self.rebuild = Rebuild(link, POLICY)
        self.recorder = Recorder(database, self.journal, HALL, QUICK, FOLLOW_CONSULTS, nothing)
        self.casebook, self.halls = Casebook(database), Halls(database)
        self.reissue = Reissue(
            [self.casebook], self.queue, Issuing(self.queue, self.halls), SystemClock(), AGAIN
        )  # fmt: skip
        self.keeper = Keeper(
            database, self.journal, self.queue, self.rebuild, self.recorder, self.reissue, HALL, name, BOUNDS
        )

    async def issue(self, *ticket_ids: str, line_id: str = LINE) -> None:
        for ticket_id in ticket_ids:
            await self.queue.issue(HALL, ticket_id, line_id=line_id, letter="A", day="20261123")

    async def call(self, officer_id: str) -> Ticket:
        called = await self.queue.call_next(HALL, officer_id=officer_id, line_ids=LINES, request_id="r")
        assert called is not None
        return called.ticket

    async def order(self, line_id: str = LINE) -> list[str]:
        snapshot = await self.queue.snapshot(HALL, [line_id], first=100)
        return [ticket.ticket_id for ticket in snapshot.lines[0].first]

    async def recorded(self) -> None:
        """Until the records have everything."""
        while await self.recorder.step():
            pass

    async def versions(self) -> list[int]:
        steps = schema.ticket_steps.c
        async with self.database.reading() as connection:
            return list(await connection.scalars(select(steps.version).order_by(steps.version)))

    async def epochs(self) -> list[tuple[int, int]]:
        async with self.database.reading() as connection:
            rows = await connection.execute(
                select(schema.hall_epochs.c.version, schema.hall_epochs.c.tickets)
            )
            return [(row.version, row.tickets) for row in rows]


@pytest.fixture
def house(link: Link, database: Database) -> House:
    return House(link, database)


async def in_every_state(house: House) -> None:
    """One ticket in each state, two of them waiting, all recorded."""
    queue = house.queue
    await house.issue("finished", "serving", "held", "abandoned", "called", "cancelled", "w1")
    await house.issue("w2", line_id="b")
    await queue.issue(
        HALL, "booked", line_id=LINE, letter="A", day="20261123", priority=Priority.BOOKED, booking_id="bk"
    )
    await queue.cancel(HALL, "cancelled")
    for ticket_id in ("finished", "serving", "held"):
        one = (await queue.call_one(HALL, ticket_id, officer_id=f"of-{ticket_id}", request_id="r")).ticket
        await queue.confirm(HALL, ticket_id, call_number=one.call_number)
    await queue.finish(HALL, "finished", officer_id="of-finished", call_number=1, outcome="completed")
    await queue.hold(HALL, "held", officer_id="of-held", request_id="h", call_number=1)
    await queue.call_one(HALL, "abandoned", officer_id="of-abandoned", request_id="r")
    await queue.abandon(HALL, "abandoned", officer_id="of-abandoned", call_number=1)
    await queue.call_one(HALL, "called", officer_id="of-called", request_id="r")
    await house.recorded()


TICKETS = ["finished", "serving", "held", "abandoned", "called", "cancelled", "w1", "w2", "booked"]


async def seen(house: House) -> list[tuple[object, ...]]:
    """What a page shows of each ticket; deadlines are put off by a rebuild, and are left out."""
    found = await house.queue.positions(HALL, TICKETS)
    return [
        (
            one.ticket.ticket_id, one.ticket.line_id, one.ticket.number, one.ticket.state,
            one.ticket.priority, one.ticket.call_number, one.ticket.officer_id, one.ticket.issued_at_ms,
            one.ticket.called_at_ms, one.ticket.confirmed_at_ms, one.ticket.ended_at_ms,
            one.ticket.booking_id, one.ticket.outcome, one.ticket.place, one.ahead, one.waiting,
        )
        for one in found
    ]  # fmt: skip


async def test_a_redis_that_lost_everything_is_built_anew(house: House, redis_client: Redis) -> None:
    await in_every_state(house)
    before, version = await seen(house), await house.journal.latest(HALL)
    held = {one.ticket_id for one in (await house.queue.snapshot(HALL, [], first=0)).held}
    await redis_client.flushall()
    # Whoever has seen the hall does not believe an empty one.
    with pytest.raises(HallFrozen):
        await house.issue("new")
    await house.keeper.step()
    assert len(await house.epochs()) == 1
    assert await seen(house) == before
    snapshot = await house.queue.snapshot(HALL, LINES, first=10)
    assert {one.ticket_id for one in snapshot.held} == held
    assert [one.ticket_id for one in snapshot.on_hold] == ["held"]
    assert await house.epochs() == [(version + VERSION_JUMP, len(TICKETS))]
    # It goes on: numbers, order, deadlines, repeats, records.
    await house.issue("new")
    assert (await house.queue.ticket(HALL, "new")).number == "A009"
    assert (await house.order())[-1] == "new"
    called = await house.queue.ticket(HALL, "called")
    assert called.deadline_ms is not None
    assert called.deadline_ms >= snapshot.at_ms + POLICY.confirm_ms - 60_000
    await house.queue.confirm(HALL, "called", call_number=1)
    assert (await house.queue.reactivate(HALL, "abandoned")).state is TicketState.WAITING
    await house.queue.finish(HALL, "finished", officer_id="of-finished", call_number=1, outcome="completed")
    await house.recorded()
    first = version + VERSION_JUMP
    assert (await house.versions())[-3:] == [first + 1, first + 2, first + 3]


async def test_lost_steps_are_found_by_whoever_has_seen_them(house: House, redis_client: Redis) -> None:
    """Redis comes back without its newest steps, which the records do not have either."""
    await house.issue("t1", "t2")
    await house.recorded()
    saved = {key: await redis_client.dump(key) for key in await redis_client.keys("*")}
    await house.issue("t3")
    await redis_client.flushall()
    for key, dumped in saved.items():
        assert isinstance(dumped, bytes)
        await redis_client.restore(key, 0, dumped)
    with pytest.raises(HallFrozen):
        await house.queue.position(HALL, "t1")
    await house.keeper.step()
    assert await house.order() == ["t1", "t2"]
    (epoch,) = await house.epochs()
    assert epoch == (3 + VERSION_JUMP, 2)


async def test_after_a_fork_the_records_win(house: House, redis_client: Redis) -> None:
    """Redis comes back without recorded steps, and other steps are made in their place."""
    await house.issue("t1")
    await house.recorded()
    saved = {key: await redis_client.dump(key) for key in await redis_client.keys("*")}
    await house.issue("t2")
    called = await house.call("o1")
    await house.recorded()
    await redis_client.flushall()
    for key, dumped in saved.items():
        assert isinstance(dumped, bytes)
        await redis_client.restore(key, 0, dumped)
    # A process that has not seen them makes other steps.
    other = Queue(house.link, POLICY)
    for ticket_id in ("x1", "x2", "x3"):
        await other.issue(HALL, ticket_id, line_id=LINE, letter="A", day="20261123")
    with pytest.raises(JournalBroken):
        await house.recorder.step()
    await house.keeper.step()
    assert await house.order() == ["t2"]
    assert (await house.queue.ticket(HALL, "t1")).officer_id == called.officer_id
    found = await house.queue.positions(HALL, ["x1", "x2", "x3"])
    assert found == []


async def no_tickets() -> AsyncIterator[Packed]:
    """What somebody restores who comes too late to restore anything."""
    nothing_to_put: Sequence[Packed] = ()
    for ticket in nothing_to_put:
        yield ticket


async def test_a_frozen_hall_is_taken_over_from_a_builder_that_died(house: House) -> None:
    await house.issue("t1", "t2")
    await house.recorded()
    died = await house.rebuild.freeze(HALL, "dead")
    await house.rebuild.wipe(died)
    with pytest.raises(HallFrozen):
        await house.order()
    await house.keeper.step()
    assert await house.order() == ["t1", "t2"]
    # It was not dead, only slow.
    for late in (house.rebuild.wipe(died), house.rebuild.restore(died, no_tickets())):
        with pytest.raises(RebuildLost):
            await late
    assert await house.order() == ["t1", "t2"]


async def test_a_redis_that_loses_a_part_of_the_rebuild_is_not_opened_without_it(
    house: House, redis_client: Redis
) -> None:
    """It is frozen by the same builder still; what was wiped is there again, what was put back is not."""
    await house.issue("t1", "t2")
    await house.recorded()
    before = {key: await redis_client.dump(key) for key in await redis_client.keys("q:{hall}:[tw]:*")}
    frozen = await house.rebuild.freeze(HALL, "one")
    as_frozen = await redis_client.dump("q:{hall}:m")
    assert as_frozen is not None
    await house.rebuild.wipe(frozen)
    await house.rebuild.restore(frozen, no_tickets())
    # Its latest writes are gone.
    await redis_client.restore("q:{hall}:m", 0, as_frozen, replace=True)
    for key, dumped in before.items():
        assert dumped is not None
        await redis_client.restore(key, 0, dumped, replace=True)
    for next_one in (
        house.rebuild.restore(frozen, no_tickets()),
        house.rebuild.thaw(frozen, frozen.mark(0), Numbers()),
    ):
        with pytest.raises(RebuildLost):
            await next_one
    assert (await house.journal.state(HALL)).frozen
    await house.keeper.step()
    assert await house.order() == ["t1", "t2"]


async def test_steps_recorded_while_a_hall_is_built_are_not_lost(house: House, redis_client: Redis) -> None:
    """The records move on between their reading and the thaw: the hall is built again."""
    await house.issue("t1")
    await house.recorded()
    await house.rebuild.freeze(HALL, "somebody")
    async with house.database.writing() as connection:
        building = asyncio.create_task(house.keeper.step())
        # It has read the records then, and waits to move the cursor.
        await eventually(lambda: _builder(redis_client), lambda by: by == "one")
        await eventually(lambda: redis_client.exists("q:{hall}:t:t1", "q:{hall}:j"), lambda there: there == 1)
        await connection.execute(text("UPDATE journal_cursors SET entry_id = '2-2'"))
    with pytest.raises(RebuildLost):
        await building
    assert (await house.journal.state(HALL)).frozen
    assert len(await house.epochs()) == 0
    await house.keeper.step()
    assert await house.order() == ["t1"]
    assert len(await house.epochs()) == 1


async def _builder(redis_client: Redis) -> str:
    frozen = await redis_client.hget("q:{hall}:m", "frozen")
    assert isinstance(frozen, bytes)
    return frozen.decode().partition(":")[0]


async def test_an_older_layout_is_built_anew_before_anybody_comes(house: House, redis_client: Redis) -> None:
    await house.issue("t1", "t2")
    await house.recorded()
    await redis_client.hdel("q:{hall}:m", "layout")
    await redis_client.delete("q:{hall}:t:t1")
    await redis_client.hset("q:{hall}:t:t1", mapping={"st": "waiting", "id": "t1"})
    await house.keeper.prepare()
    assert await house.order() == ["t1", "t2"]
    assert (await house.queue.ticket(HALL, "t1")).state is TicketState.WAITING
    await house.keeper.prepare()
    assert len(await house.epochs()) == 1


async def test_a_process_that_starts_knows_what_the_records_have_seen(
    house: House, database: Database, link: Link, redis_client: Redis
) -> None:
    await house.issue("t1")
    await house.recorded()
    await redis_client.flushall()
    fresh = House(link, database, "two")
    await fresh.keeper.prepare()
    with pytest.raises(HallFrozen):
        await fresh.issue("t2")


async def test_one_process_at_a_time_keeps_the_records(house: House, database: Database, link: Link) -> None:
    houses = [house, House(link, database, "two")]
    tasks = [asyncio.create_task(one.keeper.run()) for one in houses]
    await house.issue(*(f"t{number}" for number in range(20)))
    await eventually(house.versions, lambda found: len(found) == 20)
    assert await house.versions() == list(range(1, 21))
    # The one that keeps them ends; the other one goes on.
    keeper = await house.link.redis.get("q:{hall}:k")
    first = 0 if keeper == b"one" else 1
    await cancelled(tasks[first : first + 1])
    await house.issue("late")
    await eventually(house.versions, lambda found: len(found) == 21)
    assert not tasks[1 - first].done()
    await cancelled(tasks)


async def test_goes_on_after_an_outage_of_the_database(house: House, database: Database) -> None:
    await house.issue("t1")
    await house.recorded()
    # The records' table is gone, as after a failed disk: every round fails.
    async with database.writing() as connection:
        await connection.execute(text("ALTER TABLE ticket_steps RENAME TO elsewhere"))
    await house.issue("t2")
    task = asyncio.create_task(house.keeper.run())
    await house.issue("t3")
    async with database.writing() as connection:
        await connection.execute(text("ALTER TABLE elsewhere RENAME TO ticket_steps"))
    await eventually(house.versions, lambda found: found == [1, 2, 3])
    assert not task.done()
    await cancelled([task])
