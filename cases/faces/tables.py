"""The tables of the face step."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, LargeBinary, String, Table

from cases.schema import Whole, metadata

face_references = Table(
    "face_references",
    metadata,
    Column("taxpayer_id", ForeignKey("taxpayers.taxpayer_id"), primary_key=True),
    # The 128 numbers of the face, never a picture.
    Column("embedding_sealed", LargeBinary, nullable=False),
    # Who saw the person and the certificate.
    Column("officer_id", ForeignKey("officers.officer_id"), nullable=False),
    Column("made_at_ms", BigInteger, nullable=False),
)

# Log-ins and enrolments that are under way; each is gone when it is used, or soon after it is over.
face_attempts = Table(
    "face_attempts",
    metadata,
    Column("attempt_id", String(64), primary_key=True),
    # Who enrols somebody; none of a log-in.
    Column("officer_id", ForeignKey("officers.officer_id")),
    # Whom it is about, by the index of their certificate, and what they said of themselves.
    Column("account_index", String(64), nullable=False),
    Column("identity_sealed", LargeBinary, nullable=False),
    # cases.faces.rules.Attempt
    Column("poses", JSON, nullable=False),
    Column("done", Whole, nullable=False),
    Column("pictures", Whole, nullable=False),
    Column("first_sealed", LargeBinary),
    Column("ends_at_ms", BigInteger, nullable=False, index=True),
)
