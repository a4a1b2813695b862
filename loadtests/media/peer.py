"""A synthetic peer: real ICE, DTLS and SRTP on a UDP socket of its own."""

import asyncio
import re
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from aioice import stun

from loadtests.errors import NotConnected
from rtc.libraries import DtlsClient, HandshakeFailed, SrtpPair, generate_certificate, sha256_fingerprint
from rtc.sockets import enlarge_receive

CHECK_EVERY_S: Final = 0.05
CONNECT_S: Final = 30.0
BUFFER_BYTES: Final = 4 * 1024 * 1024
DATAGRAM_BYTES: Final = 2048
AUDIO_TYPE: Final = 111
VIDEO_TYPE: Final = 96

CERTIFICATE: Final = generate_certificate()
"""One for all peers of a run: making them is not what is measured."""


@dataclass(frozen=True, slots=True)
class Remote:
    """What the other's SDP says of its transport."""

    host: str
    port: int
    ufrag: str
    pwd: str
    fingerprint: str


def read_remote(sdp: str) -> Remote:
    """Of an offer or answer with a UDP candidate of its host. Raises NotConnected."""

    def attribute(name: str, pattern: str = r"\S+") -> str:
        found = re.search(rf"^a={name}:({pattern})", sdp, re.MULTILINE)
        if found is None:
            raise NotConnected(f"no a={name} in the SDP")
        return found[1]

    candidate = re.search(
        r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", sdp, re.MULTILINE | re.IGNORECASE
    )
    if candidate is None:
        raise NotConnected("no host candidate in the SDP")
    fingerprint = attribute("fingerprint", r"sha-256 \S+").removeprefix("sha-256 ")
    return Remote(candidate[1], int(candidate[2]), attribute("ice-ufrag"), attribute("ice-pwd"), fingerprint)


@dataclass(slots=True)
class Stream:
    """One source: its next sequence number and timestamp.

    `shift` and `time_shift`: how much higher its numbers and time stamps are where they arrive; Janus gives
    other numbers, a relay that encodes anew other time stamps as well. Known from the first load.
    """

    payload_type: int
    ssrc: int = field(default_factory=lambda: secrets.randbelow(2**31) + 1000)
    sequence: int = 1000
    timestamp: int = 0
    clock_step: int = 960
    shift: int | None = None
    time_shift: int | None = None


class SyntheticPeer:
    """`connect` it to a relay, then take its `socket` and `srtp`. Always `close` it."""

    def __init__(self, host: str) -> None:
        self.ufrag = secrets.token_hex(4)
        self.pwd = secrets.token_hex(12)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        enlarge_receive(self.socket, BUFFER_BYTES)
        self.socket.bind((host, 0))
        self.audio = Stream(AUDIO_TYPE)
        self.video = Stream(VIDEO_TYPE, clock_step=3000)
        self.fingerprint = sha256_fingerprint(CERTIFICATE)
        self._dtls = DtlsClient(CERTIFICATE, self._send, self._lost)
        self._srtp: SrtpPair | None = None
        self._remote: Remote | None = None
        self._answered = asyncio.Event()
        self.early: list[bytes] = []
        """Media that came while nobody looked for them."""
        self.on_media: Callable[[bytes], None] = self.early.append
        """Takes each datagram of media while the peer listens, still encrypted."""
        self.lost = False

    @property
    def srtp(self) -> SrtpPair:
        if self._srtp is None:
            raise NotConnected("the peer is not connected")
        return self._srtp

    async def connect(self, remote: Remote) -> None:
        """Check, be checked, shake hands. Raises NotConnected."""
        self._remote = remote
        self.socket.connect((remote.host, remote.port))
        self.listen()
        checking = asyncio.create_task(self._keep_checking())
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._answered.wait()
                self._srtp = await self._dtls.establish(remote.fingerprint)
        except (HandshakeFailed, TimeoutError) as error:
            raise NotConnected(f"a peer did not get connected: {error!r}") from error
        finally:
            checking.cancel()
            await asyncio.wait([checking])

    def listen(self) -> None:
        """Answer checks by the loop; not while a load reads the socket itself."""
        asyncio.get_running_loop().add_reader(self.socket.fileno(), self._read)

    def deafen(self) -> None:
        asyncio.get_running_loop().remove_reader(self.socket.fileno())

    async def close(self) -> None:
        self.deafen()
        await self._dtls.close()
        self.socket.close()

    def take_control(self, data: bytes) -> None:
        """A datagram that is no media packet."""
        if data[0] == 0:
            self._consent(data)
        elif data[0] < 4:
            self._answered.set()
        elif data[0] < 64:
            self._dtls.feed(data)

    def check(self) -> None:
        """Send a connectivity check: the sign of life that every browser gives."""
        remote = self._remote
        if remote is None:
            return
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = f"{remote.ufrag}:{self.ufrag}"
        message.attributes["PRIORITY"] = 1
        message.attributes["ICE-CONTROLLING"] = 1
        message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity(remote.pwd.encode())
        self._send(bytes(message))

    def _consent(self, data: bytes) -> None:
        request = stun.parse_message(data)
        response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, request.transaction_id)
        response.attributes["XOR-MAPPED-ADDRESS"] = self.socket.getsockname()
        response.add_message_integrity(self.pwd.encode())
        self._send(bytes(response))

    def _read(self) -> None:
        while True:
            try:
                data = self.socket.recv(DATAGRAM_BYTES)
            except OSError:
                return
            if not data:
                continue
            if data[0] < 64:
                self.take_control(data)
            else:
                self.on_media(data)

    def _send(self, data: bytes) -> None:
        try:
            self.socket.send(data)
        except OSError:
            # Nobody listens yet, or any more; a check is sent again.
            return

    def _lost(self) -> None:
        self.lost = True

    async def _keep_checking(self) -> None:
        while True:
            self.check()
            await asyncio.sleep(CHECK_EVERY_S)

    def description(self) -> str:
        """An SDP of its own: the answer to an offer, or an offer itself. It is always the DTLS client."""
        transport = (
            "c=IN IP4 0.0.0.0",
            "a=rtcp-mux",
            f"a=ice-ufrag:{self.ufrag}",
            f"a=ice-pwd:{self.pwd}",
            f"a=fingerprint:sha-256 {self.fingerprint}",
            "a=setup:active",
            "a=sendrecv",
        )
        host, port = self.socket.getsockname()
        candidate = f"a=candidate:1 1 udp 2130706431 {host} {port} typ host"
        lines = (
            "v=0",
            f"o=- {secrets.randbits(40)} 1 IN IP4 127.0.0.1",
            "s=-",
            "t=0 0",
            "a=group:BUNDLE 0 1",
            f"m=audio 9 UDP/TLS/RTP/SAVPF {AUDIO_TYPE}",
            *transport,
            "a=mid:0",
            f"a=rtpmap:{AUDIO_TYPE} opus/48000/2",
            candidate,
            f"a=ssrc:{self.audio.ssrc} cname:x",
            f"m=video 9 UDP/TLS/RTP/SAVPF {VIDEO_TYPE}",
            *transport,
            "a=mid:1",
            f"a=rtpmap:{VIDEO_TYPE} VP8/90000",
            f"a=rtcp-fb:{VIDEO_TYPE} nack",
            f"a=rtcp-fb:{VIDEO_TYPE} nack pli",
            f"a=rtcp-fb:{VIDEO_TYPE} ccm fir",
            f"a=rtcp-fb:{VIDEO_TYPE} goog-remb",
            candidate,
            f"a=ssrc:{self.video.ssrc} cname:x",
        )
        return "\r\n".join(lines) + "\r\n"
