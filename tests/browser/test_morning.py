"""An officer's whole morning in the console: every kind of ticket, and what comes in between (S31–S35)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from playwright.async_api import expect

from cases.files.views import FileView
from cases.sealing import new_id
from cases.views.tickets import TicketView
from queueing.states import TicketState
from server.demo import TAXPAYERS
from signaling import events
from tests.browser.conftest import People, TimedServer
from tests.browser.pages import OfficerPage
from tests.browser.server_process import Served
from tests.browser.test_business import photo, press
from tests.business_pages import BusinessPage, ReviewPage
from tests.clients import Page as Socket
from tests.clients import TaxpayerClient, eventually
from tests.product import GENERAL, INVOICE, LIN, LUO, ONSITE, VEHICLE, ZHOU, House

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

MINUTE_MS: Final = 60_000
NOTE: Final = "已看过发票，只差盖章"
PAID: Final = "尾号 5583"


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody with a ticket, by the socket of their page."""

    client: TaxpayerClient
    socket: Socket
    ticket_id: str

    async def seen(self, state: TicketState) -> TicketView:
        async def asked() -> TicketView:
            view: TicketView = await self.socket.call(events.TICKET_WATCH, ticket_id=self.ticket_id)
            return view

        return await eventually(asked, lambda view: view.state is state)

    async def confirm(self) -> None:
        called = await self.seen(TicketState.CALLED)
        await self.socket.call(
            events.TICKET_CONFIRM, ticket_id=self.ticket_id, call_number=called.call_number
        )

    async def come_back(self) -> None:
        """激活."""
        await self.seen(TicketState.ABANDONED)
        await self.socket.call(events.TICKET_REACTIVATE, ticket_id=self.ticket_id)


@dataclass(slots=True)
class Crowd:
    """Everybody who comes this morning, by the numbers of their tickets."""

    house: House
    waiters: dict[str, Waiter] = field(default_factory=dict)
    case_id: str = ""
    """Of the call that was booked."""

    async def book(self) -> int:
        """A call is booked and approved, and two other cases wait for their review; when the slot of the call
        has just begun.
        """
        client = self.house.visitor()
        await client.sign_in(TAXPAYERS[0])
        business = BusinessPage(self.house, client)
        booked = (await business.submitted()).case
        self.case_id = booked.case_id
        reviewer = self.house.console()
        await reviewer.sign_in(ZHOU)
        await ReviewPage(reviewer).approved(booked.case_id)
        for _ in range(2):
            await business.ordered()
        assert booked.booked is not None
        return booked.booked.slot_start_ms + MINUTE_MS

    async def come(self) -> None:
        """Twelve tickets: six consults in three lines, the booked call, five on paper."""
        for person, line_ids in zip(
            TAXPAYERS, ((VEHICLE, INVOICE), (VEHICLE, INVOICE, GENERAL), (VEHICLE,)), strict=True
        ):
            client, socket = await self.house.taxpayer(person)
            for line_id in line_ids:
                view = await client.take(new_id(), line_id, "请问怎么办")
                self.waiters[view.number] = Waiter(client, socket, view.ticket_id)
            if person is TAXPAYERS[0]:
                view = await BusinessPage(self.house, client).issued(self.case_id)
                self.waiters[view.number] = Waiter(client, socket, view.ticket_id)
        reception = self.house.console()
        await reception.sign_in(LUO)
        for _ in range(5):
            await reception.issue_paper(ONSITE)

    async def pay(self) -> None:
        """The receipt of what the officer asks for."""
        client = self.waiters["D001"].client
        path = f"/api/v1/taxpayer/cases/{self.case_id}"
        timeline = await BusinessPage(self.house, client).timeline(self.case_id)
        (payment,) = timeline.payments
        sent = await client.ask(
            "POST",
            f"{path}/files?purpose=receipt",
            data=photo(),
            headers={"Content-Type": "application/octet-stream"},
        )
        body = {"file_ids": [sent.as_(FileView).file.file_id], "text": PAID}
        answer = await client.ask("POST", f"{path}/payments/{payment.payment_id}/receipt", body)
        assert answer.status < 300, answer.body


