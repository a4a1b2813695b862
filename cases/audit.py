"""The audit trail: who did what to which object, when and from where. Entries are added and never changed,
and chained by hash (``cases.trail``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.access import Officer, Person, Taxpayer
from cases.sealing import new_id
from cases.trail import reading
from cases.trail.chain import BEGIN, GENESIS, Earlier, Entry, Head, Link, head_after, linked


class ActorKind(StrEnum):
    """Who acts: a person of either side, or the clock and the rules."""

    TAXPAYER = "taxpayer"
    OFFICER = "officer"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts and from where. ``address``: the network address, none where it is not a request."""

    kind: ActorKind
    person_id: str | None = None
    session_id: str | None = None
    address: str | None = None


SYSTEM: Final = Actor(ActorKind.SYSTEM)


def actor(person: Person, address: str | None = None) -> Actor:
    """A signed-in person who acts."""
    match person:
        case Taxpayer():
            return Actor(ActorKind.TAXPAYER, person.taxpayer_id, person.session_id, address)
        case Officer():
            return Actor(ActorKind.OFFICER, person.officer_id, person.session_id, address)


# Built once: putting a statement together takes longer than the database does with it.
_INSERT: Final = schema.audit_entries.insert().values(
    {column.name: bindparam(column.name) for column in schema.audit_entries.c}
)
_MOVE_HEAD: Final = (
    update(schema.trail_head)
    .where(schema.trail_head.c.head_id == reading.HEAD_ID)
    .values(sequence=bindparam("new_sequence"), own_hash=bindparam("new_hash"))
)


async def append(
    connection: AsyncConnection,
    by: Actor,
    action: str,
    object_kind: str,
    object_id: str,
    detail: Mapping[str, Any],
    now_ms: int,
) -> None:
    """Write an entry in the caller's transaction.

    ``action``: such as ``case.submit``; ``detail``: what of it has to be known later, as JSON, without names,
    numbers and texts of people. The connection is that of ``Database.writing``, which carries the key.
    """
    entry = Entry(
        entry_id=new_id(),
        at_ms=now_ms,
        actor_kind=by.kind.value,
        actor_id=by.person_id,
        session_id=by.session_id,
        address=by.address,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        detail=dict(detail),
    )
    key = _key(connection)
    row = (await connection.execute(reading.HEAD)).one()
    head = Head(row.sequence, row.own_hash)
    if head == GENESIS:
        earlier = await reading.earlier(connection)
        if earlier.count:
            head = await _write(connection, linked(key, head, _vouching(earlier, now_ms)))
    head = await _write(connection, linked(key, head, entry))
    await connection.execute(_MOVE_HEAD, {"new_sequence": head.sequence, "new_hash": head.own_hash})


def _key(connection: AsyncConnection) -> bytes:
    started = connection.sync_connection
    if started is None:
        raise RuntimeError("an audit entry outside of a transaction")
    key: bytes = started.get_execution_options()["trail_key"]
    return key


def _vouching(earlier: Earlier, now_ms: int) -> Entry:
    """The first entry of a chain that begins after others were written."""
    return Entry(
        entry_id=new_id(),
        at_ms=now_ms,
        actor_kind=SYSTEM.kind.value,
        actor_id=None,
        session_id=None,
        address=None,
        action=BEGIN,
        object_kind="records",
        object_id="all",
        detail=earlier.detail,
    )


async def _write(connection: AsyncConnection, link: Link) -> Head:
    entry = link.entry
    await connection.execute(
        _INSERT,
        {
            "entry_id": entry.entry_id,
            "at_ms": entry.at_ms,
            "actor_kind": entry.actor_kind,
            "actor_id": entry.actor_id,
            "session_id": entry.session_id,
            "address": entry.address,
            "action": entry.action,
            "object_kind": entry.object_kind,
            "object_id": entry.object_id,
            "detail": entry.detail,
            "sequence": link.sequence,
            "previous_hash": link.previous_hash,
            "own_hash": link.own_hash,
        },
    )
    return head_after(link)
