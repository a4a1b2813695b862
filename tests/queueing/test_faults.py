"""Lost connections and a killed server in the middle of everything."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from queueing.connection import connect
from queueing.errors import OfficerBusy, QueueUnavailable
from queueing.journal import Journal
from queueing.policy import QueuePolicy
from queueing.service import Queue
from queueing.states import TicketState
from server.embedded_redis import EmbeddedRedis
from tests.queueing.desk import HALL, LINE, Desk

TICKETS = [f"t{number}" for number in range(150)]


async def work_through(queue: Queue, disturb: Callable[[int], object]) -> list[str]:
    """Twelve officers end all tickets that wait; gives the tickets in the order of their ends."""
    ended: list[str] = []

    async def officer(name: str) -> None:
        number = 0
        while True:
            called = await queue.call_next(HALL, officer_id=name, line_ids=[LINE], request_id=f"r{number}")
            if called is None:
                return
            ticket, call = called.ticket, called.ticket.call_number
            await queue.confirm(HALL, ticket.ticket_id, call_number=call)
            await queue.finish(HALL, ticket.ticket_id, officer_id=name, call_number=call, outcome="completed")
            ended.append(ticket.ticket_id)
            disturb(len(ended))
            number += 1

    await asyncio.gather(*(officer(f"o{number}") for number in range(12)))
    return ended


async def check_all_ended_once(queue: Queue, journal: Journal, ended: list[str]) -> None:
    assert sorted(ended) == sorted(TICKETS)
    positions = await queue.positions(HALL, TICKETS)
    assert {position.ticket.state for position in positions} == {TicketState.FINISHED}
    assert {position.ticket.call_number for position in positions} == {1}
    entries = await journal.read_after(HALL, None, limit=10_000)
    assert [entry.version for entry in entries] == list(range(1, 4 * len(TICKETS) + 1))


async def test_lost_connections_lose_and_double_nothing(redis_url: str, redis_client: Redis) -> None:
    async with connect(redis_url) as link:
        queue = Queue(link, QueuePolicy())
        await asyncio.gather(*(Desk(queue).issue(ticket_id) for ticket_id in TICKETS))
        cuts: list[asyncio.Task[object]] = []

        def cut(count: int) -> None:
            if count % 15 == 0:
                kill = redis_client.client_kill_filter(_type="normal", skipme=True)
                cuts.append(asyncio.ensure_future(kill))

        ended = await work_through(queue, cut)
        assert sum([int(str(await one)) for one in cuts]) > 0
        await check_all_ended_once(queue, Journal(link), ended)


@pytest.mark.feature("S33")
async def test_a_server_killed_in_the_middle_loses_and_doubles_nothing(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path)
    await server.start()
    try:
        async with connect(server.url) as link:
            queue = Queue(link, QueuePolicy())
            await asyncio.gather(*(Desk(queue).issue(ticket_id) for ticket_id in TICKETS))
            killed: list[int] = []

            def kill(count: int) -> None:
                if count in {40, 100} and server.process_id is not None:
                    killed.append(server.process_id)
                    os.kill(server.process_id, signal.SIGKILL)

            ended = await work_through(queue, kill)
            assert len(killed) == 2
            await check_all_ended_once(queue, Journal(link), ended)
    finally:
        await server.stop()


async def test_a_server_that_is_away_is_a_typed_error(tmp_path: Path) -> None:
    async with connect(f"unix://{tmp_path}/nobody") as link:
        queue = Queue(link, QueuePolicy())
        results = await asyncio.gather(
            queue.ticket(HALL, "a"), queue.cancel(HALL, "a"), return_exceptions=True
        )
        assert [type(result) for result in results] == [QueueUnavailable, QueueUnavailable]
        with pytest.raises(QueueUnavailable):
            await Journal(link).latest(HALL)


async def test_full_memory_refuses_new_tickets_and_serves_those_there_are(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path)
    await server.start()
    try:
        async with connect(server.url) as link:
            desk = Desk(Queue(link, QueuePolicy()))
            await desk.issue("a")
            await desk.issue("b")
            await link.redis.config_set("maxmemory", 1)
            with pytest.raises(QueueUnavailable):
                await desk.issue("c")
            await desk.finish(await desk.serve(await desk.call()))
            await desk.queue.cancel(HALL, "b")
            await link.redis.config_set("maxmemory", 0)
            assert (await desk.issue("c")).version == 7
            entries = await Journal(link).read_after(HALL, None, limit=100)
            assert [entry.version for entry in entries] == list(range(1, 8))
    finally:
        await server.stop()


async def test_a_cancelled_call_takes_nothing_from_the_others(desk: Desk) -> None:
    for number in range(3):
        await desk.issue(f"t{number}")
    calls = [asyncio.ensure_future(desk.call(f"o{number}")) for number in range(3)]
    await asyncio.sleep(0)
    calls[0].cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert [getattr(result, "ticket_id", None) for result in results[1:]] == ["t1", "t2"]
    # Its step was made; the officer finds the ticket.
    with pytest.raises(OfficerBusy) as busy:
        await desk.call("o0")
    assert busy.value.held.ticket_id == "t0"
