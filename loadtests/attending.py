"""What an officer does while a ticket is served: video, words, a payment."""

import asyncio
import contextlib
import itertools
from collections.abc import Coroutine
from typing import Any, Final

from api.routes import casework
from api.routes.casework import PaymentAnswer, PaymentAsked, PaymentRequest
from cases.casework.views import Timeline
from cases.stages.events import Event
from cases.stages.states import PaymentState
from cases.views.desks import DeskAction, HeldTicket
from cases.views.names import LineKind
from loadtests.clients import Browser
from loadtests.console import Console
from loadtests.errors import LoadError, Refused, may_pass
from loadtests.ground import Ground
from loadtests.hours import Phase
from loadtests.scenario import Service
from loadtests.seat import CallSeat
from loadtests.talk import OFFICER_ROUTES, Talk
from signaling import events

WRITES_EVERY_S: Final = 1.5
PAYMENT_S: Final = 30.0
"""How long an officer waits for a receipt."""
LOOK_S: Final = 1.0
OPENS_AGAIN_S: Final = 0.5
SIDE: Final = "officer"
_opened = itertools.count(1)


class Attending:
    """One ticket in service at one console. Always ``end`` it."""

    def __init__(
        self, ground: Ground, browser: Browser, console: Console, ticket: HeldTicket, staff_number: str
    ) -> None:
        self._ground = ground
        self._browser = browser
        self._console = console
        self._ticket = ticket
        opened = next(_opened)
        self._name = f"officer {staff_number} with {ticket.ticket_id}.{ticket.call_number}, page {opened}"
        self._tasks: list[asyncio.Task[None]] = []
        self._settling: asyncio.Task[None] | None = None

    def begin(self, service: Service | None, *, has_camera: bool) -> None:
        """``service``: none where it was begun at another console, and only goes on here."""
        ticket = self._ticket
        if has_camera:
            seat = CallSeat(self._ground, self._console.socket, SIDE, self._name, ticket.ticket_id)
            self._console.seat = seat
            seat.shown(ticket.call)
            self._begin(seat.run())
            self._begin(self._open_again(seat))
        if ticket.case_id is None:
            return
        is_case = ticket.line.kind is LineKind.ASSIST
        messages = service.messages if service is not None else 0
        pays = service is not None and service.asks_payment and is_case
        if messages or pays:
            talk = Talk(
                self._ground, self._browser, self._console.socket, OFFICER_ROUTES, self._name, ticket.case_id
            )
            self._console.talk = talk
            self._settling = self._begin(self._converse(talk, messages, pays=pays))

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(self._noted(work))
        self._tasks.append(task)
        return task

    async def _noted(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except LoadError as error:
            if not self._has_it and isinstance(error, Refused):
                self._ground.notes.raced()
            elif self._ground.weather.is_rough and may_pass(error):
                self._ground.notes.disturbed(error)
            elif not self._console.socket.is_closing:
                self._ground.notes.failed(self._name, error)

    @property
    def _has_it(self) -> bool:
        held = self._console.ticket
        return held is not None and held.ticket_id == self._ticket.ticket_id

    async def _open_again(self, seat: CallSeat) -> None:
        """Where the taxpayer hung up, the officer opens another video."""
        while True:
            await asyncio.sleep(OPENS_AGAIN_S)
            view = self._console.view
            if seat.is_hung_up and view is not None and DeskAction.OPEN_CALL in view.actions:
                named = events.TicketNamed(ticket_id=self._ticket.ticket_id)
                with contextlib.suppress(Refused):
                    await self._console.ask(events.CALL_OPEN, named)

    async def _converse(self, talk: Talk, messages: int, *, pays: bool) -> None:
        await talk.begin()
        if pays:
            await self._be_paid(talk.case_id)
        for _ in range(messages):
            await asyncio.sleep(WRITES_EVERY_S)
            await talk.write()

    async def _be_paid(self, case_id: str) -> None:
        ask, path = self._browser.ask, {"case_id": case_id}
        while (
            Event.ASK_PAYMENT
            not in (await ask(casework.SEE_CASE_AS_OFFICER, Timeline, path=path)).case.actions
        ):
            # The records hear of the service a moment after the desk; only then the page has the button.
            if not self._has_it or not await self._ground.hours.sleep(LOOK_S, until=Phase.OVER):
                return
        request = PaymentRequest(amount_fen=42_000, purpose="补缴车船税")
        asked = await ask(casework.ASK_PAYMENT, PaymentAsked, request, path=path)
        loop = asyncio.get_running_loop()
        until_s = loop.time() + PAYMENT_S
        while loop.time() < until_s and self._has_it:
            timeline = await ask(casework.SEE_CASE_AS_OFFICER, Timeline, path=path)
            payment = next(one for one in timeline.payments if one.payment_id == asked.payment_id)
            if payment.state is PaymentState.SUBMITTED:
                answer = PaymentAnswer(result="confirmed")
                where = {**path, "payment_id": asked.payment_id}
                await ask(casework.ANSWER_PAYMENT, Timeline, answer, path=where)
                self._ground.notes.figures.payments += 1
                return
            if not await self._ground.hours.sleep(LOOK_S, until=Phase.OVER):
                return

    async def settled(self) -> None:
        """Until what was begun is done, or the page broke, or the run is over."""
        if self._settling is None:
            return
        socket = self._console.socket
        while not self._settling.done() and not socket.lost and self._ground.hours.phase is not Phase.OVER:
            await asyncio.wait([self._settling], timeout=LOOK_S)

    async def end(self, *, last_look: bool) -> None:
        """Leave the call; with ``last_look`` see what was said in the end, which needs the page open."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        seat, talk = self._console.seat, self._console.talk
        if seat is not None:
            await seat.leave()
        if last_look and talk is not None and talk.begun:
            await self._noted(talk.end())
        self._console.seat = self._console.talk = None
