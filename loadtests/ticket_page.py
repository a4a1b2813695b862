"""A taxpayer's open page with one ticket."""

from collections.abc import Callable

from cases.conversation.views import ConversationMessage
from cases.views.calls import CallOffer, CallView
from cases.views.tickets import LineChanged, TicketView
from loadtests.clients import Browser, PageSocket
from loadtests.counting import Counting, Told
from loadtests.errors import Misshapen
from loadtests.notes import Notes
from loadtests.seat import CallSeat
from loadtests.talk import Talk
from signaling import events
from signaling.events import Command, Payload


class TicketPage:
    """It keeps the newest view and counts, as docs/PROTOCOL.md says."""

    def __init__(self, browser: Browser, name: str, notes: Notes, view: TicketView) -> None:
        self._name = name
        self._notes = notes
        self._counting = Counting()
        self.view = view
        self._newest = (0, 0)
        """Version and time of the view, below which others are dropped."""
        self.has_missed = False
        """Something did not reach it, so that it has to ask."""
        self.talk: Talk | None = None
        self.seat: CallSeat | None = None
        self._show(view, asked_after=None)
        self.socket = PageSocket(browser, events.TAXPAYER, self._on_push)
        self._takers: dict[str, Callable[[object], None]] = {
            events.TICKET_CHANGED.name: self._ticket_changed,
            events.LINE_CHANGED.name: self._line_changed,
            events.HALL_CHANGED.name: self._hall_changed,
            events.CONVERSATION_MESSAGE.name: self._message,
            events.CALL_OFFER.name: self._offer,
            events.CALL_CHANGED.name: self._call_changed,
        }

    def _on_push(self, event: str, content: object) -> None:
        taker = self._takers.get(event)
        if taker is not None:
            taker(content)

    def _ticket_changed(self, content: object) -> None:
        if isinstance(content, TicketView):
            self._show(content, asked_after=None)

    def _line_changed(self, content: object) -> None:
        if isinstance(content, LineChanged):
            told = self._counting.told(content)
            if told is Told.COUNTED:
                self._notes.counted(self.view, self._counting, self._name)
            elif told is Told.MISSED:
                self.has_missed = True

    def _hall_changed(self, _content: object) -> None:
        # Its versions may be others now; the server shows the ticket anew.
        self._newest = (0, 0)
        self._counting.forget()

    def _message(self, content: object) -> None:
        if self.talk is not None and isinstance(content, ConversationMessage):
            self.talk.pushed(content)

    def _offer(self, content: object) -> None:
        if self.seat is not None and isinstance(content, CallOffer):
            self.seat.offered(content)

    def _call_changed(self, content: object) -> None:
        if self.seat is not None and isinstance(content, CallView):
            self.seat.shown(content)

    def _show(self, view: TicketView, *, asked_after: int | None) -> None:
        if view.ticket_id != self.view.ticket_id:
            raise Misshapen("another's ticket")
        kept = (view.version, view.at_ms) >= self._newest
        self._notes.ticket_seen(view, self._name, kept=kept, asked_after=asked_after)
        if kept:
            self.view, self._newest = view, (view.version, view.at_ms)
            self.has_missed = self._counting.shown(view)
            if self.seat is not None:
                self.seat.shown(view.call)

    async def ask(self, command: Command, payload: Payload) -> None:
        """Send a command that answers with the ticket, and show it. Raises LoadError."""
        known = self.view.version
        self._show(await self.socket.command(command, TicketView, payload), asked_after=known)

    async def watch(self) -> None:
        await self.ask(events.TICKET_WATCH, events.TicketNamed(ticket_id=self.view.ticket_id))
