"""Prepared media from many peers at once, and what of it arrived, when and in which order.

Everything is made before it is sent: packets encrypted, calls of the system laid out, also those that
receive. What is left while it is measured is one call of the system for a few packets, so that one core can
load a relay that has another. When a packet arrived is the kernel's word (SO_TIMESTAMPNS), not that of a busy
receiver.
"""

import contextlib
import errno
import heapq
import select
import socket
import struct
import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import cffi

from loadtests.media.peer import Stream, SyntheticPeer
from rtc.datagrams import SYSTEM_CALLS
from rtc.libraries import SRTP_OK, srtp_protect
from server.benchmarks.errors import BenchFailed
from server.benchmarks.relay_media import (
    AUDIO_BYTES,
    AUDIO_EVERY_S,
    FRAME_EVERY_S,
    FRAME_PACKETS,
    HEADER_BYTES,
    VIDEO_BYTES,
    relay_media,
)

TAG_BYTES: Final = 16
RECEIVE_EVERY_S: Final = 0.004
SPIN_S: Final = 0.0002
"""A shorter wait is not slept: sleeping is not that exact."""
NAP_S: Final = 0.0005
BATCH: Final = 64
SPARE: Final = 8_192
DRAIN_S: Final = 0.6
"""Beyond this a packet is lost."""
STAMP_BYTES: Final = 32
"""One control message: its header of 16 bytes and a timespec."""
_SO_TIMESTAMPNS: Final = 35
_STAMP: Final = struct.Struct("=QiiQQ")
_HEADER: Final = struct.Struct("!BBHI")
"""The beginning of it: up to the time stamp."""


@dataclass(frozen=True, slots=True)
class Pace:
    """`times`: so many times as many packets as a call has, by more frames a second of the same size."""

    seconds: float
    times: float = 1.0
    gentle: bool = False
    """Wait by sleeping alone: packets go up to a millisecond late, and the core is left to others."""


@dataclass(slots=True)
class Outcome:
    """What became of what was sent. Latency from the call that sent to the kernel's stamp at the receiver."""

    planned: int
    sent: int = 0
    received: int = 0
    twice: int = 0
    late: int = 0
    """Behind one that was sent after it."""
    lost: int = 0
    unsent: int = 0
    """Refused by the sender's own socket: the load was too much for its machine."""
    seconds: float = 0.0
    latencies_ns: "array[int]" = field(default_factory=lambda: array("q"))

    @property
    def packets_per_s(self) -> float:
        return self.sent / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class Sent:
    """One stream's packets of a load: the first sequence number and time stamp, and when each went."""

    stream: Stream
    first: int
    first_timestamp: int
    frame_packets: int
    """Of a picture, or of a sound."""
    times: "array[int]" = field(default_factory=lambda: array("q"))
    seen: bytearray = field(default_factory=bytearray)
    highest: int = -1


