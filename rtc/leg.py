"""One connection of one leg: ICE-lite, the DTLS handshake, and its route in the port."""

import asyncio
import logging
from collections.abc import Callable

from aiortc.rtcdtlstransport import RTCCertificate

from rtc.consent import Consent
from rtc.errors import AnswerInvalid
from rtc.ice import IceLite
from rtc.keyframes import KeyframeGate
from rtc.libraries import DtlsServer, HandshakeFailed, sha256_fingerprint
from rtc.negotiation import OUTSTANDING_MAX
from rtc.port import MediaPort
from rtc.route import Route
from rtc.sdp_answer import Answer
from rtc.settings import RelaySettings

logger = logging.getLogger(__name__)


class LegConnection:
    """From `admit`ted by the port until `close`.

    `connected` is called once when SRTP is ready, `lost` at most once when the handshake failed or the peer
    closed, `moved` whenever it was reached again elsewhere; none after `close`.

    ICE begins anew with `ice_of` the next restart: those credentials count beside the ones in use until the
    page answered them and was reached with them. DTLS, SRTP and the address stay, so that media go on.
    """

    def __init__(
        self,
        settings: RelaySettings,
        port: MediaPort,
        certificate: RTCCertificate,
        connected: Callable[["LegConnection"], None],
        lost: Callable[["LegConnection"], None],
        moved: Callable[["LegConnection"], None],
    ) -> None:
        self._settings = settings
        self._port = port
        self._connected = connected
        self._lost = lost
        self._moved = moved
        self._closed = False
        self._restarts = 0
        self._handshake: asyncio.Task[None] | None = None
        self.fingerprint = sha256_fingerprint(certificate)
        self.ice = IceLite()
        """The credentials that the page answered last; the first ones before."""
        self._restarted: dict[int, IceLite] = {}
        self._replaced: IceLite | None = None
        self.consent = Consent()
        self._reached = asyncio.Event()
        self._dtls = DtlsServer(certificate, self._send_handshake, self._peer_closed)
        self.route = Route(self._dtls.feed, KeyframeGate(settings.keyframe_interval_ms))
        self.heard_before = 0
        self.heard_at_ms = 0
        port.admit(self)

    def ice_of(self, restarts: int) -> IceLite:
        """Our credentials after so many restarts; made when they are first asked for."""
        if restarts == self._restarts:
            return self.ice
        ice = self._restarted.get(restarts)
        if ice is None:
            ice = self._restarted[restarts] = IceLite()
            while len(self._restarted) > OUTSTANDING_MAX:
                self._port.dismiss_credentials(self._restarted.pop(min(self._restarted)))
            self._port.admit_credentials(self, ice)
        return ice

    def accept(self, answer: Answer, restarts: int = 0) -> None:
        """Take the peer's answer to the credentials after so many restarts; after the first, wait for its
        handshake.
        """
        if self._closed:
            raise AnswerInvalid("the connection is closed")
        if restarts != self._restarts:
            self._begin_anew(restarts)
        self.ice.remote_ufrag, self.ice.remote_pwd = answer.ice_ufrag, answer.ice_pwd
        self._port.check_candidate(self)
        if self._handshake is None:
            self._handshake = asyncio.get_running_loop().create_task(self._establish(answer.fingerprint))

    def _begin_anew(self, restarts: int) -> None:
        """These credentials are in use now; the ones before count until the page was reached with these."""
        ice = self.ice_of(restarts)
        self._restarts = restarts
        self._forget_replaced()
        self._port.withdraw_candidate(self)
        self.ice, self._replaced = ice, self.ice
        for older in [number for number in self._restarted if number <= restarts]:
            found = self._restarted.pop(older)
            if found is not ice:
                self._port.dismiss_credentials(found)

    def _forget_replaced(self) -> None:
        replaced, self._replaced = self._replaced, None
        if replaced is not None:
            self._port.dismiss_credentials(replaced)

    def reached(self) -> None:
        """The port found where the peer is."""
        self._forget_replaced()
        first = not self._reached.is_set()
        self._reached.set()
        if not first and self.is_connected:
            self._moved(self)

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
        self._forget_replaced()
        for ice in self._restarted.values():
            self._port.dismiss_credentials(ice)
        self._restarted.clear()
        self._port.dismiss(self)

    async def _establish(self, fingerprint: str) -> None:
        try:
            async with asyncio.timeout(self._settings.handshake_ms / 1000):
                # Before, nothing of ours would be sent, and the handshake would wait for its timers.
                await self._reached.wait()
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
