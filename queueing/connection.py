"""The Redis client as the queue needs it."""

from typing import Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff

CONNECTIONS_MAX: Final = 64
"""Of one process; a command waits up to ANSWER_TIMEOUT_S for one, instead of failing at once."""
ANSWER_TIMEOUT_S: Final = 5.0
RETRIES: Final = 6
RETRY_FIRST_S: Final = 0.05
RETRY_MOST_S: Final = 1.0


def connect(url: str) -> Redis:
    """A client of the Redis at `url` (``redis://``, ``rediss://``, ``unix://``); nothing is sent yet.

    A command whose connection breaks is repeated RETRIES times, in about 2 s, which carries it over a restart
    of the server: every step of the queue is made for that. (`Redis.from_url` by itself repeats nothing.)
    Close it with `aclose`.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS_MAX,
        timeout=ANSWER_TIMEOUT_S,
        socket_timeout=ANSWER_TIMEOUT_S,
        socket_connect_timeout=ANSWER_TIMEOUT_S,
        retry=Retry(ExponentialWithJitterBackoff(base=RETRY_FIRST_S, cap=RETRY_MOST_S), RETRIES),
    )
    return Redis.from_pool(pool)
