"""The media service in this process: `rtc.service.MediaService` on one UDP port."""

import asyncio
import datetime
import ipaddress
import logging
import socket
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping

from aiortc.rtcdtlstransport import RTCCertificate

from rtc.call import CallView, Devices, EndReason, LegName
from rtc.errors import CallEnded, CallFull, CallUnknown, MediaUnavailable
from rtc.events import EventQueue
from rtc.leg import LegConnection
from rtc.libraries import generate_certificate
from rtc.live_call import CallParts, LiveCall
from rtc.meter import QualityTally
from rtc.port import MediaPort
from rtc.quality import Figures
from rtc.service import CallMemory, CallStatistics, LegMemory, MediaEvent, Offer
from rtc.settings import RelaySettings

logger = logging.getLogger(__name__)

CERTIFICATE_LEFT = datetime.timedelta(days=7)
"""A certificate with less time than this is not used for new connections."""


class MediaRelay:
    """Implements `rtc.service.MediaService`. Lives on one event loop.

    `now_ms` is the wall clock for everything it does and tells; it must not go backwards.
    """

    def __init__(
        self,
        settings: RelaySettings,
        now_ms: Callable[[], int] | None = None,
        udp: socket.socket | None = None,
    ) -> None:
        """`udp`: a socket that was bound before, in place of host and port; it is the relay's from now on.

        Raises ValueError for settings that cannot work (no address to announce, names for addresses)."""
        _check(settings)
        self._settings = settings
        self._now_ms = now_ms or steady_wall_clock()
        self._port = MediaPort(settings, self._now_ms, udp)
        self._events = EventQueue(settings.events_max)
        self._calls: dict[str, LiveCall] = {}
        self._ended: OrderedDict[str, CallView] = OrderedDict()
        self._certificate: RTCCertificate | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._tally = QualityTally()
        self._opened = 0
        self._ends = dict.fromkeys(EndReason, 0)
        self._parts = CallParts(
            settings=settings,
            port=self._port,
            certificate=self._current_certificate,
            now_ms=self._now_ms,
            emit=self._events.put,
            close_later=self._close_later,
            tally=self._tally,
        )

    @property
    def port(self) -> int:
        """The bound UDP port. Raises MediaUnavailable unless started."""
        return self._port.number

    async def start(self) -> None:
        """Bind the port. Raises MediaUnavailable when that is refused or it was started before."""
        if self._ticking is not None:
            raise MediaUnavailable("a relay is started once")
        self._port.open()
        self._ticking = asyncio.get_running_loop().create_task(self._tick_for_ever())
        self._ticking.add_done_callback(_report_failure)

    async def stop(self) -> None:
        """End all calls (`shutdown`), tell the peers, close the port. Idempotent."""
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.wait([self._ticking])
        for call_id in list(self._calls):
            self._end(call_id, EndReason.SHUTDOWN)
        while self._closing:
            await asyncio.wait(self._closing)
        self._port.close()
        self._events.close()

    async def open_call(self, call_id: str) -> CallView:
        return self._open(call_id, None)

    async def carry_on(self, call_id: str, memory: CallMemory | None) -> CallView:
        """Take over a call whose relay is gone; without a memory it was never carried. A call that is here
        stays as it is. Raises as `open_call`.
        """
        return self._open(call_id, memory)

    def memory(self, call_id: str) -> CallMemory:
        """What another relay has to know to take the call over. Raises CallUnknown."""
        ended = self._ended.get(call_id)
        if ended is not None:
            taxpayer, officer = (LegMemory(leg.name, 0, 0) for leg in ended.legs)
            return CallMemory(ended, (taxpayer, officer))
        return self._call(call_id).memory()

    def call_ids(self) -> tuple[str, ...]:
        """The calls that are carried now."""
        return tuple(self._calls)

    def drop(self, call_id: str) -> None:
        """Another relay carries the call: it is forgotten here, and nobody is told. Idempotent."""
        call = self._calls.pop(call_id, None)
        if call is not None:
            call.drop()
        self._ended.pop(call_id, None)

    def _open(self, call_id: str, memory: CallMemory | None) -> CallView:
        call = self._calls.get(call_id)
        if call is not None:
            return call.view()
        if call_id in self._ended:
            raise CallEnded(call_id)
        if self._ticking is None or self._ticking.done():
            raise MediaUnavailable("the relay is not running")
        if len(self._calls) >= self._settings.calls_max:
            raise CallFull(f"{len(self._calls)} calls")
        call = self._calls[call_id] = LiveCall(call_id, self._parts, memory)
        self._opened += 1
        return call.view()

    async def join(self, call_id: str, leg: LegName, devices: Devices) -> Offer:
        return self._call(call_id).join(leg, devices)

    async def answer(self, call_id: str, leg: LegName, generation: int, revision: int, sdp: str) -> None:
        self._call(call_id).answer(leg, generation, revision, sdp)

    async def current_offer(self, call_id: str, leg: LegName) -> Offer:
        return self._call(call_id).current_offer(leg)

    async def restart(self, call_id: str, leg: LegName, generation: int, revision: int) -> Offer:
        return self._call(call_id).restart(leg, generation, revision)

    async def set_devices(self, call_id: str, leg: LegName, devices: Devices) -> CallView:
        return self._call(call_id).set_devices(leg, devices)

    async def set_quality(self, call_id: str, leg: LegName, measured: Figures) -> CallView:
        return self._call(call_id).set_quality(leg, measured)

    async def leave(self, call_id: str, leg: LegName) -> CallView:
        return self._call(call_id).leave(leg)

    async def hang_up(self, call_id: str, by: LegName) -> CallView:
        return self._end(call_id, EndReason.HUNG_UP)

    async def close_call(self, call_id: str, reason: EndReason = EndReason.CLOSED) -> CallView:
        return self._end(call_id, reason)

    async def view(self, call_id: str) -> CallView:
        ended = self._ended.get(call_id)
        return ended if ended is not None else self._call(call_id).view()

    async def statistics(self, call_id: str) -> CallStatistics:
        return self._call(call_id).statistics()

    def events(self) -> AsyncIterator[MediaEvent]:
        return aiter(self._events)

    async def counters(self) -> Mapping[str, int]:
        return {
            **self._port.counters(),
            **self._tally.counters(),
            "calls": len(self._calls),
            "calls_opened": self._opened,
            **{f"ended_{reason}": count for reason, count in self._ends.items()},
            "events_dropped": self._events.dropped,
        }

    def _call(self, call_id: str) -> LiveCall:
        call = self._calls.get(call_id)
        if call is not None:
            return call
        if call_id in self._ended:
            raise CallEnded(call_id)
        raise CallUnknown(call_id)

    def _end(self, call_id: str, reason: EndReason) -> CallView:
        ended = self._ended.get(call_id)
        if ended is not None:
            return ended
        view = self._call(call_id).end(reason)
        self._remember(call_id, view)
        return view

    def _remember(self, call_id: str, view: CallView) -> None:
        del self._calls[call_id]
        self._ended[call_id] = view
        if view.end_reason is not None:
            self._ends[view.end_reason] += 1
        while len(self._ended) > self._settings.ended_kept:
            self._ended.popitem(last=False)

    async def _tick_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._settings.tick_ms / 1000)
            now_ms = self._now_ms()
            for call_id, call in list(self._calls.items()):
                call.tick(now_ms)
                if call.has_ended:
                    self._remember(call_id, call.view())

    def _close_later(self, connection: LegConnection) -> None:
        task = asyncio.get_running_loop().create_task(connection.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _current_certificate(self) -> RTCCertificate:
        now = datetime.datetime.now(tz=datetime.UTC)
        if self._certificate is None or self._certificate.expires - now < CERTIFICATE_LEFT:
            self._certificate = generate_certificate()
        return self._certificate


def _report_failure(ticking: asyncio.Task[None]) -> None:
    """Without its clock the relay ends no calls: it says so, and opens none."""
    if not ticking.cancelled():
        logger.critical("the media relay's clock stopped", exc_info=ticking.exception())


def steady_wall_clock() -> Callable[[], int]:
    """Milliseconds since 1970 that never go back: the wall clock of now, carried on by the monotonic one."""
    offset_ns = time.time_ns() - time.monotonic_ns()
    return lambda: (time.monotonic_ns() + offset_ns) // 1_000_000


def _check(settings: RelaySettings) -> None:
    for address in (settings.host, *settings.announced):
        ipaddress.ip_address(address)
    announced = settings.announced or (settings.host,)
    if any(ipaddress.ip_address(address).is_unspecified for address in announced):
        raise ValueError("a relay on a wildcard address needs `announced` addresses")
