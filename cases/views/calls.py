"""A call, its two sides, and what a page needs to join it."""

from dataclasses import dataclass

from cases.views.names import OfficerName
from rtc.call import CallState, EndReason, LegName, LegView


@dataclass(frozen=True, slots=True)
class FigureHeld:
    """One figure of a side over a whole call; the names are those of ``rtc.quality.Figures``."""

    figure: str
    least: int
    mean: int
    most: int


@dataclass(frozen=True, slots=True)
class CallLegHeld:
    """How good one side's connection was: how many of its measurements were poor, fair and good."""

    name: LegName
    poor: int
    fair: int
    good: int
    figures: tuple[FigureHeld, ...]


@dataclass(frozen=True, slots=True)
class CallHeld:
    """A call in a case's history. ``legs``: none before it ended, and of a side that was never measured."""

    call_id: str
    opened_at_ms: int
    connected_at_ms: int | None
    ended_at_ms: int | None
    end_reason: EndReason | None
    officer: OfficerName | None
    legs: tuple[CallLegHeld, ...]


@dataclass(frozen=True, slots=True)
class CallView:
    """A video call of a case, as both sides see it.

    ``ticket_id``: the case's ticket, where it is served in the call; none of a call that was asked for in the
    conversation without that.
    ``connected_at_ms``: when both sides were first connected; the length on the page counts from it.
    ``grace_until_ms``: set while one side is missing; at that time the call ends.
    """

    call_id: str
    case_id: str
    ticket_id: str | None
    state: CallState
    at_ms: int
    created_at_ms: int
    connected_at_ms: int | None
    ended_at_ms: int | None
    end_reason: EndReason | None
    grace_until_ms: int | None
    legs: tuple[LegView, LegView]

    def leg(self, name: LegName) -> LegView:
        first, second = self.legs
        return first if first.name is name else second


@dataclass(frozen=True, slots=True)
class CallJoined:
    """A page's way into a call: the call, and the offer to answer with ``call.answer``."""

    call: CallView
    offer: "CallOffer"
    ice_servers: "tuple[IceServer, ...]"
    """TURN servers for browsers that UDP does not get through to; for the connection of this offer."""


@dataclass(frozen=True, slots=True)
class ProbeOpened:
    """A page's way to try the relay before a call. The ``call_id`` of the offer names the probe, which is
    answered with ``probe.answer``.
    """

    offer: "CallOffer"
    ice_servers: "tuple[IceServer, ...]"


@dataclass(frozen=True, slots=True)
class IceServer:
    """As RTCPeerConnection takes it; the credential is good for a while only."""

    urls: tuple[str, ...]
    username: str
    credential: str


@dataclass(frozen=True, slots=True)
class CallOffer:
    """The relay's SDP offer to one page.

    A new ``generation`` needs a new RTCPeerConnection; the same generation with a higher ``revision`` is
    applied on the existing one. Answer with both numbers.
    """

    call_id: str
    generation: int
    revision: int
    sdp: str
