"""Tickets as the queue packs them"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("packed", sa.Text(), nullable=True))
        batch_op.create_index("ix_tickets_hall_id_ended_at_ms", ["hall_id", "ended_at_ms"], unique=False)
    op.create_table(
        "hall_epochs",
        sa.Column("hall_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hall_id", "version", name=op.f("pk_hall_epochs")),
    )
    _pack_open_tickets()


def _pack_open_tickets() -> None:
    """So that who waits keeps the place over the update: the queue is built anew from this at the next start.

    Written out here and not taken from ``queueing.layout``, which goes on changing.
    """
    connection = op.get_bind()
    tickets = sa.table(
        "tickets",
        *(
            sa.column(name)
            for name in (
                "ticket_id", "line_id", "number", "state", "version", "call_number", "officer_id", "issued_at_ms",
                "called_at_ms", "confirmed_at_ms", "ended_at_ms", "packed",
            )
        ),
    )  # fmt: skip
    rows = connection.execute(
        sa.select(tickets).where(tickets.c.ended_at_ms.is_(None)).order_by(tickets.c.issued_at_ms)
    ).all()
    for arrival, row in enumerate(rows, start=1):
        packed = [
            row.ticket_id, row.line_id, row.number, row.state, "3", "3", str(arrival), _day(row.issued_at_ms),
            str(row.version), str(row.call_number), _officer(row), str(row.issued_at_ms),
            _text(row.called_at_ms), _text(row.confirmed_at_ms), "", _deadline(row), "0", "", "", "", "", "taxpayer",
            _text(row.called_at_ms), str(row.call_number) if row.state == "abandoned" else "", "", "", "",
        ]  # fmt: skip
        connection.execute(
            tickets.update().where(tickets.c.ticket_id == row.ticket_id).values(packed="|".join(packed))
        )


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


def _officer(row: sa.Row[tuple[object, ...]]) -> str:
    return "" if row.state == "waiting" else row.officer_id or ""


def _deadline(row: sa.Row[tuple[object, ...]]) -> str:
    """The records did not keep it: right after the update, to which the queue adds its least time."""
    return _text(row.called_at_ms) if row.state in ("called", "abandoned") else ""


def _day(at_ms: int) -> str:
    from datetime import UTC, datetime, timedelta

    # Until this version every hall was in China, unless its setting said otherwise.
    return (datetime.fromtimestamp(at_ms / 1000, UTC) + timedelta(hours=8)).strftime("%Y%m%d")


def downgrade() -> None:
    op.drop_table("hall_epochs")
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.drop_index("ix_tickets_hall_id_ended_at_ms")
        batch_op.drop_column("packed")
