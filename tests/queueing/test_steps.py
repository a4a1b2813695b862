"""Every step against a real Valkey: done, refused, repeated, stale."""

import asyncio

import pytest
from redis.asyncio import Redis

from queueing.connection import Link
from queueing.errors import (
    BookingTaken,
    CallStale,
    IdentifierInvalid,
    LineFull,
    NotYourTicket,
    OfficerBusy,
    ReactivationsSpent,
    StepRefused,
    TicketExists,
    TicketUnknown,
)
from queueing.functions import LIBRARIES_MAX
from queueing.journal import Journal
from queueing.library import NAME_PREFIX, library
from queueing.policy import QueuePolicy
from queueing.service import Queue
from queueing.states import Step, TicketState
from queueing.ticket import CallOrder, Cause, Priority
from tests.queueing.desk import DAY, HALL, LINE, OFFICER, Desk


@pytest.mark.feature("S17")
async def test_issue_numbers_each_line_and_day_from_one(queue: Queue, desk: Desk) -> None:
    assert [(await desk.issue(f"t{n}")).number for n in range(3)] == ["C001", "C002", "C003"]
    other_line = await queue.issue(HALL, "u", line_id="onsite", letter="A", day=DAY)
    next_day = await queue.issue(HALL, "v", line_id=LINE, letter="C", day="20261124")
    assert (other_line.number, next_day.number) == ("A001", "C001")


async def test_numbers_grow_past_three_digits(desk: Desk, redis_client: Redis) -> None:
    await redis_client.set(f"q:{{{HALL}}}:n:{LINE}:{DAY}", 999)
    assert (await desk.issue("t")).number == "C1000"


@pytest.mark.feature("S17")
async def test_issue_repeated_answers_the_same_ticket_even_when_it_ended(desk: Desk) -> None:
    first = await desk.issue("t", booking_id="b")
    assert await desk.issue("t", booking_id="b") == first
    finished = await desk.finish(await desk.serve(await desk.call()))
    assert await desk.issue("t", booking_id="b") == finished
    assert await desk.order() == []


@pytest.mark.feature("S17")
async def test_issue_refuses_other_content_and_a_taken_booking(queue: Queue, desk: Desk) -> None:
    await desk.issue("t", booking_id="b")
    for kwargs in ({"line_id": "other"}, {"priority": Priority.BOOKED}, {"booking_id": None}):
        with pytest.raises(TicketExists):
            await desk.issue("t", **{"booking_id": "b", **kwargs})  # type: ignore[arg-type]
    with pytest.raises(BookingTaken) as taken:
        await desk.issue("t2", booking_id="b")
    assert taken.value.ticket_id == "t"
    with pytest.raises(TicketUnknown):
        await queue.ticket(HALL, "t2")


async def test_issue_refuses_a_full_line(link: Link) -> None:
    desk = Desk(Queue(link, QueuePolicy(line_capacity=2)))
    await desk.issue("t1")
    await desk.issue("t2")
    with pytest.raises(LineFull):
        await desk.issue("t3")
    await desk.call()
    assert (await desk.issue("t3")).number == "C003"


async def test_issue_refuses_the_class_of_reactivated_tickets(desk: Desk) -> None:
    with pytest.raises(ValueError, match="REACTIVATED"):
        await desk.issue("t", priority=Priority.REACTIVATED)


@pytest.mark.parametrize("wrong", ["", "a b", "a:b", "{x}", "a" * 65, "税", "a\n"])
async def test_identifiers_are_checked(queue: Queue, desk: Desk, wrong: str) -> None:
    with pytest.raises(IdentifierInvalid):
        await desk.issue(wrong)
    with pytest.raises(IdentifierInvalid):
        await queue.ticket(wrong, "t")
    with pytest.raises(IdentifierInvalid):
        await queue.call_next(HALL, officer_id=wrong, line_ids=[LINE], request_id="r")
    with pytest.raises(IdentifierInvalid):
        await queue.issue(HALL, "t", line_id=LINE, letter=wrong, day=DAY)
    with pytest.raises(IdentifierInvalid):
        await queue.issue(HALL, "t", line_id=LINE, letter="C", day=wrong)


