"""One side of a call with media: sends what was prepared, and counts what arrives.

A packet is known again by its kind, time stamp and sequence number, which the relay passes on as they are;
each side begins both at random, so that those of a page that was loaded anew are others. Headers are not
encrypted: only every ``OPENED_EVERY``-th packet is opened, and its content compared with what was prepared.
"""

import asyncio
import secrets
import struct
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import pylibsrtp

from loadtests.media.peer import SyntheticPeer
from loadtests.media.prepared import AUDIO_CLOCK, FRAMES_PER_S, VIDEO_CLOCK, prepared

TICK_S: Final = 0.020
"""One Opus packet; a frame of the picture is due every third or fourth."""
TICKS_PER_S: Final = 50
CHECK_EVERY_TICKS: Final = 100
OPENED_EVERY: Final = 50
HEADER: Final = struct.Struct("!BBHII")
LATE_TICKS_MAX: Final = 25
"""A process that did not run for longer leaves out what it should have sent meanwhile."""


@dataclass(slots=True)
class Way:
    """Where one kind of packets that one side sends is: the next one's numbers."""

    payload_type: int
    sequence: int = field(default_factory=lambda: secrets.randbelow(30_000))
    timestamp: int = field(default_factory=lambda: secrets.randbits(31))


@dataclass(slots=True)
class Count:
    """What one connection of one side sent and received, packets by name in their order."""

    sent: "array[int]" = field(default_factory=lambda: array("Q"))
    received: "array[int]" = field(default_factory=lambda: array("Q"))
    damaged: int = 0
    """Of those that were opened: authentic, but with a content that was not prepared, or not authentic."""


def name_of(datagram: bytes) -> int:
    """Of a media packet: kind, sequence number and time stamp in one number."""
    kind, sequence, timestamp = datagram[1] & 0x7F, datagram[2:4], datagram[4:8]
    return kind << 48 | int.from_bytes(timestamp, "big") << 16 | int.from_bytes(sequence, "big")


def kind_of(name: int) -> int:
    return name >> 48


def sequence_of(name: int) -> int:
    return name & 0xFFFF


class MediaEnd:
    """Of a peer that is connected. ``on_frame`` is called once, at the first picture that is whole."""

    def __init__(self, peer: SyntheticPeer, on_frame: Callable[[], None]) -> None:
        self._peer = peer
        self._on_frame: Callable[[], None] | None = on_frame
        self._receive, self._send = peer.srtp.sessions
        self._audio, self._video = Way(peer.audio.payload_type), Way(peer.video.payload_type)
        self._known = _payloads()
        self._ticks = 0
        self._frames = 0
        self.count = Count()
        self.is_silent = False
        """Its network is gone: what it would send is not sent, and what arrives does not reach it."""
        for datagram in peer.early:
            self.take(datagram)
        peer.early.clear()
        peer.on_media = self.take

    def take(self, datagram: bytes) -> None:
        if self.is_silent or len(datagram) < HEADER.size or 192 <= datagram[1] <= 223:
            return
        count = self.count
        count.received.append(name_of(datagram))
        if self._on_frame is not None and datagram[1] == self._video.payload_type | 0x80:
            on_frame, self._on_frame = self._on_frame, None
            on_frame()
        if len(count.received) % OPENED_EVERY == 1:
            self._open(datagram)

    def _open(self, datagram: bytes) -> None:
        try:
            packet = self._receive.unprotect(datagram)
        except pylibsrtp.Error:
            self.count.damaged += 1
            return
        if packet[HEADER.size :] not in self._known:
            self.count.damaged += 1

    def tick(self) -> None:
        """20 ms passed."""
        self._ticks += 1
        if self._ticks % CHECK_EVERY_TICKS == 0 and not self.is_silent:
            self._peer.check()
        media = prepared()
        sound = media.sounds[self._ticks % len(media.sounds)]
        self._packet(self._audio, sound, last=False)
        self._audio.timestamp += AUDIO_CLOCK // TICKS_PER_S
        if self._ticks * FRAMES_PER_S // TICKS_PER_S > self._frames:
            frame = media.frames[self._frames % len(media.frames)]
            for turn, payload in enumerate(frame):
                self._packet(self._video, payload, last=turn == len(frame) - 1)
            self._frames += 1
            self._video.timestamp += VIDEO_CLOCK // FRAMES_PER_S

    def _packet(self, way: Way, payload: bytes, *, last: bool) -> None:
        ssrc = self._peer.audio.ssrc if way is self._audio else self._peer.video.ssrc
        marked = way.payload_type | (0x80 if last else 0)
        packet = HEADER.pack(0x80, marked, way.sequence, way.timestamp & 0xFFFFFFFF, ssrc) + payload
        if not self.is_silent:
            datagram = self._send.protect(packet)
            try:
                self._peer.socket.send(datagram)
            except OSError:
                # Its own socket is full, or nobody is there any more: never on its way.
                pass
            else:
                self.count.sent.append(name_of(packet))
        way.sequence = (way.sequence + 1) & 0xFFFF


@cache
def _payloads() -> frozenset[bytes]:
    media = prepared()
    return frozenset((*media.sounds, *(payload for frame in media.frames for payload in frame)))


@dataclass(frozen=True, slots=True)
class Standing:
    """The connections that there are now, and the packets of these so far."""

    sides: int
    sent: int
    received: int


NO_MEDIA: Final = Standing(0, 0, 0)


class Pump:
    """The one clock of all ends of a process. ``run`` it, then ``add`` and ``remove``."""

    def __init__(self) -> None:
        self._ends: list[MediaEnd] = []
        self.left_out = 0
        """Ticks that were left out, because the process did not run."""

    def add(self, end: MediaEnd) -> None:
        self._ends.append(end)

    def remove(self, end: MediaEnd) -> None:
        if end in self._ends:
            self._ends.remove(end)

    @property
    def standing(self) -> Standing:
        counts = [end.count for end in self._ends]
        sent = sum(len(one.sent) for one in counts)
        return Standing(len(counts), sent, sum(len(one.received) for one in counts))

    async def run(self) -> None:
        """Until it is cancelled."""
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            due_s += TICK_S
            behind = int((loop.time() - due_s) / TICK_S)
            if behind > LATE_TICKS_MAX:
                self.left_out += behind
                due_s += behind * TICK_S
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            for end in tuple(self._ends):
                end.tick()
