"""Redis and the records: reached, of the right kind, and with clocks that agree."""

import time
from typing import Any, Final

from redis.exceptions import RedisClusterException, RedisError
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from cases.clock import SystemClock
from cases.database import Database, newest_revision, revision_of
from cases.errors import ChallengeInvalid, RecordsUnavailable
from cases.rotation import SEALED
from cases.sealing import Sealer
from queueing.connection import Link, connect
from queueing.errors import QueueUnavailable, TicketUnknown
from queueing.service import Queue
from rtc.errors import MediaUnreachable
from rtc.workers.registry import Registry
from server.building import queue_policy, sealer
from server.doctor.findings import Finding, fail, ok, warn
from server.embedded_redis import EmbeddedRedis, ServerMissing, find_binary
from server.errors import NoRecords
from server.media import worker_bounds
from server.records import need_file, records_of_command
from server.settings import Settings

LEAST_REDIS: Final = 7
CLOCK_WARN_MS: Final = 1_000
CLOCK_FAIL_MS: Final = 10_000
FULL_PERCENT: Final = 85
DOCTORS_HALL: Final = "doctor"


async def look_at_redis(settings: Settings) -> list[Finding]:
    """The configured one, or the embedded one where it runs."""
    if settings.redis_url is not None:
        return await _at(settings.redis_url.get_secret_value(), settings)
    embedded = EmbeddedRedis(settings.data_dir / "redis")
    if (settings.data_dir / "redis" / "redis.sock").exists():
        found = await _at(embedded.url, settings)
        if found[0].code != "redis_away":
            return found
    try:
        find_binary()
    except ServerMissing:
        return [fail("redis", "redis_missing")]
    return [ok("redis", "redis_embedded")]


async def _at(url: str, settings: Settings) -> list[Finding]:
    async with connect(url) as link:
        redis: Any = link.redis
        try:
            found = [finding for node in await _nodes(redis) for finding in await _node(redis, node)]
        except (RedisError, RedisClusterException, OSError, EOFError) as error:
            return [fail("redis", "redis_away", problem=type(error).__name__)]
        # Of several that are found the same of, once.
        told = list({(one.level, one.code): one for one in found}.values())
        told.append(await _functions(link, settings))
        if settings.media_workers == "elsewhere":
            told.append(await _workers(link, settings))
        return told


async def _nodes(redis: Any) -> list[dict[str, Any]]:
    """Whom to ask: the masters of a cluster, each by itself, or the one server."""
    if not hasattr(redis, "get_primaries"):
        return [{}]
    await redis.initialize()
    return [{"target_nodes": node} for node in redis.get_primaries()]


async def _node(redis: Any, node: dict[str, Any]) -> list[Finding]:
    began_ms = time.time() * 1_000
    seconds, micros = _first(await redis.time(**node))
    now_ms = (began_ms + time.time() * 1_000) / 2
    told = _first(await redis.info("everything", **node), "redis_version")
    return [
        _version(told),
        _persistence(told, await _fsync(redis, node)),
        _eviction(told),
        clock("redis", round(seconds * 1_000 + micros / 1_000 - now_ms)),
    ]


def _first(told: Any, key: str | None = None) -> Any:
    """A cluster answers by node."""
    if isinstance(told, dict) and key not in told:
        return next(iter(told.values()))
    return told


def _version(told: dict[str, Any]) -> Finding:
    version = str(told.get("valkey_version") or told["redis_version"])
    is_old = int(str(told["redis_version"]).split(".")[0]) < LEAST_REDIS
    return (
        fail("redis", "redis_old", version=version)
        if is_old
        else ok("redis", "redis_version", version=version)
    )


async def _functions(link: Link, settings: Settings) -> Finding:
    """By a function that only reads, of a hall that nobody has; loads the library, as a start would."""
    try:
        await Queue(link, queue_policy(settings)).position(DOCTORS_HALL, "nobody")
    except TicketUnknown:
        return ok("redis", "redis_functions")
    except QueueUnavailable as error:
        return fail("redis", "redis_no_functions", problem=str(error))
    return ok("redis", "redis_functions")


