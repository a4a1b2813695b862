"""The way of a page's media to the relay, tried before a call.

A probe is a call of the relay with one side only: nobody joins the other one, so it never runs, nothing of it
is kept, and it ends by itself after the relay's time to connect. Its page finds out whether it connects, and
how. One a person at a time.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from cases.access import Person, leg_name, may_use_probe, person_id
from cases.clock import Clock
from cases.sealing import new_id
from cases.turn import TurnServers
from cases.views.calls import CallOffer, ProbeOpened
from rtc.call import NO_DEVICES, LegName
from rtc.errors import CallFull, CallUnknown
from rtc.service import MediaService

PREFIX: Final = "probe-"


def is_probe(call_id: str) -> bool:
    """Whether a call of the relay is a probe, of which the records know nothing."""
    return call_id.startswith(PREFIX)


@dataclass(frozen=True, slots=True)
class _Open:
    side: LegName
    opener_id: str
    opened_at_ms: int


class Probes:
    """Of the people whose sockets this process has. Methods raise media errors."""

    def __init__(
        self, media: MediaService, turn: TurnServers, clock: Clock, *, open_max: int, open_ms: int
    ) -> None:
        """At most ``open_max`` at a time; ``open_ms``: after that one has ended by itself."""
        self._media = media
        self._turn = turn
        self._clock = clock
        self._open_max = open_max
        self._open_ms = open_ms
        self._open: OrderedDict[str, _Open] = OrderedDict()

    async def open(self, person: Person) -> ProbeOpened:
        """A new one in the place of the person's one before. Raises CallFull."""
        for call_id in [one for one, probe in self._open.items() if _is_of(person, probe)]:
            await self._end(call_id)
        now_ms = self._clock.now_ms()
        self._forget_ended(now_ms)
        if len(self._open) >= self._open_max:
            raise CallFull(f"{len(self._open)} probes")
        call_id, side = f"{PREFIX}{new_id()}", leg_name(person)
        self._open[call_id] = _Open(side, person_id(person) or "", now_ms)
        await self._media.open_call(call_id)
        offer = await self._media.join(call_id, side, NO_DEVICES)
        return ProbeOpened(
            CallOffer(call_id, offer.generation, offer.revision, offer.sdp), self._turn.grant(call_id, now_ms)
        )

    async def answer(self, person: Person, call_id: str, generation: int, revision: int, sdp: str) -> None:
        """The page's answer to its offer. Raises CallUnknown for what is no open probe of this person."""
        self._refuse_others(person, call_id)
        await self._media.answer(call_id, leg_name(person), generation, revision, sdp)

    async def close(self, person: Person, call_id: str) -> None:
        """The page knows what it wanted to know. Raises CallUnknown as ``answer``."""
        self._refuse_others(person, call_id)
        await self._end(call_id)

    def _refuse_others(self, person: Person, call_id: str) -> None:
        probe = self._open.get(call_id)
        if probe is None or not _is_of(person, probe):
            raise CallUnknown("no probe of this person")

    async def _end(self, call_id: str) -> None:
        del self._open[call_id]
        try:
            await self._media.close_call(call_id)
        except CallUnknown:
            # It ended by itself, and the relay has forgotten it.
            return

    def _forget_ended(self, now_ms: int) -> None:
        while self._open and next(iter(self._open.values())).opened_at_ms <= now_ms - self._open_ms:
            self._open.popitem(last=False)


def _is_of(person: Person, probe: _Open) -> bool:
    return may_use_probe(person, probe.side, probe.opener_id)
