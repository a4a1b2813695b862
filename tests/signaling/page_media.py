"""The media service as a page reaches it: over the socket."""

from typing import cast

from rtc.call import Devices, LegName
from rtc.service import MediaService, Offer
from signaling import events
from tests.clients import Page, join_call


class PageMedia:
    """A page's way into its call; what only the server does is not here."""

    def __init__(self, page: Page, ticket_id: str) -> None:
        self._page = page
        self._ticket_id = ticket_id

    async def join(self, call_id: str, leg: LegName, devices: Devices) -> Offer:
        joined = await join_call(self._page, self._ticket_id)
        assert joined.offer.call_id == call_id
        return Offer(call_id, leg, joined.offer.generation, joined.offer.revision, joined.offer.sdp)

    async def answer(self, call_id: str, leg: LegName, generation: int, revision: int, sdp: str) -> None:
        await self._page.call(
            events.CALL_ANSWER, call_id=call_id, generation=generation, revision=revision, sdp=sdp
        )


def media_of(page: Page, ticket_id: str) -> MediaService:
    """For `tests.rtc.peer.Peer`, which asks for joining and answering only."""
    return cast("MediaService", PageMedia(page, ticket_id))
