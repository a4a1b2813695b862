"""A taxpayer's whole case up to its ticket: guidance, form, booking, review."""

import asyncio
from datetime import timedelta
from typing import Any, Final

from api.routes import booking, business, guidance
from api.routes.booking import CaptchaRequest, WantedHold
from api.routes.business import (
    CaseBegun,
    FormSaved,
    FormValues,
    NewCase,
    PlaceBody,
    SubmissionBody,
    TicketBody,
)
from cases.booking.captcha_media import KNOWN_ANSWER, CaptchaKind
from cases.booking.hours import BookingKind
from cases.booking.views import CaptchaView, DaysView, HallsView, HoldView, SlotsView
from cases.casework.views import Timeline
from cases.clock import local_date
from cases.guidance.views import (
    CategoriesView,
    FormDefinitionView,
    NoticeView,
    RegionsView,
    TopicList,
    TopicView,
)
from cases.stages.states import HandlingState, ReviewState
from cases.views.names import SlotView
from cases.views.tickets import TicketView
from loadtests.clients import Browser, new_id
from loadtests.errors import Misshapen, NoAnswer
from loadtests.ground import Ground
from loadtests.hours import Phase
from loadtests.notes import now_ms
from loadtests.people import Person

REGION: Final = "440402"
TOPIC, NODE, FORM = "T26", "N1", "F03"
"""误收多缴退抵税: over video, with one form that is required."""
REVIEW_S: Final = 240.0
"""How long a taxpayer waits for the review."""
LOOK_S: Final = 2.0
DAYS_AHEAD: Final = 7


def filled(name: str, number: str) -> dict[str, Any]:
    """A right filling of the form by somebody of that name and identity number."""
    return {
        "applicant_name": name,
        "applicant_role": "taxpayer",
        "taxpayer_name": name,
        "taxpayer_number": number,
        "contact": name,
        "phone": "13800000000",
        "refund_kind": "mistaken",
        "paid": [
            {
                "tax": "车船税",
                "item": "乘用车",
                "period_from": "2026-01-01",
                "period_to": "2026-12-31",
                "ticket": "344026000001",
                "paid_on": "2026-03-02",
                "amount": 42_000,
            }
        ],
        "refund_amount": 42_000,
        "in_arrears": False,
        "method": "next_due",
        "reason": "同一辆车缴了两次。",
        "declare": True,
    }


class Business:
    """One case of somebody who is signed in."""

    def __init__(self, ground: Ground, browser: Browser, person: Person) -> None:
        self._ground = ground
        self._browser = browser
        self._person = person

    async def ticket(self) -> TicketView | None:
        """From the first question to the ticket; none where the run closed before. Raises LoadError."""
        began_ms = now_ms()
        await self._be_guided()
        case_id = await self._fill()
        await self._book(case_id)
        self._ground.notes.figures.case_ms.append(now_ms() - began_ms)
        if not await self._reviewed(case_id):
            return None
        self._ground.notes.figures.cases += 1
        asked_at_ms = now_ms()
        view = await self._browser.ask(
            business.ISSUE_TICKET, TicketView, TicketBody(ticket_id=new_id()), path={"case_id": case_id}
        )
        self._ground.notes.ticket_taken(view, asked_at_ms=asked_at_ms)
        return view

    async def _be_guided(self) -> None:
        """As a page asks: regions, categories, topics, the topic, its notice, the form."""
        ask = self._browser.ask
        await ask(guidance.LIST_REGIONS, RegionsView, query={"code": REGION[:4]})
        await ask(guidance.LIST_CATEGORIES, CategoriesView)
        await ask(guidance.SEARCH_TOPICS, TopicList, query={"words": "退税"})
        await ask(guidance.SEE_TOPIC, TopicView, path={"topic_id": TOPIC})
        await ask(guidance.SEE_NOTICE, NoticeView, path={"topic_id": TOPIC, "node_id": NODE})
        await ask(guidance.SEE_FORM_DEFINITION, FormDefinitionView, path={"form_id": FORM})

    async def _fill(self) -> str:
        begin = NewCase(topic_id=TOPIC, node_id=NODE, region_code=REGION)
        case_id = (await self._browser.ask(business.BEGIN_CASE, CaseBegun, begin)).case_id
        values = FormValues(version=0, values=filled(self._person.name, self._person.number))
        path = {"case_id": case_id, "form_id": FORM}
        await self._browser.ask(business.SAVE_FORM, FormSaved, values, path=path)
        return case_id

    async def _book(self, case_id: str) -> None:
        """A slot whose ticket is given out now, a captcha, and the case is handed in with both."""
        hall = (await self._browser.ask(booking.LIST_HALLS, HallsView, query={"region": REGION})).halls[0]
        slot = await self._slot(hall.hall_id, hall.time_zone)
        wanted = WantedHold(hall_id=hall.hall_id, kind=BookingKind.ASSIST, slot_start_ms=slot.start_ms)
        await self._browser.ask(booking.HOLD_PLACE, HoldView, wanted)
        shown = CaptchaRequest(captcha_kind=CaptchaKind.IMAGE)
        captcha = await self._browser.ask(booking.MAKE_CAPTCHA, CaptchaView, shown)
        place = PlaceBody(
            hall_id=hall.hall_id,
            slot_start_ms=slot.start_ms,
            captcha_id=captcha.captcha_id,
            captcha_answer=KNOWN_ANSWER,
        )
        body = SubmissionBody(mode="assist", description="车船税缴了两次", place=place)
        await self._browser.ask(business.SUBMIT_CASE, Timeline, body, path={"case_id": case_id})

    async def _slot(self, hall_id: str, time_zone: str) -> SlotView:
        """The first one that has a place."""
        path, kind = {"hall_id": hall_id}, BookingKind.ASSIST.value
        halls_now = (await self._browser.ask(booking.LIST_HALLS, HallsView)).at_ms
        first = local_date(halls_now, time_zone)
        last = first + timedelta(days=DAYS_AHEAD)
        query = {"kind": kind, "first": first.isoformat(), "last": last.isoformat()}
        days = await self._browser.ask(booking.LIST_DAYS, DaysView, path=path, query=query)
        for day in days.days:
            if not day.left:
                continue
            on_day = {"kind": kind, "day": day.day.isoformat()}
            slots = await self._browser.ask(booking.LIST_SLOTS, SlotsView, path=path, query=on_day)
            for slot in slots.slots:
                if slot.left:
                    return slot
        raise Misshapen("no slot has a place")

    async def _reviewed(self, case_id: str) -> bool:
        """Until an officer approved it; whether that was before the run closed. Raises NoAnswer."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + REVIEW_S
        while loop.time() < until_s:
            timeline = await self._browser.ask(business.SEE_TIMELINE, Timeline, path={"case_id": case_id})
            ready = (HandlingState.NOT_DUE, HandlingState.ISSUABLE)
            if timeline.case.review is ReviewState.APPROVED and timeline.case.handling in ready:
                return True
            if not await self._ground.hours.sleep(LOOK_S, until=Phase.CLOSING):
                return False
        raise NoAnswer("the review")
