"""Both sides talk through the real server: in order, without doubles, with what is unread (S24, S25, S34)."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from cases.casework.views import Waiting
from cases.conversation.views import (
    ConversationAction,
    ConversationList,
    ConversationMessage,
    ConversationRead,
    ConversationState,
    MessageKind,
    MessagePage,
    MessageSent,
    Sender,
    UnreadCounts,
)
from cases.files.views import FileView
from queueing.connection import Link
from signaling import events
from tests.cases.files import samples
from tests.clients import Client, Page, code_of
from tests.product import CHEN, GENERAL, HUANG, LIN, House, house_in

pytestmark = pytest.mark.both_records


def path(client: Client, case_id: str, *more: str) -> str:
    side = client.namespace.name.removeprefix("/")
    return "/".join((f"/api/v1/{side}/cases/{case_id}/messages", *more))


async def say(client: Client, case_id: str, message_id: str, text: str, **more: Any) -> MessageSent:
    body = {"message_id": message_id, "text": text, **more}
    return (await client.ask("POST", path(client, case_id), body)).as_(MessageSent)


async def listed(client: Client, case_id: str, query: str = "") -> MessagePage:
    return (await client.ask("GET", f"{path(client, case_id)}{query}")).as_(MessagePage)


async def read(client: Client, case_id: str, number: int) -> ConversationState:
    answer = await client.ask("PUT", path(client, case_id, "read"), {"number": number})
    return answer.as_(ConversationState)


async def unread(client: Client) -> UnreadCounts:
    return (await client.ask("GET", "/api/v1/taxpayer/unread")).as_(UnreadCounts)


async def of_hall(client: Client, query: str = "") -> ConversationList:
    return (await client.ask("GET", f"/api/v1/officer/conversations{query}")).as_(ConversationList)


def texts(page: MessagePage) -> list[str]:
    return [message.text for message in page.messages]


def heard(page: Page) -> list[tuple[int, str]]:
    """The messages that a page was told, in the order in which they came."""
    return [(told.message.number, told.message.text) for told in page.pushed(events.CONVERSATION_MESSAGE)]


async def heard_all(page: Page, last: int) -> list[tuple[int, str]]:
    await page.wait_for(events.CONVERSATION_MESSAGE, lambda told: told.message.number == last)
    return heard(page)


@pytest.mark.feature("S24", "S34")
async def test_both_sides_talk_and_their_pages_hear_it_in_order(house: House) -> None:
    taxpayer, page = await house.taxpayer(CHEN)
    officer, console = await house.officer(LIN)
    case_id = await taxpayer.open_consult("t1", GENERAL)
    said = []
    for number in range(1, 11):
        client: Client = taxpayer if number % 3 else officer
        sent = await say(client, case_id, f"m{number}", f"第{number}句")
        assert sent.message.number == number
        said.append((number, f"第{number}句"))
    assert await heard_all(page, 10) == said
    assert await heard_all(console, 10) == said
    third = page.pushed(events.CONVERSATION_MESSAGE)[2]
    assert isinstance(third, ConversationMessage)
    assert third.message.sender is Sender.OFFICER
    assert third.message.officer is not None
    assert third.message.officer.staff_number == LIN.staff_number
    assert page.pushed(events.CONVERSATION_MESSAGE)[0].message.officer is None
    assert (await listed(taxpayer, case_id)).messages == (await listed(officer, case_id)).messages


@pytest.mark.feature("S24")
async def test_a_message_whose_answer_was_lost_is_sent_again_without_a_double(house: House) -> None:
    taxpayer, page = await house.taxpayer(CHEN)
    officer, console = await house.officer(LIN)
    case_id = await taxpayer.open_consult("t1", GENERAL)
    first = await say(taxpayer, case_id, "m1", "您好")
    await page.close()
    # While the page is away: its message again, and an answer.
    assert (await say(taxpayer, case_id, "m1", "您好")).message == first.message
    await say(officer, case_id, "m2", "请讲")
    await say(officer, case_id, "m3", "我在")
    back = await taxpayer.open_page()
    missed = await listed(taxpayer, case_id, "?after=1")
    assert texts(missed) == ["请讲", "我在"]
    await say(taxpayer, case_id, "m4", "好的")
    assert (4, "好的") in await heard_all(back, 4)
    assert await heard_all(console, 4) == [(1, "您好"), (2, "请讲"), (3, "我在"), (4, "好的")]
    assert texts(await listed(taxpayer, case_id)) == ["您好", "请讲", "我在", "好的"]


async def test_the_same_message_sent_many_times_at_once_is_kept_once(house: House) -> None:
    taxpayer, _ = await house.taxpayer(CHEN)
    case_id = await taxpayer.open_consult("t1", GENERAL)
    sent = await asyncio.gather(*(say(taxpayer, case_id, "m1", "您好") for _ in range(10)))
    assert {one.message.number for one in sent} == {1}
    many = await asyncio.gather(*(say(taxpayer, case_id, f"n{one}", str(one)) for one in range(10)))
    assert sorted(one.message.number for one in many) == list(range(2, 12))


async def test_an_id_that_came_with_another_content_is_refused(house: House) -> None:
    taxpayer, _ = await house.taxpayer(CHEN)
    officer, _ = await house.officer(LIN)
    case_id = await taxpayer.open_consult("t1", GENERAL)
    await say(taxpayer, case_id, "m1", "您好")
    assert await code_of(say(taxpayer, case_id, "m1", "您好！")) == "request_reused"
    assert await code_of(say(officer, case_id, "m1", "您好")) == "request_reused"
    assert texts(await listed(taxpayer, case_id)) == ["您好"]


@pytest.mark.feature("S24")
async def test_pages_of_two_processes_hear_each_other(house: House, link: Link) -> None:
    taxpayer, page = await house.taxpayer(CHEN)
    case_id = await taxpayer.open_consult("t1", GENERAL)
    async with house_in(house.data_dir, link) as other:
        officer, console = await other.officer(LIN)
        said = [(number, f"句{number}") for number in range(1, 13)]
        for number, text in said:
            client: Client = taxpayer if number % 2 else officer
            await say(client, case_id, f"m{number}", text)
        assert await heard_all(page, 12) == said
        assert await heard_all(console, 12) == said
        await read(officer, case_id, 12)
        told = await page.wait_for(events.CONVERSATION_READ)
        assert told.conversation.officer_read == 12


@pytest.mark.feature("S25", "S34")
async def test_unread_counts_of_both_sides_are_live(house: House) -> None:
    taxpayer, page = await house.taxpayer(CHEN)
    officer, console = await house.officer(LIN)
    case_id = await taxpayer.open_consult("t1", GENERAL)
    for number in (1, 2, 3):
        await say(taxpayer, case_id, f"m{number}", "在吗")
    (row,) = (await of_hall(officer, "?state=unread")).conversations
    assert (row.case_id, row.conversation.officer_unread, row.taxpayer_name) == (case_id, 3, CHEN.name)
    assert row.topic.zh == "在线咨询"
    for part in (CHEN.name[1:], row.case_number[-5:]):
        (found,) = (await of_hall(officer, f"?search={part}")).conversations
        assert found.case_id == case_id
    for nobody in ("%25", "_", HUANG.name):
        assert (await of_hall(officer, f"?search={nobody}")).conversations == ()
    waiting = (await officer.ask("GET", "/api/v1/officer/waiting")).as_(Waiting)
    assert (waiting.unread, waiting.reviews, waiting.work, waiting.work_overdue) == (3, 0, 0, 0)
    assert (await read(officer, case_id, 2)).officer_unread == 1
    told = await page.wait_for(events.CONVERSATION_READ)
    assert isinstance(told, ConversationRead)
    assert (told.conversation.officer_read, told.conversation.officer_unread) == (2, 1)
    # Never back, and not further than the end.
    assert (await read(officer, case_id, 1)).officer_read == 2
    assert (await read(officer, case_id, 99)).officer_read == 3
    assert (await of_hall(officer, "?state=unread")).conversations == ()
    await say(officer, case_id, "m4", "在")
    await say(officer, case_id, "m5", "请讲")
    counts = await unread(taxpayer)
    assert (counts.total, [(one.case_id, one.unread) for one in counts.cases]) == (2, [(case_id, 2)])
    newest = await page.wait_for(events.CONVERSATION_MESSAGE, lambda told: told.message.number == 5)
    assert newest.conversation.taxpayer_unread == 2
    assert (await read(taxpayer, case_id, 5)).taxpayer_unread == 0
    assert (await unread(taxpayer)).total == 0
    await console.wait_for(events.CONVERSATION_READ, lambda told: told.conversation.taxpayer_read == 5)


@pytest.mark.feature("S24")
async def test_a_picture_is_sent_and_one_of_somebody_else_is_not(house: House) -> None:
    taxpayer, _ = await house.taxpayer(CHEN)
    officer, console = await house.officer(LIN)
    case_id = await taxpayer.open_consult("t1", GENERAL)
    answer = await taxpayer.ask(
        "POST",
        f"/api/v1/taxpayer/cases/{case_id}/files?purpose=chat",
        data=samples.jpeg(),
        headers={"Content-Type": "image/jpeg"},
    )
    chat = answer.as_(FileView).file.file_id
    sent = await say(taxpayer, case_id, "m1", "", file_ids=[chat])
    assert (sent.message.kind, [one.file_id for one in sent.message.pictures]) == (
        MessageKind.PICTURE,
        [chat],
    )
    told = await console.wait_for(events.CONVERSATION_MESSAGE)
    assert told.message.pictures == sent.message.pictures
    seen = await officer.ask("GET", f"/api/v1/officer/cases/{case_id}/files/{chat}")
    assert seen.status == 200
    for file_ids in ([chat, chat], ["nobodys"], [chat, "nobodys"]):
        assert await code_of(say(taxpayer, case_id, "m2", "", file_ids=file_ids)) == "file_unknown"
    assert await code_of(say(officer, case_id, "m3", "", file_ids=[chat])) == "file_unknown"
    assert (await listed(taxpayer, case_id)).conversation.last_number == 1


async def test_pages_of_messages_go_both_ways(house: House) -> None:
    taxpayer, _ = await house.taxpayer(CHEN)
    case_id = await taxpayer.open_consult("t1", GENERAL)
    empty = await listed(taxpayer, case_id)
    assert (empty.messages, empty.conversation.version, empty.more) == ((), 0, False)
    for number in range(1, 8):
        await say(taxpayer, case_id, f"m{number}", str(number))
    newest = await listed(taxpayer, case_id, "?limit=3")
    assert (texts(newest), newest.more) == (["5", "6", "7"], True)
    before = await listed(taxpayer, case_id, "?limit=3&before=5")
    assert (texts(before), before.more) == (["2", "3", "4"], True)
    first = await listed(taxpayer, case_id, "?limit=3&before=2")
    assert (texts(first), first.more) == (["1"], False)
    after = await listed(taxpayer, case_id, "?limit=3&after=2")
    assert (texts(after), after.more) == (["3", "4", "5"], True)
    assert texts(await listed(taxpayer, case_id, "?after=7")) == []


async def test_nobody_else_hears_or_sees_it(house: House) -> None:
    taxpayer, _ = await house.taxpayer(CHEN)
    stranger, page = await house.taxpayer(HUANG)
    officer, console = await house.officer(LIN)
    case_id = await taxpayer.open_consult("t1", GENERAL)
    own = await stranger.open_consult("t2", GENERAL)
    await say(taxpayer, case_id, "m1", "只给税务人员")
    await say(stranger, own, "m1", "我的")
    await heard_all(page, 1)
    await console.wait_for(events.CONVERSATION_MESSAGE, lambda told: told.message.case_id == own)
    assert {told.message.case_id for told in page.pushed(events.CONVERSATION_MESSAGE)} == {own}
    for refused in (
        listed(stranger, case_id),
        say(stranger, case_id, "m2", "x"),
        read(stranger, case_id, 1),
        listed(officer, "nobodys"),
    ):
        assert await code_of(_any(refused)) == "case_unknown"


async def _any(asked: Awaitable[object]) -> object:
    return await asked


async def test_a_closed_case_is_read_only_and_too_much_is_refused(house: House) -> None:
    taxpayer, page = await house.taxpayer(CHEN)
    case_id = await taxpayer.open_consult("t1", GENERAL)
    assert await code_of(say(taxpayer, case_id, "m0", " \n")) == "message_empty"
    for number in range(30):
        await say(taxpayer, case_id, f"m{number}", "x")
    answer = await taxpayer.ask("POST", path(taxpayer, case_id), {"message_id": "more", "text": "x"})
    assert (answer.status, answer.problem.code) == (429, "too_many_messages")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    # A repeat is no new message.
    assert (await say(taxpayer, case_id, "m3", "x")).message.number == 4
    house.clock.ahead_ms += 60_000
    await say(taxpayer, case_id, "more", "x")
    assert (await listed(taxpayer, case_id)).actions == tuple(ConversationAction)
    await taxpayer.watch(page, "t1")
    await page.call(events.TICKET_CANCEL, ticket_id="t1")
    await page.wait_for(events.CONVERSATION_MESSAGE, lambda told: told.message.kind is MessageKind.SYSTEM)
    ended = await listed(taxpayer, case_id, "?limit=1")
    assert ended.actions == ()
    (closing,) = ended.messages
    assert closing.notice is not None
    assert (closing.notice.zh, closing.notice.en) == (
        "业务已结束：已取消取号。",
        "The case is closed: the ticket was cancelled.",
    )
    assert await code_of(say(taxpayer, case_id, "late", "x")) == "case_closed"
    assert (await say(taxpayer, case_id, "more", "x")).message.number == 31
    assert (await read(taxpayer, case_id, 32)).taxpayer_read == 32


@pytest.mark.sqlite_records
async def test_what_people_write_is_sealed_in_the_records(house: House) -> None:
    taxpayer, _ = await house.taxpayer(CHEN)
    case_id = await taxpayer.open_consult("t1", GENERAL)
    await say(taxpayer, case_id, "m1", "13800138000")
    kept = b"".join(file.read_bytes() for file in house.data_dir.glob("records.sqlite3*"))
    assert case_id.encode() in kept
    assert b"13800138000" not in kept
