"""Audit entries chained by hash, and refused to be changed

Entries from before have no place in the chain: they stay as they are, and its first entry vouches for them.
"""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_REFUSED = "audit entries are never changed"
_INDEXES = {
    "ix_audit_entries_actor": ("actor_id",),
    "ix_audit_entries_action": ("action",),
    "ix_audit_entries_object_kind": ("object_kind",),
    "ix_audit_entries_object": ("object_id", "object_kind"),
}


def upgrade() -> None:
    op.add_column("audit_entries", sa.Column("sequence", sa.BigInteger(), nullable=True))
    op.add_column("audit_entries", sa.Column("previous_hash", sa.String(length=64), nullable=True))
    op.add_column("audit_entries", sa.Column("own_hash", sa.String(length=64), nullable=True))
    op.drop_index("ix_audit_entries_object", "audit_entries")
    op.drop_index("ix_audit_entries_actor_id", "audit_entries")
    op.create_index("ix_audit_entries_sequence", "audit_entries", ["sequence"], unique=True)
    for name, columns in _INDEXES.items():
        op.create_index(name, "audit_entries", [*columns, "sequence"])
    head = op.create_table(
        "trail_head",
        sa.Column("head_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("own_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("head_id", name=op.f("pk_trail_head")),
    )
    genesis = hashlib.sha256(b"shuitong audit 1").hexdigest()
    op.bulk_insert(head, [{"head_id": 1, "sequence": 0, "own_hash": genesis}])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER audit_entries_no_{verb} BEFORE {verb.upper()} ON audit_entries "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION audit_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE ON audit_entries "
            "FOR EACH ROW EXECUTE FUNCTION audit_entries_refuse()"
        )
        op.execute(
            "CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_refuse()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_entries_no_update")
        op.execute("DROP TRIGGER audit_entries_no_delete")
    else:
        op.execute("DROP TRIGGER audit_entries_no_change ON audit_entries")
        op.execute("DROP TRIGGER audit_entries_no_truncate ON audit_entries")
        op.execute("DROP FUNCTION audit_entries_refuse()")
    op.drop_table("trail_head")
    for name in ("ix_audit_entries_sequence", *_INDEXES):
        op.drop_index(name, "audit_entries")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        for column in ("own_hash", "previous_hash", "sequence"):
            batch_op.drop_column(column)
    op.create_index("ix_audit_entries_actor_id", "audit_entries", ["actor_id"])
    op.create_index("ix_audit_entries_object", "audit_entries", ["object_kind", "object_id"])
