"""Bounds and targets of what is counted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReportPolicy:
    """``target_ms``: who waited no longer was called in time. ``days_max``: of a report, and of a
    supervisor's look into the audit trail. ``fresh_ms``: so long one look at a hall serves everybody who asks
    for its wall.
    """

    target_ms: int = 900_000
    days_max: int = 31
    fresh_ms: int = 500
