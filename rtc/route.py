"""What the port needs to know of one leg's connection for each packet, kept flat for speed."""

import sys
from collections import deque
from collections.abc import Callable
from typing import Any

from rtc.datagrams import Address, Destination
from rtc.keyframes import KeyframeGate
from rtc.libraries import SrtpHandle, SrtpPair
from rtc.packets import RELAY_SSRC
from rtc.sdp_offer import CODECS, Feature, SourceSsrcs

RTCP_SENDERS_MAX = 8
"""Different SSRCs that one connection may send RTCP under: each costs libsrtp a stream."""

REPORTS_MAX = 16
"""Copies of reports that wait to be read; a browser sends some two a second."""

NOT_DECLARED = SourceSsrcs(0, 0, 0)


def to_word(ssrc: int) -> int:
    """The SSRC as `PacketArena.words` shows it."""
    return int.from_bytes(ssrc.to_bytes(4, "big"), sys.byteorder)


def from_word(word: int) -> int:
    return int.from_bytes(word.to_bytes(4, sys.byteorder), "big")


class Route:
    """One connection's place in the path: where it is, its SRTP, its sources' names, its peer, its counters.

    `names` maps this leg's SSRCs to those announced to the other leg; `announced_names` is the way back.
    """

    __slots__ = (
        "_announced",
        "_destination",
        "_known",
        "_refused",
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
        "reports",
        "rtcp_bytes",
        "rtcp_packets",
        "rtcp_senders",
        "rtp_bytes",
        "rtp_packets",
        "send",
        "silent",
        "srtp",
        "target",
    )

    def __init__(self, feed_handshake: Callable[[bytes], bool], keyframes: KeyframeGate) -> None:
        self.feed_handshake = feed_handshake
        self.keyframes = keyframes
        self.address: Address | None = None
        self.target: Any = None
        """Where the path sends to: what the destination calls it."""
        self._destination: Destination | None = None
        self.srtp: SrtpPair | None = None
        self.receive: SrtpHandle = None
        self.send: SrtpHandle = None
        self.peer: Route | None = None
        self.silent = False
        self.heard = 0
        """Authentic packets other than the RTP that went on."""
        self.rtp_packets = 0
        self.rtp_bytes = 0
        self.rtcp_packets = 0
        self.rtcp_bytes = 0
        self.drops: dict[str, int] = {}
        self.reports: deque[tuple[int, bytes]] = deque(maxlen=REPORTS_MAX)
        """Copies of its sender and receiver reports, and when they came, as they went on to the other leg."""
        self.rtcp_senders: set[int] = {to_word(RELAY_SSRC)}
        self.names: dict[int, int] = {}
        self.announced_names: dict[int, int] = {}
        self.name_words: dict[int, int] = {}
        self._known = NOT_DECLARED
        self._announced = NOT_DECLARED
        self._refused: frozenset[Feature] = frozenset()

    @property
    def video_ssrc(self) -> int:
        """What this leg calls its camera; 0 while that is not known."""
        return self._known.video

    @property
    def audio_ssrc(self) -> int:
        """What this leg calls its microphone; 0 while that is not known."""
        return self._known.audio

    @property
    def signs_of_life(self) -> int:
        """Authentic packets of any kind."""
        return self.heard + self.rtp_packets

    def place(self, address: Address | None, destination: Destination | None) -> None:
        """It is there now, or nowhere."""
        self.address = address
        self._destination = destination
        self.target = None if destination is None else destination.target

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
        self._name_words()

    def refuse(self, features: frozenset[Feature]) -> bool:
        """Let nothing of these codecs pass: the other side cannot show it. Whether that changed anything.

        While there are any, each packet of the picture is looked at, one by one.
        """
        changed = features != self._refused
        self._refused = features
        if changed:
            self._name_words()
        return changed

    def refuses(self, payload_type: int) -> bool:
        codec = CODECS.get(payload_type)
        return codec is not None and codec.feature in self._refused

    def name_of(self, word: int) -> int | None:
        """What a declared source is called on the other side, as a word."""
        name = self.names.get(from_word(word))
        return None if name is None else to_word(name)

    def _name_words(self) -> None:
        passing = {self._known.audio} if self._refused else self.names.keys()
        self.name_words = {
            to_word(own): to_word(other) for own, other in self.names.items() if own in passing
        }

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
