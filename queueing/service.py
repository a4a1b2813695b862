"""The ticket queue as others use it: one method a step, each one atomic in Redis."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

from queueing import codec, keys
from queueing.batches import StepFunction, Turn
from queueing.codec import text
from queueing.connection import Link
from queueing.errors import BookingTaken, CallStale, HallFrozen, TicketUnknown
from queueing.functions import FunctionRunner, Reply
from queueing.policy import QueuePolicy
from queueing.refusals import DONE, refusal
from queueing.states import Step
from queueing.ticket import Called, CallOrder, Expired, HallSnapshot, Position, Priority, Ticket
from queueing.traced import Traced

POSITIONS_MAX: Final = 1_000
SNAPSHOT_FIRST_MAX: Final = 100
OFFICERS_MAX: Final = 1_000
WEIGHT_MAX: Final = 100
LINES_MAX: Final = 100
"""That one call names."""
LIMIT_MAX: Final = 10_000
"""Of steps in one call: bounds how long Redis is busy with them."""
EXACT_MAX: Final = 2**53
"""Whole numbers up to here are exact in Lua."""

_FROZEN: Final = (b"frozen", "frozen")


class Queue:
    """The lines of any number of halls.

    Every step is idempotent: repeated after a lost reply it answers with the ticket and changes nothing. The
    clock is Redis'. Every method raises IdentifierInvalid for ids of a wrong form, ValueError for numbers
    that are not whole or out of range and for more than LINES_MAX lines, QueueUnavailable when
    Redis does not answer or refuses writes (the step may have been applied: repeat it), and HallFrozen, a
    kind of that, while a hall that lost steps is built anew; the steps on a ticket raise TicketUnknown.
    Cancelling a call leaves the step applied or not applied, never half.
    """

    def __init__(self, link: Link, policy: QueuePolicy, traced: Traced | None = None) -> None:
        """`link` stays the caller's to close. `traced`: each call of Redis is a span; None: nothing is."""
        self._traced = traced
        self._runner = FunctionRunner(link.route)
        self._policy = policy
        turn = Turn(self._runner)
        calling = (policy.request_ttl_ms, policy.confirm_ms, policy.lease_ms)
        self._issue = StepFunction(turn, "issue", policy.line_capacity, policy.number_ttl_ms)
        self._position = StepFunction(turn, "position")
        self._call_next = StepFunction(turn, "call_next", *calling)
        self._call_one = StepFunction(turn, "call_one", *calling)
        self._recall = StepFunction(turn, "recall", policy.recall_spacing_ms, policy.confirm_ms)
        self._confirm = StepFunction(turn, "confirm")
        self._abandon = StepFunction(turn, "abandon", policy.activation_ms, policy.reactivations_max)
        self._reactivate = StepFunction(turn, "reactivate", policy.reactivations_max, policy.reactivate_after)
        self._requeue = StepFunction(turn, "requeue")
        self._transfer = StepFunction(turn, "transfer", policy.line_capacity, policy.request_ttl_ms)
        self._hold = StepFunction(turn, "hold", policy.hold_ms, policy.holds_max, policy.request_ttl_ms)
        self._resume = StepFunction(turn, "resume", policy.lease_ms, policy.request_ttl_ms)
        self._cancel = StepFunction(turn, "cancel", policy.ended_ticket_ttl_ms)
        self._finish = StepFunction(turn, "finish", policy.ended_ticket_ttl_ms)
        self._seen: dict[str, int] = {}

    def saw(self, hall_id: str, version: int) -> None:
        """Somebody has seen this version of the hall: a Redis that is behind it lost steps, and is not
        believed.

        The queue notes by itself what its own answers say; this is for what comes from the journal and the
        records.
        """
        if version > self._seen.get(hall_id, 0):
            self._seen[hall_id] = version

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
        may be called earlier, but no deadline of it is counted from before that time, and it is not given up
        before.

        `priority` is any class but REACTIVATED (ValueError).
        Raises TicketExists (the id has another line, letter, class or booking), BookingTaken, LineFull,
        HallClosed.
        """
        fields = (
            keys.identifier("line id", line_id),
            keys.letter(letter),
            keys.day(day),
            int(Priority(priority)),
            "" if booking_id is None else keys.identifier("booking id", booking_id),
            "" if not_before_ms is None else _whole("not_before_ms", not_before_ms, 0, EXACT_MAX),
        )
        if priority is Priority.REACTIVATED:
            raise ValueError("the class REACTIVATED is not given at issue")
        reply = await self._ask(self._issue, hall_id, keys.identifier("ticket id", ticket_id), *fields)
        if text(reply[0]) == "booking" and booking_id is not None:
            raise BookingTaken(booking_id, text(reply[1]))
        return self._ticket(reply, hall_id, ticket_id, Step.ISSUE)

    async def ticket(self, hall_id: str, ticket_id: str) -> Ticket:
        """The ticket as it is now. Raises TicketUnknown."""
        return (await self.position(hall_id, ticket_id)).ticket

    async def position(self, hall_id: str, ticket_id: str) -> Position:
        """The ticket with its place in the line. Raises TicketUnknown."""
        reply = await self._ask(self._position, hall_id, keys.identifier("ticket id", ticket_id))
        if (found := self._found(hall_id, reply)) is None:
            raise TicketUnknown(ticket_id)
        return found

    async def positions(self, hall_id: str, ticket_ids: Sequence[str]) -> list[Position]:
        """The same for up to POSITIONS_MAX tickets, read at one moment in one round trip, in the order asked.

        Unknown tickets are left out. Raises ValueError for more ids.
        """
        if len(ticket_ids) > POSITIONS_MAX:
            raise ValueError(f"more than {POSITIONS_MAX} tickets")
        wanted = [keys.identifier("ticket id", one) for one in ticket_ids]
        # One call for all, since it is one moment.
        replies = await self._run(self._position.name, hall_id, *wanted)
        found = (self._found(hall_id, reply) for reply in replies)
        return [one for one in found if one is not None]

    async def call_next(
        self,
        hall_id: str,
        *,
        officer_id: str,
        line_ids: Sequence[str],
        request_id: str,
        order: CallOrder = CallOrder.STRICT,
        weights: Sequence[int] | None = None,
    ) -> Called | None:
        """Call the next ticket of these lines; None when nobody waits.

        `weights` (1 to WEIGHT_MAX, one a line; None: all the same) count in the order WEIGHTED. The same
        `request_id` of the same officer answers with the same ticket (`repeated`), even when it has moved on
        since. Raises OfficerBusy, and ValueError for wrong weights.
        """
        named = _lines(line_ids)
        shares = [1] * len(named) if weights is None else list(weights)
        if len(shares) != len(named) or not all(1 <= one <= WEIGHT_MAX for one in shares):
            raise ValueError(f"one weight of 1..{WEIGHT_MAX} a line")
        lines = ",".join(f"{line_id}:{share}" for line_id, share in zip(named, shares, strict=True))
        reply = await self._ask(
            self._call_next,
            hall_id,
            keys.identifier("officer id", officer_id),
            keys.identifier("request id", request_id),
            order.value,
            lines,
        )
        return None if text(reply[0]) == "none" else self._called(reply, hall_id, "")

    async def call_one(self, hall_id: str, ticket_id: str, *, officer_id: str, request_id: str) -> Called:
        """Call this ticket out of turn. Repeats as in `call_next`.

        Raises OfficerBusy, StepRefused (it does not wait), CallStale (the request id called another ticket).
        """
        reply = await self._ask(
            self._call_one,
            hall_id,
            keys.identifier("ticket id", ticket_id),
            keys.identifier("officer id", officer_id),
            keys.identifier("request id", request_id),
        )
        return self._called(reply, hall_id, ticket_id)

    async def recall(self, hall_id: str, ticket_id: str, *, officer_id: str, call_number: int) -> Ticket:
        """Ring again: the same call, with a new confirm deadline.

        Sooner than the policy's spacing after the ring before, it answers with the ticket and changes
        nothing: so does a repeat. Raises StepRefused, CallStale, NotYourTicket, DeadlinePassed.
        """
        return await self._step(
            Step.RECALL,
            self._recall,
            hall_id,
            ticket_id,
            keys.identifier("officer id", officer_id),
            _call(call_number),
        )

    async def confirm(self, hall_id: str, ticket_id: str, *, call_number: int) -> Ticket:
        """The taxpayer joins the call: serving. Raises StepRefused, CallStale, DeadlinePassed."""
        return await self._step(Step.CONFIRM, self._confirm, hall_id, ticket_id, _call(call_number), "")

    async def arrive(self, hall_id: str, ticket_id: str, *, officer_id: str, call_number: int) -> Ticket:
        """The officer says that the taxpayer has come to the counter: the call is confirmed, serving.

        Raises StepRefused, CallStale, NotYourTicket, DeadlinePassed.
        """
        return await self._step(
            Step.CONFIRM,
            self._confirm,
            hall_id,
            ticket_id,
            _call(call_number),
            keys.identifier("officer id", officer_id),
        )

    async def abandon(self, hall_id: str, ticket_id: str, *, officer_id: str, call_number: int) -> Ticket:
        """Give up a call that nobody confirmed (弃号). Also fine when the deadline did it just before.

        Raises StepRefused, CallStale, NotYourTicket, SlotNotStarted.
        """
        return await self._step(
            Step.ABANDON,
            self._abandon,
            hall_id,
            ticket_id,
            keys.identifier("officer id", officer_id),
            _call(call_number),
        )

    async def reactivate(self, hall_id: str, ticket_id: str, *, call_number: int | None = None) -> Ticket:
        """Take the abandoned place back (激活), behind the policy's `reactivate_after` people.

        `call_number` names the call that was abandoned, which makes a very late repeat exact; without it, the
        latest call is meant, and an open ticket that was taken back before answers as a repeat.
        Raises StepRefused, CallStale, DeadlinePassed, ReactivationsSpent, HallClosed.
        """
        return await self._step(
            Step.REACTIVATE,
            self._reactivate,
            hall_id,
            ticket_id,
            "" if call_number is None else _call(call_number),
        )

    async def requeue(self, hall_id: str, ticket_id: str, *, officer_id: str, call_number: int) -> Ticket:
        """Give a ticket in hand or on hold back: the first of its line, behind others that were given back.

        Raises StepRefused, CallStale, NotYourTicket.
        """
        return await self._step(
            Step.REQUEUE,
            self._requeue,
            hall_id,
            ticket_id,
            keys.identifier("officer id", officer_id),
            _call(call_number),
        )

    async def transfer(
        self,
        hall_id: str,
        ticket_id: str,
        *,
        officer_id: str,
        request_id: str,
        call_number: int,
        line_id: str,
    ) -> Ticket:
        """Put a ticket in another line, where it stands by its class and arrival: one that waits, or one that
        the officer has in hand or on hold. `call_number` is the ticket's latest (0: never called).

        Repeats as in `call_next`. Raises StepRefused (also for a ticket that waits in that line), CallStale,
        NotYourTicket, LineFull, HallClosed.
        """
        return await self._step(
            Step.TRANSFER,
            self._transfer,
            hall_id,
            ticket_id,
            keys.identifier("officer id", officer_id),
            keys.identifier("request id", request_id),
            _call(call_number),
            keys.identifier("line id", line_id),
        )

    async def hold(
        self, hall_id: str, ticket_id: str, *, officer_id: str, request_id: str, call_number: int
    ) -> Ticket:
        """Put the ticket in service aside, for the policy's `hold_ms` at most; the officer may call another
        one.

        Repeats as in `call_next`. Raises StepRefused, CallStale, NotYourTicket, HoldsFull.
        """
        return await self._step(
            Step.HOLD,
            self._hold,
            hall_id,
            ticket_id,
            keys.identifier("officer id", officer_id),
            keys.identifier("request id", request_id),
            _call(call_number),
        )

    async def resume(
        self, hall_id: str, ticket_id: str, *, officer_id: str, request_id: str, call_number: int
    ) -> Ticket:
        """Take a ticket on hold in hand again.

        Repeats as in `call_next`. Raises StepRefused, CallStale, NotYourTicket, OfficerBusy, DeadlinePassed.
        """
        return await self._step(
            Step.RESUME,
            self._resume,
            hall_id,
            ticket_id,
            keys.identifier("officer id", officer_id),
            keys.identifier("request id", request_id),
            _call(call_number),
        )

    async def beat(self, hall_id: str, at_work: Mapping[str, Sequence[str]]) -> None:
        """These officers are at work and serve these lines, for one more lease. Calling renews it too.

        Raises ValueError for more than OFFICERS_MAX at once.
        """
        if len(at_work) > OFFICERS_MAX:
            raise ValueError(f"more than {OFFICERS_MAX} officers")
        rows = [
            (
                keys.identifier("officer id", officer_id),
                ",".join(keys.identifier("line id", one) for one in line_ids),
            )
            for officer_id, line_ids in at_work.items()
        ]
        if rows:
            await self._run("beat", hall_id, self._policy.lease_ms, *chain.from_iterable(rows))

    async def leave(self, hall_id: str, officer_id: str) -> int:
        """The officer is no longer at work. What the officer has, in hand or on hold, goes back to its lines;
        how many tickets that were.
        """
        reply = await self._run("leave", hall_id, keys.identifier("officer id", officer_id))
        return int(reply[1])

    async def close_hall(self, hall_id: str, line_ids: Sequence[str], *, limit: int) -> bool:
        """Take no more tickets, and dismiss those that nobody has: of these lines, and all abandoned ones.

        At most `limit` are dismissed; whether there are more: repeat it then. Tickets that officers have go
        on.
        """
        _whole("limit", limit, 1, LIMIT_MAX)
        lines = _lines(line_ids)
        reply = await self._run("close_hall", hall_id, limit, self._policy.ended_ticket_ttl_ms, *lines)
        return int(reply[2]) == 1

    async def open_hall(self, hall_id: str) -> None:
        """Take tickets again."""
        await self._run("open_hall", hall_id)

    async def cancel(self, hall_id: str, ticket_id: str) -> Ticket:
        """The taxpayer gives the ticket up; its booking may take another one. Raises StepRefused."""
        return await self._step(Step.CANCEL, self._cancel, hall_id, ticket_id)

    async def finish(
        self, hall_id: str, ticket_id: str, *, officer_id: str, call_number: int, outcome: str
    ) -> Ticket:
        """The officer ends the service. `outcome` is an identifier that the queue only keeps.

        Raises StepRefused (also for a finished ticket with another outcome), CallStale, NotYourTicket.
        """
        return await self._step(
            Step.FINISH,
            self._finish,
            hall_id,
            ticket_id,
            keys.identifier("officer id", officer_id),
            _call(call_number),
            keys.identifier("outcome", outcome),
        )

    async def expire_due(self, hall_id: str, *, limit: int) -> Expired:
        """Make at most `limit` of the steps that are due: unconfirmed calls are abandoned, abandoned tickets
        lapse, holds that lasted too long go back to their line, and so does what officers have whose lease
        ended.

        Any number of processes may call it; each step happens once.
        """
        _whole("limit", limit, 1, LIMIT_MAX)
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
        _whole("first", first, 0, SNAPSHOT_FIRST_MAX)
        lines = _lines(line_ids)
        reply = await self._run("snapshot", hall_id, first, len(Priority), *lines)
        self.saw(hall_id, int(reply[1]))
        return codec.snapshot(hall_id, lines, reply)

    async def _run(self, name: str, hall_id: str, *args: str | int) -> Reply:
        key, seen = keys.meta(hall_id), self._seen.get(hall_id, 0)
        if self._traced is None:
            return _unfrozen(await self._runner.run(name, key, seen, *args))
        with self._traced(f"queue {name}", {"shuitong.hall_id": hall_id}):
            return _unfrozen(await self._runner.run(name, key, seen, *args))

    async def _ask(self, function: StepFunction, hall_id: str, *item: str | int) -> Reply:
        key, seen = keys.meta(hall_id), self._seen.get(hall_id, 0)
        if self._traced is None:
            return _unfrozen(await function.ask(key, seen, *item))
        with self._traced(f"queue {function.name}", {"shuitong.hall_id": hall_id}):
            return _unfrozen(await function.ask(key, seen, *item))

    async def _step(
        self, step: Step, function: StepFunction, hall_id: str, ticket_id: str, *item: str | int
    ) -> Ticket:
        reply = await self._ask(function, hall_id, keys.identifier("ticket id", ticket_id), *item)
        return self._ticket(reply, hall_id, ticket_id, step)

    def _found(self, hall_id: str, reply: Reply) -> Position | None:
        if text(reply[0]) == "gone":
            return None
        position = codec.position(hall_id, reply)
        self.saw(hall_id, position.version)
        return position

    def _called(self, reply: Reply, hall_id: str, ticket_id: str) -> Called:
        called = self._ticket(reply, hall_id, ticket_id, Step.CALL)
        return Called(ticket=called, repeated=text(reply[0]) == "already")

    def _ticket(self, reply: Reply, hall_id: str, ticket_id: str, step: Step) -> Ticket:
        """The ticket of an answer, or the refusal raised."""
        code = text(reply[0])
        if code not in DONE:
            raise refusal(code, reply, hall_id, ticket_id, step)
        ticket = codec.ticket(hall_id, text(reply[1]))
        self.saw(hall_id, ticket.version)
        return ticket


def _unfrozen(reply: Reply) -> Reply:
    if reply and reply[0] in _FROZEN:
        raise HallFrozen("the hall is being built anew")
    return reply


def _whole(name: str, value: int, least: int, most: int) -> int:
    """`value`, if it is a whole number of this range; raises ValueError."""
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{name} is not a whole number in {least}..{most}")
    return value


def _call(number: int) -> int:
    """Raises ValueError for what is no whole number, CallStale for one that no call ever has."""
    if type(number) is int and not 0 <= number <= EXACT_MAX:
        raise CallStale("the call is not the ticket's current one")
    return _whole("call_number", number, 0, EXACT_MAX)


def _lines(line_ids: Sequence[str]) -> list[str]:
    """Raises ValueError for too many, or a text instead of them; IdentifierInvalid."""
    if isinstance(line_ids, str) or len(line_ids) > LINES_MAX:
        raise ValueError(f"line_ids are not up to {LINES_MAX} ids")
    return [keys.identifier("line id", one) for one in line_ids]
