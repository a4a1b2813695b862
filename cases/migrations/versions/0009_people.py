"""Officers' second factors, passwords that were given out, and where sessions come from"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("officers", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("must_change_password", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("password_changed_at_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("network", sa.String(length=64), nullable=True))
    op.create_table(
        "second_factors",
        sa.Column("officer_id", sa.String(length=64), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.officer_id"], name=op.f("fk_second_factors_officer_id")
        ),
        sa.PrimaryKeyConstraint("officer_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("code_index", sa.String(length=64), nullable=False),
        sa.Column("officer_id", sa.String(length=64), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.officer_id"], name=op.f("fk_recovery_codes_officer_id")
        ),
        sa.PrimaryKeyConstraint("code_index", name=op.f("pk_recovery_codes")),
    )
    op.create_index(op.f("ix_recovery_codes_officer_id"), "recovery_codes", ["officer_id"])
    op.create_table(
        "face_references",
        sa.Column("taxpayer_id", sa.String(length=64), nullable=False),
        sa.Column("embedding_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("officer_id", sa.String(length=64), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["taxpayers.taxpayer_id"], name=op.f("fk_face_references_taxpayer_id")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.officer_id"], name=op.f("fk_face_references_officer_id")
        ),
        sa.PrimaryKeyConstraint("taxpayer_id", name=op.f("pk_face_references")),
    )
    op.create_table(
        "face_attempts",
        sa.Column("attempt_id", sa.String(length=64), nullable=False),
        sa.Column("officer_id", sa.String(length=64), nullable=True),
        sa.Column("account_index", sa.String(length=64), nullable=False),
        sa.Column("identity_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("poses", sa.JSON(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.Column("first_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("ends_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.officer_id"], name=op.f("fk_face_attempts_officer_id")
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_face_attempts")),
    )
    op.create_index(op.f("ix_face_attempts_ends_at_ms"), "face_attempts", ["ends_at_ms"])


def downgrade() -> None:
    for table in ("face_attempts", "face_references", "recovery_codes", "second_factors"):
        op.drop_table(table)
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_column("network")
    with op.batch_alter_table("officers", schema=None) as batch_op:
        for column in ("version", "password_changed_at_ms", "must_change_password"):
            batch_op.drop_column(column)
