"""The tables of the records database. One Alembic history (``cases/migrations``) for SQLite and PostgreSQL.

Times are UTC milliseconds in BIGINT columns. Ids are text made by us (32 hex digits) unless said otherwise.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

halls = Table(
    "halls",
    metadata,
    Column("hall_id", String(64), primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("region_zh", Text, nullable=False),
    Column("region_en", Text, nullable=False),
    Column("time_zone", String(64), nullable=False),
    # How the next ticket is chosen between an officer's lines: queueing.ticket.CallOrder.
    Column("call_order", String(16), nullable=False, server_default="strict"),
)

lines = Table(
    "lines",
    metadata,
    Column("line_id", String(64), primary_key=True),
    Column("hall_id", ForeignKey("halls.hall_id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("letter", String(1), nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("about_zh", Text, nullable=False),
    Column("about_en", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    # Its share where the order is by weight.
    Column("weight", Integer, nullable=False, server_default="1"),
    UniqueConstraint("hall_id", "letter"),
)

taxpayers = Table(
    "taxpayers",
    metadata,
    Column("taxpayer_id", String(64), primary_key=True),
    Column("certificate_type", String(16), nullable=False),
    # The number is readable only with a key from the settings; it is found by the keyed index.
    Column("number_sealed", LargeBinary, nullable=False),
    Column("number_index", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
)

officers = Table(
    "officers",
    metadata,
    Column("officer_id", String(64), primary_key=True),
    Column("staff_number", String(40), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("hall_id", ForeignKey("halls.hall_id"), nullable=False),
    Column("disabled", Boolean, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    # SHA-256 of the token: who reads the table cannot sign in with it.
    Column("session_id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("person_id", String(64), nullable=False, index=True),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("idle_until_ms", BigInteger, nullable=False, index=True),
    Column("ends_at_ms", BigInteger, nullable=False),
)

guesses = Table(
    "guesses",
    metadata,
    Column("scope", String(80), primary_key=True),
    Column("window_start_ms", BigInteger, nullable=False, index=True),
    Column("failures", Integer, nullable=False),
)

case_numbers = Table(
    "case_numbers",
    metadata,
    Column("day", String(8), primary_key=True),
    Column("last", Integer, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("case_id", String(64), primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("taxpayer_id", ForeignKey("taxpayers.taxpayer_id"), nullable=False),
    Column("hall_id", ForeignKey("halls.hall_id"), nullable=False),
    Column("line_id", ForeignKey("lines.line_id"), nullable=False),
    # Made by the taxpayer's page, so that a repeated request finds its case.
    Column("ticket_id", String(64), nullable=False, unique=True),
    Column("mode", String(16), nullable=False),
    Column("question", Text, nullable=False),
    Column("opened_at_ms", BigInteger, nullable=False),
    Column("closed_at_ms", BigInteger),
    Column("close_reason", String(40)),
    # What the officer wrote to the taxpayer when finishing.
    Column("remark", Text),
)
Index("ix_cases_taxpayer_id_opened_at_ms", cases.c.taxpayer_id, cases.c.opened_at_ms)
Index(
    "uq_cases_open_line",
    cases.c.taxpayer_id,
    cases.c.line_id,
    unique=True,
    sqlite_where=cases.c.closed_at_ms.is_(None),
    postgresql_where=cases.c.closed_at_ms.is_(None),
)

tickets = Table(
    "tickets",
    metadata,
    Column("ticket_id", String(64), primary_key=True),
    Column("hall_id", String(64), nullable=False),
    Column("line_id", String(64), nullable=False),
    Column("number", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("call_number", Integer, nullable=False),
    Column("officer_id", String(64)),
    Column("issued_at_ms", BigInteger, nullable=False),
    Column("called_at_ms", BigInteger),
    Column("confirmed_at_ms", BigInteger),
    Column("ended_at_ms", BigInteger),
    Column("outcome", String(64)),
    # As the queue holds it (queueing.layout), so that the queue can be built anew; none for a ticket that was
    # recorded before there was this column.
    Column("packed", Text),
)
Index("ix_tickets_officer_id_ended_at_ms", tickets.c.officer_id, tickets.c.ended_at_ms)
Index("ix_tickets_hall_id_ended_at_ms", tickets.c.hall_id, tickets.c.ended_at_ms)

ticket_steps = Table(
    "ticket_steps",
    metadata,
    Column("hall_id", String(64), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("ticket_id", String(64), nullable=False, index=True),
    Column("step", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("cause", String(16), nullable=False),
    Column("officer_id", String(64)),
    Column("call_number", Integer, nullable=False),
)

journal_cursors = Table(
    "journal_cursors",
    metadata,
    Column("hall_id", String(64), primary_key=True),
    Column("entry_id", String(64), nullable=False),
)

hall_epochs = Table(
    "hall_epochs",
    metadata,
    # Each time that a hall's queue was built anew from the records: the version that its journal begins with.
    Column("hall_id", String(64), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("tickets", Integer, nullable=False),
)

calls = Table(
    "calls",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("ticket_id", String(64), nullable=False),
    # The call of the ticket that it belongs to, and how many videos that call had (a hung-up one is opened
    # again).
    Column("call_number", Integer, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("officer_id", String(64), nullable=False),
    Column("opened_at_ms", BigInteger, nullable=False),
    Column("connected_at_ms", BigInteger),
    Column("ended_at_ms", BigInteger),
    Column("end_reason", String(20)),
    UniqueConstraint("ticket_id", "call_number", "ordinal"),
)
Index(
    "ix_calls_open",
    calls.c.ticket_id,
    sqlite_where=calls.c.ended_at_ms.is_(None),
    postgresql_where=calls.c.ended_at_ms.is_(None),
)

desks = Table(
    "desks",
    metadata,
    Column("officer_id", ForeignKey("officers.officer_id"), primary_key=True),
    Column("line_ids", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("since_ms", BigInteger, nullable=False),
)
