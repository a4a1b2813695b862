"""What the tests of the queue share."""

import pytest
from redis.asyncio import Redis

from queueing.policy import QueuePolicy
from queueing.service import Queue
from tests.queueing.desk import Desk


@pytest.fixture
def queue(redis_client: Redis) -> Queue:
    """A queue with the default policy."""
    return Queue(link, QueuePolicy())


@pytest.fixture
def desk(queue: Queue) -> Desk:
    """Shorthand for one line of one hall."""
    return Desk(queue)
