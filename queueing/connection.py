"""The queue's link to Redis, whichever way there is to it."""

import ssl
from types import TracebackType
from typing import Any, Final, Self

from redis.asyncio import (
    BlockingConnectionPool,
    Connection,
    Redis,
    RedisCluster,
    SSLConnection,
    UnixDomainSocketConnection,
)
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff

from queueing.addresses import Access, Address, BySentinels, InCluster, OneServer, Place, UnixSocket, parse
from queueing.backoff import RETRIES, RETRY_FIRST_S, RETRY_MOST_S
from queueing.routes import ClusterRoute, Door, OneDoor, Route, Sentinels, master_finder

CONNECTIONS_MAX: Final = 64
"""redis-py's, of one process to one server. With one server a command waits up to ANSWER_TIMEOUT_S for one,
instead of failing at once.
"""
ANSWER_TIMEOUT_S: Final = 5.0
SENTINEL_TIMEOUT_S: Final = 1.0
"""For one Sentinel to answer; then the next one is asked."""


class Link:
    """Both ways to one Redis: `route` for scripts, `redis` for ordinary commands. Belongs to one event loop.

    Queue and Journal take it; whoever made it closes it, by ``async with`` or `aclose`.
    """

    def __init__(self, redis: Redis | RedisCluster, route: Route, sentinels: Sentinels | None = None) -> None:
        self.redis = redis
        """redis-py's client. A command whose connection breaks is repeated like a script. In a cluster a
        command's keys have to be of one hall.
        """
        self.route = route
        self._sentinels = sentinels

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; what is in flight fails with QueueUnavailable."""
        await self.route.aclose()
        await self.redis.aclose()
        if self._sentinels is not None:
            await self._sentinels.aclose()


def connect(url: str) -> Link:
    """A link to the Redis at `url`, one of addresses.SCHEMES; nothing is sent yet.

    What is called while a connection breaks or a server restarts is repeated RETRIES times, in about 2 s:
    every step of the queue is made for that.
    Raises RedisAddressInvalid.
    """
    return _link(parse(url))


def _link(address: Address) -> Link:
    tls = None if address.access.tls is None else address.access.tls.context()
    if isinstance(address, OneServer):
        return _to_one_server(address, tls)
    if isinstance(address, BySentinels):
        return _by_sentinels(address, tls)
    return _to_cluster(address, tls)


def _to_one_server(address: OneServer, tls: ssl.SSLContext | None) -> Link:
    async def find() -> Place:
        return address.place

    pool = BlockingConnectionPool(
        max_connections=CONNECTIONS_MAX,
        timeout=ANSWER_TIMEOUT_S,
        **_place_options(address),
        **_options(address.access),
    )
    return Link(Redis.from_pool(pool), OneDoor(Door(find, address.access, tls)))


def _by_sentinels(address: BySentinels, tls: ssl.SSLContext | None) -> Link:
    sentinels = Sentinels(  # type: ignore[no-untyped-call] # redis-py's constructor
        [(one.host, one.port) for one in address.sentinels],
        sentinel_kwargs=_options(address.sentinel_access, SENTINEL_TIMEOUT_S, Retry(NoBackoff(), 0))
        | {"ssl": tls is not None},
    )
    redis = sentinels.master_for(
        address.master, max_connections=CONNECTIONS_MAX, ssl=tls is not None, **_options(address.access)
    )
    door = Door(master_finder(sentinels, address.master), address.access, tls, masters_only=True)
    return Link(redis, OneDoor(door), sentinels)


def _to_cluster(address: InCluster, tls: ssl.SSLContext | None) -> Link:
    redis = RedisCluster(
        startup_nodes=[ClusterNode(node.host, node.port) for node in address.nodes],
        max_connections=CONNECTIONS_MAX,
        ssl=tls is not None,
        # Halls are apart: one whose node is gone must not stop the others.
        require_full_coverage=False,
        **_options(address.access),
    )
    return Link(redis, ClusterRoute(address.nodes, address.access, tls))


def _place_options(address: OneServer) -> dict[str, Any]:
    if isinstance(address.place, UnixSocket):
        return {"connection_class": UnixDomainSocketConnection, "path": address.place.path}
    kind = Connection if address.access.tls is None else SSLConnection
    return {"connection_class": kind, "host": address.place.host, "port": address.place.port}


def _options(
    access: Access, timeout_s: float = ANSWER_TIMEOUT_S, retry: Retry | None = None
) -> dict[str, Any]:
    """As redis-py calls them."""
    backoff = ExponentialWithJitterBackoff(base=RETRY_FIRST_S, cap=RETRY_MOST_S)
    options: dict[str, Any] = {
        "username": access.username,
        "password": access.password,
        "db": access.db,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "retry": retry or Retry(backoff, RETRIES),
    }
    if access.tls is not None:
        options |= {
            "ssl_ca_certs": access.tls.ca_certs,
            "ssl_certfile": access.tls.certfile,
            "ssl_keyfile": access.tls.keyfile,
            "ssl_cert_reqs": access.tls.cert_reqs,
            "ssl_check_hostname": access.tls.check_hostname and access.tls.cert_reqs != "none",
        }
    return options
