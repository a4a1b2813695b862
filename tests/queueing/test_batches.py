"""Many steps at once do what the same steps do one after another, and one's mistake is not the others'."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import pytest
from hiredis import ReplyError
from redis.asyncio import Redis

from queueing import keys
from queueing.batches import ITEMS_MAX, StepFunction, Turn
from queueing.connection import Link
from queueing.errors import QueueError
from queueing.functions import FunctionRunner
from queueing.journal import Journal
from queueing.policy import QueuePolicy
from queueing.service import Queue
from queueing.ticket import Called, CallOrder, Priority, Ticket
from tests.queueing.desk import DAY, HALL, LINE, WAIT_S, Desk

AT_ONCE, IN_TURN = "at-once", "in-turn"
LINES = ("a", "b")
ENTRIES_MAX = 10_000

Asked = Callable[[Queue, str], Awaitable[Ticket | Called | None]]
"""One step in a hall."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer says, without hall and times, which differ."""

    what: str
    ticket: tuple[object, ...]


def told(answer: object) -> Told:
    if isinstance(answer, Called):
        return Told(f"called {answer.repeated}", seen(answer.ticket))
    if isinstance(answer, Ticket):
        return Told("ticket", seen(answer))
    assert answer is None or isinstance(answer, QueueError), repr(answer)
    return Told(type(answer).__name__, ())


def seen(ticket: Ticket) -> tuple[object, ...]:
    return (
        ticket.ticket_id,
        ticket.line_id,
        ticket.number,
        ticket.state,
        ticket.priority,
        ticket.version,
        ticket.call_number,
        ticket.officer_id,
        ticket.booking_id,
        ticket.outcome,
        ticket.reactivations,
        ticket.place,
    )


def group(kind: str, chance: random.Random) -> list[Asked]:
    """Up to three calls' worth of steps of one kind, on few tickets and officers, so that they meet."""

    def one() -> Asked:
        ticket, officer = f"t{chance.randrange(90)}", f"o{chance.randrange(40)}"
        request, line = f"r{chance.randrange(30)}", chance.choice(LINES)
        number, lines = chance.choice((1, 1, 1, 2)), chance.sample(LINES, chance.choice((1, 2)))
        asked: dict[str, Asked] = {
            "issue": lambda queue, hall: queue.issue(
                hall,
                ticket,
                line_id=line,
                letter=line.upper(),
                day=DAY,
                priority=chance_priority,
                booking_id=booking,
            ),
            "call_next": lambda queue, hall: queue.call_next(
                hall, officer_id=officer, line_ids=lines, request_id=request, order=order
            ),
            "call_one": lambda queue, hall: queue.call_one(
                hall, ticket, officer_id=officer, request_id=request
            ),
            "recall": lambda queue, hall: queue.recall(hall, ticket, officer_id=officer, call_number=number),
            "confirm": lambda queue, hall: queue.confirm(hall, ticket, call_number=number),
            "abandon": lambda queue, hall: queue.abandon(
                hall, ticket, officer_id=officer, call_number=number
            ),
            "reactivate": lambda queue, hall: queue.reactivate(hall, ticket),
            "requeue": lambda queue, hall: queue.requeue(
                hall, ticket, officer_id=officer, call_number=number
            ),
            "transfer": lambda queue, hall: queue.transfer(
                hall, ticket, request_id=request, line_id=line, officer_id=officer, call_number=number - 1
            ),
            "hold": lambda queue, hall: queue.hold(
                hall, ticket, request_id=request, officer_id=officer, call_number=number
            ),
            "resume": lambda queue, hall: queue.resume(
                hall, ticket, request_id=request, officer_id=officer, call_number=number
            ),
            "cancel": lambda queue, hall: queue.cancel(hall, ticket),
            "finish": lambda queue, hall: queue.finish(
                hall, ticket, outcome="completed", officer_id=officer, call_number=number
            ),
        }
        chance_priority = chance.choice((Priority.BOOKED, Priority.PRIORITY, Priority.WALK_IN))
        booking = chance.choice((None, f"b{chance.randrange(20)}"))
        order = chance.choice(tuple(CallOrder))
        return asked[kind]

    return [one() for _ in range(chance.randrange(1, 3 * ITEMS_MAX))]


