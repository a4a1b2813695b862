"""The tables of people's accounts."""

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, String, Table

from cases.schema import metadata

second_factors = Table(
    "second_factors",
    metadata,
    Column("officer_id", ForeignKey("officers.officer_id"), primary_key=True),
    # The shared secret (RFC 6238), in base32.
    Column("secret_sealed", LargeBinary, nullable=False),
    Column("made_at_ms", BigInteger, nullable=False),
    # None until the officer has shown a code of it; it counts from then on.
    Column("confirmed_at_ms", BigInteger),
    # The time step of the last accepted code: none at or before it is accepted again.
    Column("last_step", BigInteger, nullable=False),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    # A keyed digest of officer and code. The row goes when the code is used.
    Column("code_index", String(64), primary_key=True),
    Column("officer_id", ForeignKey("officers.officer_id"), nullable=False, index=True),
    Column("made_at_ms", BigInteger, nullable=False),
)
