"""A short run of the installed command against the real server process."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from loadtests.rules import RULES
from loadtests.scenario import Scenario, visits
from loadtests.scenario_files import scenario
from server.benchmarks.frame import PACKAGES
from server.errors import LoadRefused
from server.load import LoadRequest, read_logins, run
from server.load_house import Kill
from tests.faked_clock import library
from tests.product import House
from tests.rtc.waiting import wait_until

SHUITONG: Final = Path(sys.executable).with_name("shuitong")
QUICK: Final = ("--rate", "20", "--service-s", "0.2", "--think-s", "0.1", "--patience-s", "1")
RUN_S: Final = 100
LONG_S: Final = 280
"""For a run of several processes, on a machine that has other work."""


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SHUITONG_")}


def load(*options: str | Path, within_s: float = RUN_S) -> subprocess.CompletedProcess[str]:
    return shuitong("load", *options, within_s=within_s)


def shuitong(*options: str | Path, within_s: float = RUN_S) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in (SHUITONG, *options)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
    )


def port_of(output: str) -> int:
    found = re.search(r"loading http://127\.0\.0\.1:(\d+)", output)
    assert found is not None, output
    return int(found[1])


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.feature("S40")
def test_a_short_run_holds_and_its_counts_fit(tmp_path: Path) -> None:
    file = tmp_path / "load.json"
    done = load(
        *("--taxpayers", "10", "--officers", "2", "--no-show", "0.3", "--seed", "3", *QUICK), "--json", file
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "without media" in done.stdout
    assert re.search(r"\d+ views checked against 9 rules: 0 broken", done.stdout)
    result: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    assert set(PACKAGES) <= set(result["versions"])
    assert result["machine"]["cores"] >= 1
    summary, details = result["summary"], result["details"]
    assert (summary["taxpayers"], summary["tickets"], summary["errors"]) == (10, 10, 0)
    assert (summary["open"], summary["rules_broken"]) == (0, 0)
    assert summary["finished"] + summary["lapsed"] + summary["cancelled"] == 10
    # Who does not answer is abandoned, and the server's own deadline ends it.
    assert summary["lapsed"] >= 1
    assert summary["abandoned"] >= summary["lapsed"]
    assert summary["calls"] == len(details["call_to_page_ms"]) == 10
    assert len(details["issue_ms"]) == 10
    assert min(summary["generator_cpu_s"], summary["server_cpu_s"]) > 0
    assert summary["views_checked"] >= 10 * len(("taken", "called", "ended"))
    assert details["broken_by_rule"] == dict.fromkeys(RULES, 0)
    assert (details["drained"], details["interrupted"], details["media"]) == (True, False, False)
    assert not is_open(port_of(done.stdout))


AHEAD_S: Final = 600
SMALL_DAY: Final = """
[hall]
taxpayers = 10
officers = 3
reviewers = 1
cameras = 3
seed = 12
[arrivals]
rate_per_s = 2
[shares]
no_show = 0.0
reload = 0.3
drop = 0.3
assist = 0.4
talk = 1.0
picture = 1.0
payment = 1.0
[times_s]
think = 0.2
service = 2
drop = 0.5
"""


@pytest.mark.timeout(LONG_S + 20)
@pytest.mark.feature("S39", "S40", "B11")
def test_whole_cases_with_talk_and_media_through_a_kill_of_redis(tmp_path: Path) -> None:
    day, file, report = tmp_path / "day.toml", tmp_path / "load.json", tmp_path / "report.html"
    day.write_text(SMALL_DAY, encoding="utf-8")
    # The second as on another machine, whose clock is another one.
    elsewhere = f"env LD_PRELOAD={library()} FAKETIME=+{AHEAD_S} {SHUITONG} load-generator"
    done = load(
        *("--scenario", day, "--processes", "1", "--generator", elsewhere, "--kill", "redis@6"),
        *("--media-workers", "1"),
        *("--json", file, "--report", report),
        within_s=LONG_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    summary, details = result["summary"], result["details"]
    planned = visits(scenario(day))
    assert (summary["tickets"], summary["finished"], summary["open"]) == (10, 10, 0)
    assert summary["cases"] == sum(visit.has_case for visit in planned) > 0
    assert summary["payments"] == summary["cases"]
    assert summary["pictures"] >= summary["cases"]
    assert summary["reloads"] + summary["drops"] >= 1
    assert summary["packets_received"] > 0
    assert summary["call_directions"] >= 10
    assert summary["messages"] >= 10
    assert details["broken_by_rule"] == dict.fromkeys(RULES, 0)
    assert [killed["process"] for killed in details["killed"]] == ["redis"]
    assert {sample["process"] for sample in details["samples"]} >= {"web", "redis", "generator 1"}
    here, ahead = details["generators"]
    assert min(here["cpu_s"], ahead["cpu_s"]) > 0
    assert abs(here["clock_ahead_ms"]) < AHEAD_S * 500
    # Faked, its monotonic clock counts from 1970.
    assert ahead["clock_ahead_ms"] > AHEAD_S * 1_000
    # What one rang for and the other was shown is timed by one clock.
    assert len(details["call_to_page_ms"]) >= summary["tickets"]
    assert max(map(abs, (*details["call_to_page_ms"], summary["message_max_ms"]))) < AHEAD_S * 500
    assert "✕ redis" in report.read_text(encoding="utf-8")
    # What it cost says what a province needs.
    planned_for = shuitong("plan", "--load", file, "--halls", "100", "--waiting", "10000", "--calls", "2000")
    assert planned_for.returncode == 0, planned_for.stderr
    assert re.search(r"^ +\d+ web processes +on \d+ machines ", planned_for.stdout, re.MULTILINE)
    assert re.search(r" 2000 calls of 400 packets a second of \d+\.\d µs$", planned_for.stdout, re.MULTILINE)


async def start(*options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(str(SHUITONG), "load", *options), stdout=asyncio.subprocess.PIPE, env=environment()
    )


async def read_until(process: asyncio.subprocess.Process, wanted: str) -> str:
    """The output up to the first line that matches."""
    assert process.stdout is not None
    read = ""
    async with asyncio.timeout(RUN_S):
        while line := (await process.stdout.readline()).decode():
            read += line
            if re.search(wanted, line):
                return read
    raise AssertionError(f"{wanted!r} did not come: {read}")


async def test_ctrl_c_brings_every_ticket_to_an_end_and_reports(tmp_path: Path) -> None:
    file = tmp_path / "load.json"
    process = await start(
        *("--taxpayers", "2000", "--officers", "1", "--rate", "10", "--service-s", "60"), "--json", str(file)
    )
    # Some wait, and one is served.
    begun = await read_until(process, r"^ +\d+ +\d+ +[1-9]\d* +0 +1 ")
    process.send_signal(signal.SIGINT)
    output, _ = await process.communicate()
    assert process.returncode == 130
    assert "rules: 0 broken" in output.decode()
    result = json.loads(file.read_text(encoding="utf-8"))
    summary = result["summary"]
    assert (summary["open"], summary["errors"], summary["rules_broken"]) == (0, 0, 0)
    assert summary["cancelled"] >= 1
    assert summary["tickets"] < 2000
    assert (result["details"]["interrupted"], result["details"]["drained"]) == (True, True)
    assert not is_open(port_of(begun))


async def test_the_server_ends_also_when_the_run_is_killed() -> None:
    process = await start("--taxpayers", "2000", "--officers", "1")
    begun = await read_until(process, r"^ +\d+ +\d+ +\d+ ")
    assert is_open(port_of(begun))
    process.kill()
    await process.wait()
    await wait_until(lambda: not is_open(port_of(begun)), "the server ends", timeout_s=RUN_S)


def test_what_cannot_be_begun_is_said_in_a_line() -> None:
    for options, said in (
        (("--no-show", "2"), "no_show has to be between 0 and 1"),
        (("--url", "http://127.0.0.1:1", "--officers", "3"), "3 officers need as many accounts"),
        (("--url", "localhost:8080"), "--url: an address"),
    ):
        done = load(*options)
        assert done.returncode == 2
        assert done.stderr.startswith("shuitong: ")
        assert said in done.stderr


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("no-such-command", "no-such-command: No such file or directory"),
        ("false", "false ended"),
        ("'", "--generator: No closing quotation"),
        (
            f"{sys.executable} -c 'from loadtests.generator import Hello, by_output; "
            'by_output().send(Hello("0.0.1", "3.9"))\'',
            "has Shuitong 0.0.1, Python 3.9, this run Shuitong",
        ),
    ],
)
def test_a_generator_that_cannot_load_is_said_in_a_line(command: str, said: str) -> None:
    done = load("--url", "http://127.0.0.1:1", "--generator", command)
    assert done.returncode == 2
    assert done.stderr.startswith("shuitong: ")
    assert said in done.stderr


async def test_a_generator_that_ends_in_a_run_ends_it(house: House, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    elsewhere = f"sh -c 'echo $$ >{pid}; exec {SHUITONG} load-generator'"
    process = await start("--url", house.url, "--taxpayers", "2000", "--generator", elsewhere)
    await read_until(process, r"^ +\d+ +[1-9]\d* +\d+ ")
    os.kill(int(pid.read_text()), signal.SIGKILL)
    await asyncio.wait_for(process.wait(), RUN_S)
    assert process.returncode == 2


def test_only_parts_of_a_server_of_its_own_are_killed() -> None:
    assert Kill.read("media@12.5") == Kill("media", 12.5)
    for said in ("disk@5", "web", "web@soon"):
        with pytest.raises(LoadRefused, match="web@SECONDS"):
            Kill.read(said)
    kills = [Kill("web", 5.0)]
    request = LoadRequest(Scenario(), "http://127.0.0.1:1", read_logins(None), None, live=False, kills=kills)
    with pytest.raises(LoadRefused, match="a server that the run started"):
        run(request, lambda _line: None)


def test_a_server_that_is_not_there_is_an_error_of_the_run() -> None:
    done = load("--url", "http://127.0.0.1:1", "--taxpayers", "2", "--minutes", "0.02")
    assert done.returncode == 1
    assert "error unreachable" in done.stdout
    assert "no ticket was taken" in done.stdout


async def test_a_run_closes_when_no_officer_works(house: House, tmp_path: Path) -> None:
    logins = tmp_path / "logins"
    logins.write_text("0701 not-the-password\n", encoding="utf-8")
    process = await start(
        *("--url", house.url, "--officers", "1", "--officer-logins", str(logins)),
        *("--taxpayers", "3", "--rate", "20", "--minutes", "60"),
    )
    output, _ = await asyncio.wait_for(process.communicate(), RUN_S)
    assert process.returncode == 1
    assert "refused:password_wrong" in output.decode()


def test_logins_of_another_servers_officers(tmp_path: Path) -> None:
    file = tmp_path / "logins"
    file.write_text("0001 with blanks in it\n\n0002\tsecret\n", encoding="utf-8")
    assert [(login.staff_number, login.password) for login in read_logins(file)] == [
        ("0001", "with blanks in it"),
        ("0002", "secret"),
    ]
    assert "secret" not in repr(read_logins(file))
    file.write_text("0001\n", encoding="utf-8")
    with pytest.raises(LoadRefused, match="line 1"):
        read_logins(file)
