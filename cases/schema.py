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
    false,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

Whole = Integer().with_variant(BigInteger(), "postgresql")
"""A whole number, in an INTEGER column. PostgreSQL is asked with 64 bits, as SQLite always is: a number that
no row can have is in no row, and no error.
"""

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
    # Of two halls the one that was added first comes first.
    Column("added_at_ms", BigInteger, nullable=False, server_default="0"),
    # Where it is and how to reach it.
    Column("address_zh", Text, nullable=False, server_default=""),
    Column("address_en", Text, nullable=False, server_default=""),
    Column("phone", String(40), nullable=False, server_default=""),
    # What to know before going there, such as parking or which counters open at lunch.
    Column("notes_zh", Text, nullable=False, server_default=""),
    Column("notes_en", Text, nullable=False, server_default=""),
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
    Column("weight", Whole, nullable=False, server_default="1"),
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
    # Since then nobody knows who it was (cases.retention).
    Column("anonymised_at_ms", BigInteger),
)
Index("ix_taxpayers_retention", taxpayers.c.anonymised_at_ms, taxpayers.c.created_at_ms)

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
    # Somebody else gave it out: it is changed at the next log-in.
    Column("must_change_password", Boolean, nullable=False, server_default=false()),
    Column("password_changed_at_ms", BigInteger),
    # Counts the changes of the row.
    Column("version", Whole, nullable=False, server_default="0"),
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
    # Roughly from where it was opened: a network, never an address.
    Column("network", String(64)),
)

guesses = Table(
    "guesses",
    metadata,
    Column("scope", String(80), primary_key=True),
    Column("window_start_ms", BigInteger, nullable=False, index=True),
    Column("failures", Whole, nullable=False),
)

