"""Video that is asked for in a conversation, over both edges (S26, S34)."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from sqlalchemy import select

from cases import schema
from cases.conversation.views import MessageKind, MessagePage
from cases.videos.states import VideoAction, VideoState
from cases.videos.views import VideoList, VideoView
from cases.views.calls import CallView
from rtc.call import CallState, EndReason, LegName
from signaling import events
from signaling.events import Command
from tests.business_pages import BusinessPage
from tests.clients import (
    DEVICES,
    Client,
    OfficerClient,
    Page,
    TaxpayerClient,
    code_of,
    eventually,
    join_video,
)
from tests.product import CHEN, GENERAL, HE, HUANG, LIN, LUO, SU, ZHOU, House, OpenHouse
from tests.rtc.peer import Peer
from tests.rtc.waiting import wait_until
from tests.signaling.page_media import media_of_case

BY_ANSWERER = (VideoAction.ACCEPT, VideoAction.REFUSE)


class Talk:
    """CHEN's consult waits in its line; CHEN and LIN each have a page open."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.taxpayer: TaxpayerClient
        self.page: Page
        self.officer: OfficerClient
        self.console: Page
        self.case_id = ""

    async def begin(self) -> "Talk":
        self.taxpayer, self.page = await self.house.taxpayer(CHEN)
        self.officer, self.console = await self.house.officer(LIN)
        self.case_id = await self.taxpayer.open_consult("t1", GENERAL)
        return self

    async def back(self) -> "Talk":
        """The same people after the server was started anew."""
        self.taxpayer, self.page = await self.house.taxpayer(CHEN)
        self.officer, self.console = await self.house.officer(LIN)
        return self

    async def send(self, page: Page, command: Command, request_id: str = "v1") -> VideoView:
        view = await page.call(command, case_id=self.case_id, request_id=request_id)
        assert isinstance(view, VideoView)
        return view

    async def code(self, page: Page, command: Command, request_id: str = "v1") -> str:
        return await code_of(page.call(command, case_id=self.case_id, request_id=request_id))

    async def seen(self, client: Client) -> VideoView:
        side = client.namespace.name.removeprefix("/")
        return (await client.ask("GET", f"/api/v1/{side}/cases/{self.case_id}/video")).as_(VideoView)

    async def listed(self, client: Client) -> list[str]:
        side = client.namespace.name.removeprefix("/")
        answer = (await client.ask("GET", f"/api/v1/{side}/videos")).as_(VideoList)
        return [video.case_id for video in answer.videos]

    async def notices(self) -> list[str]:
        """What the rules said in the conversation."""
        path = f"/api/v1/taxpayer/cases/{self.case_id}/messages"
        page = (await self.taxpayer.ask("GET", path)).as_(MessagePage)
        return [
            one.notice.zh
            for one in page.messages
            if one.kind is MessageKind.SYSTEM and one.notice is not None
        ]

    async def serve(self) -> tuple[OfficerClient, Page]:
        """LIN calls the ticket, CHEN confirms; LIN's console."""
        await self.taxpayer.watch(self.page, "t1")
        await self.officer.sign_on(self.console, GENERAL)
        await self.officer.call_next(self.console, "r1")
        await self.page.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=1)
        return self.officer, self.console

    async def audited(self) -> list[tuple[str, str]]:
        entries = schema.audit_entries.c
        async with self.house.product.database.reading() as connection:
            rows = await connection.execute(
                select(entries.action, entries.actor_kind)
                .where(entries.object_id == self.case_id, entries.action.startswith("video."))
                .order_by(entries.at_ms)
            )
            return [(row.action, row.actor_kind) for row in rows]


@pytest.fixture
async def talk(house: House) -> Talk:
    return await Talk(house).begin()


def state_is(state: VideoState) -> Any:
    return lambda view: view.request is not None and view.request.state is state


def call_of(view: VideoView) -> CallView:
    assert view.call is not None
    return view.call


