"""One connection of one leg: ICE-lite, the DTLS handshake, and its route in the port."""

import asyncio
import logging
from collections.abc import Callable

from aiortc.rtcdtlstransport import RTCCertificate

from rtc.errors import AnswerInvalid
from rtc.ice import IceLite
from rtc.keyframes import KeyframeGate
from rtc.libraries import DtlsServer, HandshakeFailed, sha256_fingerprint
from rtc.port import MediaPort
from rtc.route import Route
from rtc.sdp_answer import Answer
from rtc.settings import RelaySettings

logger = logging.getLogger(__name__)


class LegConnection:
    """From `admit`ted by the port until `close`.

    `connected` is called once when SRTP is ready, `lost` at most once when the handshake failed or the peer
    closed; neither after `close`.
    """

    def __init__(
        self,
        settings: RelaySettings,
        port: MediaPort,
        certificate: RTCCertificate,
        connected: Callable[["LegConnection"], None],
        lost: Callable[["LegConnection"], None],
    ) -> None:
        self._settings = settings
        self._port = port
        self._connected = connected
        self._lost = lost
        self._closed = False
        self._handshake: asyncio.Task[None] | None = None
        self.fingerprint = sha256_fingerprint(certificate)
        self.ice = IceLite()
        self._dtls = DtlsServer(certificate, self._send_handshake, self._peer_closed)
        self.route = Route(self._dtls.feed, KeyframeGate(settings.keyframe_interval_ms))
        self.heard_before = 0
        self.heard_at_ms = 0
        port.admit(self)

    def accept(self, answer: Answer) -> None:
        """Take the peer's first answer and wait for its handshake; later answers change nothing here."""
        if self._closed:
            raise AnswerInvalid("the connection is closed")
        self.ice.remote_ufrag = answer.ice_ufrag
        if self._handshake is None:
            self._handshake = asyncio.get_running_loop().create_task(self._establish(answer.fingerprint))

    @property
    def is_connected(self) -> bool:
        return self.route.srtp is not None and not self._closed

    async def close(self) -> None:
        """Tell the peer and leave the port. Idempotent."""
        if self._closed:
            return
        self._closed = True
        if self._handshake is not None and not self._handshake.done():
            self._handshake.cancel()
            await asyncio.wait([self._handshake])
        await self._dtls.close()
        self._port.dismiss(self)

    async def _establish(self, fingerprint: str) -> None:
        try:
            async with asyncio.timeout(self._settings.handshake_ms / 1000):
                srtp = await self._dtls.establish(fingerprint)
        except (HandshakeFailed, TimeoutError) as error:
            logger.info("handshake failed: %s", repr(error))
            if not self._closed:
                self._lost(self)
            return
        if not self._closed:
            self.route.secure(srtp)
            self._connected(self)

    def _send_handshake(self, datagram: bytes) -> None:
        self._port.send_handshake(self.route, datagram)

    def _peer_closed(self) -> None:
        if not self._closed:
            self._lost(self)
