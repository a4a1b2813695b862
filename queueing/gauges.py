"""How much there is in a hall's keys, for who runs the server."""

from dataclasses import dataclass
from typing import Any

from queueing import codec, keys
from queueing.connection import Link
from queueing.redis_errors import translated_errors


@dataclass(frozen=True, slots=True)
class HallGauges:
    """``version``: the latest step's; ``deadlines``: tickets that have one (called, abandoned, on hold), and
    the earliest of them; ``journal``: entries that are kept.
    """

    version: int
    deadlines: int
    first_deadline_ms: int | None
    journal: int


async def gauges_of(link: Link, hall_id: str) -> HallGauges:
    """In one round trip, not at one moment. Raises QueueUnavailable, IdentifierInvalid."""
    redis: Any = link.redis
    deadlines = keys.deadlines(hall_id)
    asked = redis.pipeline(transaction=False) if not hasattr(redis, "get_primaries") else redis.pipeline()
    with translated_errors():
        asked.hget(keys.meta(hall_id), "ver")
        asked.zcard(deadlines)
        asked.zrange(deadlines, 0, 0, withscores=True)
        asked.xlen(keys.journal(hall_id))
        version, count, first, journal = await asked.execute()
    first_ms = int(first[0][1]) if first else None
    return HallGauges(int(codec.text(version)) if version else 0, count, first_ms, journal)
