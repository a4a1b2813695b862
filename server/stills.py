"""Builds requests for still pictures from the settings; a part of ``building``."""

from dataclasses import dataclass

from api.routes.stills import StillRoutes
from cases.clock import Clock
from cases.conversation.feed import Feed
from cases.database import Database
from cases.looking import LookBounds
from cases.stills.feed import StillFeed
from cases.stills.policy import StillPolicy
from cases.stills.requests import Stills
from server.settings import Settings
from signaling.emitting import Emitter
from signaling.handlers import StillHandlers
from signaling.sockets import Sockets
from signaling.stills import StillPages


@dataclass(frozen=True, slots=True)
class Still:
    """``pages`` are told beside the requests."""

    handlers: StillHandlers
    pages: StillPages
    routes: StillRoutes


def build_still(
    settings: Settings,
    database: Database,
    clock: Clock,
    conversations: Feed,
    sockets: Sockets,
    emitter: Emitter,
) -> Still:
    """Nothing runs yet, and nothing was asked of the database."""
    policy = StillPolicy(settings.still_request_ms, settings.still_requests_per_call)
    feed = StillFeed(database, clock, LookBounds())
    stills = Stills(database, clock, conversations, feed, policy)
    return Still(StillHandlers(stills), StillPages(sockets, emitter, feed, stills), StillRoutes(stills))
