"""What each endpoint does: one use case."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from api import endpoints
from api.bodies import CasesQuery, ConsultRequest, FacePassed, OfficerLogin, TaxpayerIdentity
from api.endpoints import Audience, Endpoint, SignedOut
from api.requests import Asked
from cases.accounts import Accounts
from cases.counter import Counter
from cases.desk import Desk
from cases.sealing import token_digest
from cases.sessions import SessionKind, Sessions


class SocketDoor(Protocol):
    """The sockets, as far as signing out concerns them."""

    async def end_session(self, session_id: str) -> None:
        """Tell the session's pages and close their sockets."""


@dataclass(frozen=True, slots=True)
class Cookie:
    """A session cookie to be set, or with no token to be taken back."""

    audience: Audience
    token: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    result: object
    cookie: Cookie | None = None


Handler = Callable[[Asked], Awaitable[Answer]]


class Handlers:
    """The endpoints' handlers over the use cases."""

    def __init__(
        self, accounts: Accounts, sessions: Sessions, counter: Counter, desk: Desk, sockets: SocketDoor
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._counter = counter
        self._desk = desk
        self._sockets = sockets

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            endpoints.CHECK_IDENTITY: self._check_identity,
            endpoints.SIGN_IN_TAXPAYER: self._sign_in_taxpayer,
            endpoints.SEE_TAXPAYER: self._see_taxpayer,
            endpoints.SIGN_OUT_TAXPAYER: self._sign_out_taxpayer,
            endpoints.SEE_HOME: self._see_home,
            endpoints.LIST_CONSULT_LINES: self._list_lines,
            endpoints.TAKE_CONSULT_TICKET: self._take_consult_ticket,
            endpoints.LIST_CASES: self._list_cases,
            endpoints.SEE_CASE: self._see_case,
            endpoints.SIGN_IN_OFFICER: self._sign_in_officer,
            endpoints.SEE_OFFICER: self._see_officer,
            endpoints.SIGN_OUT_OFFICER: self._sign_out_officer,
        }

    async def _check_identity(self, asked: Asked) -> Answer:
        body = asked.body_as(TaxpayerIdentity)
        return Answer(
            await self._accounts.check_identity(
                body.certificate_type, body.certificate_number, body.name, address=asked.address
            )
        )

    async def _sign_in_taxpayer(self, asked: Asked) -> Answer:
        body = asked.body_as(FacePassed)
        signed_in = await self._accounts.sign_in_taxpayer(body.challenge, body.method)
        await self._end_earlier(asked, SessionKind.TAXPAYER)
        return Answer(signed_in.view, Cookie(Audience.TAXPAYER, signed_in.token))

    async def _see_taxpayer(self, asked: Asked) -> Answer:
        return Answer(await self._accounts.taxpayer_view(asked.taxpayer))

    async def _sign_out_taxpayer(self, asked: Asked) -> Answer:
        await self._end(asked.taxpayer.session_id)
        return Answer(SignedOut(), Cookie(Audience.TAXPAYER, None))

    async def _see_home(self, asked: Asked) -> Answer:
        return Answer(await self._counter.home(asked.taxpayer))

    async def _list_lines(self, _asked: Asked) -> Answer:
        return Answer(await self._counter.lines())

    async def _take_consult_ticket(self, asked: Asked) -> Answer:
        body = asked.body_as(ConsultRequest)
        return Answer(
            await self._counter.take_consult(asked.taxpayer, body.ticket_id, body.line_id, body.question)
        )

    async def _list_cases(self, asked: Asked) -> Answer:
        query = asked.query_as(CasesQuery)
        return Answer(
            await self._counter.cases(
                asked.taxpayer, is_open=query.state == "open", cursor=query.cursor, limit=query.limit
            )
        )

    async def _see_case(self, asked: Asked) -> Answer:
        return Answer(await self._counter.case(asked.taxpayer, asked.path["case_id"]))

    async def _sign_in_officer(self, asked: Asked) -> Answer:
        body = asked.body_as(OfficerLogin)
        signed_in = await self._accounts.sign_in_officer(
            body.staff_number, body.password, address=asked.address
        )
        await self._end_earlier(asked, SessionKind.OFFICER)
        return Answer(await self._desk.officer(signed_in.view), Cookie(Audience.OFFICER, signed_in.token))

    async def _see_officer(self, asked: Asked) -> Answer:
        return Answer(await self._desk.officer(asked.officer))

    async def _sign_out_officer(self, asked: Asked) -> Answer:
        await self._end(asked.officer.session_id)
        return Answer(SignedOut(), Cookie(Audience.OFFICER, None))

    async def _end_earlier(self, asked: Asked, kind: SessionKind) -> None:
        """Whoever was signed in in this browser is no more: their open pages must not go on beside."""
        token = asked.tokens.get(kind)
        if token is not None:
            await self._end(token_digest(token))

    async def _end(self, session_id: str) -> None:
        await self._sessions.end(session_id)
        await self._sockets.end_session(session_id)
