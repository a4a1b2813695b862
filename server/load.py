"""``shuitong load``: runs a load test against a server, by default one that it starts and ends itself."""

import asyncio
import contextlib
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import uvloop

from loadtests.figures import Row, heading, summary, table_line
from loadtests.hall import Outcome, simulate
from loadtests.hours import Hours, Phase
from loadtests.officer import Login
from loadtests.rules import RULES, views_checked
from loadtests.scenario import Scenario
from server import demo
from server.benchmarks import frame
from server.benchmarks.frame import Bench, Figures, Measured
from server.errors import LoadRefused

START_S: Final = 60.0
STOP_S: Final = 20.0
BROKEN_SHOWN_MAX: Final = 20
INTERRUPTED_CODE: Final = 130
WITHOUT_MEDIA: Final = "without media: no video is set up, no packet is relayed"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """``url``: none for a server of its own. ``logins``: officers of the server at ``url``."""

    scenario: Scenario
    url: str | None
    logins: Sequence[Login]
    json_file: Path | None
    live: bool


def read_logins(file: Path | None) -> list[Login]:
    """Officers of another server: a line each, staff number and password; none: those of the demo.

    Raises LoadRefused.
    """
    if file is None:
        return [Login(officer.staff_number, demo.PASSWORD) for officer in demo.OFFICERS]
    logins: list[Login] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        words = line.split(maxsplit=1)
        if len(words) == 1:
            raise LoadRefused(f"{file}: line {number}: a staff number and a password are needed")
        if words:
            logins.append(Login(words[0], words[1].strip()))
    return logins


def run(request: LoadRequest, say: Say) -> int:
    """The exit code: 0 when all rules held and nothing failed, 1 when not, 130 when it was interrupted.

    Raises LoadRefused for what cannot be begun.
    """
    outcomes: list[Outcome] = []
    hours = Hours()
    interrupted: list[int] = []

    def measure(say: Say) -> Measured:
        with _server(request, say) as (url, logins):
            say(f"loading {url}, {WITHOUT_MEDIA}")
            screen = _Screen(say, live=request.live)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                outcome = runner.run(_simulate(request, url, logins, hours, interrupted, screen))
            screen.end()
        outcomes.append(outcome)
        return _measured(request, outcome, interrupted=bool(interrupted))

    _allow_many_sockets()
    bench = Bench("load", "taxpayers and officers as real clients, " + WITHOUT_MEDIA, measure)
    result = frame.run(bench, say)
    if request.json_file is not None:
        frame.write(result, request.json_file)
    _report(result.summary, outcomes[0], say)
    if not outcomes[0].held and not (interrupted and not outcomes[0].broken):
        return 1
    return INTERRUPTED_CODE if interrupted else 0


async def _simulate(
    request: LoadRequest,
    url: str,
    logins: Sequence[Login],
    hours: Hours,
    interrupted: list[int],
    screen: "_Screen",
) -> Outcome:
    def interrupt() -> None:
        interrupted.append(signal.SIGINT)
        hours.move_to(Phase.CLOSING if len(interrupted) == 1 else Phase.OVER)
        screen.interrupted(len(interrupted))

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    return await simulate(url, request.scenario, logins, hours, screen.show, alone=request.url is None)


def _allow_many_sockets() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def _server(request: LoadRequest, say: Say) -> Iterator[tuple[str, Sequence[Login]]]:
    """The address to load, and a login for each officer. Raises LoadRefused."""
    officers = request.scenario.officers
    if request.url is None:
        say("starting a server of its own, on a folder that is removed afterwards")
        logins = [Login(f"L{turn + 1:03d}", demo.PASSWORD) for turn in range(officers)]
        staff_numbers = [login.staff_number for login in logins]
        with (
            tempfile.TemporaryDirectory(prefix="shuitong-load-") as folder,
            own_server(Path(folder), staff_numbers) as url,
        ):
            yield url, logins
        return
    if re.fullmatch(r"https?://[^/\s?#@]+/?", request.url) is None:
        raise LoadRefused("--url: an address such as http://localhost:8080 is needed")
    if officers > len(request.logins):
        raise LoadRefused(
            f"{officers} officers need as many accounts on that server, and {len(request.logins)} are known; "
            "--officer-logins names a file with more"
        )
    yield request.url, request.logins[:officers]


