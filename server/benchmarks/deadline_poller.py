"""Run as a program: one process that watches the deadlines, as every server process does.

Arguments: the server's address, the hall, and the policy's confirm_ms and activation_ms. Says ``ready`` when
its first look is done. Ends when its standard input does, so that it never outlives who started it.
"""

import asyncio
import sys
import threading

import uvloop

from queueing import deadlines
from queueing.policy import QueuePolicy
from server.benchmarks.opened import opened


def policy(confirm_ms: int, activation_ms: int) -> QueuePolicy:
    """What the benchmark and its pollers agree on: short deadlines."""
    return QueuePolicy(
        confirm_ms=confirm_ms, activation_ms=activation_ms, recall_spacing_ms=0, line_capacity=1_000_000
    )


async def watch(url: str, hall_id: str, used: QueuePolicy) -> None:
    """Until standard input ends."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait_for_end() -> None:
        sys.stdin.buffer.read()
        loop.call_soon_threadsafe(stop.set)

    async with opened(url, used) as known:
        await known.queue.expire_due(hall_id, limit=1)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        threading.Thread(target=wait_for_end, daemon=True, name="end with input").start()
        await deadlines.run(known.queue, [hall_id], stop=stop)


if __name__ == "__main__":
    url, hall, confirm_ms, activation_ms = sys.argv[1:]
    uvloop.run(watch(url, hall, policy(int(confirm_ms), int(activation_ms))))
