"""What pages are told by the journal, and what a look at the hall as a whole tells."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from cases.clock import Clock
from cases.views.tickets import HallChanged, HallMood
from cases.waits import Waits
from queueing.errors import HallFrozen
from queueing.journal import Journal
from queueing.ticket import Cause, HallState, JournalEntry
from signaling import events
from signaling.consoles import Consoles
from signaling.counts import EXPECTED, RETRY_S, Counts
from signaling.emitting import Emitter, push
from signaling.lines import Lines
from signaling.sockets import Socket, Sockets
from signaling.tickets import TicketPages

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0


def mood(state: HallState) -> HallMood:
    if state.frozen:
        return HallMood.FROZEN
    return HallMood.CLOSED if state.closed_at_ms is not None else HallMood.OPEN


class HallIds(Protocol):
    """The halls there are (``cases.halls.Halls``), which are read after everything was built."""

    @property
    def hall_ids(self) -> Sequence[str]: ...


class Following:
    """Turns the steps of these halls into what pages are shown."""

    def __init__(
        self,
        journal: Journal,
        halls: HallIds,
        sockets: Sockets,
        emitter: Emitter,
        lines: Lines,
        tickets: TicketPages,
        consoles: Consoles,
        counts: Counts,
        waits: Waits,
        clock: Clock,
        told_after: Callable[[float], None] | None = None,
    ) -> None:
        """``told_after``: told of each step how many seconds after it its own pages were shown it."""
        self._told_after = told_after
        self._journal = journal
        self._halls = halls
        self._sockets = sockets
        self._emitter = emitter
        self._lines = lines
        self._tickets = tickets
        self._consoles = consoles
        self._counts = counts
        self._waits = waits
        self._clock = clock
        self._known: dict[str, HallState] = {}

    async def follow(self, hall_ids: Sequence[str]) -> None:
        """Tell pages what the journal of these halls tells; for ever, ends by cancellation.

        Whatever goes wrong, it begins anew by showing everything once, so that no page stays behind.
        """
        while True:
            try:
                after = {hall_id: await self._begin(hall_id) for hall_id in hall_ids}
                async for entry in self._journal.tail(hall_ids, after=after):
                    await self._apply(entry)
            except EXPECTED as error:
                log.warning("pages begin anew: %s", error.code)
            except Exception:
                log.exception("pages begin anew after something unexpected")
            await asyncio.sleep(RETRY_S)

    async def _begin(self, hall_id: str) -> int:
        version = await self._journal.latest(hall_id)
        self._lines.begin(hall_id, version)
        self._counts.show_all_anew(hall_id)
        return version

    async def _apply(self, entry: JournalEntry) -> None:
        self._waits.note(entry)
        self._counts.step(entry)
        try:
            await self._tickets.show(entry.ticket.ticket_id)
            # What officers did is in the answers to their commands; their other pages see it with the tick.
            if entry.ticket.officer_id is not None and entry.cause is not Cause.OFFICER:
                await self._consoles.show_desk(entry.ticket.officer_id)
        except HallFrozen:
            log.info("a step of a hall that froze is shown when it works again")
            return
        if self._told_after is not None:
            # Between two clocks, that of Redis and this machine's.
            self._told_after(max(0, self._clock.now_ms() - entry.at_ms) / 1_000)

    async def look(self) -> None:
        """Tell pages when a hall opens, closes, freezes or works again; for ever, ends by cancellation."""
        while True:
            try:
                for hall_id in self._halls.hall_ids:
                    await self._look_at(hall_id)
            except EXPECTED as error:
                log.warning("halls are looked at later: %s", error.code)
            await asyncio.sleep(LOOK_S)

    async def _look_at(self, hall_id: str) -> None:
        state = await self._journal.state(hall_id)
        before, self._known[hall_id] = self._known.get(hall_id), state
        if before is None or not _is_another(before, state):
            return
        log.info("hall %s is %s", hall_id, mood(state))
        for namespace, sids in (
            (events.TAXPAYER.name, self._sockets.taxpayer_sids()),
            (events.OFFICER.name, self._sockets.officer_sids(hall_id)),
        ):
            await self._emitter.spread(
                events.HALL_CHANGED.name, self._changed(state), sids=sids, namespace=namespace
            )
        if not state.frozen:
            self._counts.show_all_anew(hall_id)

    def _changed(self, state: HallState) -> HallChanged:
        return HallChanged(state.hall_id, mood(state), state.epoch, self._clock.now_ms())

    async def tell_mood(self, socket: Socket, hall_id: str) -> None:
        """Tell one page if the hall does not work, as of the last look; a page expects it to."""
        state = self._known.get(hall_id)
        if state is not None and mood(state) is not HallMood.OPEN:
            await self._tell(socket, state)

    async def tell_frozen(self, socket: Socket) -> None:
        """Tell one page, which was refused for it, which halls are frozen. Raises QueueUnavailable."""
        for hall_id in self._halls.hall_ids:
            state = await self._journal.state(hall_id)
            if state.frozen:
                await self._tell(socket, state)

    async def _tell(self, socket: Socket, state: HallState) -> None:
        changed = self._changed(state)
        await push(self._emitter, events.HALL_CHANGED, changed, room=socket.sid, namespace=socket.namespace)


def _is_another(before: HallState, after: HallState) -> bool:
    """Whether pages have to hear of it. A hall's first ticket ever gives it its epoch: no news."""
    return mood(before) is not mood(after) or (before.epoch != after.epoch and before.epoch != 0)
