"""The tables of conversations."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from cases.schema import Whole, metadata

# A row from the first message on, changed by who has the row of the case for the transaction.
conversations = Table(
    "conversations",
    metadata,
    Column("case_id", ForeignKey("cases.case_id"), primary_key=True),
    # As in the case.
    Column("taxpayer_id", ForeignKey("taxpayers.taxpayer_id"), nullable=False),
    Column("hall_id", ForeignKey("halls.hall_id"), nullable=False),
    Column("is_consult", Boolean, nullable=False),
    # Counts the changes: messages, and reading.
    Column("version", Whole, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False, index=True),
    # Of the latest message.
    Column("last_number", Whole, nullable=False),
    Column("last_at_ms", BigInteger, nullable=False),
    # Up to which number each side has read, and how many messages of the other side are behind that.
    Column("taxpayer_read", Whole, nullable=False),
    Column("officer_read", Whole, nullable=False),
    Column("taxpayer_unread", Whole, nullable=False),
    Column("officer_unread", Whole, nullable=False),
)
Index("ix_conversations_hall_id_last_at_ms", conversations.c.hall_id, conversations.c.last_at_ms)
Index("ix_conversations_taxpayer_id_last_at_ms", conversations.c.taxpayer_id, conversations.c.last_at_ms)

messages = Table(
    "messages",
    metadata,
    # Numbered without gaps. Added and never changed.
    Column("case_id", ForeignKey("conversations.case_id"), primary_key=True),
    Column("number", Whole, primary_key=True, autoincrement=False),
    # Made by the page that sends, so that a repeat finds its message.
    Column("message_id", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    # cases.conversation.views.Sender
    Column("sender", String(16), nullable=False),
    # Of a person.
    Column("person_id", String(64)),
    # cases.conversation.views.MessageKind
    Column("kind", String(16), nullable=False),
    # What a person wrote, sealed.
    Column("text_sealed", LargeBinary),
    Column("file_ids", JSON, nullable=False),
    # What the rules say (cases.conversation.notices), with what the sentence needs.
    Column("notice", String(32)),
    Column("params", JSON, nullable=False),
    UniqueConstraint("case_id", "message_id"),
)

quick_replies = Table(
    "quick_replies",
    metadata,
    Column("reply_id", String(64), primary_key=True),
    Column("hall_id", ForeignKey("halls.hall_id"), nullable=False, index=True),
    # None: of the whole hall.
    Column("officer_id", ForeignKey("officers.officer_id"), index=True),
    Column("place", Whole, nullable=False),
    Column("text", Text, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False),
)
