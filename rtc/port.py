"""The media port: one UDP socket for all calls; who is where; and when the socket is looked at.

State comes only from authenticated STUN: before it, an address means nothing and gets no answer. Nothing but
answers to checks is sent to an address before it answered a check of ours (`rtc/consent.py`).
"""

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import Protocol

from rtc.consent import Consent, tag_of
from rtc.datagrams import Address, Datagrams, datagrams_of
from rtc.errors import MediaUnavailable
from rtc.ice import Check, IceLite, local_ufrag
from rtc.libraries import (
    BindingResponse,
    PacketArena,
    StunMalformed,
    binding_request,
    read_stun,
    srtp_protect_rtcp,
)
from rtc.limits import SourceLimits
from rtc.packets import PacketKind, kind_of, picture_loss
from rtc.path import Drop, MediaPath
from rtc.route import Route
from rtc.settings import RelaySettings
from rtc.sockets import media_socket, peer_address, receive_overflows
from rtc.wakes import Wakes

LOOK_EVERY_S = 0.001


class Endpoint(Protocol):
    """A connection as the port sees it."""

    @property
    def ice(self) -> IceLite: ...

    @property
    def consent(self) -> Consent: ...

    @property
    def route(self) -> Route: ...

    def reached(self) -> None:
        """It has an address that may be sent to, for the first time or again."""


