"""One open console of an officer."""

from cases.conversation.views import ConversationMessage
from cases.views.calls import CallOffer, CallView
from cases.views.desks import BoardView, DeskView, HeldTicket
from loadtests.clients import Browser, PageSocket
from loadtests.notes import Notes
from loadtests.seat import CallSeat
from loadtests.talk import Talk
from signaling import events
from signaling.events import Command, Payload


class Console:
    """It keeps the newest view of the desk."""

    def __init__(self, browser: Browser, staff_number: str, notes: Notes) -> None:
        self._staff_number = staff_number
        self._notes = notes
        self.view: DeskView | None = None
        self.talk: Talk | None = None
        self.seat: CallSeat | None = None
        self.socket = PageSocket(browser, events.OFFICER, self._on_push)

    @property
    def ticket(self) -> HeldTicket | None:
        return self.view.ticket if self.view is not None else None

    def _on_push(self, event: str, content: object) -> None:
        if event == events.DESK_CHANGED.name and isinstance(content, DeskView):
            self._show(content)
        elif event == events.BOARD_CHANGED.name and isinstance(content, BoardView):
            self._notes.board_seen(content, self._staff_number)
        elif isinstance(content, ConversationMessage):
            if self.talk is not None:
                self.talk.pushed(content)
        elif self.seat is not None and isinstance(content, CallOffer):
            self.seat.offered(content)
        elif self.seat is not None and event == events.CALL_CHANGED.name and isinstance(content, CallView):
            self.seat.shown(content)

    def _show(self, view: DeskView) -> None:
        self._notes.desk_seen(view, self._staff_number)
        if self.view is None or view.at_ms >= self.view.at_ms:
            self.view = view
            if self.seat is not None and view.ticket is not None:
                self.seat.shown(view.ticket.call)

    async def ask(self, command: Command, payload: Payload) -> DeskView:
        """Send a command that answers with the desk, and show it. Raises LoadError."""
        view = await self.socket.command(command, DeskView, payload)
        self._show(view)
        return view

    async def watch(self) -> None:
        await self.ask(events.DESK_WATCH, events.Nothing())

    def has(self, ticket: HeldTicket) -> bool:
        """Whether it is still that ticket, in that state."""
        now = self.ticket
        return (
            now is not None
            and (now.ticket_id, now.call_number) == (ticket.ticket_id, ticket.call_number)
            and now.state is ticket.state
        )
