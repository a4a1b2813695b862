"""The ticket queue as others use it: one method a step, each one atomic script in Redis."""

from collections.abc import Sequence
from typing import Final

from redis.asyncio import Redis

from queueing.policy import QueuePolicy
from queueing.ticket import Called, CallOrder, Expired, HallSnapshot, Position, Priority, Ticket

POSITIONS_MAX: Final = 1_000
SNAPSHOT_FIRST_MAX: Final = 100


class Queue:
    """The lines of any number of halls.

    Every step is idempotent: repeated after a lost reply it answers with the ticket and changes nothing. The
    clock is Redis'. Every method raises IdentifierInvalid for ids of a wrong form and QueueUnavailable when
    Redis does not answer or refuses writes (the step may have been applied: repeat it); the steps on a
    ticket raise TicketUnknown. Cancelling a call leaves the step applied or not applied, never half.
    """

    def __init__(self, redis: Redis, policy: QueuePolicy) -> None:
        """`redis` stays the caller's to close; both values of its `decode_responses` work."""
        self._redis = redis
        self._policy = policy

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

        Raises TicketExists (the id has another line, letter, class or booking), BookingTaken, LineFull.
        """
        raise NotImplementedError

    async def ticket(self, hall_id: str, ticket_id: str) -> Ticket:
        """The ticket as it is now. Raises TicketUnknown."""
        raise NotImplementedError

    async def position(self, hall_id: str, ticket_id: str) -> Position:
        """The ticket with its place in the line. Raises TicketUnknown."""
        raise NotImplementedError

    async def positions(self, hall_id: str, ticket_ids: Sequence[str]) -> list[Position]:
        """The same for up to POSITIONS_MAX tickets, read at one moment in one round trip, in the order asked.

        Unknown tickets are left out. Raises ValueError for more ids.
        """
        raise NotImplementedError

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
        raise NotImplementedError

    async def call_one(self, hall_id: str, ticket_id: str, *, officer_id: str, request_id: str) -> Called:
        """Call this ticket out of turn. Repeats as in `call_next`.

        Raises OfficerBusy, StepRefused (it does not wait), CallStale (the request id called another ticket).
        """
        raise NotImplementedError

    async def recall(self, hall_id: str, ticket_id: str, *, officer_id: str, call_number: int) -> Ticket:
        """Ring again: the same call, with a new confirm deadline.

        Sooner than the policy's spacing after the ring before, it answers with the ticket and changes
        nothing: so does a repeat. Raises StepRefused, CallStale, NotYourTicket, DeadlinePassed.
        """
        raise NotImplementedError

    async def confirm(self, hall_id: str, ticket_id: str, *, call_number: int) -> Ticket:
        """The taxpayer joins the call: serving. Raises StepRefused, CallStale, DeadlinePassed."""
        raise NotImplementedError

    async def abandon(self, hall_id: str, ticket_id: str, *, officer_id: str, call_number: int) -> Ticket:
        """Give up a call that nobody confirmed (弃号). Also fine when the deadline did it just before.

        Raises StepRefused, CallStale, NotYourTicket.
        """
        raise NotImplementedError

    async def reactivate(self, hall_id: str, ticket_id: str, *, call_number: int | None = None) -> Ticket:
        """Take the abandoned place back (激活), behind the policy's `reactivate_after` people.

        `call_number` names the call that was abandoned, which makes a very late repeat exact; without it, the
        latest call is meant, and an open ticket that was taken back before answers as a repeat.
        Raises StepRefused, CallStale, DeadlinePassed, ReactivationsSpent.
        """
        raise NotImplementedError

    async def cancel(self, hall_id: str, ticket_id: str) -> Ticket:
        """The taxpayer gives the ticket up; its booking may take another one. Raises StepRefused."""
        raise NotImplementedError

    async def finish(
        self, hall_id: str, ticket_id: str, *, officer_id: str, call_number: int, outcome: str
    ) -> Ticket:
        """The officer ends the service. `outcome` is an identifier that the queue only keeps.

        Raises StepRefused (also for a finished ticket with another outcome), CallStale, NotYourTicket.
        """
        raise NotImplementedError

    async def expire_due(self, hall_id: str, *, limit: int) -> Expired:
        """Make at most `limit` of the steps that are due: unconfirmed calls are abandoned, abandoned tickets
        lapse.

        Any number of processes may call it; each step happens once.
        """
        raise NotImplementedError

    async def snapshot(self, hall_id: str, line_ids: Sequence[str], *, first: int) -> HallSnapshot:
        """These lines, with the `first` (at most SNAPSHOT_FIRST_MAX) tickets of each, and all held tickets.

        Lines come in the order asked; one that nobody ever waited in is empty. Raises ValueError for a wrong
        `first`.
        """
        raise NotImplementedError
