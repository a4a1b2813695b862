"""What officers do with cases: review, back office, payments (S28, S32, S35, S36)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from api.answers import Answer, Handler
from api.bodies import Body, PageQuery
from api.endpoints import Audience, Endpoint
from api.requests import Asked
from cases.casework.backoffice import BackOffice
from cases.casework.counting import WaitingCounts
from cases.casework.payments import AMOUNT_MAX_FEN, Payments
from cases.casework.reading import CaseList, CaseViews
from cases.casework.reviews import Fault, ReviewDesk
from cases.casework.views import CaseSummaries, FormView, Timeline, Waiting
from cases.identifiers import Written
from cases.views.tickets import Outcome

Remark = Annotated[Written, Field(max_length=500)]


class FaultBody(Body):
    """One thing that is wrong: a reason's code, where, and the text that the taxpayer reads."""

    reason: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,15}$")]
    form_id: Annotated[Written, Field(max_length=32)] = ""
    field: Annotated[Written, Field(max_length=200)] = ""
    text: Annotated[Written, Field(min_length=1, max_length=500)]


class Faults(Body):
    """All faults at once (一次性告知)."""

    faults: Annotated[tuple[FaultBody, ...], Field(min_length=1, max_length=50)]

    def listed(self) -> tuple[Fault, ...]:
        return tuple(Fault(one.reason, one.form_id, one.field, one.text) for one in self.faults)


class WorkResult(Body):
    outcome: Literal["completed", "unsuccessful"]
    remark: Remark = ""


class PaymentRequest(Body):
    """``amount_fen``: in fen; one yuan is 100."""

    amount_fen: Annotated[int, Field(ge=1, le=AMOUNT_MAX_FEN)]
    purpose: Annotated[Written, Field(min_length=1, max_length=200)]


class PaymentAnswer(Body):
    result: Literal["confirmed", "returned"]
    remark: Remark = ""


@dataclass(frozen=True, slots=True)
class PaymentAsked:
    payment_id: str


_CASE = "/api/v1/officer/cases/{case_id}"

LIST_REVIEWS = Endpoint(
    "listReviews",
    "GET",
    "/api/v1/officer/reviews",
    "What there is to review, in the order in which it was handed in (S32)",
    Audience.CASEWORK,
    CaseSummaries,
    query=PageQuery,
)
LIST_WORK = Endpoint(
    "listWork",
    "GET",
    "/api/v1/officer/work",
    "What the back office has to do, by the promised time (S36)",
    Audience.CASEWORK,
    CaseSummaries,
    query=PageQuery,
)
COUNT_WAITING = Endpoint(
    "countWaiting",
    "GET",
    "/api/v1/officer/waiting",
    "What waits for an officer, counted (S32, S34, S36)",
    Audience.OFFICER,
    Waiting,
)
SEE_CASE_AS_OFFICER = Endpoint(
    "seeCaseAsOfficer", "GET", _CASE, "One case of the hall (S32, S35)", Audience.CASEWORK, Timeline
)
SEE_FORM_AS_OFFICER = Endpoint(
    "seeFormAsOfficer",
    "GET",
    f"{_CASE}/forms/{{form_id}}",
    "A form of a case of the hall (S32)",
    Audience.CASEWORK,
    FormView,
)
TAKE_REVIEW = Endpoint(
    "takeReview",
    "PUT",
    f"{_CASE}/review",
    "Have a case to review to oneself (S32)",
    Audience.CASEWORK,
    Timeline,
)
LEAVE_REVIEW = Endpoint(
    "leaveReview", "DELETE", f"{_CASE}/review", "Let others review it (S32)", Audience.CASEWORK, Timeline
)
APPROVE_CASE = Endpoint(
    "approveCase", "POST", f"{_CASE}/approval", "审核通过 (S32)", Audience.CASEWORK, Timeline
)
REJECT_CASE = Endpoint(
    "rejectCase",
    "POST",
    f"{_CASE}/rejection",
    "审核不通过, with everything that is wrong (S32)",
    Audience.CASEWORK,
    Timeline,
    body=Faults,
)
TAKE_WORK = Endpoint(
    "takeWork", "PUT", f"{_CASE}/work", "Work on a case of the back office (S36)", Audience.CASEWORK, Timeline
)
GIVE_WORK_BACK = Endpoint(
    "giveWorkBack", "DELETE", f"{_CASE}/work", "Let others work on it (S36)", Audience.CASEWORK, Timeline
)
FINISH_WORK = Endpoint(
    "finishWork",
    "POST",
    f"{_CASE}/result",
    "Finish a case of the back office with a result (S36)",
    Audience.CASEWORK,
    Timeline,
    body=WorkResult,
)
ASK_EDIT = Endpoint(
    "askEdit",
    "POST",
    f"{_CASE}/edit-request",
    "Ask the taxpayer for another version of the forms",
    Audience.CASEWORK,
    Timeline,
    body=Faults,
)
ASK_PAYMENT = Endpoint(
    "askPayment",
    "POST",
    f"{_CASE}/payments",
    "Ask for a payment (S28, S35)",
    Audience.CASEWORK,
    PaymentAsked,
    body=PaymentRequest,
    status=201,
    makes=True,
)
ANSWER_PAYMENT = Endpoint(
    "answerPayment",
    "POST",
    f"{_CASE}/payments/{{payment_id}}/result",
    "Confirm receipts, or return them with a remark (S28, S35)",
    Audience.CASEWORK,
    Timeline,
    body=PaymentAnswer,
)

