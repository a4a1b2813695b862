"""Either side asks for video, the other accepts or refuses (S26, S34)."""

from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit
from cases.access import Officer, Person, leg_name
from cases.callbook import TicketCall, has_open_call, insert_call
from cases.calls import Calls
from cases.casework.records import Case
from cases.casework.seeing import talked_in_by
from cases.clock import Clock
from cases.conversation.errors import ConversationNotBegun
from cases.conversation.feed import Feed
from cases.conversation.notices import Notice
from cases.conversation.rules import REFUSALS, Standing, standing
from cases.database import Database
from cases.deadlines.book import Deadline, set_deadline
from cases.errors import RequestReused
from cases.videos import book
from cases.videos.book import Ending, RequestRecord
from cases.videos.errors import (
    TooManyVideoRequests,
    VideoAsked,
    VideoBusy,
    VideoCallOpen,
    VideoNotYours,
    VideoUnknown,
)
from cases.videos.feed import VideoFeed
from cases.videos.followers import VIDEO_UNANSWERED, say
from cases.videos.policy import MINUTE_MS, VideoPolicy
from cases.videos.reading import VideoReader, id_of
from cases.videos.states import TABLE as STATES
from cases.videos.states import Parties, VideoEvent, part, refusal, wait_ms
from cases.videos.views import VideoView
from cases.views.calls import CallJoined
from queueing.ticket import Ticket
from rtc.call import Devices, LegName

ASKED: Final = {
    LegName.TAXPAYER: Notice.VIDEO_ASKED_BY_TAXPAYER,
    LegName.OFFICER: Notice.VIDEO_ASKED_BY_OFFICER,
}
REFUSED: Final = {
    LegName.TAXPAYER: Notice.VIDEO_REFUSED_BY_TAXPAYER,
    LegName.OFFICER: Notice.VIDEO_REFUSED_BY_OFFICER,
}


