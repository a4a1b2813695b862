"""The bounds and spans of casework. Those of its bookings are in ``cases.booking.policy``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaseworkPolicy:
    """Spans in working days of the case's hall, or ms; bounds as counts.

    ``rebook_days``: how long a case whose booking was cancelled waits for another one; ``review_lease_ms``:
    how long an officer has a case to review for themselves.
    """

    resubmission_days: int = 3
    edit_days: int = 5
    promised_days: int = 1
    payment_days: int = 3
    rebook_days: int = 10
    review_lease_ms: int = 600_000
    drafts_max: int = 20
    receipts_max: int = 5
    payments_max: int = 10
    faults_max: int = 50
    happenings_max: int = 500
