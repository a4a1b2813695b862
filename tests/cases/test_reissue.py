"""Tickets that Redis lost before they were recorded, against a real Valkey and a real SQLite file."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from cases import schema
from cases.casebook import Casebook, CaseRecord, NewCase
from cases.issuing import Issuing
from cases.keeper import Keeper, KeeperBounds
from cases.recorder import Recorder, RecorderBounds
from cases.reissue import FIRST, Reissue, ReissueBounds
from cases.views.tickets import CloseReason
from queueing import keys
from queueing.connection import Link
from queueing.errors import HallFrozen, TicketUnknown
from queueing.policy import QueuePolicy
from queueing.rebuild import Rebuild
from queueing.service import Queue
from queueing.states import Step, TicketState
from queueing.ticket import JournalEntry
from server.building import build
from tests.cases.following import FOLLOW_CONSULTS
from tests.clients import eventually
from tests.product import GENERAL, HALL, INVOICE, MovableClock, settings_of

QUICK = RecorderBounds(batch=50, block_ms=0, trim_every=1_000)
BOUNDS = KeeperBounds(lease_ms=60, retry_least_ms=10, retry_most_ms=50, page=2)
AGAIN = ReissueBounds(page=3)


async def nothing(_entries: Sequence[JournalEntry]) -> None:
    """What a test does afterwards that looks at the rows only."""


class Office:
    """The demo's hall, and the parts that open cases, keep its records and find lost tickets."""

    def __init__(self, folder: Path, link: Link) -> None:
        self.clock = MovableClock()
        product = build(settings_of(folder), link, self.clock)
        self.link, self.database, self.halls, self.journal = (
            link,
            product.database,
            product.halls,
            product.journal,
        )
        self.queue = Queue(link, QueuePolicy())
        self.casebook, self.issuing = Casebook(self.database), Issuing(self.queue, self.halls)
        self.reissue = Reissue([self.casebook], self.queue, self.issuing, self.clock, AGAIN)
        self.recorder = Recorder(self.database, self.journal, HALL, QUICK, FOLLOW_CONSULTS, nothing)

    def keeper(self, name: str = "one") -> Keeper:
        """A process that keeps the hall's records."""
        rebuild = Rebuild(self.link, QueuePolicy())
        return Keeper(
            self.database, self.journal, self.queue, rebuild, self.recorder, self.reissue, HALL, name, BOUNDS
        )

    async def open_case(self, ticket_id: str, line_id: str = GENERAL) -> CaseRecord:
        """Somebody asks for a ticket: their case is written, and that is all."""
        async with self.database.writing() as connection:
            await connection.execute(
                schema.taxpayers.insert().values(
                    taxpayer_id=f"p-{ticket_id}", certificate_type="id_cn", number_sealed=b"",
                    number_index=ticket_id, name="陈嘉明", created_at_ms=1,
                )
            )  # fmt: skip
        self.clock.ahead_ms += 1  # so that the order is told
        now_ms = self.clock.now_ms()
        return await self.casebook.open_case(
            NewCase(f"c-{ticket_id}", f"p-{ticket_id}", HALL, line_id, ticket_id, "", now_ms, "20261123")
        )

    async def take(self, *ticket_ids: str, line_id: str = GENERAL) -> list[str]:
        """The same with the answer; the numbers that people were told."""
        return [
            (await self.issuing.issue(await self.open_case(ticket_id, line_id))).number
            for ticket_id in ticket_ids
        ]

    async def recorded(self) -> None:
        """Until the records have everything."""
        while await self.recorder.step():
            pass

    async def heal(self, keeper: Keeper | None = None) -> None:
        """As many rounds as a keeper can have work for; the first may only find that steps are lost."""
        keeper = keeper or self.keeper()
        for _ in range(6):
            with contextlib.suppress(HallFrozen):
                await keeper.step()

    async def line(self, line_id: str = GENERAL) -> list[tuple[str, str]]:
        """Id and number of who waits, in order."""
        snapshot = await self.queue.snapshot(HALL, [line_id], first=100)
        return [(ticket.ticket_id, ticket.number) for ticket in snapshot.lines[0].first]

    async def issued(self) -> list[str]:
        """The tickets whose issue the records have, as often as they have it."""
        steps = schema.ticket_steps.c
        async with self.database.reading() as connection:
            return list(
                await connection.scalars(
                    select(steps.ticket_id).where(steps.step == Step.ISSUE.value).order_by(steps.version)
                )
            )

    async def closed(self) -> dict[str, CloseReason]:
        """Why cases are closed, by ticket."""
        cases = schema.cases.c
        async with self.database.reading() as connection:
            rows = await connection.execute(
                select(cases.ticket_id, cases.close_reason).where(cases.closed_at_ms.is_not(None))
            )
            return {row.ticket_id: CloseReason(row.close_reason) for row in rows}


@pytest.fixture
async def office(data_folder: Path, link: Link) -> AsyncIterator[Office]:
    opened = Office(data_folder, link)
    await opened.halls.reload()
    yield opened
    await opened.database.close()


async def test_lost_tickets_come_again_in_their_order_behind_those_that_were_recorded(
    office: Office, redis_client: Redis
) -> None:
    await office.take("t1")
    await office.recorded()
    # Eight that nobody recorded: more than two pages of them.
    lost = [f"x{number}" for number in range(8)]
    numbers = dict(zip(lost, await office.take(*lost), strict=True))
    await office.take("y1", line_id=INVOICE)
    await redis_client.flushall()
    await office.heal()
    assert await office.line() == [("t1", "C001"), *numbers.items()]
    assert await office.line(INVOICE) == [("y1", "B001")]
    assert sorted(await office.issued()) == sorted(["t1", *lost, "y1"])
    assert await office.closed() == {}