async def pushed(page: Page, state: VideoState) -> VideoView:
    view = await page.wait_for(events.VIDEO_CHANGED, state_is(state))
    assert isinstance(view, VideoView)
    return view


async def asked(page: Page) -> VideoView:
    view = await page.wait_for(events.VIDEO_ASKED)
    assert isinstance(view, VideoView)
    return view


@pytest.mark.feature("S26", "S34")
async def test_the_taxpayer_asks_an_officer_accepts_and_both_see_each_other(talk: Talk) -> None:
    assert (await talk.seen(talk.taxpayer)).actions == (VideoAction.ASK,)
    view = await talk.send(talk.page, events.VIDEO_ASK)
    assert view.request is not None
    assert (view.request.state, view.request.asked_by) == (VideoState.ASKED, LegName.TAXPAYER)
    assert view.request.due_at_ms - view.request.asked_at_ms == 45_000
    assert (view.actions, view.call) == ((VideoAction.WITHDRAW,), None)
    ring = await asked(talk.console)
    assert (ring.taxpayer_name, ring.actions) == (CHEN.name, BY_ANSWERER)
    # A page that was loaded just now is shown the same.
    assert (await talk.seen(talk.officer)).request == ring.request
    assert await talk.listed(talk.officer) == await talk.listed(talk.taxpayer) == [talk.case_id]

    accepted = await talk.send(talk.console, events.VIDEO_ACCEPT)
    call_id = call_of(accepted).call_id
    assert (call_of(accepted).case_id, call_of(accepted).ticket_id) == (talk.case_id, None)
    told = await pushed(talk.page, VideoState.ACCEPTED)
    assert (call_of(told).call_id, told.actions) == (call_id, (VideoAction.JOIN,))
    assert told.request is not None
    assert told.request.officer is not None
    assert told.request.officer.staff_number == LIN.staff_number
    taxpayers = Peer(media_of_case(talk.page, talk.case_id), call_id, LegName.TAXPAYER)
    officers = Peer(media_of_case(talk.console, talk.case_id), call_id, LegName.OFFICER)
    try:
        await taxpayers.connect()
        await officers.connect()
        for one in (talk.page, talk.console):
            await one.wait_for(events.CALL_CHANGED, lambda call: call.state is CallState.RUNNING)
        taxpayers.send_rtp(111, taxpayers.audio_ssrc, b"from the taxpayer")
        officers.send_rtp(111, officers.audio_ssrc, b"from the officer")
        await wait_until(lambda: officers.heard(b"from the taxpayer") is not None, "the taxpayer's sound")
        await wait_until(lambda: taxpayers.heard(b"from the officer") is not None, "the officer's sound")
        assert await talk.listed(talk.officer) == [talk.case_id]
        assert await talk.code(talk.page, events.VIDEO_ASK, "v2") == "video_call_open"
        ended = await talk.page.call(events.CALL_HANG_UP, call_id=call_id)
        assert (ended.state, ended.end_reason) == (CallState.ENDED, EndReason.HUNG_UP)
        await talk.console.wait_for(events.CALL_CHANGED, lambda call: call.state is CallState.ENDED)
    finally:
        await taxpayers.close()
        await officers.close()
    after = await talk.console.wait_for(
        events.VIDEO_CHANGED, lambda view: view.call is None and VideoAction.ASK in view.actions
    )
    assert after.request.call_id == call_id
    assert await talk.listed(talk.officer) == []
    begun, over = await talk.notices()
    assert begun == "纳税人申请视频聊天。"
    assert over.startswith("视频聊天已结束，通话时长 ")
    assert await talk.audited() == [("video.ask", "taxpayer"), ("video.accept", "officer")]


