"""The pages of this process, as the use cases and the commands see them: who watches what, and calls."""

from cases.access import Officer
from cases.calls import CallParties
from cases.views.calls import CallOffer, CallView
from cases.views.desks import DeskView
from cases.views.tickets import TicketView
from rtc.call import CallState, LegName
from rtc.errors import OfferStale
from signaling import events
from signaling.consoles import Consoles
from signaling.counts import Counts
from signaling.emitting import Emitter, officer_room, push
from signaling.lines import Lines
from signaling.sockets import Socket, Sockets
from signaling.tickets import TicketPages


class Pages:
    """What pages are told at once (``cases.calls.CallPages``)."""

    def __init__(
        self,
        sockets: Sockets,
        emitter: Emitter,
        lines: Lines,
        tickets: TicketPages,
        consoles: Consoles,
        counts: Counts,
    ) -> None:
        self._sockets = sockets
        self._emitter = emitter
        self._lines = lines
        self._tickets = tickets
        self._consoles = consoles
        self._counts = counts

    async def watch(self, socket: Socket, view: TicketView) -> bool:
        """The socket's page hears of the ticket from now on; False: read it again, and tell ``watched``."""
        is_current = await self._tickets.watch(socket, view)
        self._counts.touch(view.hall.hall_id)
        return is_current

    def watched(self, view: TicketView) -> None:
        """The view that the page gets in the end."""
        self._tickets.seat(view)

    def left(self, sid: str) -> None:
        """A page is gone: nobody is told in its place, and the officers see who is online."""
        for ticket_id, hall_id in self._sockets.remove(sid):
            if self._sockets.watched(ticket_id) is None:
                self._lines.unseat(ticket_id)
            self._counts.touch(hall_id)

    async def joined(self, socket: Socket, call_id: str, leg: LegName) -> None:
        """The socket's page carries the leg now; the page that did is told."""
        before = self._sockets.join(call_id, leg, socket.sid)
        if before is not None:
            moved = events.CallMoved(call_id)
            await push(self._emitter, events.CALL_MOVED, moved, room=before, namespace=socket.namespace)

    def refuse_replaced(self, socket: Socket, call_id: str, leg: LegName) -> None:
        """Raises OfferStale for a page whose place in the call another one has."""
        if self._sockets.is_replaced(call_id, leg, socket.sid):
            raise OfferStale("another page carries this side")

    async def call_changed(self, view: CallView, parties: CallParties) -> None:
        """Both sides see the call; when it begins or ends, their ticket and desk too."""
        for sid in self._sockets.sids_of(parties.taxpayer_id):
            await push(self._emitter, events.CALL_CHANGED, view, room=sid, namespace=events.TAXPAYER.name)
        room = officer_room(parties.officer_id)
        await push(self._emitter, events.CALL_CHANGED, view, room=room, namespace=events.OFFICER.name)
        if view.state in (CallState.CONNECTING, CallState.ENDED) and view.ticket_id is not None:
            await self._tickets.show(view.ticket_id)
            await self._consoles.show_desk(parties.officer_id)
        if view.state is CallState.ENDED:
            self._sockets.forget_call(view.call_id)

    async def offer_changed(self, leg: LegName, offer: CallOffer) -> None:
        """The page that carries the leg applies the new offer."""
        sid = self._sockets.page_of_leg(offer.call_id, leg)
        namespace = events.TAXPAYER.name if leg is LegName.TAXPAYER else events.OFFICER.name
        if sid is not None:
            await push(self._emitter, events.CALL_OFFER, offer, room=sid, namespace=namespace)

    async def desk_changed(self, officer: Officer, view: DeskView) -> None:
        """The officer signed on or off, or changed state: all their pages show it, with their lines."""
        await self._consoles.changed(officer, view)

    async def session_ended(self, socket: Socket, reason: str) -> None:
        """The last thing a page hears before its socket is closed."""
        ended = events.SessionEnded(reason)
        await push(self._emitter, events.SESSION_ENDED, ended, room=socket.sid, namespace=socket.namespace)
