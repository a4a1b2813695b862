"""The queue as one would write it without Redis: plain lists, with the time as an argument.

What it shares with the product is the transition table; orders, deadlines and repeats are written anew, in
another way, so that a mistake would have to be made twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from queueing.errors import StepRefused
from queueing.policy import QueuePolicy
from queueing.states import ENDED_STATES, HELD_STATES, Step, TicketState, next_state
from queueing.ticket import CallOrder, Cause, Priority


class Key(NamedTuple):
    """Where a ticket sorts: behind the arrival of a class, and `put` behind it."""

    priority: int
    arrival: int
    put: int

    @property
    def behind(self) -> "Key":
        return Key(self.priority, self.arrival, self.put + 1)


class Happened(NamedTuple):
    """A journal entry, without its times."""

    ticket_id: str
    step: Step
    state: TicketState
    cause: Cause


@dataclass
class Modelled:
    """One ticket of the model."""

    ticket_id: str
    line: str
    number: str
    issued_class: Priority
    arrival: int
    state: TicketState
    key: Key
    priority: Priority
    first_line: str
    calls: int = 0
    officer: str | None = None
    confirmed: bool = False
    deadline_ms: int | None = None
    recorded_deadline_ms: int | None = None
    """As its latest step left it: what a rebuild puts off, the records do not know."""
    rung_ms: int = 0
    reactivations: int = 0
    outcome: str | None = None
    abandoned_call: int = 0
    by_clock: bool = False
    taken_back_call: int = 0
    given_back_call: int = 0


@dataclass
class Hall:
    """Every step gives the code of its refusal, or None; what happened is in `journal`."""

    policy: QueuePolicy
    lines: tuple[str, ...]
    tickets: dict[str, Modelled] = field(default_factory=dict)
    waiting: dict[str, list[Modelled]] = field(default_factory=dict)
    journal: list[Happened] = field(default_factory=list)
    requests: dict[tuple[str, str], str] = field(default_factory=dict)
    leases: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    arrivals: int = 0
    closed: bool = False
    present: int = 0
    turns: dict[str, int] = field(default_factory=dict)

    # What can be looked at.

    def order(self, line: str) -> list[str]:
        return [ticket.ticket_id for ticket in self.waiting.get(line, [])]

    def in_hand(self, officer: str) -> Modelled | None:
        held = (one for one in self.tickets.values() if one.state in HELD_STATES and one.officer == officer)
        return next(held, None)

    def on_hold(self, officer: str) -> list[Modelled]:
        found = [
            one
            for one in self.tickets.values()
            if one.state is TicketState.ON_HOLD and one.officer == officer
        ]
        return sorted(found, key=lambda one: one.ticket_id)

    # The steps.

    def issue(self, ticket_id: str, line: str, priority: Priority) -> str | None:
        before = self.tickets.get(ticket_id)
        if before is not None:
            same = before.issued_class is priority and line in (before.line, before.first_line)
            return None if same else "ticket_exists"
        if self.closed:
            return "hall_closed"
        self.arrivals += 1
        self.numbers[line] = self.numbers.get(line, 0) + 1
        ticket = Modelled(
            ticket_id=ticket_id,
            line=line,
            number=f"C{self.numbers[line]:03d}",
            issued_class=priority,
            arrival=self.arrivals,
            state=TicketState.WAITING,
            key=Key(priority, self.arrivals, 0),
            priority=priority,
            first_line=line,
        )
        self.tickets[ticket_id] = ticket
        self._stand(ticket)
        self._note(ticket, Step.ISSUE, Cause.TAXPAYER)
        return None

    def call_next(
        self,
        officer: str,
        request: str,
        lines: Sequence[str],
        order: CallOrder,
        weights: Sequence[int],
        now_ms: int,
    ) -> str | None:
        if (officer, request) in self.requests:
            return None
        if self.in_hand(officer) is not None:
            return "officer_busy"
        heads = [(line, self.waiting[line][0]) for line in lines if self.waiting.get(line)]
        if not heads:
            return None
        if order is CallOrder.STRICT:
            line, ticket = heads[0]
        elif order is CallOrder.FIRST_COME:
            line, ticket = min(heads, key=lambda head: head[1].key)
        else:
            line, ticket = min(heads, key=lambda head: max(self.present, self.turns.get(head[0], 0)))
            self.present = max(self.present, self.turns.get(line, 0))
            self.turns[line] = self.present + 2**20 // weights[list(lines).index(line)]
        self._call(ticket, officer, request, now_ms)
        return None

    def call_one(self, ticket_id: str, officer: str, request: str, now_ms: int) -> str | None:
        answered = self._answered(officer, request, ticket_id)
        if answered is not None:
            return answered or None
        if self.in_hand(officer) is not None:
            return "officer_busy"
        ticket = self.tickets.get(ticket_id)
        if ticket is None:
            return "ticket_unknown"
        if ticket.state is not TicketState.WAITING:
            return "step_refused"
        self._call(ticket, officer, request, now_ms)
        return None

    def recall(self, ticket_id: str, officer: str, call: int, now_ms: int) -> str | None:
        ticket = self.tickets.get(ticket_id)
        refusal = self._refused(ticket, officer, call, Step.RECALL)
        if ticket is None or refusal is not None:
            return refusal
        if now_ms >= (ticket.deadline_ms or 0):
            return "deadline_passed"
        if now_ms >= ticket.rung_ms + self.policy.recall_spacing_ms:
            ticket.rung_ms, ticket.deadline_ms = now_ms, now_ms + self.policy.confirm_ms
            self._note(ticket, Step.RECALL, Cause.OFFICER)
        return None

    def confirm(self, ticket_id: str, call: int, now_ms: int) -> str | None:
        ticket = self.tickets.get(ticket_id)
        if ticket is None:
            return "ticket_unknown"
        if ticket.calls != call:
            return "call_stale"
        if ticket.confirmed:
            return None
        if ticket.state is TicketState.ABANDONED and ticket.by_clock:
            return "deadline_passed"
        if ticket.state is not TicketState.CALLED:
            return "step_refused"
        if now_ms >= (ticket.deadline_ms or 0):
            return "deadline_passed"
        ticket.confirmed, ticket.deadline_ms = True, None
        self._note(ticket, Step.CONFIRM, Cause.TAXPAYER)
        return None

    def abandon(self, ticket_id: str, officer: str, call: int, now_ms: int) -> str | None:
        ticket = self.tickets.get(ticket_id)
        if ticket is not None and call and ticket.abandoned_call == call:
            return None
        refusal = self._refused(ticket, officer, call, Step.ABANDON)
        if ticket is None or refusal is not None:
            return refusal
        self._give_up(ticket, Cause.OFFICER, now_ms)
        return None

    def reactivate(self, ticket_id: str, now_ms: int) -> str | None:
        ticket = self.tickets.get(ticket_id)
        if ticket is None:
            return "ticket_unknown"
        taken_back = ticket.taken_back_call and ticket.taken_back_call == ticket.abandoned_call
        if taken_back and ticket.state not in ENDED_STATES | {TicketState.ABANDONED}:
            return None
        spent = ticket.reactivations >= self.policy.reactivations_max
        if ticket.state is TicketState.LAPSED:
            return "reactivations_spent" if spent else "deadline_passed"
        if ticket.state is not TicketState.ABANDONED:
            return "step_refused"
        if spent:
            return "reactivations_spent"
        if now_ms >= (ticket.deadline_ms or 0):
            return "deadline_passed"
        if self.closed:
            return "hall_closed"
        ticket.reactivations += 1
        ticket.taken_back_call, ticket.officer, ticket.deadline_ms = ticket.calls, None, None
        self._put_behind(ticket, self.policy.reactivate_after)
        self._note(ticket, Step.REACTIVATE, Cause.TAXPAYER)
        return None

    def requeue(self, ticket_id: str, officer: str, call: int) -> str | None:
        ticket = self.tickets.get(ticket_id)
        if ticket is not None and call and ticket.given_back_call == call:
            return None
        refusal = self._refused(ticket, officer, call, Step.REQUEUE)
        if ticket is None or refusal is not None:
            return refusal
        self._give_back(ticket, Cause.OFFICER)
        return None

    def transfer(self, ticket_id: str, officer: str, request: str, call: int, line: str) -> str | None:
        answered = self._answered(officer, request, ticket_id)
        if answered is not None:
            return answered or None
        ticket = self.tickets.get(ticket_id)
        if ticket is None:
            return "ticket_unknown"
        if ticket.calls != call:
            return "call_stale"
        in_line = ticket.state is TicketState.WAITING
        if not _allows(ticket, Step.TRANSFER) or (in_line and ticket.line == line):
            return "step_refused"
        if not in_line and ticket.officer != officer:
            return "not_your_ticket"
        if self.closed:
            return "hall_closed"
        if in_line:
            self.waiting[ticket.line].remove(ticket)
        else:
            ticket.given_back_call = call
        ticket.line, ticket.priority, ticket.officer = line, ticket.issued_class, None
        ticket.confirmed, ticket.deadline_ms = False, None
        ticket.key = Key(ticket.issued_class, ticket.arrival, 0)
        self._stand(ticket)
        self.requests[officer, request] = ticket_id
        self._note(ticket, Step.TRANSFER, Cause.OFFICER)
        return None

    def hold(self, ticket_id: str, officer: str, request: str, call: int, now_ms: int) -> str | None:
        answered = self._answered(officer, request, ticket_id)
        if answered is not None:
            return answered or None
        ticket = self.tickets.get(ticket_id)
        refusal = self._refused(ticket, officer, call, Step.HOLD)
        if ticket is None or refusal is not None:
            return refusal
        if len(self.on_hold(officer)) >= self.policy.holds_max:
            return "holds_full"
        ticket.deadline_ms = now_ms + self.policy.hold_ms
        self.requests[officer, request] = ticket_id
        self._note(ticket, Step.HOLD, Cause.OFFICER)
        return None

    def resume(self, ticket_id: str, officer: str, request: str, call: int, now_ms: int) -> str | None:
        answered = self._answered(officer, request, ticket_id)
        if answered is not None:
            return answered or None
        ticket = self.tickets.get(ticket_id)
        refusal = self._refused(ticket, officer, call, Step.RESUME)
        if ticket is None or refusal is not None:
            return refusal
        if self.in_hand(officer) is not None:
            return "officer_busy"
        if now_ms >= (ticket.deadline_ms or 0):
            return "deadline_passed"
        ticket.deadline_ms = None
        self.requests[officer, request] = ticket_id
        self._renew(officer, now_ms)
        self._note(ticket, Step.RESUME, Cause.OFFICER)
        return None

    def finish(self, ticket_id: str, officer: str, call: int, outcome: str) -> str | None:
        ticket = self.tickets.get(ticket_id)
        if ticket is not None and ticket.calls == call and ticket.state is TicketState.FINISHED:
            return None if (ticket.officer, ticket.outcome) == (officer, outcome) else "step_refused"
        refusal = self._refused(ticket, officer, call, Step.FINISH)
        if ticket is None or refusal is not None:
            return refusal
        ticket.outcome = outcome
        self._note(ticket, Step.FINISH, Cause.OFFICER)
        return None

    def cancel(self, ticket_id: str) -> str | None:
        ticket = self.tickets.get(ticket_id)
        if ticket is None:
            return "ticket_unknown"
        if ticket.state is TicketState.CANCELLED:
            return None
        if not _allows(ticket, Step.CANCEL):
            return "step_refused"
        self._end(ticket, Step.CANCEL, Cause.TAXPAYER)
        return None

    def close_hall(self) -> None:
        self.closed = True
        waiting = [one for line in self.lines for one in list(self.waiting.get(line, []))]
        abandoned = sorted(
            (one for one in self.tickets.values() if one.state is TicketState.ABANDONED),
            key=lambda one: (one.deadline_ms or 0, one.ticket_id),
        )
        for ticket in waiting + abandoned:
            ticket.outcome = "hall_closed"
            self._end(ticket, Step.DISMISS, Cause.HALL)

    def open_hall(self) -> None:
        self.closed = False

    def beat(self, officer: str, now_ms: int) -> None:
        self.leases[officer] = max(self.leases.get(officer, 0), now_ms + self.policy.lease_ms)

    def leave(self, officer: str) -> None:
        self.leases.pop(officer, None)
        self._give_all_back(officer, Cause.OFFICER)

    def expire_due(self, now_ms: int) -> None:
        """Everything that is due, the earliest first; what that makes due too."""
        due = [
            one for one in self.tickets.values() if one.deadline_ms is not None and one.deadline_ms <= now_ms
        ]
        for ticket in sorted(due, key=lambda one: (one.deadline_ms or 0, one.ticket_id)):
            if ticket.state is TicketState.CALLED:
                self._give_up(ticket, Cause.DEADLINE, now_ms)
            elif ticket.state is TicketState.ABANDONED:
                self._end(ticket, Step.LAPSE, Cause.DEADLINE)
            else:
                self._give_back(ticket, Cause.DEADLINE)
        gone = [officer for officer, until_ms in self.leases.items() if until_ms <= now_ms]
        for officer in sorted(gone, key=lambda one: (self.leases[one], one)):
            del self.leases[officer]
            self._give_all_back(officer, Cause.LEASE)

    def built_anew(self, mark_ms: int) -> None:
        """From the records, which have everything: deadlines and leases are put off."""
        for ticket in self.tickets.values():
            if ticket.deadline_ms is not None:
                recorded_ms = ticket.recorded_deadline_ms or 0
                ticket.deadline_ms = max(recorded_ms, mark_ms + self.policy.confirm_ms)

    # What they are made of.

    def _answered(self, officer: str, request: str, ticket_id: str) -> str | None:
        """None: a new request; "": the same again; else its refusal."""
        before = self.requests.get((officer, request))
        if before is None:
            return None
        return "" if before == ticket_id else "call_stale"

    def _refused(self, ticket: Modelled | None, officer: str, call: int, step: Step) -> str | None:
        if ticket is None:
            return "ticket_unknown"
        if ticket.calls != call:
            return "call_stale"
        if not _allows(ticket, step):
            return "step_refused"
        return None if ticket.officer == officer else "not_your_ticket"

    def _stand(self, ticket: Modelled) -> None:
        line = self.waiting.setdefault(ticket.line, [])
        line.append(ticket)
        line.sort(key=lambda one: one.key)

    def _put_behind(self, ticket: Modelled, count: int) -> None:
        """Behind `count` people, and behind those who were put in there before."""
        line = self.waiting.setdefault(ticket.line, [])
        place = min(count, len(line))
        while place < len(line) and line[place].key.put:
            place += 1
        ticket.key = line[place - 1].key.behind if place else Key(0, 0, 1)
        ticket.priority = Priority.REACTIVATED
        line.insert(place, ticket)

    def _renew(self, officer: str, now_ms: int) -> None:
        """A step of an officer: only once half of the lease is over."""
        if self.leases.get(officer, 0) - now_ms < self.policy.lease_ms / 2:
            self.beat(officer, now_ms)

    def _call(self, ticket: Modelled, officer: str, request: str, now_ms: int) -> None:
        self.waiting[ticket.line].remove(ticket)
        ticket.calls, ticket.officer, ticket.confirmed = ticket.calls + 1, officer, False
        ticket.rung_ms, ticket.deadline_ms = now_ms, now_ms + self.policy.confirm_ms
        self.requests[officer, request] = ticket.ticket_id
        self._renew(officer, now_ms)
        self._note(ticket, Step.CALL, Cause.OFFICER)

    def _give_up(self, ticket: Modelled, cause: Cause, now_ms: int) -> None:
        spent = ticket.reactivations >= self.policy.reactivations_max
        ticket.deadline_ms = now_ms if spent else now_ms + self.policy.activation_ms
        ticket.abandoned_call, ticket.by_clock = ticket.calls, cause is Cause.DEADLINE
        self._note(ticket, Step.ABANDON, cause)

    def _give_back(self, ticket: Modelled, cause: Cause) -> None:
        ticket.given_back_call = ticket.calls
        ticket.officer, ticket.confirmed, ticket.deadline_ms = None, False, None
        self._put_behind(ticket, 0)
        self._note(ticket, Step.REQUEUE, cause)

    def _give_all_back(self, officer: str, cause: Cause) -> None:
        held = self.in_hand(officer)
        for ticket in ([held] if held else []) + self.on_hold(officer):
            self._give_back(ticket, cause)

    def _end(self, ticket: Modelled, step: Step, cause: Cause) -> None:
        if ticket.state is TicketState.WAITING:
            self.waiting[ticket.line].remove(ticket)
        ticket.deadline_ms = None
        self._note(ticket, step, cause)

    def _note(self, ticket: Modelled, step: Step, cause: Cause) -> None:
        state = None if step is Step.ISSUE else ticket.state
        ticket.state = next_state(state, step)
        ticket.recorded_deadline_ms = ticket.deadline_ms
        self.journal.append(Happened(ticket.ticket_id, step, ticket.state, cause))


def _allows(ticket: Modelled, step: Step) -> bool:
    try:
        next_state(ticket.state, step)
    except StepRefused:
        return False
    return True
