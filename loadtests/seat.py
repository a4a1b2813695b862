"""A page's place in the video of its ticket: joins the open call, and the next one after it."""

import asyncio

from cases.views.calls import CallOffer, CallView
from loadtests.call import CallPart
from loadtests.clients import PageSocket
from loadtests.errors import LoadError, may_pass
from loadtests.ground import Ground
from rtc.call import CallState


class CallSeat:
    """Of one page, for one ticket. Give it what is pushed; ``run`` it as a task, and always ``leave`` it."""

    def __init__(self, ground: Ground, socket: PageSocket, side: str, who: str, ticket_id: str) -> None:
        self._ground = ground
        self._socket = socket
        self._side = side
        self._who = who
        self._ticket_id = ticket_id
        self._bell = asyncio.Event()
        self._part: CallPart | None = None
        self._open: str | None = None
        self.is_hung_up = False
        """The newest call that it knows is over, and no other one is open."""

    def shown(self, call: CallView | None) -> None:
        """A view of the ticket or the desk, or a push, has this call."""
        if call is None or call.ticket_id != self._ticket_id:
            return
        if call.state is CallState.ENDED:
            if self._open == call.call_id:
                self._open, self.is_hung_up = None, True
        elif call.call_id != self._open:
            self._open, self.is_hung_up = call.call_id, False
        if self._part is not None:
            self._part.changed(call)
        self._bell.set()

    def offered(self, offer: CallOffer) -> None:
        if self._part is not None:
            self._part.offered(offer)

    def silence(self) -> None:
        if self._part is not None:
            self._part.silence()

    async def hang_up(self) -> None:
        """Raises LoadError."""
        if self._part is not None:
            await self._part.hang_up()

    async def run(self) -> None:
        """Until it is cancelled. What goes wrong is noted."""
        while True:
            self._bell.clear()
            part = self._part
            if self._open is not None and (part is None or part.call_id != self._open):
                await self._join()
            await self._bell.wait()

    async def _join(self) -> None:
        await self.leave()
        wanted = self._open
        part = self._part = CallPart(self._ground, self._socket, self._side, self._who, self._ticket_id)
        try:
            await part.join()
        except LoadError as error:
            if self._ground.weather.is_rough and may_pass(error):
                self._ground.notes.disturbed(error)
            else:
                self._ground.notes.failed(f"{self._who}, joining", error)
        if part.call_id is None:
            # It was refused because it is over: another one is waited for.
            self._part = None
            if self._open == wanted:
                self._open = None

    async def leave(self) -> None:
        part, self._part = self._part, None
        if part is not None:
            await part.leave()