@pytest.mark.feature("S20")
async def test_position_counts_who_is_ahead(queue: Queue, desk: Desk) -> None:
    for ticket_id in ("a", "b", "c"):
        await desk.issue(ticket_id)
    assert sorted(one or 0 for one in await desk.ahead("a", "b", "c")) == [0, 1, 2]
    await desk.call()
    assert await desk.ahead("a", "b", "c") == [None, 0, 1]
    position = await queue.position(HALL, "c")
    assert (position.waiting, position.version) == (2, 4)
    await queue.cancel(HALL, "b")
    assert await desk.ahead("c", "unknown") == [0]
    with pytest.raises(TicketUnknown):
        await queue.position(HALL, "unknown")


async def test_classes_come_before_arrival(desk: Desk) -> None:
    await desk.issue("w1")
    await desk.issue("p1", priority=Priority.PRIORITY)
    await desk.issue("b1", priority=Priority.BOOKED)
    await desk.issue("w2")
    await desk.issue("b2", priority=Priority.BOOKED)
    assert await desk.order() == ["b1", "b2", "p1", "w1", "w2"]


@pytest.mark.feature("S33")
async def test_call_next_gives_the_first_and_marks_the_officer(queue: Queue, desk: Desk) -> None:
    await desk.issue("a")
    await desk.issue("b")
    called = await desk.call()
    assert (called.ticket_id, called.state, called.call_number) == ("a", TicketState.CALLED, 1)
    assert called.officer_id == OFFICER
    assert called.called_at_ms is not None
    assert called.deadline_ms == called.called_at_ms + QueuePolicy().confirm_ms
    with pytest.raises(OfficerBusy) as busy:
        await desk.call()
    assert busy.value.held.ticket_id == "a"
    assert (await desk.call("officer-2")).ticket_id == "b"


async def test_call_next_of_empty_lines_is_none_and_not_remembered(queue: Queue, desk: Desk) -> None:
    async def ask() -> str | None:
        called = await queue.call_next(HALL, officer_id=OFFICER, line_ids=[LINE, "x"], request_id="r")
        return called.ticket.ticket_id if called else None

    assert await ask() is None
    await desk.issue("a")
    assert await ask() == "a"


async def test_call_next_repeated_answers_the_same_ticket_after_it_moved_on(queue: Queue, desk: Desk) -> None:
    await desk.issue("a")
    await desk.issue("b")
    first = await queue.call_next(HALL, officer_id=OFFICER, line_ids=[LINE], request_id="r")
    assert first is not None
    again = await queue.call_next(HALL, officer_id=OFFICER, line_ids=[LINE], request_id="r")
    assert again is not None
    assert again.repeated
    assert again.ticket == first.ticket
    finished = await desk.finish(await desk.serve(first.ticket))
    late = await queue.call_next(HALL, officer_id=OFFICER, line_ids=[LINE], request_id="r")
    assert late is not None
    assert late.ticket == finished
    assert await desk.order() == ["b"]


async def test_call_next_over_several_lines(queue: Queue, desk: Desk) -> None:
    await desk.issue("a1", line_id="a")
    await desk.issue("b1", line_id="b")
    await desk.issue("a2", line_id="a")
    await desk.issue("b2", line_id="b", priority=Priority.BOOKED)
    got = []
    first_come, strict = CallOrder.FIRST_COME, CallOrder.STRICT
    asked = [(first_come, "ab"), (first_come, "ba"), (strict, "ab"), (strict, "ab")]
    for number, (order, lines) in enumerate(asked):
        called = await queue.call_next(
            HALL, officer_id=f"o{number}", line_ids=list(lines), request_id="r", order=order
        )
        assert called is not None
        got.append(called.ticket.ticket_id)
    assert got == ["b2", "a1", "a2", "b1"]


@pytest.mark.feature("S33")
async def test_call_one_takes_a_ticket_out_of_turn(queue: Queue, desk: Desk) -> None:
    for ticket_id in ("a", "b", "c"):
        await desk.issue(ticket_id)
    called = await queue.call_one(HALL, "b", officer_id=OFFICER, request_id="r")
    assert (called.ticket.ticket_id, called.repeated) == ("b", False)
    assert (await queue.call_one(HALL, "b", officer_id=OFFICER, request_id="r")).repeated
    with pytest.raises(CallStale):
        await queue.call_one(HALL, "c", officer_id=OFFICER, request_id="r")
    with pytest.raises(OfficerBusy):
        await queue.call_one(HALL, "c", officer_id=OFFICER, request_id="r2")
    with pytest.raises(StepRefused):
        await queue.call_one(HALL, "b", officer_id="officer-2", request_id="r")
    with pytest.raises(TicketUnknown):
        await queue.call_one(HALL, "unknown", officer_id="officer-2", request_id="r")
    assert await desk.order() == ["a", "c"]


