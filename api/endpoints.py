"""Every HTTP endpoint, declared once: method, path, who may call it, its input and its answer.

The router is built from this table, and so are the OpenAPI document and the client's types. Errors are
``application/problem+json`` (RFC 9457) in the shape of ``cases.views.Problem``.
"""

from dataclasses import dataclass
from enum import StrEnum

from api.bodies import Body, CasesQuery, ConsultRequest, FacePassed, OfficerLogin, TaxpayerIdentity
from cases.views import (
    CasePage,
    CaseView,
    FaceChallenge,
    HomeView,
    LinesView,
    OfficerView,
    TaxpayerView,
    TicketView,
)


class Audience(StrEnum):
    """Who may call an endpoint; decides which session cookie is read."""

    ANYONE = "anyone"
    TAXPAYER = "taxpayer"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The session is over; its cookie is taken back."""

    signed_out: bool = True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint. ``status`` is that of the good answer."""

    name: str
    method: str
    path: str
    summary: str
    audience: Audience
    result: type
    body: type[Body] | None = None
    query: type[Body] | None = None
    status: int = 200


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
SEE_HOME = Endpoint(
    "seeHome",
    "GET",
    "/api/v1/taxpayer/home",
    "What needs the taxpayer now, and the counts of the doors (S2)",
    Audience.TAXPAYER,
    HomeView,
)
LIST_CONSULT_LINES = Endpoint(
    "listConsultLines",
    "GET",
    "/api/v1/taxpayer/lines",
    "The consult lines that are open, with people waiting",
    Audience.TAXPAYER,
    LinesView,
)
TAKE_CONSULT_TICKET = Endpoint(
    "takeConsultTicket",
    "POST",
    "/api/v1/taxpayer/consults",
    "Open a consult case and take its ticket (S17); idempotent by ticket_id",
    Audience.TAXPAYER,
    TicketView,
    body=ConsultRequest,
    status=201,
)
LIST_CASES = Endpoint(
    "listCases",
    "GET",
    "/api/v1/taxpayer/cases",
    "Open cases (S14), or history (S30)",
    Audience.TAXPAYER,
    CasePage,
    query=CasesQuery,
)
SEE_CASE = Endpoint(
    "seeCase",
    "GET",
    "/api/v1/taxpayer/cases/{case_id}",
    "One case with everything that happened",
    Audience.TAXPAYER,
    CaseView,
)
SIGN_IN_OFFICER = Endpoint(
    "signInOfficer",
    "POST",
    "/api/v1/officer/session",
    "Sign in with staff number and password (S31)",
    Audience.ANYONE,
    OfficerView,
    body=OfficerLogin,
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
    SEE_HOME,
    LIST_CONSULT_LINES,
    TAKE_CONSULT_TICKET,
    LIST_CASES,
    SEE_CASE,
    SIGN_IN_OFFICER,
    SEE_OFFICER,
    SIGN_OUT_OFFICER,
)