@pytest.mark.feature("S26", "S34")
async def test_a_refusal_is_shown(talk: Talk) -> None:
    await talk.send(talk.page, events.VIDEO_ASK)
    await asked(talk.console)
    refused = await talk.send(talk.console, events.VIDEO_REFUSE)
    assert refused.actions == (VideoAction.ASK,)
    told = await pushed(talk.page, VideoState.REFUSED)
    assert told.request is not None
    assert told.request.officer is not None
    assert told.request.officer.name == LIN.name
    assert (await talk.seen(talk.taxpayer)).request == told.request
    assert await talk.notices() == ["纳税人申请视频聊天。", "税务人员已拒绝视频聊天。"]
    # Its answer was lost: said again, it is said once.
    assert (await talk.send(talk.console, events.VIDEO_REFUSE)).request == refused.request
    assert await talk.code(talk.console, events.VIDEO_ACCEPT) == "video_over"
    assert await talk.code(talk.page, events.VIDEO_WITHDRAW) == "video_over"
    assert await talk.audited() == [("video.ask", "taxpayer"), ("video.refuse", "officer")]
    assert len(await talk.notices()) == 2


@pytest.mark.feature("S26", "S34")
async def test_the_officer_asks_and_the_taxpayer_refuses_then_accepts(talk: Talk) -> None:
    await talk.send(talk.console, events.VIDEO_ASK)
    ring = await asked(talk.page)
    assert ring.request is not None
    assert (ring.request.asked_by, ring.actions) == (LegName.OFFICER, BY_ANSWERER)
    assert await talk.code(talk.page, events.VIDEO_ASK, "v2") == "video_asked"
    _, colleague = await talk.house.officer(ZHOU)
    for command in (events.VIDEO_ACCEPT, events.VIDEO_REFUSE, events.VIDEO_WITHDRAW):
        assert await talk.code(colleague, command) == "video_not_yours"
    await talk.send(talk.page, events.VIDEO_REFUSE)
    await pushed(talk.console, VideoState.REFUSED)
    await talk.send(talk.console, events.VIDEO_ASK, "v2")
    await talk.page.wait_for(events.VIDEO_ASKED, lambda view: view.request.request_id == "v2")
    accepted = await talk.send(talk.page, events.VIDEO_ACCEPT, "v2")
    assert accepted.actions == (VideoAction.JOIN,)
    assert (await join_video(talk.console, talk.case_id)).call.call_id == call_of(accepted).call_id
    assert await code_of(colleague.call(events.VIDEO_JOIN, case_id=talk.case_id, devices=DEVICES)) == (
        "forbidden"
    )
    assert await talk.notices() == [
        "税务人员申请视频聊天。",
        "纳税人已拒绝视频聊天。",
        "税务人员申请视频聊天。",
    ]
    # Nobody but the two was ever asked.
    assert colleague.pushed(events.VIDEO_ASKED) == []


@pytest.mark.feature("S26")
async def test_nobody_answers_in_time(talk: Talk) -> None:
    await talk.send(talk.page, events.VIDEO_ASK)
    await asked(talk.console)
    talk.house.clock.ahead_ms += 44_000
    assert state_is(VideoState.ASKED)(await talk.seen(talk.taxpayer))
    talk.house.clock.ahead_ms += 1_000
    for page in (talk.page, talk.console):
        assert (await pushed(page, VideoState.UNANSWERED)).actions == (VideoAction.ASK,)
    assert await talk.code(talk.console, events.VIDEO_ACCEPT) == "video_over"
    assert await talk.notices() == ["纳税人申请视频聊天。", "视频聊天无人接听。"]
    assert await talk.audited() == [("video.ask", "taxpayer"), ("video.time_out", "system")]


