"""How fast lines move, for the estimates: from how long tickets took their officers lately, and who is at
work.

A ticket takes its officer from the call until it is finished, abandoned, given back or transferred, without
the time that it was on hold; a recall is the same call. What an officer who is finished leaves to the wrap-up
belongs to it as well, as long as somebody waited meanwhile. What an officer had whose lease ended counts for
nothing: how long that would have taken nobody knows.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select

from cases import schema
from cases.clock import Clock
from cases.database import Database
from cases.errors import CaseworkError
from cases.views.tickets import PaceView, WaitView
from queueing import estimate
from queueing.errors import QueueError
from queueing.service import Queue
from queueing.states import Step
from queueing.ticket import Cause, JournalEntry

log = logging.getLogger(__name__)

RELEASES: Final = frozenset({Step.FINISH, Step.ABANDON, Step.REQUEUE, Step.TRANSFER})
COUNTED: Final = frozenset({Step.CALL, Step.HOLD, Step.RESUME}) | RELEASES
TAKEN_MAX: Final = 20_000
"""Tickets that officers have at one time; more are what missing steps left behind."""


@dataclass(frozen=True, slots=True)
class WaitBounds:
    """``refresh_ms`` between two looks at who is at work; at a start the steps of the last ``past_ms`` are
    read from the records, at most ``past_steps`` of them.
    """

    refresh_ms: int = 5_000
    past_ms: int = 4 * 3_600_000
    past_steps: int = 5_000


@dataclass(frozen=True, slots=True)
class Happened:
    """What counts of one step. ``line_id``: where the ticket is after it, ``arrived_ms``: when it was
    issued.
    """

    version: int
    at_ms: int
    step: Step
    cause: Cause
    ticket_id: str
    line_id: str
    officer_id: str | None
    arrived_ms: int


@dataclass(slots=True)
class _Service:
    """A ticket that an officer has: ``since_ms`` in hand, none on hold; ``spent_ms`` before that."""

    line_id: str
    officer_id: str | None
    since_ms: int | None
    spent_ms: int = 0


@dataclass(slots=True)
class _Sample:
    """How long one service took."""

    ms: int
    ended_ms: int


@dataclass(slots=True)
class Services:
    """The latest service times of a hall's lines, as its steps tell them. No I/O, no clock."""

    wrap_up_ms: int
    version: int = 0
    _taken: dict[str, _Service] = field(default_factory=dict)
    _samples: dict[str, deque[_Sample]] = field(default_factory=dict)
    _latest: dict[str, _Sample] = field(default_factory=dict)

    def of_line(self, line_id: str) -> list[int]:
        """In milliseconds, the newest last."""
        return [sample.ms for sample in self._samples.get(line_id, ())]

    def take(self, happened: Happened) -> None:
        """The next step of the hall; one that was taken before changes nothing."""
        if happened.version <= self.version:
            return
        self.version = happened.version
        if happened.step is Step.CALL:
            self._call(happened)
        elif happened.step in COUNTED:
            self._go_on(happened)

    def _call(self, call: Happened) -> None:
        if call.officer_id is not None:
            self._add_wrap_up(call.officer_id, call)
        if len(self._taken) >= TAKEN_MAX:
            del self._taken[next(iter(self._taken))]
        self._taken[call.ticket_id] = _Service(call.line_id, call.officer_id, call.at_ms)

    def _add_wrap_up(self, officer_id: str, call: Happened) -> None:
        """The time until the next call, from when somebody was there to be called."""
        before = self._latest.pop(officer_id, None)
        if before is not None:
            gap_ms = call.at_ms - max(before.ended_ms, call.arrived_ms)
            before.ms += min(max(gap_ms, 0), self.wrap_up_ms)

    def _go_on(self, happened: Happened) -> None:
        service = self._taken.get(happened.ticket_id)
        if service is None:
            return  # it was called before the first step that we know
        if happened.step is Step.RESUME:
            service.since_ms = happened.at_ms
            return
        if service.since_ms is not None:
            service.spent_ms += max(0, happened.at_ms - service.since_ms)
            service.since_ms = None
        if happened.step in RELEASES:
            del self._taken[happened.ticket_id]
            if happened.cause is not Cause.LEASE:
                self._keep(service, happened)

    def _keep(self, service: _Service, release: Happened) -> None:
        sample = _Sample(service.spent_ms, release.at_ms)
        line = self._samples.setdefault(service.line_id, deque(maxlen=estimate.SAMPLES_MAX))
        line.append(sample)
        if release.step is Step.FINISH and service.officer_id is not None:
            self._latest[service.officer_id] = sample


