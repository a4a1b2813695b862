"""The path of every media packet: drain, look up, decrypt in place, rename, encrypt, send.

A datagram is found its leg by its address, decrypted where it was received, given the SSRC that the other leg
knows, encrypted and sent. Nothing here waits, logs, or raises for whatever bytes come: what cannot go on
is dropped and counted. What is no media packet is handed on.
"""

from collections import Counter
from collections.abc import Callable
from enum import StrEnum

from rtc.datagrams import Address, Datagrams
from rtc.libraries import (
    PACKET_BUFFER_BYTES,
    SRTP_AUTH_FAILED,
    SRTP_REPLAYED,
    srtp_protect,
    srtp_protect_rtcp,
    srtp_unprotect,
    srtp_unprotect_rtcp,
)
from rtc.packets import (
    DATAGRAM_MAX_BYTES,
    RECEIVER_REPORT,
    SENDER_REPORT,
    PacketMalformed,
    SsrcMapping,
    rewrite_rtcp,
)
from rtc.route import RTCP_SENDERS_MAX, Route

RTP_MIN_BYTES = 12
_SLOT_WORDS = PACKET_BUFFER_BYTES // 4


class Drop(StrEnum):
    """Why a datagram (or an RTCP part) went no further; names of `counters()`."""

    EMPTY = "empty"
    OVERSIZED = "oversized"
    MALFORMED = "malformed"
    UNKNOWN_SOURCE = "unknown_source"
    STUN_UNAUTHENTICATED = "stun_unauthenticated"
    STUN_UNEXPECTED = "stun_unexpected"
    STUN_LIMITED = "stun_limited"
    ADDRESS_TAKEN = "address_taken"
    CONSENT_EXPIRED = "consent_expired"
    HANDSHAKE_LIMITED = "handshake_limited"
    HANDSHAKE_FULL = "handshake_full"
    NOT_CONNECTED = "not_connected"
    SRTP_AUTH = "srtp_auth"
    SRTP_REPLAY = "srtp_replay"
    SRTP_FAILED = "srtp_failed"
    SSRC_UNKNOWN = "ssrc_unknown"
    NO_PEER = "no_peer"
    CODEC_REFUSED = "codec_refused"
    KEYFRAME_LIMITED = "keyframe_limited"
    SEND_BLOCKED = "send_blocked"
    SEND_FAILED = "send_failed"
    RECEIVE_FAILED = "receive_failed"


