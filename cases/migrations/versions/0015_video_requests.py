"""Calls belong to cases, and either side may ask for one"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OPEN = "ended_at_ms IS NULL"


def upgrade() -> None:
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("case_id", sa.String(length=64), nullable=True))
        batch_op.alter_column("ticket_id", existing_type=sa.String(length=64), nullable=True)
        batch_op.alter_column("call_number", existing_type=sa.Integer(), nullable=True)
        batch_op.alter_column("ordinal", existing_type=sa.Integer(), nullable=True)
        batch_op.create_foreign_key(op.f("fk_calls_case_id"), "cases", ["case_id"], ["case_id"])
    _name_the_cases()
    op.create_index(
        "uq_calls_open_case", "calls", ["case_id"], unique=True,
        sqlite_where=sa.text(OPEN), postgresql_where=sa.text(OPEN),
    )  # fmt: skip
    op.create_table(
        "video_requests",
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("taxpayer_id", sa.String(length=64), nullable=False),
        sa.Column("hall_id", sa.String(length=64), nullable=False),
        sa.Column("is_consult", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_by", sa.String(length=16), nullable=False),
        sa.Column("asker_id", sa.String(length=64), nullable=False),
        sa.Column("to_officer_id", sa.String(length=64), nullable=True),
        sa.Column("asked_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("call_id", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_video_requests_case_id")),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayers.taxpayer_id"], name=op.f("fk_video_requests_taxpayer_id")
        ),
        sa.ForeignKeyConstraint(["hall_id"], ["halls.hall_id"], name=op.f("fk_video_requests_hall_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_video_requests")),
    )
    op.create_index(op.f("ix_video_requests_changed_at_ms"), "video_requests", ["changed_at_ms"])
    op.create_index("ix_video_requests_case_id_asked_at_ms", "video_requests", ["case_id", "asked_at_ms"])
    op.create_index("ix_video_requests_asker_id_asked_at_ms", "video_requests", ["asker_id", "asked_at_ms"])
    op.create_index(
        "uq_video_requests_asked", "video_requests", ["case_id"], unique=True,
        sqlite_where=sa.text("state = 'asked'"), postgresql_where=sa.text("state = 'asked'"),
    )  # fmt: skip


def _name_the_cases() -> None:
    """The case that has the call's ticket; earlier tickets of a case are known only by their own calls."""
    calls = sa.table("calls", sa.column("case_id", sa.String), sa.column("ticket_id", sa.String))
    cases = sa.table("cases", sa.column("case_id", sa.String), sa.column("ticket_id", sa.String))
    case_of_ticket = (
        sa.select(cases.c.case_id).where(cases.c.ticket_id == calls.c.ticket_id).scalar_subquery()
    )
    op.execute(sa.update(calls).values(case_id=case_of_ticket))
    _end_all_but_the_latest()


def _end_all_but_the_latest() -> None:
    """A case has one open call; of more than one, which a crash could leave, the latest goes on."""
    calls = sa.table(
        "calls",
        *(sa.column(name) for name in ("call_id", "case_id", "opened_at_ms", "ended_at_ms", "end_reason")),
    )
    connection = op.get_bind()
    latest: set[str] = set()
    rows = connection.execute(
        sa.select(calls)
        .where(calls.c.ended_at_ms.is_(None))
        .order_by(calls.c.opened_at_ms.desc(), calls.c.call_id)
    ).all()
    for row in rows:
        if row.case_id is None or row.case_id in latest:
            connection.execute(
                sa.update(calls)
                .where(calls.c.call_id == row.call_id)
                .values(ended_at_ms=row.opened_at_ms, end_reason="closed")
            )
        else:
            latest.add(row.case_id)


def downgrade() -> None:
    op.drop_table("video_requests")
    op.drop_index("uq_calls_open_case", table_name="calls")
    op.execute(sa.text("DELETE FROM calls WHERE ticket_id IS NULL"))
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_calls_case_id"), type_="foreignkey")
        batch_op.alter_column("ordinal", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("call_number", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("ticket_id", existing_type=sa.String(length=64), nullable=False)
        batch_op.drop_column("case_id")
