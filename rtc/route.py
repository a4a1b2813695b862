"""What the port needs to know of one leg's connection for each packet, kept flat for speed."""

import sys
from collections.abc import Callable

from rtc.keyframes import KeyframeGate
from rtc.libraries import Address, SrtpHandle, SrtpPair
from rtc.packets import RELAY_SSRC
from rtc.sdp_offer import CODECS, Feature, SourceSsrcs

RTCP_SENDERS_MAX = 8
"""Different SSRCs that one connection may send RTCP under: each costs libsrtp a stream."""

NOT_DECLARED = SourceSsrcs(0, 0, 0)


def to_word(ssrc: int) -> int:
    """The SSRC as `PacketBuffer.words` shows it."""
    return int.from_bytes(ssrc.to_bytes(4, "big"), sys.byteorder)


def from_word(word: int) -> int:
    return int.from_bytes(word.to_bytes(4, sys.byteorder), "big")


class Route:
    """One connection's place in the path: where it is, its SRTP, its sources' names, its peer, its counters.

    `names` maps this leg's SSRCs to those announced to the other leg; `announced_names` is the way back.
    """

    __slots__ = (
        "_announced",
        "_known",
        "address",
        "announced_names",
        "drops",
        "feed_handshake",
        "heard",
        "keyframes",
        "name_words",
        "names",
        "peer",
        "receive",
        "rtcp_bytes",
        "rtcp_packets",
        "rtcp_senders",
        "rtp_bytes",
        "rtp_packets",
        "send",
        "silent",
        "srtp",
    )

    def __init__(self, feed_handshake: Callable[[bytes], bool], keyframes: KeyframeGate) -> None:
        self.feed_handshake = feed_handshake
        self.keyframes = keyframes
        self.address: Address | None = None
        self.srtp: SrtpPair | None = None
        self.receive: SrtpHandle = None
        self.send: SrtpHandle = None
        self.peer: Route | None = None
        self.silent = False
        self.heard = 0
        """Authenticated packets of any kind: the sign of life."""
        self.rtp_packets = 0
        self.rtp_bytes = 0
        self.rtcp_packets = 0
        self.rtcp_bytes = 0
        self.drops: dict[str, int] = {}
        self.rtcp_senders: set[int] = {to_word(RELAY_SSRC)}
        self.names: dict[int, int] = {}
        self.announced_names: dict[int, int] = {}
        self.name_words: dict[int, int] = {}
        self._known = NOT_DECLARED
        self._announced = NOT_DECLARED

    @property
    def video_ssrc(self) -> int:
        """What this leg calls its camera; 0 while that is not known."""
        return self._known.video

    def secure(self, srtp: SrtpPair) -> None:
        self.srtp = srtp
        self.receive = srtp.receive
        self.send = srtp.send

    def rename(self, known: SourceSsrcs, announced: SourceSsrcs) -> None:
        """Take the leg's declared sources (0: not declared) and what the other leg calls them."""
        if announced == self._announced:
            known = SourceSsrcs(
                known.audio or self._known.audio,
                known.video or self._known.video,
                known.repair or self._known.repair,
            )
        self._known = known
        self._announced = announced
        pairs = (
            (known.audio, announced.audio),
            (known.video, announced.video),
            (known.repair, announced.repair),
        )
        self.names = {own: other for own, other in pairs if own}
        self.announced_names = {other: own for own, other in self.names.items()}
        self.name_words = {to_word(own): to_word(other) for own, other in self.names.items()}

    def may_learn(self, payload_type: int) -> bool:
        """Whether an undeclared source of this payload type has a free place (RFC 8843, section 9.2)."""
        slot = _slot(payload_type)
        return slot is not None and getattr(self._known, slot) == 0

    def learn(self, word: int, payload_type: int) -> int | None:
        """Take an undeclared source from an authenticated packet; its new name as a word."""
        slot = _slot(payload_type)
        ssrc = from_word(word)
        if slot is None or ssrc == 0 or ssrc in self.names:
            return None
        found = {"audio": 0, "video": 0, "repair": 0, slot: ssrc}
        self.rename(SourceSsrcs(**found), self._announced)
        return self.name_words.get(word)

    def drop(self, reason: str) -> None:
        self.drops[reason] = self.drops.get(reason, 0) + 1


def _slot(payload_type: int) -> str | None:
    codec = CODECS.get(payload_type)
    if codec is None:
        return None
    if codec.repair_of is not None:
        return "repair"
    return "audio" if codec.feature is Feature.OPUS else "video"
