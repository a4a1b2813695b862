"""A hall as who runs it sees it: its lines, its officers and its day, now."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.access import CALLING_ROLES, Officer
from cases.clock import Clock, local_date
from cases.database import Database
from cases.deskbook import on_break_of
from cases.halls import Halls, Line
from cases.reports import steps
from cases.reports.crowd import Crowd
from cases.reports.days import Days
from cases.reports.figures import Happened, Tallies
from cases.reports.policy import ReportPolicy
from cases.reports.views import (
    Presence,
    WaitingAt,
    WallLine,
    WallOfficer,
    WallTicket,
    WallView,
)
from cases.states import chosen_state, desk_state
from cases.views.desks import DeskState
from cases.views.names import OfficerName
from queueing.service import OFFICERS_MAX, Queue
from queueing.states import Step
from queueing.ticket import HallSnapshot, LineSnapshot, Ticket

SAMPLE_MS: Final = 900_000
"""Between two counts of who waits."""
FAR_MS: Final = 2**53
"""After every step."""
LISTENED_FOR: Final = frozenset({DeskState.READY, DeskState.WRAP_UP, DeskState.CALLED, DeskState.SERVING})
"""The states in which a console has to be heard of."""

_OFFICERS: Final[Select[Any]] = (
    select(
        schema.officers.c.officer_id,
        schema.officers.c.name,
        schema.officers.c.staff_number,
        schema.officers.c.roles,
        schema.desks.c.line_ids,
        schema.desks.c.state,
        schema.desks.c.since_ms,
        schema.desks.c.break_reason,
        schema.desks.c.break_text,
    )
    .select_from(
        schema.officers.outerjoin(schema.desks, schema.desks.c.officer_id == schema.officers.c.officer_id)
    )
    .where(schema.officers.c.hall_id == bindparam("of_hall"), schema.officers.c.disabled.is_(False))
    .order_by(schema.officers.c.staff_number)
    .limit(OFFICERS_MAX)
)


@dataclass(frozen=True, slots=True)
class DeskTimes:
    """``wrap_up_ms``: of a desk (``cases.desk``), ``lease_ms``: of a console (``queueing``)."""

    wrap_up_ms: int
    lease_ms: int


@dataclass(slots=True)
class DayCount:
    """A day of a hall as far as it is recorded, added to with each look: a step is read once."""

    day: date
    from_ms: int
    crowd: Crowd
    version: int = 0
    lines: Tallies[str] = field(default_factory=lambda: Tallies(lambda happened: happened.line_id))
    officers: Tallies[str] = field(default_factory=lambda: Tallies(lambda happened: happened.officer_id))
    called_at_ms: dict[str, int] = field(default_factory=dict)
    """By officer, when they called last."""

    def take(self, some: Sequence[Happened]) -> None:
        """Steps that follow those that were taken; what was before the day is not counted."""
        today = [happened for happened in some if happened.at_ms >= self.from_ms]
        self.lines.take(today)
        self.officers.take(today)
        self.crowd.take(some)
        for happened in today:
            if happened.step is Step.CALL and happened.officer_id is not None:
                self.called_at_ms[happened.officer_id] = happened.at_ms
        if some:
            self.version = max(self.version, some[-1].version)


@dataclass(slots=True)
class _Watched:
    """A hall that somebody looks at: its day, the last view with its time, and when consoles were last known
    to be heard of until (the end of the lease, by officer).
    """

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    day: DayCount | None = None
    view: WallView | None = None
    at_s: float = 0.0
    leases: dict[str, int] = field(default_factory=dict)


class Wall:
    """The walls of all halls, in this process."""

    def __init__(
        self,
        database: Database,
        queue: Queue,
        halls: Halls,
        clock: Clock,
        policy: ReportPolicy,
        times: DeskTimes,
    ) -> None:
        self._database = database
        self._queue = queue
        self._halls = halls
        self._clock = clock
        self._policy = policy
        self._times = times
        self._watched: dict[str, _Watched] = {}

    async def view(self, officer: Officer) -> WallView:
        """The officer's hall, no older than ``fresh_ms``. Raises RecordsUnavailable, QueueUnavailable."""
        hall = self._watched.setdefault(officer.hall_id, _Watched())
        async with hall.lock:
            now_s = asyncio.get_running_loop().time()
            if hall.view is None or now_s >= hall.at_s + self._policy.fresh_ms / 1000:
                hall.view = await self._look(officer.hall_id, hall)
                hall.at_s = now_s
            return hall.view

    async def _look(self, hall_id: str, watched: _Watched) -> WallView:
        hall, lines = self._halls.hall(hall_id), self._halls.every_line_of(hall_id)
        snapshot = await self._queue.snapshot(hall_id, [line.line_id for line in lines], first=0)
        now_ms = self._clock.now_ms()
        async with self._database.reading() as connection:
            day = await self._counted(connection, hall_id, watched, local_date(now_ms, hall.time_zone))
            rows = (await connection.execute(_OFFICERS, {"of_hall": hall_id})).all()
        day.crowd.reach(now_ms)
        watched.leases.update({one.officer_id: one.lease_until_ms for one in snapshot.at_work})
        shown = [
            (line, now)
            for line, now in zip(lines, snapshot.lines, strict=True)
            if line.open or now.waiting or line.line_id in day.lines.by_key
        ]
        target_ms = self._policy.target_ms
        return WallView(
            hall=hall,
            day=day.day,
            target_ms=target_ms,
            version=snapshot.version,
            counted_version=day.version,
            closed_at_ms=snapshot.closed_at_ms,
            waiting=sum(now.waiting for _, now in shown),
            oldest_issued_at_ms=min(
                (now.oldest_issued_at_ms for _, now in shown if now.oldest_issued_at_ms is not None),
                default=None,
            ),
            today=day.lines.total.figures(target_ms),
            waits=day.lines.total.histogram(target_ms),
            crowd=_crowd(day.crowd, [line for line, _ in shown]),
            lines=self._lines(shown, snapshot, day),
            officers=self._officers(rows, snapshot, day, watched.leases),
        )

    async def _counted(
        self, connection: AsyncConnection, hall_id: str, watched: _Watched, today: date
    ) -> DayCount:
        """The day with what was recorded since the last look; read whole where another day has begun."""
        if watched.day is None or watched.day.day != today:
            time_zone = self._halls.hall(hall_id).time_zone
            days = Days(today, today, time_zone)
            # Kept only once it is whole: who asks may be cancelled.
            begun = DayCount(today, days.from_ms, Crowd(days.from_ms, SAMPLE_MS))
            newest = await steps.newest(connection, hall_id)
            begun.take(await steps.of_open_at(connection, hall_id, days.from_ms))
            async for page in steps.between(connection, hall_id, days.from_ms, FAR_MS):
                begun.take(page)
            begun.version = newest
            watched.day = begun
            return begun
        day = watched.day
        async for page in steps.after(connection, hall_id, day.version):
            day.take(page)
        return day

    def _lines(
        self, shown: Sequence[tuple[Line, LineSnapshot]], snapshot: HallSnapshot, day: DayCount
    ) -> tuple[WallLine, ...]:
        serving = Counter(line_id for one in snapshot.at_work for line_id in one.line_ids)
        return tuple(
            WallLine(
                line.on_ticket,
                line.open,
                now.waiting,
                now.oldest_issued_at_ms,
                serving[line.line_id],
                day.lines.of(line.line_id).figures(self._policy.target_ms),
            )
            for line, now in shown
        )

    def _officers(
        self,
        rows: Sequence[Row[Any]],
        snapshot: HallSnapshot,
        day: DayCount,
        leases: Mapping[str, int],
    ) -> tuple[WallOfficer, ...]:
        held = {ticket.officer_id: ticket for ticket in snapshot.held}
        on_hold = Counter(ticket.officer_id for ticket in snapshot.on_hold)
        at_work = {one.officer_id for one in snapshot.at_work}
        found = []
        for row in rows:
            officer_id, ticket = row.officer_id, held.get(row.officer_id)
            chosen = chosen_state(
                DeskState(row.state) if row.state else DeskState.SIGNED_OFF,
                row.since_ms or 0,
                wrap_up_ms=self._times.wrap_up_ms,
                now_ms=snapshot.at_ms,
            )
            state = desk_state(chosen.state, ticket)
            # Admins and supervisors serve nobody, unless they sign on.
            if state is DeskState.SIGNED_OFF and not CALLING_ROLES & set(row.roles):
                continue
            presence = self._presence(
                state, leases.get(officer_id) if officer_id in at_work else None, snapshot.at_ms
            )
            found.append(
                WallOfficer(
                    officer_id=officer_id,
                    officer=OfficerName(row.name, row.staff_number),
                    state=state,
                    on_break=on_break_of(row) if state is DeskState.BREAK else None,
                    since_ms=_since_ms(state, chosen.since_ms, ticket, day.called_at_ms.get(officer_id)),
                    presence=presence,
                    away_since_ms=leases.get(officer_id) if presence is Presence.AWAY else None,
                    line_ids=tuple(row.line_ids or ()),
                    ticket=WallTicket(ticket.number, ticket.line_id, ticket.state) if ticket else None,
                    on_hold=on_hold[officer_id],
                    today=day.officers.of(officer_id).figures(self._policy.target_ms),
                )
            )
        return tuple(found)

    def _presence(self, state: DeskState, lease_until_ms: int | None, now_ms: int) -> Presence | None:
        if state not in LISTENED_FOR:
            return None
        if lease_until_ms is None or lease_until_ms <= now_ms:
            return Presence.AWAY
        # A console is heard of three times a lease.
        return Presence.SILENT if lease_until_ms - now_ms < self._times.lease_ms // 3 else Presence.HERE


def _since_ms(
    state: DeskState, chosen_ms: int, ticket: Ticket | None, called_at_ms: int | None
) -> int | None:
    match state:
        case DeskState.SERVING if ticket is not None:
            return ticket.confirmed_at_ms
        case DeskState.CALLED if ticket is not None:
            # The ticket has the time of its first call only, the day that of the officer's latest.
            return max(called_at_ms or 0, ticket.called_at_ms or 0) or None
        case DeskState.SIGNED_OFF:
            return chosen_ms or None
        case _:
            return chosen_ms


def _crowd(crowd: Crowd, lines: Sequence[Line]) -> tuple[WaitingAt, ...]:
    """From the last moment at which nobody had come yet."""
    samples = crowd.samples
    first = next((at for at, sample in enumerate(samples) if sample.waiting), len(samples))
    return tuple(
        WaitingAt(sample.at_ms, tuple(sample.waiting.get(line.line_id, 0) for line in lines))
        for sample in samples[max(0, first - 1) :]
    )
