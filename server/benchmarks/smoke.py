"""What a step of the queue costs."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Final, TypeVar

from queueing.connection import connect
from queueing.policy import QueuePolicy
from queueing.service import Queue
from server.benchmarks.frame import Measured, Say
from server.embedded_redis import EmbeddedRedis

TICKETS: Final = 1_000
HALL: Final = "bench"
LINE: Final = "consult"
OFFICER: Final = "officer"
T = TypeVar("T")
STEPS: Final = ("issue", "call_next", "confirm", "finish")


def queue_smoke(say: Say) -> Measured:
    """1,000 tickets, one client, each step sent after the answer to the one before."""
    say(f"{TICKETS} tickets")
    with tempfile.TemporaryDirectory(prefix="shuitong-bench-") as folder:
        return asyncio.run(_with_server(Path(folder)))


async def _with_server(folder: Path) -> Measured:
    server = EmbeddedRedis(folder)
    await server.start()
    try:
        async with connect(server.url) as link:
            info: dict[str, object] = await link.redis.info("server")
            taken_ns = await _all_steps(Queue(link, QueuePolicy()))
    finally:
        await server.stop()
    name = "valkey" if "valkey_version" in info else "redis"
    return Measured(
        summary={f"{step}_per_s": round(len(times) / (sum(times) / 1e9)) for step, times in taken_ns.items()},
        details={
            "tickets": TICKETS,
            "clients": 1,
            "step_us": {step: _quantiles_us(times) for step, times in taken_ns.items()},
        },
        versions={name: str(info[f"{name}_version"])},
    )


async def _all_steps(queue: Queue) -> dict[str, list[int]]:
    taken_ns: dict[str, list[int]] = {step: [] for step in STEPS}

    async def timed(step: str, call: Awaitable[T]) -> T:
        started = time.perf_counter_ns()
        answer = await call
        taken_ns[step].append(time.perf_counter_ns() - started)
        return answer

    for turn in range(TICKETS):
        await timed("issue", queue.issue(HALL, f"t{turn}", line_id=LINE, letter="C", day="20260101"))
    for turn in range(TICKETS):
        called = await timed(
            "call_next", queue.call_next(HALL, officer_id=OFFICER, line_ids=(LINE,), request_id=f"r{turn}")
        )
        if called is None:
            raise RuntimeError(f"the line was empty after {turn} of {TICKETS} calls")
        ticket_id, number = called.ticket.ticket_id, called.ticket.call_number
        await timed("confirm", queue.confirm(HALL, ticket_id, call_number=number))
        await timed(
            "finish",
            queue.finish(HALL, ticket_id, officer_id=OFFICER, call_number=number, outcome="completed"),
        )
    return taken_ns


def _quantiles_us(times_ns: list[int]) -> dict[str, float]:
    cuts = statistics.quantiles(times_ns, n=100)
    return {
        "p50": round(cuts[49] / 1e3, 1),
        "p99": round(cuts[98] / 1e3, 1),
        "max": round(max(times_ns) / 1e3, 1),
    }
