"""Which cases and accounts were made anonymous"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("anonymised_at_ms", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("taxpayers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("anonymised_at_ms", sa.BigInteger(), nullable=True))
    op.create_index("ix_cases_retention", "cases", ["anonymised_at_ms", "closed_at_ms"])
    op.create_index("ix_taxpayers_retention", "taxpayers", ["anonymised_at_ms", "created_at_ms"])


def downgrade() -> None:
    op.drop_index("ix_taxpayers_retention", "taxpayers")
    op.drop_index("ix_cases_retention", "cases")
    for table in ("taxpayers", "cases"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("anonymised_at_ms")
