"""The bounds of video requests."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class VideoPolicy:
    """``request_ms``: how long a request waits for an answer; ``per_minute``: requests of one person in a
    minute; ``listed_max``: open requests and calls that a person is shown at once, the latest ones.
    """

    request_ms: int = 45_000
    per_minute: int = 3
    listed_max: int = 50


MINUTE_MS: Final = 60_000
