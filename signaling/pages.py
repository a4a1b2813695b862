"""What is pushed to pages, and when: calls and abandonments at once, counts at most a few times a second."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

from pydantic import TypeAdapter

from cases.access import Officer
from cases.desk import Desk
from cases.errors import CaseworkError
from cases.views import BoardView, CallOffer, CallView, DeskView, TicketView
from cases.waits import Waits
from queueing.errors import QueueError
from queueing.journal import Journal
from queueing.ticket import JournalEntry
from rtc.call import CallState, LegName
from rtc.errors import MediaError, OfferStale
from signaling import events
from signaling.events import Push
from signaling.sockets import Socket, Sockets, Watched

log = logging.getLogger(__name__)

RETRY_S: Final = 1.0
VIEWS_AT_ONCE: Final = 500
EXPECTED: Final = (QueueError, CaseworkError, MediaError)


class Emitter(Protocol):
    """Sends an event to a room, which one socket's id is too."""

    async def emit(self, event: str, content: Any, *, room: str, namespace: str) -> None: ...

    async def enter(self, socket: Socket, room: str) -> None: ...


def ticket_room(ticket_id: str) -> str:
    return f"ticket:{ticket_id}"


def officer_room(officer_id: str) -> str:
    return f"officer:{officer_id}"


_ADAPTERS: dict[type, TypeAdapter[Any]] = {
    push.payload: TypeAdapter(push.payload) for push in (*events.TAXPAYER_PUSHES, *events.OFFICER_PUSHES)
}

Lines = set[tuple[str, str]]
TicketViews = Callable[[str, Sequence[str]], Awaitable[list[TicketView]]]


