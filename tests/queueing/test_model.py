"""The same random steps on a pure model and on a real Valkey: sent again, with answers that are lost, with a
clock that jumps, with a hall that is built anew.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from queueing import keys
from queueing.codec import text
from queueing.connection import connect
from queueing.errors import QueueError
from queueing.journal import Journal
from queueing.layout import Packed, unpacked
from queueing.policy import QueuePolicy
from queueing.rebuild import Rebuild
from queueing.service import Queue
from queueing.states import HELD_STATES, OPEN_STATES, TRANSITIONS, Step, TicketState
from queueing.ticket import CallOrder, JournalEntry, Priority, Ticket
from tests.faked_clock import FakedClock, valkey_with_clock
from tests.queueing.desk import DAY, HALL
from tests.queueing.model import Hall, Happened

LINES: Final = ("consult", "invoice")
OFFICERS: Final = ("o1", "o2")
TICKETS: Final = [f"t{number:02d}" for number in range(40)]
CLASSES: Final = [Priority.BOOKED, Priority.PRIORITY, Priority.WALK_IN]
DAYS_MS: Final = 86_400_000
POLICY: Final = QueuePolicy(
    confirm_ms=60_000,
    activation_ms=600_000,
    reactivations_max=1,
    reactivate_after=1,
    recall_spacing_ms=20_000,
    lease_ms=90_000,
    hold_ms=200_000,
    holds_max=1,
    ended_ticket_ttl_ms=10 * DAYS_MS,
    request_ttl_ms=10 * DAYS_MS,
)
JUMPS_S: Final = [23, 61, 97, 211, 631, -31]
MARGIN_MS: Final = 5_000
"""A step is never made so near to a deadline that it is not certain which of the two is first."""
LONG_S: Final = 22 * 86_400
"""Past two spans of remembered requests."""
FOR_EVER: Final = {keys.meta(HALL), keys.journal(HALL), f"q:{{{HALL}}}:v"}

KINDS: Final = {
    "issue": 8, "call_next": 8, "call_one": 2, "recall": 3, "confirm": 7, "abandon": 3, "reactivate": 3,
    "requeue": 2, "transfer": 3, "hold": 4, "resume": 3, "finish": 4, "cancel": 2, "beat": 2, "clock_jumps":
    3, "expire_due": 3, "leave": 1, "close_hall": 1, "open_hall": 2, "build_anew": 1,
}  # fmt: skip
"""How often each step is tried."""
Send = Callable[[], Awaitable[object]]
Ask = Callable[[int], str | None]


@dataclass(frozen=True)
class Chosen:
    """One random step. `pick` chooses the ticket, mostly one that the step is allowed with, and what else
    there is.
    """

    kind: str
    pick: int
    line: str
    officer: str
    priority: Priority
    order: CallOrder
    back: int
    """How many calls ago the named call was."""
    times: int
    """How often it is sent."""
    lost: bool
    """Whether the caller of the first one is cancelled, so that nobody knows whether it was made."""


chosen = st.builds(
    Chosen,
    kind=st.sampled_from([kind for kind, often in KINDS.items() for _ in range(often)]),
    pick=st.integers(0, 999),
    line=st.sampled_from(LINES),
    officer=st.sampled_from(OFFICERS),
    priority=st.sampled_from(CLASSES),
    order=st.sampled_from(CallOrder),
    back=st.sampled_from([0, 0, 0, 0, 0, 0, 1]),
    times=st.integers(1, 2),
    lost=st.booleans(),
)


class QueueMachine(RuleBasedStateMachine):
    """Each rule makes a step on both, and compares the answers; the invariants compare everything else."""

    url = ""
    clock: FakedClock

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.link = connect(self.url)
        self.queue = Queue(self.link, POLICY)
        self.journal = Journal(self.link)
        self.model = Hall(POLICY, LINES)
        self.entries: list[JournalEntry] = []
        self.records: dict[str, Packed] = {}
        self.requests = 0

    @initialize()
    def empty(self) -> None:
        self.run(self.link.redis.flushall())

    def run(self, work: Awaitable[object]) -> object:
        return self.loop.run_until_complete(asyncio.wait_for(work, 60))

    def teardown(self) -> None:
        try:
            self.nothing_is_left()
        finally:
            self.run(self.link.aclose())
            self.loop.close()

    # How a step is made.

    def now_ms(self) -> int:
        seconds, micros = self.loop.run_until_complete(self.link.redis.time())
        return int(seconds) * 1_000 + int(micros) // 1_000

    def jump(self, by_s: int) -> None:
        self.clock.move(by_s)
        while not self.clock.is_seen(self.now_ms()):
            pass

    def edges_ms(self) -> Iterator[int]:
        for ticket in self.model.tickets.values():
            if ticket.deadline_ms is not None:
                yield ticket.deadline_ms
            yield ticket.rung_ms + POLICY.recall_spacing_ms
        yield from self.model.leases.values()

    def settle(self) -> None:
        """Away from every time at which something changes."""
        while any(abs(edge_ms - self.now_ms()) < MARGIN_MS for edge_ms in self.edges_ms()):
            self.jump(2 * MARGIN_MS // 1_000)

    def both(self, send: Send, ask: Ask, times: int = 1, *, lost: bool = False) -> None:
        """The step on the server, then on the model at the server's time; the same answer, the same
        journal.
        """
        self.settle()
        before = self.now_ms()
        answers = self.loop.run_until_complete(self.answers(send, times, lost=lost))
        assert len(set(answers)) == 1, answers
        after = self.entries[-1].entry_id if self.entries else None
        fresh = self.loop.run_until_complete(self.journal.read_after(HALL, after, limit=1_000))
        known = len(self.model.journal)
        assert answers[0] == ask(fresh[0].at_ms if fresh else before)
        self.entries += fresh
        self.records |= {one.ticket.ticket_id: unpacked(one.packed) for one in fresh}
        assert [
            Happened(one.ticket.ticket_id, one.step, one.ticket.state, one.cause) for one in fresh
        ] == self.model.journal[known:]

    async def answers(self, send: Send, times: int, *, lost: bool) -> list[str | None]:
        if lost:
            unheard = asyncio.ensure_future(send())
            for _ in range(3):  # until it is on its way, or not yet
                await asyncio.sleep(0)
            unheard.cancel()
            await asyncio.wait([unheard])
        return [await self.answer(send) for _ in range(times)]

    async def answer(self, send: Send) -> str | None:
        try:
            await send()
        except QueueError as error:
            return error.code
        return None

    def request(self) -> str:
        self.requests += 1
        return f"r{self.requests}"

    def ticket_for(self, step: Step, pick: int) -> str:
        tickets = self.model.tickets
        allowed = sorted(one.ticket_id for one in tickets.values() if (one.state, step) in TRANSITIONS)
        if allowed and pick % 8 != 7:
            return allowed[pick % len(allowed)]
        known = sorted(tickets)
        return [*known, "unknown"][pick % (len(known) + 1)]

    def officer_for(self, ticket_id: str, pick: int) -> str:
        ticket = self.model.tickets.get(ticket_id)
        if ticket is None or ticket.officer is None or pick % 9 == 8:
            return OFFICERS[pick % len(OFFICERS)]
        return ticket.officer

    def call_of(self, ticket_id: str, back: int) -> int:
        ticket = self.model.tickets.get(ticket_id)
        return max(0, (ticket.calls if ticket else 1) - back)

    # The steps.

    @rule(chosen=chosen)
    def step(self, chosen: Chosen) -> None:
        steps: dict[str, Callable[[Chosen], None]] = {
            "issue": self.issue, "call_next": self.call_next, "call_one": self.call_one, "recall":
            self.recall, "confirm": self.confirm, "abandon": self.abandon, "reactivate": self.reactivate,
            "requeue": self.requeue, "transfer": self.transfer, "hold": self.hold, "resume": self.resume,
            "finish": self.finish, "cancel": self.cancel, "beat": self.beat, "clock_jumps": self.clock_jumps,
            "expire_due": self.expire_due, "leave": self.leave, "close_hall": self.close_hall,
            "open_hall": self.open_hall, "build_anew": self.build_anew,
        }  # fmt: skip
        steps[chosen.kind](chosen)

    def issue(self, chosen: Chosen) -> None:
        known = len(self.model.tickets)
        ticket_id = TICKETS[
            chosen.pick % len(TICKETS) if chosen.pick % 8 == 7 else min(known, len(TICKETS) - 1)
        ]
        self.both(
            lambda: self.queue.issue(
                HALL, ticket_id, line_id=chosen.line, letter="C", day=DAY, priority=chosen.priority
            ),
            lambda now: self.model.issue(ticket_id, chosen.line, chosen.priority),
            chosen.times,
            lost=chosen.lost,
        )

    def call_next(self, chosen: Chosen) -> None:
        officer, request, weights = chosen.officer, self.request(), (1, 3)
        wanted = LINES[::-1] if chosen.pick % 2 else LINES
        self.both(
            lambda: self.queue.call_next(
                HALL,
                officer_id=officer,
                line_ids=wanted,
                request_id=request,
                order=chosen.order,
                weights=weights,
            ),
            lambda now: self.model.call_next(officer, request, wanted, chosen.order, weights, now),
            chosen.times,
            lost=chosen.lost,
        )

    def call_one(self, chosen: Chosen) -> None:
        ticket_id, officer = self.ticket_for(Step.CALL, chosen.pick), chosen.officer
        request = f"r{self.requests}" if chosen.pick % 5 == 4 else self.request()
        self.both(
            lambda: self.queue.call_one(HALL, ticket_id, officer_id=officer, request_id=request),
            lambda now: self.model.call_one(ticket_id, officer, request, now),
            chosen.times,
            lost=chosen.lost,
        )

    def recall(self, chosen: Chosen) -> None:
        ticket_id = self.ticket_for(Step.RECALL, chosen.pick)
        officer = self.officer_for(ticket_id, chosen.pick)
        call = self.call_of(ticket_id, chosen.back)
        self.both(
            lambda: self.queue.recall(HALL, ticket_id, officer_id=officer, call_number=call),
            lambda now: self.model.recall(ticket_id, officer, call, now),
            chosen.times,
        )

    def confirm(self, chosen: Chosen) -> None:
        ticket_id = self.ticket_for(Step.CONFIRM, chosen.pick)
        call = self.call_of(ticket_id, chosen.back)
        self.both(
            lambda: self.queue.confirm(HALL, ticket_id, call_number=call),
            lambda now: self.model.confirm(ticket_id, call, now),
            chosen.times,
            lost=chosen.lost,
        )

    def abandon(self, chosen: Chosen) -> None:
        ticket_id = self.ticket_for(Step.ABANDON, chosen.pick)
        officer = self.officer_for(ticket_id, chosen.pick)
        call = self.call_of(ticket_id, chosen.back)
        self.both(
            lambda: self.queue.abandon(HALL, ticket_id, officer_id=officer, call_number=call),
            lambda now: self.model.abandon(ticket_id, officer, call, now),
            chosen.times,
            lost=chosen.lost,
        )

    def reactivate(self, chosen: Chosen) -> None:
        ticket_id = self.ticket_for(Step.REACTIVATE, chosen.pick)
        self.both(
            lambda: self.queue.reactivate(HALL, ticket_id),
            lambda now: self.model.reactivate(ticket_id, now),
            chosen.times,
            lost=chosen.lost,
        )

    def requeue(self, chosen: Chosen) -> None:
        ticket_id = self.ticket_for(Step.REQUEUE, chosen.pick)
        officer = self.officer_for(ticket_id, chosen.pick)
        call = self.call_of(ticket_id, chosen.back)
        self.both(
            lambda: self.queue.requeue(HALL, ticket_id, officer_id=officer, call_number=call),
            lambda now: self.model.requeue(ticket_id, officer, call),
            chosen.times,
            lost=chosen.lost,
        )

    def transfer(self, chosen: Chosen) -> None:
        ticket_id = self.ticket_for(Step.TRANSFER, chosen.pick)
        officer = self.officer_for(ticket_id, chosen.pick)
        request, call = self.request(), self.call_of(ticket_id, chosen.back)
        self.both(
            lambda: self.queue.transfer(
                HALL, ticket_id, officer_id=officer, request_id=request, call_number=call, line_id=chosen.line
            ),
            lambda now: self.model.transfer(ticket_id, officer, request, call, chosen.line),
            chosen.times,
            lost=chosen.lost,
        )

    def hold(self, chosen: Chosen) -> None:
        ticket_id = self.ticket_for(Step.HOLD, chosen.pick)
        officer = self.officer_for(ticket_id, chosen.pick)
        request, call = self.request(), self.call_of(ticket_id, chosen.back)
        self.both(
            lambda: self.queue.hold(
                HALL, ticket_id, officer_id=officer, request_id=request, call_number=call
            ),
            lambda now: self.model.hold(ticket_id, officer, request, call, now),
            chosen.times,
            lost=chosen.lost,
        )

    def resume(self, chosen: Chosen) -> None:
        ticket_id = self.ticket_for(Step.RESUME, chosen.pick)
        officer = self.officer_for(ticket_id, chosen.pick)
        request, call = self.request(), self.call_of(ticket_id, chosen.back)
        self.both(
            lambda: self.queue.resume(
                HALL, ticket_id, officer_id=officer, request_id=request, call_number=call
            ),
            lambda now: self.model.resume(ticket_id, officer, request, call, now),
            chosen.times,
            lost=chosen.lost,
        )

    def finish(self, chosen: Chosen) -> None:
        ticket_id = self.ticket_for(Step.FINISH, chosen.pick)
        officer = self.officer_for(ticket_id, chosen.pick)
        outcome = "good" if chosen.pick % 3 else "bad"
        call = self.call_of(ticket_id, chosen.back)
        self.both(
            lambda: self.queue.finish(HALL, ticket_id, officer_id=officer, call_number=call, outcome=outcome),
            lambda now: self.model.finish(ticket_id, officer, call, outcome),
            chosen.times,
            lost=chosen.lost,
        )

    def cancel(self, chosen: Chosen) -> None:
        ticket_id = self.ticket_for(Step.CANCEL, chosen.pick)
        self.both(
            lambda: self.queue.cancel(HALL, ticket_id),
            lambda now: self.model.cancel(ticket_id),
            chosen.times,
            lost=chosen.lost,
        )

    def beat(self, chosen: Chosen) -> None:
        self.settle()
        for _ in range(chosen.times):
            self.run(self.queue.beat(HALL, {chosen.officer: LINES}))
        # No entry tells its time: the lease is read, and judged by the next step that it decides.
        score = self.loop.run_until_complete(self.link.redis.zscore(f"q:{{{HALL}}}:l", chosen.officer))
        now_ms = self.now_ms()
        self.model.beat(chosen.officer, now_ms)
        assert score is not None
        assert abs(score - self.model.leases[chosen.officer]) < MARGIN_MS
        self.model.leases[chosen.officer] = int(score)

    def leave(self, chosen: Chosen) -> None:
        self.both(
            lambda: self.queue.leave(HALL, chosen.officer), lambda now: self.model.leave(chosen.officer)
        )

    def close_hall(self, chosen: Chosen) -> None:

        async def close() -> None:
            while await self.queue.close_hall(HALL, LINES, limit=1 + chosen.pick % 3):
                pass

        self.both(close, lambda now: self.model.close_hall())

    def open_hall(self, chosen: Chosen) -> None:
        self.both(lambda: self.queue.open_hall(HALL), lambda now: self.model.open_hall(), chosen.times)

    def clock_jumps(self, chosen: Chosen) -> None:
        self.jump(JUMPS_S[chosen.pick % len(JUMPS_S)])

    def expire_due(self, chosen: Chosen) -> None:
        self.both(lambda: self.queue.expire_due(HALL, limit=100), lambda now: self.model.expire_due(now))

    def build_anew(self, chosen: Chosen) -> None:
        """Redis loses everything; the records, for which the journal stands here, have it."""
        self.settle()
        self.loop.run_until_complete(self.built_anew())
        now_ms = self.now_ms()
        model = self.model
        model.requests.clear()
        model.turns.clear()
        model.present = 0
        model.built_anew(now_ms)
        model.leases = {
            one.officer: now_ms + POLICY.lease_ms
            for one in model.tickets.values()
            if one.officer is not None and one.state in {*HELD_STATES, TicketState.ON_HOLD}
        }
        for position in self.loop.run_until_complete(self.queue.positions(HALL, TICKETS)):
            ticket = model.tickets[position.ticket.ticket_id]
            if position.ticket.deadline_ms is None or ticket.deadline_ms is None:
                assert position.ticket.deadline_ms == ticket.deadline_ms
            else:
                assert abs(position.ticket.deadline_ms - ticket.deadline_ms) < MARGIN_MS
                ticket.deadline_ms = position.ticket.deadline_ms

    async def built_anew(self) -> None:
        async def recorded() -> AsyncIterator[Packed]:
            for ticket in self.records.values():
                yield ticket

        rebuild = Rebuild(self.link, POLICY)
        frozen = await rebuild.freeze(HALL, "builder")
        await rebuild.wipe(frozen)
        numbers = await rebuild.restore(frozen, recorded())
        mark = frozen.mark(frozen.seen)
        await rebuild.thaw(frozen, mark, numbers)
        self.entries.clear()
        self.model.journal.clear()

    # What has to be the same after every step.

    @invariant()
    def lines_and_hands_are_the_same(self) -> None:
        snapshot = self.loop.run_until_complete(self.queue.snapshot(HALL, LINES, first=100))
        for line in snapshot.lines:
            assert [ticket.ticket_id for ticket in line.first] == self.model.order(line.line_id)
        held = {ticket.officer_id: ticket.ticket_id for ticket in snapshot.held}
        hands = {officer: self.model.in_hand(officer) for officer in OFFICERS}
        assert held == {officer: ticket.ticket_id for officer, ticket in hands.items() if ticket}
        aside = [one.ticket_id for officer in OFFICERS for one in self.model.on_hold(officer)]
        assert [ticket.ticket_id for ticket in snapshot.on_hold] == sorted(aside)
        assert {one.officer_id for one in snapshot.at_work} == set(self.model.leases)
        assert (snapshot.closed_at_ms is not None) == self.model.closed

    @invariant()
    def every_ticket_is_the_same(self) -> None:
        found = self.loop.run_until_complete(self.queue.positions(HALL, TICKETS))
        assert {self.seen(position.ticket) for position in found} == {
            (
                one.ticket_id, one.line, one.number, one.state, one.priority, one.calls, one.officer,
                one.deadline_ms, one.reactivations, one.outcome,
            )
            for one in self.model.tickets.values()
        }  # fmt: skip
        for position in found:
            order = self.model.order(position.ticket.line_id)
            waits = position.ticket.state is TicketState.WAITING
            assert position.ahead == (order.index(position.ticket.ticket_id) if waits else None)
            assert position.waiting == len(order)

    @invariant()
    def the_journal_is_dense(self) -> None:
        versions = [entry.version for entry in self.entries]
        assert versions == list(range(versions[0], versions[0] + len(versions))) if versions else True

    @invariant()
    def every_key_is_in_the_list(self) -> None:
        found = self.loop.run_until_complete(self.link.redis.keys("*"))
        assert [key for key in found if keys.KEY_PATTERN.fullmatch(text(key)) is None] == []

    def nothing_is_left(self) -> None:
        """Every ticket ends, and then no key stays but those that are for ever."""
        self.loop.run_until_complete(self.end_everything())
        self.jump(LONG_S)
        self.loop.run_until_complete(self.queue.expire_due(HALL, limit=100))
        found = self.loop.run_until_complete(self.link.redis.keys("*"))
        assert {text(key) for key in found} <= FOR_EVER

    async def end_everything(self) -> None:
        await self.queue.open_hall(HALL)
        for officer in OFFICERS:
            await self.queue.leave(HALL, officer)
        for ticket_id, ticket in self.model.tickets.items():
            # Given back by then, if somebody had it.
            if ticket.state in OPEN_STATES:
                await self.queue.cancel(HALL, ticket_id)

    @staticmethod
    def seen(ticket: Ticket) -> tuple[object, ...]:
        return (
            ticket.ticket_id, ticket.line_id, ticket.number, ticket.state, ticket.priority,
            ticket.call_number, ticket.officer_id, ticket.deadline_ms, ticket.reactivations, ticket.outcome,
        )  # fmt: skip


@pytest.mark.feature("S33")
@pytest.mark.timeout(600)
def test_model_and_valkey_agree(tmp_path_factory: pytest.TempPathFactory) -> None:
    with valkey_with_clock(tmp_path_factory.mktemp("clock")) as (url, clock):
        QueueMachine.url, QueueMachine.clock = url, clock
        run_state_machine_as_test(
            QueueMachine,
            settings=settings(
                max_examples=60,
                stateful_step_count=50,
                suppress_health_check=list(HealthCheck),
            ),
        )
