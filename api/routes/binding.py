"""票号绑定: a taxpayer's tickets on paper (S14, S19)."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from api.answers import Answer, Handler
from api.bodies import Body, PageQuery
from api.endpoints import Audience, Endpoint
from api.requests import Asked
from cases.identifiers import Identifier, Written
from cases.reception.binding import Bindings
from cases.reception.views import BoundTickets, Unbound
from cases.views.tickets import TicketView


class BindingBody(Body):
    """What is printed on the slip, as it is typed or read from its QR code."""

    hall_id: Identifier
    number: Annotated[Written, Field(min_length=1, max_length=16)]
    binding_code: Annotated[Written, Field(min_length=1, max_length=32)]


class BoundTicketsQuery(PageQuery):
    state: Literal["open", "closed"] = "open"


_PAPER = "/api/v1/taxpayer/paper-tickets"

BIND_PAPER_TICKET = Endpoint(
    "bindPaperTicket",
    "POST",
    _PAPER,
    "Follow a ticket on paper by its number and code (S19); one's own again answers the same",
    Audience.TAXPAYER,
    TicketView,
    body=BindingBody,
)
LIST_BOUND_TICKETS = Endpoint(
    "listBoundTickets",
    "GET",
    _PAPER,
    "The bound tickets, open (S14) or ended (S30)",
    Audience.TAXPAYER,
    BoundTickets,
    query=BoundTicketsQuery,
)
UNBIND_PAPER_TICKET = Endpoint(
    "unbindPaperTicket",
    "DELETE",
    f"{_PAPER}/{{ticket_id}}",
    "Follow it no more (S19)",
    Audience.TAXPAYER,
    Unbound,
)

ENDPOINTS = (BIND_PAPER_TICKET, LIST_BOUND_TICKETS, UNBIND_PAPER_TICKET)


class BindingRoutes:
    def __init__(self, bindings: Bindings) -> None:
        self._bindings = bindings

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            BIND_PAPER_TICKET: self._bind,
            LIST_BOUND_TICKETS: self._list,
            UNBIND_PAPER_TICKET: self._unbind,
        }

    async def _bind(self, asked: Asked) -> Answer:
        body = asked.body_as(BindingBody)
        return Answer(
            await self._bindings.bind(
                asked.taxpayer, asked.actor, body.hall_id, body.number, body.binding_code
            )
        )

    async def _list(self, asked: Asked) -> Answer:
        query = asked.query_as(BoundTicketsQuery)
        return Answer(
            await self._bindings.page(
                asked.taxpayer, is_open=query.state == "open", cursor=query.cursor, limit=query.limit
            )
        )

    async def _unbind(self, asked: Asked) -> Answer:
        await self._bindings.unbind(asked.taxpayer, asked.actor, asked.path["ticket_id"])
        return Answer(Unbound())
