"""What outsiders use of this package: the service, its offers, events and statistics.

`MediaRelay` (`rtc/relay.py`) is the service in this process. Nothing in the interface ties a caller to that:
everything that crosses it is plain immutable data, so that another process can stand behind it.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from rtc.call import CallView, Devices, EndReason, LegName
from rtc.quality import Figures, LegQuality


@dataclass(frozen=True, slots=True)
class Offer:
    """An SDP offer that one leg's page has to apply, and to answer with the same generation and revision.

    `generation` counts the connections of that leg (1, 2, …: one each `join`, so one each RTCPeerConnection);
    `revision` counts the offers to one such connection (1, 2, …). All revisions of a generation carry the
    same fingerprint, and but for `restart` the same ICE credentials: a later one is applied to the existing
    RTCPeerConnection.

    `joined`: the generation that the leg's page itself asked for last. It is lower than `generation` where
    the call went on elsewhere since; a page with any generation in between is still the one meant.
    """

    call_id: str
    leg: LegName
    generation: int
    revision: int
    sdp: str
    joined: int


@dataclass(frozen=True, slots=True)
class CallChanged:
    """Something visible of the call changed. Only the newest view of a call is kept for a slow consumer.

    `quality`: once it ended, how each leg that was measured was.
    """

    view: CallView
    quality: tuple[LegQuality, ...] = ()

    @property
    def call_id(self) -> str:
        return self.view.call_id


@dataclass(frozen=True, slots=True)
class OfferChanged:
    """The leg has to apply a new offer: on its existing connection (same generation, higher revision), or,
    where the call went on elsewhere, on a new one in its place (higher generation).

    It may overtake the answer of `join` on its way to the page: one of a generation that the page does not
    know yet is to be kept until then. Revisions may be skipped; the newest is enough.
    """

    offer: Offer

    @property
    def call_id(self) -> str:
        return self.offer.call_id


MediaEvent = CallChanged | OfferChanged


@dataclass(frozen=True, slots=True)
class DirectionStatistics:
    """What came from one leg and went on to the other, over all its connections of the call."""

    rtp_packets: int = 0
    rtp_bytes: int = 0
    rtcp_packets: int = 0
    rtcp_bytes: int = 0
    keyframe_requests: int = 0
    """Keyframe requests (PLI, FIR) that were passed to or made for the sender of this direction."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Datagrams and RTCP messages of this leg that went no further, by reason."""


@dataclass(frozen=True, slots=True)
class CallStatistics:
    call_id: str
    from_taxpayer: DirectionStatistics
    from_officer: DirectionStatistics


@dataclass(frozen=True, slots=True)
class LegMemory:
    """The newest generation of a leg's connections, and the one that its page itself asked for last."""

    name: LegName
    generation: int
    joined: int


@dataclass(frozen=True, slots=True)
class CallMemory:
    """What has to be known of a call so that it can go on elsewhere; of an ended one, how it ended."""

    view: CallView
    legs: tuple[LegMemory, LegMemory]

    def leg(self, name: LegName) -> LegMemory:
        return self.legs[0] if name is self.legs[0].name else self.legs[1]


class MediaService(Protocol):
    """Calls between two browsers. Methods raise only `rtc.errors.MediaError`s; all are safe to cancel."""

    async def open_call(self, call_id: str) -> CallView:
        """Open a call, or give back the one of this id.

        Raises CallEnded, CallFull, MediaUnavailable.
        """

    async def join(self, call_id: str, leg: LegName, devices: Devices) -> Offer:
        """A page of that leg loaded: give it a new connection. An earlier one of the same leg is closed.

        Raises CallUnknown, CallEnded, MediaUnavailable.
        """

    async def answer(self, call_id: str, leg: LegName, generation: int, revision: int, sdp: str) -> None:
        """The browser's answer to that offer. The same answer given twice is OfferStale the second time.

        Raises CallUnknown, CallEnded, LegUnknown, OfferStale, AnswerInvalid.
        """

    async def current_offer(self, call_id: str, leg: LegName) -> Offer:
        """The newest offer of the leg's connection, for a page that may have missed an `OfferChanged`.

        Raises CallUnknown, CallEnded, LegUnknown.
        """

    async def restart(self, call_id: str, leg: LegName, generation: int, revision: int) -> Offer:
        """New ICE credentials for the leg's connection: the network of its page changed.

        `revision`: what the page applied last; repeated before the answer, it is the same restart. DTLS, SRTP
        and the leg's address stay until the page was reached with the new ones. Where the call went on
        elsewhere since that generation, the answer is the offer of the new connection.

        Raises CallUnknown, CallEnded, LegUnknown; OfferStale where another page has the leg by now.
        """

    async def set_devices(self, call_id: str, leg: LegName, devices: Devices) -> CallView:
        """Raises CallUnknown, CallEnded."""

    async def set_quality(self, call_id: str, leg: LegName, measured: Figures) -> CallView:
        """What the leg's own page measured; it counts where the relay does not see that figure itself.

        Shown with the next measurement. Raises CallUnknown, CallEnded.
        """

    async def leave(self, call_id: str, leg: LegName) -> CallView:
        """The leg's page is gone: its connection is closed and its time of grace begins now.

        Idempotent. Raises CallUnknown, CallEnded.
        """

    async def hang_up(self, call_id: str, by: LegName) -> CallView:
        """End the call because that side wanted it. Idempotent: an ended call gives its last view.

        Raises CallUnknown.
        """

    async def close_call(self, call_id: str, reason: EndReason = EndReason.CLOSED) -> CallView:
        """End the call from above (the business is over). Idempotent. Raises CallUnknown."""

    async def view(self, call_id: str) -> CallView:
        """The call as it is, or as it was when it ended. Raises CallUnknown."""

    async def statistics(self, call_id: str) -> CallStatistics:
        """Raises CallUnknown, CallEnded."""

    def events(self) -> AsyncIterator[MediaEvent]:
        """All calls' events, for one consumer. Ends when the service stopped and all was given out.

        Bounded by coalescing: a newer event of the same call (and leg) takes the older one's place.
        """

    async def counters(self) -> Mapping[str, int]:
        """Counts since the start: datagrams received and sent, drops by reason, calls that were opened and
        that ended by reason, windows of quality by level, packets expected and lost; and what is there now:
        calls, addresses, buffers.
        """
