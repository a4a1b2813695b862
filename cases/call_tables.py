"""How good the connections of calls were."""

from sqlalchemy import JSON, Column, ForeignKey, String, Table

from cases.schema import Whole, metadata

call_quality = Table(
    "call_quality",
    metadata,
    Column("call_id", ForeignKey("calls.call_id"), primary_key=True),
    # rtc.call.LegName
    Column("leg", String(16), primary_key=True),
    # How many times some seconds of it were found to be so.
    Column("poor", Whole, nullable=False),
    Column("fair", Whole, nullable=False),
    Column("good", Whole, nullable=False),
    # By the names of rtc.quality.Figures: least, mean, most.
    Column("figures", JSON, nullable=False),
)
