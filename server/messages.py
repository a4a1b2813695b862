"""Builds conversations, inboxes and the webhook from the settings; a part of ``building``."""

from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from api.answers import Routes
from api.routes.conversations import ConversationRoutes
from api.routes.notifications import NotificationRoutes
from cases.casework.business import Catalogue
from cases.clock import Clock
from cases.conversation.feed import Feed
from cases.conversation.listing import Conversations
from cases.conversation.policy import ConversationPolicy
from cases.conversation.quick_replies import QuickReplyBook
from cases.conversation.talks import Talks
from cases.database import Database
from cases.halls import Halls
from cases.looking import LookBounds
from cases.outbox.deliveries import Deliveries
from cases.outbox.inbox import Inbox
from cases.outbox.news import InboxNews
from cases.outbox.parked import DeliveryDesk
from cases.outbox.signature import secret_bytes
from cases.outbox.states import DeliveryPolicy
from cases.outbox.webhook import Webhook
from cases.sealing import Sealer
from server.settings import Settings
from signaling.conversations import ConversationPages
from signaling.emitting import Emitter
from signaling.sockets import Sockets


@dataclass(frozen=True, slots=True)
class Messages:
    """``deliveries``: none where no webhook is set; ``feed``: of the conversations."""

    routes: tuple[Routes, ...]
    feed: Feed
    pages: ConversationPages
    deliveries: Deliveries | None

    def tasks(self) -> Mapping[str, Coroutine[Any, Any, None]]:
        """What runs beside the requests, by name."""
        work = {"conversations": self.pages.follow(), "inboxes": self.pages.follow_inboxes()}
        return work if self.deliveries is None else {**work, "webhook": self.deliveries.run()}


def build_messages(
    settings: Settings,
    database: Database,
    clock: Clock,
    sealer: Sealer,
    halls: Halls,
    catalogue: Catalogue,
    sockets: Sockets,
    emitter: Emitter,
) -> Messages:
    """Nothing runs yet, and nothing was asked of the database."""
    policy, bounds = ConversationPolicy(), LookBounds()
    feed = Feed(database, clock, sealer, halls, bounds)
    news = InboxNews(database, clock, bounds)
    return Messages(
        (
            ConversationRoutes(
                Talks(database, clock, sealer, halls, feed, policy),
                Conversations(database, clock, sealer, halls, catalogue, policy),
                QuickReplyBook(database, clock, policy),
            ),
            NotificationRoutes(
                Inbox(database, clock, news, time_zone=settings.hall_time_zone),
                DeliveryDesk(database, clock),
            ),
        ),
        feed,
        ConversationPages(sockets, emitter, feed, news, clock),
        _deliveries(settings, database, clock),
    )


def _deliveries(settings: Settings, database: Database, clock: Clock) -> Deliveries | None:
    if settings.webhook_url is None or settings.webhook_secret is None:
        return None
    policy = DeliveryPolicy()
    key = secret_bytes(settings.webhook_secret.get_secret_value())
    webhook = Webhook(settings.webhook_url, key, clock, timeout_ms=policy.timeout_ms, at_once=policy.at_once)
    return Deliveries(database, clock, webhook, policy, time_zone=settings.hall_time_zone)
