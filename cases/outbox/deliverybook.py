"""Deliveries in the records. Every function works inside a caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.outbox.messages import NotificationKind
from cases.outbox.states import DeliveryPolicy, DeliveryState, Result, retry_after_ms
from cases.outbox.tables import deliveries
from cases.outbox.webhook import Sent


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notification that this process delivers now; ``attempts``: with this one."""

    notification_id: str
    taxpayer_id: str
    number: int
    kind: NotificationKind
    case_id: str | None
    params: Mapping[str, Any]
    made_at_ms: int
    attempts: int


def _due(now_ms: int) -> ColumnElement[bool]:
    """Whether a delivery may be tried, as the first one of its person that is not delivered."""
    table = deliveries.c
    earlier = deliveries.alias("earlier")
    return (
        (table.state == DeliveryState.WAITING.value)
        & (table.try_at_ms <= now_ms)
        & (table.leased_until_ms.is_(None) | (table.leased_until_ms <= now_ms))
        & ~select(earlier.c.number)
        .where(
            earlier.c.taxpayer_id == table.taxpayer_id,
            earlier.c.number < table.number,
            earlier.c.state == DeliveryState.WAITING.value,
        )
        .exists()
    )


async def any_due(connection: AsyncConnection, now_ms: int) -> bool:
    """Whether there is anything to do."""
    found = await connection.scalar(select(deliveries.c.notification_id).where(_due(now_ms)).limit(1))
    return found is not None


async def expire(connection: AsyncConnection, before_ms: int) -> None:
    """What should have been tried before that is of no use any more: nobody was there to deliver it."""
    table = deliveries.c
    await connection.execute(
        update(deliveries)
        .where(table.state == DeliveryState.WAITING.value, table.try_at_ms < before_ms)
        .values(state=DeliveryState.EXPIRED.value)
    )


async def claim(
    connection: AsyncConnection, lease_id: str, policy: DeliveryPolicy, now_ms: int
) -> list[Claimed]:
    """Take what is due, the longest due first, for this process alone as long as the lease is."""
    table, outbox = deliveries.c, schema.outbox.c
    rows = (
        await connection.execute(
            select(deliveries, outbox.kind, outbox.case_id, outbox.params)
            .join(schema.outbox, outbox.notification_id == table.notification_id)
            .where(_due(now_ms))
            .order_by(table.try_at_ms, table.made_at_ms, table.number)
            .limit(policy.at_once)
            .with_for_update(skip_locked=True, of=deliveries)
        )
    ).all()
    claimed = [
        Claimed(
            row.notification_id,
            row.taxpayer_id,
            row.number,
            NotificationKind(row.kind),
            row.case_id,
            row.params,
            row.made_at_ms,
            row.attempts + 1,
        )
        for row in rows
    ]
    if claimed:
        await connection.execute(
            update(deliveries)
            .where(table.notification_id.in_([one.notification_id for one in claimed]))
            .values(lease_id=lease_id, leased_until_ms=now_ms + policy.lease_ms, attempts=table.attempts + 1)
        )
    return claimed


async def note(
    connection: AsyncConnection,
    claimed: Claimed,
    lease_id: str,
    sent: Sent,
    policy: DeliveryPolicy,
    *,
    now_ms: int,
    chance: float,
) -> bool:
    """What came of it. False: another process has it by now, and says so itself."""
    values: dict[str, Any] = {
        "lease_id": None,
        "leased_until_ms": None,
        "result": sent.result.value,
        "status": sent.status,
    }
    if sent.result is Result.DELIVERED:
        values |= {"state": DeliveryState.DELIVERED.value, "delivered_at_ms": now_ms}
    elif claimed.attempts >= policy.attempts_max:
        values["state"] = DeliveryState.PARKED.value
    else:
        values["try_at_ms"] = now_ms + retry_after_ms(claimed.attempts, policy, chance)
    table = deliveries.c
    noted = await connection.execute(
        update(deliveries)
        .where(
            table.notification_id == claimed.notification_id,
            table.lease_id == lease_id,
            table.state == DeliveryState.WAITING.value,
        )
        .values(values)
    )
    return noted.rowcount == 1
