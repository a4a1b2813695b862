"""Files of cases"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_contents",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("claimed_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_file_contents")),
    )
    op.create_index(op.f("ix_file_contents_claimed_at_ms"), "file_contents", ["claimed_at_ms"])
    op.create_table(
        "files",
        sa.Column("file_id", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("thumbnail_sha256", sa.String(length=64), nullable=True),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=True),
        sa.Column("height_px", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("uploader_kind", sa.String(length=16), nullable=False),
        sa.Column("uploader_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("form_id", sa.String(length=32), nullable=True),
        sa.Column("attachment_kind", sa.String(length=32), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["file_contents.sha256"], name=op.f("fk_files_sha256")),
        sa.ForeignKeyConstraint(
            ["thumbnail_sha256"], ["file_contents.sha256"], name=op.f("fk_files_thumbnail_sha256")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_files_case_id")),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_files")),
    )
    op.create_index(op.f("ix_files_sha256"), "files", ["sha256"])
    op.create_index(op.f("ix_files_thumbnail_sha256"), "files", ["thumbnail_sha256"])
    op.create_index("ix_files_case_id_made_at_ms", "files", ["case_id", "made_at_ms"])
    op.create_index("ix_files_uploader_id_made_at_ms", "files", ["uploader_id", "made_at_ms"])


def downgrade() -> None:
    op.drop_table("files")
    op.drop_table("file_contents")
