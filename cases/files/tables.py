"""The tables of files."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

from cases.schema import Whole, metadata

file_contents = Table(
    "file_contents",
    metadata,
    # What is on the shelf, by its SHA-256. The row is there before the bytes are, and goes after them.
    Column("sha256", String(64), primary_key=True),
    # When somebody wanted it last: it is not thrown away for a while, whether a file has it or not yet.
    Column("claimed_at_ms", BigInteger, nullable=False, index=True),
)

files = Table(
    "files",
    metadata,
    Column("file_id", String(64), primary_key=True),
    # As it is kept: a picture is written anew, so this is not what was sent.
    Column("sha256", ForeignKey("file_contents.sha256"), nullable=False, index=True),
    Column("thumbnail_sha256", ForeignKey("file_contents.sha256"), index=True),
    Column("media_type", String(32), nullable=False),
    Column("size_bytes", Whole, nullable=False),
    # Of a picture.
    Column("width_px", Whole),
    Column("height_px", Whole),
    # Of a PDF.
    Column("pages", Whole),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False),
    # cases.audit.ActorKind
    Column("uploader_kind", String(16), nullable=False),
    Column("uploader_id", String(64), nullable=False),
    # cases.files.views.FilePurpose
    Column("purpose", String(16), nullable=False),
    # Of an attachment: the form that it belongs to, and which of its attachments it is.
    Column("form_id", String(32)),
    Column("attachment_kind", String(32)),
    Column("name", Text, nullable=False),
    Column("made_at_ms", BigInteger, nullable=False),
)
Index("ix_files_case_id_made_at_ms", files.c.case_id, files.c.made_at_ms)
Index("ix_files_uploader_id_made_at_ms", files.c.uploader_id, files.c.made_at_ms)
