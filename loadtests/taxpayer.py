"""What a taxpayer does in a run: sign in, get a ticket, watch it, answer, be served. Or what people do
instead: not answer, answer too late, lose patience, load the page anew, lose the network.
"""

import asyncio
from enum import Enum, auto
from typing import Final

from api.routes import business, signing, tickets
from api.routes.signing import FacePassed, TaxpayerIdentity
from api.routes.tickets import ConsultRequest
from cases.casework.views import Timeline
from cases.certificates import CertificateType
from cases.stages.events import Event
from cases.views import CaseView, FaceChallenge, LinesView, TaxpayerView, TicketAction, TicketView
from loadtests.business import Business
from loadtests.clients import Browser, new_id
from loadtests.errors import LoadError, Misshapen, Refused, may_pass
from loadtests.ground import Ground
from loadtests.hours import Phase
from loadtests.notes import now_ms
from loadtests.scenario import Visit
from loadtests.served import Served
from loadtests.ticket_page import TicketPage
from queueing.states import ENDED_STATES, Step, TicketState
from signaling import events
from signaling.events import Command, Payload

PAGES_MAX: Final = 4
"""How often a taxpayer opens the page, the first time included; each page that broke is an error."""
REOPEN_S: Final = 1.0
RACES_MAX: Final = 20
"""So many steps of one ticket may come too late before that is an error."""
LAPSE_WAIT_MS: Final = 10_000
"""An abandoned ticket is left to lapse where that is so near; otherwise its taxpayer cancels it."""
LATE_MS: Final = 300
"""Who answers late does it so long after the deadline."""
HISTORY_S: Final = 60.0
"""How long the records may take to tell the end of a ticket."""
LOOK_BACK_S: Final = 0.5
"""Before the second look; each further one waits twice as long."""
TOO_LATE: Final = frozenset({"step_refused", "call_stale", "deadline_passed"})
"""Refusals of a step that another one overtook."""
ENDS: Final = frozenset({"finish", "cancel", "lapse", "dismiss"})
"""The steps that end a ticket, as a case tells them."""

STEPS_OF_EVENTS: Final[dict[str, Step]] = {
    Event.TICKET_CALLED: Step.CALL,
    Event.TICKET_SERVED: Step.CONFIRM,
    Event.TICKET_ABANDONED: Step.ABANDON,
    Event.TICKET_WAITS: Step.REACTIVATE,
    Event.TICKET_CANCELLED: Step.CANCEL,
    Event.TICKET_FINISHED: Step.FINISH,
    Event.TICKET_LAPSED: Step.LAPSE,
}


class _Leaving(Enum):
    """Why a page was left."""

    ENDED = auto()
    RELOAD = auto()
    DROP = auto()


