"""The journal against a real Valkey: dense, complete, resumable, and honest about losses."""

import asyncio
from contextlib import aclosing

import pytest
from redis.asyncio import Redis

from queueing.connection import Link
from queueing.cursor import EntryId
from queueing.errors import JournalFork, JournalGap
from queueing.journal import Journal
from queueing.policy import QueuePolicy
from queueing.service import Queue
from queueing.states import Step, TicketState
from queueing.ticket import Cause, JournalEntry
from tests.queueing.desk import HALL, SHORT, Desk, until

JOURNAL_KEY = f"q:{{{HALL}}}:j"


@pytest.fixture
def journal(link: Link) -> Journal:
    return Journal(link)


async def all_of(journal: Journal) -> list[JournalEntry]:
    return await journal.read_after(HALL, None, limit=1_000)


async def test_every_step_is_one_entry_in_order(queue: Queue, desk: Desk, journal: Journal) -> None:
    issued = await desk.issue("a", booking_id="b")
    called = await desk.call()
    abandoned = await desk.abandon(called)
    back = await queue.reactivate(HALL, "a")
    again = await desk.call()
    serving = await desk.serve(again)
    finished = await desk.finish(serving)
    entries = await all_of(journal)
    assert [entry.version for entry in entries] == [1, 2, 3, 4, 5, 6, 7]
    assert [entry.ticket for entry in entries] == [issued, called, abandoned, back, again, serving, finished]
    assert [(entry.step, entry.cause) for entry in entries] == [
        (Step.ISSUE, Cause.TAXPAYER),
        (Step.CALL, Cause.OFFICER),
        (Step.ABANDON, Cause.OFFICER),
        (Step.REACTIVATE, Cause.TAXPAYER),
        (Step.CALL, Cause.OFFICER),
        (Step.CONFIRM, Cause.TAXPAYER),
        (Step.FINISH, Cause.OFFICER),
    ]
    assert await journal.latest(HALL) == 7


async def test_repeats_and_refusals_are_not_journalled(queue: Queue, desk: Desk, journal: Journal) -> None:
    await desk.issue("a")
    called = await desk.call()
    await desk.issue("a")
    await queue.recall(HALL, "a", officer_id="officer-1", call_number=1)
    await desk.serve(called)
    await desk.serve(called)
    await desk.finish(called)
    await desk.finish(called)
    assert [entry.step for entry in await all_of(journal)] == [
        Step.ISSUE,
        Step.CALL,
        Step.CONFIRM,
        Step.FINISH,
    ]


async def test_deadlines_are_journalled_with_their_cause(link: Link, journal: Journal) -> None:
    desk = Desk(Queue(link, SHORT))
    await desk.issue("a")
    await desk.call()

    async def look() -> TicketState:
        await desk.queue.expire_due(HALL, limit=10)
        return (await desk.queue.ticket(HALL, "a")).state

    await until(look, lambda state: state is TicketState.LAPSED)
    assert [(entry.step, entry.cause) for entry in (await all_of(journal))[2:]] == [
        (Step.ABANDON, Cause.DEADLINE),
        (Step.LAPSE, Cause.DEADLINE),
    ]


async def test_journal_is_dense_under_many_writers(link: Link, journal: Journal) -> None:
    desk = Desk(Queue(link, QueuePolicy()))
    await asyncio.gather(*(desk.ended_by_anyone(f"t{n}") for n in range(50)))
    entries = await all_of(journal)
    assert [entry.version for entry in entries] == list(range(1, 201))
    assert [entry.at_ms for entry in entries] == sorted(entry.at_ms for entry in entries)