class MediaPort:
    """Made by `open`; every method runs on the event loop's thread."""

    def __init__(
        self, settings: RelaySettings, now_ms: Callable[[], int], udp: socket.socket | None = None
    ) -> None:
        """`udp`: bound already; `open` takes it, `close` closes it."""
        self._settings = settings
        self._now_ms = now_ms
        self._bound = udp
        self._socket: socket.socket | None = None
        self._datagrams: Datagrams | None = None
        self._path: MediaPath | None = None
        self._wakes = Wakes()
        self._next_look: asyncio.Handle | None = None
        self._own = PacketArena(1)
        self._endpoints: dict[str, tuple[Endpoint, IceLite]] = {}
        """By each ufrag of ours that counts: more than one while ICE begins anew."""
        self._by_tag: dict[bytes, Endpoint] = {}
        self._by_address: dict[Address, Endpoint] = {}
        self._candidates: dict[Address, Endpoint] = {}
        """Who nominated last from where no check of ours was answered yet: only to keep its handshake."""
        self._routes: dict[Address, Route] = {}
        self._limits = SourceLimits(settings.checks_per_source, settings.checks_of_strangers)
        self._handshake_limits = SourceLimits(settings.handshakes_per_source, 0)
        self._sent = 0

    @property
    def number(self) -> int:
        """The bound UDP port. Raises MediaUnavailable while it is not open."""
        if self._socket is None:
            raise MediaUnavailable("the media port is closed")
        return int(self._socket.getsockname()[1])

    def open(self) -> None:
        """Bind, and read from now on. Needs a running loop. Raises MediaUnavailable."""
        udp, self._bound = self._bound or media_socket(self._settings), None
        self._socket = udp
        self._datagrams = datagrams_of(udp, batched=self._settings.batched)
        self._path = MediaPath(self._datagrams, self._routes, self._take_other, self._now_ms)
        self._watch()

    def close(self) -> None:
        """Idempotent."""
        if self._socket is None:
            return
        if self._next_look is not None:
            self._next_look.cancel()
            self._next_look = None
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        self._socket = None

    def admit(self, endpoint: Endpoint) -> None:
        """Requests for this connection's ufrag are checked from now on."""
        self.admit_credentials(endpoint, endpoint.ice)
        self._by_tag[endpoint.consent.tag] = endpoint

    def admit_credentials(self, endpoint: Endpoint, ice: IceLite) -> None:
        """Requests with these credentials reach the connection as well."""
        self._endpoints[ice.ufrag] = endpoint, ice

    def dismiss_credentials(self, ice: IceLite) -> None:
        """They do no more; where the connection is stays. Idempotent."""
        self._endpoints.pop(ice.ufrag, None)

    def withdraw_candidate(self, endpoint: Endpoint) -> None:
        """What was wanted with the credentials so far is wanted no more. Idempotent."""
        self._drop_candidate(endpoint)

    def dismiss(self, endpoint: Endpoint) -> None:
        """Forget the connection and its addresses. Idempotent."""
        self.dismiss_credentials(endpoint.ice)
        self._by_tag.pop(endpoint.consent.tag, None)
        self._drop_candidate(endpoint)
        self._leave_address(endpoint)

    def counters(self) -> Mapping[str, int]:
        """Datagrams since the start, drops by reason, the system's own, and the buffers that it gave."""
        path = self._path
        received, sent = (path.received, path.sent) if path is not None else (0, 0)
        drops = {f"dropped_{reason}": path.drops[reason] if path is not None else 0 for reason in Drop}
        return {
            "received": received,
            "sent": sent + self._sent,
            **drops,
            "addresses": len(self._routes),
            "candidates": len(self._candidates),
            **self._buffers(),
        }

    def send_handshake(self, route: Route, datagram: bytes) -> None:
        """Send DTLS to where the connection is; nowhere (counted) while that is not known."""
        self._send(route, datagram)

    def request_keyframe(self, route: Route) -> bool:
        """Ask this connection's camera for a keyframe. False while its SRTP or its source is not known."""
        if route.send is None or not route.video_ssrc:
            return False
        request = picture_loss(route.video_ssrc)
        own = self._own
        own.view[: len(request)] = request
        own.lengths[0] = len(request)
        if srtp_protect_rtcp(route.send, own.data[0], own.sizes[0]):
            self._drop(Drop.SRTP_FAILED, route)
            return False
        self._send(route, own.view[: own.lengths[0]])
        return True

    def check_candidate(self, endpoint: Endpoint) -> None:
        """Its page's credentials became known: check where it said to be meanwhile."""
        if endpoint.ice.candidate is not None:
            self._check(endpoint, endpoint.ice.candidate, self._now_ms())

    def keep_consent(self, endpoint: Endpoint) -> None:
        """Check from time to time where the connection is. Nothing is sent there when answers ceased."""
        now_ms, address = self._now_ms(), endpoint.route.address
        if address is None:
            return
        if endpoint.consent.expired(now_ms):
            self._count(Drop.CONSENT_EXPIRED)
            self._leave_address(endpoint)
        elif endpoint.consent.due(now_ms):
            self._check(endpoint, address, now_ms)

    # --- when the socket is looked at

    def _watch(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().add_reader(self._socket.fileno(), self._look)

    def _look(self) -> None:
        """Take what waits in the socket, at most `batch_max`, so that the loop's other work has its turn."""
        udp, path, datagrams = self._socket, self._path, self._datagrams
        if udp is None or path is None or datagrams is None:
            return
        taken, most, slots = 0, self._settings.batch_max, datagrams.slots
        while taken < most:
            count = path.drain()
            taken += count
            if count < slots:
                break
        loop = asyncio.get_running_loop()
        changed = self._wakes.count(taken, loop.time() * 1000)
        if self._wakes.by_clock:
            if changed:
                loop.remove_reader(udp.fileno())
            # More than a turn's worth waits: go on after the others' turn, not a millisecond later.
            self._next_look = (
                loop.call_soon(self._look) if taken >= most else loop.call_later(LOOK_EVERY_S, self._look)
            )
        elif changed:
            self._next_look = None
            self._watch()

    # --- what is no media packet

    def _take_other(self, datagram: bytes, address: Address) -> None:
        kind = kind_of(datagram[0])
        if kind is PacketKind.STUN:
            self._take_stun(datagram, address)
        elif kind is PacketKind.DTLS:
            self._take_handshake(datagram, address)
        else:
            self._count(Drop.MALFORMED)

    def _take_handshake(self, datagram: bytes, address: Address) -> None:
        endpoint = self._by_address.get(address) or self._candidates.get(address)
        if endpoint is None:
            self._count(Drop.UNKNOWN_SOURCE)
        elif not self._handshake_limits.admit(address, self._now_ms(), known=True):
            self._drop(Drop.HANDSHAKE_LIMITED, endpoint.route)
        elif not endpoint.route.feed_handshake(datagram):
            self._drop(Drop.HANDSHAKE_FULL, endpoint.route)

    def _take_stun(self, datagram: bytes, address: Address) -> None:
        if not self._limits.admit(address, self._now_ms(), known=address in self._by_address):
            self._count(Drop.STUN_LIMITED)
            return
        try:
            message = read_stun(datagram)
        except StunMalformed:
            self._count(Drop.MALFORMED)
            return
        if message is None:
            self._count(Drop.STUN_UNEXPECTED)
            return
        if isinstance(message, BindingResponse):
            self._take_response(message, address)
            return
        found = self._endpoints.get(local_ufrag(message.username))
        check = Check.REFUSED if found is None else found[1].check(message, address)
        if found is None or check is Check.REFUSED:
            self._count(Drop.STUN_UNAUTHENTICATED)
            return
        endpoint, ice = found
        if check is Check.NOMINATED and not self._nominate(endpoint, ice, address):
            self._drop(Drop.ADDRESS_TAKEN, endpoint.route)
            return
        endpoint.route.heard += 1
        name = self._socket_address(address)
        self._send_to(message.response(*peer_address(name), ice.pwd), address, endpoint.route)

    def _take_response(self, message: BindingResponse, address: Address) -> None:
        number = message.transaction_id
        endpoint = self._by_tag.get(tag_of(number))
        if (
            endpoint is None
            or endpoint.ice.remote_pwd is None
            or not endpoint.consent.asked(number, address)
            or not message.is_authentic(endpoint.ice.remote_pwd)
        ):
            self._count(Drop.STUN_UNAUTHENTICATED)
            return
        endpoint.consent.given(number, self._now_ms())
        endpoint.route.heard += 1
        if not self._arrive(endpoint, address):
            self._drop(Drop.ADDRESS_TAKEN, endpoint.route)

    # --- who is where

    def _nominate(self, endpoint: Endpoint, ice: IceLite, address: Address) -> bool:
        """The connection wants to be there; not if another one that is alive is there."""
        if ice is not endpoint.ice:
            # Those before a restart win no new place any more; newer ones wait for their answer.
            ice.candidate = address
            return True
        if endpoint.ice.candidate != address:
            self._drop_candidate(endpoint)
        if endpoint.route.address == address:
            return True
        if self._is_held(address):
            return False
        endpoint.ice.candidate = address
        self._candidates[address] = endpoint
        self._check(endpoint, address, self._now_ms())
        return True

    def _arrive(self, endpoint: Endpoint, address: Address) -> bool:
        """It answered from there. If that is where it wants to be, it is there now; False: another is."""
        if endpoint.ice.candidate != address:
            return True
        if endpoint.route.address == address:
            self._drop_candidate(endpoint)
            endpoint.reached()
            return True
        if self._is_held(address):
            return False
        holder = self._by_address.get(address)
        if holder is not None:
            self._leave_address(holder)
        self._leave_address(endpoint)
        self._drop_candidate(endpoint)
        route = endpoint.route
        self._by_address[address] = endpoint
        self._routes[address] = route
        assert self._datagrams is not None  # noqa: S101
        route.place(address, self._datagrams.destination(address))
        endpoint.reached()
        return True

    def _is_held(self, address: Address) -> bool:
        holder = self._routes.get(address)
        return holder is not None and not holder.silent

    def _leave_address(self, endpoint: Endpoint) -> None:
        address = endpoint.route.address
        if address is not None and self._by_address.get(address) is endpoint:
            del self._by_address[address]
            del self._routes[address]
        endpoint.route.place(None, None)

    def _drop_candidate(self, endpoint: Endpoint) -> None:
        candidate, endpoint.ice.candidate = endpoint.ice.candidate, None
        if candidate is not None and self._candidates.get(candidate) is endpoint:
            del self._candidates[candidate]

    def _check(self, endpoint: Endpoint, address: Address, now_ms: int) -> None:
        """Ask for consent there; not before the answer told the page's credentials."""
        ice = endpoint.ice
        if ice.remote_ufrag is None or ice.remote_pwd is None:
            return
        number = endpoint.consent.ask(address, now_ms)
        request = binding_request(number, f"{ice.remote_ufrag}:{ice.ufrag}", ice.remote_pwd)
        self._send_to(request, address, endpoint.route)

    # --- sending what is not passed on

    def _send(self, to: Route, datagram: bytes | memoryview) -> None:
        if to.address is None:
            self._drop(Drop.NOT_CONNECTED, to)
        else:
            self._send_to(datagram, to.address, to)

    def _send_to(self, datagram: bytes | memoryview, address: Address, cause: Route) -> None:
        udp = self._socket
        if udp is None:
            return
        try:
            udp.sendto(datagram, self._socket_address(address))
        except BlockingIOError:
            self._drop(Drop.SEND_BLOCKED, cause)
        except OSError:
            self._drop(Drop.SEND_FAILED, cause)
        else:
            self._sent += 1

    def _socket_address(self, address: Address) -> tuple[object, ...]:
        assert self._datagrams is not None  # noqa: S101
        return self._datagrams.socket_address(address)

    def _buffers(self) -> dict[str, int]:
        udp = self._socket
        if udp is None:
            return {}
        return {
            "receive_overflows": receive_overflows(udp),
            "receive_buffer_bytes": udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF),
            "send_buffer_bytes": udp.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF),
        }

    def _count(self, reason: Drop) -> None:
        if self._path is not None:
            self._path.drops[reason] += 1

    def _drop(self, reason: Drop, route: Route) -> None:
        self._count(reason)
        route.drop(reason.value)
