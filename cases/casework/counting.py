"""What waits for an officer, counted: for the badges of the console (S32, S34, S36)."""

from sqlalchemy import case, func, select

from cases import schema
from cases.access import Officer, may_see, whose_case
from cases.casework.views import Waiting
from cases.clock import Clock
from cases.conversation.listing import of_officer
from cases.conversation.tables import conversations
from cases.database import Database
from cases.stages.states import HandlingState, ReviewState


class WaitingCounts:
    """Reads of one moment each, over indexes of the hall."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of_officer(self, officer: Officer) -> Waiting:
        """Raises RecordsUnavailable."""
        now_ms = self._clock.now_ms()
        cases, unread = schema.cases.c, conversations.c.officer_unread
        open_ones = (cases.hall_id == officer.hall_id, cases.closed_at_ms.is_(None))
        does_casework = may_see(officer, whose_case("", officer.hall_id, is_consult=False))
        reviews, work, overdue = 0, 0, 0
        async with self._database.reading() as connection:
            messages = await connection.scalar(
                select(func.sum(unread)).where(*of_officer(officer), unread > 0)
            )
            if does_casework:
                reviews = (
                    await connection.scalar(
                        select(func.count()).where(
                            *open_ones, cases.review_state == ReviewState.PENDING.value
                        )
                    )
                    or 0
                )
                work, overdue = (
                    await connection.execute(
                        select(
                            func.count(),
                            func.count(case((cases.promised_by_ms <= now_ms, 1))),
                        ).where(*open_ones, cases.handling_state == HandlingState.WORKING.value)
                    )
                ).one()
        return Waiting(now_ms, messages or 0, reviews, work, overdue)
