"""A page's part in a video call: joins, answers offers, sends and counts media, comes back where it has
to.
"""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, Final

from cases.views.calls import CallJoined, CallOffer, CallView
from loadtests.clients import PageSocket
from loadtests.errors import LoadError, Refused, may_pass
from loadtests.ground import Ground
from loadtests.media.ends import MediaEnd
from loadtests.media.peer import SyntheticPeer, read_remote
from loadtests.notes import now_ms
from rtc.call import CallState, Facing
from signaling import events

HOST: Final = "127.0.0.1"
DEVICES: Final = events.DevicesChosen(microphone=True, camera=True, facing=Facing.USER)
IN_FLIGHT_S: Final = 0.2
OVER: Final = frozenset({"call_unknown", "call_ended", "call_not_open", "offer_stale", "leg_unknown"})
"""Refusals that only say that the call went on elsewhere or ended."""
ENDINGS: Final = OVER | {"call_forbidden", "step_refused"}


class CallPart:
    """Of one page, for one ticket. ``join`` it, give it what is pushed, and always ``leave`` it.

    What goes wrong with the media is noted, and does not end the visit.
    """

    def __init__(self, ground: Ground, socket: PageSocket, side: str, who: str, ticket_id: str) -> None:
        self._ground = ground
        self._socket = socket
        self._side = side
        self._who = who
        self._ticket_id = ticket_id
        self._peer: SyntheticPeer | None = None
        self._end: MediaEnd | None = None
        self._offer: CallOffer | None = None
        self._answering: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._asked_at_ms = 0.0
        self._left = False
        self.call_id: str | None = None
        self.is_over = False

    async def join(self) -> bool:
        """Whether media flow from here. Raises LoadError of the socket, not of the media."""
        self._asked_at_ms = now_ms()
        try:
            joined = await self._socket.command(
                events.CALL_JOIN, CallJoined, events.CallJoin(ticket_id=self._ticket_id, devices=DEVICES)
            )
        except Refused as refusal:
            if refusal.problem in ENDINGS:
                return False
            raise
        self.call_id = joined.call.call_id
        await self._take(joined.offer)
        return self._end is not None

    def offered(self, offer: CallOffer) -> None:
        """The server pushed an offer."""
        if offer.call_id == self.call_id and not self._left:
            self._spawn(self._take(offer))

    def changed(self, call: CallView) -> None:
        """The server pushed how the call is."""
        if call.call_id == self.call_id and call.state is CallState.ENDED:
            self.is_over = True
            self._spawn(self._disconnect())

    def silence(self) -> None:
        """Its network is gone."""
        if self._end is not None:
            self._end.is_silent = True

    async def hang_up(self) -> None:
        """Raises LoadError."""
        if self.call_id is not None and not self.is_over:
            with contextlib.suppress(Refused):
                await self._socket.command(
                    events.CALL_HANG_UP, CallView, events.CallNamed(call_id=self.call_id)
                )

    async def leave(self) -> None:
        """Stop sending, note what was counted."""
        self._left = True
        for task in tuple(self._answering):
            task.cancel()
        if self._answering:
            await asyncio.wait(self._answering)
        await self._disconnect()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _take(self, offer: CallOffer) -> None:
        async with self._turn:
            newest = self._offer
            if newest is not None and (offer.generation, offer.revision) <= (
                newest.generation,
                newest.revision,
            ):
                return
            self._offer = offer
            try:
                if newest is None or offer.generation > newest.generation:
                    await self._connect(offer)
                elif self._peer is not None:
                    await self._answer(offer, self._peer)
            except LoadError as error:
                if not (isinstance(error, Refused) and error.problem in OVER):
                    self._failed(error)

    async def _connect(self, offer: CallOffer) -> None:
        await self._disconnect()
        peer = self._peer = SyntheticPeer(HOST)
        remote = read_remote(offer.sdp)
        began_ms = now_ms()
        await self._answer(offer, peer)
        await peer.connect(remote)
        figures = self._ground.notes.figures
        figures.setup_ms.append(now_ms() - began_ms)
        is_first = offer.generation == 1

        def framed() -> None:
            if is_first:
                figures.first_frame_ms.append(now_ms() - self._asked_at_ms)

        self._end = MediaEnd(peer, framed)
        self._ground.pump.add(self._end)

    async def _answer(self, offer: CallOffer, peer: SyntheticPeer) -> None:
        answer = events.CallAnswer(
            call_id=offer.call_id,
            generation=offer.generation,
            revision=offer.revision,
            sdp=peer.description(),
        )
        await self._socket.command(events.CALL_ANSWER, events.Done, answer)

    async def _disconnect(self) -> None:
        end, peer, self._end, self._peer = self._end, self._peer, None, None
        try:
            if end is not None:
                self._ground.pump.remove(end)
                # What is still on its way to it arrives in a moment.
                await asyncio.sleep(IN_FLIGHT_S)
        finally:
            # Also where the page is left meanwhile: what was sent has to be known.
            if end is not None and self.call_id is not None:
                self._ground.notes.media_counted(self.call_id, self._side, self._who, end.count)
            if peer is not None:
                await peer.close()

    def _failed(self, error: LoadError) -> None:
        if self._ground.weather.is_rough and may_pass(error):
            self._ground.notes.disturbed(error)
        else:
            self._ground.notes.failed(f"{self._who}, call", error)
