"""The rhythm of what changes often: counts of lines, and officers' desks and boards, a few times a second."""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Final

from cases.clock import Clock
from cases.errors import CaseworkError
from queueing.errors import HallFrozen, QueueError
from queueing.ticket import JournalEntry
from rtc.errors import MediaError
from signaling import events
from signaling.consoles import Consoles
from signaling.emitting import Emitter
from signaling.lines import Delta, Lines
from signaling.sockets import Sockets
from signaling.tickets import VIEWS_AT_ONCE, TicketPages

log = logging.getLogger(__name__)

RETRY_S: Final = 1.0
EXPECTED: Final = (QueueError, CaseworkError, MediaError)


class Counts:
    """Collects what changed, and shows it with the next tick."""

    def __init__(
        self,
        sockets: Sockets,
        emitter: Emitter,
        lines: Lines,
        tickets: TicketPages,
        consoles: Consoles,
        clock: Clock,
        *,
        push_rate_hz: float,
    ) -> None:
        self.emitter = emitter
        """By which counts are sent; a benchmark compares another one."""
        self._sockets = sockets
        self._lines = lines
        self._tickets = tickets
        self._consoles = consoles
        self._clock = clock
        self._interval_s = 1 / push_rate_hz
        self._halls: set[str] = set()
        self._anew: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._behind: dict[str, str] = {}
        self._woken = asyncio.Event()

    def step(self, entry: JournalEntry) -> None:
        """The next step of a hall that was begun."""
        self._lines.step(entry)
        self.touch(entry.ticket.hall_id)

    def touch(self, hall_id: str) -> None:
        """The hall's officers are shown their desks and boards with the next tick."""
        self._halls.add(hall_id)
        self._woken.set()

    def show_anew(self, hall_id: str, ticket_ids: Iterable[str]) -> None:
        """These tickets are shown to their pages, some with each tick."""
        self._anew[hall_id].update(dict.fromkeys(ticket_ids))
        self._woken.set()

    def show_all_anew(self, hall_id: str) -> None:
        """Everything of the hall is shown to everybody."""
        self.show_anew(hall_id, self._sockets.watched_in(hall_id))
        self.touch(hall_id)

    async def flush(self) -> None:
        """Show what changed, at most ``push_rate_hz`` times a second; for ever, ends by cancellation."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            halls, self._halls = self._halls, set()
            try:
                await self._show_lines()
                await self._show_anew()
                await self._show_halls(halls)
            except Exception as error:
                # Whatever it was: what is not shown now is shown with the next round.
                if isinstance(error, EXPECTED):
                    log.warning("counts wait: %s", error.code)
                else:
                    log.exception("counts wait after something unexpected")
                self._halls |= halls
                self._woken.set()
                await asyncio.sleep(RETRY_S)
            if self._lines.waits or self._anew or self._behind:
                self._woken.set()
            await asyncio.sleep(self._interval_s)

    async def _show_lines(self) -> None:
        tick_ms = round(asyncio.get_running_loop().time() * 1_000)
        told = deque(self._lines.due(tick_ms, self._clock.now_ms()))
        try:
            while told:
                if isinstance(told[0], Delta):
                    await self._spread(told[0])
                else:
                    self.show_anew(told[0].hall_id, told[0].ticket_ids)
                told.popleft()
        finally:
            # What was put together is told once; whoever did not get it must not stay behind.
            for untold in told:
                hall_id = untold.changed.hall_id if isinstance(untold, Delta) else untold.hall_id
                self.show_anew(hall_id, untold.ticket_ids)

    async def _spread(self, delta: Delta) -> None:
        hall_id = delta.changed.hall_id
        unsent = await self.emitter.spread(
            events.LINE_CHANGED.name,
            delta.changed,
            sids=self._sockets.watching(delta.ticket_ids),
            namespace=events.TAXPAYER.name,
        )
        for sid in unsent:
            for ticket_id in self._sockets.watched_by(sid, hall_id):
                self._behind[ticket_id] = hall_id

    async def _show_anew(self) -> None:
        """Show one portion of what has to be shown anew."""
        for ticket_id, hall_id in list(self._behind.items()):
            if not self._is_behind(ticket_id):
                del self._behind[ticket_id]
                self._anew[hall_id][ticket_id] = None
        for hall_id in list(self._anew):
            waiting = self._anew[hall_id]
            portion = list(waiting)[:VIEWS_AT_ONCE]
            for ticket_id in portion:
                del waiting[ticket_id]
            if not waiting:
                del self._anew[hall_id]
            try:
                await self._tickets.show_many(hall_id, portion)
            except HallFrozen:
                # Shown when it works again; another hall's pages do not wait for that.
                log.info("tickets of a frozen hall are not shown")
            except Exception:
                self.show_anew(hall_id, portion)
                raise

    async def _show_halls(self, hall_ids: Iterable[str]) -> None:
        for hall_id in hall_ids:
            try:
                await self._consoles.show_hall(hall_id)
            except HallFrozen:
                log.info("desks of a frozen hall are not shown")

    def _is_behind(self, ticket_id: str) -> bool:
        sids: Sequence[str] = self._sockets.watchers(ticket_id)
        return any(self.emitter.is_behind(sid, events.TAXPAYER.name) for sid in sids)
