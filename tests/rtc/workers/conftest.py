"""A depot on the session's Valkey."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.rtc.workers.depot import Depot, open_depot


@pytest.fixture
async def depot(redis_client: Redis) -> AsyncIterator[Depot]:
    async with open_depot(redis_client) as depot:
        yield depot