@pytest.mark.feature("S26")
async def test_time_passes_and_calls_go_on_over_a_restart(open_house: OpenHouse) -> None:
    async with open_house() as house:
        talk = await Talk(house).begin()
        await talk.send(talk.page, events.VIDEO_ASK)
    async with open_house() as house:
        talk.house = house
        await talk.back()
        assert (await talk.seen(talk.officer)).actions == BY_ANSWERER
        call_id = call_of(await talk.send(talk.console, events.VIDEO_ACCEPT)).call_id
        await join_video(talk.page, talk.case_id)
    async with open_house() as house:
        talk.house = house
        await talk.back()
        # What was answered is not given up, however late it is.
        house.clock.ahead_ms += 60_000
        assert (await join_video(talk.page, talk.case_id)).call.call_id == call_id
        await talk.page.call(events.CALL_HANG_UP, call_id=call_id)
        await talk.send(talk.page, events.VIDEO_ASK, "v2")
    async with open_house() as house:
        house.clock.ahead_ms += 120_000
        talk.house = house
        await talk.back()
        await eventually(lambda: talk.seen(talk.taxpayer), state_is(VideoState.UNANSWERED))
        asks = "纳税人申请视频聊天。"
        assert await talk.notices() == [asks, "视频聊天未接通。", asks, "视频聊天无人接听。"]


@pytest.mark.feature("S26", "S34")
async def test_of_officers_who_accept_at_once_one_gets_it(talk: Talk) -> None:
    consoles = [talk.console]
    for officer in (ZHOU, HE):
        consoles.append((await talk.house.officer(officer))[1])
    await talk.send(talk.page, events.VIDEO_ASK)
    for console in consoles:
        await asked(console)
    payload = {"case_id": talk.case_id, "request_id": "v1"}
    answers = await asyncio.gather(*(one.ack("video.accept", payload) for one in consoles))
    assert sorted(answer["ok"] for answer in answers) == [False, False, True]
    assert {answer["problem"]["code"] for answer in answers if not answer["ok"]} == {"video_taken"}
    for console, answer in zip(consoles, answers, strict=True):
        told = await pushed(console, VideoState.ACCEPTED)
        assert told.actions == ((VideoAction.JOIN,) if answer["ok"] else ())
        code = None if answer["ok"] else "forbidden"
        joined = await console.ack("video.join", {"case_id": talk.case_id, "devices": DEVICES})
        assert joined.get("problem", {}).get("code") == code
    async with talk.house.product.database.reading() as connection:
        calls = await connection.execute(select(schema.calls.c.call_id))
        assert len(calls.all()) == 1


@pytest.mark.feature("S26")
async def test_a_request_is_withdrawn_and_may_be_repeated(talk: Talk) -> None:
    first = await talk.send(talk.page, events.VIDEO_ASK)
    assert (await talk.send(talk.page, events.VIDEO_ASK)).request == first.request
    assert await talk.code(talk.page, events.VIDEO_ASK, "v2") == "video_asked"
    assert await talk.code(talk.console, events.VIDEO_ASK) == "request_reused"
    assert await talk.code(talk.page, events.VIDEO_ACCEPT) == "video_not_yours"
    assert await talk.code(talk.console, events.VIDEO_WITHDRAW) == "video_not_yours"
    assert await talk.code(talk.console, events.VIDEO_ACCEPT, "nobodys") == "video_unknown"
    await talk.send(talk.page, events.VIDEO_WITHDRAW)
    assert (await pushed(talk.console, VideoState.WITHDRAWN)).actions == (VideoAction.ASK,)
    again = await talk.send(talk.page, events.VIDEO_ASK)
    assert state_is(VideoState.WITHDRAWN)(again)
    assert await talk.notices() == ["纳税人申请视频聊天。", "视频申请已取消。"]


async def test_a_person_asks_a_few_times_in_a_minute(talk: Talk) -> None:
    for number in range(3):
        await talk.send(talk.page, events.VIDEO_ASK, f"v{number}")
        await talk.send(talk.page, events.VIDEO_WITHDRAW, f"v{number}")
    problem = await talk.page.problem("video.ask", {"case_id": talk.case_id, "request_id": "v3"})
    assert (problem.code, problem.status) == ("too_many_video_requests", 429)
    assert problem.retry_after_ms is not None
    assert 0 < problem.retry_after_ms <= 60_000
    # The other side has a count of its own.
    await talk.send(talk.console, events.VIDEO_ASK, "o1")
    await talk.send(talk.console, events.VIDEO_WITHDRAW, "o1")
    talk.house.clock.ahead_ms += problem.retry_after_ms
    assert state_is(VideoState.ASKED)(await talk.send(talk.page, events.VIDEO_ASK, "v3"))


