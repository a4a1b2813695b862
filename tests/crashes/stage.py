"""The people, the server that is killed, and what is there of a case afterwards."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.booking import tables as booking
from cases.casework.reading import WITH_REMARK
from cases.casework.records import Case, case_of
from cases.casework.views import Timeline
from cases.conversation.tables import conversations, messages
from cases.files.tables import files
from cases.views.names import SlotView
from cases.views.people import TaxpayerView
from queueing.connection import Link
from queueing.errors import TicketUnknown
from server.app import Running
from server.building import build
from tests.business_pages import BusinessPage, ReviewPage
from tests.captchas import ANSWER, put_captchas
from tests.clients import OfficerClient, Page, TaxpayerClient, eventually
from tests.crashes.victim import Victim
from tests.crashes.whole import faults, with_ticket
from tests.product import CHEN, HALL, LIN, House, MovableClock, settings_of

LEAD_MS: Final = 1_800_000
LONG_S: Final = 10_000_000
"""A session that lasts as long as the clock is put forward."""

BY_THE_WAY: Final = frozenset(
    {"reminder_due", "window_opened", "booking_reminder", "issue_window_open", "issue_window_opens"}
)
"""What the clock does beside a use case, sooner or later."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is there of a case, without ids and times, so that two cases can be compared."""

    state: tuple[str, ...]
    remark: str
    events: tuple[str, ...]
    bookings: tuple[str, ...]
    is_holding: bool
    told: tuple[str, ...]
    said: tuple[str, ...]
    unread: tuple[int, int]
    reviews: tuple[bool, ...]
    payments: tuple[str, ...]
    receipts: int
    files: int
    clock: tuple[str, ...]
    ticket: str
    recorded: str


