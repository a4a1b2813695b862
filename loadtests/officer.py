"""What an officer's console does in a run: sign on to every line, call the next one, serve, finish."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from api.routes import signing
from api.routes.signing import OfficerLogin
from cases.views import BoardView, DeskAction, DeskView, HeldTicket, OfficerView, Outcome
from loadtests.clients import Browser, PageSocket, new_id
from loadtests.errors import LoadError, Refused
from loadtests.hours import Hours, Phase
from loadtests.notes import Notes, now_ms
from loadtests.scenario import Shift
from queueing.states import TicketState
from signaling import events
from signaling.events import Command, Payload

CONSOLES_MAX: Final = 6
"""How often an officer opens the console, the first time included; each one that broke is an error."""
REOPEN_S: Final = 1.0
IDLE_LOOK_S: Final = 5.0
"""An officer who hears nothing looks at the desk so often."""
CLOSING_PATIENCE_S: Final = 1.0
TOO_LATE: Final = frozenset(
    {"nobody_waits", "holds_ticket", "officer_busy", "step_refused", "call_stale", "deadline_passed"}
)
"""Refusals of a step that another one overtook."""


@dataclass(frozen=True, slots=True)
class Login:
    staff_number: str
    password: str = field(repr=False)


class Console:
    """One open console; it keeps the newest view of the desk."""

    def __init__(self, browser: Browser, staff_number: str, notes: Notes) -> None:
        self._staff_number = staff_number
        self._notes = notes
        self.view: DeskView | None = None
        self.socket = PageSocket(browser, events.OFFICER, self._on_push)

    @property
    def ticket(self) -> HeldTicket | None:
        return self.view.ticket if self.view is not None else None

    def _on_push(self, event: str, content: object) -> None:
        if event == events.DESK_CHANGED.name and isinstance(content, DeskView):
            self._show(content)
        elif event == events.BOARD_CHANGED.name and isinstance(content, BoardView):
            self._notes.board_seen(content, self._staff_number)

    def _show(self, view: DeskView) -> None:
        self._notes.desk_seen(view, self._staff_number)
        if self.view is None or view.at_ms >= self.view.at_ms:
            self.view = view

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


class Officer:
    """One officer from sign-on to sign-off."""

    def __init__(
        self, shift: Shift, login: Login, patience_ms: int, base_url: str, hours: Hours, notes: Notes
    ) -> None:
        self._services_ms: Iterator[int] = shift.services_ms()
        self._login = login
        self._patience_s = patience_ms / 1_000
        self._base_url = base_url
        self._hours = hours
        self._notes = notes

    async def work(self) -> None:
        """The whole shift. What goes wrong is noted; nothing is raised."""
        for _ in range(CONSOLES_MAX):
            browser = Browser(self._base_url)
            try:
                lines = await self._sign_in(browser)
                await self._at_console(browser, lines)
                return
            except LoadError as error:
                self._notes.failed(f"officer {self._login.staff_number}", error)
            finally:
                await browser.close()
            if not await self._hours.sleep(REOPEN_S, until=Phase.OVER):
                return

    async def _sign_in(self, browser: Browser) -> tuple[str, ...]:
        body = OfficerLogin(staff_number=self._login.staff_number, password=self._login.password)
        officer = await browser.ask(signing.SIGN_IN_OFFICER, OfficerView, body)
        return tuple(line.line_id for line in officer.lines)

    async def _at_console(self, browser: Browser, line_ids: tuple[str, ...]) -> None:
        console = Console(browser, self._login.staff_number, self._notes)
        self._hours.listen(console.socket.news)
        try:
            await console.socket.open()
            # An officer's counter is called as the officer is; only people of on-site lines are told it.
            signing_on = events.SignOn(
                line_ids=line_ids, counter=self._login.staff_number[: events.COUNTER_MAX_CHARS]
            )
            await console.ask(events.DESK_SIGN_ON, signing_on)
            await self._serve(console)
            if console.ticket is None:
                await self._step(console, events.DESK_SIGN_OFF, events.Nothing())
        finally:
            self._hours.leave(console.socket.news)
            await console.socket.close()

    async def _serve(self, console: Console) -> None:
        while self._hours.phase is not Phase.OVER:
            console.socket.news.clear()
            console.socket.check()
            ticket = console.ticket
            if ticket is None:
                if self._hours.phase is not Phase.OPEN:
                    return
                await self._call_next(console)
            elif ticket.state is TicketState.CALLED:
                await self._await_answer(console, ticket)
            else:
                await self._talk(console, ticket)

    async def _call_next(self, console: Console) -> None:
        if console.view is None or DeskAction.CALL_NEXT not in console.view.actions:
            if not await _rings(console.socket.news, IDLE_LOOK_S):
                await console.watch()
            return
        asked_at_ms = now_ms()
        was_called = await self._step(console, events.QUEUE_CALL_NEXT, events.CallNext(request_id=new_id()))
        if was_called and console.view is not None:
            self._notes.called(console.view, asked_at_ms=asked_at_ms)

    async def _await_answer(self, console: Console, ticket: HeldTicket) -> None:
        """Until it is confirmed or gone; abandoned when the patience ends."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._patience_s
        is_closing = False
        while console.has(ticket) and loop.time() < until_s:
            if self._hours.phase is not Phase.OPEN and not is_closing:
                is_closing = True
                until_s = min(until_s, loop.time() + CLOSING_PATIENCE_S)
            console.socket.check()
            await _rings(console.socket.news, until_s - loop.time())
            console.socket.news.clear()
        if console.has(ticket):
            await self._step(console, events.QUEUE_ABANDON, _named(ticket))

    async def _talk(self, console: Console, ticket: HeldTicket) -> None:
        await self._hours.sleep(next(self._services_ms) / 1_000)
        payload = events.FinishTicket(
            ticket_id=ticket.ticket_id, call_number=ticket.call_number, outcome=Outcome.COMPLETED
        )
        await self._step(console, events.QUEUE_FINISH, payload)

    async def _step(self, console: Console, command: Command, payload: Payload) -> bool:
        """Whether it was done, and not overtaken."""
        try:
            await console.ask(command, payload)
        except Refused as refusal:
            if refusal.problem not in TOO_LATE:
                raise
            self._notes.raced()
            await console.watch()
            return False
        return True


def _named(ticket: HeldTicket) -> events.TicketCallNamed:
    return events.TicketCallNamed(ticket_id=ticket.ticket_id, call_number=ticket.call_number)


async def _rings(bell: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(max(0.0, within_s)):
            await bell.wait()
    except TimeoutError:
        return False
    return True
