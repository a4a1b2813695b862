"""Pages of the two in a call hear of requests for a still picture, whichever process they happened in.

A push may be lost with the connection: a page in a call asks over HTTP whenever it connects.
"""

from cases.stills.feed import ChangedStill, StillFeed
from cases.stills.requests import Stills
from signaling import events
from signaling.emitting import Emitter, push
from signaling.sockets import Sockets
from signaling.telling import for_ever


class StillPages:
    """Shows what changed to the pages of this process."""

    def __init__(self, sockets: Sockets, emitter: Emitter, feed: StillFeed, stills: Stills) -> None:
        self._sockets = sockets
        self._emitter = emitter
        self._feed = feed
        self._stills = stills

    async def follow(self) -> None:
        """For ever; ends by cancellation. Survives the records being away."""
        await for_ever("still pictures", self._show_all, self._feed.wait)

    async def _show_all(self) -> None:
        for changed in await self._feed.look():
            await self._show(changed)
            self._feed.told(changed)

    async def _show(self, changed: ChangedStill) -> None:
        request = changed.request
        targets = [(sid, events.TAXPAYER.name) for sid in self._sockets.sids_of(request.taxpayer_id)]
        targets += [(sid, events.OFFICER.name) for sid in self._sockets.sids_of_officer(request.officer_id)]
        for sid, namespace in targets:
            socket = self._sockets.get(sid)
            view = await self._stills.of_request(socket.person, request) if socket is not None else None
            if view is not None:
                await push(self._emitter, events.STILL_CHANGED, view, room=sid, namespace=namespace)
