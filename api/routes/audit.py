"""Admins read the audit trail, and supervisors that of their hall (S38)."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from api.answers import Answer, Handler
from api.bodies import PageQuery
from api.endpoints import Audience, Endpoint
from api.requests import Asked
from cases.identifiers import Identifier, Written
from cases.trail.book import TrailBook, Wanted
from cases.trail.views import TrailPage

Kind = Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
Action = Annotated[str, Field(pattern=r"^[a-z_]{1,32}\.[a-z_]{1,31}$")]
CaseNumber = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
StaffNumber = Annotated[Written, Field(min_length=1, max_length=40)]
Moment = Annotated[int, Field(ge=0, le=2**53)]


class TrailQuery(PageQuery):
    object_kind: Kind | None = None
    object_id: Identifier | None = None
    actor_id: Identifier | None = None
    action: Action | None = None
    from_ms: Moment | None = None
    to_ms: Moment | None = None
    case_number: CaseNumber | None = None
    staff_number: StaffNumber | None = None

    def wanted(self) -> Wanted:
        return Wanted(
            self.object_kind,
            self.object_id,
            self.actor_id,
            self.action,
            self.from_ms,
            self.to_ms,
            self.case_number,
            self.staff_number,
        )


SEE_TRAIL = Endpoint(
    "seeTrail",
    "GET",
    "/api/v1/officer/audit",
    "Who did what to which object, the latest first; `from_ms` is within, `to_ms` is not (S38). Supervisors "
    "see what concerns their hall, some weeks at once",
    Audience.SUPERVISOR,
    TrailPage,
    query=TrailQuery,
)

ENDPOINTS = (SEE_TRAIL,)


class AuditRoutes:
    def __init__(self, book: TrailBook) -> None:
        self._book = book

    def table(self) -> Mapping[Endpoint, Handler]:
        return {SEE_TRAIL: self._see}

    async def _see(self, asked: Asked) -> Answer:
        query = asked.query_as(TrailQuery)
        return Answer(
            await self._book.page_for(asked.officer, query.wanted(), cursor=query.cursor, limit=query.limit)
        )
