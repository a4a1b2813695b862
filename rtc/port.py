"""The media port: one UDP socket for all calls, and the path that every packet takes.

A datagram is read into one buffer, found its leg by its address, decrypted in place, given the SSRC that the
other leg knows, encrypted in place and sent. Nothing is allocated for a media packet beyond what the socket
call itself makes. Nothing here raises for whatever bytes come: what cannot go on is dropped and counted.

State comes only from authenticated STUN: before it, an address means nothing and gets no answer.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Protocol

from rtc.errors import MediaUnavailable
from rtc.ice import Check, IceLite, local_ufrag
from rtc.libraries import (
    SRTP_AUTH_FAILED,
    SRTP_REPLAYED,
    Address,
    PacketBuffer,
    StunMalformed,
    read_binding_request,
    srtp_protect,
    srtp_protect_rtcp,
    srtp_unprotect,
    srtp_unprotect_rtcp,
)
from rtc.packets import (
    DATAGRAM_MAX_BYTES,
    PacketKind,
    PacketMalformed,
    SsrcMapping,
    kind_of,
    picture_loss,
    rewrite_rtcp,
)
from rtc.route import RTCP_SENDERS_MAX, Route
from rtc.settings import RelaySettings
from rtc.sockets import bound_socket, peer_address

RTP_MIN_BYTES = 12


class Drop(StrEnum):
    """Why a datagram (or an RTCP part) went no further; names of `counters()`."""

    EMPTY = "empty"
    OVERSIZED = "oversized"
    MALFORMED = "malformed"
    UNKNOWN_SOURCE = "unknown_source"
    STUN_UNAUTHENTICATED = "stun_unauthenticated"
    STUN_UNEXPECTED = "stun_unexpected"
    ADDRESS_TAKEN = "address_taken"
    HANDSHAKE_FULL = "handshake_full"
    NOT_CONNECTED = "not_connected"
    SRTP_AUTH = "srtp_auth"
    SRTP_REPLAY = "srtp_replay"
    SRTP_FAILED = "srtp_failed"
    SSRC_UNKNOWN = "ssrc_unknown"
    NO_PEER = "no_peer"
    KEYFRAME_LIMITED = "keyframe_limited"
    SEND_BLOCKED = "send_blocked"
    SEND_FAILED = "send_failed"
    RECEIVE_FAILED = "receive_failed"


class Endpoint(Protocol):
    """A connection as the port sees it while it has no address yet."""

    @property
    def ice(self) -> IceLite: ...

    @property
    def route(self) -> Route: ...


class MediaPort:
    """Made by `open`; every method runs on the event loop's thread."""

    def __init__(self, settings: RelaySettings, now_ms: Callable[[], int]) -> None:
        self._settings = settings
        self._now_ms = now_ms
        self._socket: socket.socket | None = None
        self._buffer = PacketBuffer()
        self._own = PacketBuffer()
        self._endpoints: dict[str, Endpoint] = {}
        self._routes: dict[Address, Route] = {}
        self._received = 0
        self._sent = 0
        self._drops: Counter[Drop] = Counter()

    @property
    def number(self) -> int:
        """The bound UDP port. Raises MediaUnavailable while it is not open."""
        return int(self._opened().getsockname()[1])

    def open(self) -> None:
        """Bind, and read from now on. Needs a running loop. Raises MediaUnavailable."""
        try:
            self._socket = bound_socket(self._settings)
        except OSError as error:
            raise MediaUnavailable(
                f"cannot bind UDP {self._settings.host}:{self._settings.port}: {error}"
            ) from error
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._drain)

    def close(self) -> None:
        """Idempotent."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def admit(self, endpoint: Endpoint) -> None:
        """Requests for this connection's ufrag are checked from now on."""
        self._endpoints[endpoint.ice.ufrag] = endpoint

    def dismiss(self, endpoint: Endpoint) -> None:
        """Forget the connection and its address. Idempotent."""
        self._endpoints.pop(endpoint.ice.ufrag, None)
        address = endpoint.route.address
        if address is not None and self._routes.get(address) is endpoint.route:
            del self._routes[address]
        endpoint.route.address = None

    def counters(self) -> Mapping[str, int]:
        """Datagrams since the start, drops by reason, and the buffers that the system really gave."""
        drops = {f"dropped_{reason}": self._drops[reason] for reason in Drop}
        return {"received": self._received, "sent": self._sent, **drops, **self._buffers()}

    def send_handshake(self, route: Route, datagram: bytes) -> None:
        """Send DTLS to where the connection is; nowhere (counted) while that is not known."""
        self._send(route, memoryview(datagram), route)

    def request_keyframe(self, route: Route) -> bool:
        """Ask this connection's camera for a keyframe. False while its SRTP or its source is not known."""
        if route.send is None or not route.video_ssrc:
            return False
        request = picture_loss(route.video_ssrc)
        own = self._own
        own.view[: len(request)] = request
        own.length[0] = len(request)
        if srtp_protect_rtcp(route.send, own.data, own.length):
            self._drop(Drop.SRTP_FAILED, route)
            return False
        self._send(route, own.view[: own.length[0]], route)
        return True

    def _buffers(self) -> dict[str, int]:
        udp = self._socket
        if udp is None:
            return {}
        return {
            "receive_buffer_bytes": udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF),
            "send_buffer_bytes": udp.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF),
        }

    def _opened(self) -> socket.socket:
        if self._socket is None:
            raise MediaUnavailable("the media port is closed")
        return self._socket

    def _drain(self) -> None:
        """Take what waits in the socket, at most a batch, so that the loop's other work has its turn."""
        udp = self._socket
        if udp is None:
            return
        receive, view, routes = udp.recvfrom_into, self._buffer.view, self._routes
        forward, other = self._forward_rtp, self._take_other
        for _ in range(self._settings.batch_max):
            try:
                length, address = receive(view)
            except BlockingIOError:
                return
            except OSError:
                # The system reports an earlier send's fault here; the datagrams behind it are still there.
                self._drops[Drop.RECEIVE_FAILED] += 1
                return
            self._received += 1
            if RTP_MIN_BYTES <= length <= DATAGRAM_MAX_BYTES and 128 <= view[0] <= 191:
                route = routes.get(address)
                if route is None:
                    self._drops[Drop.UNKNOWN_SOURCE] += 1
                elif route.receive is None:
                    self._drop(Drop.NOT_CONNECTED, route)
                elif 192 <= view[1] <= 223:
                    self._forward_rtcp(route, length)
                else:
                    forward(route, length)
            else:
                other(length, address)

    def _forward_rtp(self, route: Route, length: int) -> None:
        buffer = self._buffer
        words = buffer.words
        word = words[2]
        name = route.name_words.get(word)
        if name is None and not route.may_learn(buffer.view[1] & 0x7F):
            self._drop(Drop.SSRC_UNKNOWN, route)
            return
        size = buffer.length
        size[0] = length
        failed = srtp_unprotect(route.receive, buffer.data, size)
        if failed:
            self._drop_srtp(failed, route)
            return
        route.heard += 1
        if name is None:
            name = route.learn(word, buffer.view[1] & 0x7F)
        peer = route.peer
        if peer is None or name is None:
            self._drop(Drop.NO_PEER if peer is None else Drop.SSRC_UNKNOWN, route)
            return
        words[2] = name
        if srtp_protect(peer.send, buffer.data, size):
            self._drop(Drop.SRTP_FAILED, route)
            return
        route.rtp_packets += 1
        route.rtp_bytes += length
        self._send(peer, buffer.view[: size[0]], route)

    def _forward_rtcp(self, route: Route, length: int) -> None:
        buffer = self._buffer
        word = buffer.words[1]
        if not self._may_send_rtcp(route, word):
            self._drop(Drop.SSRC_UNKNOWN, route)
            return
        size = buffer.length
        size[0] = length
        failed = srtp_unprotect_rtcp(route.receive, buffer.data, size)
        if failed:
            self._drop_srtp(failed, route)
            return
        route.heard += 1
        route.rtcp_senders.add(word)
        peer = route.peer
        if peer is None:
            self._drop(Drop.NO_PEER, route)
            return
        if not self._rewrite_rtcp(route, peer):
            return
        if srtp_protect_rtcp(peer.send, buffer.data, size):
            self._drop(Drop.SRTP_FAILED, route)
            return
        route.rtcp_packets += 1
        route.rtcp_bytes += length
        self._send(peer, buffer.view[: size[0]], route)

    def _may_send_rtcp(self, route: Route, word: int) -> bool:
        """Each SSRC costs libsrtp a stream: the declared ones, and a few more."""
        senders = route.rtcp_senders
        return word in senders or word in route.name_words or len(senders) < RTCP_SENDERS_MAX

    def _rewrite_rtcp(self, route: Route, peer: Route) -> bool:
        """Whether something is left to be sent."""
        buffer = self._buffer

        def keyframe_allowed() -> bool:
            allowed = peer.keyframes.ask(self._now_ms())
            if not allowed:
                self._drop(Drop.KEYFRAME_LIMITED, route)
            return allowed

        try:
            length = rewrite_rtcp(
                buffer.view,
                buffer.length[0],
                SsrcMapping(own=route.names, theirs=peer.announced_names),
                keyframe_allowed,
            )
        except PacketMalformed:
            self._drop(Drop.MALFORMED, route)
            return False
        buffer.length[0] = length
        return length > 0

    def _take_other(self, length: int, address: Address) -> None:
        """Everything that is no media packet."""
        if length == 0:
            self._drops[Drop.EMPTY] += 1
        elif length > DATAGRAM_MAX_BYTES:
            self._drops[Drop.OVERSIZED] += 1
        else:
            data = bytes(self._buffer.view[:length])
            kind = kind_of(data[0])
            if kind is PacketKind.STUN:
                self._take_stun(data, address)
            elif kind is PacketKind.DTLS:
                self._take_handshake(data, address)
            else:
                self._drops[Drop.MALFORMED] += 1

    def _take_handshake(self, data: bytes, address: Address) -> None:
        route = self._routes.get(address)
        if route is None:
            self._drops[Drop.UNKNOWN_SOURCE] += 1
        elif not route.feed_handshake(data):
            self._drop(Drop.HANDSHAKE_FULL, route)

    def _take_stun(self, data: bytes, address: Address) -> None:
        try:
            request = read_binding_request(data)
        except StunMalformed:
            self._drops[Drop.MALFORMED] += 1
            return
        if request is None:
            self._drops[Drop.STUN_UNEXPECTED] += 1
            return
        endpoint = self._endpoints.get(local_ufrag(request.username))
        check = Check.REFUSED if endpoint is None else endpoint.ice.check(request, address)
        if endpoint is None or check is Check.REFUSED:
            self._drops[Drop.STUN_UNAUTHENTICATED] += 1
            return
        route = endpoint.route
        if check is Check.NOMINATED and not self._move(route, address):
            self._drop(Drop.ADDRESS_TAKEN, route)
            return
        route.heard += 1
        response = request.response(*peer_address(address), endpoint.ice.pwd)
        self._send_to(memoryview(response), address, route)

    def _move(self, route: Route, address: Address) -> bool:
        """The connection is at this address now; not if another one that is alive is there."""
        if route.address == address:
            return True
        holder = self._routes.get(address)
        if holder is not None and not holder.silent:
            return False
        if holder is not None:
            holder.address = None
        if route.address is not None:
            del self._routes[route.address]
        self._routes[address] = route
        route.address = address
        return True

    def _send(self, to: Route, data: memoryview, cause: Route) -> None:
        """Send to where that connection is; a drop counts for the one that caused the datagram."""
        if to.address is None:
            self._drop(Drop.NOT_CONNECTED, cause)
        else:
            self._send_to(data, to.address, cause)

    def _send_to(self, data: memoryview, address: Address, cause: Route) -> None:
        udp = self._socket
        if udp is None:
            return
        try:
            udp.sendto(data, address)
        except BlockingIOError:
            self._drop(Drop.SEND_BLOCKED, cause)
        except OSError:
            self._drop(Drop.SEND_FAILED, cause)
        else:
            self._sent += 1

    def _drop_srtp(self, failed: int, route: Route) -> None:
        if failed == SRTP_AUTH_FAILED:
            self._drop(Drop.SRTP_AUTH, route)
        elif failed in SRTP_REPLAYED:
            self._drop(Drop.SRTP_REPLAY, route)
        else:
            self._drop(Drop.SRTP_FAILED, route)

    def _drop(self, reason: Drop, route: Route) -> None:
        self._drops[reason] += 1
        route.drop(reason.value)
