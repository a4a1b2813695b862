"""What officers do with a ticket besides serving it: give it back, pass it on, put it aside, vanish."""

import pytest
from redis.asyncio import Redis

from queueing import keys
from queueing.connection import Link
from queueing.errors import (
    CallStale,
    DeadlinePassed,
    HoldsFull,
    LineFull,
    NotYourTicket,
    OfficerBusy,
    StepRefused,
    TicketUnknown,
)
from queueing.journal import Journal
from queueing.policy import QueuePolicy
from queueing.service import Queue
from queueing.states import Step, TicketState
from queueing.ticket import AtWork, CallOrder, Cause, JournalEntry, Priority, Spot, Ticket
from tests.queueing.desk import HALL, LINE, OFFICER, Desk, until

OTHER_LINE = "invoice"
OTHER = "officer-2"
SHORT = QueuePolicy(lease_ms=40, hold_ms=40)


async def last_entry(journal: Journal) -> JournalEntry:
    return (await journal.read_after(HALL, None, limit=1_000))[-1]


async def serving(desk: Desk, ticket_id: str = "a", officer_id: str = OFFICER) -> Ticket:
    await desk.issue(ticket_id)
    return await desk.serve(await desk.call(officer_id))


@pytest.mark.feature("S33")
async def test_a_ticket_that_is_given_back_is_the_next_one(desk: Desk, journal: Journal) -> None:
    for ticket_id in ("a", "b", "c"):
        await desk.issue(ticket_id, priority=Priority.WALK_IN if ticket_id == "a" else Priority.BOOKED)
    called = await desk.queue.call_one(HALL, "a", officer_id=OFFICER, request_id="r")
    number = called.ticket.call_number
    await desk.serve(called.ticket)
    back = await desk.queue.requeue(HALL, "a", officer_id=OFFICER, call_number=number)
    assert (back.state, back.officer_id, back.confirmed_at_ms) == (TicketState.WAITING, None, None)
    assert back.called_at_ms == called.ticket.called_at_ms
    assert await desk.order() == ["a", "b", "c"]
    entry = await last_entry(journal)
    assert (entry.step, entry.cause, entry.left) == (Step.REQUEUE, Cause.OFFICER, None)
    assert back.place is not None
    assert entry.joined == Spot(LINE, back.place)
    # The repeat finds it given back, also when it has moved on since.
    again = await desk.call(OTHER)
    assert (again.ticket_id, again.call_number) == ("a", number + 1)
    repeated = await desk.queue.requeue(HALL, "a", officer_id=OFFICER, call_number=number)
    assert repeated.state is TicketState.CALLED
    # The next call is confirmed anew.
    assert (await desk.serve(again)).state is TicketState.SERVING


async def test_several_that_are_given_back_keep_their_order(desk: Desk) -> None:
    for ticket_id in ("a", "b", "c"):
        await desk.issue(ticket_id)
    first, second = await desk.call(OFFICER), await desk.call(OTHER)
    for ticket, officer in ((first, OFFICER), (second, OTHER)):
        await desk.queue.requeue(HALL, ticket.ticket_id, officer_id=officer, call_number=ticket.call_number)
    assert await desk.order() == ["a", "b", "c"]


async def test_only_its_officer_gives_a_ticket_back(desk: Desk, journal: Journal) -> None:
    called = await serving(desk)
    version = await journal.latest(HALL)
    with pytest.raises(NotYourTicket):
        await desk.queue.requeue(HALL, "a", officer_id=OTHER, call_number=1)
    with pytest.raises(CallStale):
        await desk.queue.requeue(HALL, "a", officer_id=OFFICER, call_number=2)
    with pytest.raises(TicketUnknown):
        await desk.queue.requeue(HALL, "x", officer_id=OFFICER, call_number=1)
    await desk.finish(called)
    with pytest.raises(StepRefused):
        await desk.queue.requeue(HALL, "a", officer_id=OFFICER, call_number=1)
    assert await journal.latest(HALL) == version + 1


