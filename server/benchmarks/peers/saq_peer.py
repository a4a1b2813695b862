"""saq: enqueue, dequeue and finish, each a call of its own.

Arguments: the server's unix socket, how many one after another, how many in all at once, how many of them
at a time. Prints one line of JSON: operations a second.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any, Final

import uvloop
from redis.asyncio import Redis
from saq import Job, Status
from saq.queue.redis import RedisQueue

WARM_UP: Final = 200
DEQUEUE_TIMEOUT_S: Final = 5.0


async def timed(
    operate: Callable[[int], Awaitable[Any]], count: int, concurrency: int
) -> tuple[float, list[Any]]:
    answers: dict[int, Any] = {}
    turns = iter(range(count))

    async def work() -> None:
        for turn in turns:
            answers[turn] = await operate(turn)

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(concurrency)))
    return count / (time.perf_counter() - started), [answers[turn] for turn in range(count)]


async def all_operations(path: str, name: str, count: int, concurrency: int) -> dict[str, float]:
    # As many operations at once as are asked for: by itself saq throttles to 20.
    queue = RedisQueue(Redis(unix_socket_path=path), name=name, max_concurrent_ops=concurrency)
    await queue.connect()
    issue, _ = await timed(
        lambda turn: queue.enqueue(Job("ticket", kwargs={"turn": turn})), count, concurrency
    )
    call, jobs = await timed(lambda _: queue.dequeue(DEQUEUE_TIMEOUT_S), count, concurrency)
    if None in jobs:
        raise RuntimeError("a job could not be taken")
    finish, _ = await timed(lambda turn: queue.finish(jobs[turn], Status.COMPLETE), count, concurrency)
    await queue.disconnect()
    return {"issue": issue, "call": call, "finish": finish}


async def measure(path: str, sequential: int, concurrent: int, at_a_time: int) -> dict[str, object]:
    await all_operations(path, "warm-up", WARM_UP, at_a_time)
    return {
        "versions": {"saq": version("saq"), "redis-py of saq": version("redis")},
        "one_after_another": await all_operations(path, "one", sequential, 1),
        "many_at_once": await all_operations(path, "many", concurrent, at_a_time),
    }


if __name__ == "__main__":
    counts = [int(count) for count in sys.argv[2:]]
    sys.stdout.write(json.dumps(uvloop.run(measure(sys.argv[1], *counts))) + "\n")
