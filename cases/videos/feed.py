"""What changed of video requests, whichever process changed it, for the pages of this one."""

from dataclasses import dataclass

from cases.calls import Calls
from cases.clock import Clock
from cases.database import Database
from cases.looking import LookBounds, Looking, News
from cases.videos.book import RequestRecord, record_of
from cases.videos.reading import VideoFacts, VideoReader
from cases.videos.tables import video_requests


@dataclass(frozen=True, slots=True)
class ChangedVideo:
    """A request that is not as it was told last, and whom it concerns."""

    request: RequestRecord
    taxpayer_id: str
    hall_id: str
    is_consult: bool
    news: News


class VideoFeed:
    """Of one process. See ``cases.looking``."""

    def __init__(
        self, database: Database, clock: Clock, reader: VideoReader, calls: Calls, bounds: LookBounds
    ) -> None:
        self._reader = reader
        self._calls = calls
        self._looking = Looking(database, clock, video_requests, video_requests.c.request_id, bounds)
        self.wake = self._looking.wake
        self.wait = self._looking.wait

    async def look(self) -> list[ChangedVideo]:
        """What changed and was not told yet; the calls of cases that closed are over then. Raises
        RecordsUnavailable and media errors.
        """
        changed = [
            ChangedVideo(
                record_of(news.row), news.row.taxpayer_id, news.row.hall_id, news.row.is_consult, news
            )
            for news in await self._looking.look()
        ]
        for one in changed:
            if one.request.call_id is not None:
                await self._calls.close_of_case(one.request.call_id)
        return changed

    async def facts(self, changed: ChangedVideo) -> VideoFacts:
        """What there is to be told. Raises RecordsUnavailable."""
        return await self._reader.facts(changed.request.case_id, changed.request.request_id)

    def told(self, changed: ChangedVideo) -> None:
        """It was told: it is not told again."""
        self._looking.told(changed.news)
