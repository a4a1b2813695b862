"""Still pictures that are asked for in a call, over both edges (S35)."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from cases import schema
from cases.conversation.views import MessageKind, MessagePage
from cases.files.views import FileView
from cases.stills.states import StillAction, StillState, StillSubject
from cases.stills.views import StillRequest, StillView
from rtc.call import CallState
from signaling import events
from signaling.events import Command
from tests.cases.files.samples import png
from tests.clients import Client, OfficerClient, Page, TaxpayerClient, code_of
from tests.product import CHEN, GENERAL, LIN, ZHOU, House, OpenHouse

ANSWERS = (StillAction.CONSENT, StillAction.REFUSE)


class Call:
    """LIN serves CHEN's consult; each has a page in its call."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.taxpayer: TaxpayerClient
        self.page: Page
        self.officer: OfficerClient
        self.console: Page
        self.case_id = self.call_id = ""

    async def begin(self) -> "Call":
        self.taxpayer, self.page = await self.house.taxpayer(CHEN)
        self.officer, self.console = await self.house.officer(LIN, GENERAL)
        self.case_id = await self.taxpayer.open_consult("t1", GENERAL)
        await self.taxpayer.watch(self.page, "t1")
        await self.officer.call_next(self.console, "r1")
        view = await self.page.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=1)
        self.call_id = view.call.call_id
        return self

    async def ask(
        self, request_id: str = "s1", subject: StillSubject = StillSubject.DOCUMENT
    ) -> StillRequest:
        view = await self.console.call(
            events.STILL_ASK, case_id=self.case_id, request_id=request_id, subject=subject.value
        )
        assert view.actions == (StillAction.WITHDRAW,)
        assert view.request is not None
        request: StillRequest = view.request
        return request

    async def send(self, page: Page, command: Command, request_id: str = "s1") -> StillView:
        view = await page.call(command, case_id=self.case_id, request_id=request_id)
        assert isinstance(view, StillView)
        return view

    async def code(self, page: Page, command: Command, request_id: str = "s1") -> str:
        more = {"subject": "document"} if command is events.STILL_ASK else {}
        return await code_of(page.call(command, case_id=self.case_id, request_id=request_id, **more))

    async def seen(self, client: Client) -> StillView:
        side = client.namespace.name.removeprefix("/")
        return (await client.ask("GET", f"/api/v1/{side}/cases/{self.case_id}/still")).as_(StillView)

    async def told(self, page: Page, state: StillState, request_id: str = "s1") -> StillView:
        def is_it(view: Any) -> bool:
            return view.request.request_id == request_id and view.request.state is state

        view = await page.wait_for(events.STILL_CHANGED, is_it)
        assert isinstance(view, StillView)
        return view

    async def messages(self) -> MessagePage:
        path = f"/api/v1/officer/cases/{self.case_id}/messages"
        return (await self.officer.ask("GET", path)).as_(MessagePage)

    async def notices(self) -> list[str]:
        """What the rules said in the conversation."""
        return [one.notice.zh for one in (await self.messages()).messages if one.notice is not None]

    async def audited(self) -> list[tuple[str, str, Any]]:
        entries = schema.audit_entries.c
        async with self.house.product.database.reading() as connection:
            rows = await connection.execute(
                select(entries.action, entries.actor_id, entries.detail)
                .where(entries.object_id == self.case_id, entries.action.startswith("still."))
                .order_by(entries.at_ms, entries.sequence)
            )
            return [(row.action, row.actor_id, row.detail) for row in rows]


@pytest.fixture
async def call(house: House) -> Call:
    return await Call(house).begin()


@pytest.mark.feature("S35")
async def test_the_taxpayer_consents_and_the_picture_comes_into_the_conversation(
    call: Call,
) -> None:
    assert (await call.seen(call.officer)).actions == (StillAction.ASK,)
    assert (await call.seen(call.taxpayer)).actions == ()
    request = await call.ask()
    assert (request.state, request.subject, request.call_id) == (
        StillState.ASKED, StillSubject.DOCUMENT, call.call_id,
    )  # fmt: skip
    assert request.due_at_ms - request.asked_at_ms == 120_000
    told = await call.told(call.page, StillState.ASKED)
    assert (told.request, told.actions) == (request, ANSWERS)
    assert request.officer.staff_number == LIN.staff_number
    # A page that was loaded just now is shown the same.
    assert (await call.seen(call.taxpayer)).request == request
    assert await call.code(call.console, events.STILL_ASK, "s2") == "still_asked"

    consented = await call.send(call.page, events.STILL_CONSENT)
    assert consented.actions == ()
    assert (await call.told(call.console, StillState.CONSENTED)).actions == (StillAction.ASK,)
    # Its answer was lost: said again, it is said once.
    assert (await call.send(call.page, events.STILL_CONSENT)).request == consented.request
    assert await call.code(call.page, events.STILL_REFUSE) == "still_over"
    assert await call.code(call.console, events.STILL_WITHDRAW) == "still_over"
    file = await call.taxpayer.ask(
        "POST",
        f"/api/v1/taxpayer/cases/{call.case_id}/files?purpose=chat&name=still.png",
        data=png(),
        headers={"Idempotency-Key": "s1", "Content-Type": "image/png"},
    )
    body = {"message_id": "s1", "text": "", "file_ids": [file.as_(FileView).file.file_id]}
    path = f"/api/v1/taxpayer/cases/{call.case_id}/messages"
    assert (await call.taxpayer.ask("POST", path, body)).status == 201
    last = (await call.messages()).messages[-1]
    assert (last.message_id, last.kind) == ("s1", MessageKind.PICTURE)
    assert await call.notices() == ["税务人员请求拍一张材料照片。", "纳税人同意发送材料照片。"]
    detail = {"request_id": "s1", "subject": "document"}
    officer_id, taxpayer_id = [actor_id for _, actor_id, _ in await call.audited()]
    assert await call.audited() == [
        ("still.ask", officer_id, detail), ("still.consent", taxpayer_id, detail),
    ]  # fmt: skip
    async with call.house.product.database.reading() as connection:
        owner = await connection.scalar(select(schema.cases.c.taxpayer_id))
        holder = await connection.scalar(select(schema.calls.c.officer_id))
    assert (taxpayer_id, officer_id) == (owner, holder)


