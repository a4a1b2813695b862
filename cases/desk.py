"""An officer's desk: signing on and off, breaks and wrap-up, and what the console shows of it (S31, S33)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from cases.access import Officer
from cases.attendance import Attendance
from cases.breaks import chosen_break
from cases.calls import Calls
from cases.clock import Clock, local_day_start_ms
from cases.counter import line_views
from cases.deskbook import Deskbook, DeskRecord, Served
from cases.errors import (
    DeskHoldsTicket,
    DeskOnBreak,
    DeskSignedOff,
    DeskStateRefused,
    LineUnknown,
)
from cases.halls import Halls
from cases.held import HeldTickets, HoldSetting, held_by, on_hold_of
from cases.presentation import Presentation
from cases.reception.errors import CounterMissing
from cases.states import Around, Chosen, call_next_refused, chosen_state, desk_actions, desk_state
from cases.views.calls import CallView
from cases.views.desks import BoardView, BreakReason, DeskState, DeskView, OfficerView
from queueing.service import Queue
from queueing.ticket import HallSnapshot, LineSnapshot, Ticket

BOARD_FIRST: Final = 20


@dataclass(frozen=True, slots=True)
class DeskPolicy:
    """``wrap_up_ms``: how long a desk stays in wrap-up after a finished ticket, unless the officer ends it;
    0: there is none. ``holds_max``: how many tickets an officer may have on hold (the queue's own bound).
    """

    wrap_up_ms: int
    holds_max: int


@dataclass(frozen=True, slots=True)
class Console:
    """What an officer's pages show at one moment."""

    officer: Officer
    desk: DeskView
    board: BoardView


class Desk:
    """An officer's use cases but those on tickets (``cases.serving``). Every method raises RecordsUnavailable
    and QueueUnavailable.
    """

    def __init__(
        self,
        deskbook: Deskbook,
        attendance: Attendance,
        halls: Halls,
        queue: Queue,
        calls: Calls,
        presentation: Presentation,
        held: HeldTickets,
        clock: Clock,
        policy: DeskPolicy,
    ) -> None:
        self._attendance = attendance
        self._deskbook = deskbook
        self._halls = halls
        self._queue = queue
        self._calls = calls
        self._presentation = presentation
        self._held = held
        self._clock = clock
        self._policy = policy

    async def officer(self, officer: Officer) -> OfficerView:
        """The officer with the lines of their hall."""
        lines = self._halls.lines_of(officer.hall_id)
        return OfficerView(
            officer.officer_id,
            officer.name,
            officer.staff_number,
            tuple(sorted(officer.roles)),
            self._halls.hall(officer.hall_id),
            await line_views(self._queue, lines),
            self._clock.now_ms(),
        )

    async def opened(self, officer: Officer) -> DeskView:
        """A console of the officer is there, or there again: the lease is renewed, and the desk shown."""
        await self._attendance.beat(officer.hall_id, [officer.officer_id])
        return await self.watch(officer)

    async def watch(self, officer: Officer) -> DeskView:
        """The desk as it is now."""
        desk, served = (await self._records(officer.hall_id, [officer]))[officer.officer_id]
        return await self._view(
            officer, desk, served, await self._queue.snapshot(officer.hall_id, desk.line_ids, first=1)
        )

    async def board(self, officer: Officer) -> BoardView:
        """The officer's lines; all of the hall's while signed off, so that the board is never blank."""
        desk = await self._deskbook.desk(officer.officer_id)
        snapshot = await self._queue.snapshot(
            officer.hall_id, self._shown_lines(desk, officer), first=BOARD_FIRST
        )
        return await self._presentation.board(snapshot)

    async def consoles(self, hall_id: str, officers: Sequence[Officer]) -> list[Console]:
        """Desk and board of these officers of one hall, at one moment: read once for all of them, since they
        are pushed a few times a second.
        """
        records = await self._records(hall_id, officers)
        shown = {
            officer.officer_id: self._shown_lines(records[officer.officer_id][0], officer)
            for officer in officers
        }
        every = tuple(dict.fromkeys(line_id for line_ids in shown.values() for line_id in line_ids))
        snapshot = await self._queue.snapshot(hall_id, every, first=BOARD_FIRST)
        boards: dict[tuple[str, ...], BoardView] = {}
        consoles = []
        for officer in officers:
            line_ids = shown[officer.officer_id]
            own = replace(snapshot, lines=_lines(snapshot, line_ids))
            if line_ids not in boards:
                boards[line_ids] = await self._presentation.board(own)
            desk, served = records[officer.officer_id]
            consoles.append(Console(officer, await self._view(officer, desk, served, own), boards[line_ids]))
        return consoles

    async def _records(
        self, hall_id: str, officers: Sequence[Officer]
    ) -> dict[str, tuple[DeskRecord, Served]]:
        since_ms = local_day_start_ms(self._clock.now_ms(), self._halls.hall(hall_id).time_zone)
        return await self._deskbook.desks_and_served(
            [officer.officer_id for officer in officers], since_ms=since_ms
        )

    def _shown_lines(self, desk: DeskRecord, officer: Officer) -> tuple[str, ...]:
        return desk.line_ids or tuple(line.line_id for line in self._halls.lines_of(officer.hall_id))

    async def _view(
        self, officer: Officer, desk: DeskRecord, served: Served, snapshot: HallSnapshot
    ) -> DeskView:
        held = held_by(snapshot, officer.officer_id)
        chosen = chosen_state(
            desk.state, desk.since_ms, wrap_up_ms=self._policy.wrap_up_ms, now_ms=snapshot.at_ms
        )
        state = desk_state(chosen.state, held)
        on_hold = on_hold_of(snapshot, officer.officer_id)
        call = await self._calls.open_view(held) if held is not None else None
        around = self._around(snapshot, held, on_hold, call)
        setting = HoldSetting(state, snapshot.closed_at_ms is None, snapshot.at_ms)
        return DeskView(
            state=state,
            at_ms=snapshot.at_ms,
            since_ms=chosen.since_ms,
            on_break=desk.on_break if state is DeskState.BREAK else None,
            wrap_up_until_ms=_wrap_up_until_ms(state, chosen),
            line_ids=desk.line_ids,
            counter=desk.counter,
            ticket=await self._held.in_hand(held, call) if held is not None else None,
            on_hold=await self._held.on_hold(on_hold, setting),
            actions=desk_actions(state, around),
            call_next_refused=call_next_refused(state, waiting=around.waiting),
            served_today=served.count,
            mean_service_ms=served.mean_service_ms,
        )

    def _around(
        self, snapshot: HallSnapshot, held: Ticket | None, on_hold: Sequence[Ticket], call: CallView | None
    ) -> Around:
        in_time = [one for one in on_hold if one.deadline_ms is None or snapshot.at_ms < one.deadline_ms]
        return Around(
            waiting=sum(line.waiting for line in snapshot.lines),
            call_is_open=call is not None,
            on_hold=len(in_time),
            can_hold=len(on_hold) < self._policy.holds_max,
            can_transfer=(
                held is not None
                and snapshot.closed_at_ms is None
                and bool(self._halls.others_of(held.line_id))
            ),
            on_site=held is not None and self._halls.is_on_site(held.line_id),
        )

    async def sign_on(self, officer: Officer, line_ids: Sequence[str], counter: str = "") -> DeskView:
        """Serve these lines of the officer's hall, in that order; those on site at that counter.

        Raises LineUnknown, CounterMissing.
        """
        wanted = tuple(dict.fromkeys(line_ids))
        if any(self._halls.line(line_id).hall_id != officer.hall_id for line_id in wanted):
            raise LineUnknown("another hall's line")
        at_counter = any(self._halls.is_on_site(line_id) for line_id in wanted)
        if at_counter and not counter.strip():
            raise CounterMissing("on site without a counter")
        desk = await self._deskbook.desk(officer.officer_id)
        if desk.state is DeskState.SIGNED_OFF:
            desk = replace(desk, state=DeskState.READY, since_ms=self._clock.now_ms())
        await self._deskbook.put(
            replace(desk, line_ids=wanted, counter=counter.strip() if at_counter else None)
        )
        return await self.opened(officer)

    async def sign_off(self, officer: Officer) -> DeskView:
        """Serve no line any more; what is on hold goes back to its lines. Raises DeskHoldsTicket.

        The desk comes first: the other way round a lease renewed in between would keep the officer at work.
        """
        await self._refuse_while_holding(officer)
        desk = DeskRecord(officer.officer_id, (), DeskState.SIGNED_OFF, self._clock.now_ms())
        await self._deskbook.put(desk)
        await self._queue.leave(officer.hall_id, officer.officer_id)
        return await self.watch(officer)

    async def choose_state(
        self, officer: Officer, state: DeskState, reason: BreakReason | None = None, text: str = ""
    ) -> DeskView:
        """Ready, which ends wrap-up, or on a break for a reason; another reason begins another break. Raises
        DeskStateRefused, DeskSignedOff, DeskHoldsTicket, BreakReasonMissing.
        """
        if state not in (DeskState.READY, DeskState.BREAK):
            raise DeskStateRefused("only ready and break")
        desk = await self._deskbook.desk(officer.officer_id)
        if desk.state is DeskState.SIGNED_OFF:
            raise DeskSignedOff("signed off")
        changed = replace(desk, state=state, since_ms=self._clock.now_ms(), on_break=None)
        if state is DeskState.BREAK:
            await self._refuse_while_holding(officer)
            on_break = chosen_break(reason, text)
            if (desk.state, desk.on_break) != (state, on_break):
                await self._deskbook.begin_break(changed, on_break)
        elif desk.state is not state:
            await self._deskbook.put(changed)
        return await self.opened(officer)

    async def _refuse_while_holding(self, officer: Officer) -> None:
        snapshot = await self._queue.snapshot(officer.hall_id, (), first=1)
        if held_by(snapshot, officer.officer_id) is not None:
            raise DeskHoldsTicket("a ticket in hand")

    async def at_work(self, officer: Officer) -> DeskRecord:
        """The desk of an officer who may take tickets in hand now. Raises Forbidden, DeskSignedOff,
        DeskOnBreak.
        """
        desk = await self._deskbook.desk(officer.officer_id)
        if desk.state is DeskState.SIGNED_OFF:
            raise DeskSignedOff("signed off")
        if desk.state is DeskState.BREAK:
            raise DeskOnBreak("on a break")
        return desk

    async def begin_wrap_up(self, officer: Officer, since_ms: int) -> None:
        """A ticket was finished at ``since_ms`` of the queue's clock."""
        desk = await self._deskbook.desk(officer.officer_id)
        if self._policy.wrap_up_ms and desk.state in (DeskState.READY, DeskState.WRAP_UP):
            await self._deskbook.put(replace(desk, state=DeskState.WRAP_UP, since_ms=since_ms))

    async def end_wrap_up(self, desk: DeskRecord) -> None:
        """The officer took another ticket in hand."""
        if desk.state is DeskState.WRAP_UP:
            await self._deskbook.put(replace(desk, state=DeskState.READY, since_ms=self._clock.now_ms()))


def _wrap_up_until_ms(state: DeskState, chosen: Chosen) -> int | None:
    return chosen.wrap_up_until_ms if state is DeskState.WRAP_UP else None


def _lines(snapshot: HallSnapshot, line_ids: Sequence[str]) -> tuple[LineSnapshot, ...]:
    """These lines of a snapshot, in the order asked."""
    by_id = {line.line_id: line for line in snapshot.lines}
    return tuple(by_id[line_id] for line_id in line_ids)
