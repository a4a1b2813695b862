"""The one place that touches private names of aiortc, aioice and pylibsrtp.

All three are pinned exactly; `tests/rtc/test_libraries.py` fails first, and says which name, when one
changes.

- aiortc: `RTCDtlsTransport` runs on any object with `role`, `async _recv()` and `async _send()`; its role,
  its SRTP profiles and its two SRTP sessions are private.
- aioice: `stun` is public but not documented as such.
- pylibsrtp: `Session` copies each packet twice; its own cffi library works in place on a buffer of ours.
"""

import asyncio
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, cast

import pylibsrtp
from aioice import stun
from aiortc import rtcdtlstransport
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from pylibsrtp import _binding

PACKET_BUFFER_BYTES = 2048
HANDSHAKE_QUEUE_MAX = 32
"""DTLS datagrams that wait for the handshake to read them; more are dropped."""

CHECK_PRIORITY = 1
"""Of our own checks: they open no pair, so that it means nothing."""

SRTP_OK = 0
SRTP_AUTH_FAILED = 7
SRTP_REPLAYED = (9, 10)

SrtpHandle = Any
"""A `srtp_t` of libsrtp."""


class SrtpCall(Protocol):
    def __call__(self, handle: SrtpHandle, data: Any, length: Any, /) -> int: ...


srtp_protect = cast("SrtpCall", _binding.lib.srtp_protect)
srtp_unprotect = cast("SrtpCall", _binding.lib.srtp_unprotect)
srtp_protect_rtcp = cast("SrtpCall", _binding.lib.srtp_protect_rtcp)
srtp_unprotect_rtcp = cast("SrtpCall", _binding.lib.srtp_unprotect_rtcp)


