"""The taxpayer's inbox (S10), and what became of notifications on their way to the webhook."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from api.answers import Answer, Handler
from api.bodies import Body, PageQuery
from api.endpoints import Audience, Endpoint
from api.requests import Asked
from cases.outbox.inbox import Inbox
from cases.outbox.parked import DeliveryDesk
from cases.outbox.states import DeliveryState
from cases.outbox.views import DeliveryPage, DeliveryView, InboxPage, InboxState


class ReadUpTo(Body):
    """``number``: of the latest notification that the page shows."""

    number: Annotated[int, Field(ge=0, le=2**31 - 1)]


class DeliveriesQuery(PageQuery):
    state: DeliveryState = DeliveryState.PARKED


_INBOX = "/api/v1/taxpayer/inbox"
_DELIVERIES = "/api/v1/officer/deliveries"

SEE_INBOX = Endpoint(
    "seeInbox",
    "GET",
    _INBOX,
    "Notifications, the latest first, and how many are unread (S10)",
    Audience.TAXPAYER,
    InboxPage,
    query=PageQuery,
)
READ_INBOX = Endpoint(
    "readInbox",
    "PUT",
    f"{_INBOX}/read",
    "All notifications up to a number are read (S10)",
    Audience.TAXPAYER,
    InboxState,
    body=ReadUpTo,
)
READ_NOTIFICATION = Endpoint(
    "readNotification",
    "PUT",
    f"{_INBOX}/{{notification_id}}/read",
    "One notification is read (S10)",
    Audience.TAXPAYER,
    InboxState,
)
LIST_DELIVERIES = Endpoint(
    "listDeliveries",
    "GET",
    _DELIVERIES,
    "What became of notifications on their way to the webhook (S10)",
    Audience.ADMIN,
    DeliveryPage,
    query=DeliveriesQuery,
)
RETRY_DELIVERY = Endpoint(
    "retryDelivery",
    "POST",
    f"{_DELIVERIES}/{{notification_id}}/retry",
    "Try a parked one again (S10)",
    Audience.ADMIN,
    DeliveryView,
)

ENDPOINTS = (SEE_INBOX, READ_INBOX, READ_NOTIFICATION, LIST_DELIVERIES, RETRY_DELIVERY)


class NotificationRoutes:
    def __init__(self, inbox: Inbox, desk: DeliveryDesk) -> None:
        self._inbox = inbox
        self._desk = desk

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            SEE_INBOX: self._see,
            READ_INBOX: self._read_all,
            READ_NOTIFICATION: self._read,
            LIST_DELIVERIES: self._deliveries,
            RETRY_DELIVERY: self._retry,
        }

    async def _see(self, asked: Asked) -> Answer:
        query = asked.query_as(PageQuery)
        return Answer(await self._inbox.page(asked.taxpayer, cursor=query.cursor, limit=query.limit))

    async def _read_all(self, asked: Asked) -> Answer:
        return Answer(await self._inbox.read_all(asked.taxpayer, asked.body_as(ReadUpTo).number))

    async def _read(self, asked: Asked) -> Answer:
        return Answer(await self._inbox.read(asked.taxpayer, asked.path["notification_id"]))

    async def _deliveries(self, asked: Asked) -> Answer:
        query = asked.query_as(DeliveriesQuery)
        return Answer(await self._desk.page(query.state, cursor=query.cursor, limit=query.limit))

    async def _retry(self, asked: Asked) -> Answer:
        return Answer(await self._desk.retry(asked.actor, asked.path["notification_id"]))
