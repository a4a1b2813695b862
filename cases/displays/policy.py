"""The bounds of displays. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DisplayPolicy:
    """``look_ms``: how often a hall is read anew while screens of it wait for news; ``wait_ms``: how long one
    request waits for news; ``waiting_max``: requests of one display that wait at a time, further ones are
    answered at once; ``shown_max``: calls on a board; ``displays_max``: displays of a hall; ``seen_ms``: how
    exactly it is kept when a display asked last.
    """

    look_ms: int = 500
    wait_ms: int = 10_000
    waiting_max: int = 4
    shown_max: int = 9
    displays_max: int = 50
    seen_ms: int = 60_000
