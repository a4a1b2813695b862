"""Six nodes, a hall a slot: steps go on when the hall's node is lost or its slot moves."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from redis.crc import key_slot

from queueing import keys
from queueing.connection import Link, connect
from queueing.errors import QueueUnavailable
from queueing.journal import Journal
from queueing.policy import QueuePolicy
from queueing.service import Queue
from tests.queueing.desk import DAY, HALL, LINE, Desk
from tests.queueing.test_sentinel import at_last, issue_from, versions
from tests.topologies import HEAL_S, ClusterOfSix, Node, cluster_of_six

HALLS: Final = [f"hall-{number}" for number in range(12)]
KEY: Final = keys.meta(HALL)


@pytest.fixture
async def topology(tmp_path: Path) -> AsyncIterator[ClusterOfSix]:
    async with cluster_of_six(tmp_path) as topology:
        yield topology


@pytest.fixture
async def cluster_link(topology: ClusterOfSix) -> AsyncIterator[Link]:
    async with connect(topology.url) as link:
        yield link


async def issue_in(link: Link, hall_id: str, ticket_id: str) -> int:
    queue = Queue(link, QueuePolicy())
    return (await queue.issue(hall_id, ticket_id, line_id=LINE, letter="C", day=DAY)).version


async def test_halls_are_spread_and_all_are_served(topology: ClusterOfSix, cluster_link: Link) -> None:
    for ticket_id in ("a", "b"):
        await asyncio.gather(*(issue_in(cluster_link, hall_id, ticket_id) for hall_id in HALLS))
    assert {(await topology.owner(keys.meta(hall_id))).port for hall_id in HALLS} == {
        node.port for node in topology.nodes[:3]
    }
    journal = Journal(cluster_link)
    for hall_id in HALLS:
        assert await journal.latest(hall_id) == 2
        entries = await journal.read_after(hall_id, None, limit=10)
        assert [entry.version for entry in entries] == [1, 2]
        assert await journal.trim(hall_id, entries[-1].entry_id) == 1
        assert await journal.read_after(hall_id, entries[-1].entry_id, limit=10, block_ms=20) == []
    assert await cluster_link.redis.ping()


async def test_steps_go_on_over_a_killed_node_and_nothing_acknowledged_is_lost(
    topology: ClusterOfSix, cluster_link: Link
) -> None:
    desk = Desk(Queue(cluster_link, QueuePolicy()))
    await issue_from(desk, 0, 50)
    await topology.acknowledged(KEY)
    node = await topology.owner(KEY)
    node.kill()
    await issue_from(desk, 50, 50)
    assert await versions(cluster_link) == list(range(1, 101))
    # And over the way back.
    await node.restart()
    await topology.healed()
    await topology.acknowledged(KEY)
    (await topology.owner(KEY)).kill()
    await issue_from(desk, 100, 50)
    assert await topology.owner(KEY) is node
    assert await versions(cluster_link) == list(range(1, 151))


async def test_a_node_that_hangs_is_left_for_the_new_one(topology: ClusterOfSix, cluster_link: Link) -> None:
    desk = Desk(Queue(cluster_link, QueuePolicy()))
    await issue_from(desk, 0, 10)
    await topology.acknowledged(KEY)
    node = await topology.owner(KEY)
    node.stop()
    await issue_from(desk, 10, 50)
    node.go_on()
    await topology.healed()
    await issue_from(desk, 60, 10)
    assert await versions(cluster_link) == list(range(1, 71))


async def test_the_journals_tail_goes_on_over_a_killed_node(
    topology: ClusterOfSix, cluster_link: Link
) -> None:
    desk = Desk(Queue(cluster_link, QueuePolicy()))
    seen: list[int] = []

    async def follow() -> None:
        async for entry in Journal(cluster_link).tail([HALL], after={HALL: 0}):
            seen.append(entry.version)
            if len(seen) == 40:
                return

    tail = asyncio.create_task(follow())
    await issue_from(desk, 0, 20)
    await topology.acknowledged(KEY)
    (await topology.owner(KEY)).kill()
    await issue_from(desk, 20, 20)
    async with asyncio.timeout(HEAL_S):
        await tail
    assert seen == list(range(1, 41))


async def test_a_hall_without_a_node_is_away_and_comes_back_by_itself(
    topology: ClusterOfSix, cluster_link: Link
) -> None:
    desk = Desk(Queue(cluster_link, QueuePolicy()))
    await desk.issue("a")
    await topology.acknowledged(KEY)
    first = await topology.owner(KEY)
    first.kill()
    second = await topology.replaced(first, KEY)
    second.kill()
    for _ in range(2):
        with pytest.raises(QueueUnavailable):
            await desk.issue("b")
    with pytest.raises(QueueUnavailable):
        await Journal(cluster_link).latest(HALL)
    await second.restart()
    await at_last(lambda: desk.issue("b"))
    assert await versions(cluster_link) == [1, 2]


async def test_a_slot_that_moves_is_followed_at_every_moment(
    topology: ClusterOfSix, cluster_link: Link
) -> None:
    desk = Desk(Queue(cluster_link, QueuePolicy()))
    source = await topology.owner(KEY)
    target = next(node for node in topology.nodes[:3] if node is not source)
    slot = key_slot(KEY.encode())
    source_id, target_id = [await node.ask("CLUSTER", "MYID") for node in (source, target)]
    await target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source_id)
    await source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target_id)
    # Nothing of the hall is at the source, which sends us on with ASK.
    await desk.issue("a")
    assert await _keys_at(target, slot) > 0
    for node in (target, source):
        await node.ask("CLUSTER", "SETSLOT", slot, "NODE", target_id)
    # MOVED, from here on.
    await issue_from(desk, 0, 20)
    assert await versions(cluster_link) == list(range(1, 22))


async def _keys_at(node: Node, slot: int) -> int:
    return int(await node.ask("CLUSTER", "COUNTKEYSINSLOT", slot))


async def test_one_way_for_a_single_server_into_a_cluster_is_refused(topology: ClusterOfSix) -> None:
    owner = await topology.owner(KEY)
    other = next(node for node in topology.nodes[:3] if node is not owner)
    async with connect(f"redis://127.0.0.1:{other.port}") as link:
        with pytest.raises(QueueUnavailable, match="MOVED"):
            await Desk(Queue(link, QueuePolicy())).issue("a")
