"""Every page of the web client, each in a state that shows what is on it: one table, for looking at them and
for what holds on all of them. A new page is one row here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from playwright.async_api import Page

from cases.clock import SystemClock, local_date
from server.demo import ADMIN, HALL, OFFICERS, RECEPTION, SUPERVISOR, DemoOfficer
from tests.browser.conftest import People
from tests.browser.pages import OfficerPage, TaxpayerPage
from tests.browser.server_process import Served
from tests.browser.test_business import FAULTS, Officer, begin_refund, draft, solved
from tests.browser.visitor import Visitor

Records = Mapping[str, str]
"""The ids that stand in the addresses below, by name."""

CONSENT: Final = "consent.backoffice.v1"
REST = """() => document.querySelector('main') && !document.querySelector('.skeleton, [aria-busy=true]')
  && document.fonts.status === 'loaded' && [...document.images].every((image) => image.complete)
  && document.getAnimations().every((a) => a.playState !== 'running'
       || a.effect?.getTiming().iterations === Infinity)"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page in one state. ``ready``: CSS of what is there once it is whole. ``press``: test ids that lead to
    the state from the address, one after the other.
    """

    name: str
    path: str
    ready: str
    press: tuple[str, ...] = ()

    async def open(self, page: Page, url: str, records: Records) -> None:
        """Returns once it shows everything and nothing moves."""
        await page.goto(url + self.path.format_map(records))
        for control in self.press:
            await page.get_by_test_id(control).first.click()
        await page.locator(self.ready).first.wait_for()
        await page.wait_for_function(REST)


@dataclass(frozen=True, slots=True)
class Variant:
    """How a person has set the page, and their system."""

    name: str
    colours: Literal["light", "dark"] = "light"
    kept: Mapping[str, str] | None = None
    """What the device keeps."""

    async def choose(self, page: Page) -> None:
        """For every page of that browser from the next address on."""
        await page.emulate_media(color_scheme=self.colours)
        await page.evaluate(
            """(kept) => {
              for (const name of ['shuitong.text', 'shuitong.language']) localStorage.removeItem(name)
              for (const [name, value] of Object.entries(kept)) localStorage.setItem(name, value)
            }""",
            dict(self.kept or {}),
        )


LIGHT: Final = Variant("light")
DARK: Final = Variant("dark", "dark")
BIG: Final = Variant("big", kept={"shuitong.text": "big"})
ENGLISH: Final = Variant("english", kept={"shuitong.language": "en"})
DARK_ENGLISH: Final = Variant("dark english", "dark", {"shuitong.language": "en"})


def by_id(test_id: str) -> str:
    return f"[data-testid={test_id}]"


SIGNED_OUT: Final = (Shown("login", "/login", by_id("login-number")),)
TAXPAYER: Final = (
    Shown("home", "/", by_id("home-ticket")),
    Shown("todos", "/todos", by_id("case")),
    Shown("todos-onsite", "/todos", by_id("todo-visit"), ("todos-onsite",)),
    Shown("messages", "/messages", by_id("notification")),
    Shown("me", "/me", by_id("logout")),
    Shown("bind", "/bind", by_id("bind-scan")),
    Shown("alerts", "/alerts", by_id("alerts-listen")),
    Shown("guidance", "/guidance", by_id("guidance-search")),
    Shown("question", "/guidance?sub=S0305", by_id("question-next")),
    Shown("topic", "/topics/T24", by_id("node-N1")),
    Shown("notice", "/topics/T24/N1", by_id("notice-start")),
    Shown("channels", "/topics/T24/N1/channels", by_id("channel-begin")),
    Shown("favourites", "/favourites", by_id("favourite")),
    Shown("my-forms", "/forms", by_id("my-form")),
    Shown("forms-of-case", "/business/{draft}/forms", by_id("form-F04")),
    Shown("form", "/business/{draft}/forms/F04", by_id("field-plate")),
    Shown("submit", "/business/{draft}/submit", by_id("consent"), ("mode-backoffice",)),
    Shown("submit-assist", "/business/{draft}/submit", by_id("agent-name"), ("mode-assist",)),
    Shown("book-case", "/business/{draft}/booking", by_id("slot")),
    Shown("timeline-booked", "/business/{booked}", by_id("stage-booking")),
    Shown("timeline-rejected", "/business/{rejected}", by_id("review-faults")),
    Shown("timeline-working", "/business/{paying}", by_id("payment-link")),
    Shown("chat", "/business/{paying}/messages", by_id("message")),
    Shown("payment", "/business/{paying}/payments/{payment}", by_id("receipt-text")),
    Shown("visit", "/visits/new?topic=T24", by_id("slot")),
    Shown("bookings", "/bookings", by_id("booking-item")),
    Shown("booking", "/bookings/{visit}", by_id("booking-cancel")),
    Shown("visit-change", "/bookings/{visit}/change", by_id("slot")),
    Shown("consult", "/consult", by_id("line-A")),
    Shown("waiting", "/tickets/{ticket}", by_id("cancel-ticket")),
    Shown("check", "/check", by_id("check-page")),
    Shown("history", "/history", by_id("history-item")),
    Shown("closed-case", "/business/{closed}", by_id("close-reason")),
    Shown("closed-consult", "/history/{consult}", ".card"),
)
NEWCOMER: Final = (
    Shown("empty-home", "/", by_id("door-history")),
    Shown("empty-todos", "/todos", ".message"),
    Shown("empty-messages", "/messages", ".message"),
    Shown("empty-bookings", "/bookings", ".message"),
    Shown("empty-my-forms", "/forms", ".message"),
    Shown("empty-favourites", "/favourites", ".message"),
    Shown("empty-history", "/history", ".message"),
    Shown("region", "/guidance", by_id("region-44")),
    Shown("lost", "/tickets/none", ".message"),
)
"""Of somebody who has nothing yet."""
OFFICER_SIGNED_OUT: Final = (Shown("login", "/officer/login", by_id("login-password")),)
OFFICER: Final = (
    Shown("board", "/officer/", by_id("call-next")),
    Shown("break", "/officer/", by_id("break-text"), ("desk-choose-break", "break-reason-other")),
    Shown("transfer", "/officer/", by_id("transfer-note"), ("transfer-next",)),
    Shown("lines", "/officer/lines", by_id("signon-line-A")),
    Shown("review", "/officer/review", by_id("review-row")),
    Shown("review-case", "/officer/review/{pending}", by_id("review-form-F04")),
    Shown("conversations", "/officer/conversations", by_id("talk-row")),
    Shown("conversation", "/officer/conversations/{paying}", by_id("case-panel")),
    Shown("ask-document", "/officer/conversations/{paying}", by_id("document-other"), ("ask-document",)),
    Shown("back-office", "/officer/back-office", by_id("work-row")),
    Shown("back-office-case", "/officer/back-office/{paying}", by_id("case-panel")),
    Shown("check", "/officer/check", "main"),
)
OTHER_STAFF: Final = (
    (RECEPTION, (Shown("reception", "/officer/reception", "main"),)),
    (
        SUPERVISOR,
        (
            Shown("wall", "/officer/wall", by_id("wall-line-A")),
            Shown("reports", "/officer/reports", by_id("report-total")),
            Shown("audit", "/officer/audit", by_id("audit-row")),
        ),
    ),
    (
        ADMIN,
        (
            Shown("admin-halls", "/officer/admin/halls", by_id("hall-tab-lines")),
            Shown("admin-officers", "/officer/admin/officers", by_id("officer-0731")),
            Shown("admin-catalogue", "/officer/admin/catalogue", by_id("check-catalogue")),
            Shown("admin-texts", "/officer/admin/texts", by_id("admin-texts")),
        ),
    ),
)
"""Who is signed on to no line, each with the pages that are theirs."""


class Filling:
    """Puts records on a server with demo accounts, as one taxpayer's pages and an officer's would."""

    def __init__(self, server: Served, taxpayer: TaxpayerPage, officer: Officer) -> None:
        self._server = server
        self._taxpayer = taxpayer
        self._visitor = Visitor(taxpayer.page, server)
        self._officer = officer

    async def place(self, kind: str) -> dict[str, Any]:
        """The first free place of that kind, with a captcha."""
        days = await self._days(kind)
        day = next(one["day"] for one in days if one["is_working"] and one["left"])
        slots = await self._visitor.see(f"/halls/{HALL.hall_id}/slots?kind={kind}&day={day}")
        captcha_id = (await self._visitor.ask("POST", "/captchas", captcha_kind="image"))["captcha_id"]
        return {
            "hall_id": HALL.hall_id,
            "slot_start_ms": next(one["start_ms"] for one in slots["slots"] if one["left"]),
            "captcha_id": captcha_id,
            "captcha_answer": await solved(self._server, captcha_id),
        }

    async def _days(self, kind: str) -> list[dict[str, Any]]:
        today = local_date(SystemClock().now_ms(), HALL.time_zone)
        first, last = today + timedelta(days=1), today + timedelta(days=12)
        path = f"/halls/{HALL.hall_id}/days?kind={kind}&first={first}&last={last}"
        found: list[dict[str, Any]] = (await self._visitor.see(path))["days"]
        return found

    async def ordered(self) -> str:
        """A case for the back office, not reviewed yet."""
        case_id = await draft(self._taxpayer.page, self._server)
        body = {"mode": "backoffice", "consent_id": CONSENT, "description": "车辆被盗，申请退税。"}
        await self._visitor.ask("POST", f"/business/{case_id}/submission", **body)
        return case_id

    async def booked(self) -> str:
        case_id = await draft(self._taxpayer.page, self._server)
        place = await self.place("assist")
        body = {"mode": "assist", "description": "车辆被盗，申请退税。", "place": place}
        await self._visitor.ask("POST", f"/business/{case_id}/submission", **body)
        await self._officer.act(case_id, "approval")
        return case_id

    async def paying(self) -> tuple[str, str]:
        """A case in work with a talk, and the payment that is asked for."""
        case_id = await self.ordered()
        await self._officer.act(case_id, "approval")
        payment_id = await self._officer.ask_payment(case_id)
        await self._officer.say(case_id, "您好，请把完税凭证上的号码再核对一下。")
        path = f"/cases/{case_id}/messages"
        for number, text in enumerate(("好的，号码是 344026000001。", "请问什么时候可以退到账上？")):
            await self._visitor.ask("POST", path, message_id=f"said{number}", text=text, file_ids=[])
        return case_id, payment_id

    async def closed(self) -> str:
        case_id = await self.ordered()
        await self._officer.act(case_id, "approval")
        await self._officer.finish(case_id)
        return case_id

    async def consulted(self) -> str:
        """The case of a ticket that was cancelled."""
        number = {
            "ticket_id": "cancelled",
            "line_id": "xiangzhou-invoice",
            "question": "数电发票额度怎么调？",
        }
        taken = await self._visitor.ask("POST", "/consults", **number)
        page = self._taxpayer.page
        await page.goto(f"{self._server.url}/tickets/cancelled")
        await self._taxpayer.press("cancel-ticket")
        await self._taxpayer.press("dialog-confirm")
        await page.get_by_test_id("cancel-ticket").wait_for(state="detached")
        case_id: str = taken["case_id"]
        return case_id

    async def all(self) -> Records:
        # The region is picked as a person picks it, which also makes a draft.
        await begin_refund(self._taxpayer.page, self._server)
        await self._taxpayer.page.goto(f"{self._server.url}/topics/T24/N1")
        await self._taxpayer.page.get_by_test_id("notice-start").wait_for()
        rejected = await self.ordered()
        await self._officer.act(rejected, "rejection", faults=FAULTS)
        paying, payment = await self.paying()
        visit = await self._visitor.ask("POST", "/bookings", topic_id="T24", **await self.place("onsite"))
        records = {
            "booked": await self.booked(),
            "rejected": rejected,
            "paying": paying,
            "payment": payment,
            "closed": await self.closed(),
            "consult": await self.consulted(),
            "visit": visit["booking_id"],
            "pending": await self.ordered(),
            "draft": await draft(self._taxpayer.page, self._server),
            "ticket": "waits",
        }
        line = {"line_id": "xiangzhou-vehicle", "question": "车船税怎么退？"}
        await self._visitor.ask("POST", "/consults", ticket_id="waits", **line)
        return records


async def fill(server: Served, people: People, taxpayer: TaxpayerPage) -> Records:
    """Records for every page of the table, of a signed-in taxpayer; two people wait before them."""
    for index in (1, 2):
        other = await people.taxpayer(index)
        body = {"ticket_id": f"before{index}", "line_id": "xiangzhou-vehicle", "question": ""}
        await Visitor(other.page, server).ask("POST", "/consults", **body)
        await other.context.close()
    officer = Officer(server)
    await officer.sign_in(OFFICERS[1])
    try:
        return await Filling(server, taxpayer, officer).all()
    finally:
        await officer.close()


async def at_the_desk(people: People, server: Served) -> OfficerPage:
    """An officer who is signed on to all lines that are called by video."""
    return await people.officer("A", "B", "C", "D")


async def beside_the_desks(people: People, server: Served, staff: DemoOfficer) -> OfficerPage:
    """Somebody of ``OTHER_STAFF``, signed in."""
    page = await people.officer_signed_out()
    await page.log_in(server.url, staff.staff_number, people.password)
    await page.page.get_by_test_id("rail-check").wait_for()
    return page
