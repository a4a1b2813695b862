"""What is shown of notifications and of their deliveries. Times are UTC milliseconds."""

from dataclasses import dataclass

from cases.outbox.messages import NotificationKind
from cases.outbox.states import DeliveryState, Result
from cases.views.names import Bilingual


@dataclass(frozen=True, slots=True)
class NotificationView:
    """A notification in the inbox. ``number``: the person's own count of them."""

    notification_id: str
    number: int
    kind: NotificationKind
    title: Bilingual
    text: Bilingual
    case_id: str | None
    booking_id: str | None
    made_at_ms: int
    read_at_ms: int | None


@dataclass(frozen=True, slots=True)
class InboxState:
    """How the inbox is. ``version`` grows with each change; ``last_number``: of the latest notification."""

    version: int
    last_number: int
    unread: int


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Notifications, the latest first; ``next_cursor`` asks for the next page."""

    at_ms: int
    inbox: InboxState
    notifications: tuple[NotificationView, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class InboxChanged:
    """Pushed to the taxpayer's pages: something was told, or read."""

    at_ms: int
    inbox: InboxState


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """What became of a notification on its way to the webhook: no person, no text."""

    notification_id: str
    kind: NotificationKind
    case_id: str | None
    state: DeliveryState
    attempts: int
    made_at_ms: int
    try_at_ms: int
    delivered_at_ms: int | None
    result: Result | None
    status: int | None


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Deliveries of one state, the latest first."""

    at_ms: int
    deliveries: tuple[DeliveryView, ...]
    next_cursor: str | None
