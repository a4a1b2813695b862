"""Admins set up officers (S38)."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from api.answers import Answer, Handler
from api.bodies import Body, PageQuery
from api.endpoints import Audience, Endpoint
from api.requests import Asked
from api.routes.signing import SocketDoor
from cases.identifiers import Identifier, Written
from cases.people.administration import Changed, OfficerAdministration, Post
from cases.people.views import OfficerAccount, OfficerAccounts, OneTimePassword
from cases.views.desks import OfficerRole

StaffNumber = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$")]
PersonName = Annotated[Written, Field(min_length=1, max_length=80)]
Roles = Annotated[tuple[OfficerRole, ...], Field(min_length=1, max_length=len(OfficerRole))]


class OfficersQuery(PageQuery):
    hall_id: Identifier | None = None
    cursor: Annotated[str, Field(pattern=r"^s\.[0-9A-Za-z._-]{1,40}$")] | None = None


class NewOfficerBody(Body):
    staff_number: StaffNumber
    officer_name: PersonName
    hall_id: Identifier
    roles: Roles

    def post(self) -> Post:
        return Post(self.officer_name, self.hall_id, self.roles)


class OfficerPost(Body):
    """What an officer is from now on, over the version that the page has."""

    officer_name: PersonName
    hall_id: Identifier
    roles: Roles
    version: Annotated[int, Field(ge=0, le=2**31 - 1)]

    def post(self) -> Post:
        return Post(self.officer_name, self.hall_id, self.roles)


class OfficerDisabled(Body):
    disabled: bool


_OFFICERS = "/api/v1/admin/officers"
_OFFICER = f"{_OFFICERS}/{{officer_id}}"

LIST_OFFICERS = Endpoint(
    "listOfficers",
    "GET",
    _OFFICERS,
    "The officers by staff number, of all halls or one (S38)",
    Audience.ADMIN,
    OfficerAccounts,
    query=OfficersQuery,
)
CREATE_OFFICER = Endpoint(
    "createOfficer",
    "POST",
    _OFFICERS,
    "A new officer with a one-time password, which is shown this once (S38)",
    Audience.ADMIN,
    OneTimePassword,
    body=NewOfficerBody,
    status=201,
    makes=True,
)
SEE_OFFICER_ACCOUNT = Endpoint(
    "seeOfficerAccount", "GET", _OFFICER, "One officer (S38)", Audience.ADMIN, OfficerAccount
)
CHANGE_OFFICER = Endpoint(
    "changeOfficer",
    "PUT",
    _OFFICER,
    "Another name, hall or roles; other roles and another hall end the officer's sessions (S38)",
    Audience.ADMIN,
    OfficerAccount,
    body=OfficerPost,
)
DISABLE_OFFICER = Endpoint(
    "disableOfficer",
    "PUT",
    f"{_OFFICER}/disabled",
    "Keep an officer out at once, or let them in again (S38)",
    Audience.ADMIN,
    OfficerAccount,
    body=OfficerDisabled,
)
RESET_PASSWORD = Endpoint(
    "resetPassword",
    "POST",
    f"{_OFFICER}/password",
    "A one-time password, which is shown this once; the officer's sessions end (S38)",
    Audience.ADMIN,
    OneTimePassword,
    status=201,
    makes=True,
)
RESET_SECOND_FACTOR = Endpoint(
    "resetSecondFactor",
    "DELETE",
    f"{_OFFICER}/second-factor",
    "Take a lost second factor away; the officer's sessions end (S38)",
    Audience.ADMIN,
    OfficerAccount,
)
END_OFFICER_SESSIONS = Endpoint(
    "endOfficerSessions",
    "DELETE",
    f"{_OFFICER}/sessions",
    "Sign an officer out everywhere; they may sign in again (S38)",
    Audience.ADMIN,
    OfficerAccount,
)

ENDPOINTS = (
    LIST_OFFICERS,
    CREATE_OFFICER,
    SEE_OFFICER_ACCOUNT,
    CHANGE_OFFICER,
    DISABLE_OFFICER,
    RESET_PASSWORD,
    RESET_SECOND_FACTOR,
    END_OFFICER_SESSIONS,
)


class OfficerRoutes:
    def __init__(self, administration: OfficerAdministration, sockets: SocketDoor) -> None:
        self._administration = administration
        self._sockets = sockets

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            LIST_OFFICERS: self._list,
            CREATE_OFFICER: self._create,
            SEE_OFFICER_ACCOUNT: self._see,
            CHANGE_OFFICER: self._change,
            DISABLE_OFFICER: self._disable,
            RESET_PASSWORD: self._reset_password,
            RESET_SECOND_FACTOR: self._reset_second_factor,
            END_OFFICER_SESSIONS: self._end_sessions,
        }

    async def _list(self, asked: Asked) -> Answer:
        query = asked.query_as(OfficersQuery)
        return Answer(
            await self._administration.page(hall_id=query.hall_id, cursor=query.cursor, limit=query.limit)
        )

    async def _create(self, asked: Asked) -> Answer:
        body = asked.body_as(NewOfficerBody)
        return Answer(
            await self._administration.create(asked.actor, asked.request, body.staff_number, body.post())
        )

    async def _see(self, asked: Asked) -> Answer:
        return Answer(await self._administration.one(asked.path["officer_id"]))

    async def _change(self, asked: Asked) -> Answer:
        body = asked.body_as(OfficerPost)
        return await self._changed(
            await self._administration.change(
                asked.actor, asked.path["officer_id"], body.post(), version=body.version
            )
        )

    async def _disable(self, asked: Asked) -> Answer:
        disabled = asked.body_as(OfficerDisabled).disabled
        return await self._changed(
            await self._administration.set_disabled(asked.actor, asked.path["officer_id"], disabled)
        )

    async def _reset_password(self, asked: Asked) -> Answer:
        given, ended = await self._administration.reset_password(
            asked.actor, asked.request, asked.path["officer_id"]
        )
        await self._close(ended)
        return Answer(given)

    async def _reset_second_factor(self, asked: Asked) -> Answer:
        return await self._changed(
            await self._administration.reset_second_factor(asked.actor, asked.path["officer_id"])
        )

    async def _end_sessions(self, asked: Asked) -> Answer:
        return await self._changed(
            await self._administration.end_sessions(asked.actor, asked.path["officer_id"])
        )

    async def _changed(self, changed: Changed) -> Answer:
        await self._close(changed.ended)
        return Answer(changed.officer)

    async def _close(self, session_ids: Sequence[str]) -> None:
        for session_id in session_ids:
            await self._sockets.end_session(session_id)
