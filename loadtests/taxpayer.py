"""What a taxpayer's page does in a run: sign in, take a ticket, watch it, answer, or not."""

from typing import Final

from api.routes import signing, tickets
from api.routes.signing import FacePassed, TaxpayerIdentity
from api.routes.tickets import ConsultRequest
from cases.certificates import CertificateType
from cases.views import FaceChallenge, LineChanged, LinesView, TaxpayerView, TicketAction, TicketView
from loadtests.clients import Browser, PageSocket, new_id
from loadtests.counting import Counting, Told
from loadtests.errors import LoadError, Misshapen, Refused
from loadtests.hours import Hours, Phase
from loadtests.notes import Notes, now_ms
from loadtests.scenario import Visit
from queueing.states import ENDED_STATES, TicketState
from signaling import events
from signaling.events import Command, Payload

PAGES_MAX: Final = 4
"""How often a taxpayer opens the page, the first time included; each page that broke is an error."""
REOPEN_S: Final = 1.0
RACES_MAX: Final = 20
"""So many steps of one ticket may come too late before that is an error."""
LAPSE_WAIT_MS: Final = 10_000
"""An abandoned ticket is left to lapse where that is so near; otherwise its taxpayer cancels it."""
TOO_LATE: Final = frozenset({"step_refused", "call_stale", "deadline_passed"})
"""Refusals of a step that another one overtook."""


class TicketPage:
    """One open page with one ticket. It keeps the newest view and counts, as docs/PROTOCOL.md says."""

    def __init__(self, browser: Browser, name: str, notes: Notes, view: TicketView) -> None:
        self._name = name
        self._notes = notes
        self._counting = Counting()
        self.view = view
        self._newest = (0, 0)
        """Version and time of the view, below which others are dropped."""
        self.has_missed = False
        """Something did not reach it, so that it has to ask."""
        self._show(view, asked_after=None)
        self.socket = PageSocket(browser, events.TAXPAYER, self._on_push)

    def _on_push(self, event: str, content: object) -> None:
        if event == events.TICKET_CHANGED.name and isinstance(content, TicketView):
            self._show(content, asked_after=None)
        elif event == events.LINE_CHANGED.name and isinstance(content, LineChanged):
            self._count(content)
        elif event == events.HALL_CHANGED.name:
            # Its versions may be others now; the server shows the ticket anew.
            self._newest = (0, 0)
            self._counting.forget()

    def _count(self, changed: LineChanged) -> None:
        told = self._counting.told(changed)
        if told is Told.COUNTED:
            self._notes.counted(self.view, self._counting, self._name)
        elif told is Told.MISSED:
            self.has_missed = True

    def _show(self, view: TicketView, *, asked_after: int | None) -> None:
        if view.ticket_id != self.view.ticket_id:
            raise Misshapen("another's ticket")
        kept = (view.version, view.at_ms) >= self._newest
        self._notes.ticket_seen(view, self._name, kept=kept, asked_after=asked_after)
        if kept:
            self.view, self._newest = view, (view.version, view.at_ms)
            self.has_missed = self._counting.shown(view)

    async def ask(self, command: Command, payload: Payload) -> None:
        """Send a command that answers with the ticket, and show it. Raises LoadError."""
        known = self.view.version
        self._show(await self.socket.command(command, TicketView, payload), asked_after=known)

    async def watch(self) -> None:
        await self.ask(events.TICKET_WATCH, events.TicketNamed(ticket_id=self.view.ticket_id))


