"""A relay with two small peers over real UDP on loopback, for the tests of this folder."""

import asyncio
from collections.abc import AsyncIterator

from rtc.call import CallState, CallView, LegName, LegState
from rtc.relay import MediaRelay
from rtc.service import CallChanged, MediaEvent, MediaService, Offer, OfferChanged
from rtc.settings import RelaySettings
from tests.rtc.peer import Peer, offered_ssrcs
from tests.rtc.waiting import wait_until

CALL = "call-1"


class Party:
    """A media service, its events, and the peers that joined, all closed at the end."""

    def __init__(self, service: MediaService) -> None:
        self.service = service
        self.events: list[MediaEvent] = []
        self.peers: list[Peer] = []

    async def follow(self) -> None:
        async for event in self.service.events():
            self.events.append(event)

    def peer(self, leg: LegName) -> Peer:
        peer = Peer(self.service, CALL, leg)
        self.peers.append(peer)
        return peer

    async def both(self) -> tuple[Peer, Peer]:
        await self.service.open_call(CALL)
        taxpayer, officer = self.peer(LegName.TAXPAYER), self.peer(LegName.OFFICER)
        await asyncio.gather(taxpayer.connect(), officer.connect())
        await self.state(CallState.RUNNING)
        return taxpayer, officer

    async def state(self, state: CallState) -> None:
        def reached() -> bool:
            return any(isinstance(event, CallChanged) and event.view.state is state for event in self.events)

        await wait_until(reached, f"call {state}")

    def last_view(self) -> CallView:
        return [event.view for event in self.events if isinstance(event, CallChanged)][-1]

    async def leg_state(self, leg: LegName, state: LegState) -> None:
        def reached() -> bool:
            return bool(self.events) and self.last_view().leg(leg).state is state

        await wait_until(reached, f"{leg} {state}")

    def offers(self, leg: LegName) -> list[Offer]:
        changed = [event.offer for event in self.events if isinstance(event, OfferChanged)]
        return [offer for offer in changed if offer.leg is leg]

    async def new_offer(self, leg: LegName) -> Offer:
        await wait_until(lambda: bool(self.offers(leg)), f"a new offer for {leg}")
        return self.offers(leg)[-1]


class House(Party):
    """The relay of this process."""

    def __init__(self, relay: MediaRelay) -> None:
        super().__init__(relay)
        self.relay = relay


async def open_house(settings: RelaySettings) -> AsyncIterator[House]:
    relay = MediaRelay(settings)
    await relay.start()
    house = House(relay)
    following = asyncio.create_task(house.follow())
    try:
        yield house
    finally:
        await relay.stop()
        await following
        for peer in house.peers:
            await peer.close()


async def exchange(sender: Peer, receiver: Peer, payload_type: int, ssrc: int, payload: bytes) -> int:
    """Send until it arrives (loopback may drop under load); gives the SSRC under which it came."""
    await wait_until(lambda: _sent_and_heard(sender, receiver, payload_type, ssrc, payload), f"{payload!r}")
    header = receiver.heard(payload)
    assert header is not None
    assert header.payload_type == payload_type
    return header.ssrc


def _sent_and_heard(sender: Peer, receiver: Peer, payload_type: int, ssrc: int, payload: bytes) -> bool:
    if receiver.heard(payload) is None:
        sender.send_rtp(payload_type, ssrc, payload)
    return receiver.heard(payload) is not None


async def flows_both_ways(taxpayer: Peer, officer: Peer, mark: bytes = b"") -> None:
    for sender, receiver, offer in (
        (taxpayer, officer, officer.current),
        (officer, taxpayer, taxpayer.current),
    ):
        audio, video, repair = offered_ssrcs(offer.sdp)
        name = sender.leg.encode() + mark
        assert await exchange(sender, receiver, 111, sender.audio_ssrc, name + b" audio") == audio
        assert await exchange(sender, receiver, 96, sender.video_ssrc, name + b" video") == video
        assert await exchange(sender, receiver, 97, sender.repair_ssrc, name + b" repair") == repair
