"""A request that makes something makes it once, however often it is sent (Idempotency-Key)."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.errors import RequestReused


@dataclass(frozen=True, slots=True)
class Request:
    """``key``: which request it is, of whom and to what; ``fingerprint``: of all that it says."""

    key: str
    fingerprint: str


def request_of(person_id: str, endpoint: str, idempotency_key: str, said: bytes) -> Request:
    """The request of a person to an endpoint; ``said``: its path, query and body."""
    key = hashlib.sha256("\0".join((person_id, endpoint, idempotency_key)).encode()).hexdigest()
    return Request(key, hashlib.sha256(said).hexdigest())


async def first_time(connection: AsyncConnection, request: Request, made_id: str, now_ms: int) -> str | None:
    """None: it came the first time, goes on to make ``made_id``, and is known from the end of the caller's
    transaction on. Else the id of what it made before.

    A second one that comes at the same time waits for the first one's transaction. Raises RequestReused where
    the same key came with something else.
    """
    requests = schema.requests
    row = {"request_key": request.key, "fingerprint": request.fingerprint}
    try:
        async with connection.begin_nested():
            await connection.execute(requests.insert().values(**row, made_id=made_id, made_at_ms=now_ms))
    except IntegrityError:
        return await made_before(connection, request)
    return None


async def made_before(connection: AsyncConnection, request: Request) -> str | None:
    """The id of what the request made, if it came before. Raises RequestReused where the same key came with
    something else.
    """
    requests = schema.requests.c
    known = (
        await connection.execute(
            select(requests.fingerprint, requests.made_id).where(requests.request_key == request.key)
        )
    ).one_or_none()
    if known is None:
        return None
    if known.fingerprint != request.fingerprint:
        raise RequestReused("another content under the same key")
    return str(known.made_id)
