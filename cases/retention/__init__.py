"""How long things are kept, and what becomes of them then (docs/BACKUP.md)."""
