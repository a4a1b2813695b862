"""What the errors of Redis, and of its clients, mean to the queue's users."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from redis.exceptions import RedisClusterException, RedisError, ResponseError

from queueing.errors import QueueUnavailable

PASSING: Final = frozenset(
    {
        "LOADING",
        "READONLY",
        "MASTERDOWN",
        "CLUSTERDOWN",
        "TRYAGAIN",
        "MOVED",
        "ASK",
        "UNBLOCKED",
        "NOREPLICAS",
    }
)
"""First words of error replies that may be gone in a moment: a restart or a failover goes on."""
REFUSING: Final = frozenset({"OOM", "MISCONF", "BUSY", "NOAUTH", "NOPERM", "WRONGPASS"})
"""Those that stay until somebody does something about it."""
CLIENT_FAULTS: Final = (
    RedisError,
    RedisClusterException,
    OSError,
    EOFError,
    # redis-py itself stumbles in a failover: a node that is gone from its tables, a transport that is closed.
    AttributeError,
    LookupError,
    RuntimeError,
)
"""What a call of redis-py may raise when servers come and go."""


def first_word(error: Exception) -> str:
    """Of an error reply, which names its kind. redis-py keeps the word apart from the rest."""
    kept = error.status_code if isinstance(error, RedisError) else None
    return kept or str(error).partition(" ")[0]


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raises QueueUnavailable for whatever says that Redis is away or takes no writes now. Around calls of
    redis-py alone, since its own mistakes count too.

    An error in one of our own commands is a mistake in the code and goes through as it is.
    """
    try:
        yield
    except CLIENT_FAULTS as error:
        if isinstance(error, ResponseError) and first_word(error) not in PASSING | REFUSING:
            raise
        raise QueueUnavailable(f"Redis: {type(error).__name__}") from error
