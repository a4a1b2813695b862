"""The tables beside the outbox: each person's inbox, and what the webhook still has to be told."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table

from cases.schema import Whole, metadata

# A row from the first notification on. Who changes it has the inbox for itself until the transaction ends.
inboxes = Table(
    "inboxes",
    metadata,
    Column("taxpayer_id", ForeignKey("taxpayers.taxpayer_id"), primary_key=True),
    # Counts the changes: what was told, and reading.
    Column("version", Whole, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False, index=True),
    Column("last_number", Whole, nullable=False),
    Column("unread", Whole, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("notification_id", ForeignKey("outbox.notification_id"), primary_key=True),
    # As in the outbox: a person's are delivered in their order.
    Column("taxpayer_id", String(64), nullable=False),
    Column("number", Whole, nullable=False),
    Column("made_at_ms", BigInteger, nullable=False),
    # cases.outbox.deliveries.DeliveryState
    Column("state", String(16), nullable=False),
    Column("attempts", Whole, nullable=False),
    Column("try_at_ms", BigInteger, nullable=False),
    # Who delivers it just now, and until when nobody else does.
    Column("lease_id", String(64)),
    Column("leased_until_ms", BigInteger),
    Column("delivered_at_ms", BigInteger),
    # What came of the latest attempt: cases.outbox.webhook.Result
    Column("result", String(32)),
    Column("status", Whole),
)
Index("ix_deliveries_state_try_at_ms", deliveries.c.state, deliveries.c.try_at_ms)
Index("ix_deliveries_taxpayer_id_number", deliveries.c.taxpayer_id, deliveries.c.number, unique=True)
