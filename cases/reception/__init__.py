"""Tickets on paper: the reception issues them, taxpayers bind them, counters call them (S19, S37)."""
