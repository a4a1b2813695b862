"""Delivers notifications to the webhook: each at least once, in the order of its person, and noted once.

Any number of processes may run one. What a process has claimed is its own as long as the lease is; where it
dies in between, another one sends the same notification again, under the same id.
"""

import asyncio
import logging
import random
from datetime import UTC, datetime
from typing import Any

import orjson

from cases.clock import Clock
from cases.database import Database
from cases.errors import CaseworkError
from cases.outbox import deliverybook
from cases.outbox.deliverybook import Claimed
from cases.outbox.states import DeliveryPolicy, Result
from cases.outbox.texts import said
from cases.outbox.webhook import Receiver
from cases.sealing import new_id

log = logging.getLogger(__name__)


def body_of(claimed: Claimed, time_zone: str) -> bytes:
    """What the receiver gets (docs/WEBHOOK.md): ids and what is shown, no name, phone or certificate. The
    same at each attempt.
    """
    wording = said(claimed.kind, claimed.params, time_zone)
    content: dict[str, Any] = {
        "type": f"notification.{claimed.kind.value}",
        "timestamp": datetime.fromtimestamp(claimed.made_at_ms / 1000, UTC).isoformat(
            timespec="milliseconds"
        ),
        "data": {
            "notification_id": claimed.notification_id,
            "taxpayer_id": claimed.taxpayer_id,
            "number": claimed.number,
            "case_id": claimed.case_id,
            "booking_id": claimed.params.get("booking_id"),
            "title": {"zh": wording.title.zh, "en": wording.title.en},
            "text": {"zh": wording.text.zh, "en": wording.text.en},
        },
    }
    return orjson.dumps(content)


class Deliveries:
    """Of one process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        receiver: Receiver,
        policy: DeliveryPolicy,
        *,
        time_zone: str,
    ) -> None:
        """``time_zone``: in which the times in sentences are."""
        self._database = database
        self._clock = clock
        self.receiver = receiver
        """Opened by ``run``."""
        self._policy = policy
        self._time_zone = time_zone
        self._chance = random.Random()

    async def run(self) -> None:
        """Deliver for ever; ends by cancellation. Survives the records and the receiver being away."""
        async with self.receiver:
            while True:
                try:
                    wait_ms = await self.step()
                except CaseworkError as error:
                    log.warning("deliveries wait: %s", error.code)
                    wait_ms = self._policy.retry_least_ms
                await asyncio.sleep(wait_ms / 1000)

    async def step(self) -> int:
        """Deliver what is due, at most ``at_once``; after how many ms to come again. Raises
        RecordsUnavailable.
        """
        now_ms, lease_id = self._clock.now_ms(), new_id()
        async with self._database.reading() as connection:
            if not await deliverybook.any_due(connection, now_ms):
                return self._policy.poll_ms
        async with self._database.writing() as connection:
            await deliverybook.expire(connection, now_ms - self._policy.age_max_ms)
            claimed = await deliverybook.claim(connection, lease_id, self._policy, now_ms)
        await asyncio.gather(*(self._deliver(one, lease_id) for one in claimed))
        return 0

    async def _deliver(self, claimed: Claimed, lease_id: str) -> None:
        sent = await self.receiver.send(claimed.notification_id, body_of(claimed, self._time_zone))
        async with self._database.writing() as connection:
            noted = await deliverybook.note(
                connection,
                claimed,
                lease_id,
                sent,
                self._policy,
                now_ms=self._clock.now_ms(),
                chance=self._chance.random(),
            )
        if sent.result is not Result.DELIVERED:
            log.warning(
                "a notification was not delivered: %s",
                sent.result.value,
                extra={"notification_id": claimed.notification_id, "attempts": claimed.attempts},
            )
        elif not noted:
            log.info("a notification was delivered by another process too")