@pytest.mark.feature("S35")
async def test_a_request_is_refused_or_withdrawn_and_both_hear_of_it(call: Call) -> None:
    await call.ask(subject=StillSubject.PERSON)
    await call.told(call.page, StillState.ASKED)
    await call.send(call.page, events.STILL_REFUSE)
    await call.told(call.console, StillState.REFUSED)
    assert await call.code(call.page, events.STILL_CONSENT) == "still_over"
    await call.ask("s2")
    assert await call.code(call.console, events.STILL_WITHDRAW, "nobodys") == "still_unknown"
    _, colleague = await call.house.officer(ZHOU)
    assert await call.code(colleague, events.STILL_WITHDRAW, "s2") == "forbidden"
    assert await call.code(colleague, events.STILL_ASK, "s3") == "forbidden"
    await call.send(call.console, events.STILL_WITHDRAW, "s2")
    assert (await call.told(call.page, StillState.WITHDRAWN, "s2")).actions == ()
    assert await call.code(call.page, events.STILL_CONSENT, "s2") == "still_over"
    assert await call.notices() == [
        "税务人员请求拍一张本人照片。",
        "纳税人不同意发送本人照片。",
        "税务人员请求拍一张材料照片。",
        "税务人员撤回了拍照请求，没有拍材料照片。",
    ]
    assert colleague.pushed(events.STILL_CHANGED) == []


@pytest.mark.feature("S35")
async def test_nobody_answers_in_time(call: Call) -> None:
    await call.ask()
    call.house.clock.ahead_ms += 119_000
    seen = (await call.seen(call.taxpayer)).request
    assert seen is not None
    assert seen.state is StillState.ASKED
    call.house.clock.ahead_ms += 1_000
    # Whether it is written down yet or not.
    assert await call.code(call.page, events.STILL_CONSENT) == "still_over"
    for page in (call.page, call.console):
        await call.told(page, StillState.EXPIRED)
    assert await call.notices() == ["税务人员请求拍一张材料照片。", "拍照请求已过期，没有拍材料照片。"]
    assert [action for action, _, _ in await call.audited()] == ["still.ask", "still.time_passed"]
    await call.ask("s2")


@pytest.mark.feature("S35")
async def test_the_call_ends_first(call: Call) -> None:
    await call.ask()
    await call.page.call(events.CALL_HANG_UP, call_id=call.call_id)
    for page in (call.page, call.console):
        assert (await call.told(page, StillState.CALL_ENDED)).actions == ()
    await call.console.wait_for(events.CALL_CHANGED, lambda view: view.state is CallState.ENDED)
    assert await call.code(call.page, events.STILL_CONSENT) == "still_over"
    assert await call.code(call.console, events.STILL_ASK, "s2") == "no_open_call"
    assert (await call.notices())[:2] == [
        "税务人员请求拍一张材料照片。", "通话已结束，没有拍材料照片。",
    ]  # fmt: skip


async def test_a_call_has_so_many_requests(open_house: OpenHouse) -> None:
    async with open_house(still_requests_per_call=2) as house:
        call = await Call(house).begin()
        for request_id in ("s1", "s2"):
            first = await call.ask(request_id)
            # A repeat is the same request.
            assert await call.ask(request_id) == first
            await call.send(call.console, events.STILL_WITHDRAW, request_id)
        assert await call.code(call.console, events.STILL_ASK, "s3") == "stills_full"


@pytest.mark.both_records
async def test_of_a_consent_and_a_withdrawal_at_once_one_counts(call: Call) -> None:
    await call.ask()
    named = {"case_id": call.case_id, "request_id": "s1"}
    answers = await asyncio.gather(
        call.page.ack("still.consent", named), call.console.ack("still.withdraw", named)
    )
    assert sorted(answer["ok"] for answer in answers) == [False, True]
    assert {answer["problem"]["code"] for answer in answers if not answer["ok"]} == {"still_over"}
    state = StillState.CONSENTED if answers[0]["ok"] else StillState.WITHDRAWN
    for page in (call.page, call.console):
        await call.told(page, state)
    assert len(await call.notices()) == len(await call.audited()) == 2
