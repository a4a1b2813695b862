"""The same random steps on a small pure model and on the real Valkey, each step sent again now and then."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from queueing.connection import connect
from queueing.errors import QueueError
from queueing.journal import Journal
from queueing.policy import QueuePolicy
from queueing.service import Queue
from queueing.states import HELD_STATES, Step, TicketState, next_state
from queueing.ticket import Priority, Ticket
from tests.queueing.desk import DAY, HALL, LINE

OFFICERS: Final = ["o1", "o2"]
TICKETS: Final = [f"t{number}" for number in range(6)]
POLICY: Final = QueuePolicy(reactivations_max=1, reactivate_after=1)
CLASSES: Final = [Priority.BOOKED, Priority.PRIORITY, Priority.WALK_IN]


@dataclass
class Modelled:
    """One ticket of the model."""

    ticket_id: str
    priority: Priority
    state: TicketState
    calls: int = 0
    officer: str | None = None
    reactivations: int = 0


@dataclass
class Model:
    """The queue as one would write it without Redis: a list in order, and the transition table."""

    tickets: dict[str, Modelled] = field(default_factory=dict)
    waiting: list[Modelled] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    abandoned: set[tuple[str, int]] = field(default_factory=set)
    """Tickets and calls."""
    issued: dict[str, Priority] = field(default_factory=dict)
    region: dict[str, Priority] = field(default_factory=dict)
    """The class among whose tickets it stands: its own, or after a reactivation that of who is before it."""

    def held_by(self, officer: str) -> Modelled | None:
        held = (one for one in self.tickets.values() if one.state in HELD_STATES and one.officer == officer)
        return next(held, None)

    def issue(self, ticket_id: str, priority: Priority) -> str | None:
        before = self.tickets.get(ticket_id)
        if before is not None:
            return None if self.issued[ticket_id] == priority else "ticket_exists"
        ticket = Modelled(ticket_id, priority, next_state(None, Step.ISSUE))
        self.tickets[ticket_id] = ticket
        self.issued[ticket_id] = priority
        later = [place for place, other in enumerate(self.waiting) if self.region[other.ticket_id] > priority]
        self.waiting.insert(later[0] if later else len(self.waiting), ticket)
        self.region[ticket_id] = priority
        self.steps.append(Step.ISSUE)
        return None

    def call(self, officer: str) -> str | None:
        if self.held_by(officer) is not None:
            return "officer_busy"
        if self.waiting:
            ticket = self.waiting.pop(0)
            ticket.state = next_state(ticket.state, Step.CALL)
            ticket.calls, ticket.officer = ticket.calls + 1, officer
            self.steps.append(Step.CALL)
        return None

    def reactivate(self, ticket_id: str) -> str | None:
        ticket = self.tickets.get(ticket_id)
        if ticket is None:
            return "ticket_unknown"
        if ticket.reactivations and ticket.state in {TicketState.WAITING, *HELD_STATES}:
            return None
        if ticket.state is not TicketState.ABANDONED:
            return "step_refused"
        if ticket.reactivations >= POLICY.reactivations_max:
            return "reactivations_spent"
        place = min(POLICY.reactivate_after, len(self.waiting))
        while place < len(self.waiting) and self.waiting[place].priority is Priority.REACTIVATED:
            place += 1
        before = self.waiting[place - 1] if place else None
        self.region[ticket_id] = self.region[before.ticket_id] if before else Priority.REACTIVATED
        self.waiting.insert(place, ticket)
        ticket.state, ticket.priority, ticket.officer = TicketState.WAITING, Priority.REACTIVATED, None
        ticket.reactivations += 1
        self.steps.append(Step.REACTIVATE)
        return None

    def take_step(self, ticket: Modelled, step: Step) -> str | None:
        try:
            ticket.state = next_state(ticket.state, step)
        except QueueError as error:
            return error.code
        if ticket in self.waiting:
            self.waiting.remove(ticket)
        self.steps.append(step)
        return None


class QueueMachine(RuleBasedStateMachine):
    """Each rule makes a step on both, and compares the answer; the invariants compare everything else."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.link = connect(self.url)
        self.queue = Queue(self.link, POLICY)
        self.model = Model()
        self.requests = 0

    @initialize()
    def empty(self) -> None:
        self.loop.run_until_complete(self.link.redis.flushall())

    def teardown(self) -> None:
        self.loop.run_until_complete(self.link.aclose())
        self.loop.close()

    def sent(self, send: Callable[[], Awaitable[object]], times: int) -> str | None:
        """The code of the refusal, the same each time that it is sent."""

        async def once() -> str | None:
            try:
                await send()
            except QueueError as error:
                return error.code
            return None

        async def all_times() -> list[str | None]:
            return [await once() for _ in range(times)]

        answers = self.loop.run_until_complete(all_times())
        assert len(set(answers)) == 1, answers
        return answers[0]

    @rule(ticket_id=st.sampled_from(TICKETS), priority=st.sampled_from(CLASSES), times=st.integers(1, 2))
    def issue(self, ticket_id: str, priority: Priority, times: int) -> None:
        sent = self.sent(
            lambda: self.queue.issue(HALL, ticket_id, line_id=LINE, letter="C", day=DAY, priority=priority),
            times,
        )
        assert sent == self.model.issue(ticket_id, priority)

    @rule(officer=st.sampled_from(OFFICERS), times=st.integers(1, 2))
    def call(self, officer: str, times: int) -> None:
        self.requests += 1
        request_id = f"r{self.requests}"
        sent = self.sent(
            lambda: self.queue.call_next(HALL, officer_id=officer, line_ids=[LINE], request_id=request_id),
            times,
        )
        assert sent == self.model.call(officer)

    @rule(ticket_id=st.sampled_from(TICKETS), back=st.integers(0, 1), times=st.integers(1, 2))
    def confirm(self, ticket_id: str, back: int, times: int) -> None:
        ticket = self.model.tickets.get(ticket_id)
        number = (ticket.calls if ticket else 1) - back
        sent = self.sent(lambda: self.queue.confirm(HALL, ticket_id, call_number=number), times)
        if ticket is None:
            assert sent == "ticket_unknown"
        elif back:
            assert sent == "call_stale"
        elif ticket.state in {TicketState.SERVING, TicketState.FINISHED}:
            assert sent is None
        else:
            assert sent == self.model.take_step(ticket, Step.CONFIRM)

    @rule(ticket_id=st.sampled_from(TICKETS), officer=st.sampled_from(OFFICERS), times=st.integers(1, 2))
    def finish(self, ticket_id: str, officer: str, times: int) -> None:
        ticket = self.model.tickets.get(ticket_id)
        sent = self.sent(
            lambda: self.queue.finish(
                HALL,
                ticket_id,
                officer_id=officer,
                call_number=ticket.calls if ticket else 1,
                outcome="completed",
            ),
            times,
        )
        if ticket is None:
            assert sent == "ticket_unknown"
        elif ticket.state is TicketState.FINISHED and ticket.officer == officer:
            assert sent is None
        elif ticket.state is TicketState.SERVING and ticket.officer != officer:
            assert sent == "not_your_ticket"
        else:
            assert sent == self.model.take_step(ticket, Step.FINISH)

    @rule(ticket_id=st.sampled_from(TICKETS), officer=st.sampled_from(OFFICERS), times=st.integers(1, 2))
    def abandon(self, ticket_id: str, officer: str, times: int) -> None:
        ticket = self.model.tickets.get(ticket_id)
        number = ticket.calls if ticket else 1
        sent = self.sent(
            lambda: self.queue.abandon(HALL, ticket_id, officer_id=officer, call_number=number), times
        )
        if ticket is None:
            assert sent == "ticket_unknown"
        elif number and (ticket_id, number) in self.model.abandoned:
            assert sent is None
        elif ticket.state is TicketState.CALLED and ticket.officer != officer:
            assert sent == "not_your_ticket"
        else:
            expected = self.model.take_step(ticket, Step.ABANDON)
            assert sent == expected
            if expected is None:
                self.model.abandoned.add((ticket_id, number))

    @rule(ticket_id=st.sampled_from(TICKETS), times=st.integers(1, 2))
    def reactivate(self, ticket_id: str, times: int) -> None:
        sent = self.sent(lambda: self.queue.reactivate(HALL, ticket_id), times)
        assert sent == self.model.reactivate(ticket_id)

    @rule(ticket_id=st.sampled_from(TICKETS), times=st.integers(1, 2))
    def cancel(self, ticket_id: str, times: int) -> None:
        sent = self.sent(lambda: self.queue.cancel(HALL, ticket_id), times)
        ticket = self.model.tickets.get(ticket_id)
        if ticket is None:
            assert sent == "ticket_unknown"
        elif ticket.state is TicketState.CANCELLED:
            assert sent is None
        else:
            assert sent == self.model.take_step(ticket, Step.CANCEL)

    @invariant()
    def the_line_is_the_same(self) -> None:
        snapshot = self.loop.run_until_complete(self.queue.snapshot(HALL, [LINE], first=100))
        waiting = [ticket.ticket_id for ticket in snapshot.lines[0].first]
        assert waiting == [ticket.ticket_id for ticket in self.model.waiting]
        held = {ticket.officer_id: ticket.ticket_id for ticket in snapshot.held}
        expected = {officer: self.model.held_by(officer) for officer in OFFICERS}
        assert held == {officer: ticket.ticket_id for officer, ticket in expected.items() if ticket}

    @invariant()
    def every_ticket_is_the_same(self) -> None:
        found = self.loop.run_until_complete(self.queue.positions(HALL, TICKETS))
        assert {self.seen(position.ticket) for position in found} == {
            (one.ticket_id, one.state, one.priority, one.calls, one.officer, one.reactivations)
            for one in self.model.tickets.values()
        }
        order = [ticket.ticket_id for ticket in self.model.waiting]
        for position in found:
            waits = position.ticket.ticket_id in order
            assert position.ahead == (order.index(position.ticket.ticket_id) if waits else None)

    @invariant()
    def the_journal_is_the_same(self) -> None:
        entries = self.loop.run_until_complete(Journal(self.link).read_after(HALL, None, limit=1_000))
        assert [entry.step for entry in entries] == self.model.steps
        assert [entry.version for entry in entries] == list(range(1, len(entries) + 1))

    @staticmethod
    def seen(ticket: Ticket) -> tuple[str, TicketState, Priority, int, str | None, int]:
        return (
            ticket.ticket_id,
            ticket.state,
            ticket.priority,
            ticket.call_number,
            ticket.officer_id,
            ticket.reactivations,
        )


@pytest.mark.feature("S33")
def test_model_and_valkey_agree(redis_url: str) -> None:
    QueueMachine.url = redis_url
    run_state_machine_as_test(
        QueueMachine,
        settings=settings(
            max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
