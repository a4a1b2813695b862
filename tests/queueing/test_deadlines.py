"""Deadlines by the clock of Redis: checked inside the steps, and made by pollers without a leader."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from queueing import deadlines
from queueing.connection import Link
from queueing.errors import DeadlinePassed, SlotNotStarted, StepRefused
from queueing.journal import Journal
from queueing.policy import QueuePolicy
from queueing.service import Queue
from queueing.states import Step, TicketState
from queueing.ticket import Expired
from tests.queueing.desk import HALL, OFFICER, SHORT, Desk, until


@pytest.fixture
def short(link: Link) -> Desk:
    return Desk(Queue(link, SHORT))


async def until_past(redis_client: Redis, at_ms: int | None) -> None:
    """Wait until the clock of Redis has passed `at_ms`."""
    assert at_ms is not None
    deadline_ms = at_ms

    async def now_ms() -> int:
        seconds, micros = await redis_client.time()
        return int(seconds) * 1_000 + int(micros) // 1_000

    await until(now_ms, lambda now: now > deadline_ms)


async def state_of(desk: Desk, ticket_id: str) -> TicketState:
    return (await desk.queue.ticket(HALL, ticket_id)).state


@pytest.fixture
async def pollers(link: Link) -> AsyncIterator[None]:
    """Three, as of three processes."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(deadlines.run(Queue(link, SHORT), [HALL], stop=stop))
        yield
        stop.set()


async def test_confirm_is_late_before_and_after_the_timer(short: Desk, redis_client: Redis) -> None:
    await short.issue("a")
    called = await short.call()
    await until_past(redis_client, called.deadline_ms)
    with pytest.raises(DeadlinePassed):
        await short.serve(called)
    with pytest.raises(DeadlinePassed):
        await short.queue.recall(HALL, "a", officer_id=OFFICER, call_number=1)
    assert await state_of(short, "a") is TicketState.CALLED
    looked = await short.queue.expire_due(HALL, limit=10)
    assert looked.count == 1
    assert looked.next_due_ms is not None
    with pytest.raises(DeadlinePassed):
        await short.serve(called)
    # The officer who presses 弃号 just after the timer is not told of an error.
    assert (await short.abandon(called)).state is not TicketState.CALLED


@pytest.mark.feature("S22")
async def test_reactivate_is_late_before_and_after_the_timer(short: Desk, redis_client: Redis) -> None:
    await short.issue("a")
    abandoned = await short.abandon(await short.call())
    await until_past(redis_client, abandoned.deadline_ms)
    with pytest.raises(DeadlinePassed):
        await short.queue.reactivate(HALL, "a")
    assert (await short.queue.expire_due(HALL, limit=10)).count == 1
    assert await state_of(short, "a") is TicketState.LAPSED
    with pytest.raises(DeadlinePassed):
        await short.queue.reactivate(HALL, "a")
    with pytest.raises(StepRefused):
        await short.queue.cancel(HALL, "a")


@pytest.mark.feature("S33")
async def test_recall_restarts_the_deadline_but_not_sooner_than_the_spacing(link: Link) -> None:
    desk = Desk(Queue(link, QueuePolicy(confirm_ms=600_000, recall_spacing_ms=50)))
    await desk.issue("a")
    called = await desk.call()

    async def ring() -> int | None:
        ticket = await desk.queue.recall(HALL, "a", officer_id=OFFICER, call_number=1)
        assert (ticket.call_number, ticket.called_at_ms) == (1, called.called_at_ms)
        return ticket.deadline_ms

    deadline_ms = await until(ring, lambda deadline: deadline != called.deadline_ms)
    assert called.called_at_ms is not None
    assert deadline_ms is not None
    assert deadline_ms >= called.called_at_ms + 600_050
    rings = [entry.step for entry in await Journal(link).read_after(HALL, None, limit=100)]
    assert rings == [Step.ISSUE, Step.CALL, Step.RECALL]


async def test_nothing_is_abandoned_before_a_booked_slot_starts(short: Desk, redis_client: Redis) -> None:
    slot_ms = (await short.issue("other")).issued_at_ms + 3_600_000
    await short.queue.cancel(HALL, "other")
    await short.issue("a", not_before_ms=slot_ms)
    called = await short.call()
    assert called.deadline_ms == slot_ms + SHORT.confirm_ms
    with pytest.raises(SlotNotStarted):
        await short.abandon(called)
    assert await state_of(short, "a") is TicketState.CALLED


async def test_a_ticket_is_given_up_once_its_slot_has_started(short: Desk, redis_client: Redis) -> None:
    slot_ms = (await short.issue("other")).issued_at_ms + 40
    await short.queue.cancel(HALL, "other")
    await short.issue("a", not_before_ms=slot_ms)
    called = await short.call()
    assert called.deadline_ms == slot_ms + SHORT.confirm_ms
    await until_past(redis_client, slot_ms)
    assert (await short.abandon(called)).state is TicketState.ABANDONED


async def test_only_so_many_steps_at_once(redis_client: Redis, short: Desk) -> None:
    for number in range(5):
        await short.issue(f"t{number}")
    calls = [await short.call(f"o{number}") for number in range(5)]
    await until_past(redis_client, calls[-1].deadline_ms)
    looked = await short.queue.expire_due(HALL, limit=2)
    assert looked.count == 2
    assert looked.next_due_ms is not None
    assert looked.next_due_ms <= looked.now_ms


@pytest.mark.feature("S22")
@pytest.mark.usefixtures("pollers")
async def test_pollers_make_every_step_once(short: Desk, link: Link) -> None:
    ids = [f"t{number}" for number in range(40)]
    for number, ticket_id in enumerate(ids):
        await short.issue(ticket_id)
        await short.call(f"o{number}")

    async def states() -> set[TicketState]:
        return {position.ticket.state for position in await short.queue.positions(HALL, ids)}

    await until(states, lambda found: found == {TicketState.LAPSED})
    entries = await Journal(link).read_after(HALL, None, limit=1_000)
    assert [entry.version for entry in entries] == list(range(1, 161))
    made = sorted((entry.ticket.ticket_id, entry.step) for entry in entries)
    each = (Step.ISSUE, Step.CALL, Step.ABANDON, Step.LAPSE)
    assert made == sorted((ticket_id, step) for ticket_id in ids for step in each)


@pytest.mark.usefixtures("pollers")
async def test_the_officer_is_free_after_an_unanswered_call(short: Desk) -> None:
    await short.issue("a")
    await short.issue("b")
    await short.call()

    async def held() -> int:
        return len((await short.queue.snapshot(HALL, [], first=0)).held)

    await until(held, lambda count: count == 0)
    assert (await short.call()).ticket_id == "b"


async def test_pollers_survive_lost_connections(short: Desk, redis_client: Redis, pollers: None) -> None:
    await short.issue("a")
    await short.call()
    await redis_client.client_kill_filter(_type="normal", skipme=True)
    await until(lambda: state_of(short, "a"), lambda state: state is TicketState.LAPSED)


async def test_stop_ends_a_poller_at_once(queue: Queue) -> None:
    stop = asyncio.Event()
    polling = asyncio.create_task(deadlines.run(queue, [HALL], stop=stop, poll_max_ms=3_600_000))
    stop.set()
    await asyncio.wait_for(polling, 20)


async def test_nothing_due(queue: Queue) -> None:
    looked = await queue.expire_due(HALL, limit=10)
    assert looked == Expired(count=0, next_due_ms=None, now_ms=looked.now_ms)
