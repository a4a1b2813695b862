"""Officers' pages: desks at once when somebody else did something, desks and boards of a hall a few times a
second, read once for all of its officers.
"""

from cases.access import Officer
from cases.desk import Desk
from cases.views.desks import BoardView, DeskView
from signaling import events
from signaling.emitting import Emitter, officer_room, push
from signaling.events import Push
from signaling.sockets import Sockets


class Consoles:
    """Shows desks and boards. Raises what reading them raises."""

    def __init__(self, sockets: Sockets, emitter: Emitter, desk: Desk) -> None:
        self._sockets = sockets
        self._emitter = emitter
        self._desk = desk

    async def show_desk(self, officer_id: str) -> None:
        """Show an officer's desk, if a page of theirs is open here."""
        officer = self._sockets.officer(officer_id)
        if officer is not None:
            await self._push(officer, events.DESK_CHANGED, await self._desk.watch(officer))

    async def changed(self, officer: Officer, view: DeskView) -> None:
        """The officer signed on or off, or changed state: all their pages show it, with their lines."""
        await self._push(officer, events.DESK_CHANGED, view)
        await self._push(officer, events.BOARD_CHANGED, await self._desk.board(officer))

    async def show_hall(self, hall_id: str) -> None:
        """Show the desks and boards of all officers of the hall."""
        officers = [officer for officer in self._sockets.officers() if officer.hall_id == hall_id]
        if not officers:
            return
        for console in await self._desk.consoles(hall_id, officers):
            await self._push(console.officer, events.DESK_CHANGED, console.desk)
            await self._push(console.officer, events.BOARD_CHANGED, console.board)

    async def _push(self, officer: Officer, kind: Push, view: DeskView | BoardView) -> None:
        room = officer_room(officer.officer_id)
        await push(self._emitter, kind, view, room=room, namespace=events.OFFICER.name)
