"""A generator: does one part of a run, in this process, or for a run that started it and speaks with it over
its standard input and output.

What goes over them is pickled, so it is for a run and a generator that trust each other: each could run
anything at the other's. A run starts its generators itself, over ``ssh`` where they are on other machines.
"""

import asyncio
import gc
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing.connection import Connection
from typing import Final, TypeAlias

import uvloop

from loadtests.hall import Part, PartDone, simulate
from loadtests.hours import Hours, Phase
from loadtests.notes import now_ms
from loadtests.pulses import Pulse
from loadtests.reins import Reins
from loadtests.weather import Weather

CLOCK: Final = "clock"
"""Asks a generator for its clock (ms)."""


@dataclass(frozen=True, slots=True)
class Hello:
    """A generator is there. What it pickles is read by those of the same version only."""

    shuitong: str
    python: str


@dataclass(frozen=True, slots=True)
class Work:
    """What a generator is to do, against the server at ``base_url``."""

    base_url: str
    part: Part


@dataclass(frozen=True, slots=True)
class WorkDone:
    """What it saw, and its processor time (s)."""

    done: PartDone
    cpu_s: float


Said: TypeAlias = str | Phase | Work
"""To a generator."""
Answered: TypeAlias = Hello | float | Pulse | WorkDone
"""By a generator."""


def own_hello() -> Hello:
    return Hello(version("shuitong"), f"{sys.version_info.major}.{sys.version_info.minor}")


def own_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def many_sockets() -> None:
    """As many as this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


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


def by_output() -> "Connection[Answered, object]":
    """To the run by standard output; whatever else is printed from now on must not get in between."""
    answers: Connection[Answered, object] = Connection(os.dup(1), readable=False)
    os.dup2(2, 1)
    return answers


def serve() -> None:
    """Do what the run says that started this process; when it is gone, this process ends too. Ctrl-C is for
    the run, which tells its generators.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    many_sockets()
    told: Connection[object, Said] = Connection(os.dup(0), writable=False)
    answers = by_output()
    answers.send(own_hello())
    try:
        while (said := told.recv()) == CLOCK:
            answers.send(now_ms())
    except EOFError:
        return
    if not isinstance(said, Work):
        raise TypeError("a generator is told its work first")
    reins = Reins()

    def listen() -> None:
        while True:
            try:
                heard = told.recv()
            except EOFError:
                # The run is gone: nobody would take what is seen.
                os._exit(1)
            if not isinstance(heard, Work):
                reins.tell(heard)

    threading.Thread(target=listen, daemon=True, name="reins").start()
    gc.freeze()
    done = run_here(said.base_url, said.part, reins, answers.send)
    answers.send(WorkDone(done, own_cpu_s()))