class Taxpayer:
    """One visit from arrival to the ticket's end."""

    def __init__(self, visit: Visit, base_url: str, hours: Hours, notes: Notes) -> None:
        self._visit = visit
        self._base_url = base_url
        self._hours = hours
        self._notes = notes
        self._answered: set[int] = set()
        self._races = 0

    @property
    def _name(self) -> str:
        return f"taxpayer {self._visit.turn}"

    async def attend(self) -> None:
        """The whole visit. What goes wrong is noted; nothing is raised."""
        self._notes.figures.started += 1
        browser = Browser(self._base_url)
        try:
            view = await self._take(browser)
            await self._stay(browser, view)
        except LoadError as error:
            self._notes.failed(self._name, error)
        finally:
            await browser.close()

    async def _take(self, browser: Browser) -> TicketView:
        person = self._visit.person
        identity = TaxpayerIdentity(
            certificate_type=CertificateType.ID_CN, certificate_number=person.number, name=person.name
        )
        challenge = await browser.ask(signing.CHECK_IDENTITY, FaceChallenge, identity)
        passed = FacePassed(challenge=challenge.challenge, method="development")
        await browser.ask(signing.SIGN_IN_TAXPAYER, TaxpayerView, passed)
        lines = (await browser.ask(tickets.LIST_CONSULT_LINES, LinesView)).lines
        line = lines[int(self._visit.line_draw * len(lines))]
        request = ConsultRequest(ticket_id=new_id(), line_id=line.line_id)
        asked_at_ms = now_ms()
        view = await browser.ask(tickets.TAKE_CONSULT_TICKET, TicketView, request)
        self._notes.ticket_taken(view, asked_at_ms=asked_at_ms)
        return view

    async def _stay(self, browser: Browser, view: TicketView) -> None:
        """Watch the ticket to its end, on as many pages as it takes. Raises the last page's LoadError."""
        for pages_left in reversed(range(PAGES_MAX)):
            page = TicketPage(browser, self._name, self._notes, view)
            self._hours.listen(page.socket.news)
            try:
                await page.socket.open()
                await page.watch()
                await self._live(page)
                return
            except LoadError as error:
                if not pages_left:
                    raise
                self._notes.failed(self._name, error)
            finally:
                self._hours.leave(page.socket.news)
                await page.socket.close()
            view = page.view
            await self._hours.sleep(REOPEN_S, until=Phase.OVER)

    async def _live(self, page: TicketPage) -> None:
        while page.view.state not in ENDED_STATES:
            page.socket.news.clear()
            page.socket.check()
            if self._hours.phase is Phase.OVER:
                # The last look: tells a ticket that did not end from an end that was not told.
                await page.watch()
                return
            if page.has_missed:
                self._notes.missed()
                await page.watch()
            elif not await self._act(page):
                await page.socket.news.wait()

    async def _act(self, page: TicketPage) -> bool:
        """Do what is due; whether something was."""
        view = page.view
        named = events.TicketNamed(ticket_id=view.ticket_id)
        if view.state is TicketState.WAITING and self._hours.phase is not Phase.OPEN:
            await self._step(page, events.TICKET_CANCEL, named)
            return True
        if view.state is TicketState.ABANDONED and self._gives_up(view):
            await self._step(page, events.TICKET_CANCEL, named)
            return True
        if view.state is TicketState.CALLED and self._visit.answers:
            return await self._answer(page)
        return False

    def _gives_up(self, view: TicketView) -> bool:
        if TicketAction.CANCEL not in view.actions or view.deadline_ms is None:
            return False
        return view.deadline_ms - view.at_ms > LAPSE_WAIT_MS

    async def _answer(self, page: TicketPage) -> bool:
        call_number = page.view.call_number
        if call_number in self._answered:
            return False
        self._answered.add(call_number)
        await self._hours.sleep(self._visit.think_ms / 1_000)
        if page.view.state is TicketState.CALLED and page.view.call_number == call_number:
            payload = events.TicketCallNamed(ticket_id=page.view.ticket_id, call_number=call_number)
            await self._step(page, events.TICKET_CONFIRM, payload)
        return True

    async def _step(self, page: TicketPage, command: Command, payload: Payload) -> None:
        try:
            await page.ask(command, payload)
        except Refused as refusal:
            self._races += 1
            if refusal.problem not in TOO_LATE or self._races > RACES_MAX:
                raise
            self._notes.raced()
            await page.watch()
