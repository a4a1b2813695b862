"""The tables of booking."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
)

from cases.schema import Whole, metadata

hall_regions = Table(
    "hall_regions",
    metadata,
    # The regions that a hall serves, by code: districts, and towns that have a hall of their own.
    Column("hall_id", ForeignKey("halls.hall_id"), primary_key=True),
    Column("region_code", String(12), primary_key=True, index=True),
)

hall_rules = Table(
    "hall_rules",
    metadata,
    Column("hall_id", ForeignKey("halls.hall_id"), primary_key=True),
    # Counts the changes of everything that is set up of the hall, never down.
    Column("version", Whole, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False),
    # cases.booking.hours.HallRules
    Column("rules", JSON, nullable=False),
)

hall_days = Table(
    "hall_days",
    metadata,
    # The hall's own days, which come before the public calendar: cases.booking.hours.SpecialDay.
    Column("hall_id", ForeignKey("halls.hall_id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("is_open", Boolean, nullable=False),
    Column("is_working", Boolean, nullable=False),
    Column("periods", JSON, nullable=False),
    Column("reason_zh", Text, nullable=False),
    Column("reason_en", Text, nullable=False),
)

# A row for each slot that somebody wanted a place of. Who changes it has the slot's turn until the end of the
# transaction, and counts its places alone.
slot_turns = Table(
    "slot_turns",
    metadata,
    Column("hall_id", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("slot_start_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("turns", BigInteger, nullable=False),
)
Index("ix_slot_turns_slot_start_ms", slot_turns.c.slot_start_ms)

place_holds = Table(
    "place_holds",
    metadata,
    # One a person.
    Column("taxpayer_id", ForeignKey("taxpayers.taxpayer_id"), primary_key=True),
    Column("hall_id", ForeignKey("halls.hall_id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("slot_start_ms", BigInteger, nullable=False),
    Column("slot_end_ms", BigInteger, nullable=False),
    Column("held_until_ms", BigInteger, nullable=False, index=True),
)
Index("ix_place_holds_slot", place_holds.c.hall_id, place_holds.c.kind, place_holds.c.slot_start_ms)

bookings = Table(
    "bookings",
    metadata,
    Column("booking_id", String(64), primary_key=True),
    # What people say and write.
    Column("number", String(16), nullable=False, unique=True),
    Column("taxpayer_id", ForeignKey("taxpayers.taxpayer_id"), nullable=False),
    Column("hall_id", ForeignKey("halls.hall_id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("slot_start_ms", BigInteger, nullable=False),
    Column("slot_end_ms", BigInteger, nullable=False),
    # Of one of these two.
    Column("case_id", ForeignKey("cases.case_id")),
    Column("topic_id", String(16)),
    Column("state", String(16), nullable=False),
    Column("made_at_ms", BigInteger, nullable=False),
    Column("changed_at_ms", BigInteger),
    Column("ended_at_ms", BigInteger),
    # Counts the changes: the SEQUENCE of its calendar file.
    Column("version", Whole, nullable=False),
)
Index("ix_bookings_slot", bookings.c.hall_id, bookings.c.kind, bookings.c.slot_start_ms)
Index("ix_bookings_taxpayer_id_slot_start_ms", bookings.c.taxpayer_id, bookings.c.slot_start_ms)
Index(
    "uq_bookings_open_case",
    bookings.c.case_id,
    unique=True,
    sqlite_where=bookings.c.state == "booked",
    postgresql_where=bookings.c.state == "booked",
)

captchas = Table(
    "captchas",
    metadata,
    Column("captcha_id", String(64), primary_key=True),
    Column("taxpayer_id", ForeignKey("taxpayers.taxpayer_id"), nullable=False),
    # Keyed digests, of no use without the key: of the network address, and of the answer.
    Column("address_index", String(64), nullable=False),
    Column("answer_index", String(64), nullable=False),
    Column("made_at_ms", BigInteger, nullable=False, index=True),
    Column("expires_at_ms", BigInteger, nullable=False),
    # cases.booking.captchas.CaptchaState
    Column("state", String(16), nullable=False),
)
Index("ix_captchas_taxpayer_id_made_at_ms", captchas.c.taxpayer_id, captchas.c.made_at_ms)
Index("ix_captchas_address_index_made_at_ms", captchas.c.address_index, captchas.c.made_at_ms)
