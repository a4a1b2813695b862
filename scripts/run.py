"""What ./run does. Standard library only: it runs before there is an environment.

Each step remembers the hash of what it was made from (a stamp) and is skipped while that hash is the same, so
that a second `./run up` starts at once. Two ./run at a time wait for each other while they prepare.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"
WEB = ROOT / "web_client"
PEERS = CACHE / "peers"
TRACING = CACHE / "tracing"
PEER_SOURCES = ROOT / "server" / "benchmarks" / "peers"
RERUNS = 2
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108
SCRATCH_BYTES = 6 << 30
FEATURE_RESULTS = ROOT / "test-results" / "features.json"

# Only for machines that have no uv of their own.
UV_REQUIREMENT = "uv==0.13.9"
NEWEST_PYTHON = (3, 13)
NOT_WEB_SOURCES = frozenset({"node_modules", "dist", "coverage", ".vite"})
BROWSER_BENCHES = frozenset({"pages", "first-frame", "board"})
PYTHON_PEERS = ("saq", "arq")
BENCHMARK_TOOLS = ("valkey-benchmark", "redis-benchmark")
FIREFOX_NAMES = ("firefox-esr", "firefox")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

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
./run screens --out FOLDER
                         a picture of every page, by day and night, in big text and English, on one sheet
./run help               this text
"""


_LANE = threading.local()
"""Of each thread that runs steps beside others: the file that takes what they say."""


class Refused(Exception):
    """What the person at the keyboard has to do, or did wrong. Exit code 2."""


def say(text: str) -> None:
    print(f"run: {text}", flush=True)


