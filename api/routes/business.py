"""A taxpayer's business: forms, submission, booking, ticket, timeline (S7–S9, S12, S14–S18, S23, S30)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from api.answers import Answer, Handler
from api.bodies import Body, PageQuery
from api.endpoints import Audience, Endpoint
from api.requests import Asked
from cases.casework.drafts import Drafts
from cases.casework.places import WantedPlace
from cases.casework.reading import CaseViews
from cases.casework.submissions import Agent, Submission, Submissions
from cases.casework.ticketing import CaseTickets
from cases.casework.views import CaseFormState, CaseSummaries, FormView, MyForms, Timeline
from cases.identifiers import Identifier, Written
from cases.stages.states import Mode
from cases.views.tickets import TicketView

Phone = Annotated[str, Field(pattern=r"^(1[3-9]\d{9}|0\d{2,3}-?\d{7,8})$")]
Time = Annotated[int, Field(ge=0, le=2**53)]


class NewCase(Body):
    """Begin a business with its forms."""

    topic_id: Annotated[Identifier, Field(max_length=16)]
    node_id: Annotated[Identifier, Field(max_length=16)]
    region_code: Annotated[str, Field(pattern=r"^\d{6}(\d{3})?$")]


class FormValues(Body):
    """What is in a form now, over the version that the page has."""

    version: Annotated[int, Field(ge=0, lt=2**31)]
    values: dict[Annotated[str, Field(max_length=64)], Any] = Field(max_length=200)


class AgentBody(Body):
    """经办人."""

    name: Annotated[Written, Field(min_length=1, max_length=80)]
    phone: Phone


class PlaceBody(Body):
    """The place that was held, and what was typed for the captcha."""

    hall_id: Identifier
    slot_start_ms: Time
    captcha_id: Identifier
    captcha_answer: Annotated[Written, Field(min_length=1, max_length=20)]

    def place(self) -> WantedPlace:
        return WantedPlace(self.hall_id, self.slot_start_ms, self.captcha_id, self.captcha_answer)


class SubmissionBody(Body):
    """Hand a draft in. ``assist`` comes with a place, ``backoffice`` with the consent that was agreed to."""

    mode: Literal["assist", "backoffice"]
    description: Annotated[Written, Field(max_length=200)] = ""
    agent: AgentBody | None = None
    consent_id: Annotated[Written, Field(max_length=64)] | None = None
    wanted_by_ms: Time | None = None
    place: PlaceBody | None = None

    @model_validator(mode="after")
    def _fits(self) -> "SubmissionBody":
        if (self.place is not None) != (self.mode == "assist"):
            raise ValueError("a place belongs to assist, and assist needs one")
        return self

    def submission(self) -> Submission:
        return Submission(
            Mode(self.mode),
            self.description,
            Agent(self.agent.name, self.agent.phone) if self.agent else None,
            self.consent_id,
            self.wanted_by_ms,
            self.place.place() if self.place else None,
        )


class TicketBody(Body):
    """出票. The page makes ``ticket_id``; the same one again answers with the same ticket."""

    ticket_id: Identifier


class MyFormsQuery(PageQuery):
    state: Literal["draft", "submitted"] | None = None


@dataclass(frozen=True, slots=True)
class CaseBegun:
    """The new case."""

    case_id: str


@dataclass(frozen=True, slots=True)
class FormSaved:
    """``version``: what the next saving is over."""

    version: int


@dataclass(frozen=True, slots=True)
class Deleted:
    deleted: bool = True


_CASE = "/api/v1/taxpayer/business/{case_id}"

BEGIN_CASE = Endpoint(
    "beginCase",
    "POST",
    "/api/v1/taxpayer/business",
    "Open a draft with the forms of a business (S7)",
    Audience.TAXPAYER,
    CaseBegun,
    body=NewCase,
    status=201,
    makes=True,
)
COPY_CASE = Endpoint(
    "copyCase",
    "POST",
    f"{_CASE}/copy",
    "Open a draft with what is in approved forms (S12)",
    Audience.TAXPAYER,
    CaseBegun,
    status=201,
    makes=True,
)
DELETE_DRAFT = Endpoint("deleteDraft", "DELETE", _CASE, "Delete a draft (S12)", Audience.TAXPAYER, Deleted)
LIST_TODOS = Endpoint(
    "listTodos",
    "GET",
    "/api/v1/taxpayer/todos",
    "The open cases with their states and next steps (S14)",
    Audience.TAXPAYER,
    CaseSummaries,
    query=PageQuery,
)
LIST_HISTORY = Endpoint(
    "listHistory",
    "GET",
    "/api/v1/taxpayer/history",
    "The closed cases (S30)",
    Audience.TAXPAYER,
    CaseSummaries,
    query=PageQuery,
)
LIST_MY_FORMS = Endpoint(
    "listMyForms",
    "GET",
    "/api/v1/taxpayer/forms",
    "我的填单: every form that was begun (S12)",
    Audience.TAXPAYER,
    MyForms,
    query=MyFormsQuery,
)
SEE_TIMELINE = Endpoint(
    "seeTimeline",
    "GET",
    _CASE,
    "One case: its four stages, forms, reviews, payments, and what happened (S16)",
    Audience.TAXPAYER,
    Timeline,
)
SEE_FORM = Endpoint(
    "seeForm",
    "GET",
    f"{_CASE}/forms/{{form_id}}",
    "A form with what is in it, and what is wrong with it (S7)",
    Audience.TAXPAYER,
    FormView,
)
SAVE_FORM = Endpoint(
    "saveForm",
    "PUT",
    f"{_CASE}/forms/{{form_id}}",
    "Save a form over the version that the page has (S7)",
    Audience.TAXPAYER,
    FormSaved,
    body=FormValues,
)
SUBMIT_CASE = Endpoint(
    "submitCase",
    "POST",
    f"{_CASE}/submission",
    "Hand a draft in: to the back office, or with a booking (S8, S9)",
    Audience.TAXPAYER,
    Timeline,
    body=SubmissionBody,
    makes=True,
)
RESUBMIT_CASE = Endpoint(
    "resubmitCase",
    "POST",
    f"{_CASE}/resubmission",
    "重新提交资料: hand in what was rejected (S23)",
    Audience.TAXPAYER,
    Timeline,
    makes=True,
)
SEND_EDIT = Endpoint(
    "sendEdit",
    "POST",
    f"{_CASE}/edit",
    "Hand in what an officer wanted changed",
    Audience.TAXPAYER,
    Timeline,
    makes=True,
)
WITHDRAW_CASE = Endpoint(
    "withdrawCase",
    "POST",
    f"{_CASE}/withdrawal",
    "Take the order to the back office back (S8)",
    Audience.TAXPAYER,
    Timeline,
)
BOOK_CASE = Endpoint(
    "bookCase",
    "PUT",
    f"{_CASE}/booking",
    "Another place for the booking, or another booking after a cancelled one (S9, S18)",
    Audience.TAXPAYER,
    Timeline,
    body=PlaceBody,
    makes=True,
)
CANCEL_BOOKING = Endpoint(
    "cancelBooking", "DELETE", f"{_CASE}/booking", "取消预约 (S18)", Audience.TAXPAYER, Timeline
)
ISSUE_TICKET = Endpoint(
    "issueTicket",
    "POST",
    f"{_CASE}/ticket",
    "出票 inside the issue window (S17); idempotent by ticket_id",
    Audience.TAXPAYER,
    TicketView,
    body=TicketBody,
    status=201,
)

ENDPOINTS = (
    BEGIN_CASE,
    COPY_CASE,
    DELETE_DRAFT,
    LIST_TODOS,
    LIST_HISTORY,
    LIST_MY_FORMS,
    SEE_TIMELINE,
    SEE_FORM,
    SAVE_FORM,
    SUBMIT_CASE,
    RESUBMIT_CASE,
    SEND_EDIT,
    WITHDRAW_CASE,
    BOOK_CASE,
    CANCEL_BOOKING,
    ISSUE_TICKET,
)


class BusinessRoutes:
    def __init__(
        self, drafts: Drafts, submissions: Submissions, tickets: CaseTickets, views: CaseViews
    ) -> None:
        self._drafts = drafts
        self._submissions = submissions
        self._tickets = tickets
        self._views = views

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            BEGIN_CASE: self._begin,
            COPY_CASE: self._copy,
            DELETE_DRAFT: self._delete,
            LIST_TODOS: self._todos,
            LIST_HISTORY: self._history,
            LIST_MY_FORMS: self._my_forms,
            SEE_TIMELINE: self._timeline,
            SEE_FORM: self._form,
            SAVE_FORM: self._save,
            SUBMIT_CASE: self._submit,
            RESUBMIT_CASE: self._resubmit,
            SEND_EDIT: self._send_edit,
            WITHDRAW_CASE: self._withdraw,
            BOOK_CASE: self._book,
            CANCEL_BOOKING: self._cancel_booking,
            ISSUE_TICKET: self._issue,
        }

    async def _begin(self, asked: Asked) -> Answer:
        body = asked.body_as(NewCase)
        case_id = await self._drafts.begin(
            asked.taxpayer, asked.actor, asked.request, body.topic_id, body.node_id, body.region_code
        )
        return Answer(CaseBegun(case_id))

    async def _copy(self, asked: Asked) -> Answer:
        copied = await self._drafts.copy(asked.taxpayer, asked.actor, asked.request, asked.path["case_id"])
        return Answer(CaseBegun(copied))

    async def _delete(self, asked: Asked) -> Answer:
        await self._drafts.delete(asked.taxpayer, asked.actor, asked.path["case_id"])
        return Answer(Deleted())

    async def _todos(self, asked: Asked) -> Answer:
        query = asked.query_as(PageQuery)
        return Answer(await self._views.todos(asked.taxpayer, cursor=query.cursor, limit=query.limit))

    async def _history(self, asked: Asked) -> Answer:
        query = asked.query_as(PageQuery)
        return Answer(await self._views.history(asked.taxpayer, cursor=query.cursor, limit=query.limit))

    async def _my_forms(self, asked: Asked) -> Answer:
        query = asked.query_as(MyFormsQuery)
        state = CaseFormState(query.state) if query.state is not None else None
        return Answer(
            await self._views.my_forms(asked.taxpayer, state=state, cursor=query.cursor, limit=query.limit)
        )

    async def _timeline(self, asked: Asked) -> Answer:
        return Answer(await self._views.timeline(asked.taxpayer, asked.path["case_id"]))

    async def _form(self, asked: Asked) -> Answer:
        path = asked.path
        return Answer(
            await self._views.form(asked.taxpayer, path["case_id"], path["form_id"], asked.language)
        )

    async def _save(self, asked: Asked) -> Answer:
        body, path = asked.body_as(FormValues), asked.path
        version = await self._drafts.save(
            asked.taxpayer, path["case_id"], path["form_id"], body.values, body.version
        )
        return Answer(FormSaved(version))

    async def _submit(self, asked: Asked) -> Answer:
        submission = asked.body_as(SubmissionBody).submission()
        await self._submissions.submit(
            asked.taxpayer, asked.actor, asked.request, asked.path["case_id"], submission
        )
        return await self._timeline(asked)

    async def _resubmit(self, asked: Asked) -> Answer:
        await self._submissions.resubmit(asked.taxpayer, asked.actor, asked.request, asked.path["case_id"])
        return await self._timeline(asked)

    async def _send_edit(self, asked: Asked) -> Answer:
        await self._submissions.send_edit(asked.taxpayer, asked.actor, asked.request, asked.path["case_id"])
        return await self._timeline(asked)

    async def _withdraw(self, asked: Asked) -> Answer:
        await self._submissions.withdraw(asked.taxpayer, asked.actor, asked.path["case_id"])
        return await self._timeline(asked)

    async def _book(self, asked: Asked) -> Answer:
        wanted = asked.body_as(PlaceBody).place()
        await self._submissions.book(
            asked.taxpayer, asked.actor, asked.request, asked.path["case_id"], wanted
        )
        return await self._timeline(asked)

    async def _cancel_booking(self, asked: Asked) -> Answer:
        await self._submissions.cancel_booking(asked.taxpayer, asked.actor, asked.path["case_id"])
        return await self._timeline(asked)

    async def _issue(self, asked: Asked) -> Answer:
        body = asked.body_as(TicketBody)
        return Answer(
            await self._tickets.issue(asked.taxpayer, asked.actor, asked.path["case_id"], body.ticket_id)
        )
