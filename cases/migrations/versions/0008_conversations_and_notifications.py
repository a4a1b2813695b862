"""Conversations, quick replies, inboxes and deliveries to the webhook"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _conversations()
    _inboxes()
    _number_what_was_told()


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("taxpayer_id", sa.String(length=64), nullable=False),
        sa.Column("hall_id", sa.String(length=64), nullable=False),
        sa.Column("is_consult", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("last_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("taxpayer_read", sa.Integer(), nullable=False),
        sa.Column("officer_read", sa.Integer(), nullable=False),
        sa.Column("taxpayer_unread", sa.Integer(), nullable=False),
        sa.Column("officer_unread", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_conversations_case_id")),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayers.taxpayer_id"], name=op.f("fk_conversations_taxpayer_id")
        ),
        sa.ForeignKeyConstraint(["hall_id"], ["halls.hall_id"], name=op.f("fk_conversations_hall_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_conversations")),
    )
    op.create_index(op.f("ix_conversations_changed_at_ms"), "conversations", ["changed_at_ms"])
    op.create_index("ix_conversations_hall_id_last_at_ms", "conversations", ["hall_id", "last_at_ms"])
    op.create_index("ix_conversations_taxpayer_id_last_at_ms", "conversations", ["taxpayer_id", "last_at_ms"])
    op.create_table(
        "messages",
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("sender", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("file_ids", sa.JSON(), nullable=False),
        sa.Column("notice", sa.String(length=32), nullable=True),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["conversations.case_id"], name=op.f("fk_messages_case_id")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_messages")),
        sa.UniqueConstraint("case_id", "message_id", name=op.f("uq_messages_case_id_message_id")),
    )
    op.create_table(
        "quick_replies",
        sa.Column("reply_id", sa.String(length=64), nullable=False),
        sa.Column("hall_id", sa.String(length=64), nullable=False),
        sa.Column("officer_id", sa.String(length=64), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["hall_id"], ["halls.hall_id"], name=op.f("fk_quick_replies_hall_id")),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.officer_id"], name=op.f("fk_quick_replies_officer_id")
        ),
        sa.PrimaryKeyConstraint("reply_id", name=op.f("pk_quick_replies")),
    )
    op.create_index(op.f("ix_quick_replies_hall_id"), "quick_replies", ["hall_id"])
    op.create_index(op.f("ix_quick_replies_officer_id"), "quick_replies", ["officer_id"])


def _inboxes() -> None:
    op.create_table(
        "inboxes",
        sa.Column("taxpayer_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayers.taxpayer_id"], name=op.f("fk_inboxes_taxpayer_id")
        ),
        sa.PrimaryKeyConstraint("taxpayer_id", name=op.f("pk_inboxes")),
    )
    op.create_index(op.f("ix_inboxes_changed_at_ms"), "inboxes", ["changed_at_ms"])
    op.create_table(
        "deliveries",
        sa.Column("notification_id", sa.String(length=64), nullable=False),
        sa.Column("taxpayer_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("try_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("lease_id", sa.String(length=64), nullable=True),
        sa.Column("leased_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("delivered_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.String(length=32), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["outbox.notification_id"], name=op.f("fk_deliveries_notification_id")
        ),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_deliveries")),
    )
    op.create_index("ix_deliveries_state_try_at_ms", "deliveries", ["state", "try_at_ms"])
    op.create_index("ix_deliveries_taxpayer_id_number", "deliveries", ["taxpayer_id", "number"], unique=True)
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("read_at_ms", sa.BigInteger(), nullable=True))


def _number_what_was_told() -> None:
    """What was told before is in the inbox, and delivered as far as it is still of use."""
    outbox = sa.table(
        "outbox",
        sa.column("notification_id", sa.String),
        sa.column("taxpayer_id", sa.String),
        sa.column("made_at_ms", sa.BigInteger),
        sa.column("number", sa.Integer),
    )
    connection = op.get_bind()
    latest: dict[str, tuple[int, int]] = {}
    told = connection.execute(
        sa.select(outbox).order_by(outbox.c.taxpayer_id, outbox.c.made_at_ms, outbox.c.notification_id)
    ).all()
    deliveries = sa.table(
        "deliveries",
        *(
            sa.column(name)
            for name in (
                "notification_id", "taxpayer_id", "number", "made_at_ms", "state", "attempts", "try_at_ms"
            )
        ),
    )  # fmt: skip
    for row in told:
        number = latest.get(row.taxpayer_id, (0, 0))[0] + 1
        latest[row.taxpayer_id] = (number, row.made_at_ms)
        connection.execute(
            sa.update(outbox).where(outbox.c.notification_id == row.notification_id).values(number=number)
        )
        connection.execute(
            sa.insert(deliveries).values(
                notification_id=row.notification_id,
                taxpayer_id=row.taxpayer_id,
                number=number,
                made_at_ms=row.made_at_ms,
                state="waiting",
                attempts=0,
                try_at_ms=row.made_at_ms,
            )
        )
    inboxes = sa.table(
        "inboxes",
        *(sa.column(name) for name in ("taxpayer_id", "version", "changed_at_ms", "last_number", "unread")),
    )
    for taxpayer_id, (number, made_at_ms) in latest.items():
        connection.execute(
            sa.insert(inboxes).values(
                taxpayer_id=taxpayer_id,
                version=number,
                changed_at_ms=made_at_ms,
                last_number=number,
                unread=number,
            )
        )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.alter_column("number", existing_type=sa.Integer(), server_default=None)
        batch_op.create_unique_constraint(op.f("uq_outbox_taxpayer_id_number"), ["taxpayer_id", "number"])


def downgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_outbox_taxpayer_id_number"), type_="unique")
        batch_op.drop_column("read_at_ms")
        batch_op.drop_column("number")
    for table in ("deliveries", "inboxes", "quick_replies", "messages", "conversations"):
        op.drop_table(table)
