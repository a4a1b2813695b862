"""The table of displays."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, String, Table, Text

from cases.schema import metadata

displays = Table(
    "displays",
    metadata,
    Column("display_id", String(64), primary_key=True),
    Column("hall_id", ForeignKey("halls.hall_id"), nullable=False, index=True),
    # Where it hangs.
    Column("name", Text, nullable=False),
    # Whether it speaks and shows English too.
    Column("english", Boolean, nullable=False),
    Column("key_index", String(64), nullable=False, unique=True),
    Column("made_at_ms", BigInteger, nullable=False),
    # When it asked last, about.
    Column("seen_at_ms", BigInteger),
)
