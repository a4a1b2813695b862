"""How good the connections of calls were"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_quality",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("leg", sa.String(length=16), nullable=False),
        sa.Column("poor", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("fair", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("good", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_call_quality_call_id")),
        sa.PrimaryKeyConstraint("call_id", "leg", name=op.f("pk_call_quality")),
    )


def downgrade() -> None:
    op.drop_table("call_quality")