class Stage:
    """One taxpayer, one officer, one server. Their log-ins outlive it."""

    def __init__(self, house: House, victim: Victim, redis: Redis) -> None:
        self.house = house
        self.victim = victim
        self._redis = redis
        self._database = house.product.database
        self.taxpayer = TaxpayerClient(victim.url)
        self.officer = OfficerClient(victim.url)
        self.page = BusinessPage(house, self.taxpayer)
        self.desk = ReviewPage(self.officer)
        self._taxpayer_id = ""

    async def sign_in(self) -> None:
        await self.taxpayer.sign_in(CHEN)
        await self.officer.sign_in(LIN)
        me = (await self.taxpayer.ask("GET", "/api/v1/taxpayer/session")).as_(TaxpayerView)
        self._taxpayer_id = me.taxpayer_id

    async def close(self) -> None:
        await self.taxpayer.close()
        await self.officer.close()

    async def start(self) -> None:
        """The server, again; as if the one before it had been away until its lease of the hall was over."""
        await self._redis.delete(f"q:{{{HALL}}}:k")
        await self.victim.start()
        for client in (self.taxpayer, self.officer):
            client.base_url = self.victim.url
            for page in client.pages:
                await page.close()
            client.pages.clear()

    def now_ms(self) -> int:
        return self.victim.now_ms()

    async def go_to(self, at_ms: int) -> None:
        """Put the clock forward to that moment, unless it is there already."""
        ahead_ms = max(0, at_ms - self.now_ms())
        self.house.clock.ahead_ms = self.victim.ahead_ms + ahead_ms
        await self.victim.go_on(ahead_ms)

    async def slot(self) -> SlotView:
        """The next one that can be booked."""
        page = self.page.booking
        for day in await page.days("assist"):
            for slot in await page.slots(day.day, "assist"):
                if slot.left and slot.start_ms >= self.now_ms() + LEAD_MS:
                    return slot
        raise AssertionError("everything is taken")

    async def place(self) -> dict[str, Any]:
        """The next place for a call, with a captcha that is answered."""
        product = self.house.product
        slot = await self.slot()
        made = await put_captchas(product.database, product.sealer, [self._taxpayer_id], self.now_ms())
        captcha = {"captcha_id": made[self._taxpayer_id], "captcha_answer": ANSWER}
        return {"hall_id": HALL, "slot_start_ms": slot.start_ms, **captcha}

    async def submitted(self) -> str:
        """A case with a booked call."""
        case_id = await self.page.filled()
        answer = await self.page.submit(case_id, mode="assist", place=await self.place())
        answer.as_(Timeline)
        return case_id

    async def issuable(self) -> str:
        """A case whose ticket may be issued now."""
        case_id = await self.submitted()
        approved = await self.desk.approved(case_id)
        assert approved.case.booked is not None
        await self.go_to(approved.case.booked.window_opens_ms)
        return case_id

    async def working(self) -> str:
        """A case of the back office."""
        case_id = (await self.page.ordered()).case.case_id
        await self.desk.approved(case_id)
        return case_id

    async def at_desk(self) -> Page:
        """The officer's page, at work."""
        page = await self.officer.open_page()
        await self.officer.sign_on(page, "xiangzhou-assist")
        return page

    async def seen(self, case_id: str) -> Seen:
        """What is there of the case."""
        async with self._database.reading() as connection:
            case = await self._case(connection, case_id)
            events = await _of(connection, schema.case_events, case_id)
            booked = await _of(connection, booking.bookings, case_id)
            told = await _of(connection, schema.outbox, case_id)
            said = await _of(connection, messages, case_id)
            talk = await _of(connection, conversations, case_id)
            reviews = await _of(connection, schema.case_reviews, case_id)
            payments = await _of(connection, schema.case_payments, case_id)
            kept = await _of(connection, files, case_id)
            clock = await connection.scalars(
                select(schema.deadlines.c.kind).where(schema.deadlines.c.object_id == case_id)
            )
            kinds = tuple(sorted(set(clock) - BY_THE_WAY))
            recorded = await connection.scalar(
                select(schema.tickets.c.state).where(schema.tickets.c.ticket_id == case.ticket_id)
            )
            holds = await connection.scalars(
                select(booking.place_holds.c.held_until_ms).where(
                    booking.place_holds.c.taxpayer_id == self._taxpayer_id
                )
            )
            is_holding = any(until_ms > self.now_ms() for until_ms in holds)
        state = case.state
        stages = (state.mode, state.form, state.review, state.booking, state.handling, state.payment)
        return Seen(
            (*(one.value for one in stages), state.closed.value if state.closed else ""),
            case.remark if state.handling in WITH_REMARK else "",
            _kinds((row.number, row.event) for row in events),
            tuple(sorted(row.state for row in booked)),
            is_holding,
            _kinds((row.number, row.kind) for row in told),
            _kinds((row.number, row.notice or row.kind) for row in said),
            (talk[0].taxpayer_unread, talk[0].officer_unread) if talk else (0, 0),
            tuple(sorted(row.approved for row in reviews)),
            tuple(sorted(row.state for row in payments)),
            sum(len(row.receipt_file_ids) for row in payments),
            len(kept),
            kinds,
            await self._queued(case),
            recorded or "",
        )

    async def _case(self, connection: AsyncConnection, case_id: str) -> Case:
        asked = select(schema.cases).where(schema.cases.c.case_id == case_id)
        return case_of((await connection.execute(asked)).one())

    async def _queued(self, case: Case) -> str:
        """The state of the case's ticket in the queue."""
        if case.ticket_id is None:
            return ""
        try:
            return (await self.house.product.queue.ticket(HALL, case.ticket_id)).state.value
        except TicketUnknown:
            return "unknown"

    async def whole(self) -> None:
        """Until nothing in the records contradicts anything else, nor the queue."""
        await eventually(self._faults, lambda found: not found)

    async def _faults(self) -> list[str]:
        found = await faults(self._database, self.house.data_dir)
        async with self._database.reading() as connection:
            cases = [case_of(row) for row in (await connection.execute(select(schema.cases))).all()]
        for case in cases:
            if with_ticket(case):
                queued = await self._queued(case)
                if queued in ("", "unknown"):
                    found.append(f"{case.number}: {case.state.handling} without a ticket")
        return found


def _kinds(numbered: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    """In their order."""
    return tuple(kind for _, kind in sorted(numbered) if kind not in BY_THE_WAY)


async def _of(connection: AsyncConnection, table: Table, case_id: str) -> list[Any]:
    return list((await connection.execute(select(table).where(table.c.case_id == case_id))).all())


@contextlib.asynccontextmanager
async def stage_in(folder: Path, redis_url: str, link: Link, redis: Redis) -> AsyncIterator[Stage]:
    """Everybody signed in at a server on that folder."""
    settings = settings_of(
        folder, session_idle_s=LONG_S, session_absolute_s=LONG_S, queue_poll_max_ms=250, push_rate_hz=5
    )
    clock, victim = MovableClock(), Victim(settings, redis_url)
    await victim.start()
    product = build(settings, link, clock)
    async with contextlib.AsyncExitStack() as ends:
        ends.push_async_callback(product.people.close)
        ends.push_async_callback(product.database.close)
        ends.push_async_callback(victim.stop)
        await product.guidance.load()
        await product.halls.reload()
        stage = Stage(House(Running(product, 0, ()), clock, ends), victim, redis)
        ends.push_async_callback(stage.close)
        await stage.sign_in()
        yield stage
