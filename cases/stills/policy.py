"""The bounds of requests for a still picture."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StillPolicy:
    """``request_ms``: how long a request waits for the taxpayer's answer; ``per_call``: requests in one
    call.
    """

    request_ms: int = 120_000
    per_call: int = 20
