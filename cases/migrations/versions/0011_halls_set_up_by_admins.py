"""Halls set up by admins"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Halls that are there come before those that are added.
    with op.batch_alter_table("halls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("added_at_ms", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("halls", schema=None) as batch_op:
        batch_op.drop_column("added_at_ms")
