"""Backups of the records and files in one archive, and their restoring (docs/BACKUP.md)."""