async def test_reading_in_pages_and_trimming(desk: Desk, journal: Journal) -> None:
    for number in range(5):
        await desk.issue(f"t{number}")
    first = await journal.read_after(HALL, None, limit=2)
    assert [entry.version for entry in first] == [1, 2]
    cursor = first[-1].entry_id
    assert [entry.version for entry in await journal.read_after(HALL, cursor, limit=2)] == [3, 4]
    assert await journal.trim(HALL, cursor) == 1
    assert [entry.version for entry in await journal.read_after(HALL, cursor, limit=9)] == [3, 4, 5]
    with pytest.raises(JournalGap):
        await journal.read_after(HALL, first[0].entry_id, limit=9)
    with pytest.raises(ValueError, match="x"):
        await journal.read_after(HALL, "x", limit=1)


async def test_reading_waits_for_an_entry(desk: Desk, journal: Journal) -> None:
    await desk.issue("a")
    (only,) = await all_of(journal)
    assert await journal.read_after(HALL, only.entry_id, limit=9, block_ms=1) == []
    waiting = asyncio.create_task(journal.read_after(HALL, only.entry_id, limit=9, block_ms=60_000))
    await desk.issue("b")
    assert [entry.version for entry in await waiting] == [2]


async def test_a_lost_journal_is_a_fork(desk: Desk, journal: Journal, redis_client: Redis) -> None:
    for number in range(3):
        await desk.issue(f"t{number}")
    entries = await all_of(journal)
    # What a failover to a replica that was behind leaves: another step with the version of the lost one.
    last = entries[-1]
    await redis_client.xdel(JOURNAL_KEY, last.entry_id)
    with pytest.raises(JournalFork):
        await journal.read_after(HALL, last.entry_id, limit=9)
    await redis_client.xadd(JOURNAL_KEY, {"step": "x"}, id=str(EntryId(last.version, last.at_ms + 1)))
    with pytest.raises(JournalFork):
        await journal.read_after(HALL, last.entry_id, limit=9)
    await redis_client.flushall()
    with pytest.raises(JournalFork):
        await journal.read_after(HALL, entries[0].entry_id, limit=9)


@pytest.mark.feature("S20")
async def test_tail_gives_every_step_of_several_halls(queue: Queue, desk: Desk, journal: Journal) -> None:
    await desk.issue("before")
    async with aclosing(journal.tail([HALL, "hall-2"], after={HALL: 1})) as tail:
        first = asyncio.ensure_future(anext(tail))
        await desk.issue("a")
        assert (await first).ticket.ticket_id == "a"
        # From its first look on, also what happens between two entries asked for.
        await queue.issue("hall-2", "x", line_id="l", letter="A", day="20261123")
        await desk.call()
        seen = [await anext(tail) for _ in range(2)]
        assert {(entry.hall_id, entry.version) for entry in seen} == {("hall-2", 1), (HALL, 3)}


async def test_tail_survives_lost_connections(desk: Desk, journal: Journal, redis_client: Redis) -> None:
    async with aclosing(journal.tail([HALL], after={HALL: 0})) as tail:
        for number in range(5):
            following = asyncio.ensure_future(anext(tail))
            await until(lambda: blocked(redis_client), lambda count: count > 0)
            await redis_client.client_kill_filter(_type="normal", skipme=True)
            await desk.issue(f"t{number}")
            assert (await following).version == number + 1


async def test_tail_goes_on_after_a_trim_but_not_over_a_gap(desk: Desk, journal: Journal) -> None:
    for number in range(4):
        await desk.issue(f"t{number}")
    entries = await all_of(journal)
    await journal.trim(HALL, entries[2].entry_id)
    async with aclosing(journal.tail([HALL], after={HALL: 2})) as tail:
        assert (await anext(tail)).version == 3
    async with aclosing(journal.tail([HALL], after={HALL: 1})) as tail:
        with pytest.raises(JournalGap):
            await anext(tail)


async def test_tail_notices_a_flushed_server(desk: Desk, journal: Journal, redis_client: Redis) -> None:
    await desk.issue("a")
    async with aclosing(journal.tail([HALL], after={HALL: 0})) as tail:
        await anext(tail)
        await redis_client.flushall()
        with pytest.raises(JournalFork):
            await anext(tail)


async def blocked(redis_client: Redis) -> int:
    return int((await redis_client.info("clients"))["blocked_clients"])
