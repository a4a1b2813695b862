"""What an officer's console does in a run: sign on to every line, call the next one, serve, finish."""

import asyncio
from collections.abc import Iterator
from typing import Final

from api.routes import signing
from api.routes.signing import OfficerLogin
from cases.views.desks import DeskAction, HeldTicket, OfficerView
from cases.views.tickets import Outcome
from loadtests.attending import Attending
from loadtests.clients import Browser, new_id
from loadtests.console import Console
from loadtests.errors import LoadError, Refused, may_pass
from loadtests.ground import Ground
from loadtests.hours import Phase
from loadtests.logins import Login
from loadtests.notes import now_ms
from loadtests.scenario import Service, Shift
from queueing.states import TicketState
from signaling import events
from signaling.events import Command, Payload

CONSOLES_MAX: Final = 6
"""How often an officer opens the console, the first time included; each one that broke is an error."""
REOPEN_S: Final = 1.0
COME_EVERY_S: Final = 0.25
"""Officers sign in one after the other: a password takes the server a good part of a second."""
IDLE_LOOK_S: Final = 5.0
"""An officer who hears nothing looks at the desk so often."""
CLOSING_PATIENCE_S: Final = 1.0
TOO_LATE: Final = frozenset(
    {
        *("nobody_waits", "holds_ticket", "officer_busy", "step_refused", "call_stale", "deadline_passed"),
        "slot_not_started",
    }
)
"""Refusals of a step that another one overtook; and of giving up who was called before the booked time, on
whom the officer waits on.
"""


class Officer:
    """One officer from sign-on to sign-off."""

    def __init__(self, shift: Shift, login: Login, patience_ms: int, ground: Ground) -> None:
        self._services: Iterator[Service] = shift.services()
        self._has_camera = shift.has_camera
        self._comes_after_s = shift.turn * COME_EVERY_S
        self._login = login
        self._patience_s = patience_ms / 1_000
        self._ground = ground
        self._hours = ground.hours
        self._notes = ground.notes
        self._done: set[tuple[str, int]] = set()
        """Payments that were asked for are not asked for again at the next console."""

    async def work(self) -> None:
        """The whole shift. What goes wrong is noted; nothing is raised."""
        consoles_left = CONSOLES_MAX
        await self._hours.sleep(self._comes_after_s)
        while consoles_left:
            browser = Browser(self._ground.base_url, self._ground.weather)
            try:
                lines = await self._sign_in(browser)
                await self._at_console(browser, lines)
                return
            except LoadError as error:
                if self._ground.weather.is_rough and may_pass(error):
                    self._notes.disturbed(error)
                else:
                    consoles_left -= 1
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
            await self._serve(console, browser)
            if console.ticket is None:
                await self._step(console, events.DESK_SIGN_OFF, events.Nothing())
        finally:
            self._hours.leave(console.socket.news)
            await console.socket.close()

    async def _serve(self, console: Console, browser: Browser) -> None:
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
                await self._attend(console, browser, ticket)

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

    async def _attend(self, console: Console, browser: Browser, ticket: HeldTicket) -> None:
        """Serve for as long as it takes, and finish."""
        service = next(self._services)
        attending = Attending(self._ground, browser, console, ticket, self._login.staff_number)
        is_first = (ticket.ticket_id, ticket.call_number) not in self._done
        self._done.add((ticket.ticket_id, ticket.call_number))
        finished = False
        try:
            attending.begin(service if is_first else None, has_camera=self._has_camera)
            await self._works(console, service.duration_ms / 1_000)
            await attending.settled()
            payload = events.FinishTicket(
                ticket_id=ticket.ticket_id, call_number=ticket.call_number, outcome=Outcome.COMPLETED
            )
            console.socket.check()
            finished = await self._step(console, events.QUEUE_FINISH, payload)
        finally:
            await attending.end(last_look=finished)

    async def _works(self, console: Console, duration_s: float) -> None:
        """For so long, or until the page is lost: then another one is opened at once."""
        work = asyncio.create_task(self._hours.sleep(duration_s))
        loss = asyncio.create_task(console.socket.gone.wait())
        try:
            await asyncio.wait([work, loss], return_when=asyncio.FIRST_COMPLETED)
        finally:
            work.cancel()
            loss.cancel()

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
