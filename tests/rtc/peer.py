"""A small browser's media end for tests: UDP, STUN, DTLS as client, SRTP. It sends and records packets."""

import asyncio
import re
import secrets
import struct
from typing import Any, cast

import pylibsrtp
from aioice import stun
from aiortc.rtcdtlstransport import (
    SRTP_AEAD_AES_128_GCM,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)

from rtc.call import Devices, Facing, LegName
from rtc.packets import RtpHeader, read_rtp
from rtc.sdp_offer import ALL_FEATURES, Feature
from rtc.service import MediaService, Offer
from tests.rtc.waiting import wait_until

DEVICES = Devices(microphone=True, camera=True, facing=Facing.USER)
H264_FORMAT = "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
CHECK_EVERY_S = 0.05


def field(sdp: str, name: str) -> str:
    """The first value of that attribute."""
    match = re.search(rf"^a={name}:(.*?)\r$", sdp, re.MULTILINE)
    assert match is not None, f"no a={name} in the offer"
    return match[1]


def offered_port(sdp: str) -> int:
    match = re.search(r"^m=audio (\d+)", sdp, re.MULTILINE)
    assert match is not None
    return int(match[1])


def offered_ssrcs(sdp: str) -> tuple[int, int, int]:
    """Audio, video, repair."""
    audio = re.search(r"^a=ssrc:(\d+)", sdp, re.MULTILINE)
    video = re.search(r"^a=ssrc-group:FID (\d+) (\d+)", sdp, re.MULTILINE)
    assert audio is not None
    assert video is not None
    return int(audio[1]), int(video[1]), int(video[2])


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, peer: "Peer") -> None:
        self._peer = peer

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._peer.take(data)


class _Channel:
    """What aiortc's DTLS runs on."""

    role = "controlling"

    def __init__(self, peer: "Peer") -> None:
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._peer = peer

    async def _recv(self) -> bytes:
        data = await self.queue.get()
        if data is None:
            raise ConnectionError
        return data

    async def _send(self, data: bytes) -> None:
        self._peer.handshake_sent += 1
        self._peer.send(data)


