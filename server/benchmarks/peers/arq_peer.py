"""arq: enqueue, and a whole job by a burst worker, since it has no way to take a job without running it.

Arguments: the server's unix socket, how many one after another, how many in all at once, how many of them
at a time. Prints one line of JSON: operations a second.
"""

import asyncio
import json
import sys
import time
from importlib.metadata import version
from typing import Any, Final

import uvloop
from arq import Worker
from arq.connections import ArqRedis, RedisSettings, create_pool

WARM_UP: Final = 200
POLL_DELAY_S: Final = 0
"""By itself it sleeps 0.5 s between two looks, which would be all that is measured."""
READ_LIMIT: Final = 500


async def ticket(_: dict[str, Any], turn: int) -> int:
    """The job: nothing."""
    return turn


async def enqueue_all(pool: ArqRedis, count: int, concurrency: int) -> float:
    turns = iter(range(count))

    async def work() -> None:
        for turn in turns:
            await pool.enqueue_job("ticket", turn)

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(concurrency)))
    return count / (time.perf_counter() - started)


async def work_off(pool: ArqRedis, count: int, concurrency: int) -> float:
    worker = Worker(
        functions=[ticket],
        queue_name=pool.default_queue_name,
        redis_pool=pool,
        burst=True,
        handle_signals=False,
        max_jobs=concurrency,
        poll_delay=POLL_DELAY_S,
        queue_read_limit=READ_LIMIT,
        log_results=False,
    )
    started = time.perf_counter()
    await worker.main()
    taken_s = time.perf_counter() - started
    if worker.jobs_complete != count:
        raise RuntimeError(f"{worker.jobs_complete} of {count} jobs were done")
    return count / taken_s


async def both(path: str, name: str, count: int, concurrency: int) -> dict[str, float]:
    pool = await create_pool(RedisSettings(unix_socket_path=path), default_queue_name=name)
    issue = await enqueue_all(pool, count, concurrency)
    whole = await work_off(pool, count, concurrency)
    await pool.aclose()
    return {"issue": issue, "whole_job": whole}


async def measure(path: str, sequential: int, concurrent: int, at_a_time: int) -> dict[str, object]:
    await both(path, "warm-up", WARM_UP, at_a_time)
    return {
        "versions": {"arq": version("arq"), "redis-py of arq": version("redis")},
        "one_after_another": await both(path, "one", sequential, 1),
        "many_at_once": await both(path, "many", concurrent, at_a_time),
    }


if __name__ == "__main__":
    counts = [int(count) for count in sys.argv[2:]]
    sys.stdout.write(json.dumps(uvloop.run(measure(sys.argv[1], *counts))) + "\n")
