"""A master, its replica and three Sentinels: steps go on when the master is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from queueing.connection import Link, connect
from queueing.errors import QueueUnavailable
from queueing.journal import Journal
from queueing.policy import QueuePolicy
from queueing.service import Queue
from tests.queueing.desk import HALL, Desk
from tests.topologies import HEAL_S, MASTER_NAME, WithSentinels, with_sentinels

T = TypeVar("T")


@pytest.fixture
async def topology(tmp_path: Path) -> AsyncIterator[WithSentinels]:
    async with with_sentinels(tmp_path) as topology:
        yield topology


@pytest.fixture
async def sentinel_link(topology: WithSentinels) -> AsyncIterator[Link]:
    async with connect(topology.url) as link:
        yield link


async def at_last(step: Callable[[], Awaitable[T]]) -> T:
    """As a caller does: again, as long as the queue says that it is away, and for nothing else."""
    async with asyncio.timeout(2 * HEAL_S):
        while True:
            try:
                return await step()
            except QueueUnavailable:
                continue


async def issue_from(desk: Desk, first: int, count: int) -> None:
    async def one(number: int) -> None:
        await at_last(lambda: desk.issue(f"t{number}"))

    await asyncio.gather(*(one(number) for number in range(first, first + count)))


async def versions(link: Link) -> list[int]:
    entries = await at_last(lambda: Journal(link).read_after(HALL, None, limit=10_000))
    return [entry.version for entry in entries]


async def test_steps_go_on_over_a_killed_master_and_nothing_acknowledged_is_lost(
    topology: WithSentinels, sentinel_link: Link
) -> None:
    desk = Desk(Queue(sentinel_link, QueuePolicy()))
    await issue_from(desk, 0, 50)
    await topology.acknowledged()
    master = await topology.master()
    master.kill()
    await issue_from(desk, 50, 50)
    assert (await topology.master()) is not master
    assert len(await desk.queue.positions(HALL, [f"t{number}" for number in range(100)])) == 100
    assert await versions(sentinel_link) == list(range(1, 101))
    # And over the way back.
    await master.restart()
    await topology.healed()
    await topology.acknowledged()
    (await topology.master()).kill()
    await issue_from(desk, 100, 50)
    assert await topology.master() is master
    assert await versions(sentinel_link) == list(range(1, 151))


async def test_a_master_that_hangs_is_left_for_the_new_one(
    topology: WithSentinels, sentinel_link: Link
) -> None:
    desk = Desk(Queue(sentinel_link, QueuePolicy()))
    await issue_from(desk, 0, 10)
    await topology.acknowledged()
    master = await topology.master()
    master.stop()
    await issue_from(desk, 10, 50)
    master.go_on()
    await topology.healed()
    await issue_from(desk, 60, 10)
    assert await versions(sentinel_link) == list(range(1, 71))


@pytest.mark.parametrize(
    ("configuration", "how"),
    [("", ["COORDINATED"]), ("min-replicas-to-write 1\nmin-replicas-max-lag 10\n", [])],
    ids=["coordinated", "writes need the replica"],
)
async def test_a_failover_by_hand_can_lose_nothing(
    tmp_path: Path, configuration: str, how: list[str]
) -> None:
    # With neither the old master takes steps until it is told, which are lost then.
    async with with_sentinels(tmp_path, configuration) as topology, connect(topology.url) as link:
        desk = Desk(Queue(link, QueuePolicy()))
        await issue_from(desk, 0, 10)
        master = await topology.master()
        await topology.acknowledged()
        await topology.sentinels[0].ask("SENTINEL", "FAILOVER", MASTER_NAME, *how)
        await issue_from(desk, 10, 100)
        await topology.replaced(master)
        await issue_from(desk, 110, 10)
        assert await versions(link) == list(range(1, 121))


async def test_sentinels_may_be_gone_as_long_as_one_answers(
    topology: WithSentinels, sentinel_link: Link
) -> None:
    topology.sentinels[0].kill()
    topology.sentinels[2].stop()
    desk = Desk(Queue(sentinel_link, QueuePolicy()))
    await desk.issue("a")
    assert await versions(sentinel_link) == [1]
    topology.sentinels[1].kill()
    # What is open needs none.
    await desk.issue("b")
    assert await versions(sentinel_link) == [1, 2]
    async with connect(topology.url) as other:
        with pytest.raises(QueueUnavailable):
            await Desk(Queue(other, QueuePolicy())).issue("c")
        await topology.sentinels[1].restart()
        assert (await at_last(lambda: Desk(Queue(other, QueuePolicy())).issue("c"))).version == 3


async def test_without_a_master_it_is_away_and_comes_back_by_itself(
    topology: WithSentinels, sentinel_link: Link
) -> None:
    desk = Desk(Queue(sentinel_link, QueuePolicy()))
    await desk.issue("a")
    # Or the hall would freeze, should the replica be the master that comes back.
    await topology.acknowledged()
    for server in topology.servers:
        server.kill()
    with pytest.raises(QueueUnavailable):
        await desk.issue("b")
    with pytest.raises(QueueUnavailable):
        await Journal(sentinel_link).latest(HALL)
    for server in topology.servers:
        await server.restart()
    await at_last(lambda: desk.issue("b"))
    assert await versions(sentinel_link) == [1, 2]


async def test_the_journals_tail_goes_on_over_a_failover(
    topology: WithSentinels, sentinel_link: Link
) -> None:
    desk = Desk(Queue(sentinel_link, QueuePolicy()))
    seen: list[int] = []

    async def follow() -> None:
        async for entry in Journal(sentinel_link).tail([HALL], after={HALL: 0}):
            seen.append(entry.version)
            if len(seen) == 40:
                return

    tail = asyncio.create_task(follow())
    await issue_from(desk, 0, 20)
    await topology.acknowledged()
    (await topology.master()).kill()
    await issue_from(desk, 20, 20)
    async with asyncio.timeout(HEAL_S):
        await tail
    assert seen == list(range(1, 41))
