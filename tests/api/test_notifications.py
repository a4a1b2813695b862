"""The inbox, what the rules say in a conversation, and the webhook, through the real server (S10, S25)."""

import asyncio

import pytest
from sqlalchemy import update

from cases.conversation.tables import conversations
from cases.conversation.views import MessagePage, Sender
from cases.outbox.messages import NotificationKind
from cases.outbox.states import DeliveryState
from cases.outbox.tables import deliveries
from cases.outbox.views import DeliveryPage, DeliveryView, InboxPage, InboxState
from signaling import events
from tests.business_pages import BusinessPage, ReviewPage
from tests.cases.outbox.receiver import SECRET, receiving
from tests.clients import Client, TaxpayerClient, code_of, eventually
from tests.product import CHEN, GENERAL, HUANG, LIN, SU, House, OpenHouse
from tests.signaling.test_conversations import read, say

pytestmark = pytest.mark.both_records


async def inbox(client: Client, query: str = "") -> InboxPage:
    return (await client.ask("GET", f"/api/v1/taxpayer/inbox{query}")).as_(InboxPage)


async def put_read(client: Client, path: str, content: object = None) -> InboxState:
    return (await client.ask("PUT", f"/api/v1/taxpayer/inbox/{path}", content)).as_(InboxState)


async def reviewed(house: House) -> tuple[TaxpayerClient, str]:
    """A case that was booked and approved: its taxpayer was told of both."""
    taxpayer, _ = await house.taxpayer(CHEN)
    officer, _ = await house.officer(LIN)
    case_id = (await BusinessPage(house, taxpayer).submitted()).case.case_id
    await ReviewPage(officer).approved(case_id)
    return taxpayer, case_id


@pytest.mark.feature("S10")
async def test_the_inbox_is_live_and_what_was_read_stays_read(house: House) -> None:
    taxpayer, page = await house.taxpayer(CHEN)
    officer, _ = await house.officer(LIN)
    case = (await BusinessPage(house, taxpayer).submitted()).case
    await page.wait_for(events.INBOX_CHANGED, lambda told: told.inbox.unread == 1)
    await ReviewPage(officer).approved(case.case_id)
    told = await page.wait_for(events.INBOX_CHANGED, lambda told: told.inbox.unread == 2)
    approved, booked = (await inbox(taxpayer)).notifications
    assert (approved.kind, booked.kind) == (NotificationKind.REVIEW_APPROVED, NotificationKind.BOOKING_MADE)
    assert (approved.number, booked.number) == (2, 1)
    assert (approved.case_id, approved.read_at_ms) == (case.case_id, None)
    assert case.number in approved.text.zh
    assert case.number in booked.text.en
    first = await inbox(taxpayer, "?limit=1")
    assert first.notifications == (approved,)
    assert first.inbox == told.inbox
    assert (await inbox(taxpayer, f"?limit=1&cursor={first.next_cursor}")).notifications == (booked,)
    one = await put_read(taxpayer, f"{booked.notification_id}/read")
    assert one.unread == 1
    assert await put_read(taxpayer, f"{booked.notification_id}/read") == one
    assert (await put_read(taxpayer, "read", {"number": 1})).unread == 1
    assert (await put_read(taxpayer, "read", {"number": 2})).unread == 0
    await page.wait_for(events.INBOX_CHANGED, lambda told: told.inbox.unread == 0)
    assert all(one.read_at_ms is not None for one in (await inbox(taxpayer)).notifications)
    stranger, other_page = await house.taxpayer(HUANG)
    assert (await inbox(stranger)).notifications == ()
    assert await code_of(put_read(stranger, f"{booked.notification_id}/read")) == "notification_unknown"
    assert other_page.pushed(events.INBOX_CHANGED) == []