@pytest.mark.feature("S33")
@pytest.mark.parametrize("state", ["waiting", "called", "serving", "on_hold"])
async def test_a_transferred_ticket_stands_by_its_arrival(state: str, desk: Desk, journal: Journal) -> None:
    await desk.issue("before", line_id=OTHER_LINE)
    issued = await desk.issue("a")
    await desk.issue("after", line_id=OTHER_LINE)
    number = 0
    if state != "waiting":
        called = await desk.call()
        number = called.call_number
        if state != "called":
            await desk.serve(called)
        if state == "on_hold":
            await desk.queue.hold(HALL, "a", officer_id=OFFICER, request_id="h", call_number=number)

    async def transfer() -> Ticket:
        return await desk.queue.transfer(
            HALL, "a", officer_id=OFFICER, request_id="t", call_number=number, line_id=OTHER_LINE
        )

    moved = await transfer()
    assert (moved.line_id, moved.state, moved.number) == (OTHER_LINE, TicketState.WAITING, issued.number)
    assert await transfer() == moved
    entry = await last_entry(journal)
    assert issued.place is not None
    assert entry.left == (Spot(LINE, issued.place) if state == "waiting" else None)
    assert entry.joined == Spot(OTHER_LINE, issued.place)
    snapshot = await desk.queue.snapshot(HALL, [LINE, OTHER_LINE], first=10)
    assert [[one.ticket_id for one in line.first] for line in snapshot.lines] == [
        [],
        ["before", "a", "after"],
    ]
    assert (snapshot.held, snapshot.on_hold) == ((), ())
    # Its issue, sent again, still answers with it.
    assert (await desk.issue("a")).line_id == OTHER_LINE
    # The officer is free.
    assert await desk.queue.call_next(HALL, officer_id=OFFICER, line_ids=[OTHER_LINE], request_id="n")


async def test_a_transfer_that_is_refused_changes_nothing(
    redis_client: Redis, queue: Queue, desk: Desk
) -> None:
    journal_of = f"q:{{{HALL}}}:j"
    await serving(desk)
    await desk.issue("b")
    before = await redis_client.xlen(journal_of)

    async def transfer(ticket_id: str = "a", officer_id: str = OFFICER, call: int = 1) -> Ticket:
        return await queue.transfer(
            HALL, ticket_id, officer_id=officer_id, request_id="t", call_number=call, line_id=OTHER_LINE
        )

    with pytest.raises(NotYourTicket):
        await transfer(officer_id=OTHER)
    with pytest.raises(CallStale):
        await transfer(call=2)
    with pytest.raises(CallStale):
        await transfer("b", call=1)
    with pytest.raises(TicketUnknown):
        await transfer("x")
    with pytest.raises(StepRefused):
        await queue.transfer(HALL, "b", officer_id=OFFICER, request_id="t", call_number=0, line_id=LINE)
    assert await redis_client.xlen(journal_of) == before


async def test_no_transfer_into_a_full_line(link: Link) -> None:
    desk = Desk(Queue(link, QueuePolicy(line_capacity=1)))
    await desk.issue("a")
    await desk.issue("b", line_id=OTHER_LINE)
    with pytest.raises(LineFull):
        await desk.queue.transfer(
            HALL, "a", officer_id=OFFICER, request_id="t", call_number=0, line_id=OTHER_LINE
        )
    assert await desk.order() == ["a"]


