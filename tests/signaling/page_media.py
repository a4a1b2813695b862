"""The media service as a page reaches it: over the socket."""

from collections.abc import Awaitable, Callable
from typing import cast

from cases.views.calls import CallJoined
from rtc.call import Devices, LegName
from rtc.service import MediaService, Offer
from signaling import events
from tests.clients import Page, join_call, join_video

Join = Callable[[], Awaitable[CallJoined]]


class PageMedia:
    """A page's way into its call; what only the server does is not here."""

    def __init__(self, page: Page, join: Join) -> None:
        self._page = page
        self._join = join

    async def join(self, call_id: str, leg: LegName, devices: Devices) -> Offer:
        joined = await self._join()
        assert joined.offer.call_id == call_id
        offer = joined.offer
        return Offer(call_id, leg, offer.generation, offer.revision, offer.sdp, offer.generation)

    async def answer(self, call_id: str, leg: LegName, generation: int, revision: int, sdp: str) -> None:
        await self._page.call(
            events.CALL_ANSWER, call_id=call_id, generation=generation, revision=revision, sdp=sdp
        )


def media_of(page: Page, ticket_id: str) -> MediaService:
    """For `tests.rtc.peer.Peer`, which asks for joining and answering only."""
    return cast("MediaService", PageMedia(page, lambda: join_call(page, ticket_id)))


def media_of_case(page: Page, case_id: str) -> MediaService:
    """The same for the call of a case."""
    return cast("MediaService", PageMedia(page, lambda: join_video(page, case_id)))
