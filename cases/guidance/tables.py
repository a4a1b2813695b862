"""The tables of guidance."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from cases.schema import metadata

catalogue_versions = Table(
    "catalogue_versions",
    metadata,
    # Every version that a case may have been begun with: its files, as JSON, compressed.
    Column("version", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("loaded_at_ms", BigInteger, nullable=False, index=True),
)

# What admins put in the place of the catalogue's words.
reason_texts = Table(
    "reason_texts",
    metadata,
    Column("reason", String(16), primary_key=True),
    Column("text", Text, nullable=False),
    Column("advice", Text, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False),
)

favourites = Table(
    "favourites",
    metadata,
    Column("favourite_id", String(64), primary_key=True),
    Column("taxpayer_id", ForeignKey("taxpayers.taxpayer_id"), nullable=False),
    # cases.guidance.favourites.FavouriteKind
    Column("kind", String(16), nullable=False),
    Column("topic_id", String(16), nullable=False),
    Column("node_id", String(16), nullable=False),
    # Where the business is done; the last one that was chosen.
    Column("region_code", String(12), nullable=False),
    Column("made_at_ms", BigInteger, nullable=False),
    UniqueConstraint("taxpayer_id", "kind", "topic_id", "node_id"),
)
Index("ix_favourites_taxpayer_id_made_at_ms", favourites.c.taxpayer_id, favourites.c.made_at_ms)
