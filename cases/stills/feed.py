"""What changed of requests for still pictures, whichever process changed it, for the pages of this one."""

from dataclasses import dataclass

from cases.clock import Clock
from cases.database import Database
from cases.looking import LookBounds, Looking, News
from cases.stills.book import StillRecord, record_of
from cases.stills.tables import still_requests


@dataclass(frozen=True, slots=True)
class ChangedStill:
    """A request that is not as it was told last."""

    request: StillRecord
    news: News


class StillFeed:
    """Of one process. See ``cases.looking``."""

    def __init__(self, database: Database, clock: Clock, bounds: LookBounds) -> None:
        self._looking = Looking(database, clock, still_requests, still_requests.c.request_id, bounds)
        self.wake = self._looking.wake
        self.wait = self._looking.wait

    async def look(self) -> list[ChangedStill]:
        """What changed and was not told yet. Raises RecordsUnavailable."""
        return [ChangedStill(record_of(news.row), news) for news in await self._looking.look()]

    def told(self, changed: ChangedStill) -> None:
        """It was told: it is not told again."""
        self._looking.told(changed.news)