@pytest.mark.feature("S24", "S25")
async def test_the_rules_speak_in_the_conversation_and_unread_counts_are_on_the_to_dos(house: House) -> None:
    taxpayer, page = await house.taxpayer(CHEN)
    officer, console = await house.officer(LIN)
    business = BusinessPage(house, taxpayer)
    case_id = (await business.submitted()).case.case_id
    await page.wait_for(events.CONVERSATION_MESSAGE)
    await ReviewPage(officer).rejected(case_id)
    for opened in (page, console):
        told = await opened.wait_for(events.CONVERSATION_MESSAGE, lambda told: told.message.number == 2)
        assert told.message.sender is Sender.SYSTEM
        assert told.message.notice.zh.startswith("资料审核未通过，请在 ")
    answer = await taxpayer.ask("GET", f"/api/v1/taxpayer/cases/{case_id}/messages")
    said = [message.notice for message in answer.as_(MessagePage).messages]
    assert next(notice.en for notice in said if notice is not None) == (
        "The forms were submitted and wait for review."
    )
    # What the rules say is no message of the other side.
    assert [case.unread for case in (await business.todos()).cases] == [0]
    await say(officer, case_id, "m1", "请补充发票")
    await say(officer, case_id, "m2", "谢谢")
    assert [case.unread for case in (await business.todos()).cases] == [2]
    assert (await business.timeline(case_id)).case.unread == 2
    assert (await read(taxpayer, case_id, 3)).taxpayer_unread == 1
    assert (await business.timeline(case_id)).case.unread == 1


@pytest.mark.feature("S10")
async def test_who_does_not_read_a_message_is_notified_once(house: House) -> None:
    taxpayer, page = await house.taxpayer(CHEN)
    officer, _ = await house.officer(LIN)
    case_id = await taxpayer.open_consult("t1", GENERAL)
    await say(officer, case_id, "m1", "在吗")
    await read(taxpayer, case_id, 1)
    house.clock.ahead_ms += 61_000
    await say(officer, case_id, "m2", "请讲")
    await say(officer, case_id, "m3", "我在")
    assert (await inbox(taxpayer)).notifications == ()
    house.clock.ahead_ms += 61_000
    await page.wait_for(events.INBOX_CHANGED)
    (told,) = (await inbox(taxpayer)).notifications
    assert (told.kind, told.case_id) == (NotificationKind.MESSAGE_WAITING, case_id)


@pytest.mark.feature("S10")
async def test_notifications_reach_the_webhook_and_parked_ones_when_an_admin_asks(
    open_house: OpenHouse,
) -> None:
    async with (
        receiving() as receiver,
        open_house(webhook_url=receiver.url, webhook_secret=SECRET) as house,
    ):
        taxpayer, case_id = await reviewed(house)
        told = (await inbox(taxpayer)).notifications

        async def taken() -> int:
            return len(receiver.taken)

        await eventually(taken, lambda count: count == 2)
        assert receiver.order == [one.notification_id for one in reversed(told)]
        content = receiver.taken[told[0].notification_id]["data"]
        assert (content["case_id"], content["number"]) == (case_id, 2)
        assert content["text"]["zh"] == told[0].text.zh
        whole = str(receiver.taken)
        assert CHEN.name not in whole
        assert CHEN.number not in whole
        await _park_and_retry(house, told[0].notification_id)
        await eventually(lambda: _state(house, told[0].notification_id), lambda state: state == "delivered")
        assert receiver.arrived.count(told[0].notification_id) == 2


async def _park_and_retry(house: House, notification_id: str) -> None:
    async with house.product.database.writing() as connection:
        await connection.execute(
            update(deliveries)
            .where(deliveries.c.notification_id == notification_id)
            .values(state=DeliveryState.PARKED.value)
        )
    admin, _ = await house.officer(SU)
    listed = await admin.ask("GET", "/api/v1/officer/deliveries?state=parked")
    (parked,) = listed.as_(DeliveryPage).deliveries
    assert parked.notification_id == notification_id
    retried = await admin.ask("POST", f"/api/v1/officer/deliveries/{notification_id}/retry")
    assert retried.as_(DeliveryView).state is DeliveryState.WAITING


async def _state(house: House, notification_id: str) -> str:
    async with house.product.database.reading() as connection:
        found = await connection.scalar(
            deliveries.select()
            .with_only_columns(deliveries.c.state)
            .where(deliveries.c.notification_id == notification_id)
        )
    return str(found)


async def test_a_conversation_that_many_change_at_once_keeps_its_counts(house: House) -> None:
    taxpayer, _ = await house.taxpayer(CHEN)
    officer, _ = await house.officer(LIN)
    case_id = await taxpayer.open_consult("t1", GENERAL)
    await asyncio.gather(
        *(say(taxpayer, case_id, f"a{number}", "x") for number in range(8)),
        *(say(officer, case_id, f"b{number}", "x") for number in range(8)),
        *(read(officer, case_id, 99) for _ in range(4)),
    )
    await read(officer, case_id, 99)
    async with house.product.database.reading() as connection:
        row = (await connection.execute(conversations.select())).one()
    assert (row.last_number, row.taxpayer_unread, row.officer_unread) == (16, 8, 0)
