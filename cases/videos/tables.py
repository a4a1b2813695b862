"""The table of video requests."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, String, Table

from cases.schema import Whole, metadata

# Changed by who has the row of the case for the transaction.
video_requests = Table(
    "video_requests",
    metadata,
    # Made by the page that asks, so that a repeat finds its request.
    Column("request_id", String(64), primary_key=True),
    # As in the case.
    Column("case_id", ForeignKey("cases.case_id"), nullable=False),
    Column("taxpayer_id", ForeignKey("taxpayers.taxpayer_id"), nullable=False),
    Column("hall_id", ForeignKey("halls.hall_id"), nullable=False),
    Column("is_consult", Boolean, nullable=False),
    # Counts the changes: of the request, and of what came of it.
    Column("version", Whole, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False, index=True),
    # cases.videos.states.VideoState
    Column("state", String(16), nullable=False),
    # rtc.call.LegName
    Column("asked_by", String(16), nullable=False),
    Column("asker_id", String(64), nullable=False),
    # The officer who alone may answer, who serves the ticket; none: every officer who sees the conversation.
    Column("to_officer_id", String(64)),
    Column("asked_at_ms", BigInteger, nullable=False),
    Column("due_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    # Who answered or withdrew it; none: the clock and the rules.
    Column("ended_by", String(64)),
    Column("call_id", String(64)),
)
Index("ix_video_requests_case_id_asked_at_ms", video_requests.c.case_id, video_requests.c.asked_at_ms)
Index("ix_video_requests_asker_id_asked_at_ms", video_requests.c.asker_id, video_requests.c.asked_at_ms)
Index(
    "uq_video_requests_asked",
    video_requests.c.case_id,
    unique=True,
    sqlite_where=video_requests.c.state == "asked",
    postgresql_where=video_requests.c.state == "asked",
)
