"""Breaks of officers have a reason, and are kept"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # None of a break that began before.
    op.add_column("desks", sa.Column("break_reason", sa.String(length=16), nullable=True))
    op.add_column("desks", sa.Column("break_text", sa.Text(), nullable=True))
    op.create_table(
        "breaks",
        sa.Column("break_id", sa.String(length=64), nullable=False),
        sa.Column("officer_id", sa.String(length=64), nullable=False),
        sa.Column("hall_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("began_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.officer_id"], name=op.f("fk_breaks_officer_id")),
        sa.ForeignKeyConstraint(["hall_id"], ["halls.hall_id"], name=op.f("fk_breaks_hall_id")),
        sa.PrimaryKeyConstraint("break_id", name=op.f("pk_breaks")),
    )
    op.create_index("ix_breaks_officer_id_ended_at_ms", "breaks", ["officer_id", "ended_at_ms"])
    op.create_index("ix_breaks_hall_id_began_at_ms", "breaks", ["hall_id", "began_at_ms"])


def downgrade() -> None:
    op.drop_index("ix_breaks_hall_id_began_at_ms", table_name="breaks")
    op.drop_index("ix_breaks_officer_id_ended_at_ms", table_name="breaks")
    op.drop_table("breaks")
    with op.batch_alter_table("desks", schema=None) as batch_op:
        batch_op.drop_column("break_text")
        batch_op.drop_column("break_reason")
