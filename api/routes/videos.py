"""The video of conversations, for pages that were loaded anew (S26, S34); the socket has the rest."""

from collections.abc import Mapping

from api.answers import Answer, Handler
from api.endpoints import Audience, Endpoint
from api.requests import Asked
from cases.access import Person
from cases.videos.reading import VideoReader
from cases.videos.views import VideoList, VideoView

SEE_VIDEO = Endpoint(
    "seeVideo",
    "GET",
    "/api/v1/taxpayer/cases/{case_id}/video",
    "The latest request for video in a conversation, and its open call (S26)",
    Audience.TAXPAYER,
    VideoView,
)
LIST_VIDEOS = Endpoint(
    "listVideos",
    "GET",
    "/api/v1/taxpayer/videos",
    "Requests for video that wait for an answer, and open calls (S26)",
    Audience.TAXPAYER,
    VideoList,
)
SEE_VIDEO_AS_OFFICER = Endpoint(
    "seeVideoAsOfficer",
    "GET",
    "/api/v1/officer/cases/{case_id}/video",
    "The latest request for video in a conversation, and its open call (S34)",
    Audience.OFFICER,
    VideoView,
)
LIST_VIDEOS_AS_OFFICER = Endpoint(
    "listVideosAsOfficer",
    "GET",
    "/api/v1/officer/videos",
    "Requests for video that the officer made or may answer, and the officer's open calls (S34)",
    Audience.OFFICER,
    VideoList,
)

ENDPOINTS = (SEE_VIDEO, LIST_VIDEOS, SEE_VIDEO_AS_OFFICER, LIST_VIDEOS_AS_OFFICER)


class VideoRoutes:
    def __init__(self, reader: VideoReader) -> None:
        self._reader = reader

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            SEE_VIDEO: lambda asked: self._see(asked, asked.taxpayer),
            LIST_VIDEOS: lambda asked: self._list(asked.taxpayer),
            SEE_VIDEO_AS_OFFICER: lambda asked: self._see(asked, asked.officer),
            LIST_VIDEOS_AS_OFFICER: lambda asked: self._list(asked.officer),
        }

    async def _see(self, asked: Asked, person: Person) -> Answer:
        return Answer(await self._reader.of_case(person, asked.path["case_id"]))

    async def _list(self, person: Person) -> Answer:
        return Answer(await self._reader.open_of(person))