class Taxpayer:
    """One visit from arrival to the ticket's end."""

    def __init__(self, visit: Visit, ground: Ground) -> None:
        self._visit = visit
        self._ground = ground
        self._notes = ground.notes
        self._hours = ground.hours
        self._answered: set[int] = set()
        self._races = 0
        self._pages = 0
        self._plans: list[tuple[float, _Leaving]] = []
        self._leaves_at_s: float | None = None
        self._served: Served | None = None
        self._serving_began = False

    @property
    def _name(self) -> str:
        return f"taxpayer {self._visit.turn}"

    async def attend(self) -> None:
        """The whole visit. What goes wrong is noted; nothing is raised."""
        self._notes.figures.started += 1
        browser = Browser(self._ground.base_url, self._ground.weather)
        try:
            view = await self._take(browser)
            if view is not None:
                self._plan()
                last = await self._stay(browser, view)
                await self._look_back(browser, last)
        except LoadError as error:
            self._failed(error)
        finally:
            await browser.close()

    def _failed(self, error: LoadError) -> None:
        if self._ground.weather.is_rough and may_pass(error):
            self._notes.disturbed(error)
        else:
            self._notes.failed(self._name, error)

    async def _take(self, browser: Browser) -> TicketView | None:
        person = self._visit.person
        identity = TaxpayerIdentity(
            certificate_type=CertificateType.ID_CN, certificate_number=person.number, name=person.name
        )
        challenge = await browser.ask(signing.CHECK_IDENTITY, FaceChallenge, identity)
        passed = FacePassed(challenge=challenge.challenge, method="development")
        await browser.ask(signing.SIGN_IN_TAXPAYER, TaxpayerView, passed)
        if self._visit.has_case:
            return await Business(self._ground, browser, person).ticket()
        line_id = self._visit.line_id
        if line_id is None:
            lines = (await browser.ask(tickets.LIST_CONSULT_LINES, LinesView)).lines
            line_id = lines[int(self._visit.line_draw * len(lines))].line_id
        request = ConsultRequest(ticket_id=new_id(), line_id=line_id)
        asked_at_ms = now_ms()
        view = await browser.ask(tickets.TAKE_CONSULT_TICKET, TicketView, request)
        self._notes.ticket_taken(view, asked_at_ms=asked_at_ms)
        return view

    def _plan(self) -> None:
        """What is to come between, by the clock of the loop."""
        now_s, visit = asyncio.get_running_loop().time(), self._visit
        planned = ((visit.reloads_ms, _Leaving.RELOAD), (visit.drops_ms, _Leaving.DROP))
        self._plans = sorted(
            ((now_s + after_ms / 1_000, why) for after_ms, why in planned if after_ms is not None),
            key=lambda plan: plan[0],
        )
        if visit.leaves_ms is not None:
            self._leaves_at_s = now_s + visit.leaves_ms / 1_000

    async def _stay(self, browser: Browser, view: TicketView) -> TicketView:
        """Watch the ticket to its end, on as many pages as it takes; its last view.

        Raises the last page's LoadError.
        """
        pages_left = PAGES_MAX
        while True:
            self._pages += 1
            page = TicketPage(browser, self._name, self._notes, view)
            self._hours.listen(page.socket.news)
            leaving: _Leaving | None = None
            try:
                await page.socket.open()
                await page.watch()
                leaving = await self._live(page, browser)
            except LoadError as error:
                if not (self._ground.weather.is_rough and may_pass(error)):
                    pages_left -= 1
                if not pages_left:
                    raise
                self._failed(error)
            finally:
                self._hours.leave(page.socket.news)
                await self._leave(page, leaving)
            view = page.view
            if leaving is _Leaving.ENDED:
                return view
            if leaving is _Leaving.DROP:
                await self._hours.sleep(self._visit.drop_ms / 1_000, until=Phase.OVER)
            elif leaving is None:
                await self._hours.sleep(REOPEN_S, until=Phase.OVER)

    async def _leave(self, page: TicketPage, leaving: _Leaving | None) -> None:
        served, self._served = self._served, None
        if leaving is _Leaving.DROP:
            self._notes.figures.drops += 1
            if served is not None:
                served.silence()
            await page.socket.drop()
        elif leaving is _Leaving.RELOAD:
            self._notes.figures.reloads += 1
        if served is not None:
            await served.end(last_look=leaving is _Leaving.ENDED)
        if leaving is not _Leaving.DROP:
            await page.socket.close()

    async def _live(self, page: TicketPage, browser: Browser) -> _Leaving:
        loop = asyncio.get_running_loop()
        while page.view.state not in ENDED_STATES:
            page.socket.news.clear()
            page.socket.check()
            if self._hours.phase is Phase.OVER:
                # The last look: tells a ticket that did not end from an end that was not told.
                await page.watch()
                return _Leaving.ENDED
            if self._plans and self._plans[0][0] <= loop.time():
                return self._plans.pop(0)[1]
            if page.has_missed:
                self._notes.missed()
                await page.watch()
            elif not await self._act(page, browser):
                await self._until_news(page)
        return _Leaving.ENDED

    async def _until_news(self, page: TicketPage) -> None:
        """Or until something of the plan is due."""
        due = [self._plans[0][0]] if self._plans else []
        if self._leaves_at_s is not None and page.view.state is TicketState.WAITING:
            due.append(self._leaves_at_s)
        try:
            async with asyncio.timeout_at(min(due) if due else None):
                await page.socket.news.wait()
        except TimeoutError:
            return

    async def _act(self, page: TicketPage, browser: Browser) -> bool:
        """Do what is due; whether something was."""
        view = page.view
        named = events.TicketNamed(ticket_id=view.ticket_id)
        if view.state is TicketState.WAITING and (
            self._hours.phase is not Phase.OPEN or self._has_no_patience
        ):
            await self._step(page, events.TICKET_CANCEL, named)
            return True
        if view.state is TicketState.ABANDONED:
            return await self._take_back_or_give_up(page)
        if view.state is TicketState.CALLED and self._answers:
            return await self._answer(page)
        if view.state is TicketState.SERVING and self._served is None:
            visit = self._visit
            name = f"{self._name}.{self._pages}"
            self._served = Served(self._ground, browser, page, visit, name)
            first, self._serving_began = not self._serving_began, True
            self._served.begin(hangs_up=visit.hangs_up and first, messages=visit.messages if first else 0)
        return False

    @property
    def _has_no_patience(self) -> bool:
        return self._leaves_at_s is not None and asyncio.get_running_loop().time() >= self._leaves_at_s

    @property
    def _answers(self) -> bool:
        """Who took the place back has come."""
        return self._visit.answers or (self._visit.reactivates and len(self._answered) > 0)

    async def _take_back_or_give_up(self, page: TicketPage) -> bool:
        view = page.view
        named = events.TicketNamed(ticket_id=view.ticket_id)
        can = TicketAction.REACTIVATE in view.actions and self._hours.phase is Phase.OPEN
        if self._visit.reactivates and can:
            self._answered.add(view.call_number)
            if await self._step(page, events.TICKET_REACTIVATE, named):
                self._notes.figures.reactivations += 1
            return True
        if self._gives_up(view):
            await self._step(page, events.TICKET_CANCEL, named)
            return True
        return False

    def _gives_up(self, view: TicketView) -> bool:
        if TicketAction.CANCEL not in view.actions or view.deadline_ms is None:
            return False
        return view.deadline_ms - view.at_ms > LAPSE_WAIT_MS

    async def _answer(self, page: TicketPage) -> bool:
        view = page.view
        call_number = view.call_number
        if call_number in self._answered:
            return False
        self._answered.add(call_number)
        think_ms: float = self._visit.think_ms
        if self._visit.is_late and len(self._answered) == 1 and view.deadline_ms is not None:
            think_ms = view.deadline_ms - view.at_ms + LATE_MS
        await self._hours.sleep(think_ms / 1_000)
        is_late = page.view.state is not TicketState.CALLED or page.view.call_number != call_number
        if not is_late or self._visit.is_late:
            payload = events.TicketCallNamed(ticket_id=view.ticket_id, call_number=call_number)
            try:
                await self._step(page, events.TICKET_CONFIRM, payload)
            except LoadError:
                # It may not have come through: the next page still shows the call, and is answered.
                self._answered.discard(call_number)
                raise
        return True

    async def _step(self, page: TicketPage, command: Command, payload: Payload) -> bool:
        """Whether it was done, and not overtaken."""
        try:
            await page.ask(command, payload)
        except Refused as refusal:
            self._races += 1
            if refusal.problem not in TOO_LATE or self._races > RACES_MAX:
                raise
            self._notes.raced()
            await page.watch()
            return False
        return True

    async def _look_back(self, browser: Browser, last: TicketView) -> None:
        """What the case says of a ticket that was called, once the records know its end."""
        if last.case_id is None or last.state not in ENDED_STATES or not last.call_number:
            return
        pause_s = LOOK_BACK_S
        loop = asyncio.get_running_loop()
        until_s = loop.time() + HISTORY_S
        while True:
            steps = await self._steps(browser, last.case_id)
            if any(step in ENDS for _, step, _ in steps):
                self._notes.history_seen(last.ticket_id, last.case_id, steps)
                return
            if loop.time() > until_s:
                raise Misshapen(f"the history of {last.ticket_id} has no end: {steps[-3:]}")
            await asyncio.sleep(pause_s)
            pause_s *= 2

    async def _steps(self, browser: Browser, case_id: str) -> list[tuple[int, str, str]]:
        """When, what and by whom. A whole case tells the ticket's steps as its own events."""
        path = {"case_id": case_id}
        if self._visit.has_case:
            timeline = await browser.ask(business.SEE_TIMELINE, Timeline, path=path)
            return [
                (one.at_ms, STEPS_OF_EVENTS[one.what].value, one.cause)
                for one in timeline.happenings
                if one.what in STEPS_OF_EVENTS
            ]
        case = await browser.ask(tickets.SEE_CASE, CaseView, path=path)
        return [(event.at_ms, event.step, event.by) for event in case.events]
