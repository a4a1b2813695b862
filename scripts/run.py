"""What ./run does. Standard library only: it runs before there is an environment. Two ./run at a time wait
for each other while they prepare.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from calling import ROOT, Refused, at_once, call, one_at_a_time, run_all
from preparing import (
    VENV,
    npm,
    prepare_built_and_packages,
    prepare_environment,
    prepare_janus,
    prepare_machine,
    prepare_peers,
    prepare_tracing,
    prepare_web_client,
    prepare_web_packages,
)

RERUNS = 2
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108
SCRATCH_BYTES = 6 << 30
FEATURE_RESULTS = ROOT / "test-results" / "features.json"
BROWSER_BENCHES = frozenset({"pages", "first-frame", "board"})

HELP = """\
./run up [--port N] [--host ADDRESS] [--data FOLDER] [--tls-cert FILE --tls-key FILE] [--media-port N]
                         prepare everything and start Shuitong with demo accounts
./run test [ARGUMENTS]   every test, in the browser too; arguments go to pytest
./run check              format, lint, types, floors, generated files, web client
./run features [--json]  the rows of docs/FEATURES.md and the tests that passed for each
./run bench NAME --json FILE
                         one benchmark; without a name: the list of them. `queue` also installs what it
                         compares with: redis-benchmark, and BullMQ, saq and arq into .cache/peers;
                         `relay` installs Janus where it can (Debian, as root), and goes without it elsewhere;
                         `pages`, `first-frame` and `board` measure in Chromium
./run load [--scenario FILE] [--processes N] [--kill web@60] [--report FILE] [--find-limit] [--url ADDRESS]
                         taxpayers and officers as real clients with media, who check what they are shown; see
                         --help and loadtests/scenarios
./run soak [--calls N] [--minutes M]
                         calls with media that come and go: nothing may grow, every packet is accounted for
./run fuzz [--datagrams N] [--seed N]
                         mutated datagrams against the media relay while calls run (a million by default)
./run chaos [--minutes N] [--seed N] [--place NAME]
                         processes killed and wires cut under a busy queue, and what must hold afterwards
./run screens --out FOLDER [--side taxpayer|officer] [--only WORD]
                         a picture of every page, by day and night, in big text and English, on one sheet
./run help               this text
"""


# --- the commands


def installed(*arguments: str) -> None:
    """Become the installed command, so that signals and the exit code are its own."""
    program = VENV / "bin" / "shuitong"
    sys.stdout.flush()
    os.execv(program, [str(program), *arguments])


def up(arguments: list[str]) -> None:
    with one_at_a_time():
        prepare_environment(dev=False)
        prepare_web_client()
    folder = (
        []
        if any(part.split("=")[0] == "--data" for part in arguments)
        else ["--data", str(ROOT / ".shuitong")]
    )
    installed("serve", "--demo", *folder, *arguments)


def test(arguments: list[str]) -> None:
    with one_at_a_time():
        prepare_environment(dev=True)
        at_once(prepare_machine, prepare_tracing, prepare_built_and_packages)
    python = VENV / "bin" / "python"
    recorded = f"--features-json={FEATURE_RESULTS.relative_to(ROOT)}"
    # Every second processor has one process more: the tests wait for a third of their time.
    # One that is done takes from those that have most left: a browser test takes as long as a hundred others.
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # Real clocks, browsers and killed processes on a machine that has other work too: what fails is run again
    # at once, and the summary names it.
    how = [f"--numprocesses={processors + processors // 2}", "--dist=worksteal", f"--reruns={RERUNS}"]
    with scratch_in_memory() as scratch:
        if scratch is not None:
            # A socket's whole path has 107 bytes.
            how.append(f"--basetemp={scratch / 't'}")
        run_all(
            {"pytest": lambda: call(python, "-m", "pytest", recorded, *how, *arguments)},
            {"vitest": lambda: npm("run", "--silent", "test")},
        )


@contextmanager
def scratch_in_memory() -> Iterator[Path | None]:
    """Temporary files in memory where there is enough: the tests write through to the disk very often."""
    if not SHARED_MEMORY.is_dir() or shutil.disk_usage(SHARED_MEMORY).free < SCRATCH_BYTES:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="st-", dir=SHARED_MEMORY) as folder:
        # PostgreSQL does not run as root, and has to get to its own part of it.
        Path(folder).chmod(0o711)
        os.environ["TMPDIR"] = folder
        yield Path(folder)


def check(arguments: list[str]) -> None:
    if arguments:
        raise Refused(f"check takes no arguments: {' '.join(arguments)}")
    with one_at_a_time():
        prepare_environment(dev=True)
        prepare_web_packages()
    tools = VENV / "bin"
    run_all(
        {
            "types": lambda: call(tools / "mypy"),
            "format": lambda: call(tools / "ruff", "format", "--check", "--quiet", "."),
            "lint": lambda: call(tools / "ruff", "check", "--quiet", "."),
            "floors": lambda: call(tools / "lint-imports", "--no-cache"),
            "generated types": lambda: call(tools / "shuitong", "generate-types", "--check"),
        },
        {
            "generated schema": lambda: npm("run", "--silent", "generate", "--", "--check"),
            "web types": lambda: npm("run", "--silent", "type-check"),
            "web lint": lambda: npm("run", "--silent", "lint"),
        },
    )


def bench(arguments: list[str]) -> None:
    if BROWSER_BENCHES & set(arguments):
        in_browsers("tests.browser.measuring")(arguments)
    with one_at_a_time():
        prepare_environment(dev=False)
        if "queue" in arguments:
            prepare_peers()
        if "relay" in arguments:
            prepare_janus()
    installed("bench", *arguments)


def passed_on(command: str) -> Callable[[list[str]], None]:
    def run(arguments: list[str]) -> None:
        with one_at_a_time():
            prepare_environment(dev=False)
        installed(command, *arguments)

    return run


def of_the_tests(module: str) -> Callable[[list[str]], None]:
    def run(arguments: list[str]) -> None:
        with one_at_a_time():
            prepare_environment(dev=True)
        sys.stdout.flush()
        python = VENV / "bin" / "python"
        os.execv(python, [str(python), "-m", module, *arguments])

    return run


def in_browsers(module: str) -> Callable[[list[str]], None]:
    def run(arguments: list[str]) -> None:
        with one_at_a_time():
            prepare_machine()
            prepare_environment(dev=True)
            prepare_web_client()
        of_the_tests(module)(arguments)

    return run


def show_help(arguments: list[str]) -> None:
    print(HELP, end="")


COMMANDS: dict[str, Callable[[list[str]], None]] = {
    "up": up,
    "test": test,
    "check": check,
    "features": passed_on("features"),
    "bench": bench,
    "load": passed_on("load"),
    "soak": passed_on("soak"),
    "fuzz": of_the_tests("tests.rtc.fuzzing"),
    "chaos": of_the_tests("tests.chaos"),
    "screens": in_browsers("tests.browser.screens"),
    "help": show_help,
    "--help": show_help,
    "-h": show_help,
}


def main(arguments: list[str]) -> int:
    name, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    command = COMMANDS.get(name)
    try:
        if command is None:
            raise Refused(f"there is no command {name!r}; ./run help lists them")
        command(rest)
    except Refused as refused:
        print(f"run: {refused}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
