"""The installed command and ./run, started as a person would start them."""

import fcntl
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

from server.benchmarks.smoke import STEPS, TICKETS
from server.configuration import settings_page
from server.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
SHUITONG = Path(sys.executable).with_name("shuitong")


def start(
    *command: str | Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SHUITONG_")}
    return subprocess.run(
        [str(part) for part in command],
        env={**clean, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_check_config_takes_good_settings() -> None:
    done = start(SHUITONG, "check-config", environment={"SHUITONG_DEMO": "1"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "the settings can be used\n", "")


def test_check_config_says_every_problem_in_a_line_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "shuitong.toml"
    file.write_text('demo = true\nport = "many"\n')
    done = start(SHUITONG, "check-config", "--config", file, environment={"SHUITONG_PASSWORD": "hunter2"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "shuitong: SHUITONG_PASSWORD: there is no such setting",
        f"shuitong: {file}: port: Input should be a valid integer, unable to parse string as an integer",
    ]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--port", "many"), "shuitong: --port: Input should be a valid integer"),
        (("--port", "99999"), "shuitong: --port: Input should be less than or equal to 65535"),
        (("--tls-cert", "/nowhere"), "shuitong: --tls-cert: Path does not point to a file"),
        (("--media-port", "-4"), "shuitong: --media-port: Input should be greater than or equal to 0"),
    ],
)
def test_serve_names_the_option_that_cannot_be_used(options: tuple[str, ...], problem: str) -> None:
    done = start(SHUITONG, "serve", "--demo", *options)
    assert done.returncode == 2
    assert done.stderr.startswith(problem)
    assert "Traceback" not in done.stderr


def test_serve_without_demo_wants_its_keys_first(tmp_path: Path) -> None:
    done = start(SHUITONG, "serve", "--data", tmp_path / "none")
    assert done.returncode == 2
    assert "SHUITONG_IDENTITY_KEYS: is needed without demo" in done.stderr
    assert not (tmp_path / "none").exists()


def serve_in(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A start that is to be refused; every port that is not the test's matter is a free one."""
    ports = ("--port", "0", "--media-port", "0")
    return start(SHUITONG, "serve", "--demo", *ports, "--data", folder, *options)


def assert_refused_in_one_line(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("shuitong: ")
    for part in parts:
        assert part in line


def test_a_taken_web_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = serve_in(tmp_path / "kept", "--port", port)
    assert_refused_in_one_line(done, port, "in use", "--port chooses another")


def test_a_taken_media_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = str(other.getsockname()[1])
        done = serve_in(tmp_path / "kept", "--media-port", port)
    assert_refused_in_one_line(done, port, "in use", "--media-port chooses another")


def test_a_data_folder_that_another_server_has_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "shuitong.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = serve_in(tmp_path)
    assert_refused_in_one_line(done, str(tmp_path), "another server")


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    done = serve_in(tmp_path / "file" / "kept")
    assert_refused_in_one_line(done, str(tmp_path / "file"), "Not a directory")


def test_new_key_makes_a_key_that_the_settings_take() -> None:
    first, second = (start(SHUITONG, "new-key").stdout.strip() for _ in range(2))
    assert first != second
    settings = Settings.model_validate({"identity_keys": [first, second], "index_key": first})
    assert settings.identity_keys[0].get_secret_value() == first


def test_settings_are_printed_for_the_page_and_for_reading() -> None:
    assert start(SHUITONG, "settings", "--markdown").stdout == settings_page()
    plain = start(SHUITONG, "settings").stdout
    assert "| port |  | 8080 | TCP port" in plain
    assert "`" not in plain


def test_version() -> None:
    assert start(SHUITONG, "version").stdout.strip() == version("shuitong")


def test_benchmarks_are_listed_and_an_unknown_one_is_refused_with_the_list() -> None:
    assert start(SHUITONG, "bench").stdout.startswith("queue-smoke ")
    done = start(SHUITONG, "bench", "nonsense")
    assert done.returncode == 2
    there = "queue-smoke, queue, fanout, api, relay, deadlines"
    assert done.stderr == f"shuitong: there is no benchmark 'nonsense'; there are: {there}\n"


def test_the_small_benchmark_measures_every_step_and_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "queue.json"
    # A short path: the embedded server listens on a unix socket, whose path has little room.
    with tempfile.TemporaryDirectory(prefix="b-") as temporary:
        done = start(SHUITONG, "bench", "queue-smoke", "--json", file, environment={"TMPDIR": temporary})
        left_behind = os.listdir(temporary)
    assert done.returncode == 0, done.stderr
    assert left_behind == []
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["summary"].keys() == {f"{step}_per_s" for step in STEPS}
    assert min(written["summary"].values()) > 0
    assert written["details"]["tickets"] == TICKETS
    assert written["versions"]["valkey"]


def test_run_lists_its_commands_and_refuses_others() -> None:
    shown = start(ROOT / "run", "help")
    assert shown.returncode == 0
    assert start(ROOT / "run").stdout == shown.stdout
    for command in ("up", "test", "check", "features", "bench", "help"):
        assert f"./run {command}" in shown.stdout
    done = start(ROOT / "run", "dance")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "run: there is no command 'dance'; ./run help lists them\n"
    assert start(ROOT / "run", "check", "everything").returncode == 2
