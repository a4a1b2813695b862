"""Cases with four stages, forms, reviews, payments, deadlines, the audit trail and the outbox"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of consults alone: other business may wait twice in one line, at other times.
    op.drop_index("uq_cases_open_line", table_name="cases")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("touched_at_ms", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("region_code", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("topic_id", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("node_id", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("catalogue_version", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("agent_sealed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("consent_id", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("consent_at_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(
            sa.Column("form_state", sa.String(length=16), server_default="none", nullable=False)
        )
        batch_op.add_column(sa.Column("form_at_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(
            sa.Column("review_state", sa.String(length=16), server_default="none", nullable=False)
        )
        batch_op.add_column(sa.Column("review_at_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(
            sa.Column("booking_state", sa.String(length=16), server_default="none", nullable=False)
        )
        batch_op.add_column(sa.Column("booking_at_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(
            sa.Column("handling_state", sa.String(length=16), server_default="none", nullable=False)
        )
        batch_op.add_column(sa.Column("handling_at_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(
            sa.Column("payment_state", sa.String(length=16), server_default="none", nullable=False)
        )
        batch_op.add_column(sa.Column("payment_at_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("booking_id", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("slot_start_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("slot_end_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("window_opens_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("window_closes_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("resubmit_by_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("edit_by_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("promised_by_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("payment_by_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("rebook_by_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("reviewer_id", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("reviewer_until_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("worker_id", sa.String(length=64), nullable=True))
        batch_op.alter_column("line_id", existing_type=sa.String(length=64), nullable=True)
        batch_op.alter_column("ticket_id", existing_type=sa.String(length=64), nullable=True)
        batch_op.create_index(
            "ix_cases_handling", ["hall_id", "handling_state", "promised_by_ms"], unique=False
        )
        batch_op.create_index("ix_cases_review", ["hall_id", "review_state", "review_at_ms"], unique=False)
    op.create_index(
        "uq_cases_open_line", "cases", ["taxpayer_id", "line_id"], unique=True,
        sqlite_where=sa.text("closed_at_ms IS NULL AND mode = 'consult'"), postgresql_where=sa.text("closed_at_ms IS NULL AND mode = 'consult'"),
    )  # fmt: skip
    op.create_table(
        "audit_entries",
        sa.Column("entry_id", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=True),
        sa.Column("session_id", sa.String(length=64), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object_kind", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_entries")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entries_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entries_at_ms"), ["at_ms"], unique=False)
        batch_op.create_index("ix_audit_entries_object", ["object_kind", "object_id"], unique=False)

    op.create_table(
        "requests",
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("made_id", sa.String(length=64), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("request_key", name=op.f("pk_requests")),
    )
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_requests_made_at_ms"), ["made_at_ms"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("notification_id", sa.String(length=64), nullable=False),
        sa.Column("taxpayer_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=True),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayers.taxpayer_id"], name=op.f("fk_outbox_taxpayer_id")
        ),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_made_at_ms"), ["made_at_ms"], unique=False)

    op.create_table(
        "case_events",
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_case_events_case_id")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_case_events")),
    )
    op.create_table(
        "deadlines",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("due_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("try_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("parked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "object_id", name=op.f("pk_deadlines")),
    )
    op.create_index("ix_deadlines_try_at_ms", "deadlines", ["parked", "try_at_ms"])
    op.create_table(
        "case_forms",
        sa.Column("case_form_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("taxpayer_id", sa.String(length=64), nullable=False),
        sa.Column("form_id", sa.String(length=32), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("values_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_case_forms_case_id")),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayers.taxpayer_id"], name=op.f("fk_case_forms_taxpayer_id")
        ),
        sa.PrimaryKeyConstraint("case_form_id", name=op.f("pk_case_forms")),
        sa.UniqueConstraint("case_id", "form_id", name=op.f("uq_case_forms_case_id_form_id")),
    )
    with op.batch_alter_table("case_forms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_forms_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "ix_case_forms_taxpayer_id_saved_at_ms", ["taxpayer_id", "saved_at_ms"], unique=False
        )

    op.create_table(
        "case_payments",
        sa.Column("payment_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("officer_id", sa.String(length=64), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("receipt_file_ids", sa.JSON(), nullable=False),
        sa.Column("receipt_text", sa.Text(), nullable=False),
        sa.Column("receipt_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("result_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_case_payments_case_id")),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.officer_id"], name=op.f("fk_case_payments_officer_id")
        ),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_case_payments")),
    )
    with op.batch_alter_table("case_payments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_payments_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_reviews",
        sa.Column("review_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("officer_id", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("resubmit_by_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_case_reviews_case_id")),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.officer_id"], name=op.f("fk_case_reviews_officer_id")
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_case_reviews")),
    )
    with op.batch_alter_table("case_reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_reviews_case_id"), ["case_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("case_reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_reviews_case_id"))

    op.drop_table("case_reviews")
    with op.batch_alter_table("case_payments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_payments_case_id"))

    op.drop_table("case_payments")
    with op.batch_alter_table("case_forms", schema=None) as batch_op:
        batch_op.drop_index("ix_case_forms_taxpayer_id_saved_at_ms")
        batch_op.drop_index(batch_op.f("ix_case_forms_case_id"))

    op.drop_table("case_forms")
    op.drop_index("ix_deadlines_try_at_ms", table_name="deadlines")
    op.drop_table("deadlines")
    op.drop_table("case_events")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_made_at_ms"))

    op.drop_table("outbox")
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_requests_made_at_ms"))

    op.drop_table("requests")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entries_object")
        batch_op.drop_index(batch_op.f("ix_audit_entries_at_ms"))
        batch_op.drop_index(batch_op.f("ix_audit_entries_actor_id"))

    op.drop_table("audit_entries")
    op.drop_index("uq_cases_open_line", table_name="cases")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index("ix_cases_review")
        batch_op.drop_index("ix_cases_handling")
        batch_op.alter_column("ticket_id", existing_type=sa.String(length=64), nullable=False)
        batch_op.alter_column("line_id", existing_type=sa.String(length=64), nullable=False)
        batch_op.drop_column("worker_id")
        batch_op.drop_column("reviewer_until_ms")
        batch_op.drop_column("reviewer_id")
        batch_op.drop_column("rebook_by_ms")
        batch_op.drop_column("payment_by_ms")
        batch_op.drop_column("promised_by_ms")
        batch_op.drop_column("edit_by_ms")
        batch_op.drop_column("resubmit_by_ms")
        batch_op.drop_column("window_closes_ms")
        batch_op.drop_column("window_opens_ms")
        batch_op.drop_column("slot_end_ms")
        batch_op.drop_column("slot_start_ms")
        batch_op.drop_column("booking_id")
        batch_op.drop_column("payment_at_ms")
        batch_op.drop_column("payment_state")
        batch_op.drop_column("handling_at_ms")
        batch_op.drop_column("handling_state")
        batch_op.drop_column("booking_at_ms")
        batch_op.drop_column("booking_state")
        batch_op.drop_column("review_at_ms")
        batch_op.drop_column("review_state")
        batch_op.drop_column("form_at_ms")
        batch_op.drop_column("form_state")
        batch_op.drop_column("consent_at_ms")
        batch_op.drop_column("consent_id")
        batch_op.drop_column("agent_sealed")
        batch_op.drop_column("catalogue_version")
        batch_op.drop_column("node_id")
        batch_op.drop_column("topic_id")
        batch_op.drop_column("region_code")
        batch_op.drop_column("touched_at_ms")
        batch_op.drop_column("version")
    op.create_index(
        "uq_cases_open_line", "cases", ["taxpayer_id", "line_id"], unique=True,
        sqlite_where=sa.text("closed_at_ms IS NULL"), postgresql_where=sa.text("closed_at_ms IS NULL"),
    )  # fmt: skip