ENDPOINTS = (
    LIST_REVIEWS,
    LIST_WORK,
    COUNT_WAITING,
    SEE_CASE_AS_OFFICER,
    SEE_FORM_AS_OFFICER,
    TAKE_REVIEW,
    LEAVE_REVIEW,
    APPROVE_CASE,
    REJECT_CASE,
    TAKE_WORK,
    GIVE_WORK_BACK,
    FINISH_WORK,
    ASK_EDIT,
    ASK_PAYMENT,
    ANSWER_PAYMENT,
)


class CaseworkRoutes:
    def __init__(
        self,
        reviews: ReviewDesk,
        backoffice: BackOffice,
        payments: Payments,
        views: CaseViews,
        counts: WaitingCounts,
    ) -> None:
        self._reviews = reviews
        self._backoffice = backoffice
        self._payments = payments
        self._views = views
        self._counts = counts

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            LIST_REVIEWS: self._list_reviews,
            LIST_WORK: self._list_work,
            COUNT_WAITING: self._count,
            SEE_CASE_AS_OFFICER: self._timeline,
            SEE_FORM_AS_OFFICER: self._form,
            TAKE_REVIEW: self._take_review,
            LEAVE_REVIEW: self._leave_review,
            APPROVE_CASE: self._approve,
            REJECT_CASE: self._reject,
            TAKE_WORK: self._take_work,
            GIVE_WORK_BACK: self._give_work_back,
            FINISH_WORK: self._finish,
            ASK_EDIT: self._ask_edit,
            ASK_PAYMENT: self._ask_payment,
            ANSWER_PAYMENT: self._answer_payment,
        }

    async def _list_reviews(self, asked: Asked) -> Answer:
        return await self._list(asked, CaseList.REVIEW)

    async def _list_work(self, asked: Asked) -> Answer:
        return await self._list(asked, CaseList.WORK)

    async def _list(self, asked: Asked, which: CaseList) -> Answer:
        query = asked.query_as(PageQuery)
        return Answer(
            await self._views.of_officer(asked.officer, which, cursor=query.cursor, limit=query.limit)
        )

    async def _count(self, asked: Asked) -> Answer:
        return Answer(await self._counts.of_officer(asked.officer))

    async def _timeline(self, asked: Asked) -> Answer:
        return Answer(await self._views.timeline(asked.officer, asked.path["case_id"]))

    async def _form(self, asked: Asked) -> Answer:
        path = asked.path
        return Answer(await self._views.form(asked.officer, path["case_id"], path["form_id"], asked.language))

    async def _take_review(self, asked: Asked) -> Answer:
        await self._reviews.take(asked.officer, asked.path["case_id"])
        return await self._timeline(asked)

    async def _leave_review(self, asked: Asked) -> Answer:
        await self._reviews.leave(asked.officer, asked.path["case_id"])
        return await self._timeline(asked)

    async def _approve(self, asked: Asked) -> Answer:
        await self._reviews.approve(asked.officer, asked.actor, asked.path["case_id"])
        return await self._timeline(asked)

    async def _reject(self, asked: Asked) -> Answer:
        faults = asked.body_as(Faults).listed()
        await self._reviews.reject(asked.officer, asked.actor, asked.path["case_id"], faults)
        return await self._timeline(asked)

    async def _take_work(self, asked: Asked) -> Answer:
        await self._backoffice.take(asked.officer, asked.path["case_id"])
        return await self._timeline(asked)

    async def _give_work_back(self, asked: Asked) -> Answer:
        await self._backoffice.give_back(asked.officer, asked.path["case_id"])
        return await self._timeline(asked)

    async def _finish(self, asked: Asked) -> Answer:
        body = asked.body_as(WorkResult)
        await self._backoffice.finish(
            asked.officer, asked.actor, asked.path["case_id"], Outcome(body.outcome), body.remark
        )
        return await self._timeline(asked)

    async def _ask_edit(self, asked: Asked) -> Answer:
        faults = asked.body_as(Faults).listed()
        await self._backoffice.ask_edit(asked.officer, asked.actor, asked.path["case_id"], faults)
        return await self._timeline(asked)

    async def _ask_payment(self, asked: Asked) -> Answer:
        body = asked.body_as(PaymentRequest)
        payment_id = await self._payments.ask(
            asked.officer,
            asked.actor,
            asked.request,
            asked.path["case_id"],
            body.amount_fen,
            body.purpose,
        )
        return Answer(PaymentAsked(payment_id))

    async def _answer_payment(self, asked: Asked) -> Answer:
        body, path = asked.body_as(PaymentAnswer), asked.path
        answer = self._payments.confirm if body.result == "confirmed" else self._payments.give_back
        await answer(asked.officer, asked.actor, path["case_id"], path["payment_id"], body.remark)
        return await self._timeline(asked)
