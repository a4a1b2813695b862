"""`shuitong doctor` beside a server that runs, and with real parts that are broken in real ways."""

import asyncio
import json
import re
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from cases.database import Database
from cases.problems import Language
from queueing.connection import connect
from queueing.gauges import HallGauges, gauges_of
from queueing.service import Queue
from server.building import queue_policy
from server.doctor import machine, network, stores, visit
from server.doctor.findings import TEXTS, Finding, Level
from tests.browser.server_process import ServerProcess, free_port
from tests.faked_clock import valkey_with_clock
from tests.product import CHEN, OpenHouse, settings_of
from tests.tls import write_tls_pair
from tests.topologies import cluster_of_six, one_server
from tests.turn_server import SECRET, running_turn_server

SHUITONG: Final = Path(sys.executable).with_name("shuitong")
NEW_KEY: Final = "A" * 43 + "="
CARELESS: Final = """
appendonly no
maxmemory 200mb
maxmemory-policy allkeys-lru
user weak on >secret ~* &* +@all -fcall -function
"""


def codes(found: list[Finding], level: Level | None = None) -> set[str]:
    return {one.code for one in found if level is None or one.level is level}


async def doctor(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    def run() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [SHUITONG, "doctor", *arguments],
            capture_output=True, text=True, timeout=100, check=False, env=environment,
        )  # fmt: skip

    return await asyncio.to_thread(run)


@pytest.mark.sqlite_records
async def test_beside_a_server_that_runs_all_is_well_but_what_a_demo_lacks(data_folder: Path) -> None:
    server = ServerProcess(data_folder)
    await server.start()
    try:
        settings = {
            "SHUITONG_PORT": str(server.port),
            "SHUITONG_MEDIA_PORT": str(server.media_port),
            "SHUITONG_MEDIA_WORKERS": "0",
        }
        done = await doctor("--demo", "--data", str(data_folder), "--lang", "en", "--json", **settings)
    finally:
        await server.stop()
    told: dict[str, Any] = json.loads(done.stdout)
    found = {(one["code"], one["level"]) for one in told["findings"]}
    assert (done.returncode, told["worst"], done.stderr) == (0, "WARN", "")
    assert {code for code, level in found if level == "WARN"} == {"demo", "tls_none"}
    well = {"redis_functions", "redis_on_disk", "redis_keeps", "records_fine", "keys_unused", "port_ours"}
    assert well <= {code for code, level in found if level == "OK"}


async def test_settings_that_cannot_be_used_are_said_with_the_next_step() -> None:
    done = await doctor("--lang", "zh", SHUITONG_DEMO="1", SHUITONG_PORT="nothing")
    assert done.returncode == 1
    first, step = done.stdout.splitlines()
    assert first.startswith("FAIL settings     SHUITONG_PORT: ")
    assert step.endswith("改正这项设置，各项含义见 docs/SETTINGS.md")


async def test_a_redis_that_loses_and_refuses(tmp_path: Path) -> None:
    async with one_server(tmp_path, CARELESS) as server:
        url = f"redis://weak:secret@127.0.0.1:{server.port}"
        settings = settings_of(tmp_path / "house", redis_url=url, media_workers="elsewhere")
        found = await stores.look_at_redis(settings)
        assert codes(found, Level.FAIL) == {
            "redis_no_functions", "redis_memory_only", "redis_evicts", "worker_none",
        }  # fmt: skip
        server.kill()
        assert codes(await stores.look_at_redis(settings)) == {"redis_away"}


