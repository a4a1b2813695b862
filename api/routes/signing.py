"""Signing in and out (S1, S31)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from pydantic import Field

from api.answers import Answer, Cookie, Handler
from api.bodies import Body
from api.endpoints import Audience, Endpoint
from api.requests import Asked
from cases.access import Officer
from cases.accounts import Accounts
from cases.certificates import CertificateType
from cases.desk import Desk
from cases.identifiers import Written
from cases.people.signing import OfficerSigning
from cases.people.views import EnrolmentView, RecoveryCodes
from cases.sealing import token_digest
from cases.sessions import SessionKind, Sessions, SignedIn
from cases.views.desks import OfficerView
from cases.views.people import FaceChallenge, TaxpayerView

Password = Annotated[str, Field(min_length=1, max_length=200)]
NewPassword = Annotated[Written, Field(min_length=1, max_length=200)]
Code = Annotated[Written, Field(min_length=6, max_length=40)]
"""Of an authenticator app, or for recovery."""
Challenge = Annotated[str, Field(min_length=1, max_length=2000)]


class TaxpayerIdentity(Body):
    """The first step of a taxpayer's log-in (S1)."""

    certificate_type: CertificateType
    certificate_number: Annotated[str, Field(min_length=1, max_length=40)]
    name: Annotated[str, Field(min_length=1, max_length=80)]


class FacePassed(Body):
    """The last step: the challenge of the first, whose face step was passed meanwhile (``development``: there
    is none).
    """

    challenge: Challenge
    method: Literal["development", "offline"]


class OfficerLogin(Body):
    staff_number: Annotated[Written, Field(min_length=1, max_length=40)]
    password: Password


class OfficerCode(Body):
    challenge: Challenge
    code: Code


class OfficerNewPassword(Body):
    challenge: Challenge
    new_password: NewPassword


class OfficerEnrolment(Body):
    challenge: Challenge


@dataclass(frozen=True, slots=True)
class OfficerEnrolled:
    """Signed in, with the recovery codes of the new second factor: they are not shown again."""

    officer: OfficerView
    recovery_codes: RecoveryCodes


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The session is over; its cookie is taken back."""

    signed_out: bool = True


CHECK_IDENTITY = Endpoint(
    "checkIdentity",
    "POST",
    "/api/v1/taxpayer/identity",
    "Check certificate and name, and ask for the face step (S1)",
    Audience.ANYONE,
    FaceChallenge,
    body=TaxpayerIdentity,
)
SIGN_IN_TAXPAYER = Endpoint(
    "signInTaxpayer",
    "POST",
    "/api/v1/taxpayer/session",
    "Pass the face step and sign in (S1)",
    Audience.ANYONE,
    TaxpayerView,
    body=FacePassed,
    status=201,
)
SEE_TAXPAYER = Endpoint(
    "seeTaxpayer",
    "GET",
    "/api/v1/taxpayer/session",
    "Who is signed in",
    Audience.TAXPAYER,
    TaxpayerView,
)
SIGN_OUT_TAXPAYER = Endpoint(
    "signOutTaxpayer",
    "DELETE",
    "/api/v1/taxpayer/session",
    "Sign out; the session's sockets are closed",
    Audience.TAXPAYER,
    SignedOut,
)
SIGN_IN_OFFICER = Endpoint(
    "signInOfficer",
    "POST",
    "/api/v1/officer/session",
    "Sign in with staff number and password (S31). Where another step is needed, it is refused with "
    "`second_factor_needed`, `new_password_needed` or `enrolment_needed` and the challenge for that",
    Audience.ANYONE,
    OfficerView,
    body=OfficerLogin,
    status=201,
)
SHOW_CODE = Endpoint(
    "showCode",
    "POST",
    "/api/v1/officer/session/code",
    "The step of `second_factor_needed` (S31)",
    Audience.ANYONE,
    OfficerView,
    body=OfficerCode,
    status=201,
)
CHOOSE_PASSWORD = Endpoint(
    "choosePassword",
    "POST",
    "/api/v1/officer/session/password",
    "The step of `new_password_needed` (S31)",
    Audience.ANYONE,
    OfficerView,
    body=OfficerNewPassword,
    status=201,
)
BEGIN_ENROLMENT = Endpoint(
    "beginEnrolment",
    "POST",
    "/api/v1/officer/session/enrolment",
    "The step of `enrolment_needed`: a secret for an authenticator app (S31)",
    Audience.ANYONE,
    EnrolmentView,
    body=OfficerEnrolment,
)
FINISH_ENROLMENT = Endpoint(
    "finishEnrolment",
    "POST",
    "/api/v1/officer/session/enrolment/code",
    "Show a code of the new secret, and sign in (S31)",
    Audience.ANYONE,
    OfficerEnrolled,
    body=OfficerCode,
    status=201,
)
SEE_OFFICER = Endpoint(
    "seeOfficer",
    "GET",
    "/api/v1/officer/session",
    "Who is signed in, with the hall's lines",
    Audience.OFFICER,
    OfficerView,
)
SIGN_OUT_OFFICER = Endpoint(
    "signOutOfficer",
    "DELETE",
    "/api/v1/officer/session",
    "Sign out; the session's sockets are closed",
    Audience.OFFICER,
    SignedOut,
)

ENDPOINTS = (
    CHECK_IDENTITY,
    SIGN_IN_TAXPAYER,
    SEE_TAXPAYER,
    SIGN_OUT_TAXPAYER,
    SIGN_IN_OFFICER,
    SHOW_CODE,
    CHOOSE_PASSWORD,
    BEGIN_ENROLMENT,
    FINISH_ENROLMENT,
    SEE_OFFICER,
    SIGN_OUT_OFFICER,
)


class SocketDoor(Protocol):
    """The sockets, as far as signing out concerns them."""

    async def end_session(self, session_id: str) -> None:
        """Tell the session's pages and close their sockets."""