class PacketArena:
    """Room for datagrams that libsrtp, the socket and Python share, in slots of PACKET_BUFFER_BYTES.

    `data[i]` and `sizes[i]` are for the `srtp_…` calls on slot i; `lengths[i]` is the number behind
    `sizes[i]`.
    `view` sees the bytes of all slots, `words` the same as 32-bit numbers in the machine's own byte order;
    `addresses` are the slots' places in memory. `places` has of each slot its number, where it begins in
    `view`, where the SSRC of an RTP packet is in `words`, and its data and size.
    `sizes_at`: where the lengths are kept, if not here.
    """

    __slots__ = ("_own", "addresses", "data", "lengths", "places", "sizes", "view", "words")

    def __init__(self, slots: int, sizes_at: Sequence[int] | None = None) -> None:
        ffi = _binding.ffi
        memory: Any = ffi.new("char[]", slots * PACKET_BUFFER_BYTES)
        own: Any = ffi.new("int[]", slots)
        self._own = (memory, own)
        self.data: list[Any] = [memory + slot * PACKET_BUFFER_BYTES for slot in range(slots)]
        self.addresses = [int(ffi.cast("uintptr_t", data)) for data in self.data]
        self.sizes: list[Any] = [
            own + slot if sizes_at is None else ffi.cast("int *", sizes_at[slot]) for slot in range(slots)
        ]
        self.places = tuple(
            (slot, slot * PACKET_BUFFER_BYTES, slot * PACKET_BUFFER_BYTES // 4 + 2, data, size)
            for slot, (data, size) in enumerate(zip(self.data, self.sizes, strict=True))
        )
        self.lengths: Any = memoryview(ffi.buffer(own)).cast("B").cast("i")
        self.view = memoryview(ffi.buffer(memory)).cast("B")
        self.words = self.view.cast("I")


@dataclass(frozen=True, slots=True)
class SrtpPair:
    """The two directions of one connection. The handles live as long as the sessions beside them."""

    receive: SrtpHandle
    send: SrtpHandle
    sessions: tuple[pylibsrtp.Session, pylibsrtp.Session]

    def forget_sent(self, ssrc: int) -> None:
        """Drop the send state of a source that will not be sent again; unknown ones are no mistake."""
        try:
            self.sessions[1].remove_stream(ssrc)
        except pylibsrtp.Error:
            return


class HandshakeFailed(Exception):
    """No DTLS connection came about; the text says why."""


class HandshakeChannel:
    """What aiortc sends and receives DTLS on, in the place of its own ICE."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send_datagram = send
        self._received: asyncio.Queue[bytes] = asyncio.Queue(HANDSHAKE_QUEUE_MAX)
        self._closed = asyncio.Event()

    def feed(self, datagram: bytes) -> bool:
        """Give it a datagram of the peer. False when too many wait."""
        if self._received.full() or self._closed.is_set():
            return False
        self._received.put_nowait(datagram)
        return True

    def close(self) -> None:
        """Whoever receives gets ConnectionError."""
        self._closed.set()
        if self._received.empty():
            self._received.put_nowait(b"")

    async def _recv(self) -> bytes:
        if self._closed.is_set():
            raise ConnectionError
        datagram = await self._received.get()
        if self._closed.is_set():
            raise ConnectionError
        return datagram

    async def _send(self, data: bytes) -> None:
        self._send_datagram(data)


class DtlsEnd:
    """One end of a connection's DTLS, AES-128-GCM before AES-CM.

    `closed` is called once, when the peer ended an established connection.
    """

    role: ClassVar[str]

    def __init__(
        self, certificate: RTCCertificate, send: Callable[[bytes], None], closed: Callable[[], None]
    ) -> None:
        self._channel = HandshakeChannel(send)
        self._closed = closed
        self._established = False
        self._transport = RTCDtlsTransport(cast("Any", self._channel), [certificate])
        self._transport._set_role(self.role)
        self._transport._srtp_profiles = [
            rtcdtlstransport.SRTP_AEAD_AES_128_GCM,
            rtcdtlstransport.SRTP_AES128_CM_SHA1_80,
        ]
        self._transport.on("statechange", self._state_changed)

    def feed(self, datagram: bytes) -> bool:
        """A DTLS datagram of the peer (20 ≤ first byte ≤ 63). False when too many wait."""
        return self._channel.feed(datagram)

    async def establish(self, fingerprint: str) -> SrtpPair:
        """Wait for the peer's handshake; its certificate must have this SHA-256 fingerprint.

        Raises HandshakeFailed. When cancelled, `close` must follow.
        """
        parameters = RTCDtlsParameters(fingerprints=[RTCDtlsFingerprint("sha-256", fingerprint)])
        await self._transport.start(parameters)
        # `start` does not raise: what happened is only in the state.
        if self._transport.state != "connected":
            raise HandshakeFailed(f"DTLS is {self._transport.state}")
        self._established = True
        receive, send = self._transport._rx_srtp, self._transport._tx_srtp
        return SrtpPair(receive._srtp[0], send._srtp[0], (receive, send))

    async def close(self) -> None:
        """Tell the peer, and stop. Idempotent; `closed` is not called for it."""
        self._established = False
        await self._transport.stop()
        self._channel.close()

    def _state_changed(self) -> None:
        if self._established and self._transport.state == "closed":
            self._established = False
            self._closed()


def generate_certificate() -> RTCCertificate:
    return RTCCertificate.generateCertificate()


def sha256_fingerprint(certificate: RTCCertificate) -> str:
    return next(print_.value for print_ in certificate.getFingerprints() if print_.algorithm == "sha-256")


class DtlsServer(DtlsEnd):
    """The relay's end: of the two, browsers then choose AES-128-GCM."""

    role = "server"


class DtlsClient(DtlsEnd):
    """A browser's end, for synthetic peers."""

    role = "client"


class StunMalformed(ValueError):
    """Not a STUN message."""


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """A STUN binding request (RFC 8489). Nothing in it is to be believed before `is_authentic`."""

    transaction_id: bytes
    username: str
    nominates: bool
    """It carries USE-CANDIDATE (RFC 8445)."""
    _message: stun.Message

    def is_authentic(self, password: str) -> bool:
        return self._message.check_message_integrity(password.encode())

    def response(self, host: str, port: int, password: str) -> bytes:
        message = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, self.transaction_id)
        message.attributes["XOR-MAPPED-ADDRESS"] = (host, port)
        message.add_message_integrity(password.encode())
        return bytes(message)


@dataclass(frozen=True, slots=True)
class BindingResponse:
    """A STUN success response. Nothing in it is to be believed before `is_authentic`."""

    transaction_id: bytes
    _message: stun.Message

    def is_authentic(self, password: str) -> bool:
        return self._message.check_message_integrity(password.encode())


def binding_request(transaction_id: bytes, username: str, password: str) -> bytes:
    """A check of our own: as the controlled side, which never nominates (RFC 8445, section 7.2.2)."""
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, transaction_id)
    message.attributes["USERNAME"] = username
    message.attributes["PRIORITY"] = CHECK_PRIORITY
    message.attributes["ICE-CONTROLLED"] = int.from_bytes(transaction_id[:8], "big")
    message.add_message_integrity(password.encode())
    return bytes(message)


def read_stun(data: bytes) -> BindingRequest | BindingResponse | None:
    """None for a STUN message that is neither a binding request with a user name nor an answer to one.

    Raises StunMalformed.
    """
    try:
        message = stun.parse_message(data)
    except (ValueError, struct.error) as error:
        raise StunMalformed(str(error)) from error
    if message.message_method is not stun.Method.BINDING:
        return None
    if message.message_class is stun.Class.RESPONSE and "MESSAGE-INTEGRITY" in message.attributes:
        return BindingResponse(message.transaction_id, message)
    username = message.attributes.get("USERNAME")
    if message.message_class is not stun.Class.REQUEST or username is None:
        return None
    return BindingRequest(message.transaction_id, username, "USE-CANDIDATE" in message.attributes, message)