def call(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run to the end; a failing command ends this run with its exit code."""
    output = getattr(_LANE, "output", None)
    errors = None if output is None else subprocess.STDOUT
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, check=False, stdout=output, stderr=errors
    )
    if done.returncode != 0:
        say(f"{Path(command[0]).name} failed with exit code {done.returncode}")
        raise SystemExit(done.returncode if done.returncode > 0 else 1)


def digest(files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        total.update(f"{file.relative_to(ROOT)}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def is_fresh(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text(encoding="ascii") == wanted


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the lock of the preparing steps; the system drops it when this process ends, however it ends."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "prepare.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another ./run that is preparing")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- the Python environment


def find_uv() -> Path:
    """uv of this machine, else our own copy by pip (--target also works where the system manages Python)."""
    if (on_path := shutil.which("uv")) and runs(on_path, "--version"):
        return Path(on_path)
    folder = CACHE / UV_REQUIREMENT.replace("==", "-")
    uv = folder / "bin" / "uv"
    if uv.is_file():
        return uv
    say(f"installing {UV_REQUIREMENT} into {folder.relative_to(ROOT)}")
    if not has_module("pip") and not has_module("ensurepip"):
        apt_install(["python3-venv"], "pip for this Python (on Debian and Ubuntu: python3-venv), or uv")
    python = Path(sys.executable)
    if not has_module("pip"):
        call(python, "-m", "venv", CACHE / "pip-venv")
        python = CACHE / "pip-venv" / "bin" / "python"
    env = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    call(python, "-m", "pip", "install", "--quiet", "--upgrade", "--target", folder, UV_REQUIREMENT, env=env)
    return uv


def has_module(name: str) -> bool:
    return runs(sys.executable, "-c", f"import {name}")


def runs(*command: str) -> bool:
    """Whether it works here: a pyenv shim is on the PATH also for tools that its Python has not."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def uv_environment() -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return env | {"UV_PROJECT_ENVIRONMENT": str(VENV)}


def environment_stamps() -> tuple[str, Path, Path]:
    """The wanted hash and the stamps of the two sizes: what serving needs, and that with the dev tools."""
    wanted = digest([ROOT / "pyproject.toml", ROOT / "uv.lock"])
    return wanted, VENV / ".serve-stamp", VENV / ".dev-stamp"


def prepare_environment(*, dev: bool) -> None:
    wanted, serve_stamp, dev_stamp = environment_stamps()
    stamp = dev_stamp if dev else serve_stamp
    if is_fresh(stamp, wanted):
        return
    # Compiled here once, not at every start where Python may not write beside its modules.
    command: list[str | Path] = [find_uv(), "sync", "--frozen", "--compile-bytecode", "--quiet"]
    if not VENV.exists():
        python = sys.executable if sys.version_info[:2] <= NEWEST_PYTHON else "{}.{}".format(*NEWEST_PYTHON)
        command += ["--python", python]
    if not dev:
        # --inexact: the development tools of an earlier `./run test` stay.
        command += ["--no-dev", "--inexact"]
    started = time.monotonic()
    say("making the Python environment" + (" with the development tools" if dev else ""))
    for stale in (serve_stamp, dev_stamp):
        stale.unlink(missing_ok=True)
    call(*command, env=uv_environment())
    for made in (serve_stamp, dev_stamp) if dev else (serve_stamp,):
        made.write_text(wanted, encoding="ascii")
    say(f"Python environment ready ({time.monotonic() - started:.0f} s)")


def prepare_tracing() -> None:
    """The extra `tracing` as uv.lock pins it, in a folder of its own: one test has it on its path."""
    stamp = TRACING / ".stamp"
    wanted = digest([ROOT / "pyproject.toml", ROOT / "uv.lock"])
    if is_fresh(stamp, wanted):
        return
    say("installing OpenTelemetry for the test of traces")
    shutil.rmtree(TRACING, ignore_errors=True)
    TRACING.mkdir(parents=True)
    uv, pins = find_uv(), TRACING / "pins.txt"
    export = (uv, "export", "--frozen", "--no-default-groups", "--extra", "tracing", "--no-emit-project")
    call(*export, "--no-hashes", "--quiet", "--output-file", pins, env=uv_environment())
    names = [line for line in pins.read_text("utf-8").splitlines() if line.startswith("opentelemetry-")]
    python = VENV / "bin" / "python"
    install = (uv, "pip", "install", "--quiet", "--python", python, "--target", TRACING)
    call(*install, "--constraints", pins, *(name.partition(" ")[0] for name in names))
    stamp.write_text(wanted, encoding="ascii")


# --- the web client


def web_sources() -> list[Path]:
    found: list[Path] = []
    for folder, folders, names in os.walk(WEB):
        folders[:] = [name for name in folders if name not in NOT_WEB_SOURCES]
        found += [Path(folder, name) for name in names if not name.endswith((".tsbuildinfo", ".log"))]
    return sorted(found)


def npm(*arguments: str, cwd: Path = WEB) -> None:
    """npm of the environment, with its Node first on the PATH, so that the machine needs neither."""
    env = {
        **os.environ,
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "npm_config_fund": "false",
        "npm_config_audit": "false",
        "npm_config_update_notifier": "false",
    }
    call(VENV / "bin" / "npm", *arguments, cwd=cwd, env=env)


def prepare_web_packages() -> None:
    stamp = WEB / "node_modules" / ".stamp"
    wanted = digest([WEB / "package.json", WEB / "package-lock.json"])
    if is_fresh(stamp, wanted):
        return
    started = time.monotonic()
    say("installing the packages of the web client")
    npm("ci", "--no-progress", "--loglevel=error")
    stamp.write_text(wanted, encoding="ascii")
    say(f"packages ready ({time.monotonic() - started:.0f} s)")


def prepare_web_client() -> None:
    stamp = CACHE / "web-build-stamp"
    wanted = digest(web_sources())
    if (WEB / "dist").is_dir() and is_fresh(stamp, wanted):
        return
    prepare_web_packages()
    started = time.monotonic()
    say("building the web client")
    stamp.unlink(missing_ok=True)
    npm("run", "--silent", "build", "--", "--logLevel", "warn")
    stamp.write_text(wanted, encoding="ascii")
    say(f"web client built ({time.monotonic() - started:.0f} s)")


def prepare_built_and_packages() -> None:
    prepare_web_client()
    prepare_web_packages()


# --- what the tests need of the machine


def apt_install(packages: list[str], otherwise: str) -> None:
    """Debian and Ubuntu as root: install. Anywhere else: say what is missing."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise Refused(f"please install {otherwise}, then start again")
    say(f"installing {' '.join(packages)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    call("apt-get", "update", "-qq", env=env)
    call("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, env=env)


def has_chinese_font() -> bool:
    if shutil.which("fc-list") is None:
        return False
    listed = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, check=False)
    return bool(listed.stdout.strip())


def has_faketime() -> bool:
    return any(any(root.glob("lib*/**/libfaketime.so.1")) for root in (Path("/usr"), Path("/usr/local")))


def prepare_machine() -> None:
    missing = [] if any(shutil.which(name) for name in CHROMIUM_NAMES) else ["chromium"]
    if not has_chinese_font():
        missing += ["fontconfig", "fonts-noto-cjk"]
    if missing:
        apt_install(
            missing,
            "for the browser tests Chromium (as `chromium` on the PATH) and a Chinese font (Noto Sans CJK)",
        )
    if not any(shutil.which(name) for name in FIREFOX_NAMES):
        apt_install(["firefox-esr"], "Firefox, with which Chromium has calls in the tests")
    if shutil.which("turnserver") is None:
        apt_install(
            ["coturn"], "coturn (as `turnserver` on the PATH), through which tests let calls pass by TCP"
        )
    if shutil.which("nginx") is None and not Path("/usr/sbin/nginx").exists():
        apt_install(["nginx-light"], "nginx, behind which tests put the server as deploy/ does")
    if not has_faketime():
        apt_install(["libfaketime"], "libfaketime, with which tests move the clock of a Redis server")


# --- what the queue is compared with


def prepare_peers() -> None:
    """The tool and the programs of `./run bench queue`, beside the environment and never in it."""
    if not any(shutil.which(name) for name in BENCHMARK_TOOLS):
        apt_install(["redis-tools"], "redis-benchmark, which comes with Redis and Valkey")
    prepare_bullmq()
    for name in PYTHON_PEERS:
        prepare_python_peer(name)


def prepare_janus() -> None:
    """Debian's and Ubuntu's package as root; elsewhere the benchmark says that it is left out."""
    if shutil.which("janus") is None and shutil.which("apt-get") is not None and os.geteuid() == 0:
        apt_install(["janus"], "Janus")


def prepare_bullmq() -> None:
    folder = PEERS / "bullmq"
    stamp = folder / "node_modules" / ".stamp"
    files = [PEER_SOURCES / "package.json", PEER_SOURCES / "package-lock.json"]
    wanted = digest(files)
    if is_fresh(stamp, wanted):
        return
    say("installing BullMQ to compare with")
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, folder)
    npm("ci", "--no-progress", "--loglevel=error", cwd=folder)
    stamp.write_text(wanted, encoding="ascii")


def prepare_python_peer(name: str) -> None:
    """Each has an environment of its own: they need other versions of redis-py than we do."""
    folder = PEERS / name
    stamp = folder / ".stamp"
    requirements = PEER_SOURCES / f"requirements-{name}.txt"
    wanted = digest([requirements])
    if is_fresh(stamp, wanted):
        return
    say(f"installing {name} to compare with")
    uv = find_uv()
    shutil.rmtree(folder, ignore_errors=True)
    call(uv, "venv", "--quiet", "--python", VENV / "bin" / "python", folder)
    call(uv, "pip", "install", "--quiet", "--python", folder / "bin" / "python", "-r", requirements)
    stamp.write_text(wanted, encoding="ascii")


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
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # Real clocks, browsers and killed processes on a machine that has other work too: what fails is run again
    # at once, and the summary names it.
    how = [f"--numprocesses={processors + processors // 2}", f"--reruns={RERUNS}"]
    steps: dict[str, Callable[[], None]] = {
        "pytest": lambda: call(python, "-m", "pytest", recorded, *how, *arguments),
        "vitest": lambda: npm("run", "--silent", "test"),
    }
    with scratch_in_memory() as scratch:
        if scratch is not None:
            # A socket's whole path has 107 bytes.
            how.append(f"--basetemp={scratch / 't'}")
        run_all(steps)


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


def at_once(*ways: Callable[[], None]) -> None:
    """All of them side by side, to their ends; raises what the first one raised that failed."""
    with ThreadPoolExecutor(len(ways)) as threads:
        for done in [threads.submit(way) for way in ways]:
            done.result()


def run_all(*lanes: dict[str, Callable[[], None]]) -> None:
    """Run every step, also after one failed; exit code 1 when any did. Lanes go side by side, and what a step
    says comes in one piece then.
    """
    failed: list[str] = []

    def run(steps: dict[str, Callable[[], None]]) -> None:
        for name, step in steps.items():
            try:
                if len(lanes) == 1:
                    say(name)
                    step()
                else:
                    in_one_piece(name, step)
            except SystemExit:
                failed.append(name)

    at_once(*(partial(run, steps) for steps in lanes))
    if failed:
        say(f"FAILED: {', '.join(failed)}")
        raise SystemExit(1)
    say(f"all passed: {', '.join(name for steps in lanes for name in steps)}")


def in_one_piece(name: str, step: Callable[[], None]) -> None:
    with tempfile.TemporaryFile() as output:
        _LANE.output = output
        try:
            step()
        finally:
            output.seek(0)
            said = output.read().decode(errors="replace")
            print(f"run: {name}\n{said}", end="", flush=True)


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