async def _fsync(redis: Any, node: dict[str, Any]) -> str:
    try:
        told = _first(await redis.config_get("appendfsync", **node), "appendfsync")
    except (RedisError, RedisClusterException):
        return "?"  # managed ones do not tell
    return str(told.get("appendfsync", "?"))


def _persistence(told: dict[str, Any], fsync: str) -> Finding:
    if int(told.get("aof_enabled", 0)) != 1:
        return fail("redis", "redis_memory_only")
    if fsync in {"always", "?"}:
        return ok("redis", "redis_on_disk", how=f"appendfsync {fsync}")
    return warn("redis", "redis_second", how=fsync)


def _eviction(told: dict[str, Any]) -> Finding:
    most, used = int(told.get("maxmemory", 0)), int(told.get("used_memory", 0))
    policy = str(told.get("maxmemory_policy", "noeviction"))
    if policy != "noeviction":
        return fail("redis", "redis_evicts", policy=policy)
    percent = 100 * used // most if most else 0
    return (
        warn("redis", "redis_full", percent=percent)
        if percent >= FULL_PERCENT
        else ok("redis", "redis_keeps")
    )


def clock(of: str, difference_ms: int) -> Finding:
    ms = abs(difference_ms)
    if ms < CLOCK_WARN_MS:
        return ok("clock", "clock_same", of=of, ms=ms)
    return (warn if ms < CLOCK_FAIL_MS else fail)("clock", "clock_differs", of=of, ms=ms)


async def _workers(link: Link, settings: Settings) -> Finding:
    try:
        census = await Registry(link.redis, worker_bounds(settings)).census()
    except MediaUnreachable as error:
        return fail("media", "check_failed", problem=str(error))
    there = [worker for worker in census.workers if worker.takes_calls(census.now_ms)]
    return ok("media", "worker_there", count=len(there)) if there else fail("media", "worker_none")


async def look_at_records(settings: Settings) -> list[Finding]:
    """Makes nothing where there are none."""
    try:
        need_file(settings)
    except NoRecords:
        return [warn("records", "records_none")]
    database = records_of_command(settings)
    try:
        return await _in(database, settings)
    except RecordsUnavailable as error:
        return [fail("records", "records_away", problem=str(error))]
    except DBAPIError as error:
        # A file that is no database, a user who may not read.
        return [fail("records", "records_away", problem=str(error.orig))]
    finally:
        await database.close()


async def _in(database: Database, settings: Settings) -> list[Finding]:
    began_ms = SystemClock().now_ms()
    async with database.reading() as connection:
        found, wanted = await connection.run_sync(revision_of), newest_revision()
        is_postgresql = connection.dialect.name == "postgresql"
        theirs_ms = 0
        if is_postgresql:
            theirs_ms = await connection.scalar(
                text("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
            )
    now_ms = (began_ms + SystemClock().now_ms()) // 2
    if found is None:
        return [warn("records", "records_none")]
    if found > wanted:
        return [fail("records", "records_newer", revision=found)]
    told = [ok("records", "records_fine", where=database.shown, revision=found)]
    if found < wanted:
        told = [warn("records", "records_older", revision=found, wanted=wanted)]
    elif _has_keys(settings):
        told.append(await _sealed(database, sealer(settings)))
    if is_postgresql:
        told.append(clock("postgresql", theirs_ms - now_ms))
    return told


def _has_keys(settings: Settings) -> bool:
    """A demo's are made in its folder by its first start, and not here."""
    return bool(settings.identity_keys) or (settings.data_dir / "identity.key").exists()


async def _sealed(database: Database, opens: Sealer) -> Finding:
    """One row of each sealed column."""
    seen = False
    for column in SEALED:
        async with database.reading() as connection:
            sealed = await connection.scalar(select(column).where(column.is_not(None)).limit(1))
        if sealed is None:
            continue
        seen = True
        try:
            opens.sealed_anew(sealed)
        except ChallengeInvalid:
            return fail("keys", "keys_differ", column=str(column))
    return ok("keys", "keys_open" if seen else "keys_unused")
