"""The media service in this process."""

from collections.abc import AsyncIterator, Mapping

from rtc.call import CallView, Devices, EndReason, LegName, Quality
from rtc.service import CallStatistics, MediaEvent, Offer
from rtc.settings import RelaySettings


class MediaRelay:
    """Implements `rtc.service.MediaService` on one UDP port of this process."""

    def __init__(self, settings: RelaySettings) -> None:
        self._settings = settings

    @property
    def port(self) -> int:
        """The UDP port that is bound. Raises MediaUnavailable before `start`."""
        raise NotImplementedError

    async def start(self) -> None:
        """Bind the port. Raises MediaUnavailable when that is refused."""
        raise NotImplementedError

    async def stop(self) -> None:
        """End all calls (`shutdown`), close the port. Idempotent."""
        raise NotImplementedError

    async def open_call(self, call_id: str) -> CallView:
        raise NotImplementedError

    async def join(self, call_id: str, leg: LegName, devices: Devices) -> Offer:
        raise NotImplementedError

    async def answer(self, call_id: str, leg: LegName, generation: int, revision: int, sdp: str) -> None:
        raise NotImplementedError

    async def set_devices(self, call_id: str, leg: LegName, devices: Devices) -> CallView:
        raise NotImplementedError

    async def set_quality(self, call_id: str, leg: LegName, quality: Quality) -> CallView:
        raise NotImplementedError

    async def leave(self, call_id: str, leg: LegName) -> CallView:
        raise NotImplementedError

    async def hang_up(self, call_id: str, by: LegName) -> CallView:
        raise NotImplementedError

    async def close_call(self, call_id: str, reason: EndReason = EndReason.CLOSED) -> CallView:
        raise NotImplementedError

    async def view(self, call_id: str) -> CallView:
        raise NotImplementedError

    async def statistics(self, call_id: str) -> CallStatistics:
        raise NotImplementedError

    def events(self) -> AsyncIterator[MediaEvent]:
        raise NotImplementedError

    async def counters(self) -> Mapping[str, int]:
        raise NotImplementedError
