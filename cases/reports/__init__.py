"""What a hall did, counted: the wall of who runs it, and reports over days (docs/REPORTS.md)."""