async def test_a_ticket_on_hold_leaves_the_officer_free_and_comes_back(queue: Queue, desk: Desk) -> None:
    called = await serving(desk)
    number = called.call_number

    async def hold(request_id: str) -> Ticket:
        return await queue.hold(HALL, "a", officer_id=OFFICER, request_id=request_id, call_number=number)

    async def resume(request_id: str) -> Ticket:
        return await queue.resume(HALL, "a", officer_id=OFFICER, request_id=request_id, call_number=number)

    held = await hold("h1")
    assert held.state is TicketState.ON_HOLD
    assert held.deadline_ms is not None
    assert await hold("h1") == held
    await desk.issue("b")
    meanwhile = await desk.serve(await desk.call())
    assert [one.ticket_id for one in (await queue.snapshot(HALL, [], first=0)).on_hold] == ["a"]
    with pytest.raises(OfficerBusy):
        await resume("r1")
    await desk.finish(meanwhile)
    resumed = await resume("r1")
    assert (resumed.state, resumed.deadline_ms, resumed.call_number) == (TicketState.SERVING, None, number)
    assert resumed.confirmed_at_ms == called.confirmed_at_ms
    # A late repeat of the hold does not put it aside again.
    assert (await hold("h1")).state is TicketState.SERVING
    with pytest.raises(StepRefused):
        await resume("r2")
    assert (await desk.finish(resumed)).state is TicketState.FINISHED


async def test_only_so_many_on_hold(link: Link) -> None:
    desk = Desk(Queue(link, QueuePolicy(holds_max=1)))
    for ticket_id in ("a", "b"):
        await serving(desk, ticket_id)
        held = desk.queue.hold(HALL, ticket_id, officer_id=OFFICER, request_id=ticket_id, call_number=1)
        if ticket_id == "a":
            await held
        else:
            with pytest.raises(HoldsFull):
                await held
    assert (await desk.queue.ticket(HALL, "b")).state is TicketState.SERVING


async def test_a_hold_that_lasts_too_long_goes_back_to_the_line(link: Link, journal: Journal) -> None:
    desk = Desk(Queue(link, QueuePolicy(hold_ms=30)))
    await serving(desk)
    await desk.queue.hold(HALL, "a", officer_id=OFFICER, request_id="h", call_number=1)

    async def expired() -> int:
        return (await desk.queue.expire_due(HALL, limit=10)).count

    await until(expired, lambda count: count == 1)
    assert await desk.order() == ["a"]
    entry = await last_entry(journal)
    assert (entry.step, entry.cause) == (Step.REQUEUE, Cause.DEADLINE)
    with pytest.raises(StepRefused):
        await desk.queue.resume(HALL, "a", officer_id=OFFICER, request_id="r", call_number=1)


async def test_a_hold_ends_by_its_time_also_before_the_timer(link: Link) -> None:
    desk = Desk(Queue(link, QueuePolicy(hold_ms=1)))
    await serving(desk)
    held = await desk.queue.hold(HALL, "a", officer_id=OFFICER, request_id="h", call_number=1)

    async def now_ms() -> int:
        return (await desk.queue.position(HALL, "a")).at_ms

    assert held.deadline_ms is not None
    deadline_ms = held.deadline_ms
    await until(now_ms, lambda now: now >= deadline_ms)
    with pytest.raises(DeadlinePassed):
        await desk.queue.resume(HALL, "a", officer_id=OFFICER, request_id="r", call_number=1)


@pytest.mark.parametrize("state", ["called", "serving", "on_hold"])
async def test_a_vanished_officer_gives_everything_back(state: str, link: Link, journal: Journal) -> None:
    desk = Desk(Queue(link, SHORT))
    await desk.issue("a")
    await desk.issue("b")
    called = await desk.call()
    if state != "called":
        await desk.serve(called)
    if state == "on_hold":
        await desk.queue.hold(HALL, "a", officer_id=OFFICER, request_id="h", call_number=1)

    async def order() -> list[str]:
        await desk.queue.expire_due(HALL, limit=10)
        return await desk.order()

    await until(order, lambda found: found == ["a", "b"])
    entries = await journal.read_after(HALL, None, limit=100)
    assert [one.step for one in entries].count(Step.REQUEUE) == 1
    if state != "on_hold":  # there the deadline of the hold may have been first
        assert entries[-1].cause is Cause.LEASE
    snapshot = await desk.queue.snapshot(HALL, [], first=0)
    assert (snapshot.held, snapshot.on_hold, snapshot.at_work) == ((), (), ())


