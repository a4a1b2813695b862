"""Steps of tickets know their line, and are found by time"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # None of a step from before: then it is the line that its ticket is in.
    op.add_column("ticket_steps", sa.Column("line_id", sa.String(length=64), nullable=True))
    op.create_index("ix_ticket_steps_hall_id_at_ms", "ticket_steps", ["hall_id", "at_ms", "version"])


def downgrade() -> None:
    op.drop_index("ix_ticket_steps_hall_id_at_ms", "ticket_steps")
    with op.batch_alter_table("ticket_steps", schema=None) as batch_op:
        batch_op.drop_column("line_id")