@pytest.mark.feature("S21")
async def test_confirm_serves_and_repeats(queue: Queue, desk: Desk) -> None:
    await desk.issue("a")
    with pytest.raises(CallStale):
        await queue.confirm(HALL, "a", call_number=1)
    called = await desk.call()
    with pytest.raises(CallStale):
        await queue.confirm(HALL, "a", call_number=2)
    serving = await desk.serve(called)
    assert (serving.state, serving.deadline_ms) == (TicketState.SERVING, None)
    assert serving.confirmed_at_ms is not None
    assert await desk.serve(called) == serving
    finished = await desk.finish(serving)
    assert await desk.serve(called) == finished
    with pytest.raises(TicketUnknown):
        await queue.confirm(HALL, "unknown", call_number=1)


@pytest.mark.feature("S37")
async def test_an_officer_confirms_who_came_to_the_counter(
    queue: Queue, desk: Desk, journal: Journal
) -> None:
    await desk.issue("a")
    called = await desk.call("o")
    with pytest.raises(NotYourTicket):
        await queue.arrive(HALL, "a", officer_id="other", call_number=called.call_number)
    first = await queue.arrive(HALL, "a", officer_id="o", call_number=called.call_number)
    assert (first.state, first.confirmed_at_ms is not None) == (TicketState.SERVING, True)
    assert await queue.arrive(HALL, "a", officer_id="o", call_number=called.call_number) == first
    entries = await journal.read_after(HALL, None, limit=9)
    assert [(entry.step, entry.cause) for entry in entries[1:]] == [
        (Step.CALL, Cause.OFFICER),
        (Step.CONFIRM, Cause.OFFICER),
    ]


async def test_confirm_is_refused_after_the_officer_gave_up(desk: Desk) -> None:
    await desk.issue("a")
    called = await desk.call()
    await desk.abandon(called)
    with pytest.raises(StepRefused) as refused:
        await desk.serve(called)
    assert refused.value.state is TicketState.ABANDONED


@pytest.mark.feature("S22")
async def test_abandon_frees_the_officer_and_repeats(queue: Queue, desk: Desk) -> None:
    await desk.issue("a")
    await desk.issue("b")
    called = await desk.call()
    with pytest.raises(NotYourTicket):
        await queue.abandon(HALL, "a", officer_id="officer-2", call_number=1)
    abandoned = await desk.abandon(called)
    assert abandoned.state is TicketState.ABANDONED
    assert abandoned.deadline_ms is not None
    assert await desk.abandon(called) == abandoned
    assert (await desk.call()).ticket_id == "b"
    waiting = await queue.reactivate(HALL, "a")
    assert await desk.abandon(called) == waiting
    with pytest.raises(CallStale):
        await queue.abandon(HALL, "a", officer_id=OFFICER, call_number=2)


async def test_abandon_is_refused_once_serving(desk: Desk) -> None:
    await desk.issue("a")
    serving = await desk.serve(await desk.call())
    with pytest.raises(StepRefused):
        await desk.abandon(serving)


@pytest.mark.feature("S22")
async def test_reactivate_waits_behind_a_few_people_whatever_their_class(queue: Queue, desk: Desk) -> None:
    for ticket_id in ("a", "b", "c", "d", "e"):
        await desk.issue(ticket_id)
    first = await desk.abandon(await desk.call())
    second = await desk.abandon(await desk.call())
    back = await queue.reactivate(HALL, first.ticket_id)
    assert (back.state, back.priority, back.reactivations) == (TicketState.WAITING, Priority.REACTIVATED, 1)
    assert (back.officer_id, back.deadline_ms, back.called_at_ms) == (None, None, first.called_at_ms)
    # Who came back later does not overtake who came back before.
    await queue.reactivate(HALL, second.ticket_id)
    assert await desk.order() == ["c", "d", "a", "b", "e"]


async def test_reactivate_does_not_overtake_who_came_back_and_moved_up(queue: Queue, desk: Desk) -> None:
    for ticket_id in ("a", "b", "c", "d", "e"):
        await desk.issue(ticket_id)
    for _ in range(2):
        await desk.abandon(await desk.call())
    await queue.reactivate(HALL, "a")
    await queue.cancel(HALL, "d")
    await desk.issue("z", priority=Priority.BOOKED)
    await queue.reactivate(HALL, "b")
    assert await desk.order() == ["z", "c", "a", "b", "e"]


