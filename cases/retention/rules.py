"""Which rules there are, and from which moment each counts. Pure.

The audit trail is under no rule: it has ids, times and what was done, never names, numbers or texts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

DAY_MS: Final = 86_400_000


class Rule(StrEnum):
    """In the order in which they are gone through: what a later one waits for comes first."""

    DRAFTS = "drafts"
    """Never handed in; from the last change of case, forms and files. Deleted with forms and files."""
    CASES = "cases"
    """From the closing. What is personal goes; topic, hall, times and outcomes stay."""
    PAPER_TICKETS = "paper_tickets"
    """From the closing. Who had bound it, and the officer's remark, go."""
    BOOKINGS = "bookings"
    """From the end of the slot. Deleted, but for those of open cases and of paper tickets."""
    NOTIFICATIONS = "notifications"
    """From when it was made. Deleted, but for those that the webhook still has to be told."""
    SESSIONS = "sessions"
    """From the end of the session. Deleted."""
    GUESSES = "guesses"
    """From the first wrong log-in of its window. Deleted."""
    CAPTCHAS = "captchas"
    """From when it lapsed. Deleted."""
    REQUESTS = "requests"
    """Idempotency keys, from the request. Deleted."""
    TAXPAYERS = "taxpayers"
    """From the last session, booking or ticket, where no case has details any more. Name and number go; the
    account cannot be used again."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Days that each rule waits; 0: for good."""

    days: dict[Rule, int]

    def before_ms(self, rule: Rule, now_ms: int) -> int | None:
        """What counts from before that moment is over; none: the rule is off."""
        days = self.days.get(rule, 0)
        return now_ms - days * DAY_MS if days else None

    def active(self, now_ms: int) -> Iterator[tuple[Rule, int]]:
        """The rules that are on, in their order, each with its moment."""
        for rule in Rule:
            before_ms = self.before_ms(rule, now_ms)
            if before_ms is not None:
                yield rule, before_ms


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of a day, local to the halls, at which it is done: from ``first`` until ``end``, also over
    midnight; the same twice: at any hour.
    """

    first: int
    end: int
    time_zone: str

    def has(self, now_ms: int) -> bool:
        hour = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(self.time_zone)).hour
        if self.first < self.end:
            return self.first <= hour < self.end
        return self.first == self.end or hour >= self.first or hour < self.end
