"""The reception: tickets on paper, and who comes for a booked visit (S37)."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, model_validator

from api.answers import Answer, Handler
from api.bodies import Body, PageQuery
from api.endpoints import Audience, Endpoint
from api.requests import Asked
from cases.certificates import CertificateType
from cases.identifiers import Identifier, Written
from cases.reception.paper import PaperTickets, Wanted
from cases.reception.views import PaperClass, PaperTicketPage, PaperTicketView, Slip, VisitsView

BookingNumber = Annotated[str, Field(pattern=r"^[0-9]{8,16}$")]


class PaperTicketBody(Body):
    """A ticket for a line: of a class, or for a visit that was booked, which has a class of its own."""

    line_id: Identifier
    priority: PaperClass = PaperClass.WALK_IN
    booking_number: BookingNumber | None = None


class VisitSearch(Body):
    """By the booking's number, or by the certificate of who comes."""

    booking_number: BookingNumber | None = None
    certificate_type: CertificateType | None = None
    certificate_number: Annotated[Written, Field(min_length=1, max_length=40)] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "VisitSearch":
        has_certificate = self.certificate_type is not None and self.certificate_number is not None
        is_whole = (self.certificate_type is None) == (self.certificate_number is None)
        if not is_whole or has_certificate == (self.booking_number is not None):
            raise ValueError("either a booking number, or a certificate with its type")
        return self


_PAPER = "/api/v1/officer/paper-tickets"

ISSUE_PAPER_TICKET = Endpoint(
    "issuePaperTicket",
    "POST",
    _PAPER,
    "Issue a ticket on paper for an on-site line (S37)",
    Audience.RECEPTION,
    Slip,
    body=PaperTicketBody,
    status=201,
    makes=True,
)
LIST_PAPER_TICKETS = Endpoint(
    "listPaperTickets",
    "GET",
    _PAPER,
    "Today's tickets on paper of the hall, the latest first (S37)",
    Audience.RECEPTION,
    PaperTicketPage,
    query=PageQuery,
)
REPRINT_PAPER_TICKET = Endpoint(
    "reprintPaperTicket",
    "POST",
    f"{_PAPER}/{{ticket_id}}/reprint",
    "Another slip, with another code; the one before binds nothing any more (S37)",
    Audience.RECEPTION,
    Slip,
    makes=True,
)
CANCEL_PAPER_TICKET = Endpoint(
    "cancelPaperTicket",
    "DELETE",
    f"{_PAPER}/{{ticket_id}}",
    "Nobody is called for it any more (S37)",
    Audience.RECEPTION,
    PaperTicketView,
)
SEARCH_VISITS = Endpoint(
    "searchVisits",
    "POST",
    "/api/v1/officer/visits/search",
    "Today's booked visits of who comes, by booking number or certificate (S37)",
    Audience.RECEPTION,
    VisitsView,
    body=VisitSearch,
)

ENDPOINTS = (
    ISSUE_PAPER_TICKET,
    LIST_PAPER_TICKETS,
    REPRINT_PAPER_TICKET,
    CANCEL_PAPER_TICKET,
    SEARCH_VISITS,
)


class ReceptionRoutes:
    def __init__(self, paper: PaperTickets) -> None:
        self._paper = paper

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            ISSUE_PAPER_TICKET: self._issue,
            LIST_PAPER_TICKETS: self._list,
            REPRINT_PAPER_TICKET: self._reprint,
            CANCEL_PAPER_TICKET: self._cancel,
            SEARCH_VISITS: self._search,
        }

    async def _issue(self, asked: Asked) -> Answer:
        body = asked.body_as(PaperTicketBody)
        wanted = Wanted(body.line_id, body.priority, body.booking_number)
        return Answer(await self._paper.issue(asked.officer, asked.actor, asked.request, wanted))

    async def _list(self, asked: Asked) -> Answer:
        query = asked.query_as(PageQuery)
        return Answer(await self._paper.today(asked.officer, cursor=query.cursor, limit=query.limit))

    async def _reprint(self, asked: Asked) -> Answer:
        ticket_id = asked.path["ticket_id"]
        return Answer(await self._paper.reprint(asked.officer, asked.actor, asked.request, ticket_id))

    async def _cancel(self, asked: Asked) -> Answer:
        return Answer(await self._paper.cancel(asked.officer, asked.actor, asked.path["ticket_id"]))

    async def _search(self, asked: Asked) -> Answer:
        body = asked.body_as(VisitSearch)
        if body.certificate_type is not None and body.certificate_number is not None:
            return Answer(
                await self._paper.visits_by_certificate(
                    asked.officer, body.certificate_type, body.certificate_number
                )
            )
        return Answer(await self._paper.visits_by_number(asked.officer, body.booking_number or ""))
