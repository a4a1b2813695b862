"""What the pages of a taxpayer's business and an officer's desk ask for, over HTTP."""

from typing import Any, Final

from api.routes.business import CaseBegun, FormSaved
from api.routes.casework import PaymentAsked
from cases.casework.views import CaseSummaries, FormView, MyForms, Timeline, Waiting
from cases.sealing import new_id
from cases.views.names import SlotView
from cases.views.tickets import TicketView
from loadtests import business
from tests.booking_pages import BookingPage
from tests.clients import Answer, OfficerClient, TaxpayerClient
from tests.product import CHEN, House

TOPIC: Final = business.TOPIC
"""误收多缴退抵税: done in the back office or over video, with one form that is required."""
FORM: Final = business.FORM
REGION: Final = business.REGION
CONSENT: Final = "consent.backoffice.v1"
REFUND: Final = business.filled(CHEN.name, CHEN.number)
"""A right filling of the form."""
FAULTS: Final = [{"reason": "R01", "form_id": FORM, "field": "paid.0.ticket", "text": "图片模糊，请重新拍摄"}]
_BUSINESS: Final = "/api/v1/taxpayer/business"


class BusinessPage:
    """Of one taxpayer's browser."""

    def __init__(self, house: House, client: TaxpayerClient) -> None:
        self.client = client
        self.booking = BookingPage(house, client)

    async def begin(self, topic_id: str = TOPIC, node_id: str = "N1", *, key: str | None = None) -> Answer:
        headers = {} if key is None else {"Idempotency-Key": key}
        body = {"topic_id": topic_id, "node_id": node_id, "region_code": REGION}
        return await self.client.ask("POST", _BUSINESS, body, headers=headers)

    async def begun(self) -> str:
        return (await self.begin()).as_(CaseBegun).case_id

    async def form(self, case_id: str) -> FormView:
        return (await self.client.ask("GET", f"{_BUSINESS}/{case_id}/forms/{FORM}")).as_(FormView)

    async def save(self, case_id: str, values: dict[str, Any], version: int) -> Answer:
        body = {"values": values, "version": version}
        return await self.client.ask("PUT", f"{_BUSINESS}/{case_id}/forms/{FORM}", body)

    async def filled(self) -> str:
        """A draft with a right form; the case's id."""
        case_id = await self.begun()
        (await self.save(case_id, REFUND, 0)).as_(FormSaved)
        return case_id

    async def submit(self, case_id: str, *, key: str | None = None, **body: Any) -> Answer:
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self.client.ask("POST", f"{_BUSINESS}/{case_id}/submission", body, headers=headers)

    async def place(self, slot: SlotView | None = None) -> dict[str, Any]:
        """A place for a call, with an answered captcha: the first one from tomorrow on."""
        wanted = slot or (await self.booking.first_slots("assist"))[0]
        captcha = await self.booking.solved()
        return {"hall_id": self.booking.hall_id, "slot_start_ms": wanted.start_ms, **captcha}

    async def submitted(self, slot: SlotView | None = None) -> Timeline:
        """A case with a booked call, not reviewed yet."""
        case_id = await self.filled()
        answer = await self.submit(
            case_id, mode="assist", description="车船税缴了两次", place=await self.place(slot)
        )
        return answer.as_(Timeline)

    async def ordered(self) -> Timeline:
        """A case for the back office, not reviewed yet."""
        answer = await self.submit(await self.filled(), mode="backoffice", consent_id=CONSENT)
        return answer.as_(Timeline)

    async def act(self, method: str, case_id: str, part: str = "", body: Any = None) -> Answer:
        return await self.client.ask(method, f"{_BUSINESS}/{case_id}{part}", body)

    async def timeline(self, case_id: str) -> Timeline:
        return (await self.act("GET", case_id)).as_(Timeline)

    async def issue(self, case_id: str, ticket_id: str | None = None) -> Answer:
        return await self.act("POST", case_id, "/ticket", {"ticket_id": ticket_id or new_id()})

    async def issued(self, case_id: str) -> TicketView:
        return (await self.issue(case_id)).as_(TicketView)

    async def todos(self, query: str = "") -> CaseSummaries:
        return (await self.client.ask("GET", f"/api/v1/taxpayer/todos{query}")).as_(CaseSummaries)

    async def history(self, query: str = "") -> CaseSummaries:
        return (await self.client.ask("GET", f"/api/v1/taxpayer/history{query}")).as_(CaseSummaries)

    async def my_forms(self, query: str = "") -> MyForms:
        return (await self.client.ask("GET", f"/api/v1/taxpayer/forms{query}")).as_(MyForms)


class ReviewPage:
    """Of one officer's browser."""

    def __init__(self, client: OfficerClient) -> None:
        self.client = client

    async def act(self, method: str, case_id: str, part: str = "", body: Any = None) -> Answer:
        return await self.client.ask(method, f"/api/v1/officer/cases/{case_id}{part}", body)

    async def listed(self, which: str, query: str = "") -> CaseSummaries:
        return (await self.client.ask("GET", f"/api/v1/officer/{which}{query}")).as_(CaseSummaries)

    async def waiting(self) -> Waiting:
        return (await self.client.ask("GET", "/api/v1/officer/waiting")).as_(Waiting)

    async def approved(self, case_id: str) -> Timeline:
        return (await self.act("POST", case_id, "/approval")).as_(Timeline)

    async def rejected(self, case_id: str) -> Timeline:
        return (await self.act("POST", case_id, "/rejection", {"faults": FAULTS})).as_(Timeline)

    async def payment_asked(self, case_id: str) -> str:
        body = {"amount_fen": 42_000, "purpose": "补缴车船税"}
        return (await self.act("POST", case_id, "/payments", body)).as_(PaymentAsked).payment_id
