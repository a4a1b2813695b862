"""A person's own account: sessions of both sides (S1, S31), an officer's password and second factor (S31)."""

from collections.abc import Mapping, Sequence

from api.answers import Answer, Handler
from api.bodies import Body
from api.endpoints import Audience, Endpoint
from api.requests import Asked
from api.routes.signing import Code, NewPassword, Password, SocketDoor
from cases.people.own_account import OwnAccount, OwnSessions
from cases.people.views import EnrolmentView, RecoveryCodes, SecurityView, SessionsView


class PasswordChange(Body):
    password: Password
    new_password: NewPassword


class PasswordShown(Body):
    """Shown again before something is changed that a stolen session must not change."""

    password: Password


class CodeShown(Body):
    code: Code


class BothShown(Body):
    password: Password
    code: Code


def _sessions_of(side: str, audience: Audience) -> tuple[Endpoint, Endpoint, Endpoint]:
    path, name = f"/api/v1/{side}/sessions", side.capitalize()
    return (
        Endpoint(f"list{name}Sessions", "GET", path, "One's own open sessions", audience, SessionsView),
        Endpoint(
            f"end{name}Session",
            "DELETE",
            f"{path}/{{session_id}}",
            "End one of one's own sessions; its sockets are closed",
            audience,
            SessionsView,
        ),
        Endpoint(
            f"endOther{name}Sessions",
            "DELETE",
            path,
            "End all of one's own sessions but this one",
            audience,
            SessionsView,
        ),
    )


OF_TAXPAYERS = _sessions_of("taxpayer", Audience.TAXPAYER)
OF_OFFICERS = _sessions_of("officer", Audience.OFFICER)

SEE_SECURITY = Endpoint(
    "seeSecurity",
    "GET",
    "/api/v1/officer/security",
    "How the officer's account is protected (S31)",
    Audience.OFFICER,
    SecurityView,
)
CHANGE_PASSWORD = Endpoint(
    "changePassword",
    "POST",
    "/api/v1/officer/password",
    "Another password; the officer's other sessions end (S31)",
    Audience.OFFICER,
    SecurityView,
    body=PasswordChange,
)
BEGIN_SECOND_FACTOR = Endpoint(
    "beginSecondFactor",
    "POST",
    "/api/v1/officer/second-factor",
    "A secret for an authenticator app, as a QR code too (S31, RFC 6238)",
    Audience.OFFICER,
    EnrolmentView,
    body=PasswordShown,
)
CONFIRM_SECOND_FACTOR = Endpoint(
    "confirmSecondFactor",
    "POST",
    "/api/v1/officer/second-factor/code",
    "Show a code of the new secret: it counts from now on (S31)",
    Audience.OFFICER,
    RecoveryCodes,
    body=CodeShown,
)
REMOVE_SECOND_FACTOR = Endpoint(
    "removeSecondFactor",
    "POST",
    "/api/v1/officer/second-factor/removal",
    "Do without a second factor, where the product allows it (S31)",
    Audience.OFFICER,
    SecurityView,
    body=BothShown,
)
RENEW_RECOVERY_CODES = Endpoint(
    "renewRecoveryCodes",
    "POST",
    "/api/v1/officer/recovery-codes",
    "New recovery codes in the place of the old ones (S31)",
    Audience.OFFICER,
    RecoveryCodes,
    body=CodeShown,
)

ENDPOINTS = (
    *OF_TAXPAYERS,
    *OF_OFFICERS,
    SEE_SECURITY,
    CHANGE_PASSWORD,
    BEGIN_SECOND_FACTOR,
    CONFIRM_SECOND_FACTOR,
    REMOVE_SECOND_FACTOR,
    RENEW_RECOVERY_CODES,
)


class OwnAccountRoutes:
    def __init__(self, sessions: OwnSessions, account: OwnAccount, sockets: SocketDoor) -> None:
        self._sessions = sessions
        self._account = account
        self._sockets = sockets

    def table(self) -> Mapping[Endpoint, Handler]:
        handlers = (self._list_sessions, self._end_session, self._end_others)
        return {
            **dict(zip(OF_TAXPAYERS, handlers, strict=True)),
            **dict(zip(OF_OFFICERS, handlers, strict=True)),
            SEE_SECURITY: self._see_security,
            CHANGE_PASSWORD: self._change_password,
            BEGIN_SECOND_FACTOR: self._begin_second_factor,
            CONFIRM_SECOND_FACTOR: self._confirm_second_factor,
            REMOVE_SECOND_FACTOR: self._remove_second_factor,
            RENEW_RECOVERY_CODES: self._renew_recovery_codes,
        }

    async def _list_sessions(self, asked: Asked) -> Answer:
        return Answer(await self._sessions.all(asked.signed_in))

    async def _end_session(self, asked: Asked) -> Answer:
        session_id = asked.path["session_id"]
        await self._sessions.end(asked.signed_in, asked.actor, session_id)
        await self._close([session_id])
        return await self._list_sessions(asked)

    async def _end_others(self, asked: Asked) -> Answer:
        await self._close(await self._sessions.end_others(asked.signed_in, asked.actor))
        return await self._list_sessions(asked)

    async def _see_security(self, asked: Asked) -> Answer:
        return Answer(await self._account.security(asked.officer))

    async def _change_password(self, asked: Asked) -> Answer:
        body = asked.body_as(PasswordChange)
        ended = await self._account.change_password(
            asked.officer, asked.actor, body.password, body.new_password, address=asked.address
        )
        await self._close(ended)
        return await self._see_security(asked)

    async def _begin_second_factor(self, asked: Asked) -> Answer:
        password = asked.body_as(PasswordShown).password
        return Answer(await self._account.begin_second_factor(asked.officer, password, address=asked.address))

    async def _confirm_second_factor(self, asked: Asked) -> Answer:
        code = asked.body_as(CodeShown).code
        return Answer(await self._account.confirm_second_factor(asked.officer, asked.actor, code))

    async def _remove_second_factor(self, asked: Asked) -> Answer:
        body = asked.body_as(BothShown)
        await self._account.remove_second_factor(
            asked.officer, asked.actor, body.password, body.code, address=asked.address
        )
        return await self._see_security(asked)

    async def _renew_recovery_codes(self, asked: Asked) -> Answer:
        code = asked.body_as(CodeShown).code
        return Answer(
            await self._account.renew_recovery_codes(asked.officer, asked.actor, code, address=asked.address)
        )

    async def _close(self, session_ids: Sequence[str]) -> None:
        for session_id in session_ids:
            await self._sockets.end_session(session_id)