async def test_each_is_issued_once_however_often_somebody_looks(office: Office, redis_client: Redis) -> None:
    await office.take("t1", "t2")
    await redis_client.flushall()
    for name in ("one", "two", "three"):
        await redis_client.delete(keys.keeper(HALL))
        await office.heal(office.keeper(name))
        assert await office.reissue.page(HALL, FIRST) is None
    version = await office.journal.latest(HALL)
    assert await office.issued() == ["t1", "t2"]
    # And after the next loss, which the records know everything of, not at all.
    await redis_client.flushall()
    await office.heal()
    assert await office.issued() == ["t1", "t2"]
    assert [ticket_id for ticket_id, _ in await office.line()] == ["t1", "t2"]
    assert await office.journal.latest(HALL) > version


async def test_whoever_takes_over_from_a_builder_that_died_issues_them(
    office: Office, redis_client: Redis
) -> None:
    await office.take("t1")
    await office.recorded()
    other = office.keeper("other")
    await office.heal(other)
    await office.take("t2")
    await redis_client.flushall()
    # One builds the hall anew and dies before it looks for lost tickets; the other one had looked before.
    rebuild = Rebuild(office.link, QueuePolicy())
    assert await rebuild.keep(HALL, "dead", lease_ms=60_000)
    await other.step()
    await redis_client.delete(keys.keeper(HALL))
    await office.heal(other)
    assert [ticket_id for ticket_id, _ in await office.line()] == ["t1", "t2"]


async def test_a_start_finds_a_case_whose_request_died(office: Office) -> None:
    await office.open_case("t1")
    await office.heal()
    assert await office.line() == [("t1", "C001")]
    assert await office.issued() == ["t1"]


async def test_tickets_that_are_only_not_recorded_yet_are_left_alone(office: Office) -> None:
    await office.take("t1", "t2")
    called = await office.queue.call_next(HALL, officer_id="o", line_ids=[GENERAL], request_id="r")
    assert called is not None
    version = await office.journal.latest(HALL)
    assert await office.reissue.page(HALL, FIRST) is None
    assert await office.journal.latest(HALL) == version


async def test_nobody_is_called_for_a_case_that_is_long_over(office: Office, redis_client: Redis) -> None:
    await office.take("old")
    office.clock.ahead_ms += AGAIN.age_max_ms
    await office.take("new")
    await redis_client.flushall()
    await office.heal()
    assert [ticket_id for ticket_id, _ in await office.line()] == ["new"]
    assert await office.closed() == {"old": CloseReason.TICKET_LOST}


async def test_a_closed_hall_closes_the_cases_of_lost_tickets(office: Office, redis_client: Redis) -> None:
    await office.take("t1")
    office.clock.ahead_ms += AGAIN.request_max_ms
    await office.take("t2")
    await redis_client.flushall()
    await office.heal()
    await office.recorded()
    # The hall that comes back is open; closing it dismisses both, as it does with anybody who waits.
    while await office.queue.close_hall(HALL, [GENERAL], limit=10):
        pass
    await office.recorded()
    assert await office.closed() == dict.fromkeys(("t1", "t2"), CloseReason.HALL_CLOSED)
    # One that is lost while it is closed: its own request may still answer, until it is too old for that.
    await office.open_case("t3")
    await office.heal(office.keeper())
    assert "t3" not in await office.closed()
    office.clock.ahead_ms += AGAIN.request_max_ms
    await office.heal(office.keeper())
    assert (await office.closed())["t3"] is CloseReason.HALL_CLOSED


async def test_a_line_that_filled_up_meanwhile(office: Office) -> None:
    narrow = Queue(office.link, QueuePolicy(line_capacity=1))
    issuing = Issuing(narrow, office.halls)
    reissue = Reissue([office.casebook], narrow, issuing, office.clock, AGAIN)
    await office.take("t1")
    await office.open_case("t2")
    await reissue.page(HALL, FIRST)
    assert await office.closed() == {}
    office.clock.ahead_ms += AGAIN.request_max_ms
    await reissue.page(HALL, FIRST)
    assert await office.line() == [("t1", "C001")]
    assert await office.closed() == {"t2": CloseReason.TICKET_LOST}


async def test_a_case_that_is_withdrawn_meanwhile_leaves_no_ticket(office: Office) -> None:
    """Its own request was refused and withdraws it, while a keeper issues its ticket: in either order."""
    await office.open_case("old")
    office.clock.ahead_ms += AGAIN.age_max_ms
    await office.open_case("t1")
    async with office.database.writing() as connection:
        await connection.execute(schema.cases.delete().where(schema.cases.c.ticket_id == "t1"))
        # Between the two steps the keeper closes the old case, and has to wait for us.
        looking = asyncio.create_task(office.reissue.page(HALL, FIRST))
        await eventually(lambda: office.queue.positions(HALL, ["t1"]), bool)
    await looking
    assert (await office.queue.ticket(HALL, "t1")).state is TicketState.CANCELLED
    # The other order: the keeper has looked, and the request withdraws and looks in its turn.
    case = await office.open_case("t2")
    await office.reissue.page(HALL, FIRST)
    await office.casebook.withdraw(case.case_id)
    await office.issuing.take_back(case)
    assert await office.line() == []
    # Nothing to take back is fine.
    await office.issuing.take_back(await office.open_case("t3"))
    with pytest.raises(TicketUnknown):
        await office.queue.ticket(HALL, "t3")


def test_a_page_that_no_queue_answers_is_refused() -> None:
    with pytest.raises(ValueError, match="page"):
        ReissueBounds(page=1_001)
