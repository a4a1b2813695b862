"""The video of a conversation, as each of those sees it who may see the conversation."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.access import CASEWORK_ROLES, CONSULT_ROLES, Officer, Person, Taxpayer, leg_name
from cases.callbook import CallRecord
from cases.calls import Calls
from cases.casework.records import Case, load
from cases.casework.seeing import talked_in_by
from cases.clock import Clock
from cases.conversation.rules import Standing, standing
from cases.database import Database
from cases.officer_names import name_of
from cases.videos import book
from cases.videos.book import RequestRecord
from cases.videos.policy import VideoPolicy
from cases.videos.states import Around, Part, VideoState, allowed, part
from cases.videos.tables import video_requests
from cases.videos.views import VideoList, VideoRequest, VideoView
from cases.views.calls import CallView
from cases.views.names import OfficerName
from rtc.call import LegName


def id_of(person: Person) -> str:
    return person.taxpayer_id if isinstance(person, Taxpayer) else person.officer_id


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """Everything that somebody may be shown of the video of a case. ``is_asked``: a request waits for its
    answer; ``officer``: see ``VideoRequest``.
    """

    case: Case
    taxpayer_name: str
    request: RequestRecord | None
    is_asked: bool
    officer: OfficerName | None
    call: tuple[CallRecord, CallView] | None

    def view(self, person: Person, now_ms: int) -> VideoView:
        """For somebody who may see the conversation."""
        request, side = self.request, leg_name(person)
        who = part(request.parties, side, id_of(person)) if request is not None else Part.BYSTANDER
        in_call = self.call is not None and (
            side is LegName.TAXPAYER or self.call[0].officer_id == id_of(person)
        )
        around = Around(
            may_talk=standing(self.case.state) is Standing.OPEN,
            is_asked=self.is_asked,
            call_is_open=self.call is not None,
            in_call=in_call,
        )
        return VideoView(
            at_ms=now_ms,
            case_id=self.case.case_id,
            case_number=self.case.number,
            taxpayer_name=self.taxpayer_name,
            request=self._request(),
            call=self.call[1] if self.call is not None else None,
            actions=allowed(around, request.state if request is not None else None, who),
        )

    def _request(self) -> VideoRequest | None:
        if self.request is None:
            return None
        return VideoRequest(
            self.request.request_id,
            self.request.version,
            self.request.state,
            self.request.parties.asked_by,
            self.officer,
            self.request.asked_at_ms,
            self.request.due_at_ms,
            self.request.ended_at_ms,
            self.request.call_id,
        )


class VideoReader:
    """Reads. Every method raises RecordsUnavailable."""

    def __init__(self, database: Database, clock: Clock, calls: Calls, policy: VideoPolicy) -> None:
        self._database = database
        self._clock = clock
        self._calls = calls
        self._policy = policy

    async def of_case(self, person: Person, case_id: str) -> VideoView:
        """The latest request and the open call. Raises CaseUnknown, also for a case that is not the person's
        to see.
        """
        async with self._database.reading() as connection:
            await talked_in_by(connection, person, case_id)
        return (await self.facts(case_id)).view(person, self._clock.now_ms())

    async def facts(self, case_id: str, request_id: str | None = None) -> VideoFacts:
        """With that request, else the latest one. Raises CaseUnknown."""
        # The call first: one that ended meanwhile has its request after that.
        call = await self._calls.of_case(case_id)
        async with self._database.reading() as connection:
            case = await load(connection, case_id)
            latest = await book.latest(connection, case_id)
            request = await book.one(connection, request_id) if request_id is not None else latest
            return await self._facts(connection, case, request, latest, call)

    async def _facts(
        self,
        connection: AsyncConnection,
        case: Case,
        request: RequestRecord | None,
        latest: RequestRecord | None,
        call: tuple[CallRecord, CallView] | None,
    ) -> VideoFacts:
        taxpayers = schema.taxpayers.c
        name = await connection.scalar(
            select(taxpayers.name).where(taxpayers.taxpayer_id == case.taxpayer_id)
        )
        officer_id = await _officer_id(connection, request)
        return VideoFacts(
            case,
            name or "",
            request,
            latest is not None and latest.state is VideoState.ASKED,
            await name_of(connection, officer_id),
            call,
        )

    async def open_of(self, person: Person) -> VideoList:
        """Open requests that the person asked or may answer, and open calls of theirs, for a page that was
        loaded just now.
        """
        limit = self._policy.listed_max
        calls = await self._calls.of_person(person, limit=limit)
        async with self._database.reading() as connection:
            waiting = await book.waiting(connection, *_seen_by(person), limit=limit)
        case_ids = dict.fromkeys(
            [one.case_id for one in waiting if _concerns(one, person)]
            + [record.case.case_id for record, _ in calls]
        )
        now_ms = self._clock.now_ms()
        views = [(await self.facts(case_id)).view(person, now_ms) for case_id in list(case_ids)[:limit]]
        return VideoList(now_ms, tuple(views))


def _concerns(request: RequestRecord, person: Person) -> bool:
    return part(request.parties, leg_name(person), id_of(person)) is not Part.BYSTANDER


def _seen_by(person: Person) -> Sequence[ColumnElement[bool]]:
    """The requests of cases that ``cases.access.whose_case`` lets the person see."""
    table = video_requests.c
    if not isinstance(person, Officer):
        return (table.taxpayer_id == person.taxpayer_id,)
    conditions: list[ColumnElement[bool]] = [
        table.hall_id == person.hall_id,
        table.to_officer_id.is_(None) | (table.to_officer_id == person.officer_id),
    ]
    if not person.roles & CASEWORK_ROLES:
        conditions.append(table.is_consult)
    if not person.roles & CONSULT_ROLES:
        conditions.append(~table.is_consult)
    return conditions


async def _officer_id(connection: AsyncConnection, request: RequestRecord | None) -> str | None:
    """Who asked, answered or has to answer for the office."""
    if request is None:
        return None
    if request.parties.asked_by is LegName.OFFICER:
        return request.parties.asker_id
    if request.call_id is not None:
        calls = schema.calls.c
        return await connection.scalar(select(calls.officer_id).where(calls.call_id == request.call_id))
    if request.state is VideoState.REFUSED:
        return request.ended_by
    return request.parties.to_officer_id