async def test_a_cluster_is_looked_at_master_by_master(tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    async with cluster_of_six(tmp_path / "cluster") as cluster:
        settings = settings_of(tmp_path / "house", redis_url=cluster.url)
        found = await stores.look_at_redis(settings)
        assert codes(found, Level.FAIL) == set()
        assert codes(found, Level.WARN) == {"redis_second"}
        async with connect(cluster.url) as link:
            queue = Queue(link, queue_policy(settings))
            await queue.issue("h1", "t1", line_id="a", letter="A", day="20261127")
            assert await gauges_of(link, "h1") == HallGauges(1, 0, None, 1)
            called = await queue.call_next("h1", officer_id="o1", line_ids=["a"], request_id="r1")
            assert called is not None
            assert await gauges_of(link, "h1") == HallGauges(2, 1, called.ticket.deadline_ms, 2)


async def test_clocks_that_differ(tmp_path: Path) -> None:
    with valkey_with_clock(tmp_path) as (url, moved):
        moved.move(-90)
        found = await stores.look_at_redis(settings_of(tmp_path / "house", redis_url=url))
    (clock,) = [one for one in found if one.part == "clock"]
    assert (clock.level, clock.code) == (Level.FAIL, "clock_differs")
    assert stores.clock("redis", -2_000).level is Level.WARN


@pytest.mark.sqlite_records
async def test_records_of_another_version_and_keys_that_do_not_open_them(
    data_folder: Path, open_house: OpenHouse
) -> None:
    settings = settings_of(data_folder)
    assert codes(await stores.look_at_records(settings)) == {"records_fine", "keys_unused"}
    async with open_house() as house:
        await house.visitor().sign_in(CHEN)
    assert codes(await stores.look_at_records(settings)) == {"records_fine", "keys_open"}
    other = settings.model_copy(update={"identity_keys": (SecretStr(NEW_KEY),)})
    assert codes(await stores.look_at_records(other), Level.FAIL) == {"keys_differ"}
    database = Database(f"sqlite+aiosqlite:///{data_folder / 'records.sqlite3'}")
    for revision, code in (("0001", "records_older"), ("9999", "records_newer")):
        async with database.writing() as connection:
            await connection.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
        assert codes(await stores.look_at_records(settings)) == {code}
    await database.close()
    await asyncio.to_thread((data_folder / "records.sqlite3").write_bytes, b"not a database" * 1_000)
    assert codes(await stores.look_at_records(settings)) == {"records_away"}


async def test_a_database_that_is_away(tmp_path: Path) -> None:
    url = f"postgresql://nobody:secret@127.0.0.1:{free_port()}/none"
    found = await stores.look_at_records(settings_of(tmp_path, database_url=url))
    assert codes(found) == {"records_away"}
    assert "secret" not in "".join(one.text(Language.EN) for one in found)


async def test_ports_that_others_have(tmp_path: Path) -> None:
    with socket.socket() as web, socket.socket(type=socket.SOCK_DGRAM) as media:
        for one in (web, media):
            one.bind(("127.0.0.1", 0))
        web.listen()
        settings = settings_of(
            tmp_path, port=web.getsockname()[1], media_port=media.getsockname()[1], media_workers=1
        )
        found = await network.look_at_ports(settings)
        assert [(one.code, one.level) for one in found] == [("port_taken", Level.FAIL)] * 2
    assert codes(await network.look_at_ports(settings)) == {"port_free"}


async def test_a_turn_server_gives_an_allocation_or_says_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_turn_server(tmp_path) as turn:
        urls = (turn.tcp_url, turn.tls_url)
        settings = settings_of(tmp_path, media_turn_urls=urls, media_turn_secret=SECRET)
        plain, strange = await network.look_at_turn(settings)
        assert (plain.code, strange.code) == ("turn_fine", "turn_away")
        assert "self-signed" in strange.text(Language.EN)
        monkeypatch.setenv("SSL_CERT_FILE", str(turn.certificate))
        assert codes(await network.look_at_turn(settings)) == {"turn_fine"}
        wrong = settings.model_copy(update={"media_turn_secret": SecretStr("another secret of ours")})
        assert codes(await network.look_at_turn(wrong)) == {"turn_away"}
    assert codes(await network.look_at_turn(settings)) == {"turn_away"}


@pytest.mark.parametrize(
    ("since_days", "until_days", "wanted"),
    [(-1, 90, "tls_fine"), (-1, 5, "tls_soon"), (-9, -1, "tls_over"), (1, 9, "tls_early")],
)
def test_the_certificate(tmp_path: Path, since_days: float, until_days: float, wanted: str) -> None:
    pair = write_tls_pair(
        tmp_path, "one", names=("*.tax.example", "10.0.0.1"), since_days=since_days, until_days=until_days
    )
    pem = pair[0].read_bytes()
    for url, also in (
        ("https://hall.tax.example", set()),
        ("https://10.0.0.1:8443", set()),
        ("https://tax.example", {"tls_name"}),
        ("https://a.hall.tax.example", {"tls_name"}),
    ):
        assert codes(network.judge_certificate(pem, url, datetime.now(UTC))) == {wanted} | also


async def test_a_proxy_without_a_certificate_that_browsers_trust(tmp_path: Path) -> None:
    url = f"https://127.0.0.1:{free_port()}"
    assert codes(await network.look_at_certificate(settings_of(tmp_path, public_url=url))) == {"tls_proxy"}


def test_the_disk(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    assert codes(machine.look_at_disk(settings_of(file / "house"))) == {"disk_unwritable"}
    open_folder = tmp_path / "open"
    open_folder.mkdir(mode=0o755)
    assert "disk_open" in codes(machine.look_at_disk(settings_of(open_folder)))
    assert machine.judge_space(10**8, 1).level is Level.FAIL
    assert machine.judge_space(10**9, 1).level is Level.WARN
    assert machine.judge_space(10**12, 200).code == "disk_slow"
    assert codes(machine.look_at_limits(settings_of(tmp_path, sockets_max=10**9))) == {"files_few"}


def test_each_sentence_is_said_in_both_languages_and_by_somebody() -> None:
    sources = "".join(file.read_text("utf-8") for file in Path(visit.__file__).parent.glob("*.py"))
    for code, (zh, en, step_zh, step_en) in TEXTS.items():
        assert sources.count(f'"{code}"') > 1, f"{code} is found by nobody"
        assert bool(step_zh) == bool(step_en), code
        assert names(zh) == names(en), code
        assert names(step_zh) == names(step_en), code


def names(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))
