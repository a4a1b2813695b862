"""Builds requests for video from the settings; a part of ``building``."""

from dataclasses import dataclass

from api.routes.videos import VideoRoutes
from cases.calls import Calls
from cases.clock import Clock
from cases.conversation.feed import Feed
from cases.database import Database
from cases.looking import LookBounds
from cases.videos.feed import VideoFeed
from cases.videos.policy import VideoPolicy
from cases.videos.reading import VideoReader
from cases.videos.requests import Videos
from server.settings import Settings
from signaling.emitting import Emitter
from signaling.sockets import Sockets
from signaling.videos import VideoPages


@dataclass(frozen=True, slots=True)
class Video:
    """``pages`` are told beside the requests."""

    requests: Videos
    pages: VideoPages
    routes: VideoRoutes


def build_video(
    settings: Settings,
    database: Database,
    clock: Clock,
    calls: Calls,
    conversations: Feed,
    sockets: Sockets,
    emitter: Emitter,
) -> Video:
    """Nothing runs yet, and nothing was asked of the database."""
    policy = VideoPolicy(settings.video_request_ms, settings.video_requests_per_minute)
    reader = VideoReader(database, clock, calls, policy)
    feed = VideoFeed(database, clock, reader, calls, LookBounds())
    return Video(
        Videos(database, clock, calls, reader, conversations, feed, policy),
        VideoPages(sockets, emitter, feed, clock),
        VideoRoutes(reader),
    )