class MediaPath:
    """Lives on the event loop's thread: an SRTP session belongs to one thread.

    `routes`: which connection sends from which address; the port's own, read here. `take_other(datagram,
    address)` gets everything that is no media packet. A connection that is sent to has a `target`.
    """

    def __init__(
        self,
        datagrams: Datagrams,
        routes: dict[Address, Route],
        take_other: Callable[[bytes, Address], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._datagrams = datagrams
        self._routes = routes
        self._take_other = take_other
        self._now_ms = now_ms
        self._causes: list[Route] = []
        self.received = 0
        self.sent = 0
        self.drops: Counter[Drop] = Counter()

    def drain(self) -> int:  # noqa: C901 - a call costs as much here as a step of the work
        """Take one batch of what waits, and send what it gives. How many datagrams it took."""
        datagrams, causes = self._datagrams, self._causes
        route_at, arena, bases = self._routes.get, datagrams.arena, datagrams.bases
        octets, words, lengths = arena.view, arena.words, arena.lengths
        out_bases, out_lengths, out_targets = (
            datagrams.out_bases,
            datagrams.out_lengths,
            datagrams.out_targets,
        )
        try:
            count = datagrams.receive()
        except OSError:
            # The system reports an earlier send's fault here; the datagrams behind it are still there.
            self.drops[Drop.RECEIVE_FAILED] += 1
            return 0
        outgoing = 0
        taken = zip(arena.places, lengths[:count].tolist(), datagrams.senders, strict=False)
        for (slot, first, at, data, size), length, sender in taken:
            if not (RTP_MIN_BYTES <= length <= DATAGRAM_MAX_BYTES and 128 <= octets[first] <= 191):
                self._hand_on(slot, length)
                continue
            route = route_at(sender)
            if route is None:
                self.drops[Drop.UNKNOWN_SOURCE] += 1
                continue
            if route.receive is None:
                self.drop(Drop.NOT_CONNECTED, route)
                continue
            kind = octets[first + 1]
            if 192 <= kind <= 223:
                peer = self._pass_rtcp(route, slot, length)
            else:
                name = route.name_words.get(words[at])
                if name is None:
                    peer = self._pass_undeclared(route, slot, kind & 0x7F)
                else:
                    failed = srtp_unprotect(route.receive, data, size)
                    if failed:
                        self._drop_srtp(failed, route)
                        continue
                    peer = route.peer
                    if peer is None:
                        route.heard += 1
                        self.drop(Drop.NO_PEER, route)
                        continue
                    words[at] = name
                    route.rtp_packets += 1
                    route.rtp_bytes += length
                    if srtp_protect(peer.send, data, size):
                        self.drop(Drop.SRTP_FAILED, route)
                        continue
            if peer is None:
                continue
            target = peer.target
            if target is None:
                self.drop(Drop.NOT_CONNECTED, route)
                continue
            out_bases[outgoing] = bases[slot]
            out_lengths[outgoing] = lengths[slot]
            out_targets[outgoing] = target
            causes.append(route)
            outgoing += 1
        if outgoing:
            self._send(outgoing)
        self.received += count
        return count

    def drop(self, reason: Drop, route: Route) -> None:
        self.drops[reason] += 1
        route.drop(reason.value)

    def _send(self, count: int) -> None:
        failed = self._datagrams.send(count)
        self.sent += count - len(failed)
        for number, blocked in failed:
            self.drop(Drop.SEND_BLOCKED if blocked else Drop.SEND_FAILED, self._causes[number])
        self._causes.clear()

    def _hand_on(self, slot: int, length: int) -> None:
        if length == 0:
            self.drops[Drop.EMPTY] += 1
        elif length > DATAGRAM_MAX_BYTES:
            self.drops[Drop.OVERSIZED] += 1
        else:
            first = slot * PACKET_BUFFER_BYTES
            datagram = bytes(self._datagrams.arena.view[first : first + length])
            self._take_other(datagram, self._datagrams.senders[slot])

    def _pass_undeclared(self, route: Route, slot: int, payload_type: int) -> Route | None:
        """A source that the answer did not name takes its free place, once a packet is authentic; one that
        it named comes here while a codec of its is refused.
        """
        if route.refuses(payload_type):
            self.drop(Drop.CODEC_REFUSED, route)
            return None
        arena = self._datagrams.arena
        at = slot * _SLOT_WORDS + 2
        word, length = arena.words[at], arena.lengths[slot]
        declared = route.name_of(word)
        if declared is None and not route.may_learn(payload_type):
            self.drop(Drop.SSRC_UNKNOWN, route)
            return None
        failed = srtp_unprotect(route.receive, arena.data[slot], arena.sizes[slot])
        if failed:
            self._drop_srtp(failed, route)
            return None
        name = route.learn(word, payload_type) if declared is None else declared
        peer = route.peer
        if peer is None or name is None:
            route.heard += 1
            self.drop(Drop.NO_PEER if peer is None else Drop.SSRC_UNKNOWN, route)
            return None
        arena.words[at] = name
        if srtp_protect(peer.send, arena.data[slot], arena.sizes[slot]):
            self.drop(Drop.SRTP_FAILED, route)
            return None
        route.rtp_packets += 1
        route.rtp_bytes += length
        return peer

    def _pass_rtcp(self, route: Route, slot: int, length: int) -> Route | None:
        arena = self._datagrams.arena
        word = arena.words[slot * _SLOT_WORDS + 1]
        if not _may_send_rtcp(route, word):
            self.drop(Drop.SSRC_UNKNOWN, route)
            return None
        failed = srtp_unprotect_rtcp(route.receive, arena.data[slot], arena.sizes[slot])
        if failed:
            self._drop_srtp(failed, route)
            return None
        route.heard += 1
        route.rtcp_senders.add(word)
        peer = route.peer
        if peer is None:
            self.drop(Drop.NO_PEER, route)
            return None
        if not self._rewrite_rtcp(route, peer, slot):
            return None
        self._copy_reports(route, slot)
        if srtp_protect_rtcp(peer.send, arena.data[slot], arena.sizes[slot]):
            self.drop(Drop.SRTP_FAILED, route)
            return None
        route.rtcp_packets += 1
        route.rtcp_bytes += length
        return peer

    def _copy_reports(self, route: Route, slot: int) -> None:
        """For the statistics, which are made elsewhere. Feedback, the most of RTCP, begins with neither."""
        arena = self._datagrams.arena
        first = slot * PACKET_BUFFER_BYTES
        if arena.view[first + 1] in (SENDER_REPORT, RECEIVER_REPORT):
            copy = bytes(arena.view[first : first + arena.lengths[slot]])
            route.reports.append((self._now_ms(), copy))

    def _rewrite_rtcp(self, route: Route, peer: Route, slot: int) -> bool:
        """Whether something is left to be sent."""

        def keyframe_allowed() -> bool:
            allowed = peer.keyframes.ask(self._now_ms())
            if not allowed:
                self.drop(Drop.KEYFRAME_LIMITED, route)
            return allowed

        arena = self._datagrams.arena
        first = slot * PACKET_BUFFER_BYTES
        try:
            length = rewrite_rtcp(
                arena.view[first : first + PACKET_BUFFER_BYTES],
                arena.lengths[slot],
                SsrcMapping(own=route.names, theirs=peer.announced_names),
                keyframe_allowed,
            )
        except PacketMalformed:
            self.drop(Drop.MALFORMED, route)
            return False
        arena.lengths[slot] = length
        return length > 0

    def _drop_srtp(self, failed: int, route: Route) -> None:
        if failed == SRTP_AUTH_FAILED:
            self.drop(Drop.SRTP_AUTH, route)
        elif failed in SRTP_REPLAYED:
            self.drop(Drop.SRTP_REPLAY, route)
        else:
            self.drop(Drop.SRTP_FAILED, route)


def _may_send_rtcp(route: Route, word: int) -> bool:
    """Each SSRC costs libsrtp a stream: the declared ones, and a few more."""
    senders = route.rtcp_senders
    return word in senders or word in route.name_words or len(senders) < RTCP_SENDERS_MAX
