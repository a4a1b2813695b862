"""The times and limits of booking, and what follows from them for one booking. Pure."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BookingPolicy:
    """``hold_ms``: how long a place is kept while the captcha is typed; ``open_max``: open bookings a
    taxpayer; ``horizon_days``: how far ahead; ``lead_ms``: least time until a slot that is booked;
    ``window_ms``: how long before the slot tickets are issued; ``reminder_ms``: how long before that the
    taxpayer is reminded.
    """

    hold_ms: int = 300_000
    open_max: int = 3
    horizon_days: int = 30
    lead_ms: int = 1_800_000
    window_ms: int = 1_800_000
    reminder_ms: int = 1_800_000


class Booked(Protocol):
    """A slot that somebody has."""

    @property
    def slot_start_ms(self) -> int: ...

    @property
    def slot_end_ms(self) -> int: ...


def issue_window(booked: Booked, policy: BookingPolicy) -> tuple[int, int]:
    """From when to when the ticket of the booking may be issued (出票时间)."""
    return booked.slot_start_ms - policy.window_ms, booked.slot_end_ms


def reminder_at_ms(booked: Booked, policy: BookingPolicy, now_ms: int) -> int | None:
    """When the taxpayer is reminded of what was booked (or changed) at ``now_ms``; none where that is too
    late.
    """
    opens_ms, _ = issue_window(booked, policy)
    at_ms = opens_ms - policy.reminder_ms
    return at_ms if at_ms > now_ms else None
