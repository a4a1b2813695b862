"""A case's ticket: issued in its window (S17), and what its steps mean for the case."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.access import Taxpayer
from cases.audit import SYSTEM, Actor, ActorKind
from cases.casebook import Casebook, CaseRecord, close_case
from cases.casework.drafts import own
from cases.casework.places import WorkingTime
from cases.casework.policy import CaseworkPolicy
from cases.casework.records import Case, Transitions, case_of, load
from cases.clock import Clock
from cases.counter import Counter
from cases.database import Database
from cases.errors import CaseUnknown, LineUnknown
from cases.halls import Halls
from cases.issuing import Issuing
from cases.stages.errors import CaseRefused
from cases.stages.events import Event, Facts
from cases.stages.states import HandlingState, Mode
from cases.stages.table import WITH_TICKET
from cases.states import close_reason
from cases.views.names import LineKind
from cases.views.tickets import CloseReason, Outcome, TicketView
from queueing.errors import QueueError, QueueUnavailable
from queueing.states import TicketState
from queueing.ticket import JournalEntry

log = logging.getLogger(__name__)

MEANS: Final[Mapping[TicketState, tuple[Event, HandlingState | None]]] = MappingProxyType(
    {
        TicketState.WAITING: (Event.TICKET_WAITS, HandlingState.QUEUED),
        TicketState.CALLED: (Event.TICKET_CALLED, HandlingState.CALLED),
        TicketState.SERVING: (Event.TICKET_SERVED, HandlingState.SERVING),
        TicketState.ON_HOLD: (Event.TICKET_HELD, HandlingState.ON_HOLD),
        TicketState.ABANDONED: (Event.TICKET_ABANDONED, HandlingState.ABANDONED),
        TicketState.CANCELLED: (Event.TICKET_CANCELLED, None),
        TicketState.LAPSED: (Event.TICKET_LAPSED, None),
        TicketState.FINISHED: (Event.TICKET_FINISHED, None),
    }
)
"""What a ticket's state after a step means for its case; with the state of the case in which nothing new has
happened.
"""

ConsultClosed = Callable[[AsyncConnection, str, int], Awaitable[None]]
"""Follows the end of a consult, by its ticket and at that time (UTC ms), in the same transaction."""


class CaseTickets:
    """Issues tickets of cases. Methods raise RecordsUnavailable and QueueUnavailable."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        transitions: Transitions,
        casebook: Casebook,
        halls: Halls,
        issuing: Issuing,
        counter: Counter,
    ) -> None:
        self._database = database
        self._clock = clock
        self._transitions = transitions
        self._casebook = casebook
        self._halls = halls
        self._issuing = issuing
        self._counter = counter

    async def issue(self, taxpayer: Taxpayer, by: Actor, case_id: str, ticket_id: str) -> TicketView:
        """出票. The same ``ticket_id`` again answers with the same ticket.

        The records say first that there is a ticket: where the process dies before the queue knows of it, a
        keeper issues it, as it does with tickets that the queue lost (``cases.reissue``).
        Raises CaseUnknown, WindowNotOpen, WindowOver, NotApproved, TicketTaken, LineUnknown (the hall has no
        open line for calls), LineFull, HallClosed.
        """
        await self._say_that_it_is_issued(taxpayer, by, case_id, ticket_id)
        record = await self._casebook.of_ticket(ticket_id)
        try:
            await self._issuing.issue(record)
        except QueueUnavailable:
            raise  # it may have been issued: the page's repeat finds out
        except QueueError:
            await self._take_back(case_id, ticket_id)
            raise
        return await self._counter.watch(taxpayer, ticket_id)

    async def _say_that_it_is_issued(
        self, taxpayer: Taxpayer, by: Actor, case_id: str, ticket_id: str
    ) -> None:
        now_ms = self._clock.now_ms()
        try:
            async with self._database.writing() as connection:
                case = await own(connection, taxpayer, case_id, to_change=True)
                if case.ticket_id == ticket_id and case.state.handling in WITH_TICKET:
                    return
                await self._transitions.make(
                    connection,
                    case,
                    Event.ISSUE,
                    Facts(),
                    by,
                    now_ms,
                    detail={"ticket_id": ticket_id},
                    columns={"ticket_id": ticket_id, "line_id": self._line_of(case)},
                )
        except IntegrityError as error:
            raise CaseUnknown("this ticket id is another's") from error

    def _line_of(self, case: Case) -> str:
        lines = self._halls.lines_of(case.hall_id, LineKind.ASSIST)
        if not lines:
            raise LineUnknown("no open line for calls")
        return lines[0].line_id

    async def _take_back(self, case_id: str, ticket_id: str) -> None:
        """The queue refused: the case goes on as before."""
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            case = await load(connection, case_id, to_change=True)
            if case.ticket_id == ticket_id:
                await self._lose(connection, case, now_ms)

    async def _lose(self, connection: AsyncConnection, case: Case, now_ms: int) -> None:
        if case.state.closed is None and case.state.handling is HandlingState.QUEUED:
            await self._transitions.make(
                connection, case, Event.TICKET_LOST, Facts(), SYSTEM, now_ms, columns={"ticket_id": None}
            )

    # What a keeper does with cases whose ticket is not there (``cases.reissue.TicketRecords``).

    async def unrecorded(self, hall_id: str, *, after: tuple[int, str], limit: int) -> Sequence[CaseRecord]:
        """Cases of the hall that say that they have a ticket of which nothing was recorded, by opening."""
        return await self._casebook.unrecorded_business(hall_id, after=after, limit=limit)

    async def close_unrecorded(self, reasons: Mapping[str, CloseReason], at_ms: int) -> None:
        """They go on as before they were issued, as far as nothing was recorded of their tickets by now."""
        tickets = schema.tickets.c
        async with self._database.writing() as connection:
            for case_id in reasons:
                case = await load(connection, case_id, to_change=True)
                recorded = await connection.scalar(
                    select(tickets.ticket_id).where(tickets.ticket_id == case.ticket_id)
                )
                if recorded is None:
                    await self._lose(connection, case, at_ms)

    async def open_among(self, case_ids: Sequence[str]) -> set[str]:
        """Which of these cases (at most 1,000) want their ticket."""
        cases = schema.cases.c
        asked = select(cases.case_id).where(
            cases.case_id.in_(list(case_ids)),
            cases.closed_at_ms.is_(None),
            cases.handling_state.in_([one.value for one in WITH_TICKET]),
        )
        async with self._database.reading() as connection:
            return set(await connection.scalars(asked))


