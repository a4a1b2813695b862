"""What the tests of the queue share."""

import pytest

from queueing.connection import Link
from queueing.policy import QueuePolicy
from queueing.service import Queue
from tests.queueing.desk import Desk


@pytest.fixture
def queue(link: Link) -> Queue:
    """A queue with the default policy."""
    return Queue(link, QueuePolicy())


@pytest.fixture
def desk(queue: Queue) -> Desk:
    """Shorthand for one line of one hall."""
    return Desk(queue)