class Waits:
    """The paces of all lines, in this process."""

    def __init__(
        self, database: Database, queue: Queue, clock: Clock, *, wrap_up_ms: int, bounds: WaitBounds
    ) -> None:
        self._database = database
        self._queue = queue
        self._clock = clock
        self._wrap_up_ms = wrap_up_ms
        self._bounds = bounds
        self._services: dict[str, Services] = {}
        self._early: dict[str, deque[Happened]] = {}
        self._lines_at_work: dict[str, tuple[tuple[str, ...], ...]] = {}

    def pace(self, hall_id: str, line_id: str) -> PaceView | None:
        """How fast the line moves; none without enough services lately, without anybody at work in it, and
        while it is not known who is.
        """
        services = self._services.get(hall_id)
        if services is None:
            return None
        serving = [len(lines) for lines in self._lines_at_work.get(hall_id, ()) if line_id in lines]
        found = estimate.pace(services.of_line(line_id), serving)
        return PaceView(found.soonest_ms, found.latest_ms, found.spread_ms) if found is not None else None

    def note(self, entry: JournalEntry) -> None:
        """A step, in the journal's order; one that was noted before changes nothing."""
        ticket = entry.ticket
        happened = Happened(
            entry.version,
            entry.at_ms,
            entry.step,
            entry.cause,
            ticket.ticket_id,
            ticket.line_id,
            ticket.officer_id,
            ticket.issued_at_ms,
        )
        services = self._services.get(entry.hall_id)
        if services is not None:
            services.take(happened)
        else:
            # Not yet filled, and perhaps not yet recorded when that is done.
            early = self._early.setdefault(entry.hall_id, deque(maxlen=self._bounds.past_steps))
            early.append(happened)

    async def fill(self, hall_id: str) -> None:
        """Begin with what the records know of the last hours; steps that were noted before follow.
        Raises RecordsUnavailable.
        """
        services = Services(self._wrap_up_ms)
        for happened in [*await self._past(hall_id), *self._early.pop(hall_id, ())]:
            services.take(happened)
        self._services[hall_id] = services

    async def _past(self, hall_id: str) -> list[Happened]:
        """Steps that count, in order. The records keep the line that a ticket is in now: what was transferred
        is left out.
        """
        steps, tickets = schema.ticket_steps.c, schema.tickets.c
        asked = (
            select(schema.ticket_steps, tickets.line_id, tickets.issued_at_ms)
            .join(schema.tickets, tickets.ticket_id == steps.ticket_id)
            .where(
                steps.hall_id == hall_id,
                steps.at_ms >= self._clock.now_ms() - self._bounds.past_ms,
                steps.step.in_([step.value for step in COUNTED]),
            )
            .order_by(steps.version.desc())
            .limit(self._bounds.past_steps)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(asked)).all()
        moved = {row.ticket_id for row in rows if row.step == Step.TRANSFER.value}
        return [
            Happened(
                row.version,
                row.at_ms,
                Step(row.step),
                Cause(row.cause),
                row.ticket_id,
                row.line_id,
                row.officer_id,
                row.issued_at_ms,
            )
            for row in reversed(rows)
            if row.ticket_id not in moved
        ]

    async def refresh(self, hall_id: str) -> None:
        """See who is at work in the hall. Raises QueueUnavailable; nothing is estimated then until the next
        look.
        """
        try:
            snapshot = await self._queue.snapshot(hall_id, (), first=0)
        except QueueError:
            self._lines_at_work.pop(hall_id, None)
            raise
        self._lines_at_work[hall_id] = tuple(officer.line_ids for officer in snapshot.at_work)

    async def run(self, hall_ids: Sequence[str]) -> None:
        """Keep seeing who is at work; for ever, ends by cancellation. Survives Redis and the records being
        away.
        """
        unfilled, away = set(hall_ids), set[str]()
        while True:
            for hall_id in hall_ids:
                try:
                    if hall_id in unfilled:
                        await self.fill(hall_id)
                        unfilled.discard(hall_id)
                    await self.refresh(hall_id)
                    away.discard(hall_id)
                except (QueueError, CaseworkError) as error:
                    if hall_id not in away:
                        log.warning("nothing is estimated: %s", error.code, extra={"hall_id": hall_id})
                    away.add(hall_id)
            await asyncio.sleep(self._bounds.refresh_ms / 1000)


def shown_wait(pace: PaceView | None, ahead: int | None) -> WaitView | None:
    """The estimate for somebody with so many people ahead; none for who does not wait."""
    if pace is None or ahead is None:
        return None
    found = estimate.wait(estimate.Pace(pace.soonest_ms, pace.latest_ms, pace.spread_ms), ahead)
    return WaitView(found.low_ms, found.high_ms)
