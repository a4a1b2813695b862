"""A process that delivers notifications until it is killed, or until all are delivered."""

import asyncio
import sys

from sqlalchemy import func, select

from cases.clock import SystemClock
from cases.database import Database
from cases.outbox.deliveries import Deliveries
from cases.outbox.states import DeliveryPolicy, DeliveryState
from cases.outbox.tables import deliveries
from cases.outbox.webhook import Webhook
from tests.cases.outbox.receiver import KEY

POLICY = DeliveryPolicy(
    retry_least_ms=20, retry_most_ms=200, timeout_ms=200, lease_ms=400, at_once=4, poll_ms=20
)


async def waiting(database: Database) -> int:
    async with database.reading() as connection:
        count = await connection.scalar(
            select(func.count()).where(deliveries.c.state == DeliveryState.WAITING.value)
        )
    return count or 0


def worker(database: Database, url: str) -> Deliveries:
    clock = SystemClock()
    webhook = Webhook(url, KEY, clock, timeout_ms=POLICY.timeout_ms, at_once=POLICY.at_once)
    return Deliveries(database, clock, webhook, POLICY, time_zone="Asia/Shanghai")


async def main(records: str, url: str, *, to_the_end: bool) -> None:
    database = Database(records)
    deliver = worker(database, url)
    if not to_the_end:
        await deliver.run()
    async with deliver.receiver:
        while await waiting(database):
            wait_ms = await deliver.step()
            await asyncio.sleep(wait_ms / 1000)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], to_the_end="--to-the-end" in sys.argv))