class Videos:
    """The use cases. Every method raises RecordsUnavailable, and CaseUnknown also for a case that is not the
    person's to see; each is safe to repeat, and answers with the video as the person sees it.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        calls: Calls,
        reader: VideoReader,
        conversations: Feed,
        feed: VideoFeed,
        policy: VideoPolicy,
    ) -> None:
        self._database = database
        self._clock = clock
        self._calls = calls
        self._reader = reader
        self._conversations = conversations
        self._feed = feed
        self._policy = policy

    async def ask(self, person: Person, case_id: str, request_id: str) -> VideoView:
        """Ask for video, under the page's own id of the request. An officer who serves the case's ticket has
        to answer alone; else every officer who sees the conversation may.

        Raises ConversationNotBegun, CaseClosed, VideoAsked, VideoCallOpen, VideoNotYours (another officer
        serves the ticket), VideoBusy, TooManyVideoRequests, RequestReused, QueueUnavailable.
        """
        served = await self._served(person, case_id)
        parties = Parties(leg_name(person), id_of(person), served.officer_id if served is not None else None)
        try:
            async with self._database.writing() as connection:
                case = await talked_in_by(connection, person, case_id, to_change=True)
                known = await book.one(connection, request_id)
                if known is None:
                    await self._add(connection, person, case, request_id, parties)
                elif (known.case_id, known.parties.asker_id) != (case_id, id_of(person)):
                    raise RequestReused("another request has this id")
        except IntegrityError as error:
            raise RequestReused("another request has this id") from error
        return await self._told(person, case_id, request_id)

    async def _served(self, person: Person, case_id: str) -> Ticket | None:
        """The case's ticket, where an officer serves it."""
        async with self._database.reading() as connection:
            case = await talked_in_by(connection, person, case_id)
        return await self._calls.served_ticket(case.hall_id, case.ticket_id)

    async def _add(
        self, connection: AsyncConnection, person: Person, case: Case, request_id: str, parties: Parties
    ) -> None:
        now_ms = self._clock.now_ms()
        await self._refuse(connection, person, case, parties, now_ms)
        due_at_ms = now_ms + self._policy.request_ms
        await book.add(connection, case, request_id, parties, now_ms=now_ms, due_at_ms=due_at_ms)
        await set_deadline(connection, Deadline(VIDEO_UNANSWERED, request_id, due_at_ms))
        await say(connection, case, ASKED[parties.asked_by], request_id, now_ms)
        await _audit(connection, person, "video.ask", case.case_id, request_id, now_ms)

    async def _refuse(
        self, connection: AsyncConnection, person: Person, case: Case, parties: Parties, now_ms: int
    ) -> None:
        stands = standing(case.state)
        if stands is not Standing.OPEN:
            raise REFUSALS.get(stands, ConversationNotBegun)("no video")
        if await has_open_call(connection, case.case_id):
            raise VideoCallOpen("a call is open")
        if await book.asked(connection, case.case_id) is not None:
            raise VideoAsked("asked already")
        if isinstance(person, Officer) and parties.to_officer_id not in (None, person.officer_id):
            raise VideoNotYours("another officer serves the ticket")
        if isinstance(person, Officer):
            await _refuse_busy(connection, case.case_id, officer_id=person.officer_id)
        else:
            await _refuse_busy(connection, case.case_id, taxpayer_id=person.taxpayer_id)
        filled_since_ms = await book.nth_last_ms(connection, id_of(person), self._policy.per_minute)
        wait = wait_ms(filled_since_ms, span_ms=MINUTE_MS, now_ms=now_ms)
        if wait:
            raise TooManyVideoRequests(wait)

    async def accept(self, person: Person, case_id: str, request_id: str) -> VideoView:
        """Open the call: of the case, between its taxpayer and the officer who accepts or asked; and of the
        ticket, where that officer serves it. Of many who accept at once one gets it.

        Raises VideoUnknown, VideoNotYours, VideoTaken, VideoOver, VideoBusy, QueueUnavailable, and media
        errors where the call cannot be carried.
        """
        served = await self._served(person, case_id)
        call_id = None
        async with self._database.writing() as connection:
            case = await talked_in_by(connection, person, case_id, to_change=True)
            request = await _found(connection, case_id, request_id)
            if self._is_to_do(request, person, VideoEvent.ACCEPT):
                call_id = await self._open(connection, case, request, person, served)
        if call_id is not None:
            self._conversations.wake()
            self._feed.wake()
            await self._calls.begin(call_id)
        return await self._told(person, case_id, request_id)

    async def _open(
        self,
        connection: AsyncConnection,
        case: Case,
        request: RequestRecord,
        person: Person,
        served: Ticket | None,
    ) -> str:
        now_ms = self._clock.now_ms()
        officer_id = person.officer_id if isinstance(person, Officer) else request.parties.asker_id
        if served is not None and served.officer_id != officer_id:
            raise VideoNotYours("another officer serves the ticket")
        if await has_open_call(connection, case.case_id):
            raise VideoCallOpen("a call is open")
        await _refuse_busy(connection, case.case_id, taxpayer_id=case.taxpayer_id, officer_id=officer_id)
        ticket = TicketCall(served.ticket_id, served.call_number) if served is not None else None
        call_id = await insert_call(connection, case.case_id, ticket, officer_id=officer_id, now_ms=now_ms)
        await book.end(connection, request, Ending(VideoEvent.ACCEPT, now_ms, id_of(person), call_id))
        await _audit(connection, person, "video.accept", case.case_id, request.request_id, now_ms)
        return call_id

    async def refuse(self, person: Person, case_id: str, request_id: str) -> VideoView:
        """Of several officers who may answer, one refuses for all. Raises VideoUnknown, VideoNotYours,
        VideoOver.
        """
        return await self._end(person, case_id, request_id, VideoEvent.REFUSE, REFUSED[leg_name(person)])

    async def withdraw(self, person: Person, case_id: str, request_id: str) -> VideoView:
        """Who asked does not wait any longer. Raises VideoUnknown, VideoNotYours, VideoOver."""
        return await self._end(person, case_id, request_id, VideoEvent.WITHDRAW, Notice.VIDEO_WITHDRAWN)

    async def _end(
        self, person: Person, case_id: str, request_id: str, event: VideoEvent, notice: Notice
    ) -> VideoView:
        async with self._database.writing() as connection:
            case = await talked_in_by(connection, person, case_id, to_change=True)
            request = await _found(connection, case_id, request_id)
            if self._is_to_do(request, person, event):
                now_ms = self._clock.now_ms()
                await book.end(connection, request, Ending(event, now_ms, id_of(person)))
                await say(connection, case, notice, request_id, now_ms)
                await _audit(connection, person, f"video.{event.value}", case_id, request_id, now_ms)
        return await self._told(person, case_id, request_id)

    @staticmethod
    def _is_to_do(request: RequestRecord, person: Person, event: VideoEvent) -> bool:
        """False where the same person did it already: its answer was lost. Raises what forbids it."""
        if request.ended_by == id_of(person) and request.state in {
            after for (_, of), after in STATES.items() if of is event
        }:
            return False
        found = refusal(request.state, event, part(request.parties, leg_name(person), id_of(person)))
        if found is not None:
            raise found(event.value)
        return True

    async def _told(self, person: Person, case_id: str, request_id: str) -> VideoView:
        self._conversations.wake()
        self._feed.wake()
        return (await self._reader.facts(case_id, request_id)).view(person, self._clock.now_ms())

    async def join(self, person: Person, case_id: str, devices: Devices) -> CallJoined:
        """A page's way into the open call of the case. Raises NoOpenCall, Forbidden for officers who see the
        case and are not in the call, and media errors.
        """
        async with self._database.reading() as connection:
            await talked_in_by(connection, person, case_id)
        return await self._calls.join_case(person, case_id, devices)


async def _found(connection: AsyncConnection, case_id: str, request_id: str) -> RequestRecord:
    request = await book.one(connection, request_id)
    if request is None or request.case_id != case_id:
        raise VideoUnknown("no such request here")
    return request


async def _refuse_busy(
    connection: AsyncConnection,
    case_id: str,
    *,
    taxpayer_id: str | None = None,
    officer_id: str | None = None,
) -> None:
    if await book.is_in_another_call(connection, case_id, taxpayer_id=taxpayer_id, officer_id=officer_id):
        raise VideoBusy("in another call")


async def _audit(
    connection: AsyncConnection, person: Person, action: str, case_id: str, request_id: str, now_ms: int
) -> None:
    detail = {"request_id": request_id}
    await audit.append(connection, audit.actor(person), action, "case", case_id, detail, now_ms)
