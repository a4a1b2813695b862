"""The generators of a run that has several: processes, on this machine or others. Where one runs is in the
command that starts it, such as ``ssh load2 shuitong load-generator``.
"""

import contextlib
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Final

from loadtests.errors import LoadError
from loadtests.generator import CLOCK, Answered, Hello, Said, Work, WorkDone, own_hello
from loadtests.hall import Part, PartDone
from loadtests.hours import Phase
from loadtests.notes import now_ms
from loadtests.pulses import Pulse
from loadtests.reins import Reins

START_S: Final = 60.0
"""How long a generator may take to be there with everything imported, and to tell what its clock says."""
CLOCK_ASKED: Final = 15
"""Times; the quickest answer counts, as it is the least delayed."""
END_S: Final = 10.0

Command = Sequence[str]


class GeneratorFailed(LoadError):
    """A generator does not start, is of another version, or ended without telling what it had seen."""

    code = "generator_failed"


@dataclass(frozen=True, slots=True)
class GeneratorDone:
    """What a generator saw, its processor time (s), and its clock before this process' one (ms)."""

    done: PartDone
    cpu_s: float
    name: str
    ahead_ms: float


@dataclass(slots=True)
class _Generator:
    """One process. ``ahead_ms``: its clock before ours."""

    name: str
    process: subprocess.Popen[bytes]
    told: "Connection[Said, object]"
    answers: "Connection[object, Answered]"
    ahead_ms: float = 0.0

    def tell(self, said: Said) -> None:
        # Who is gone is found where its answer is missed.
        with contextlib.suppress(OSError):
            self.told.send(said)

    def answer(self) -> Answered:
        """Raises GeneratorFailed."""
        try:
            return self.answers.recv()
        except (EOFError, OSError) as error:
            raise GeneratorFailed(f"{self.name} ended") from error

    def first_answer(self) -> Answered:
        """Raises GeneratorFailed, also where none comes."""
        if not self.answers.poll(START_S):
            raise GeneratorFailed(f"{self.name} has not answered for {START_S:.0f} s")
        return self.answer()

    def meet(self) -> None:
        """It is there, speaks as we do, and its clock is known. Raises GeneratorFailed."""
        hello, own = self.first_answer(), own_hello()
        if hello != own:
            other = (
                f"Shuitong {hello.shuitong}, Python {hello.python}" if isinstance(hello, Hello) else "others"
            )
            raise GeneratorFailed(
                f"{self.name} has {other}, this run Shuitong {own.shuitong}, Python {own.python}"
            )
        best_ms = float("inf")
        for _ in range(CLOCK_ASKED):
            asked_ms = now_ms()
            self.tell(CLOCK)
            theirs_ms = self.first_answer()
            took_ms = now_ms() - asked_ms
            if isinstance(theirs_ms, float) and took_ms < best_ms:
                best_ms, self.ahead_ms = took_ms, theirs_ms - (asked_ms + took_ms / 2)

    def done(self, work: WorkDone) -> "GeneratorDone":
        """With the times of this process' clock."""
        work.done.notes.figures.shift(-self.ahead_ms)
        return GeneratorDone(work.done, work.cpu_s, self.name, round(self.ahead_ms, 1))

    def end(self) -> None:
        """Its input ends, and with it the process."""
        self.told.close()
        self.answers.close()
        try:
            self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _started(command: Command) -> _Generator:
    """Raises GeneratorFailed."""
    its_input, told = os.pipe()
    answers, its_output = os.pipe()
    said: Connection[Said, object] = Connection(told, readable=False)
    heard: Connection[object, Answered] = Connection(answers, writable=False)
    try:
        # Ctrl-C is the run's: one that goes through ssh would end with it.
        process = subprocess.Popen(command, stdin=its_input, stdout=its_output, start_new_session=True)
    except OSError as error:
        said.close()
        heard.close()
        raise GeneratorFailed(f"{shlex.join(command)}: {error.strerror}") from error
    finally:
        os.close(its_input)
        os.close(its_output)
    return _Generator(shlex.join(command), process, said, heard)


@contextlib.contextmanager
def _all_started(commands: Sequence[Command]) -> Iterator[list[_Generator]]:
    """Raises GeneratorFailed."""
    generators: list[_Generator] = []
    try:
        for command in commands:
            generators.append(_started(command))
        for generator in generators:
            generator.meet()
        yield generators
    finally:
        for generator in generators:
            generator.end()


def run_generators(
    base_url: str,
    dealt: Sequence[tuple[Part, Command]],
    reins: Reins,
    show: Callable[[int, Pulse], None],
    started: Callable[[Sequence[int]], None],
) -> list[GeneratorDone]:
    """A process for each part, started by its command; what each saw, with times of this process' clock.

    ``started`` gets the ids of the processes that were started here. Raises GeneratorFailed.
    """
    with _all_started([command for _, command in dealt]) as generators:
        started([generator.process.pid for generator in generators])
        for generator, (part, _) in zip(generators, dealt, strict=True):
            generator.tell(Work(base_url, part))

        def tell(said: Phase | str) -> None:
            for generator in generators:
                generator.tell(said)

        reins.listen(tell)
        done: dict[int, GeneratorDone] = {}
        while len(done) < len(generators):
            working = {turn: one for turn, one in enumerate(generators) if turn not in done}
            ready = wait([one.answers for one in working.values()])
            for turn, generator in working.items():
                if generator.answers not in ready:
                    continue
                told = generator.answer()
                if isinstance(told, Pulse):
                    show(turn, told)
                elif isinstance(told, WorkDone):
                    done[turn] = generator.done(told)
    return [done[turn] for turn in range(len(generators))]
