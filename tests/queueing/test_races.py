"""Many at once, and what is left behind."""

import asyncio

import pytest
from redis.asyncio import Redis

from queueing import keys
from queueing.connection import Link
from queueing.policy import QueuePolicy
from queueing.service import Queue
from queueing.states import TicketState
from tests.queueing.desk import HALL, LINE, Desk, until


@pytest.mark.feature("S33")
async def test_racing_officers_get_each_ticket_once(queue: Queue, desk: Desk) -> None:
    ids = [f"t{number}" for number in range(60)]
    await asyncio.gather(*(desk.issue(ticket_id) for ticket_id in ids))
    got: list[str] = []

    async def officer(name: str) -> None:
        number = 0
        while True:
            request_id = f"r{number}"
            # Each request twice at once, as after a lost reply.
            one, two = await asyncio.gather(
                *(
                    queue.call_next(HALL, officer_id=name, line_ids=[LINE], request_id=request_id)
                    for _ in range(2)
                )
            )
            if one is None or two is None:
                assert one is two
                return
            assert one.ticket.ticket_id == two.ticket.ticket_id
            assert {one.repeated, two.repeated} == {True, False}
            got.append(one.ticket.ticket_id)
            await desk.finish(await desk.serve(one.ticket))
            number += 1

    await asyncio.gather(*(officer(f"o{number}") for number in range(12)))
    assert sorted(got) == sorted(ids)


async def test_racing_confirm_abandon_and_cancel_have_one_winner(queue: Queue, desk: Desk) -> None:
    for number in range(30):
        await desk.issue(f"t{number}")
        called = await desk.call(f"o{number}")
        results = await asyncio.gather(desk.serve(called), desk.abandon(called), return_exceptions=True)
        assert sum(isinstance(result, Exception) for result in results) == 1
        state = (await queue.ticket(HALL, called.ticket_id)).state
        assert state in {TicketState.SERVING, TicketState.ABANDONED}


async def every_key(redis_client: Redis) -> set[str]:
    return {key.decode() async for key in redis_client.scan_iter()}


async def test_nothing_is_left_of_ended_tickets(redis_client: Redis, link: Link) -> None:
    policy = QueuePolicy(
        ended_ticket_ttl_ms=300,
        request_ttl_ms=300,
        number_ttl_ms=300,
        reactivations_max=0,
        lease_ms=300,
    )
    queue = Queue(link, policy)
    desk = Desk(queue)
    await desk.issue("finished", booking_id="b1")
    await desk.finish(await desk.serve(await desk.call()))
    await desk.issue("cancelled", booking_id="b2")
    await queue.cancel(HALL, "cancelled")
    await desk.issue("lapsed", booking_id="b3")
    await desk.abandon(await desk.call())
    assert (await queue.expire_due(HALL, limit=10)).count == 1
    keys_now = await every_key(redis_client)
    assert {key for key in keys_now if keys.KEY_PATTERN.fullmatch(key) is None} == set()
    for_ever = {keys.meta(HALL), keys.journal(HALL)}

    async def left() -> set[str]:
        await queue.expire_due(HALL, limit=10)
        return await every_key(redis_client)

    await until(left, lambda found: found == for_ever)


async def test_open_tickets_do_not_expire(redis_client: Redis, desk: Desk) -> None:
    for number in range(4):
        await desk.issue(f"t{number}", booking_id=f"b{number}")
    await desk.serve(await desk.call("o1"))
    await desk.abandon(await desk.call("o2"))
    await desk.call("o3")
    for number in range(4):
        assert await redis_client.pttl(f"q:{{{HALL}}}:t:t{number}") == -1
        assert await redis_client.pttl(f"q:{{{HALL}}}:b:b{number}") == -1
