"""The table of tickets on paper."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

from cases.schema import Whole, metadata

paper_tickets = Table(
    "paper_tickets",
    metadata,
    # As the queue knows it; what happens to it there is in ``tickets`` and ``ticket_steps``.
    Column("ticket_id", String(64), primary_key=True),
    Column("hall_id", ForeignKey("halls.hall_id"), nullable=False),
    Column("line_id", ForeignKey("lines.line_id"), nullable=False),
    # The hall's calendar day, YYYYMMDD.
    Column("day", String(8), nullable=False),
    # As it is printed; none until the queue has issued it.
    Column("number", String(16)),
    # queueing.ticket.Priority
    Column("priority", Whole, nullable=False),
    Column("issued_by", ForeignKey("officers.officer_id"), nullable=False),
    Column("opened_at_ms", BigInteger, nullable=False),
    # The binding code follows from the ticket, this count of prints and the index key; its index is kept.
    Column("revision", Whole, nullable=False),
    Column("code_index", String(64), nullable=False),
    # The visit that it is for.
    Column("booking_id", ForeignKey("bookings.booking_id")),
    Column("slot_start_ms", BigInteger),
    # Whose it is, once somebody has bound it.
    Column("taxpayer_id", ForeignKey("taxpayers.taxpayer_id")),
    Column("bound_at_ms", BigInteger),
    Column("closed_at_ms", BigInteger),
    # cases.views.tickets.CloseReason
    Column("close_reason", String(40)),
    # What the officer wrote when finishing.
    Column("remark", Text),
)
Index("ix_paper_tickets_number", paper_tickets.c.hall_id, paper_tickets.c.day, paper_tickets.c.number)
Index("ix_paper_tickets_opened", paper_tickets.c.hall_id, paper_tickets.c.day, paper_tickets.c.opened_at_ms)
Index("ix_paper_tickets_taxpayer", paper_tickets.c.taxpayer_id, paper_tickets.c.bound_at_ms)
Index("ix_paper_tickets_closed", paper_tickets.c.hall_id, paper_tickets.c.closed_at_ms)
Index(
    "uq_paper_tickets_open_booking",
    paper_tickets.c.booking_id,
    unique=True,
    sqlite_where=paper_tickets.c.closed_at_ms.is_(None),
    postgresql_where=paper_tickets.c.closed_at_ms.is_(None),
)
