"""The bodies and queries that HTTP clients send; checked strictly, no field but the declared ones."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cases.certificates import CertificateType
from cases.identifiers import Identifier


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TaxpayerIdentity(Body):
    """The first step of a taxpayer's log-in (S1)."""

    certificate_type: CertificateType
    certificate_number: Annotated[str, Field(min_length=1, max_length=40)]
    name: Annotated[str, Field(min_length=1, max_length=80)]


class FacePassed(Body):
    """The second step: the challenge of the first, and the face check's proof (``development``: none)."""

    challenge: Annotated[str, Field(min_length=1, max_length=2000)]
    method: Literal["development"]


class OfficerLogin(Body):
    staff_number: Annotated[str, Field(min_length=1, max_length=40)]
    password: Annotated[str, Field(min_length=1, max_length=200)]


class ConsultRequest(Body):
    """Take a consult ticket. The page makes ``ticket_id``; the same one again answers with the same
    ticket.
    """

    ticket_id: Identifier
    line_id: Identifier
    question: Annotated[str, Field(max_length=200)] = ""


class CasesQuery(Body):
    state: Literal["open", "closed"] = "open"
    cursor: Annotated[str, Field(max_length=100)] | None = None
    limit: Annotated[int, Field(ge=1, le=50)] = 20