KINDS = (
    "issue", "call_next", "call_one", "recall", "confirm", "abandon", "reactivate", "requeue", "transfer",
    "hold", "resume", "cancel", "finish",
)  # fmt: skip


async def one_by_one(queue: Queue, steps: Sequence[Asked]) -> list[object]:
    answers: list[object] = []
    for step in steps:
        answers += await asyncio.gather(step(queue, IN_TURN), return_exceptions=True)
    return answers


async def everything(redis_client: Redis, link: Link, hall_id: str) -> tuple[object, ...]:
    """Lines, hands, holds and the journal of a hall, without its name and times."""
    lines = [await redis_client.zrange(f"q:{{{hall_id}}}:w:{line}", 0, -1, withscores=True) for line in LINES]
    hands = await redis_client.hgetall(f"q:{{{hall_id}}}:o")
    entries = await Journal(link).read_after(hall_id, None, limit=ENTRIES_MAX)
    steps = [(entry.step, seen(entry.ticket), entry.cause, entry.left, entry.joined) for entry in entries]
    return lines, hands, steps


@pytest.mark.parametrize("seed", range(6))
async def test_at_once_is_as_one_after_another(seed: int, link: Link, redis_client: Redis) -> None:
    chance = random.Random(seed)
    queue = Queue(link, QueuePolicy(recall_spacing_ms=0, line_capacity=40))
    for _ in range(40):
        steps = group(chance.choice(("issue", "call_next", "confirm", *KINDS)), chance)
        at_once = await asyncio.gather(*(step(queue, AT_ONCE) for step in steps), return_exceptions=True)
        in_turn = await one_by_one(queue, steps)
        assert [told(answer) for answer in at_once] == [told(answer) for answer in in_turn]
        assert await everything(redis_client, link, AT_ONCE) == await everything(redis_client, link, IN_TURN)


async def test_a_broken_ticket_is_not_the_mistake_of_the_others(desk: Desk, redis_client: Redis) -> None:
    for name in ("a", "b", "c"):
        await desk.issue(name)
    await redis_client.set(f"q:{{{HALL}}}:t:b", "no ticket")
    answers = await asyncio.gather(
        *(desk.queue.cancel(HALL, name) for name in ("a", "b", "c")), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [Ticket, ReplyError, Ticket]


async def test_more_than_one_call_takes_go_in_their_order(desk: Desk) -> None:
    count = 3 * ITEMS_MAX + 1
    tickets = await asyncio.gather(*(desk.issue(f"t{number}") for number in range(count)))
    assert [ticket.version for ticket in tickets] == list(range(1, count + 1))
    officers = [f"o{number}" for number in range(count)]
    called = await asyncio.gather(*(desk.call(officer) for officer in officers))
    assert [ticket.ticket_id for ticket in called] == [ticket.ticket_id for ticket in tickets]
    assert (await desk.queue.snapshot(HALL, [LINE], first=1)).lines[0].waiting == 0


async def test_what_cannot_be_sent_keeps_nobody_waiting(desk: Desk, link: Link) -> None:
    turn = Turn(FunctionRunner(link.route))
    confirm, position = StepFunction(turn, "confirm"), StepFunction(turn, "position")
    async with asyncio.timeout(WAIT_S):
        await desk.issue("a")
        wrong = confirm.ask(keys.meta(HALL), 0, "a", 1, "\ud800")
        right = position.ask(keys.meta(HALL), 0, "a")
        with pytest.raises(UnicodeEncodeError):
            await wrong
        assert (await right)[0] == b"ok"