@contextlib.contextmanager
def own_server(folder: Path, staff_numbers: Sequence[str]) -> Iterator[str]:
    """A server process on that folder, with these officers, until the end of the block; its address.

    Raises LoadRefused.
    """
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "server.load_server", str(folder / "house"), *staff_numbers],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            # Ctrl-C is for the run, which needs its server until it has ended.
            start_new_session=True,
        )
    try:
        yield _address(process, log)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """As the server announces it once it serves."""
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s and process.poll() is None:
        announced = re.search(r"https?://[^/\s]+:(\d+)/officer/", log.read_text(encoding="utf-8"))
        if announced is not None:
            return f"http://127.0.0.1:{announced[1]}"
        time.sleep(0.05)
    raise LoadRefused(f"the server did not start: {log.read_text(encoding='utf-8')[-2_000:]}")


class _Screen:
    """The live table: in a terminal a row that changes, elsewhere a line each second."""

    def __init__(self, say: Say, *, live: bool) -> None:
        self._say = say
        self._live = live
        self._begun = False

    def show(self, current: Row) -> None:
        if not self._begun:
            self._begun = True
            self._say(heading())
        if self._live:
            sys.stdout.write(f"\r{table_line(current)}\x1b[K")
            sys.stdout.flush()
        else:
            self._say(table_line(current))

    def interrupted(self, times: int) -> None:
        self.end()
        self._say(
            "closing: tickets are brought to an end; Ctrl-C again ends at once" if times == 1 else "ending"
        )

    def end(self) -> None:
        if self._live and self._begun:
            self._say("")


def _measured(request: LoadRequest, outcome: Outcome, *, interrupted: bool) -> Measured:
    notes = outcome.notes
    counted = summary(notes.figures, taken_s=outcome.taken_s)
    broken = {rule: sum(one.rule == rule for one in outcome.broken) for rule in RULES}
    return Measured(
        summary={
            **counted,
            **_cpu_s(request),
            "views_checked": views_checked(notes.events),
            "rules_broken": len(outcome.broken),
        },
        details={
            "scenario": asdict(request.scenario),
            "server": request.url or "its own",
            "media": False,
            "interrupted": interrupted,
            "drained": outcome.drained,
            "events_not_kept": notes.overflowed,
            "broken_by_rule": broken,
            "broken": [asdict(one) for one in outcome.broken[:1_000]],
            "errors_by_code": dict(notes.figures.errors),
            "error_examples": notes.error_examples,
            "issue_ms": [round(value, 1) for value in notes.figures.issue_ms],
            "call_to_page_ms": [round(value, 1) for value in notes.figures.call_to_page_ms],
        },
        versions={},
    )


def _cpu_s(request: LoadRequest) -> dict[str, float]:
    """Which side was busy: processor time of this process, and of a server of its own that has ended."""
    used = {"generator_cpu_s": resource.getrusage(resource.RUSAGE_SELF)}
    if request.url is None:
        used["server_cpu_s"] = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {name: round(usage.ru_utime + usage.ru_stime, 1) for name, usage in used.items()}


def _report(figured: Figures, outcome: Outcome, say: Say) -> None:
    figures = outcome.notes.figures
    for key, value in figured.items():
        say(f"{key:<24} {value}")
    for code, count in figures.errors.most_common():
        say(f"error {code}: {count}")
    for example in outcome.notes.error_examples[:3]:
        say(f"  {example}")
    for one in outcome.broken[:BROKEN_SHOWN_MAX]:
        say(f"BROKEN {one.rule}: {', '.join(one.tickets)}: {one.shown}")
    if len(outcome.broken) > BROKEN_SHOWN_MAX:
        say(f"… and {len(outcome.broken) - BROKEN_SHOWN_MAX} more")
    if not outcome.drained:
        say("not judged: whether every ticket reaches its end (the run was cut short)")
    if not figures.states:
        say("no ticket was taken")
    checked = views_checked(outcome.notes.events)
    say(f"{checked} views checked against {len(RULES)} rules: {len(outcome.broken)} broken")
