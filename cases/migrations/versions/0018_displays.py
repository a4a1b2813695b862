"""Screens in halls, each with a key of its own"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "displays",
        sa.Column("display_id", sa.String(length=64), nullable=False),
        sa.Column("hall_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("english", sa.Boolean(), nullable=False),
        sa.Column("key_index", sa.String(length=64), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["hall_id"], ["halls.hall_id"], name=op.f("fk_displays_hall_id")),
        sa.PrimaryKeyConstraint("display_id", name=op.f("pk_displays")),
        sa.UniqueConstraint("key_index", name=op.f("uq_displays_key_index")),
    )
    op.create_index(op.f("ix_displays_hall_id"), "displays", ["hall_id"])


def downgrade() -> None:
    op.drop_table("displays")
