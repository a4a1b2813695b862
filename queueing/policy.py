"""The queue's settings, all durations in milliseconds."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """Deadlines and bounds. Raises ValueError, naming the field, for a value that is out of its range."""

    confirm_ms: int = 60_000
    """A called ticket is abandoned when it is not confirmed for so long after the latest ring."""
    activation_ms: int = 600_000
    """An abandoned ticket lapses when it is not taken back for so long."""
    reactivations_max: int = 2
    """How often a ticket may be taken back. The abandonment after the last one lapses at once."""
    reactivate_after: int = 2
    """How many people stay ahead of a ticket that is taken back."""
    recall_spacing_ms: int = 5_000
    """A ring sooner after the one before changes nothing. Shorter than `confirm_ms`."""
    lease_ms: int = 60_000
    """What an officer has goes back to its lines when the officer is not heard of for so long."""
    hold_ms: int = 900_000
    """A ticket on hold goes back to its line after so long."""
    holds_max: int = 3
    """How many tickets an officer may have on hold."""
    line_capacity: int = 20_000
    """How many may wait in one line."""
    ended_ticket_ttl_ms: int = 86_400_000
    """How long an ended ticket still answers, so that late repeats of its steps find it."""
    request_ttl_ms: int = 3_600_000
    """How long a call's request id is remembered. At most `ended_ticket_ttl_ms`."""
    number_ttl_ms: int = 172_800_000
    """How long a line's numbers of a day are counted: longer than the day, in any time zone."""

    def __post_init__(self) -> None:
        may_be_zero = {"reactivations_max", "reactivate_after", "recall_spacing_ms"}
        for field in fields(self):
            least = 0 if field.name in may_be_zero else 1
            if getattr(self, field.name) < least:
                raise ValueError(f"{field.name} has to be at least {least}")
        if self.recall_spacing_ms >= self.confirm_ms:
            raise ValueError("recall_spacing_ms has to be less than confirm_ms")
        if self.request_ttl_ms > self.ended_ticket_ttl_ms:
            raise ValueError("request_ttl_ms has to be at most ended_ticket_ttl_ms")
