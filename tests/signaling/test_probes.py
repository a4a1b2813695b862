"""The way of a page's media to the relay, tried before a call (S27)."""

from typing import cast

import pytest

from cases.access import Officer, Taxpayer
from cases.errors import CaseworkError
from cases.probes import Probes
from cases.turn import TurnServers
from cases.views.desks import OfficerRole
from rtc.call import LegName
from rtc.errors import CallFull, CallUnknown
from rtc.relay import MediaRelay
from rtc.service import MediaService, Offer
from rtc.settings import RelaySettings
from signaling import events
from tests.clients import Page
from tests.product import CHEN, HUANG, LIN, House, MovableClock
from tests.rtc.peer import Peer

TURN = TurnServers(("turns:turn.example:443",), "a secret of the tests", 60_000)
CHEN_PERSON = Taxpayer("chen", "陈", "s1")
OFFICER_OF_THAT_NAME = Officer("chen", "陈", "0001", "h", frozenset(OfficerRole), "s2")


class ProbeMedia:
    """A page's way to its probe, for a peer that asks for joining and answering only."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.offered: Offer | None = None

    async def join(self, _call_id: str, leg: LegName, _devices: object) -> Offer:
        offer = (await self._page.call(events.PROBE_OPEN)).offer
        self.offered = Offer(
            offer.call_id, leg, offer.generation, offer.revision, offer.sdp, offer.generation
        )
        return self.offered

    async def answer(self, _call_id: str, _leg: LegName, generation: int, revision: int, sdp: str) -> None:
        assert self.offered is not None
        await self._page.call(
            events.PROBE_ANSWER,
            call_id=self.offered.call_id,
            generation=generation,
            revision=revision,
            sdp=sdp,
        )


@pytest.mark.feature("S27")
async def test_a_page_of_either_side_reaches_the_relay_and_nothing_is_kept(house: House) -> None:
    _, page = await house.taxpayer(CHEN)
    _, desk = await house.officer(LIN)
    for one, side in ((page, LegName.TAXPAYER), (desk, LegName.OFFICER)):
        media = ProbeMedia(one)
        peer = Peer(cast("MediaService", media), "", side)
        try:
            await peer.connect()
            assert media.offered is not None
            call_id = media.offered.call_id
            assert (await house.product.media.view(call_id)).ended_at_ms is None
            with pytest.raises(CaseworkError):
                await house.product.calls._callbook.one(call_id)
            await one.call(events.PROBE_CLOSE, call_id=call_id)
            assert (await house.product.media.view(call_id)).ended_at_ms is not None
            assert (await one.problem("probe.close", {"call_id": call_id})).code == "call_unknown"
        finally:
            await peer.close()


async def test_a_probe_is_its_openers_alone(house: House) -> None:
    _, page = await house.taxpayer(CHEN)
    _, other = await house.taxpayer(HUANG)
    call_id = (await page.call(events.PROBE_OPEN)).offer.call_id
    for name in ("probe.answer", "probe.close"):
        answer = {"generation": 1, "revision": 1, "sdp": "v=0"} if name == "probe.answer" else {}
        assert (await other.problem(name, {"call_id": call_id, **answer})).code == "call_unknown"
    # What belongs to calls is not there for a probe.
    for sender in (page, other):
        refused = await sender.problem("call.hang_up", {"call_id": call_id})
        assert refused.status == 404
    again = (await page.call(events.PROBE_OPEN)).offer.call_id
    assert again != call_id
    assert (await house.product.media.view(call_id)).ended_at_ms is not None
    assert (await house.product.media.view(again)).ended_at_ms is None


async def test_there_are_no_more_of_them_than_is_set() -> None:
    clock = MovableClock()
    relay = MediaRelay(RelaySettings(host="127.0.0.1"))
    await relay.start()
    try:
        probes = Probes(relay, TURN, clock, open_max=1, open_ms=1_000)
        first = await probes.open(CHEN_PERSON)
        assert first.ice_servers[0].username.endswith(first.offer.call_id)
        with pytest.raises(CallFull):
            await probes.open(OFFICER_OF_THAT_NAME)
        with pytest.raises(CallUnknown):
            await probes.close(OFFICER_OF_THAT_NAME, first.offer.call_id)
        await probes.open(CHEN_PERSON)
        clock.ahead_ms += 1_000
        await probes.open(OFFICER_OF_THAT_NAME)
    finally:
        await relay.stop()
