"""What goes on beside a load run: processes are sampled, and killed as asked for."""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from server.errors import LoadRefused
from server.load_house import SAMPLE_S, Kill, OwnServer, Sample, Sampler

Say = Callable[[str], None]
GENERATOR: Final = "generator"


@dataclass(frozen=True, slots=True)
class Killed:
    """Which process, and when of the run; ``back_s``: how long until the run's own server was there again."""

    process: str
    at_s: float
    back_s: float


class Watch:
    """A thread. ``begin`` it with the run, ``end`` it after it."""

    def __init__(
        self, server: OwnServer | None, kills: Sequence[Kill], disturb: Callable[[], None], say: Say
    ) -> None:
        self._server = server
        self._kills = sorted(kills, key=lambda kill: kill.at_s)
        self._disturb = disturb
        self._say = say
        self._over = threading.Event()
        self._sampler = Sampler()
        self._began_s = 0.0
        self._threads: list[threading.Thread] = []
        self.generators: Mapping[int, str] = {os.getpid(): f"{GENERATOR} 1"}
        """The processes of this machine that load, besides: their names by their ids."""
        self.killed: list[Killed] = []
        self.failed: list[str] = []

    @property
    def samples(self) -> Sequence[Sample]:
        return self._sampler.samples

    @property
    def cpu_s(self) -> Mapping[str, float]:
        """Processor time of each process, between its first and its last sample."""
        return self._sampler.used_s

    @property
    def server_cpu_s(self) -> float | None:
        """What the run's own server used while the run went on; none where that cannot be seen."""
        if self._server is None or not self._sampler.samples:
            return None
        return sum(used_s for name, used_s in self.cpu_s.items() if not name.startswith(GENERATOR))

    def begin(self, at_s: float = 0.0) -> None:
        """``at_s``: how long the run has been going on."""
        self._began_s = time.monotonic() - at_s
        for work in (self._sample, self._kill):
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _at_s(self) -> float:
        return time.monotonic() - self._began_s

    def _sample(self) -> None:
        while True:
            found = dict(self.generators)
            if self._server is not None:
                found.update(self._server.processes())
            self._sampler.sample(found, self._at_s())
            if self._over.wait(SAMPLE_S):
                return

    def _kill(self) -> None:
        for kill in self._kills:
            if self._server is None or self._over.wait(max(0.0, kill.at_s - self._at_s())):
                return
            self._disturb()
            at_s = self._at_s()
            try:
                name = self._server.kill(kill.kind)
            except LoadRefused as error:
                self.failed.append(str(error))
                return
            if name is None:
                self.failed.append(f"there was no {kill.kind} process to kill at {at_s:.1f} s")
                continue
            killed = Killed(name, round(at_s, 1), round(self._at_s() - at_s, 1))
            self.killed.append(killed)
            self._say(f"killed {name} at {killed.at_s} s")
