"""The table of requests for a still picture."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table

from cases.schema import Whole, metadata

# Changed by who has the row of the case for the transaction. The picture is a message of the conversation.
still_requests = Table(
    "still_requests",
    metadata,
    # Made by the page that asks, so that a repeat finds its request.
    Column("request_id", String(64), primary_key=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False),
    Column("call_id", ForeignKey("calls.call_id"), nullable=False),
    # As in the case and the call: the two who hear of it.
    Column("taxpayer_id", ForeignKey("taxpayers.taxpayer_id"), nullable=False),
    Column("officer_id", ForeignKey("officers.officer_id"), nullable=False),
    Column("version", Whole, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False, index=True),
    # cases.stills.states.StillState
    Column("state", String(16), nullable=False),
    # cases.stills.states.StillSubject
    Column("subject", String(16), nullable=False),
    Column("asked_at_ms", BigInteger, nullable=False),
    Column("due_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
)
Index("ix_still_requests_case_id_asked_at_ms", still_requests.c.case_id, still_requests.c.asked_at_ms)
Index(
    "uq_still_requests_asked",
    still_requests.c.call_id,
    unique=True,
    sqlite_where=still_requests.c.state == "asked",
    postgresql_where=still_requests.c.state == "asked",
)
