"""What happens around video requests, in the transactions of what makes it happen: the case moves or closes,
a call opens or ends, time passes.
"""

from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit, schema
from cases.audit import SYSTEM
from cases.casework.records import Case, Change, case_of, load
from cases.clock import Clock
from cases.conversation import book as conversation
from cases.conversation.book import NewMessage
from cases.conversation.notices import Notice
from cases.conversation.views import MessageKind, Sender
from cases.deadlines.book import Deadline
from cases.videos import book
from cases.videos.book import Ending
from cases.videos.states import VideoEvent, VideoState
from cases.videos.tables import video_requests

VIDEO_UNANSWERED: Final = "video_unanswered"
"""The kind of the deadline: nobody answered a request. It is never taken away, so that who answers does not
have to wait for it: it does nothing where somebody was faster.
"""


async def say(
    connection: AsyncConnection, case: Case, notice: Notice, about: str, now_ms: int, **params: Any
) -> None:
    """A system message of the conversation; ``about``: the id of the request or the call."""
    new = NewMessage(
        f"{notice.value}-{about}"[:64], Sender.SYSTEM, MessageKind.SYSTEM, notice=notice, params=params
    )
    await conversation.append(connection, case, new, now_ms)


class VideoRules:
    """Each method works inside the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        # What pages are told is found by when it was changed; the queue's journal may be read much later.
        self._clock = clock

    async def case_changed(self, connection: AsyncConnection, change: Change) -> None:
        """A follower of ``Transitions``: the case moved to another hall, or closed."""
        case = change.after
        if change.before.hall_id != case.hall_id:
            await connection.execute(
                update(video_requests)
                .where(
                    video_requests.c.case_id == case.case_id,
                    video_requests.c.state == VideoState.ASKED.value,
                )
                .values(hall_id=case.hall_id)
            )
        if case.state.closed is not None and change.before.state.closed is None:
            await self._case_closed(connection, case)

    async def consult_closed(self, connection: AsyncConnection, ticket_id: str, _at_ms: int) -> None:
        """The same of a consult, which closes with its ticket."""
        cases = schema.cases
        row = (await connection.execute(select(cases).where(cases.c.ticket_id == ticket_id))).one()
        await self._case_closed(connection, case_of(row))

    async def _case_closed(self, connection: AsyncConnection, case: Case) -> None:
        now_ms = self._clock.now_ms()
        request = await book.latest(connection, case.case_id)
        if request is None:
            return
        if request.state is VideoState.ASKED:
            await book.end(connection, request, Ending(VideoEvent.CASE_CLOSED, now_ms))
        elif request.call_id is not None:
            # Whoever tells pages of it ends the call as well.
            await book.change(connection, request, now_ms)

    async def call_opened(self, connection: AsyncConnection, case: Case, call_id: str) -> None:
        """The call of the case's ticket: who waits for an answer has one."""
        now_ms = self._clock.now_ms()
        request = await book.asked(connection, case.case_id)
        if request is not None:
            await book.end(connection, request, Ending(VideoEvent.CALL_OPENED, now_ms, call_id=call_id))

    async def call_ended(
        self, connection: AsyncConnection, case: Case, call_id: str, length_ms: int | None
    ) -> None:
        """A call of the case ended; ``length_ms``: none where the two were never connected."""
        now_ms = self._clock.now_ms()
        request = await book.of_call(connection, call_id)
        if request is not None:
            await book.change(connection, request, now_ms)
        # A consult in which nobody said anything has no conversation, and needs none for its ticket's call.
        begun = request is not None or (await conversation.state(connection, case.case_id)).version > 0
        if length_ms is not None and begun:
            await say(connection, case, Notice.VIDEO_ENDED, call_id, now_ms, length_ms=length_ms)
        elif length_ms is None and request is not None:
            await say(connection, case, Notice.VIDEO_MISSED, call_id, now_ms)


async def time_out(connection: AsyncConnection, deadline: Deadline, now_ms: int) -> None:
    """What the deadline does."""
    found = await book.one(connection, deadline.object_id)
    if found is None:
        return
    case = await load(connection, found.case_id, to_change=True)
    # Once more, with the case for ourselves.
    request = await book.one(connection, deadline.object_id)
    if request is None or request.state is not VideoState.ASKED:
        return
    await book.end(connection, request, Ending(VideoEvent.TIME_PASSED, now_ms))
    await say(connection, case, Notice.VIDEO_UNANSWERED, request.request_id, now_ms)
    detail = {"request_id": request.request_id}
    await audit.append(connection, SYSTEM, "video.time_out", "case", case.case_id, detail, now_ms)
