"""A ticket's own pages: they are shown the whole of it whenever something happens to it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from cases.access import Taxpayer
from cases.counter import Shown
from cases.views.tickets import TicketView
from signaling import events
from signaling.emitting import Emitter, push, ticket_room
from signaling.lines import Lines
from signaling.sockets import Socket, Sockets

VIEWS_AT_ONCE: Final = 500

TicketViews = Callable[[str, Sequence[str]], Awaitable[list[Shown]]]


class TicketPages:
    """Shows tickets to the pages that watch them. Raises what reading them raises."""

    def __init__(self, sockets: Sockets, emitter: Emitter, ticket_views: TicketViews, lines: Lines) -> None:
        """``ticket_views``: the views of tickets of one hall (``cases.counter.Counter.shown``)."""
        self._sockets = sockets
        self._emitter = emitter
        self._ticket_views = ticket_views
        self._lines = lines

    async def watch(self, socket: Socket, view: TicketView) -> bool:
        """The socket's page hears of the ticket, and of its line, from now on.

        False where something may have happened between the view and now: then it has to be read once more.
        """
        hall_id = view.hall.hall_id
        await self._emitter.enter(socket, ticket_room(view.ticket_id))
        self._sockets.watch(socket.sid, view.ticket_id, hall_id)
        self._lines.seat(view)
        return self._lines.version(hall_id) <= view.version

    def seat(self, view: TicketView) -> None:
        """A page that watches already gets this view as an answer."""
        if self._sockets.watched(view.ticket_id) is not None:
            self._lines.seat(view)

    async def show(self, ticket_id: str) -> None:
        """Show one ticket to its pages, if there are any."""
        hall_id = self._sockets.watched(ticket_id)
        if hall_id is not None:
            await self.show_many(hall_id, [ticket_id])

    async def show_many(self, hall_id: str, ticket_ids: Sequence[str]) -> None:
        """Show at most VIEWS_AT_ONCE tickets of a hall to their pages."""
        behind = await self._show(hall_id, ticket_ids)
        if behind:
            # Their line was told of newer steps meanwhile. They have their seats now, so once is enough.
            await self._show(hall_id, behind)

    async def _show(self, hall_id: str, ticket_ids: Sequence[str]) -> list[str]:
        watched = [ticket_id for ticket_id in ticket_ids if self._sockets.watched(ticket_id) is not None]
        if not watched:
            return []
        behind = []
        for shown in await self._ticket_views(hall_id, watched):
            view = shown.view
            await self._part_with_others(shown)
            if self._sockets.watched(view.ticket_id) is None:
                continue
            if not self._lines.seat(view):
                behind.append(view.ticket_id)
            room = ticket_room(view.ticket_id)
            await push(self._emitter, events.TICKET_CHANGED, view, room=room, namespace=events.TAXPAYER.name)
        return behind

    async def _part_with_others(self, shown: Shown) -> None:
        """A ticket on paper may be somebody else's, or nobody's, since a page began to watch it."""
        view = shown.view
        if view.case_id is not None:
            return
        for sid in self._sockets.watchers(view.ticket_id):
            socket = self._sockets.get(sid)
            if (
                socket is not None
                and isinstance(socket.person, Taxpayer)
                and socket.person.taxpayer_id != shown.taxpayer_id
            ):
                self._sockets.unwatch(sid, view.ticket_id)
                await self._emitter.leave(socket, ticket_room(view.ticket_id))
        if self._sockets.watched(view.ticket_id) is None:
            self._lines.unseat(view.ticket_id)
