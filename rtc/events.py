"""The events of all calls on their way to one consumer, bounded by coalescing."""

import asyncio
from collections.abc import AsyncIterator

from rtc.call import LegName
from rtc.service import CallChanged, MediaEvent

_Key = tuple[str, LegName | None]


class EventQueue:
    """Keeps one view a call and one offer a leg: the newest, in the place of the one that waited before.

    More than `waiting_max` different ones: the oldest is dropped, and counted in `dropped`.
    """

    def __init__(self, waiting_max: int) -> None:
        self._waiting_max = waiting_max
        self._waiting: dict[_Key, MediaEvent] = {}
        self._something = asyncio.Event()
        self._closed = False
        self._consumed = False
        self.dropped = 0

    def put(self, event: MediaEvent) -> None:
        self._waiting[_key(event)] = event
        if len(self._waiting) > self._waiting_max:
            del self._waiting[next(iter(self._waiting))]
            self.dropped += 1
        self._something.set()

    def close(self) -> None:
        """What waits is still given out; then the iteration ends."""
        self._closed = True
        self._something.set()

    async def __aiter__(self) -> AsyncIterator[MediaEvent]:
        """Raises RuntimeError for a second consumer. A cancelled one loses nothing that waits."""
        if self._consumed:
            raise RuntimeError("media events have one consumer")
        self._consumed = True
        try:
            while True:
                while self._waiting:
                    yield self._waiting.pop(next(iter(self._waiting)))
                if self._closed:
                    return
                self._something.clear()
                await self._something.wait()
        finally:
            self._consumed = False


def _key(event: MediaEvent) -> _Key:
    if isinstance(event, CallChanged):
        return (event.call_id, None)
    return (event.call_id, event.offer.leg)
