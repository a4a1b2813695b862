"""What the Redis client's exceptions mean to the queue's users."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from redis.exceptions import (
    AskError,
    ClusterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
    TryAgainError,
)

from queueing.errors import QueueUnavailable

_REFUSING: Final = (OutOfMemoryError, ReadOnlyError, ClusterDownError, TryAgainError, AskError)
_REFUSING_CODES: Final = ("MISCONF", "NOREPLICAS", "BUSY", "LOADING", "MASTERDOWN", "OOM", "READONLY")


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raises QueueUnavailable for whatever says that Redis is away or takes no writes now.

    An error in one of our own commands or scripts is a mistake in the code and goes through as it is.
    """
    try:
        yield
    except (RedisError, RedisClusterException, OSError) as error:
        refused = isinstance(error, _REFUSING) or str(error).startswith(_REFUSING_CODES)
        if isinstance(error, ResponseError) and not refused:
            raise
        raise QueueUnavailable(f"Redis: {type(error).__name__}") from error
