"""Forms as data: what they ask, and one check of what was filled in that server and pages do alike (S7)."""
