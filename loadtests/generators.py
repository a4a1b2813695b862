"""The generators of a run: one in this process, or several processes that are told and tell by pipes."""

import asyncio
import gc
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Final

import uvloop

from loadtests.errors import LoadError
from loadtests.hall import Part, PartDone, simulate
from loadtests.hours import Hours, Phase
from loadtests.pulses import Pulse
from loadtests.weather import Weather

LOOK_S: Final = 0.2
DISTURB: Final = "disturb"


class GeneratorFailed(LoadError):
    """A generator process ended without what it had seen."""

    code = "generator_failed"


def own_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Reins:
    """How a run that goes on is told: its phase, and that the server is about to be disturbed. Any thread may
    tell it.
    """

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


def run_here(base_url: str, part: Part, reins: Reins, show: Callable[[Pulse], None]) -> PartDone:
    """One part in this process and thread."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_told(base_url, part, reins, show))


async def _told(base_url: str, part: Part, reins: Reins, show: Callable[[Pulse], None]) -> PartDone:
    loop = asyncio.get_running_loop()
    hours, weather = Hours(), Weather()

    def take(said: Phase | str) -> None:
        if isinstance(said, Phase):
            loop.call_soon_threadsafe(hours.move_to, said)
        else:
            weather.disturb()

    reins.listen(take)
    return await simulate(base_url, part, hours, weather, show)


@dataclass(frozen=True, slots=True)
class _Generator:
    process: multiprocessing.process.BaseProcess
    pipe: "Connection[Phase | str, Pulse | tuple[PartDone, float]]"


def run_processes(
    base_url: str,
    parts: Sequence[Part],
    reins: Reins,
    show: Callable[[int, Pulse], None],
    started: Callable[[Sequence[int]], None],
) -> tuple[list[PartDone], float]:
    """A process for each part; what each saw, and their processor time together (s).

    ``started`` gets the processes' ids. Raises GeneratorFailed.
    """
    context = multiprocessing.get_context("spawn")
    generators: list[_Generator] = []
    for part in parts:
        near, far = context.Pipe()
        process = context.Process(target=_generate, args=(far, base_url, part), daemon=True)
        process.start()
        far.close()
        generators.append(_Generator(process, near))
    started([generator.process.pid or 0 for generator in generators])

    def tell(said: Phase | str) -> None:
        for generator in generators:
            if generator.process.is_alive():
                generator.pipe.send(said)

    reins.listen(tell)
    done: dict[int, PartDone] = {}
    cpu_s = 0.0
    while len(done) < len(generators):
        waited = {one.pipe: turn for turn, one in enumerate(generators) if turn not in done}
        for pipe in wait(list(waited), timeout=LOOK_S):
            turn = waited[pipe]  # type: ignore[index]  # what was waited for
            try:
                told = generators[turn].pipe.recv()
            except EOFError as error:
                raise GeneratorFailed(f"generator {turn} ended") from error
            if isinstance(told, Pulse):
                show(turn, told)
            else:
                done[turn], used_s = told
                cpu_s += used_s
    for generator in generators:
        generator.process.join()
    return [done[turn] for turn in range(len(generators))], cpu_s


def _generate(
    pipe: "Connection[Pulse | tuple[PartDone, float], Phase | str]", base_url: str, part: Part
) -> None:
    """In the child. Ctrl-C is for the run, which tells its generators."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    many_sockets()
    reins = Reins()

    def listen() -> None:
        while True:
            try:
                reins.tell(pipe.recv())
            except EOFError:
                # The run is gone: nobody would take what is seen.
                os._exit(1)

    threading.Thread(target=listen, daemon=True, name="reins").start()
    gc.freeze()
    done = run_here(base_url, part, reins, pipe.send)
    pipe.send((done, own_cpu_s()))


def many_sockets() -> None:
    """As many as this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
