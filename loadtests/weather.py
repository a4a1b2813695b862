"""When the server is known to be disturbed, because the run itself killed a part of it."""

import time
from typing import Final

CALM_AGAIN_S: Final = 45.0
"""Until then after a kill, what goes wrong is put down to it, and clients repeat what may be repeated."""


class Weather:
    """Of one run. Outside of a disturbance an error is an error."""

    def __init__(self) -> None:
        self._rough_until_s = 0.0

    def disturb(self, for_s: float = CALM_AGAIN_S) -> None:
        self._rough_until_s = max(self._rough_until_s, time.monotonic() + for_s)

    @property
    def is_rough(self) -> bool:
        return time.monotonic() < self._rough_until_s
