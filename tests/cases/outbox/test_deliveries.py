"""Notifications reach the webhook: over errors, silence, kill -9 and several processes (S10)."""

import asyncio
import random
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from cases.audit import SYSTEM
from cases.clock import SystemClock
from cases.database import Database
from cases.outbox.deliveries import Deliveries
from cases.outbox.errors import DeliveryNotParked, DeliveryUnknown
from cases.outbox.messages import Notification, NotificationKind, put
from cases.outbox.parked import DeliveryDesk
from cases.outbox.states import DeliveryPolicy, DeliveryState, Result, retry_after_ms
from cases.outbox.tables import deliveries
from cases.outbox.webhook import Webhook
from tests.cases.deadlines.test_engine import SetClock
from tests.cases.outbox.conftest import PEOPLE
from tests.cases.outbox.receiver import KEY, Receiver
from tests.cases.outbox.worker import waiting, worker
from tests.clients import WAIT_S, eventually
from tests.records import records_url

pytestmark = pytest.mark.both_records

PARAMS = {"case_number": "2026112600038"}


async def tell(
    database: Database, count: int, now_ms: int | None = None, person: str | None = None
) -> list[str]:
    """So many notifications, in turn to each person; their ids. ``now_ms``: none for the machine's time."""
    told = []
    now_ms = SystemClock().now_ms() if now_ms is None else now_ms
    for number in range(count):
        taxpayer_id = person or PEOPLE[number % len(PEOPLE)]
        one = Notification(
            f"{taxpayer_id}:{number}", taxpayer_id, NotificationKind.REVIEW_APPROVED, None, PARAMS
        )
        async with database.writing() as connection:
            await put(connection, one, now_ms)
        told.append(one.notification_id)
    return told


async def states(database: Database) -> dict[str, str]:
    async with database.reading() as connection:
        rows = await connection.execute(select(deliveries.c.notification_id, deliveries.c.state))
        return {row.notification_id: row.state for row in rows}


def of_person(ids: list[str], person: str) -> list[str]:
    return [one for one in ids if one.startswith(f"{person}:")]


def deliveries_to(database: Database, url: str, clock: SetClock, policy: DeliveryPolicy) -> Deliveries:
    webhook = Webhook(url, KEY, clock, timeout_ms=policy.timeout_ms, at_once=policy.at_once)
    return Deliveries(database, clock, webhook, policy, time_zone="Asia/Shanghai")


async def test_each_is_delivered_once_and_in_the_order_of_its_person(
    database: Database, receiver: Receiver
) -> None:
    told = await tell(database, 12)
    running = asyncio.create_task(worker(database, receiver.url).run())
    await eventually(lambda: waiting(database), lambda left: left == 0)
    running.cancel()
    assert sorted(receiver.arrived) == sorted(told)
    for person in PEOPLE:
        assert of_person(receiver.arrived, person) == of_person(told, person)
    content = receiver.taken["chen:0"]
    assert content["type"] == "notification.review_approved"
    assert content["data"] == {
        "notification_id": "chen:0",
        "taxpayer_id": "chen",
        "number": 1,
        "case_id": None,
        "booking_id": None,
        "title": {"zh": "资料审核通过", "en": "Forms approved"},
        "text": {
            "zh": "业务 2026112600038 的资料已审核通过。",
            "en": "The forms of case 2026112600038 were approved.",
        },
    }


async def test_errors_redirects_silence_and_cut_connections_are_tried_again(
    database: Database, receiver: Receiver
) -> None:
    faults = ("error", "redirect", "hang", "close")

    def behave(notification_id: str, time: int) -> str:
        return faults[time - 1] if time <= len(faults) else "ok"

    receiver.behave = behave
    told = await tell(database, 6)
    running = asyncio.create_task(worker(database, receiver.url).run())
    await eventually(lambda: waiting(database), lambda left: left == 0)
    running.cancel()
    assert set((await states(database)).values()) == {DeliveryState.DELIVERED.value}
    assert Counter(receiver.arrived) == dict.fromkeys(told, len(faults) + 1)
    assert receiver.redirected == 0
    for person in PEOPLE:
        assert of_person(receiver.order, person) == of_person(told, person)


