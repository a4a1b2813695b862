"""Halls' calendars, the places of their slots, and who booked them (S9, S11, S18, S38)."""
