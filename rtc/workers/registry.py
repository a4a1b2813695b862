"""Which workers are there, which call is where, and the ways to and from them: all that is in Redis."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import RedisClusterException, RedisError, ResponseError

from rtc.errors import MediaUnreachable, MessageInvalid
from rtc.service import CallMemory
from rtc.workers import keys, scripts
from rtc.workers.bounds import WorkerBounds
from rtc.workers.codec import decode, encode, read
from rtc.workers.placement import Worker, WorkerInfo

BLOCK_S: Final = 1.0
"""The longest single wait at Redis; below the client's socket timeout."""
BATCH: Final = 64
OUR_MISTAKES: Final = ("ERR", "WRONGTYPE", "NOSCRIPT")
"""First words of error replies that say that a command of ours is wrong."""

Client = Redis | RedisCluster

logger = logging.getLogger(__name__)


class Found(StrEnum):
    """What the scripts say of a call or a worker."""

    UNKNOWN = "unknown"
    PLACED = "placed"
    ENDED = "ended"
    MOVED = "moved"
    NOWHERE = "nowhere"
    DEAD = "dead"
    BUSY = "busy"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class Entry:
    """A call in the directory. `memory`: None until a worker carried it."""

    found: Found
    worker_id: str = ""
    placement: int = 0
    memory: CallMemory | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """A call as its worker has it."""

    call_id: str
    placement: int
    memory: CallMemory


