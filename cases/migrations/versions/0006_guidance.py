"""Versions of the catalogue, and favourites"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "catalogue_versions",
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("loaded_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_catalogue_versions")),
    )
    op.create_index(op.f("ix_catalogue_versions_loaded_at_ms"), "catalogue_versions", ["loaded_at_ms"])
    op.create_table(
        "favourites",
        sa.Column("favourite_id", sa.String(length=64), nullable=False),
        sa.Column("taxpayer_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("topic_id", sa.String(length=16), nullable=False),
        sa.Column("node_id", sa.String(length=16), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayers.taxpayer_id"], name=op.f("fk_favourites_taxpayer_id")
        ),
        sa.PrimaryKeyConstraint("favourite_id", name=op.f("pk_favourites")),
        sa.UniqueConstraint(
            "taxpayer_id",
            "kind",
            "topic_id",
            "node_id",
            name=op.f("uq_favourites_taxpayer_id_kind_topic_id_node_id"),
        ),
    )
    op.create_index("ix_favourites_taxpayer_id_made_at_ms", "favourites", ["taxpayer_id", "made_at_ms"])
