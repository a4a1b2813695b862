"""The ticket queue as others use it: one method a step, each one atomic script in Redis."""

from collections.abc import Sequence
from typing import Final

from queueing import codec, keys
from queueing.codec import text
from queueing.connection import Link
from queueing.errors import (
    BookingTaken,
    CallStale,
    DeadlinePassed,
    LineFull,
    NotYourTicket,
    OfficerBusy,
    QueueError,
    ReactivationsSpent,
    StepRefused,
    TicketExists,
    TicketUnknown,
)
from queueing.policy import QueuePolicy
from queueing.scripts import Reply, Script, ScriptRunner
from queueing.states import Step
from queueing.ticket import Called, CallOrder, Expired, HallSnapshot, Position, Priority, Ticket

POSITIONS_MAX: Final = 1_000
SNAPSHOT_FIRST_MAX: Final = 100

SCRIPT_NAMES: Final = (
    "issue",
    "call_next",
    "call_one",
    "recall",
    "confirm",
    "abandon",
    "reactivate",
    "cancel",
    "finish",
    "expire_due",
    "positions",
    "snapshot",
)


class Queue:
    """The lines of any number of halls.

    Every step is idempotent: repeated after a lost reply it answers with the ticket and changes nothing. The
    clock is Redis'. Every method raises IdentifierInvalid for ids of a wrong form and QueueUnavailable when
    Redis does not answer or refuses writes (the step may have been applied: repeat it); the steps on a
    ticket raise TicketUnknown. Cancelling a call leaves the step applied or not applied, never half.
    """

    def __init__(self, link: Link, policy: QueuePolicy) -> None:
        """`link` stays the caller's to close."""
        self._runner = ScriptRunner(link.route)
        self._policy = policy
        self._scripts = {name: Script(name) for name in SCRIPT_NAMES}

    async def issue(
        self,
        hall_id: str,
        ticket_id: str,
        *,
        line_id: str,
        letter: str,
        day: str,
        priority: Priority = Priority.WALK_IN,
        booking_id: str | None = None,
        not_before_ms: int | None = None,
    ) -> Ticket:
        """Take a place in the line. The same id again answers with its ticket, whatever became of it.

        `day` is YYYYMMDD in the hall's time zone. `not_before_ms` is when a booked slot starts: the ticket
        may be called earlier, but no deadline of it is counted from before that time, and being taken back
        before it does not count as a reactivation.

        `priority` is any class but REACTIVATED (ValueError).
        Raises TicketExists (the id has another line, letter, class or booking), BookingTaken, LineFull.
        """
        fields = (
            keys.identifier("line id", line_id),
            keys.letter(letter),
            keys.day(day),
            int(priority),
            "" if booking_id is None else keys.identifier("booking id", booking_id),
            "" if not_before_ms is None else not_before_ms,
            self._policy.line_capacity,
            self._policy.number_ttl_ms,
        )
        if priority is Priority.REACTIVATED:
            raise ValueError("the class REACTIVATED is not given at issue")
        reply = await self._run("issue", hall_id, keys.identifier("ticket id", ticket_id), *fields)
        if text(reply[0]) == "booking" and booking_id is not None:
            raise BookingTaken(booking_id, text(reply[1]))
        return _ticket(reply, hall_id, ticket_id, Step.ISSUE)

    async def ticket(self, hall_id: str, ticket_id: str) -> Ticket:
        """The ticket as it is now. Raises TicketUnknown."""
        return (await self.position(hall_id, ticket_id)).ticket

    async def position(self, hall_id: str, ticket_id: str) -> Position:
        """The ticket with its place in the line. Raises TicketUnknown."""
        found = await self.positions(hall_id, [ticket_id])
        if not found:
            raise TicketUnknown(ticket_id)
        return found[0]

    async def positions(self, hall_id: str, ticket_ids: Sequence[str]) -> list[Position]:
        """The same for up to POSITIONS_MAX tickets, read at one moment in one round trip, in the order asked.

        Unknown tickets are left out. Raises ValueError for more ids.
        """
        if len(ticket_ids) > POSITIONS_MAX:
            raise ValueError(f"more than {POSITIONS_MAX} tickets")
        wanted = [keys.identifier("ticket id", one) for one in ticket_ids]
        return codec.positions(hall_id, await self._run("positions", hall_id, *wanted))

    async def call_next(
        self,
        hall_id: str,
        *,
        officer_id: str,
        line_ids: Sequence[str],
        request_id: str,
        order: CallOrder = CallOrder.STRICT,
    ) -> Called | None:
        """Call the next ticket of these lines; None when nobody waits.

        The same `request_id` of the same officer answers with the same ticket (`repeated`), even when it has
        moved on since. Raises OfficerBusy.
        """
        reply = await self._run(
            "call_next",
            hall_id,
            keys.identifier("officer id", officer_id),
            keys.identifier("request id", request_id),
            order.value,
            self._policy.request_ttl_ms,
            self._policy.confirm_ms,
            *(keys.identifier("line id", one) for one in line_ids),
        )
        return None if text(reply[0]) == "none" else _called(reply, hall_id, "")

    async def call_one(self, hall_id: str, ticket_id: str, *, officer_id: str, request_id: str) -> Called:
        """Call this ticket out of turn. Repeats as in `call_next`.

        Raises OfficerBusy, StepRefused (it does not wait), CallStale (the request id called another ticket).
        """
        reply = await self._run(
            "call_one",
            hall_id,
            keys.identifier("ticket id", ticket_id),
            keys.identifier("officer id", officer_id),
            keys.identifier("request id", request_id),
            self._policy.request_ttl_ms,
            self._policy.confirm_ms,
        )
        return _called(reply, hall_id, ticket_id)

    async def recall(self, hall_id: str, ticket_id: str, *, officer_id: str, call_number: int) -> Ticket:
        """Ring again: the same call, with a new confirm deadline.

        Sooner than the policy's spacing after the ring before, it answers with the ticket and changes
        nothing: so does a repeat. Raises StepRefused, CallStale, NotYourTicket, DeadlinePassed.
        """
        return await self._step(
            Step.RECALL,
            hall_id,
            ticket_id,
            keys.identifier("officer id", officer_id),
            call_number,
            self._policy.recall_spacing_ms,
            self._policy.confirm_ms,
        )

    async def confirm(self, hall_id: str, ticket_id: str, *, call_number: int) -> Ticket:
        """The taxpayer joins the call: serving. Raises StepRefused, CallStale, DeadlinePassed."""
        return await self._step(Step.CONFIRM, hall_id, ticket_id, call_number)

    async def abandon(self, hall_id: str, ticket_id: str, *, officer_id: str, call_number: int) -> Ticket:
        """Give up a call that nobody confirmed (弃号). Also fine when the deadline did it just before.

        Raises StepRefused, CallStale, NotYourTicket.
        """
        return await self._step(
            Step.ABANDON,
            hall_id,
            ticket_id,
            keys.identifier("officer id", officer_id),
            call_number,
            self._policy.activation_ms,
            self._policy.reactivations_max,
        )

    async def reactivate(self, hall_id: str, ticket_id: str, *, call_number: int | None = None) -> Ticket:
        """Take the abandoned place back (激活), behind the policy's `reactivate_after` people.

        `call_number` names the call that was abandoned, which makes a very late repeat exact; without it, the
        latest call is meant, and an open ticket that was taken back before answers as a repeat.
        Raises StepRefused, CallStale, DeadlinePassed, ReactivationsSpent.
        """
        return await self._step(
            Step.REACTIVATE,
            hall_id,
            ticket_id,
            "" if call_number is None else call_number,
            self._policy.reactivations_max,
            self._policy.reactivate_after,
        )

    async def cancel(self, hall_id: str, ticket_id: str) -> Ticket:
        """The taxpayer gives the ticket up; its booking may take another one. Raises StepRefused."""
        return await self._step(Step.CANCEL, hall_id, ticket_id, self._policy.ended_ticket_ttl_ms)

    async def finish(
        self, hall_id: str, ticket_id: str, *, officer_id: str, call_number: int, outcome: str
    ) -> Ticket:
        """The officer ends the service. `outcome` is an identifier that the queue only keeps.

        Raises StepRefused (also for a finished ticket with another outcome), CallStale, NotYourTicket.
        """
        return await self._step(
            Step.FINISH,
            hall_id,
            ticket_id,
            keys.identifier("officer id", officer_id),
            call_number,
            keys.identifier("outcome", outcome),
            self._policy.ended_ticket_ttl_ms,
        )

    async def expire_due(self, hall_id: str, *, limit: int) -> Expired:
        """Make at most `limit` of the steps that are due: unconfirmed calls are abandoned, abandoned tickets
        lapse.

        Any number of processes may call it; each step happens once.
        """
        if limit < 1:
            raise ValueError("limit has to be at least 1")
        reply = await self._run(
            "expire_due",
            hall_id,
            limit,
            self._policy.activation_ms,
            self._policy.reactivations_max,
            self._policy.ended_ticket_ttl_ms,
        )
        return codec.expired(reply)

    async def snapshot(self, hall_id: str, line_ids: Sequence[str], *, first: int) -> HallSnapshot:
        """These lines, with the `first` (at most SNAPSHOT_FIRST_MAX) tickets of each, and all held tickets.

        Lines come in the order asked; one that nobody ever waited in is empty. Raises ValueError for a wrong
        `first`.
        """
        if not 0 <= first <= SNAPSHOT_FIRST_MAX:
            raise ValueError(f"first is not in 0..{SNAPSHOT_FIRST_MAX}")
        lines = [keys.identifier("line id", one) for one in line_ids]
        reply = await self._run("snapshot", hall_id, first, len(Priority), *lines)
        return codec.snapshot(hall_id, lines, reply)

    async def _run(self, name: str, hall_id: str, *args: str | int) -> Reply:
        return await self._runner.run(self._scripts[name], keys.meta(hall_id), *args)

    async def _step(self, step: Step, hall_id: str, ticket_id: str, *args: str | int) -> Ticket:
        reply = await self._run(step.value, hall_id, keys.identifier("ticket id", ticket_id), *args)
        return _ticket(reply, hall_id, ticket_id, step)