case_numbers = Table(
    "case_numbers",
    metadata,
    Column("day", String(8), primary_key=True),
    Column("last", Whole, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("case_id", String(64), primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("taxpayer_id", ForeignKey("taxpayers.taxpayer_id"), nullable=False),
    Column("hall_id", ForeignKey("halls.hall_id"), nullable=False),
    # None as long as the case has no ticket.
    Column("line_id", ForeignKey("lines.line_id")),
    # The latest one. Made by the taxpayer's page, so that a repeated request finds its case.
    Column("ticket_id", String(64), unique=True),
    # cases.stages.Mode
    Column("mode", String(16), nullable=False),
    # The question of a consult, the description of any other business.
    Column("question", Text, nullable=False),
    Column("opened_at_ms", BigInteger, nullable=False),
    Column("closed_at_ms", BigInteger),
    Column("close_reason", String(40)),
    # What the officer wrote to the taxpayer when finishing.
    Column("remark", Text),
    # Counts the changes of the row.
    Column("version", Whole, nullable=False, server_default="0"),
    Column("touched_at_ms", BigInteger, nullable=False, server_default="0"),
    # What the business is, by the catalogue of that version; none of a consult.
    Column("region_code", String(12)),
    Column("topic_id", String(16)),
    Column("node_id", String(16)),
    Column("catalogue_version", String(64)),
    # Somebody who acts for the taxpayer, sealed.
    Column("agent_sealed", LargeBinary),
    # The consent to 后台帮办, and when it was given.
    Column("consent_id", String(64)),
    Column("consent_at_ms", BigInteger),
    # The four stages (cases.stages.table), each with the time of its last change.
    Column("form_state", String(16), nullable=False, server_default="none"),
    Column("form_at_ms", BigInteger),
    Column("review_state", String(16), nullable=False, server_default="none"),
    Column("review_at_ms", BigInteger),
    Column("booking_state", String(16), nullable=False, server_default="none"),
    Column("booking_at_ms", BigInteger),
    Column("handling_state", String(16), nullable=False, server_default="none"),
    Column("handling_at_ms", BigInteger),
    Column("payment_state", String(16), nullable=False, server_default="none"),
    Column("payment_at_ms", BigInteger),
    # The booked slot, and the window in which the ticket is issued.
    Column("booking_id", String(64)),
    Column("slot_start_ms", BigInteger),
    Column("slot_end_ms", BigInteger),
    Column("window_opens_ms", BigInteger),
    Column("window_closes_ms", BigInteger),
    # Until when somebody has to act.
    Column("resubmit_by_ms", BigInteger),
    Column("edit_by_ms", BigInteger),
    Column("promised_by_ms", BigInteger),
    Column("payment_by_ms", BigInteger),
    Column("rebook_by_ms", BigInteger),
    # The officer who reviews it now, and until when nobody else may; and who works on it in the back office.
    Column("reviewer_id", String(64)),
    Column("reviewer_until_ms", BigInteger),
    Column("worker_id", String(64)),
    # Since then nothing personal is in it (cases.retention).
    Column("anonymised_at_ms", BigInteger),
)
Index("ix_cases_retention", cases.c.anonymised_at_ms, cases.c.closed_at_ms)
Index("ix_cases_taxpayer_id_opened_at_ms", cases.c.taxpayer_id, cases.c.opened_at_ms)
Index(
    "uq_cases_open_line",
    cases.c.taxpayer_id,
    cases.c.line_id,
    unique=True,
    sqlite_where=(cases.c.closed_at_ms.is_(None)) & (cases.c.mode == "consult"),
    postgresql_where=(cases.c.closed_at_ms.is_(None)) & (cases.c.mode == "consult"),
)
# The review desk and the back office of a hall, in the order in which they are worked off.
Index("ix_cases_review", cases.c.hall_id, cases.c.review_state, cases.c.review_at_ms)
Index("ix_cases_handling", cases.c.hall_id, cases.c.handling_state, cases.c.promised_by_ms)

case_events = Table(
    "case_events",
    metadata,
    # What happened to a case, numbered without gaps.
    Column("case_id", ForeignKey("cases.case_id"), primary_key=True),
    Column("number", Whole, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("event", String(32), nullable=False),
    Column("actor_kind", String(16), nullable=False),
    Column("actor_id", String(64)),
    Column("detail", JSON, nullable=False),
)

# What the clock has to do, once each; gone when it is done (cases.deadlines).
deadlines = Table(
    "deadlines",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("object_id", String(64), primary_key=True),
    Column("due_at_ms", BigInteger, nullable=False),
    # When it is tried: at first when it is due, after a failure later.
    Column("try_at_ms", BigInteger, nullable=False),
    Column("failures", Whole, nullable=False),
    # Given up: a person has to look.
    Column("parked", Boolean, nullable=False),
)
Index("ix_deadlines_try_at_ms", deadlines.c.parked, deadlines.c.try_at_ms)

case_forms = Table(
    "case_forms",
    metadata,
    Column("case_form_id", String(64), primary_key=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("taxpayer_id", ForeignKey("taxpayers.taxpayer_id"), nullable=False),
    Column("form_id", String(32), nullable=False),
    Column("required", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    # What was filled in, as JSON, sealed: it has names and numbers of people.
    Column("values_sealed", LargeBinary, nullable=False),
    Column("version", Whole, nullable=False),
    Column("saved_at_ms", BigInteger, nullable=False),
    Column("submitted_at_ms", BigInteger),
    UniqueConstraint("case_id", "form_id"),
)
Index("ix_case_forms_taxpayer_id_saved_at_ms", case_forms.c.taxpayer_id, case_forms.c.saved_at_ms)

case_reviews = Table(
    "case_reviews",
    metadata,
    Column("review_id", String(64), primary_key=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("officer_id", ForeignKey("officers.officer_id"), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("approved", Boolean, nullable=False),
    # A list of what is wrong: reason code, form, field, text.
    Column("faults", JSON, nullable=False),
    Column("resubmit_by_ms", BigInteger),
)

case_payments = Table(
    "case_payments",
    metadata,
    Column("payment_id", String(64), primary_key=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("officer_id", ForeignKey("officers.officer_id"), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("asked_at_ms", BigInteger, nullable=False),
    Column("due_at_ms", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Whole, nullable=False),
    Column("receipt_file_ids", JSON, nullable=False),
    Column("receipt_text", Text, nullable=False),
    Column("receipt_at_ms", BigInteger),
    Column("remark", Text, nullable=False),
    Column("result_at_ms", BigInteger),
)

# Requests that made something, so that a repeat makes nothing (cases.requests).
requests = Table(
    "requests",
    metadata,
    Column("request_key", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("made_id", String(64), nullable=False),
    Column("made_at_ms", BigInteger, nullable=False, index=True),
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("entry_id", String(64), primary_key=True),
    Column("at_ms", BigInteger, nullable=False, index=True),
    Column("actor_kind", String(16), nullable=False),
    Column("actor_id", String(64)),
    Column("session_id", String(64)),
    Column("address", String(64)),
    Column("action", String(64), nullable=False),
    Column("object_kind", String(32), nullable=False),
    Column("object_id", String(64), nullable=False),
    Column("detail", JSON, nullable=False),
    # cases.trail.chain.Link; none of entries from before there was a chain.
    Column("sequence", BigInteger),
    Column("previous_hash", String(64)),
    Column("own_hash", String(64)),
)
Index("ix_audit_entries_sequence", audit_entries.c.sequence, unique=True)
# Each with the sequence, since the newest are asked for first.
Index("ix_audit_entries_actor", audit_entries.c.actor_id, audit_entries.c.sequence)
Index("ix_audit_entries_action", audit_entries.c.action, audit_entries.c.sequence)
Index("ix_audit_entries_object_kind", audit_entries.c.object_kind, audit_entries.c.sequence)
# With the kind, or SQLite takes the index of the kind where both are asked for.
Index(
    "ix_audit_entries_object",
    audit_entries.c.object_id,
    audit_entries.c.object_kind,
    audit_entries.c.sequence,
)

# One row: cases.trail.chain.Head.
trail_head = Table(
    "trail_head",
    metadata,
    Column("head_id", Whole, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("own_hash", String(64), nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("notification_id", String(64), primary_key=True),
    Column("taxpayer_id", ForeignKey("taxpayers.taxpayer_id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("case_id", String(64)),
    Column("params", JSON, nullable=False),
    Column("made_at_ms", BigInteger, nullable=False, index=True),
    # The person's own count of them, from 1 without gaps.
    Column("number", Whole, nullable=False),
    Column("read_at_ms", BigInteger),
    UniqueConstraint("taxpayer_id", "number"),
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
    Column("call_number", Whole, nullable=False),
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
    Column("call_number", Whole, nullable=False),
    # Where the ticket is after the step; none of a step that was recorded before there was this column.
    Column("line_id", String(64)),
)
Index("ix_ticket_steps_hall_id_at_ms", ticket_steps.c.hall_id, ticket_steps.c.at_ms, ticket_steps.c.version)

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
    Column("tickets", Whole, nullable=False),
)

calls = Table(
    "calls",
    metadata,
    Column("call_id", String(64), primary_key=True),
    # None: it ended before there was this column, and the case has had another ticket since.
    Column("case_id", ForeignKey("cases.case_id")),
    # Where the case's ticket was served: the ticket, the call of it that it belongs to, and how many videos
    # that call had (a hung-up one is opened again).
    Column("ticket_id", String(64)),
    Column("call_number", Whole),
    Column("ordinal", Whole),
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
# One at a time.
Index(
    "uq_calls_open_case",
    calls.c.case_id,
    unique=True,
    sqlite_where=calls.c.ended_at_ms.is_(None),
    postgresql_where=calls.c.ended_at_ms.is_(None),
)

# An officer gave a ticket to another line, and what they wrote to whoever calls it there (cases.transfers).
transfers = Table(
    "transfers",
    metadata,
    Column("ticket_id", String(64), primary_key=True),
    # Made by the console, so that a repeated request writes nothing twice.
    Column("request_id", String(64), primary_key=True),
    # None of a ticket on paper.
    Column("case_id", ForeignKey("cases.case_id"), index=True),
    Column("officer_id", ForeignKey("officers.officer_id"), nullable=False),
    Column("call_number", Whole, nullable=False),
    Column("from_line_id", String(64), nullable=False),
    Column("line_id", String(64), nullable=False),
    # Empty: nothing was written.
    Column("note", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    # Since then it is known to have happened.
    Column("done_at_ms", BigInteger),
)

desks = Table(
    "desks",
    metadata,
    Column("officer_id", ForeignKey("officers.officer_id"), primary_key=True),
    Column("line_ids", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    # The counter that on-site tickets are called to.
    Column("counter", String(16)),
    # On a break: cases.views.desks.OnBreak; none of one that began before there were these columns.
    Column("break_reason", String(16)),
    Column("break_text", Text),
)

breaks = Table(
    "breaks",
    metadata,
    Column("break_id", String(64), primary_key=True),
    Column("officer_id", ForeignKey("officers.officer_id"), nullable=False),
    # Where the officer was at work then.
    Column("hall_id", ForeignKey("halls.hall_id"), nullable=False),
    Column("reason", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("began_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
)
Index("ix_breaks_officer_id_ended_at_ms", breaks.c.officer_id, breaks.c.ended_at_ms)
Index("ix_breaks_hall_id_began_at_ms", breaks.c.hall_id, breaks.c.began_at_ms)