class Load:
    """One load of all these peers, 2n and 2n+1 in a call. Make it, then `run` it once."""

    def __init__(self, peers: Sequence[SyntheticPeer], pace: Pace) -> None:
        """Encrypts everything: seconds for many packets. Raises BenchFailed."""
        self._ffi = cffi.FFI()
        self._ffi.cdef(SYSTEM_CALLS)
        library: Any = self._ffi.dlopen(None)
        self._send_call, self._receive_call = library.sendmmsg, library.recvmmsg
        self._peers = peers
        self._plan = _plan(len(peers), pace)
        self._nap_s = NAP_S if pace.gentle else 0.0
        self._sent = [
            {
                stream.payload_type: Sent(stream, stream.sequence, stream.timestamp, packets)
                for stream, packets in ((peer.audio, 1), (peer.video, FRAME_PACKETS))
            }
            for peer in peers
        ]
        self._keep: list[Any] = []
        counts = [0] * len(peers)
        for _, peer, _, count in self._plan:
            counts[peer] += count
        self.outcome = Outcome(sum(counts))
        self._outgoing = [self._rows(count) for count in counts]
        self._prepare_sending()
        self._prepare_receiving(self.outcome.planned * 5 // 4 + SPARE)

    def _rows(self, count: int) -> tuple[Any, Any]:
        messages = self._ffi.new("struct mmsghdr[]", max(count, 1))
        parts = self._ffi.new("struct iovec[]", max(count, 1))
        self._keep.append((messages, parts))
        return messages, parts

    def _prepare_sending(self) -> None:
        ffi = self._ffi
        media = relay_media()
        size = ffi.new("int *")
        done = [0] * len(self._peers)
        for _, number, payload_type, count in self._plan:
            peer = self._peers[number]
            stream = peer.audio if payload_type == peer.audio.payload_type else peer.video
            turn = stream.timestamp // stream.clock_step
            if stream is peer.audio:
                length, payloads = AUDIO_BYTES, media.sounds[turn % len(media.sounds)]
            else:
                length, payloads = VIDEO_BYTES, media.frames[turn % len(media.frames)]
            memory = ffi.new("char[]", count * (length + TAG_BYTES))
            self._keep.append(memory)
            view = memoryview(ffi.buffer(memory)).cast("B")
            messages, parts = self._outgoing[number]
            for packet, payload in enumerate(payloads):
                at = packet * (length + TAG_BYTES)
                _write_header(view, at, stream, last=packet == count - 1)
                view[at + HEADER_BYTES : at + length] = payload
                size[0] = length
                if srtp_protect(peer.srtp.send, memory + at, size) != SRTP_OK:
                    raise BenchFailed("a prepared packet could not be encrypted")
                row = done[number] + packet
                parts[row].iov_base, parts[row].iov_len = memory + at, size[0]
                messages[row].msg_hdr.msg_iov, messages[row].msg_hdr.msg_iovlen = parts + row, 1
            done[number] += count
            stream.timestamp += stream.clock_step

    def _prepare_receiving(self, capacity: int) -> None:
        """Headers land one behind the other, what follows them in room that is used again and again."""
        ffi = self._ffi
        self._capacity = capacity
        self._headers = ffi.new("char[]", capacity * HEADER_BYTES)
        self._stamps = ffi.new("char[]", capacity * STAMP_BYTES)
        self._rest = ffi.new("char[]", BATCH * 2_048)
        self._incoming = ffi.new("struct mmsghdr[]", capacity)
        parts = ffi.new("struct iovec[]", 2 * capacity)
        self._keep.append(parts)
        for row in range(capacity):
            parts[2 * row].iov_base, parts[2 * row].iov_len = self._headers + row * HEADER_BYTES, HEADER_BYTES
            parts[2 * row + 1].iov_base, parts[2 * row + 1].iov_len = self._rest + row % BATCH * 2_048, 2_048
            header = self._incoming[row].msg_hdr
            header.msg_iov, header.msg_iovlen = parts + 2 * row, 2
            header.msg_control, header.msg_controllen = self._stamps + row * STAMP_BYTES, STAMP_BYTES
        self._first_octets = memoryview(ffi.buffer(self._headers)).cast("B")[::HEADER_BYTES]
        self._taken = 0
        self._batches: list[tuple[int, int, int]] = []

    def run(self) -> Outcome:
        """Blocks until all is sent and DRAIN_S have passed. Peers must not be listened to meanwhile."""
        outcome, peers, plan = self.outcome, self._peers, self._plan
        with contextlib.closing(select.epoll()) as poll:
            by_descriptor = {}
            for number, peer in enumerate(peers):
                peer.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
                by_descriptor[peer.socket.fileno()] = number
                poll.register(peer.socket.fileno(), select.EPOLLIN)
            rows = [0] * len(peers)
            clock, descriptors = time.perf_counter, [peer.socket.fileno() for peer in peers]
            begun = clock()
            look = begun
            for at, number, payload_type, count in plan:
                due = begun + at
                while (now := clock()) < due:
                    if now >= look:
                        self._receive(poll, by_descriptor)
                        look = now + RECEIVE_EVERY_S
                    elif (rest := min(due, look) - now) > SPIN_S:
                        time.sleep(rest - SPIN_S / 2)
                    elif self._nap_s:
                        time.sleep(self._nap_s)
                if now >= look:
                    self._receive(poll, by_descriptor)
                    look = now + RECEIVE_EVERY_S
                row = rows[number]
                rows[number] += count
                stamp = time.time_ns()
                done = self._send_call(descriptors[number], self._outgoing[number][0] + row, count, 0)
                went = max(done, 0)
                outcome.sent += went
                outcome.unsent += count - went
                times = self._sent[number][payload_type].times
                times.extend([stamp] * went)
                # Numbers that never went are not waited for.
                times.extend([0] * (count - went))
            outcome.seconds = clock() - begun
            quiet = clock() + DRAIN_S
            while clock() < quiet:
                self._receive(poll, by_descriptor)
                time.sleep(RECEIVE_EVERY_S)
        self._judge()
        return outcome

    def _receive(self, poll: select.epoll, by_descriptor: dict[int, int]) -> None:
        ffi = self._ffi
        for descriptor, _ in poll.poll(0):
            while self._capacity - self._taken >= BATCH:
                count = self._receive_call(descriptor, self._incoming + self._taken, BATCH, 0, ffi.NULL)
                if count <= 0:
                    if count < 0 and ffi.errno not in (errno.EAGAIN, errno.EINTR, errno.ECONNREFUSED):
                        raise BenchFailed(f"a peer cannot receive: error {ffi.errno}")
                    break
                number = by_descriptor[descriptor]
                self._batches.append((number, self._taken, count))
                if min(self._first_octets[self._taken : self._taken + count]) < 64:
                    self._control(number, count)
                self._taken += count
                if count < BATCH:
                    break
        if self._capacity - self._taken < BATCH:
            raise BenchFailed("more arrived than was sent")

    def _control(self, number: int, count: int) -> None:
        """Checks among the media are answered: else the relay stops to send."""
        ffi = self._ffi
        for row in range(self._taken, self._taken + count):
            if self._first_octets[row] < 64:
                header = bytes(ffi.buffer(self._headers + row * HEADER_BYTES, HEADER_BYTES))
                rest = bytes(ffi.buffer(self._rest + row % BATCH * 2_048, 2_048))
                whole = (header + rest)[: self._incoming[row].msg_len]
                self._peers[number].take_control(whole)

    def _judge(self) -> None:
        outcome = self.outcome
        for streams in self._sent:
            for sent in streams.values():
                sent.seen = bytearray(len(sent.times))
        for sent, _, sequence, _, arrived_ns in self._arrivals():
            self._note(sent, sequence, arrived_ns)
        everything = [sent for streams in self._sent for sent in streams.values()]
        outcome.lost = sum(sum(1 for when in one.times if when) - sum(one.seen) for one in everything)

    def _arrivals(self) -> Iterator[tuple[Sent, bool, int, int, int]]:
        """Packets of media that arrived, those of each peer in order.

        Of which of the other's streams, whether marked, sequence number, time stamp, and when (ns).
        """
        headers = memoryview(self._ffi.buffer(self._headers)).cast("B")
        stamps = memoryview(self._ffi.buffer(self._stamps)).cast("B")
        for number, start, count in self._batches:
            streams = self._sent[number ^ 1]
            for row in range(start, start + count):
                first, kind, sequence, timestamp = _HEADER.unpack_from(headers, row * HEADER_BYTES)
                known = streams.get(kind & 0x7F)
                if first & 0xC0 == 0x80 and known is not None:
                    stamp = _STAMP.unpack_from(stamps, row * STAMP_BYTES)
                    arrived_ns = stamp[3] * 1_000_000_000 + stamp[4]
                    yield known, kind >= 0x80, sequence, timestamp, arrived_ns

    def _note(self, sent: Sent, sequence: int, arrived_ns: int) -> None:
        outcome = self.outcome
        expected = sent.highest + 1
        if sent.stream.shift is None:
            sent.stream.shift = sequence - sent.first
        place = expected + ((sequence - sent.stream.shift - sent.first - expected + 0x8000) & 0xFFFF) - 0x8000
        if not 0 <= place < len(sent.times):
            return
        if sent.seen[place]:
            outcome.twice += 1
            return
        sent.seen[place] = 1
        outcome.received += 1
        if place < sent.highest:
            outcome.late += 1
        sent.highest = max(place, sent.highest)
        outcome.latencies_ns.append(arrived_ns - sent.times[place])


def quantiles_ms(outcome: Outcome) -> tuple[float, float, float]:
    """p50, p99, p99.9 of the latency."""
    ordered = sorted(outcome.latencies_ns)

    def at(part: float) -> float:
        return round(ordered[round((len(ordered) - 1) * part)] / 1e6, 3)

    return at(0.5), at(0.99), at(0.999)


def _write_header(view: memoryview, at: int, stream: Stream, *, last: bool) -> None:
    struct.pack_into(
        "!BBHII",
        view,
        at,
        0x80,
        stream.payload_type | (0x80 if last else 0),
        stream.sequence,
        stream.timestamp & 0xFFFFFFFF,
        stream.ssrc,
    )
    stream.sequence = (stream.sequence + 1) & 0xFFFF


def _plan(peers: int, pace: Pace) -> list[tuple[float, int, int, int]]:
    """When which peer sends how many packets of which payload type, in order of time.

    Peers begin spread over the interval of a frame. A frame's packets go back to back.
    """
    kinds = ((111, AUDIO_EVERY_S, 1), (96, FRAME_EVERY_S, FRAME_PACKETS))
    streams = []
    for number in range(peers):
        for payload_type, every_s, count in kinds:
            step = every_s / pace.times
            first = step * ((number * 0.618) % 1.0)
            times = range(int((pace.seconds - first) / step) + 1)
            streams.append([(first + turn * step, number, payload_type, count) for turn in times])
    return list(heapq.merge(*streams))