async def test_reactivate_into_a_short_line_stays_behind_it(queue: Queue, desk: Desk) -> None:
    await desk.issue("a")
    await desk.abandon(await desk.call())
    await desk.issue("b")
    await queue.reactivate(HALL, "a")
    await desk.issue("c")
    assert await desk.order() == ["b", "a", "c"]


async def test_many_reactivations_at_one_place_keep_their_order(link: Link) -> None:
    """More than there is room for between two arrivals."""
    desk = Desk(Queue(link, QueuePolicy(reactivate_after=1)))
    ids = [f"r{n:03}" for n in range(300)]
    for ticket_id in ids:
        await desk.issue(ticket_id)
        await desk.abandon(await desk.call())
    for ticket_id in ("a", "b", "c"):
        await desk.issue(ticket_id)
    for ticket_id in ids:
        await desk.queue.reactivate(HALL, ticket_id)
    snapshot = await desk.queue.snapshot(HALL, [LINE], first=0)
    assert snapshot.lines[0].waiting == 303
    ahead = [position.ahead for position in await desk.queue.positions(HALL, ["a", *ids])]
    assert ahead[0] == 0
    assert ahead[1] == 1
    assert ahead[1:] == sorted(ahead[1:], key=lambda place: place or 0)


@pytest.mark.feature("S22")
async def test_reactivate_repeats_and_is_refused_when_spent(link: Link) -> None:
    queue = Queue(link, QueuePolicy(reactivations_max=1))
    desk = Desk(queue)
    await desk.issue("a")
    with pytest.raises(StepRefused):
        await queue.reactivate(HALL, "a")
    first = await desk.abandon(await desk.call())
    with pytest.raises(CallStale):
        await queue.reactivate(HALL, "a", call_number=2)
    back = await queue.reactivate(HALL, "a", call_number=first.call_number)
    assert await queue.reactivate(HALL, "a", call_number=first.call_number) == back
    assert await queue.reactivate(HALL, "a") == back
    called = await desk.call()
    assert called.call_number == 2
    assert await queue.reactivate(HALL, "a") == called
    abandoned = await desk.abandon(called)
    # A repeat of the first reactivation is not a second one.
    assert await queue.reactivate(HALL, "a", call_number=first.call_number) == abandoned
    with pytest.raises(ReactivationsSpent):
        await queue.reactivate(HALL, "a", call_number=called.call_number)
    assert (await queue.expire_due(HALL, limit=10)).count == 1
    assert (await queue.ticket(HALL, "a")).state is TicketState.LAPSED
    with pytest.raises(ReactivationsSpent):
        await queue.reactivate(HALL, "a")


@pytest.mark.feature("S18")
async def test_cancel_frees_the_place_and_the_booking(queue: Queue, desk: Desk) -> None:
    await desk.issue("a", booking_id="b-1")
    await desk.issue("b")
    cancelled = await queue.cancel(HALL, "a")
    assert cancelled.state is TicketState.CANCELLED
    assert cancelled.ended_at_ms is not None
    assert await queue.cancel(HALL, "a") == cancelled
    assert await desk.ahead("b") == [0]
    assert (await desk.issue("c", booking_id="b-1")).booking_id == "b-1"
    # The repeat does not take the booking from its next ticket.
    await queue.cancel(HALL, "a")
    with pytest.raises(BookingTaken):
        await desk.issue("d", booking_id="b-1")


@pytest.mark.feature("S18")
async def test_cancel_from_abandoned_but_not_while_held_or_ended(
    queue: Queue, desk: Desk, redis_client: Redis
) -> None:
    await desk.issue("a")
    called = await desk.call()
    with pytest.raises(StepRefused):
        await queue.cancel(HALL, "a")
    await desk.abandon(called)
    assert (await queue.cancel(HALL, "a")).state is TicketState.CANCELLED
    assert await redis_client.zcard(f"q:{{{HALL}}}:d") == 0
    finished = await desk.ended("b")
    with pytest.raises(StepRefused) as refused:
        await queue.cancel(HALL, finished.ticket_id)
    assert refused.value.state is TicketState.FINISHED
    with pytest.raises(TicketUnknown):
        await queue.cancel(HALL, "unknown")