class TicketFollower:
    """Writes what the steps of tickets mean for their cases, in the recorder's transaction."""

    def __init__(
        self,
        transitions: Transitions,
        working_time: WorkingTime,
        policy: CaseworkPolicy,
        consult_closed: ConsultClosed | None = None,
    ) -> None:
        self._transitions = transitions
        self._working_time = working_time
        self._policy = policy
        self._consult_closed = consult_closed

    async def follow(self, connection: AsyncConnection, entries: Sequence[JournalEntry]) -> None:
        """In the order of the journal."""
        others = await self._with_stages(connection, entries)
        for entry in entries:
            ticket_id = entry.ticket.ticket_id
            if ticket_id in others:
                others[ticket_id] = await self._make(connection, others[ticket_id], entry)
                continue
            reason = close_reason(entry.ticket)
            if reason is None:
                continue
            closed = await close_case(connection, ticket_id, reason, entry.at_ms)
            if closed and self._consult_closed is not None:
                await self._consult_closed(connection, ticket_id, entry.at_ms)

    @staticmethod
    async def _with_stages(connection: AsyncConnection, entries: Sequence[JournalEntry]) -> dict[str, Case]:
        """The cases, by ticket id, that are more than their ticket."""
        cases = schema.cases
        rows = await connection.execute(
            select(cases)
            .where(
                cases.c.ticket_id.in_({entry.ticket.ticket_id for entry in entries}),
                cases.c.mode != Mode.CONSULT.value,
            )
            .with_for_update()
        )
        return {row.ticket_id: case_of(row) for row in rows}

    async def _make(self, connection: AsyncConnection, case: Case, entry: JournalEntry) -> Case:
        event, nothing_new = MEANS[entry.ticket.state]
        if case.state.handling is nothing_new:
            return case
        outcome = None
        by_ms = None
        if entry.ticket.state is TicketState.FINISHED:
            outcome = Outcome(entry.ticket.outcome or Outcome.COMPLETED)
            if outcome is Outcome.CONTINUED:
                days = self._policy.promised_days
                by_ms = await self._working_time.after_days(connection, case.hall_id, days, entry.at_ms)
        elif entry.ticket.outcome == CloseReason.HALL_CLOSED.value:
            event = Event.HALL_CLOSED
        try:
            return await self._transitions.make(
                connection,
                case,
                event,
                Facts(outcome=outcome, by_ms=by_ms),
                _actor(case, entry),
                entry.at_ms,
                detail={"ticket_id": entry.ticket.ticket_id, "number": entry.ticket.number},
            )
        except CaseRefused:
            # The queue decides about tickets; a case that cannot follow is one for a person to look at.
            log.error(
                "a case cannot follow its ticket", extra={"case_id": case.case_id, "event": event.value}
            )
            return case


def _actor(case: Case, entry: JournalEntry) -> Actor:
    match entry.cause.value:
        case "officer":
            return Actor(ActorKind.OFFICER, entry.ticket.officer_id)
        case "taxpayer":
            return Actor(ActorKind.TAXPAYER, case.taxpayer_id)
        case _:
            return SYSTEM