def _called(reply: Reply, hall_id: str, ticket_id: str) -> Called:
    called = _ticket(reply, hall_id, ticket_id, Step.CALL)
    return Called(ticket=called, repeated=text(reply[0]) == "already")


def _ticket(reply: Reply, hall_id: str, ticket_id: str, step: Step) -> Ticket:
    """The ticket of an answer, or the refusal raised."""
    code = text(reply[0])
    if code not in {"ok", "already"}:
        raise _refusal(code, reply, hall_id, ticket_id, step)
    return codec.ticket(hall_id, codec.pairs(reply[1]))


_PLAIN_REFUSALS: Final[dict[str, tuple[type[QueueError], str]]] = {
    "stale": (CallStale, "the call is not the ticket's current one"),
    "owner": (NotYourTicket, "another officer holds the ticket"),
    "late": (DeadlinePassed, "the deadline has passed"),
    "exists": (TicketExists, "the ticket id was issued with another content"),
    "full": (LineFull, "the line is full"),
    "spent": (ReactivationsSpent, "the ticket was taken back too often"),
}


def _refusal(code: str, reply: Reply, hall_id: str, ticket_id: str, step: Step) -> QueueError:
    if code == "gone":
        return TicketUnknown(ticket_id)
    if code == "state":
        return StepRefused(codec.ticket(hall_id, codec.pairs(reply[1])).state, step)
    if code == "busy":
        return OfficerBusy(codec.ticket(hall_id, codec.pairs(reply[1])))
    kind, message = _PLAIN_REFUSALS[code]
    return kind(message)