@pytest.mark.feature("S33")
async def test_finish_ends_with_an_outcome_and_repeats(queue: Queue, desk: Desk) -> None:
    await desk.issue("a")
    called = await desk.call()
    with pytest.raises(StepRefused):
        await desk.finish(called)
    serving = await desk.serve(called)
    with pytest.raises(NotYourTicket):
        await queue.finish(HALL, "a", officer_id="officer-2", call_number=1, outcome="completed")
    with pytest.raises(CallStale):
        await queue.finish(HALL, "a", officer_id=OFFICER, call_number=2, outcome="completed")
    finished = await desk.finish(serving)
    assert (finished.state, finished.outcome) == (TicketState.FINISHED, "completed")
    assert finished.officer_id == OFFICER
    assert await desk.finish(serving) == finished
    with pytest.raises(StepRefused):
        await desk.finish(serving, outcome="other")
    await desk.issue("b")
    held = await desk.call()
    # The repeat does not free the officer of the next ticket.
    await desk.finish(serving)
    with pytest.raises(OfficerBusy) as busy:
        await desk.call()
    assert busy.value.held == held


@pytest.mark.feature("S33")
async def test_snapshot_shows_lines_and_held_tickets(queue: Queue, desk: Desk) -> None:
    empty = await queue.snapshot(HALL, [LINE], first=3)
    assert (empty.version, empty.epoch, empty.held) == (0, 0, ())
    tickets = [await desk.issue(f"t{n}") for n in range(5)]
    booked = await desk.issue("p", priority=Priority.BOOKED)
    held = await desk.call()
    assert held.ticket_id == "p"
    serving = await desk.serve(await desk.call("officer-2"))
    snapshot = await queue.snapshot(HALL, [LINE, "empty"], first=2)
    line, other = snapshot.lines
    assert (line.waiting, line.oldest_issued_at_ms) == (4, tickets[1].issued_at_ms)
    assert [ticket.ticket_id for ticket in line.first] == ["t1", "t2"]
    assert (other.line_id, other.waiting, other.oldest_issued_at_ms, other.first) == ("empty", 0, None, ())
    assert snapshot.held == (held, serving)
    assert snapshot.epoch == booked.issued_at_ms or snapshot.epoch <= booked.issued_at_ms
    assert snapshot.version == 9


async def test_snapshots_oldest_does_not_count_who_was_called(queue: Queue, desk: Desk) -> None:
    await desk.issue("a")
    await desk.abandon(await desk.call())
    await queue.reactivate(HALL, "a")
    (line,) = (await queue.snapshot(HALL, [LINE], first=1)).lines
    assert (line.waiting, line.oldest_issued_at_ms) == (1, None)


async def test_bounds_of_reading(queue: Queue) -> None:
    with pytest.raises(ValueError, match="1000"):
        await queue.positions(HALL, ["t"] * 1001)
    with pytest.raises(ValueError, match="100"):
        await queue.snapshot(HALL, [LINE], first=101)
    with pytest.raises(ValueError, match="limit"):
        await queue.expire_due(HALL, limit=0)


async def test_functions_come_back_after_the_server_forgot_them(desk: Desk, redis_client: Redis) -> None:
    await desk.issue("a")
    await redis_client.function_flush()
    numbers = [ticket.number for ticket in await asyncio.gather(desk.issue("b"), desk.issue("c"))]
    assert sorted(numbers) == ["C002", "C003"]
    assert sorted(one or 0 for one in await desk.ahead("a", "b", "c")) == [0, 1, 2]


async def test_old_versions_of_the_functions_go_when_there_are_too_many(
    desk: Desk, redis_client: Redis
) -> None:
    await redis_client.function_flush()
    names = {f"{NAME_PREFIX}{number}" for number in range(LIBRARIES_MAX + 2)}
    register = "redis.register_function('%s', function() return 1 end)"
    for name in (*names, "somebody_elses"):
        await redis_client.function_load(f"#!lua name={name}\n{register % name}")
    await desk.issue("a")
    left = {row[1].decode() for row in await redis_client.function_list()}
    assert {"somebody_elses", library().name} <= left
    assert len(left & names) == LIBRARIES_MAX - 1


async def test_halls_are_apart(queue: Queue, desk: Desk) -> None:
    await desk.issue("a")
    other = await queue.issue("hall-2", "a", line_id=LINE, letter="C", day=DAY)
    assert (other.number, other.version) == ("C001", 1)
    assert (await queue.position("hall-2", "a")).waiting == 1
