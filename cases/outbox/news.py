"""What changed in inboxes, whichever process changed it, for the pages of this one."""

from dataclasses import dataclass

from cases.clock import Clock
from cases.database import Database
from cases.looking import LookBounds, Looking, News
from cases.outbox.tables import inboxes
from cases.outbox.views import InboxState


@dataclass(frozen=True, slots=True)
class ChangedInbox:
    """An inbox that is not as it was told last."""

    taxpayer_id: str
    inbox: InboxState
    news: News


class InboxNews:
    """Of one process. See ``cases.looking``."""

    def __init__(self, database: Database, clock: Clock, bounds: LookBounds) -> None:
        self._looking = Looking(database, clock, inboxes, inboxes.c.taxpayer_id, bounds)
        self.wake = self._looking.wake
        self.wait = self._looking.wait

    async def look(self) -> list[ChangedInbox]:
        """What changed and was not told yet. Raises RecordsUnavailable."""
        return [
            ChangedInbox(
                news.row.taxpayer_id,
                InboxState(news.row.version, news.row.last_number, news.row.unread),
                news,
            )
            for news in await self._looking.look()
        ]

    def told(self, changed: ChangedInbox) -> None:
        """It was told: it is not told again."""
        self._looking.told(changed.news)
