"""What ./run makes before it begins: the Python environment, the web client, what tests and benchmarks need
of the machine. Standard library only.

Each step remembers the hash of what it was made from (a stamp) and is skipped while that hash is the same, so
that a second `./run up` starts at once.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from calling import CACHE, ROOT, Refused, call, digest, is_fresh, say

VENV = ROOT / ".venv"
WEB = ROOT / "web_client"
PEERS = CACHE / "peers"
TRACING = CACHE / "tracing"
PEER_SOURCES = ROOT / "server" / "benchmarks" / "peers"

# Only for machines that have no uv of their own.
UV_REQUIREMENT = "uv==0.13.9"
NEWEST_PYTHON = (3, 13)
NOT_WEB_SOURCES = frozenset({"node_modules", "dist", "coverage", ".vite"})
PYTHON_PEERS = ("saq", "arq")
BENCHMARK_TOOLS = ("valkey-benchmark", "redis-benchmark")
FIREFOX_NAMES = ("firefox-esr", "firefox")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

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