@pytest.mark.feature("S26", "S34")
async def test_who_serves_the_ticket_answers_alone_and_the_call_is_the_tickets(talk: Talk) -> None:
    officer, console = await talk.serve()
    _, colleague = await talk.house.officer(ZHOU)
    # The confirmation opened a call, which has to end first.
    assert await talk.code(talk.page, events.VIDEO_ASK) == "video_call_open"
    await talk.page.call(events.CALL_HANG_UP, call_id=call_of(await talk.seen(talk.officer)).call_id)
    assert await talk.code(colleague, events.VIDEO_ASK, "c1") == "video_not_yours"
    await talk.send(talk.page, events.VIDEO_ASK)
    await asked(console)
    for command in (events.VIDEO_ACCEPT, events.VIDEO_REFUSE):
        assert await talk.code(colleague, command) == "video_not_yours"
    call = call_of(await talk.send(console, events.VIDEO_ACCEPT))
    assert call.ticket_id == "t1"
    shown = await talk.page.wait_for(
        events.TICKET_CHANGED, lambda view: view.call is not None and view.call.call_id == call.call_id
    )
    assert (await join_video(talk.page, talk.case_id)).call.call_id == call.call_id
    assert colleague.pushed(events.VIDEO_ASKED) == []
    await officer.finish(console, shown, "completed")
    ended = await talk.page.wait_for(
        events.CALL_CHANGED, lambda seen: seen.call_id == call.call_id and seen.state is CallState.ENDED
    )
    assert ended.end_reason is EndReason.CLOSED


async def test_the_ticket_of_a_call_that_goes_on_with_its_officer(talk: Talk) -> None:
    await talk.send(talk.page, events.VIDEO_ASK)
    call_id = call_of(await talk.send(talk.console, events.VIDEO_ACCEPT)).call_id
    await talk.serve()
    seen = call_of(await talk.seen(talk.taxpayer))
    assert (seen.call_id, seen.ticket_id) == (call_id, "t1")


async def test_another_officer_who_serves_the_ticket_has_the_call(talk: Talk) -> None:
    _, colleague = await talk.house.officer(ZHOU)
    await talk.send(talk.page, events.VIDEO_ASK)
    first = call_of(await talk.send(colleague, events.VIDEO_ACCEPT)).call_id
    await talk.serve()
    seen = call_of(await talk.seen(talk.taxpayer))
    assert seen.call_id != first
    assert seen.ticket_id == "t1"
    ended = await colleague.wait_for(events.CALL_CHANGED, lambda call: call.state is CallState.ENDED)
    assert (ended.call_id, ended.end_reason) == (first, EndReason.CLOSED)


async def test_who_waits_for_an_answer_is_served_and_meets_in_the_tickets_call(talk: Talk) -> None:
    await talk.send(talk.page, events.VIDEO_ASK)
    await talk.serve()
    met = await pushed(talk.page, VideoState.ACCEPTED)
    assert met.request is not None
    assert (met.request.call_id, call_of(met).ticket_id) == (call_of(met).call_id, "t1")
    assert await talk.code(talk.console, events.VIDEO_ACCEPT) == "video_taken"


@pytest.mark.parametrize("accepted", [False, True])
async def test_a_case_that_closes_ends_its_request_and_its_call(talk: Talk, accepted: bool) -> None:
    await talk.send(talk.page, events.VIDEO_ASK)
    if accepted:
        await talk.send(talk.console, events.VIDEO_ACCEPT)
        await join_video(talk.page, talk.case_id)
    await talk.taxpayer.watch(talk.page, "t1")
    await talk.page.call(events.TICKET_CANCEL, ticket_id="t1")
    if accepted:
        ended = await talk.page.wait_for(events.CALL_CHANGED, lambda call: call.state is CallState.ENDED)
        assert ended.end_reason is EndReason.CLOSED
    else:
        await pushed(talk.console, VideoState.CLOSED)
    after = await eventually(
        lambda: talk.seen(talk.taxpayer), lambda view: view.call is None and not view.actions
    )
    assert state_is(VideoState.ACCEPTED if accepted else VideoState.CLOSED)(after)
    assert await talk.code(talk.page, events.VIDEO_ASK, "v2") == "case_closed"
    assert (
        await code_of(talk.page.call(events.VIDEO_JOIN, case_id=talk.case_id, devices=DEVICES))
        == "no_open_call"
    )


