"""What a taxpayer's page does while an officer serves: video, words and pictures, the payment's receipt."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, Final

from api.routes import business, files
from api.routes.files import ReceiptBody, ReceiptSent
from cases.casework.views import Timeline
from cases.files.views import FileView
from cases.stages.states import PaymentState
from cases.views.names import LineKind
from loadtests.clients import Browser
from loadtests.errors import LoadError, Refused, may_pass
from loadtests.ground import Ground
from loadtests.scenario import Visit
from loadtests.seat import CallSeat
from loadtests.talk import TAXPAYER_ROUTES, Talk, picture
from loadtests.ticket_page import TicketPage
from queueing.states import TicketState

WRITES_EVERY_S: Final = 1.2
HANGS_UP_AFTER_S: Final = 3.0
SIDE: Final = "taxpayer"
OVER: Final = frozenset({"case_closed"})
"""Refusals that the page learns of the end by."""


class Served:
    """Of one page, from the beginning of the service or the page's opening in it. Always ``end`` it."""

    def __init__(self, ground: Ground, browser: Browser, page: TicketPage, visit: Visit, name: str) -> None:
        self._ground = ground
        self._browser = browser
        self._page = page
        self._visit = visit
        self._name = name
        self._tasks: list[asyncio.Task[None]] = []
        self._paid: set[str] = set()

    def begin(self, *, hangs_up: bool, messages: int) -> None:
        """``messages``: those that are still to be written."""
        view = self._page.view
        officer = view.officer
        if officer is not None and officer.staff_number in self._ground.camera_staff:
            seat = CallSeat(self._ground, self._page.socket, SIDE, self._name, view.ticket_id)
            self._page.seat = seat
            seat.shown(view.call)
            self._begin(seat.run())
            if hangs_up:
                self._begin(self._hang_up(seat))
        if view.case_id is not None and (self._visit.listens or view.line.kind is LineKind.ASSIST):
            talk = Talk(
                self._ground, self._browser, self._page.socket, TAXPAYER_ROUTES, self._name, view.case_id
            )
            self._page.talk = talk
            self._begin(self._converse(talk, messages, pays=view.line.kind is LineKind.ASSIST))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.ensure_future(self._noted(work)))

    async def _noted(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except LoadError as error:
            self._failed(error)

    def _failed(self, error: LoadError) -> None:
        is_over = self._page.view.state is not TicketState.SERVING
        if isinstance(error, Refused) and (is_over or error.problem in OVER):
            # Said while the officer finished.
            self._ground.notes.raced()
        elif self._ground.weather.is_rough and may_pass(error):
            self._ground.notes.disturbed(error)
        elif not self._page.socket.is_closing:
            self._ground.notes.failed(self._name, error)

    async def _hang_up(self, seat: CallSeat) -> None:
        await asyncio.sleep(HANGS_UP_AFTER_S)
        await seat.hang_up()

    async def _converse(self, talk: Talk, messages: int, *, pays: bool) -> None:
        await talk.begin()
        if pays:
            self._begin(self._pay(talk))
        for turn in range(messages):
            await asyncio.sleep(WRITES_EVERY_S)
            await talk.write(with_picture=turn < self._visit.pictures)

    async def _pay(self, talk: Talk) -> None:
        """Whenever something was said, it may have been that there is to be paid."""
        path = {"case_id": talk.case_id}
        while True:
            talk.news.clear()
            timeline = await self._browser.ask(business.SEE_TIMELINE, Timeline, path=path)
            for payment in timeline.payments:
                if payment.state is PaymentState.ASKED and payment.payment_id not in self._paid:
                    self._paid.add(payment.payment_id)
                    sent = await self._browser.ask(
                        files.UPLOAD_FILE,
                        FileView,
                        path=path,
                        query={"purpose": "receipt"},
                        content=picture(),
                    )
                    self._ground.notes.figures.pictures += 1
                    receipt = ReceiptBody(file_ids=(sent.file.file_id,), text="已缴款")
                    where = {**path, "payment_id": payment.payment_id}
                    await self._browser.ask(files.SEND_RECEIPT, ReceiptSent, receipt, path=where)
            await talk.news.wait()

    def silence(self) -> None:
        """The network is gone."""
        if self._page.seat is not None:
            self._page.seat.silence()

    async def end(self, *, last_look: bool) -> None:
        """Leave the call; with ``last_look`` see what was said in the end, which needs the page open."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        seat, talk = self._page.seat, self._page.talk
        if seat is not None:
            await seat.leave()
        if last_look and talk is not None and talk.begun:
            with contextlib.suppress(asyncio.CancelledError):
                await self._noted(talk.end())
        self._page.seat = self._page.talk = None
