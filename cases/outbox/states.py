"""A notification's way to the webhook, and when it is tried again. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class DeliveryState(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    PARKED = "parked"
    """Tried as often as it is tried: an administrator may have it tried again."""
    EXPIRED = "expired"
    """Too old to be of use before it could be delivered."""


class Result(StrEnum):
    """What came of an attempt."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    """The receiver answered with another status than 2xx; a redirection is not followed."""
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    """No connection, or it broke."""


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """``attempts_max`` attempts, each waiting twice as long as the one before, from ``retry_least_ms`` to
    ``retry_most_ms``; ``timeout_ms`` an attempt; ``lease_ms``: how long one process has a notification for
    itself, longer than an attempt takes; ``at_once``: attempts at a time; ``age_max_ms``: what waits for
    longer after its time, for instance because there was no webhook, is not delivered any more.
    """

    attempts_max: int = 20
    retry_least_ms: int = 1_000
    retry_most_ms: int = 900_000
    timeout_ms: int = 10_000
    lease_ms: int = 60_000
    at_once: int = 8
    age_max_ms: int = 259_200_000
    poll_ms: int = 500


def retry_after_ms(attempts: int, policy: DeliveryPolicy, chance: float) -> int:
    """How long to wait after so many failed attempts. ``chance``: 0 to 1, so that those which failed together
    are not tried together again: at least half of the whole wait.
    """
    doubled: int = policy.retry_least_ms * 2 ** max(0, min(attempts - 1, 30))
    whole_ms = min(policy.retry_most_ms, doubled)
    return round(whole_ms * (0.5 + chance / 2))
