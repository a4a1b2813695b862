"""Halls' calendars, places and bookings"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("halls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("address_zh", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("address_en", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("phone", sa.String(length=40), server_default="", nullable=False))
        batch_op.add_column(sa.Column("notes_zh", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("notes_en", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "hall_regions",
        sa.Column("hall_id", sa.String(length=64), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["hall_id"], ["halls.hall_id"], name=op.f("fk_hall_regions_hall_id")),
        sa.PrimaryKeyConstraint("hall_id", "region_code", name=op.f("pk_hall_regions")),
    )
    op.create_index(op.f("ix_hall_regions_region_code"), "hall_regions", ["region_code"])
    op.create_table(
        "hall_rules",
        sa.Column("hall_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["hall_id"], ["halls.hall_id"], name=op.f("fk_hall_rules_hall_id")),
        sa.PrimaryKeyConstraint("hall_id", name=op.f("pk_hall_rules")),
    )
    op.create_table(
        "hall_days",
        sa.Column("hall_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("periods", sa.JSON(), nullable=False),
        sa.Column("reason_zh", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hall_id"], ["halls.hall_id"], name=op.f("fk_hall_days_hall_id")),
        sa.PrimaryKeyConstraint("hall_id", "day", name=op.f("pk_hall_days")),
    )
    op.create_table(
        "slot_turns",
        sa.Column("hall_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("slot_start_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("turns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hall_id", "kind", "slot_start_ms", name=op.f("pk_slot_turns")),
    )
    op.create_index("ix_slot_turns_slot_start_ms", "slot_turns", ["slot_start_ms"])
    op.create_table(
        "place_holds",
        sa.Column("taxpayer_id", sa.String(length=64), nullable=False),
        sa.Column("hall_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("slot_start_ms", sa.BigInteger(), nullable=False),
        sa.Column("slot_end_ms", sa.BigInteger(), nullable=False),
        sa.Column("held_until_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayers.taxpayer_id"], name=op.f("fk_place_holds_taxpayer_id")
        ),
        sa.ForeignKeyConstraint(["hall_id"], ["halls.hall_id"], name=op.f("fk_place_holds_hall_id")),
        sa.PrimaryKeyConstraint("taxpayer_id", name=op.f("pk_place_holds")),
    )
    op.create_index(op.f("ix_place_holds_held_until_ms"), "place_holds", ["held_until_ms"])
    op.create_index("ix_place_holds_slot", "place_holds", ["hall_id", "kind", "slot_start_ms"])
    op.create_table(
        "bookings",
        sa.Column("booking_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("taxpayer_id", sa.String(length=64), nullable=False),
        sa.Column("hall_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("slot_start_ms", sa.BigInteger(), nullable=False),
        sa.Column("slot_end_ms", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=True),
        sa.Column("topic_id", sa.String(length=16), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayers.taxpayer_id"], name=op.f("fk_bookings_taxpayer_id")
        ),
        sa.ForeignKeyConstraint(["hall_id"], ["halls.hall_id"], name=op.f("fk_bookings_hall_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_bookings_case_id")),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("number", name=op.f("uq_bookings_number")),
    )
    op.create_index("ix_bookings_slot", "bookings", ["hall_id", "kind", "slot_start_ms"])
    op.create_index("ix_bookings_taxpayer_id_slot_start_ms", "bookings", ["taxpayer_id", "slot_start_ms"])
    op.create_index(
        "uq_bookings_open_case", "bookings", ["case_id"], unique=True,
        sqlite_where=sa.text("state = 'booked'"), postgresql_where=sa.text("state = 'booked'"),
    )  # fmt: skip
    op.create_table(
        "captchas",
        sa.Column("captcha_id", sa.String(length=64), nullable=False),
        sa.Column("taxpayer_id", sa.String(length=64), nullable=False),
        sa.Column("address_index", sa.String(length=64), nullable=False),
        sa.Column("answer_index", sa.String(length=64), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayers.taxpayer_id"], name=op.f("fk_captchas_taxpayer_id")
        ),
        sa.PrimaryKeyConstraint("captcha_id", name=op.f("pk_captchas")),
    )
    op.create_index(op.f("ix_captchas_made_at_ms"), "captchas", ["made_at_ms"])
    op.create_index("ix_captchas_taxpayer_id_made_at_ms", "captchas", ["taxpayer_id", "made_at_ms"])
    op.create_index("ix_captchas_address_index_made_at_ms", "captchas", ["address_index", "made_at_ms"])


def downgrade() -> None:
    for table in (
        "captchas",
        "bookings",
        "place_holds",
        "slot_turns",
        "hall_days",
        "hall_rules",
        "hall_regions",
    ):
        op.drop_table(table)
    with op.batch_alter_table("halls", schema=None) as batch_op:
        for column in ("notes_en", "notes_zh", "phone", "address_en", "address_zh"):
            batch_op.drop_column(column)