class Pages:
    """The pages of this process: who watches what, and what they are told (``cases.calls.CallPages``)."""

    def __init__(
        self,
        sockets: Sockets,
        emitter: Emitter,
        ticket_views: TicketViews,
        desk: Desk,
        waits: Waits,
        *,
        push_rate_hz: float,
    ) -> None:
        """``ticket_views``: the views of tickets of one hall (``cases.counter.Counter.shown``)."""
        self._sockets = sockets
        self._emitter = emitter
        self._ticket_views = ticket_views
        self._desk = desk
        self._waits = waits
        self._interval_s = 1 / push_rate_hz
        self._dirty_lines: Lines = set()
        self._dirty_halls: set[str] = set()
        self._woken = asyncio.Event()

    async def _push(self, push: Push, content: object, *, room: str, namespace: str) -> None:
        encoded = _ADAPTERS[push.payload].dump_python(content, mode="json")
        await self._emitter.emit(push.name, encoded, room=room, namespace=namespace)

    async def watch(self, socket: Socket, watched: Watched) -> None:
        """The socket's page hears of the ticket from now on."""
        await self._emitter.enter(socket, ticket_room(watched.ticket_id))
        self._sockets.watch(socket.sid, watched)
        self._touch(watched.hall_id, watched.line_id)

    def left(self, watched: Sequence[Watched]) -> None:
        """A page is gone: the officers see who is online."""
        for one in watched:
            self._touch(one.hall_id, one.line_id)

    def _touch(self, hall_id: str, line_id: str) -> None:
        self._dirty_lines.add((hall_id, line_id))
        self._dirty_halls.add(hall_id)
        self._woken.set()

    async def joined(self, socket: Socket, call_id: str, leg: LegName) -> None:
        """The socket's page carries the leg now; the page that did is told."""
        before = self._sockets.join(call_id, leg, socket.sid)
        if before is not None:
            await self._push(
                events.CALL_MOVED, events.CallMoved(call_id), room=before, namespace=socket.namespace
            )

    def refuse_replaced(self, socket: Socket, call_id: str, leg: LegName) -> None:
        """Raises OfferStale for a page whose place in the call another one has."""
        if self._sockets.is_replaced(call_id, leg, socket.sid):
            raise OfferStale("another page carries this side")

    async def call_changed(self, view: CallView, officer_id: str) -> None:
        """Both sides see the call; when it begins or ends, their ticket and desk too."""
        room = ticket_room(view.ticket_id)
        await self._push(events.CALL_CHANGED, view, room=room, namespace=events.TAXPAYER.name)
        await self._push(
            events.CALL_CHANGED, view, room=officer_room(officer_id), namespace=events.OFFICER.name
        )
        if view.state in (CallState.CONNECTING, CallState.ENDED):
            await self._show_ticket(view.ticket_id)
            await self._show_desk(officer_id)
        if view.state is CallState.ENDED:
            self._sockets.forget_call(view.call_id)

    async def offer_changed(self, leg: LegName, offer: CallOffer) -> None:
        """The page that carries the leg applies the new offer."""
        sid = self._sockets.page_of_leg(offer.call_id, leg)
        namespace = events.TAXPAYER.name if leg is LegName.TAXPAYER else events.OFFICER.name
        if sid is not None:
            await self._push(events.CALL_OFFER, offer, room=sid, namespace=namespace)

    async def desk_changed(self, officer: Officer, view: DeskView) -> None:
        """The officer signed on or off, or changed state: all their pages show it, with their lines."""
        await self._to_officer(officer, events.DESK_CHANGED, view)
        await self._to_officer(officer, events.BOARD_CHANGED, await self._desk.board(officer))

    async def session_ended(self, socket: Socket, reason: str) -> None:
        """The last thing a page hears before its socket is closed."""
        await self._push(
            events.SESSION_ENDED,
            events.SessionEnded(reason),
            room=socket.sid,
            namespace=socket.namespace,
        )

    async def follow(self, journal: Journal, hall_ids: Sequence[str]) -> None:
        """Tell pages what the journal tells; for ever, ends by cancellation.

        Whatever goes wrong, it begins anew by showing everything once, so that no page stays behind.
        """
        while True:
            try:
                after = {hall_id: await journal.latest(hall_id) for hall_id in hall_ids}
                self._touch_all(hall_ids)
                async for entry in journal.tail(hall_ids, after=after):
                    await self._apply(entry)
            except EXPECTED as error:
                log.warning("pages begin anew: %s", error.code)
            except Exception:
                log.exception("pages begin anew after something unexpected")
            await asyncio.sleep(RETRY_S)

    def _touch_all(self, hall_ids: Sequence[str]) -> None:
        self._dirty_halls.update(hall_ids)
        for socket in self._sockets.all():
            for ticket_id in socket.tickets:
                watched = self._sockets.watched(ticket_id)
                if watched is not None:
                    self._touch(watched.hall_id, watched.line_id)
        self._woken.set()

    async def _apply(self, entry: JournalEntry) -> None:
        ticket = entry.ticket
        self._waits.note(entry)
        self._sockets.moved(ticket.ticket_id, ticket.line_id)
        await self._show_ticket(ticket.ticket_id)
        if ticket.officer_id is not None:
            await self._show_desk(ticket.officer_id)
        self._touch(ticket.hall_id, ticket.line_id)

    async def _show_ticket(self, ticket_id: str) -> None:
        watched = self._sockets.watched(ticket_id)
        if watched is not None:
            await self._show_tickets(watched.hall_id, [ticket_id])

    async def _show_tickets(self, hall_id: str, ticket_ids: Sequence[str]) -> None:
        if not ticket_ids:
            return
        for view in await self._ticket_views(hall_id, ticket_ids):
            room = ticket_room(view.ticket_id)
            await self._push(events.TICKET_CHANGED, view, room=room, namespace=events.TAXPAYER.name)

    async def _show_desk(self, officer_id: str) -> None:
        for officer in self._sockets.officers():
            if officer.officer_id == officer_id:
                await self._to_officer(officer, events.DESK_CHANGED, await self._desk.watch(officer))

    async def _to_officer(self, officer: Officer, push: Push, view: DeskView | BoardView) -> None:
        room = officer_room(officer.officer_id)
        await self._push(push, view, room=room, namespace=events.OFFICER.name)

    async def flush(self) -> None:
        """Show the lines that changed, at most ``push_rate_hz`` times a second; for ever, ends by
        cancellation.
        """
        while True:
            await self._woken.wait()
            self._woken.clear()
            lines, self._dirty_lines = self._dirty_lines, set()
            halls, self._dirty_halls = self._dirty_halls, set()
            try:
                await self._show_lines(lines)
                await self._show_halls(halls)
            except Exception as error:
                # Whatever it was: what is not shown now is shown with the next round.
                if isinstance(error, EXPECTED):
                    log.warning("counts wait: %s", error.code)
                else:
                    log.exception("counts wait after something unexpected")
                self._dirty_lines |= lines
                self._dirty_halls |= halls
                self._woken.set()
                await asyncio.sleep(RETRY_S)
            await asyncio.sleep(self._interval_s)

    async def _show_lines(self, lines: Lines) -> None:
        for hall_id, line_id in lines:
            waiting = self._sockets.watched_in(hall_id, line_id)
            for start in range(0, len(waiting), VIEWS_AT_ONCE):
                await self._show_tickets(hall_id, waiting[start : start + VIEWS_AT_ONCE])

    async def _show_halls(self, hall_ids: set[str]) -> None:
        for hall_id in hall_ids:
            officers = [officer for officer in self._sockets.officers() if officer.hall_id == hall_id]
            if not officers:
                continue
            for console in await self._desk.consoles(hall_id, officers):
                await self._to_officer(console.officer, events.DESK_CHANGED, console.desk)
                await self._to_officer(console.officer, events.BOARD_CHANGED, console.board)
