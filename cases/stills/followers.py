"""How requests for a still picture end, and what is said then; without anybody's answer in the transactions
of what ends them: the call ends, time passes.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit
from cases.audit import SYSTEM, Actor
from cases.casework.records import Case, load
from cases.clock import Clock
from cases.conversation import book as conversation
from cases.conversation.book import NewMessage
from cases.conversation.notices import Notice
from cases.conversation.views import MessageKind, Sender
from cases.deadlines.book import Deadline
from cases.stills import book
from cases.stills.book import StillRecord
from cases.stills.states import StillEvent, StillState, StillSubject

STILL_UNANSWERED: Final = "still_unanswered"
"""The kind of the deadline: nobody answered a request. It is never taken away: it does nothing where somebody
was faster.
"""

SAID: Final = {
    StillEvent.CONSENT: Notice.STILL_CONSENTED,
    StillEvent.REFUSE: Notice.STILL_REFUSED,
    StillEvent.WITHDRAW: Notice.STILL_WITHDRAWN,
    StillEvent.TIME_PASSED: Notice.STILL_EXPIRED,
    StillEvent.CALL_ENDED: Notice.STILL_CALL_ENDED,
}


async def tell(
    connection: AsyncConnection,
    case: Case,
    notice: Notice,
    request_id: str,
    subject: StillSubject,
    now_ms: int,
) -> None:
    """A system message of the conversation."""
    new = NewMessage(
        f"{notice.value}-{request_id}"[:64],
        Sender.SYSTEM,
        MessageKind.SYSTEM,
        notice=notice,
        params={"still": subject.value},
    )
    await conversation.append(connection, case, new, now_ms)


async def write_down(
    connection: AsyncConnection,
    by: Actor,
    event: str,
    case_id: str,
    new: tuple[str, StillSubject],
    at_ms: int,
) -> None:
    """In the audit trail: who, when, and of what a picture was to be; never the picture."""
    request_id, subject = new
    detail = {"request_id": request_id, "subject": subject.value}
    await audit.append(connection, by, f"still.{event}", "case", case_id, detail, at_ms)


async def end(
    connection: AsyncConnection,
    case: Case,
    request: StillRecord,
    event: StillEvent,
    by: Actor,
    now_ms: int,
) -> None:
    """Write down that it ended, and say so; whoever ends it has asked whether that may be."""
    await book.end(connection, request, event, now_ms)
    await tell(connection, case, SAID[event], request.request_id, request.subject, now_ms)
    named = (request.request_id, request.subject)
    await write_down(connection, by, event.value, case.case_id, named, now_ms)


class StillRules:
    """Works inside the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def call_ended(self, connection: AsyncConnection, case: Case, call_id: str) -> None:
        """A call of the case ended, and what was asked for in it is not to be answered any more."""
        request = await book.asked(connection, call_id)
        if request is not None:
            await end(connection, case, request, StillEvent.CALL_ENDED, SYSTEM, self._clock.now_ms())


async def time_out(connection: AsyncConnection, deadline: Deadline, now_ms: int) -> None:
    """What the deadline does."""
    found = await book.one(connection, deadline.object_id)
    if found is None:
        return
    case = await load(connection, found.case_id, to_change=True)
    # Once more, with the case for ourselves.
    request = await book.one(connection, deadline.object_id)
    if request is not None and request.waiting.state is StillState.ASKED:
        await end(connection, case, request, StillEvent.TIME_PASSED, SYSTEM, now_ms)
