"""Officers ask for still pictures in calls"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "still_requests",
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("taxpayer_id", sa.String(length=64), nullable=False),
        sa.Column("officer_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_still_requests_case_id")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_still_requests_call_id")),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayers.taxpayer_id"], name=op.f("fk_still_requests_taxpayer_id")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.officer_id"], name=op.f("fk_still_requests_officer_id")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_still_requests")),
    )
    op.create_index(op.f("ix_still_requests_changed_at_ms"), "still_requests", ["changed_at_ms"])
    op.create_index("ix_still_requests_case_id_asked_at_ms", "still_requests", ["case_id", "asked_at_ms"])
    op.create_index(
        "uq_still_requests_asked", "still_requests", ["call_id"], unique=True,
        sqlite_where=sa.text("state = 'asked'"), postgresql_where=sa.text("state = 'asked'"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("still_requests")
