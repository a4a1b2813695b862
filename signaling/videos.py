"""Pages of both sides hear of requests for video, whichever process they happened in.

A push may be lost with the connection: a page asks over HTTP for what is open whenever it connects.
"""

from cases.clock import Clock
from cases.videos.feed import ChangedVideo, VideoFeed
from cases.videos.states import VideoAction
from signaling import events
from signaling.emitting import Emitter, push
from signaling.sockets import Sockets
from signaling.telling import for_ever, who_see_case


class VideoPages:
    """Shows what changed to the pages of this process, to each person as they see it."""

    def __init__(self, sockets: Sockets, emitter: Emitter, feed: VideoFeed, clock: Clock) -> None:
        self._sockets = sockets
        self._emitter = emitter
        self._feed = feed
        self._clock = clock

    async def follow(self) -> None:
        """For ever; ends by cancellation. Survives the records being away."""
        await for_ever("video", self._show_all, self._feed.wait)

    async def _show_all(self) -> None:
        for changed in await self._feed.look():
            await self._show(changed)
            self._feed.told(changed)

    async def _show(self, changed: ChangedVideo) -> None:
        targets = list(
            who_see_case(
                self._sockets,
                taxpayer_id=changed.taxpayer_id,
                hall_id=changed.hall_id,
                is_consult=changed.is_consult,
            )
        )
        if not targets:
            return
        facts = await self._feed.facts(changed)
        for person, sid, namespace in targets:
            view = facts.view(person, self._clock.now_ms())
            # It rings where it can be answered; everybody else is told.
            kind = events.VIDEO_ASKED if VideoAction.ACCEPT in view.actions else events.VIDEO_CHANGED
            await push(self._emitter, kind, view, room=sid, namespace=namespace)