class Morning:
    """The officer's hands."""

    def __init__(self, officer: OfficerPage, crowd: Crowd) -> None:
        self.officer, self.page, self.crowd = officer, officer.page, crowd
        self.finished: list[str] = []

    async def call(self) -> str:
        """By key; the number that was called."""
        await expect(self.page.get_by_test_id("call-next")).to_be_enabled()
        await self.page.keyboard.press("n")
        return await self.officer.held_number()

    async def serve(self, number: str) -> None:
        if number.startswith("E"):
            await self.page.keyboard.press("a")
        else:
            await self.crowd.waiters[number].confirm()
        await expect(self.page.get_by_test_id("finish-completed")).to_be_enabled()

    async def finish(self, number: str) -> None:
        await self.officer.finish()
        self.finished.append(number)

    async def abandon(self) -> None:
        await press(self.page, "abandon")
        await self.officer.confirm()
        await self.officer.holds_nothing()

    async def transfer(self, letter: str) -> None:
        await self.page.keyboard.press("t")
        await self.page.get_by_test_id(f"transfer-line-{letter}").check()
        await self.page.get_by_test_id("transfer-note").fill(NOTE)
        await self.officer.confirm()
        await self.officer.holds_nothing()

    async def take_payment(self) -> None:
        page = self.page
        await press(page, "tab-payment")
        await page.get_by_test_id("payment-amount").fill("126.40")
        await page.get_by_test_id("payment-purpose").fill("补缴车船税")
        await press(page, "payment-send")
        await expect(page.get_by_test_id("payment-state")).to_have_text("等上传回执")
        await self.crowd.pay()
        await expect(page.get_by_text(PAID)).to_be_visible()
        await press(page, "payment-confirm")
        await expect(page.get_by_test_id("payment-state")).to_have_text("已确认")

    async def review(self, left: int) -> None:
        """The first one of the desk; so many are left."""
        await press(self.page, "rail-review")
        await press(self.page, "review-row")
        await expect(self.page.get_by_test_id("review-approve")).to_be_enabled()
        await press(self.page, "review-approve")
        await expect(self.page.get_by_test_id("review-row")).to_have_count(left)
        await press(self.page, "rail-board")

    async def rest(self) -> None:
        await self.page.keyboard.press("b")
        await press(self.page, "break-reason-rest")
        await self.officer.confirm()
        await expect(self.page.get_by_test_id("desk-state")).to_have_attribute("data-state", "break")
        await self.page.keyboard.press("b")
        await expect(self.page.get_by_test_id("desk-state")).to_have_attribute("data-state", "ready")


async def begun(people: People, server: Served) -> OfficerPage:
    """At the desk, on every line, at counter 3."""
    officer = await people.officer_signed_out()
    await officer.log_in(server.url, LIN.staff_number, people.password)
    page = officer.page
    for letter in "ABCDE":
        await page.get_by_test_id(f"signon-line-{letter}").get_by_role("checkbox").check()
    await page.get_by_test_id("signon-counter").fill("3")
    await press(page, "signon-submit")
    await page.get_by_test_id("call-next").wait_for()
    return officer


@pytest.mark.feature("S31", "S32", "S33", "S35", "S37")
async def test_a_morning_of_twelve_tickets_needs_no_reload(
    timed_server: TimedServer, people_at: Callable[[Served], People]
) -> None:
    crowd = Crowd(timed_server.house)
    timed_server.move_to(await crowd.book())
    morning = Morning(await begun(people_at(timed_server), timed_server), crowd)
    loads: list[Any] = []
    morning.page.on("load", lambda page: loads.append(page))
    await crowd.come()
    transferred: list[str] = []
    left: list[str] = []
    while len(morning.finished) < 12:
        number = await morning.call()
        if not left:
            await morning.abandon()
            await crowd.waiters[number].come_back()
            left.append(number)
            continue
        await morning.serve(number)
        if not transferred and number not in left:
            await morning.transfer("B")
            transferred.append(number)
            continue
        if number in transferred:
            await expect(morning.page.get_by_test_id("transfer-note-read")).to_contain_text(NOTE)
        if number.startswith("D"):
            await morning.take_payment()
        await morning.finish(number)
        match len(morning.finished):
            case 3:
                await morning.review(left=1)
            case 5:
                await morning.rest()
            case 8:
                await morning.review(left=0)
    assert sorted(morning.finished) == sorted({*crowd.waiters, *(f"E{number:03}" for number in range(1, 6))})
    await expect(morning.page.get_by_test_id("call-next")).to_be_disabled()
    assert loads == []
