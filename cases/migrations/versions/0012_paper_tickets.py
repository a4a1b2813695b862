"""Tickets on paper, and the counters that they are called to"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("desks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("counter", sa.String(length=16), nullable=True))
    op.create_table(
        "paper_tickets",
        sa.Column("ticket_id", sa.String(length=64), nullable=False),
        sa.Column("hall_id", sa.String(length=64), nullable=False),
        sa.Column("line_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=8), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("issued_by", sa.String(length=64), nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("code_index", sa.String(length=64), nullable=False),
        sa.Column("booking_id", sa.String(length=64), nullable=True),
        sa.Column("slot_start_ms", sa.BigInteger(), nullable=True),
        sa.Column("taxpayer_id", sa.String(length=64), nullable=True),
        sa.Column("bound_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("closed_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("close_reason", sa.String(length=40), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["hall_id"], ["halls.hall_id"], name=op.f("fk_paper_tickets_hall_id")),
        sa.ForeignKeyConstraint(["line_id"], ["lines.line_id"], name=op.f("fk_paper_tickets_line_id")),
        sa.ForeignKeyConstraint(
            ["issued_by"], ["officers.officer_id"], name=op.f("fk_paper_tickets_issued_by")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.booking_id"], name=op.f("fk_paper_tickets_booking_id")
        ),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayers.taxpayer_id"], name=op.f("fk_paper_tickets_taxpayer_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_paper_tickets")),
    )
    op.create_index("ix_paper_tickets_number", "paper_tickets", ["hall_id", "day", "number"])
    op.create_index("ix_paper_tickets_opened", "paper_tickets", ["hall_id", "day", "opened_at_ms"])
    op.create_index("ix_paper_tickets_taxpayer", "paper_tickets", ["taxpayer_id", "bound_at_ms"])
    op.create_index("ix_paper_tickets_closed", "paper_tickets", ["hall_id", "closed_at_ms"])
    op.create_index(
        "uq_paper_tickets_open_booking", "paper_tickets", ["booking_id"], unique=True,
        sqlite_where=sa.text("closed_at_ms IS NULL"), postgresql_where=sa.text("closed_at_ms IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("paper_tickets")
    with op.batch_alter_table("desks", schema=None) as batch_op:
        batch_op.drop_column("counter")
