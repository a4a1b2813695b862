"""The chain of the audit trail: how entries are joined by keyed hash, and how that is looked through."""
