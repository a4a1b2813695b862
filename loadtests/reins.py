"""How a run that goes on is told: its phase, and that the server is about to be disturbed."""

import threading
from collections.abc import Callable
from typing import Final

from loadtests.hours import Phase

DISTURB: Final = "disturb"


class Reins:
    """Any thread may tell it. Who listens later is told the phase that was told before."""

    def __init__(self) -> None:
        self._tellers: list[Callable[[Phase | str], None]] = []
        self._told: list[Phase | str] = []
        self._lock = threading.Lock()

    def listen(self, teller: Callable[[Phase | str], None]) -> None:
        with self._lock:
            self._tellers.append(teller)
            for said in self._told:
                teller(said)

    def tell(self, said: Phase | str) -> None:
        with self._lock:
            if isinstance(said, Phase):
                self._told.append(said)
            for teller in self._tellers:
                teller(said)