async def test_one_that_is_never_taken_is_parked_and_tried_again_when_asked(
    database: Database, receiver: Receiver
) -> None:
    clock = SetClock()
    policy = DeliveryPolicy(attempts_max=3, retry_least_ms=1_000)
    bad = "chen:0"
    receiver.behave = lambda notification_id, time: "error" if notification_id == bad and time <= 3 else "ok"
    await tell(database, 2, clock.ms, "chen")
    deliver = deliveries_to(database, receiver.url, clock, policy)
    desk = DeliveryDesk(database, clock)
    async with deliver.receiver:
        await deliver.step()
        # The next one of the same person waits for it.
        assert await deliver.step() == policy.poll_ms
        assert receiver.arrived == [bad]
        with pytest.raises(DeliveryNotParked):
            await desk.retry(SYSTEM, bad)
        clock.ms += 1_000
        await deliver.step()
        clock.ms += 2_000
        while await deliver.step() == 0:
            pass
        assert receiver.arrived == [bad, bad, bad, "chen:1"]
        (parked,) = (await desk.page(DeliveryState.PARKED, cursor=None, limit=10)).deliveries
        assert (parked.notification_id, parked.attempts, parked.result, parked.status) == (
            bad,
            3,
            Result.REFUSED,
            500,
        )
        with pytest.raises(DeliveryUnknown):
            await desk.retry(SYSTEM, "nobodys")
        assert (await desk.retry(SYSTEM, bad)).state is DeliveryState.WAITING
        await deliver.step()
    assert await states(database) == {bad: "delivered", "chen:1": "delivered"}


async def test_what_nobody_delivered_for_days_is_not_delivered_any_more(
    database: Database, receiver: Receiver
) -> None:
    clock, policy = SetClock(), DeliveryPolicy()
    await tell(database, 1, clock.ms, "chen")
    clock.ms += policy.age_max_ms + 1
    await tell(database, 1, clock.ms, "huang")
    deliver = deliveries_to(database, receiver.url, clock, policy)
    async with deliver.receiver:
        while await deliver.step() == 0:
            pass
    assert await states(database) == {"chen:0": "expired", "huang:0": "delivered"}
    assert receiver.arrived == ["huang:0"]


async def test_a_claim_of_a_process_that_died_is_taken_over_when_its_lease_ends(
    database: Database, receiver: Receiver
) -> None:
    clock, policy = SetClock(), DeliveryPolicy(lease_ms=60_000)
    receiver.behave = lambda _notification_id, time: "hang" if time == 1 else "ok"
    await tell(database, 1, clock.ms, "chen")
    dying = deliveries_to(database, receiver.url, clock, policy)
    other = deliveries_to(database, receiver.url, clock, policy)
    async with dying.receiver, other.receiver:
        step = asyncio.create_task(dying.step())
        async with asyncio.timeout(WAIT_S):
            await receiver.news.wait()
        # It is being sent: nobody else sends it.
        assert await other.step() == policy.poll_ms
        step.cancel()
        clock.ms += policy.lease_ms - 1
        assert await other.step() == policy.poll_ms
        clock.ms += 1
        assert await other.step() == 0
    assert receiver.arrived == ["chen:0", "chen:0"]
    assert await states(database) == {"chen:0": "delivered"}


async def test_several_processes_share_the_work(
    empty_records: Path, database: Database, receiver: Receiver
) -> None:
    told = await tell(database, 60)
    others = [Database(records_url(empty_records)) for _ in range(3)]
    running = [asyncio.create_task(worker(other, receiver.url).run()) for other in others]
    await eventually(lambda: waiting(database), lambda left: left == 0)
    for task in running:
        task.cancel()
    await asyncio.wait(running)
    for other in others:
        await other.close()
    assert sorted(receiver.order) == sorted(told)
    for person in PEOPLE:
        assert of_person(receiver.order, person) == of_person(told, person)


async def test_kill_9_loses_none_and_a_receiver_that_knows_ids_has_none_twice(
    empty_records: Path, database: Database, receiver: Receiver
) -> None:
    count, kills = 60, 4
    told = await tell(database, count)
    chance = random.Random(5)
    receiver.behave = lambda _notification_id, _time: chance.choice(("ok", "ok", "ok", "ok", "error", "hang"))
    command = [
        sys.executable,
        "-m",
        "tests.cases.outbox.worker",
        records_url(empty_records),
        receiver.url,
    ]

    async def arrived() -> int:
        return len(receiver.arrived)

    for turn in range(kills):
        process = await asyncio.create_subprocess_exec(*command)
        until = len(receiver.arrived) + 4 + chance.randrange(6) + turn
        await eventually(arrived, lambda found: found >= until)  # noqa: B023
        process.kill()
        await process.wait()
    receiver.behave = lambda _notification_id, _time: "ok"
    last = await asyncio.create_subprocess_exec(*command, "--to-the-end")
    assert await last.wait() == 0
    assert set((await states(database)).values()) == {DeliveryState.DELIVERED.value}
    assert set(receiver.taken) == set(told)
    assert len(receiver.order) == count
    for person in PEOPLE:
        assert of_person(receiver.order, person) == of_person(told, person)


def test_waits_double_up_to_the_longest_and_are_spread() -> None:
    policy = DeliveryPolicy(retry_least_ms=1_000, retry_most_ms=60_000)
    whole = [retry_after_ms(attempts, policy, 1.0) for attempts in range(1, 10)]
    assert whole == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]
    assert [retry_after_ms(attempts, policy, 0.0) for attempts in (1, 2, 9)] == [500, 1_000, 30_000]
    assert retry_after_ms(10_000, policy, 0.5) == 45_000