@pytest.mark.feature("S26", "S34")
async def test_video_of_a_case_without_a_ticket_until_it_is_withdrawn(house: House) -> None:
    talk = Talk(house)
    talk.taxpayer, talk.page = await house.taxpayer(CHEN)
    talk.officer, talk.console = await house.officer(LIN)
    _, reception = await house.officer(LUO)
    business = BusinessPage(house, talk.taxpayer)
    talk.case_id = await business.begun()
    # Of a draft no officer knows.
    assert (await talk.seen(talk.taxpayer)).actions == ()
    assert await talk.code(talk.page, events.VIDEO_ASK) == "conversation_not_begun"
    assert await talk.code(talk.console, events.VIDEO_ASK) == "case_unknown"
    talk.case_id = (await business.ordered()).case.case_id
    await talk.send(talk.console, events.VIDEO_ASK)
    await asked(talk.page)
    assert await talk.code(reception, events.VIDEO_ACCEPT) == "case_unknown"
    call = call_of(await talk.send(talk.page, events.VIDEO_ACCEPT))
    await join_video(talk.console, talk.case_id)
    await business.act("POST", talk.case_id, "/withdrawal")
    for page in (talk.page, talk.console):
        ended = await page.wait_for(events.CALL_CHANGED, lambda seen: seen.state is CallState.ENDED)
        assert (ended.call_id, ended.end_reason) == (call.call_id, EndReason.CLOSED)
    assert reception.pushed(events.CALL_CHANGED) == reception.pushed(events.VIDEO_CHANGED) == []


async def test_nobody_is_in_two_calls(talk: Talk) -> None:
    other = Talk(talk.house)
    other.taxpayer, other.page = await talk.house.taxpayer(HUANG)
    other.case_id = await other.taxpayer.open_consult("t2", GENERAL)
    await talk.send(talk.page, events.VIDEO_ASK)
    await other.send(other.page, events.VIDEO_ASK, "w1")
    await talk.send(talk.console, events.VIDEO_ACCEPT)
    assert await other.code(talk.console, events.VIDEO_ACCEPT, "w1") == "video_busy"
    assert await other.code(talk.console, events.VIDEO_ASK, "w2") == "video_asked"
    # It goes on waiting for others.
    _, colleague = await talk.house.officer(ZHOU)
    assert call_of(await other.send(colleague, events.VIDEO_ACCEPT, "w1")).case_id == other.case_id


async def test_who_does_not_see_the_conversation_sees_no_video(talk: Talk) -> None:
    stranger, strange_page = await talk.house.taxpayer(HUANG)
    admin, admin_page = await talk.house.officer(SU)
    await talk.send(talk.page, events.VIDEO_ASK)
    await asked(talk.console)
    for client, page in ((stranger, strange_page), (admin, admin_page)):
        for command in (events.VIDEO_ASK, events.VIDEO_ACCEPT, events.VIDEO_REFUSE, events.VIDEO_WITHDRAW):
            assert await talk.code(page, command, "v1") == "case_unknown"
        assert await code_of(page.call(events.VIDEO_JOIN, case_id=talk.case_id, devices=DEVICES)) == (
            "case_unknown"
        )
        assert await code_of(_any(talk.seen(client))) == "case_unknown"
        assert await talk.listed(client) == []
        assert page.pushed(events.VIDEO_ASKED) == page.pushed(events.VIDEO_CHANGED) == []


async def _any(one: Awaitable[object]) -> object:
    return await one
