"""A taxpayer's tickets and cases: home, consult tickets, to-dos and history (S2, S14, S17, S30)."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from api.answers import Answer, Handler
from api.bodies import Body, PageQuery
from api.endpoints import Audience, Endpoint
from api.requests import Asked
from cases.counter import Counter
from cases.home import Home
from cases.identifiers import Identifier, Written
from cases.views.names import LinesView
from cases.views.people import HomeView
from cases.views.tickets import CasePage, CaseView, TicketView


class ConsultRequest(Body):
    """Take a consult ticket. The page makes ``ticket_id``; the same one again answers with the same
    ticket.
    """

    ticket_id: Identifier
    line_id: Identifier
    question: Annotated[Written, Field(max_length=200)] = ""


class CasesQuery(PageQuery):
    state: Literal["open", "closed"] = "open"


SEE_HOME = Endpoint(
    "seeHome",
    "GET",
    "/api/v1/taxpayer/home",
    "What needs the taxpayer now, and the counts of the doors (S2)",
    Audience.TAXPAYER,
    HomeView,
)
LIST_CONSULT_LINES = Endpoint(
    "listConsultLines",
    "GET",
    "/api/v1/taxpayer/lines",
    "The consult lines that are open, with people waiting",
    Audience.TAXPAYER,
    LinesView,
)
TAKE_CONSULT_TICKET = Endpoint(
    "takeConsultTicket",
    "POST",
    "/api/v1/taxpayer/consults",
    "Open a consult case and take its ticket (S17); idempotent by ticket_id",
    Audience.TAXPAYER,
    TicketView,
    body=ConsultRequest,
    status=201,
)
LIST_CASES = Endpoint(
    "listCases",
    "GET",
    "/api/v1/taxpayer/cases",
    "Open cases (S14), or history (S30)",
    Audience.TAXPAYER,
    CasePage,
    query=CasesQuery,
)
SEE_CASE = Endpoint(
    "seeCase",
    "GET",
    "/api/v1/taxpayer/cases/{case_id}",
    "One case with everything that happened",
    Audience.TAXPAYER,
    CaseView,
)

ENDPOINTS = (SEE_HOME, LIST_CONSULT_LINES, TAKE_CONSULT_TICKET, LIST_CASES, SEE_CASE)


class TicketRoutes:
    def __init__(self, counter: Counter, home: Home) -> None:
        self._counter = counter
        self._home = home

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            SEE_HOME: self._see_home,
            LIST_CONSULT_LINES: self._list_lines,
            TAKE_CONSULT_TICKET: self._take_consult_ticket,
            LIST_CASES: self._list_cases,
            SEE_CASE: self._see_case,
        }

    async def _see_home(self, asked: Asked) -> Answer:
        return Answer(await self._home.see(asked.taxpayer))

    async def _list_lines(self, _asked: Asked) -> Answer:
        return Answer(await self._counter.lines())

    async def _take_consult_ticket(self, asked: Asked) -> Answer:
        body = asked.body_as(ConsultRequest)
        return Answer(
            await self._counter.take_consult(asked.taxpayer, body.ticket_id, body.line_id, body.question)
        )

    async def _list_cases(self, asked: Asked) -> Answer:
        query = asked.query_as(CasesQuery)
        return Answer(
            await self._counter.cases(
                asked.taxpayer, is_open=query.state == "open", cursor=query.cursor, limit=query.limit
            )
        )

    async def _see_case(self, asked: Asked) -> Answer:
        return Answer(await self._counter.case(asked.taxpayer, asked.path["case_id"]))
