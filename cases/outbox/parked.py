"""What administrators see of deliveries, and have tried again."""

from typing import Any

from sqlalchemy import Row, select, update

from cases import audit, schema
from cases.audit import Actor
from cases.clock import Clock
from cases.database import Database
from cases.outbox.errors import DeliveryNotParked, DeliveryUnknown
from cases.outbox.messages import NotificationKind
from cases.outbox.states import DeliveryState, Result
from cases.outbox.tables import deliveries
from cases.outbox.views import DeliveryPage, DeliveryView
from cases.paging import Cursor


class DeliveryDesk:
    """Every method raises RecordsUnavailable."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(self, state: DeliveryState, *, cursor: str | None, limit: int) -> DeliveryPage:
        """Those of one state, the latest made first. Raises CursorUnknown."""
        before, table = Cursor.parse(cursor), deliveries.c
        asked = (
            _selected()
            .where(table.state == state.value)
            .order_by(table.made_at_ms.desc(), table.notification_id.desc())
            .limit(limit + 1)
        )
        if before is not None:
            asked = asked.where(before.is_before(table.made_at_ms, table.notification_id))
        async with self._database.reading() as connection:
            found = [_view(row) for row in await connection.execute(asked)]
        last = found[limit - 1] if len(found) > limit else None
        more = str(Cursor(last.made_at_ms, last.notification_id)) if last is not None else None
        return DeliveryPage(self._clock.now_ms(), tuple(found[:limit]), more)

    async def retry(self, by: Actor, notification_id: str) -> DeliveryView:
        """Try a parked one again, as often as the first time. Raises DeliveryUnknown, DeliveryNotParked."""
        now_ms, table = self._clock.now_ms(), deliveries.c
        async with self._database.writing() as connection:
            state = await connection.scalar(
                select(table.state).where(table.notification_id == notification_id).with_for_update()
            )
            if state is None:
                raise DeliveryUnknown("not there")
            if state != DeliveryState.PARKED.value:
                raise DeliveryNotParked(state)
            await connection.execute(
                update(deliveries)
                .where(table.notification_id == notification_id)
                .values(state=DeliveryState.WAITING.value, attempts=0, try_at_ms=now_ms)
            )
            await audit.append(connection, by, "delivery.retry", "notification", notification_id, {}, now_ms)
            row = (
                await connection.execute(_selected().where(table.notification_id == notification_id))
            ).one()
        return _view(row)


def _selected() -> Any:
    outbox = schema.outbox.c
    return select(deliveries, outbox.kind, outbox.case_id).join(
        schema.outbox, outbox.notification_id == deliveries.c.notification_id
    )


def _view(row: Row[Any]) -> DeliveryView:
    return DeliveryView(
        row.notification_id,
        NotificationKind(row.kind),
        row.case_id,
        DeliveryState(row.state),
        row.attempts,
        row.made_at_ms,
        row.try_at_ms,
        row.delivered_at_ms,
        Result(row.result) if row.result is not None else None,
        row.status,
    )