class SigningRoutes:
    def __init__(
        self,
        accounts: Accounts,
        officers: OfficerSigning,
        sessions: Sessions,
        desk: Desk,
        sockets: SocketDoor,
    ) -> None:
        self._accounts = accounts
        self._officers = officers
        self._sessions = sessions
        self._desk = desk
        self._sockets = sockets

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            CHECK_IDENTITY: self._check_identity,
            SIGN_IN_TAXPAYER: self._sign_in_taxpayer,
            SEE_TAXPAYER: self._see_taxpayer,
            SIGN_OUT_TAXPAYER: self._sign_out_taxpayer,
            SIGN_IN_OFFICER: self._sign_in_officer,
            SHOW_CODE: self._show_code,
            CHOOSE_PASSWORD: self._choose_password,
            BEGIN_ENROLMENT: self._begin_enrolment,
            FINISH_ENROLMENT: self._finish_enrolment,
            SEE_OFFICER: self._see_officer,
            SIGN_OUT_OFFICER: self._sign_out_officer,
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
        signed_in = await self._accounts.sign_in_taxpayer(body.challenge, body.method, address=asked.address)
        await self._end_earlier(asked, SessionKind.TAXPAYER)
        return Answer(signed_in.view, Cookie(SessionKind.TAXPAYER, signed_in.token))

    async def _see_taxpayer(self, asked: Asked) -> Answer:
        return Answer(await self._accounts.taxpayer_view(asked.taxpayer))

    async def _sign_out_taxpayer(self, asked: Asked) -> Answer:
        await self._end(asked, asked.taxpayer.session_id)
        return Answer(SignedOut(), Cookie(SessionKind.TAXPAYER, None))

    async def _sign_in_officer(self, asked: Asked) -> Answer:
        body = asked.body_as(OfficerLogin)
        return await self._signed_in(
            asked, await self._officers.sign_in(body.staff_number, body.password, address=asked.address)
        )

    async def _show_code(self, asked: Asked) -> Answer:
        body = asked.body_as(OfficerCode)
        return await self._signed_in(
            asked, await self._officers.with_code(body.challenge, body.code, address=asked.address)
        )

    async def _choose_password(self, asked: Asked) -> Answer:
        body = asked.body_as(OfficerNewPassword)
        return await self._signed_in(
            asked,
            await self._officers.with_new_password(body.challenge, body.new_password, address=asked.address),
        )

    async def _begin_enrolment(self, asked: Asked) -> Answer:
        return Answer(await self._officers.begin_enrolment(asked.body_as(OfficerEnrolment).challenge))

    async def _finish_enrolment(self, asked: Asked) -> Answer:
        body = asked.body_as(OfficerCode)
        signed_in, codes = await self._officers.with_enrolment(
            body.challenge, body.code, address=asked.address
        )
        await self._end_earlier(asked, SessionKind.OFFICER)
        view = await self._desk.officer(signed_in.view)
        return Answer(OfficerEnrolled(view, codes), Cookie(SessionKind.OFFICER, signed_in.token))

    async def _signed_in(self, asked: Asked, signed_in: SignedIn[Officer]) -> Answer:
        await self._end_earlier(asked, SessionKind.OFFICER)
        return Answer(await self._desk.officer(signed_in.view), Cookie(SessionKind.OFFICER, signed_in.token))

    async def _see_officer(self, asked: Asked) -> Answer:
        return Answer(await self._desk.officer(asked.officer))

    async def _sign_out_officer(self, asked: Asked) -> Answer:
        await self._end(asked, asked.officer.session_id)
        return Answer(SignedOut(), Cookie(SessionKind.OFFICER, None))

    async def _end_earlier(self, asked: Asked, kind: SessionKind) -> None:
        """Whoever was signed in in this browser is no more: their open pages must not go on beside."""
        token = asked.tokens.get(kind)
        if token is not None:
            await self._end(asked, token_digest(token))

    async def _end(self, asked: Asked, session_id: str) -> None:
        await self._sessions.end(session_id, address=asked.address)
        await self._sockets.end_session(session_id)
