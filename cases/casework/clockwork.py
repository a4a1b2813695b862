"""What the clock does for cases: each deadline is an event of the table."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.audit import SYSTEM
from cases.casework.records import Transitions, load
from cases.deadlines.book import Deadline
from cases.deadlines.engine import Handler
from cases.errors import CaseUnknown
from cases.stages.errors import CaseRefused
from cases.stages.events import Facts
from cases.stages.table import EVENT_OF, DeadlineKind


def handlers(transitions: Transitions) -> Mapping[str, Handler]:
    """For the deadline engine, by kind."""

    async def fire(connection: AsyncConnection, deadline: Deadline, now_ms: int) -> None:
        event = EVENT_OF[DeadlineKind(deadline.kind)]
        try:
            case = await load(connection, deadline.object_id, to_change=True)
            await transitions.make(connection, case, event, Facts(), SYSTEM, now_ms)
        except (CaseUnknown, CaseRefused):
            # Somebody was faster: what the deadline was for is over.
            return

    return {kind.value: fire for kind in DeadlineKind}
