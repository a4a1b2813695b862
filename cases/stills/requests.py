"""The officer in a call asks for a still picture, the taxpayer consents or refuses (S35)."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit
from cases.access import Officer, Person, Taxpayer, Whose, leg_name, leg_of, whose_case
from cases.callbook import CallRecord, open_call
from cases.casework.records import Case
from cases.casework.seeing import talked_in_by
from cases.clock import Clock
from cases.conversation.feed import Feed
from cases.conversation.notices import Notice
from cases.conversation.rules import REFUSALS, Standing, standing
from cases.database import Database
from cases.deadlines.book import Deadline, set_deadline
from cases.errors import CaseUnknown, Forbidden, NoOpenCall, RequestReused
from cases.officer_names import names_of
from cases.stages.states import Mode
from cases.stills import book
from cases.stills.book import NewStill, StillRecord
from cases.stills.errors import StillAsked, StillOver, StillsFull, StillUnknown
from cases.stills.feed import StillFeed
from cases.stills.followers import STILL_UNANSWERED, end, tell, write_down
from cases.stills.policy import StillPolicy
from cases.stills.states import TABLE, StillEvent, StillState, StillSubject, allowed, refusal, state_at
from cases.stills.views import StillRequest, StillView


class Stills:
    """The use cases. Every method raises RecordsUnavailable, and CaseUnknown also for a case that is not the
    person's to see; each is safe to repeat, and answers with the still picture as the person sees it.
    """

    def __init__(
        self, database: Database, clock: Clock, conversations: Feed, feed: StillFeed, policy: StillPolicy
    ) -> None:
        self._database = database
        self._clock = clock
        self._conversations = conversations
        self._feed = feed
        self._policy = policy

    async def of_case(self, person: Person, case_id: str) -> StillView:
        """The latest request of the case."""
        async with self._database.reading() as connection:
            case = await talked_in_by(connection, person, case_id)
            return await self._view(connection, person, case, await book.latest(connection, case_id))

    async def of_request(self, person: Person, request: StillRecord) -> StillView | None:
        """That request as its taxpayer or officer sees it; none for who does not see the case any more."""
        async with self._database.reading() as connection:
            try:
                case = await talked_in_by(connection, person, request.case_id)
            except CaseUnknown:
                return None
            return await self._view(connection, person, case, request)

    async def ask(self, officer: Officer, case_id: str, request_id: str, subject: StillSubject) -> StillView:
        """Ask for a picture in the open call of the case, under the page's own id of the request.

        Raises Forbidden for officers who are not in the call, NoOpenCall, CaseClosed, StillAsked, StillsFull,
        RequestReused.
        """
        try:
            async with self._database.writing() as connection:
                case = await talked_in_by(connection, officer, case_id, to_change=True)
                known = await book.one(connection, request_id)
                if known is None:
                    await self._add(connection, officer, case, request_id, subject)
                elif known.case_id != case_id:
                    raise RequestReused("another request has this id")
                else:
                    leg_of(officer, _whose(case), known.officer_id)
        except IntegrityError as error:
            raise RequestReused("another request has this id") from error
        return await self._told(officer, case_id)

    async def _add(
        self,
        connection: AsyncConnection,
        officer: Officer,
        case: Case,
        request_id: str,
        subject: StillSubject,
    ) -> None:
        now_ms = self._clock.now_ms()
        call = await _call_of(connection, officer, case)
        await self._refuse(connection, call, case, now_ms)
        due_at_ms = now_ms + self._policy.request_ms
        new = NewStill(request_id, call.call_id, officer.officer_id, subject)
        await book.add(connection, case, new, now_ms=now_ms, due_at_ms=due_at_ms)
        await set_deadline(connection, Deadline(STILL_UNANSWERED, request_id, due_at_ms))
        await tell(connection, case, Notice.STILL_ASKED, request_id, subject, now_ms)
        await write_down(connection, audit.actor(officer), "ask", case.case_id, (request_id, subject), now_ms)

    async def _refuse(self, connection: AsyncConnection, call: CallRecord, case: Case, now_ms: int) -> None:
        _refuse_unless_open(case)
        waits = await book.asked(connection, call.call_id)
        if waits is not None:
            if state_at(waits.waiting, now_ms) is StillState.ASKED:
                raise StillAsked("asked already")
            # The deadline is late to write it down.
            await end(connection, case, waits, StillEvent.TIME_PASSED, audit.SYSTEM, now_ms)
        if await book.count(connection, call.call_id) >= self._policy.per_call:
            raise StillsFull("as many as are asked for in one call")

    async def consent(self, taxpayer: Taxpayer, case_id: str, request_id: str) -> StillView:
        """The taxpayer lets their page take the picture and send it into the conversation, under the id of
        the request. Raises StillUnknown, StillOver, CaseClosed.
        """
        return await self._end(taxpayer, case_id, request_id, StillEvent.CONSENT)

    async def refuse(self, taxpayer: Taxpayer, case_id: str, request_id: str) -> StillView:
        """No picture is taken. Raises StillUnknown, StillOver."""
        return await self._end(taxpayer, case_id, request_id, StillEvent.REFUSE)

    async def withdraw(self, officer: Officer, case_id: str, request_id: str) -> StillView:
        """Who asked does not need it any more. Raises StillUnknown, StillOver, and Forbidden for others."""
        return await self._end(officer, case_id, request_id, StillEvent.WITHDRAW)

    async def _end(self, person: Person, case_id: str, request_id: str, event: StillEvent) -> StillView:
        async with self._database.writing() as connection:
            case = await talked_in_by(connection, person, case_id, to_change=True)
            request = await book.one(connection, request_id)
            if request is None or request.case_id != case_id:
                raise StillUnknown("no such request here")
            leg_of(person, _whose(case), request.officer_id)
            # Somebody whose answer was lost did it already.
            if request.waiting.state is not TABLE[StillState.ASKED, event]:
                now_ms = self._clock.now_ms()
                found = refusal(request.waiting, event, now_ms)
                if found is not None:
                    raise found(event.value)
                if event is StillEvent.CONSENT:
                    _refuse_unless_open(case)
                await end(connection, case, request, event, audit.actor(person), now_ms)
        return await self._told(person, case_id)

    async def _told(self, person: Person, case_id: str) -> StillView:
        self._conversations.wake()
        self._feed.wake()
        return await self.of_case(person, case_id)

    async def _view(
        self, connection: AsyncConnection, person: Person, case: Case, request: StillRecord | None
    ) -> StillView:
        now_ms = self._clock.now_ms()
        try:
            call = await _call_of(connection, person, case)
        except (NoOpenCall, Forbidden):
            call = None
        is_open = call is not None and standing(case.state) is Standing.OPEN
        of_call = request is not None and call is not None and request.call_id == call.call_id
        waiting = request.waiting if request is not None and of_call else None
        return StillView(
            now_ms,
            case.case_id,
            await _shown(connection, request, now_ms) if request is not None else None,
            allowed(waiting, leg_name(person), in_open_call=is_open, now_ms=now_ms),
        )


async def _call_of(connection: AsyncConnection, person: Person, case: Case) -> CallRecord:
    """The open call of the case. Raises NoOpenCall, Forbidden for officers who are not in it."""
    call = await open_call(connection, case.case_id)
    if call is None:
        raise NoOpenCall("no call is open")
    leg_of(person, _whose(case), call.officer_id)
    return call


def _whose(case: Case) -> Whose:
    return whose_case(case.taxpayer_id, case.hall_id, is_consult=case.state.mode is Mode.CONSULT)


def _refuse_unless_open(case: Case) -> None:
    stands = standing(case.state)
    if stands is not Standing.OPEN:
        raise REFUSALS.get(stands, StillOver)("no picture")


async def _shown(connection: AsyncConnection, request: StillRecord, now_ms: int) -> StillRequest:
    names = await names_of(connection, [request.officer_id])
    return StillRequest(
        request.request_id,
        request.call_id,
        request.version,
        state_at(request.waiting, now_ms),
        request.subject,
        names[request.officer_id],
        request.asked_at_ms,
        request.waiting.due_at_ms,
        request.ended_at_ms,
    )
