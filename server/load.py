"""``shuitong load``: runs a load test against a server, by default one that it starts and ends itself."""

import contextlib
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from loadtests.deadlines import late_ms
from loadtests.figures import Figures as Counted
from loadtests.figures import Row, heading, merged, quantile, summary, table_line
from loadtests.generator import many_sockets, own_cpu_s, run_here
from loadtests.generators import Command, GeneratorDone, GeneratorFailed, run_generators
from loadtests.hall import Part, PartDone, parts
from loadtests.hours import Phase
from loadtests.logins import Login
from loadtests.observed import Observed
from loadtests.packets import accounts
from loadtests.pulses import Pulse, Pulses
from loadtests.reins import Reins
from loadtests.report.page import page
from loadtests.rules import RULES, Broken, Judged, check, views_checked
from loadtests.scenario import Scenario
from server import demo
from server.benchmarks import frame
from server.benchmarks.frame import Bench, BenchResult, Figures, Measured
from server.errors import GeneratorGone, LoadRefused
from server.load_house import Kill, OwnServer
from server.load_options import OWN_GENERATOR
from server.load_watch import GENERATOR, Watch

NAME: Final = "load"
BROKEN_SHOWN_MAX: Final = 20
INTERRUPTED_CODE: Final = 130

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """``url``: none for a server of its own. ``logins``: officers of the server at ``url``. ``html_file``:
    for the report. ``kills`` and ``media_workers`` are those of a server of its own.
    """

    scenario: Scenario
    url: str | None
    logins: Sequence[Login]
    json_file: Path | None
    live: bool
    html_file: Path | None = None
    generators: Sequence[Command] = ()
    """What starts each process that loads; none: this one does."""
    kills: Sequence[Kill] = ()
    media_workers: int = 0
    compared: Mapping[str, Any] | None = None
    """An earlier result, beside which the report shows this one."""
    compared_name: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run. ``generators``: those that were processes of their own."""

    done: Sequence[PartDone]
    events: Sequence[Observed]
    figures: Counted
    broken: Sequence[Broken]
    pulses: Pulses
    watch: Watch
    interrupted: bool
    generator_cpu_s: float
    generators: Sequence[GeneratorDone] = ()
    began_s: float = field(default_factory=time.monotonic)

    @property
    def generator_cores(self) -> Mapping[str, float]:
        """By their own account, wherever they ran."""
        return {
            f"{GENERATOR} {turn}": round(one.cpu_s / one.done.taken_s, 2)
            for turn, one in enumerate(self.generators, start=1)
        }

    @property
    def drained(self) -> bool:
        return all(one.drained for one in self.done)

    @property
    def taken_s(self) -> float:
        return max(one.taken_s for one in self.done)

    @property
    def overflowed(self) -> int:
        return sum(one.notes.overflowed for one in self.done)

    @property
    def error_examples(self) -> list[str]:
        return [example for one in self.done for example in one.notes.error_examples]

    @property
    def held(self) -> bool:
        """Nothing was broken, nothing failed, and there was something to look at."""
        failed = bool(self.figures.errors) or bool(self.watch.failed)
        return not self.broken and not failed and bool(self.figures.states)


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
    result, outcome = measured(request, say)
    if request.json_file is not None:
        frame.write(result, request.json_file)
    if request.html_file is not None:
        _write_report(request, result)
        say(f"the report is {request.html_file}")
    _report(result.summary, outcome, say)
    if not outcome.held and not (outcome.interrupted and not outcome.broken):
        return 1
    return INTERRUPTED_CODE if outcome.interrupted else 0


def _write_report(request: LoadRequest, result: BenchResult) -> None:
    shown: list[tuple[str, Mapping[str, Any]]] = [("this run", asdict(result))]
    if request.compared is not None and request.compared_name is not None:
        shown.append((request.compared_name, request.compared))
    if request.html_file is not None:
        request.html_file.parent.mkdir(parents=True, exist_ok=True)
        request.html_file.write_text(page(shown), encoding="utf-8")


def measured(request: LoadRequest, say: Say) -> tuple[BenchResult, Outcome]:
    """Run it to its end, and judge it. Raises LoadRefused, GeneratorGone."""
    outcomes: list[Outcome] = []

    def measure(say: Say) -> Measured:
        with _server(request, say) as (url, logins, server):
            media = f"{request.scenario.cameras} calls at once with media"
            say(f"loading {url}, {media if request.scenario.cameras else 'without media'}")
            try:
                outcome = _simulated(request, url, logins, server, say)
            except GeneratorFailed as error:
                raise GeneratorGone(str(error)) from error
        outcomes.append(outcome)
        return _measured(request, outcome)

    many_sockets()
    bench = Bench(NAME, "taxpayers and officers as real clients, who check what they are shown", measure)
    return frame.run(bench, say), outcomes[0]


def _simulated(
    request: LoadRequest, url: str, logins: Sequence[Login], server: OwnServer | None, say: Say
) -> Outcome:
    reins, pulses, screen = Reins(), Pulses(), _Screen(say, live=request.live)
    watch = Watch(server, request.kills, lambda: reins.tell("disturb"), screen.say)
    interrupted: list[int] = []

    def interrupt(_number: int, _frame: object) -> None:
        interrupted.append(signal.SIGINT)
        screen.interrupted(len(interrupted))
        reins.tell(Phase.CLOSING if len(interrupted) == 1 else Phase.OVER)

    def show(generator: int, pulse: Pulse) -> None:
        if not pulses.taken:
            # Starting generators takes a while: the run's clock is theirs.
            watch.begin(pulse.at_s)
        pulses.add(generator, pulse)
        if generator == 0:
            screen.show(pulses.row())

    def started(ids: Sequence[int]) -> None:
        # Of one elsewhere only the process that leads there is here.
        watch.generators = {
            pid: f"{GENERATOR} {turn}"
            for turn, (pid, command) in enumerate(zip(ids, request.generators, strict=True), start=1)
            if command == OWN_GENERATOR
        }

    dealt = _dealt(request.scenario, logins, max(1, len(request.generators)))
    before = [signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)]
    used_s = own_cpu_s()
    generators: Sequence[GeneratorDone] = ()
    try:
        if request.generators:
            with_commands = list(zip(dealt, request.generators, strict=True))
            generators = run_generators(url, with_commands, reins, show, started)
            done = [one.done for one in generators]
            generator_cpu_s = sum(one.cpu_s for one in generators)
        else:
            done = [run_here(url, dealt[0], reins, lambda pulse: show(0, pulse))]
            generator_cpu_s = own_cpu_s() - used_s
    finally:
        watch.end()
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)
    screen.end()
    events = [event for one in done for event in one.notes.events]
    figures = merged([one.notes.figures for one in done])
    drained = all(one.drained for one in done)
    say(f"judging {len(events)} observations")
    broken = check(Judged(events, drained=drained, alone=request.url is None))
    return Outcome(
        done, events, figures, broken, pulses, watch, bool(interrupted), generator_cpu_s, generators
    )


def _dealt(scenario: Scenario, logins: Sequence[Login], processes: int) -> Sequence[Part]:
    try:
        return parts(scenario, logins, processes)
    except ValueError as error:
        raise LoadRefused(str(error)) from error


@contextlib.contextmanager
def _server(request: LoadRequest, say: Say) -> Iterator[tuple[str, Sequence[Login], OwnServer | None]]:
    """The address to load, a login for each officer, and the server where it is the run's own.

    Raises LoadRefused.
    """
    staff = request.scenario.officers + request.scenario.reviewers
    if request.url is None:
        say("starting a server of its own, on a folder that is removed afterwards")
        logins = [Login(f"L{turn + 1:03d}", demo.PASSWORD) for turn in range(staff)]
        with tempfile.TemporaryDirectory(prefix="shuitong-load-") as folder:
            numbers = [login.staff_number for login in logins]
            server = OwnServer(Path(folder), numbers, media_workers=request.media_workers)
            try:
                server.start()
                yield server.url, logins, server
            finally:
                server.stop()
        return
    if re.fullmatch(r"https?://[^/\s?#@]+/?", request.url) is None:
        raise LoadRefused("--url: an address such as http://localhost:8080 is needed")
    if request.kills:
        raise LoadRefused("--kill is for a server that the run started itself, without --url")
    if staff > len(request.logins):
        raise LoadRefused(
            f"{staff} officers need as many accounts on that server, and {len(request.logins)} are known; "
            "--officer-logins names a file with more"
        )
    yield request.url, request.logins[:staff], None


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

    def say(self, line: str) -> None:
        """Something beside the table."""
        self.end()
        self._say(line)

    def interrupted(self, times: int) -> None:
        self.end()
        self._say(
            "closing: tickets are brought to an end; Ctrl-C again ends at once" if times == 1 else "ending"
        )

    def end(self) -> None:
        if self._live and self._begun:
            self._say("")


def _measured(request: LoadRequest, outcome: Outcome) -> Measured:
    figures = outcome.figures
    broken = {rule: sum(one.rule == rule for one in outcome.broken) for rule in RULES}
    late = late_ms(outcome.events)
    server_s = outcome.watch.server_cpu_s
    server_cpu = {"server_cpu_s": round(server_s, 1)} if server_s is not None else {}
    return Measured(
        summary={
            **summary(figures, taken_s=outcome.taken_s),
            **_deadlines(late),
            **_packets(outcome.events),
            "generator_cpu_s": round(outcome.generator_cpu_s, 1),
            **server_cpu,
            "views_checked": views_checked(outcome.events),
            "rules_broken": len(outcome.broken),
        },
        details={
            "scenario": _scenario(request.scenario),
            "generators": [
                {"command": one.name, "cpu_s": round(one.cpu_s, 1), "clock_ahead_ms": one.ahead_ms}
                for one in outcome.generators
            ],
            "server": request.url or "its own",
            "media": request.scenario.cameras > 0,
            "interrupted": outcome.interrupted,
            "drained": outcome.drained,
            "events_not_kept": outcome.overflowed,
            "broken_by_rule": broken,
            "broken": [asdict(one) for one in outcome.broken[:1_000]],
            "errors_by_code": dict(figures.errors),
            "error_examples": outcome.error_examples,
            "disturbed_by_code": dict(figures.disturbed),
            "killed": [asdict(one) for one in outcome.watch.killed],
            "issue_ms": [round(value, 1) for value in figures.issue_ms],
            "call_to_page_ms": [round(value, 1) for value in figures.call_to_page_ms],
            "by_second": [asdict(pulse) for pulse in outcome.pulses.joined()],
            "cpu_s": {name: round(used_s, 2) for name, used_s in outcome.watch.cpu_s.items()},
            "samples": [asdict(sample) for sample in outcome.watch.samples],
        },
        versions={},
    )


def _scenario(scenario: Scenario) -> dict[str, Any]:
    """Without the arrivals of a whole day, which are in their own file."""
    return {**asdict(scenario), "day_s": len(scenario.day_s)}


def _deadlines(late: Sequence[float]) -> Mapping[str, float | int]:
    worst = quantile(late, 1.0)
    return {"deadlines": len(late), **({"deadline_late_max_ms": worst} if worst is not None else {})}


def _packets(events: Sequence[Observed]) -> Mapping[str, float | int]:
    """Of the calls whose both sides were seen: each packet arrived, or is lost."""
    found = accounts(events)
    sent, lost = sum(one.sent for one in found), sum(one.lost for one in found)
    return {
        "call_directions": len(found),
        "packets_lost": lost,
        "packets_unheard": sum(one.unheard for one in found),
        "loss_permille": round(1_000 * lost / sent, 3) if sent else 0,
    }


def _report(figured: Figures, outcome: Outcome, say: Say) -> None:
    figures = outcome.figures
    for key, value in figured.items():
        say(f"{key:<24} {value}")
    for code, count in figures.errors.most_common():
        say(f"error {code}: {count}")
    for example in outcome.error_examples[:5]:
        say(f"  {example}")
    for failed in outcome.watch.failed:
        say(f"error kill: {failed}")
    for one in outcome.broken[:BROKEN_SHOWN_MAX]:
        say(f"BROKEN {one.rule}: {', '.join(one.tickets)}: {one.shown}")
    if len(outcome.broken) > BROKEN_SHOWN_MAX:
        say(f"… and {len(outcome.broken) - BROKEN_SHOWN_MAX} more")
    if not outcome.drained:
        say("not judged: whether every ticket reaches its end (the run was cut short)")
    if not figures.states:
        say("no ticket was taken")
    checked = views_checked(outcome.events)
    say(f"{checked} views checked against {len(RULES)} rules: {len(outcome.broken)} broken")
