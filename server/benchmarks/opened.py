"""The queue as the benchmarks open it: the one place that knows how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from queueing.connection import connect
from queueing.journal import Journal
from queueing.policy import QueuePolicy
from queueing.service import Queue


@dataclass(frozen=True, slots=True)
class Opened:
    """The queue and the journal of one server."""

    queue: Queue
    journal: Journal


@asynccontextmanager
async def opened(url: str, policy: QueuePolicy) -> AsyncIterator[Opened]:
    """Both on a connection of their own, for the length of the block."""
    async with connect(url) as link:
        yield Opened(Queue(link, policy), Journal(link))