async def test_an_officer_who_is_heard_of_keeps_the_ticket(link: Link) -> None:
    desk = Desk(Queue(link, SHORT))
    called = await serving(desk)
    assert called.confirmed_at_ms is not None
    until_ms = called.confirmed_at_ms + 5 * SHORT.lease_ms

    async def now_ms() -> int:
        await desk.queue.beat(HALL, {OFFICER: [LINE, OTHER_LINE]})
        return (await desk.queue.expire_due(HALL, limit=10)).now_ms

    await until(now_ms, lambda now: now > until_ms)
    assert (await desk.queue.ticket(HALL, "a")).state is TicketState.SERVING
    at_work = (await desk.queue.snapshot(HALL, [], first=0)).at_work
    assert at_work == (AtWork(OFFICER, at_work[0].lease_until_ms, (LINE, OTHER_LINE)),)


async def test_leaving_gives_everything_back_at_once(queue: Queue, desk: Desk) -> None:
    await serving(desk, "a")
    await queue.hold(HALL, "a", officer_id=OFFICER, request_id="h", call_number=1)
    await desk.issue("b")
    await desk.call()
    await desk.issue("c")
    await queue.beat(HALL, {OFFICER: [LINE], OTHER: [LINE]})
    assert await queue.leave(HALL, OFFICER) == 2
    assert await desk.order() == ["b", "a", "c"]
    snapshot = await queue.snapshot(HALL, [], first=0)
    assert ([one.officer_id for one in snapshot.at_work], snapshot.held) == ([OTHER], ())
    assert await queue.leave(HALL, OFFICER) == 0


@pytest.mark.feature("S33")
async def test_weights_share_the_calls_between_lines(queue: Queue, desk: Desk) -> None:
    for turn in range(12):
        for line_id in (LINE, OTHER_LINE):
            await desk.issue(f"{line_id}-{turn}", line_id=line_id)

    async def called(turn: int) -> str:
        got = await queue.call_next(
            HALL,
            officer_id=f"o{turn}",
            line_ids=[LINE, OTHER_LINE],
            request_id="r",
            order=CallOrder.WEIGHTED,
            weights=[3, 1],
        )
        assert got is not None
        return got.ticket.line_id

    lines = [await called(turn) for turn in range(12)]
    assert lines.count(LINE) == 9
    for start in (0, 4, 8):
        assert lines[start : start + 4].count(LINE) == 3


async def test_an_empty_line_saves_up_no_turns(queue: Queue, desk: Desk) -> None:
    for turn in range(8):
        await desk.issue(f"a{turn}")
    weights = [1, 1]

    async def called(officer_id: str) -> str:
        got = await queue.call_next(
            HALL,
            officer_id=officer_id,
            line_ids=[LINE, OTHER_LINE],
            request_id="r",
            order=CallOrder.WEIGHTED,
            weights=weights,
        )
        assert got is not None
        return got.ticket.line_id

    assert [await called(f"o{turn}") for turn in range(4)] == [LINE] * 4
    for turn in range(4):
        await desk.issue(f"b{turn}", line_id=OTHER_LINE)
    later = [await called(f"p{turn}") for turn in range(4)]
    assert later.count(OTHER_LINE) == 2


@pytest.mark.parametrize("weights", [[], [1], [0, 1], [1, 101]])
async def test_wrong_weights_are_refused(weights: list[int], queue: Queue, redis_client: Redis) -> None:
    with pytest.raises(ValueError, match="weight"):
        await queue.call_next(
            HALL, officer_id=OFFICER, line_ids=[LINE, OTHER_LINE], request_id="r", weights=weights
        )
    assert not await redis_client.exists(keys.meta(HALL))