class Peer:
    """One page: `join`, `connect`, then send and look at what was received. Always `close` it."""

    def __init__(self, service: MediaService, call_id: str, leg: LegName) -> None:
        self.service = service
        self.call_id = call_id
        self.leg = leg
        self.audio_ssrc, self.video_ssrc, self.repair_ssrc = (
            secrets.randbelow(2**31) + 1000 for _ in range(3)
        )
        self.ufrag = secrets.token_hex(4)
        self.pwd = secrets.token_hex(12)
        self.certificate = RTCCertificate.generateCertificate()
        self.features = ALL_FEATURES
        self.rtp: list[tuple[RtpHeader, bytes]] = []
        self.rtcp: list[bytes] = []
        self.stun_responses: list[bytes] = []
        self.checks_received: list[bytes] = []
        self.consents = True
        self._channel = _Channel(self)
        self._dtls = RTCDtlsTransport(cast("Any", self._channel), [self.certificate])
        self._dtls._set_role("client")
        self._dtls._srtp_profiles = [SRTP_AEAD_AES_128_GCM]
        self._udp: asyncio.DatagramTransport | None = None
        self._checks: asyncio.Task[None] | None = None
        self.offer: Offer | None = None
        # The relay has its keys a moment before this end has: what comes meanwhile waits.
        self._early: list[bytes] = []
        self.handshake_sent = 0
        self._sequence = {96: 100, 97: 200, 102: 400, 103: 500, 111: 300}

    @property
    def current(self) -> Offer:
        assert self.offer is not None
        return self.offer

    @property
    def is_closed_by_relay(self) -> bool:
        return self._dtls.state == "closed"

    @property
    def address(self) -> tuple[str, int]:
        assert self._udp is not None
        return cast("tuple[str, int]", self._udp.get_extra_info("sockname"))

    async def open(self, remote: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), remote_addr=remote)

    async def join(self) -> Offer:
        self.offer = await self.service.join(self.call_id, self.leg, DEVICES)
        host = field(self.offer.sdp, "candidate").split(" ")[4]
        await self.open((host, offered_port(self.offer.sdp)))
        return self.offer

    async def answer(self, offer: Offer | None = None, **changes: str) -> None:
        offer = offer or self.current
        sdp = self.answer_sdp(offer.sdp)
        for old, new in changes.items():
            sdp = sdp.replace(old, new)
        await self.service.answer(self.call_id, self.leg, offer.generation, offer.revision, sdp)

    async def connect(self) -> None:
        """Join, answer, check, shake hands."""
        await self.join()
        await self.answer()
        await self.shake_hands()

    async def shake_hands(self) -> None:
        self.keep_checking()
        fingerprint = field(self.current.sdp, "fingerprint").removeprefix("sha-256 ")
        await wait_until(lambda: bool(self.stun_responses), "an answered connectivity check")
        async with asyncio.timeout(10):
            await self._dtls.start(
                RTCDtlsParameters(fingerprints=[RTCDtlsFingerprint("sha-256", fingerprint)])
            )
        assert self._dtls.state == "connected"
        early, self._early = self._early, []
        for data in early:
            self.take(data)

    async def change_network(self) -> None:
        """The address so far is gone, and nothing comes there; a new one, which nobody knows yet."""
        await self.fall_silent()
        assert self._udp is not None
        remote = self._udp.get_extra_info("peername")
        self._udp.close()
        await self.open((remote[0], remote[1]))

    async def restart(self) -> Offer:
        """Ask for new credentials; `begin_anew` answers them."""
        offer = self.current
        return await self.service.restart(self.call_id, self.leg, offer.generation, offer.revision)

    async def begin_anew(self, offer: Offer) -> None:
        """Apply such an offer: own new credentials, the answer, and checks with them from now on."""
        await self.fall_silent()
        self.offer = offer
        self.ufrag, self.pwd = secrets.token_hex(4), secrets.token_hex(12)
        await self.answer()
        self.keep_checking()

    def keep_checking(self) -> None:
        """Check every 50 ms, until `fall_silent`."""
        self._checks = asyncio.create_task(self._keep_checking())

    async def fall_silent(self) -> None:
        """Nothing is sent any more, and nobody is told."""
        if self._checks is not None:
            self._checks.cancel()
            await asyncio.wait([self._checks])
            self._checks = None

    async def close(self, *, told: bool = True) -> None:
        await self.fall_silent()
        if not told:
            self._udp, udp = None, self._udp
            if udp is not None:
                udp.close()
        await self._dtls.stop()
        self._channel.queue.put_nowait(None)
        if self._udp is not None:
            self._udp.close()

    def check(self, *, nominates: bool = True, pwd: str | None = None, ufrag: str | None = None) -> bytes:
        """A connectivity check of the current offer, to be sent."""
        remote = ufrag or field(self.current.sdp, "ice-ufrag")
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = f"{remote}:{self.ufrag}"
        message.attributes["PRIORITY"] = 1
        message.attributes["ICE-CONTROLLING"] = 1
        if nominates:
            message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity((pwd or field(self.current.sdp, "ice-pwd")).encode())
        return bytes(message)

    def _consent(self, data: bytes) -> None:
        """Answer a check of the relay as a browser does."""
        request = stun.parse_message(data)
        self.checks_received.append(data)
        if not request.check_message_integrity(self.pwd.encode()):
            return
        if self.consents:
            response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, request.transaction_id)
            response.attributes["XOR-MAPPED-ADDRESS"] = ("127.0.0.1", 1)
            response.add_message_integrity(self.pwd.encode())
            self.send(bytes(response))

    def send(self, data: bytes) -> None:
        if self._udp is not None and not self._udp.is_closing():
            self._udp.sendto(data)

    def send_rtp(self, payload_type: int, ssrc: int, payload: bytes, sequence: int | None = None) -> bytes:
        """Protected and sent; gives the datagram. Sequence numbers go on by themselves."""
        if sequence is None:
            sequence = self._sequence[payload_type] = (self._sequence[payload_type] + 1) % 65536
        packet = struct.pack("!BBHII", 0x80, payload_type, sequence, sequence * 960, ssrc) + payload
        protected = bytes(self.send_session.protect(packet))
        self.send(protected)
        return protected

    def send_rtcp(self, packet: bytes) -> None:
        self.send(bytes(self.send_session.protect_rtcp(packet)))

    @property
    def send_session(self) -> pylibsrtp.Session:
        return self._dtls._tx_srtp

    def heard(self, payload: bytes) -> RtpHeader | None:
        """The header under which this payload arrived."""
        return next((header for header, body in self.rtp if body == payload), None)

    def take(self, data: bytes) -> None:
        if data[0] == 0:
            self._consent(data)
        elif data[0] <= 3:
            self.stun_responses.append(data)
        elif data[0] < 64:
            self._channel.queue.put_nowait(data)
        elif self._dtls.state != "connected":
            self._early.append(data)
        elif 192 <= data[1] <= 223:
            self.rtcp.append(bytes(self._dtls._rx_srtp.unprotect_rtcp(data)))
        else:
            packet = bytes(self._dtls._rx_srtp.unprotect(data))
            header = read_rtp(packet)
            self.rtp.append((header, packet[header.header_bytes :]))

    async def _keep_checking(self) -> None:
        while True:
            self.send(self.check())
            await asyncio.sleep(CHECK_EVERY_S)

    def answer_sdp(self, offer: str) -> str:
        """What a browser answers that has these features and these sources."""
        prints = self.certificate.getFingerprints()
        fingerprint = next(print_.value for print_ in prints if print_.algorithm == "sha-256")
        transport = [
            "c=IN IP4 0.0.0.0",
            "a=rtcp-mux",
            f"a=ice-ufrag:{self.ufrag}",
            f"a=ice-pwd:{self.pwd}",
            f"a=fingerprint:sha-256 {fingerprint}",
            "a=setup:active",
            "a=sendrecv",
        ]
        extension = []
        if Feature.TRANSPORT_CC in self.features and "transport-wide-cc" in offer:
            extension = [f"a={line}" for line in re.findall(r"^a=(extmap:3 .*?)\r$", offer, re.MULTILINE)[:1]]
        offered = re.search(r"^m=video \d+ UDP/TLS/RTP/SAVPF (.*?)\r$", offer, re.MULTILINE)
        assert offered is not None
        taken = {
            "96": (Feature.VP8, "VP8/90000"),
            "97": (Feature.VP8, "rtx/90000"),
            "102": (Feature.H264, "H264/90000"),
            "103": (Feature.H264, "rtx/90000"),
        }
        types = [number for number in offered[1].split(" ") if taken[number][0] in self.features]
        lines = [
            "v=0",
            "o=- 1 1 IN IP4 127.0.0.1",
            "s=-",
            "t=0 0",
            "a=group:BUNDLE 0 1",
            "m=audio 9 UDP/TLS/RTP/SAVPF 111",
            *transport,
            *extension,
            "a=mid:0",
            "a=rtpmap:111 opus/48000/2",
            f"a=ssrc:{self.audio_ssrc} cname:x",
            f"m=video 9 UDP/TLS/RTP/SAVPF {' '.join(types)}",
            *transport,
            *extension,
            "a=mid:1",
            *(f"a=rtpmap:{number} {taken[number][1]}" for number in types),
            *([H264_FORMAT] if "102" in types else []),
            f"a=ssrc-group:FID {self.video_ssrc} {self.repair_ssrc}",
            f"a=ssrc:{self.video_ssrc} cname:x",
            f"a=ssrc:{self.repair_ssrc} cname:x",
        ]
        return "\r\n".join(lines) + "\r\n"