@dataclass(frozen=True, slots=True)
class Census:
    """All workers at one moment of Redis' clock. `took_ms`: how long the look took here."""

    now_ms: int
    workers: tuple[Worker, ...]
    took_ms: float


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event of the stream: `cursor` to read on from, and its number, which has no gaps; 0 for what no
    worker wrote.
    """

    cursor: bytes
    number: int
    event: bytes


@contextmanager
def reaching() -> Iterator[None]:
    """Raises MediaUnreachable for whatever says that Redis is away or takes nothing now."""
    try:
        yield
    except ResponseError as error:
        if (error.status_code or str(error).partition(" ")[0]) in OUR_MISTAKES:
            raise
        raise MediaUnreachable(type(error).__name__) from error
    except (RedisError, RedisClusterException, OSError, EOFError) as error:
        raise MediaUnreachable(type(error).__name__) from error


class Registry:
    """Methods raise MediaUnreachable. Messages are handed out as they are, for their readers to judge."""

    def __init__(self, redis: Client, bounds: WorkerBounds) -> None:
        """`redis` stays the caller's to close; it waits for longer than BLOCK_S."""
        self._redis: Any = redis
        self.bounds = bounds

    # --- workers

    async def renew(self, worker_id: str, info: WorkerInfo) -> bool:
        """Hold the lease on. False where it had ended or was forgotten: calls may be elsewhere."""
        return bool(await self._run(scripts.RENEW, worker_id, self.bounds.lease_ms, encode(info)))

    async def vouch(self, worker_id: str) -> bool:
        """Hold the lease of a worker that is late, by somebody who sees its process alive; for `stall_ms` at
        most.
        """
        return bool(await self._run(scripts.VOUCH, worker_id, self.bounds.lease_ms, self.bounds.stall_ms))

    async def gone(self, worker_id: str) -> None:
        """Its lease is over now. Nothing for one that is not known."""
        await self._run(scripts.GONE, worker_id)

    async def forget(self, worker_id: str) -> bool:
        """One whose lease is over and whose calls are all elsewhere; False for any other."""
        return bool(await self._run(scripts.FORGET, worker_id))

    async def census(self) -> Census:
        """A worker whose own words cannot be read (of another version) counts as full."""
        began_s = time.monotonic()
        now_ms, *rows = await self._run(scripts.LOOK)
        workers = [
            Worker(_text(worker_id), int(float(until)), int(calls), self._info(info))
            for worker_id, until, calls, info in zip(*[iter(rows)] * 4, strict=True)
        ]
        return Census(int(now_ms), tuple(workers), (time.monotonic() - began_s) * 1000)

    def _info(self, found: bytes) -> WorkerInfo:
        try:
            return decode(WorkerInfo, read(found, self.bounds.message_max_bytes))
        except MessageInvalid:
            return WorkerInfo("", (), 0, 0, 1, 1.0, draining=True)

    # --- calls

    async def entry(self, call_id: str) -> Entry:
        return self._entry(await self._run(scripts.ENTRY, call_id))

    async def place(self, call_id: str, worker_id: str) -> Entry:
        """On that worker, or where it is already. NOWHERE: it is nowhere, and the worker is gone (or '')."""
        return self._entry(await self._run(scripts.PLACE, call_id, worker_id, self.bounds.call_kept_ms))

    async def unplace(self, call_id: str, entry: Entry) -> None:
        """The worker did not take it."""
        await self._run(scripts.UNPLACE, call_id, entry.worker_id, entry.placement)

    async def move(self, call_id: str, origin: str, to: str) -> Entry:
        """From a dead worker to another one: PLACED for one of those who try, MOVED for the others."""
        return self._entry(await self._run(scripts.MOVE, call_id, origin, to, self.bounds.call_kept_ms))

    async def calls(self, worker_id: str) -> dict[str, CallMemory | None]:
        """Those of that worker, with what is known of them."""
        rows = await self._run(scripts.CALLS, worker_id)
        return {
            _text(call_id): self._memory(memory) for call_id, memory in zip(*[iter(rows)] * 2, strict=True)
        }

    async def claim(self, worker_id: str, own: Own) -> bool:
        """After a lease that had ended: whether the call is still the worker's. Redis may have lost it."""
        arguments = (own.call_id, worker_id, own.placement, encode(own.memory), self.bounds.call_kept_ms)
        return bool(await self._run(scripts.CLAIM, *arguments))

    def _entry(self, reply: Sequence[Any]) -> Entry:
        found = Found(_text(reply[0]))
        if len(reply) == 1:
            return Entry(found)
        return Entry(found, _text(reply[1]), int(reply[2]), self._memory(reply[3]))

    def _memory(self, found: bytes) -> CallMemory | None:
        """One that cannot be read is none: better a call that begins anew than none."""
        if not found:
            return None
        try:
            return decode(CallMemory, read(found, self.bounds.message_max_bytes))
        except MessageInvalid as error:
            logger.warning("the memory of a call was refused: %s", error)
            return None

    # --- commands, answers, events

    async def ask(self, call_id: str, request: bytes) -> tuple[Found, CallMemory | None]:
        """Send a command to the worker of the call: SENT, DEAD, BUSY, UNKNOWN, or ENDED with what is known of
        the call.
        """
        reply = await self._run(scripts.ASK, call_id, request, self.bounds.backlog_max)
        found = Found(_text(reply[0]))
        return found, self._memory(reply[1]) if found is Found.ENDED else None

    async def ask_worker(self, worker_id: str, request: bytes) -> Found:
        """The same to a worker: SENT, DEAD or BUSY."""
        reply = await self._run(scripts.ASK_WORKER, worker_id, request, self.bounds.backlog_max)
        return Found(_text(reply[0]))

    async def requests(self, worker_id: str) -> list[bytes]:
        """Commands that wait for that worker, at most BATCH, taken away; [] when none came for BLOCK_S."""
        return await self._taken(keys.requests(worker_id))

    async def answer(
        self, client_id: str, answer: bytes, worker_id: str = "", own: Own | None = None
    ) -> bool:
        """Give the answer, and remember the call before. False, and nothing done, where it is another's."""
        bounds = self.bounds
        remembered = () if own is None else self._remembered(worker_id, own)
        return bool(
            await self._run(scripts.ANSWER, client_id, answer, bounds.backlog_max, 60_000, *remembered)
        )

    async def answers(self, client_id: str) -> list[bytes]:
        """As `requests`."""
        return await self._taken(keys.answers(client_id))

    async def publish(self, worker_id: str, own: Own, event: bytes) -> bool:
        """Tell all servers, and remember the call. False, and nothing done, where it is another's."""
        remembered = self._remembered(worker_id, own)
        return bool(await self._run(scripts.PUBLISH, *remembered, event, self.bounds.events_max))

    def _remembered(self, worker_id: str, own: Own) -> tuple[Any, ...]:
        ended = int(own.memory.view.ended_at_ms is not None)
        kept = (self.bounds.call_kept_ms, self.bounds.ended_kept_ms)
        return (own.call_id, worker_id, own.placement, encode(own.memory), ended, *kept)

    async def newest_event(self) -> Numbered | None:
        with reaching():
            rows = await self._redis.xrevrange(keys.EVENTS, count=1)
        return _numbered(rows[0]) if rows else None

    async def events_after(self, cursor: bytes) -> list[Numbered]:
        """Those that follow, at most BATCH; [] when none came for BLOCK_S."""
        with reaching():
            streams = await self._redis.xread({keys.EVENTS: cursor}, count=BATCH, block=int(BLOCK_S * 1000))
        if not streams:
            return []
        # redis-py gives a list of pairs, or a mapping of lists of rows with RESP3.
        rows = next(iter(streams.values()))[0] if isinstance(streams, dict) else streams[0][1]
        return [_numbered(row) for row in rows]

    async def _taken(self, key: str) -> list[bytes]:
        with reaching():
            first = await self._redis.blpop([key], timeout=BLOCK_S)
            if first is None:
                return []
            more = await self._redis.lpop(key, BATCH - 1)
        return [first[1], *(more or ())]

    async def _run(self, script: str, *arguments: Any) -> Any:
        with reaching():
            return await self._redis.eval(script, 1, keys.LEASES, *arguments)


def _numbered(row: Any) -> Numbered:
    cursor, fields = row
    number, event = fields.get(b"s", b""), fields.get(b"e", b"")
    return Numbered(cursor, int(number) if number.isdigit() else 0, event)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
