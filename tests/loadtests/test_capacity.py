"""From unit costs to machines: what grows with what, what has a spare, and results that say too little."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from loadtests.capacity import Demand, Machine, Part, ResultUnusable, UnitCosts, plan, unit_costs
from server import load_plan
from server.benchmarks import errors

COSTS: Final = UnitCosts(visit_web_s=0.3, visit_redis_s=0.03, packet_us=7.5)
PROVINCE: Final = Demand(halls=100, waiting=10_000, calls=2_000)


def parts(demand: Demand, costs: UnitCosts = COSTS, machine: Machine | None = None) -> dict[str, Part]:
    return {part.name: part for part in plan(demand, costs, machine or Machine())}


def test_a_province() -> None:
    found = parts(PROVINCE)
    # 2,000 calls of ten minutes are 3.33 a second, five times that in the rush, 0.3 s each: 5 cores; 25 pages
    # are told of each of 4 steps of each: 0.17 more. At 60 % that is nine processes, with a machine to spare.
    web = found["web processes"]
    assert web.needs == "5.17 cores in the rush"
    assert (web.count, web.machines) == (15, 3)
    # 2,000 x 400 x 7.5 us are 6 cores; ten workers at 60 %, on two machines and one more.
    media = found["media workers"]
    assert (media.needs, media.count, media.machines) == ("6.00 cores", 15, 3)
    # 2,000 x 2 x 1.54 over the two that are left.
    assert found["network cards for media"].needs == "3080 Mbit/s each way"
    assert found["Redis"].needs == "0.50 cores, 4.4 MB"
    # 217 writes a second are more than 60 % of 245.
    assert (found["databases of the records"].count, found["databases of the records"].machines) == (2, 4)
    assert found["TURN"].needs == "616 Mbit/s"


def test_one_hall_needs_one_of_each_and_a_spare() -> None:
    found = parts(Demand(halls=1, waiting=100, calls=20))
    assert (found["web processes"].count, found["web processes"].machines) == (2, 2)
    assert (found["media workers"].count, found["media workers"].machines) == (2, 2)
    assert found["databases of the records"].count == 1


@pytest.mark.parametrize("calls", [20, 200, 2_000, 20_000])
def test_with_one_machine_gone_the_others_carry_all(calls: int) -> None:
    machine = Machine(cores=4, busy=0.5)
    for part in parts(Demand(halls=10, waiting=1_000, calls=calls), machine=machine).values():
        if part.name in ("web processes", "media workers"):
            left = part.count // part.machines * (part.machines - 1)
            cores = float(part.needs.split()[0])
            assert left * machine.busy >= cores - 0.01
            assert part.count <= part.machines * machine.cores


def test_a_worker_carries_no_more_calls_than_it_may() -> None:
    cheap = UnitCosts(visit_web_s=0.3, visit_redis_s=0.03, packet_us=0.01)
    found = parts(PROVINCE, cheap)["media workers"]
    assert found.count - found.count // found.machines >= 8


def load_result(**summary: float) -> dict[str, Any]:
    # Four seconds of half a core, a twentieth, and twice a fiftieth.
    cpu_s = {"web": 2.0, "redis": 0.2, "media 1": 0.08, "media 2": 0.08}
    whole = {"tickets": 10, "taken_s": 30.0, "packets_sent": 20_000, **summary}
    return {"name": "load", "summary": whole, "details": {"cpu_s": cpu_s}}


def test_unit_costs_are_those_of_the_run() -> None:
    found = unit_costs(load_result())
    # Four seconds of half a core for ten visits; twice 0.02 cores for 20,000 packets.
    assert found.visit_web_s == pytest.approx(0.2)
    assert found.visit_redis_s == pytest.approx(0.02)
    assert found.packet_us == pytest.approx(8.0)
    relay = {"name": "relay", "summary": {"us_per_packet_50": 7.29}}
    assert unit_costs(load_result(packets_sent=0), relay).packet_us == 7.29


@pytest.mark.parametrize(
    "result",
    [
        load_result(tickets=0),
        load_result(taken_s=5.0),
        load_result(packets_sent=0),
        {"name": "load", "summary": {"tickets": 10, "taken_s": 30.0}, "details": {}},
    ],
)
def test_a_run_that_says_too_little(result: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ResultUnusable):
        unit_costs(result)
    file = tmp_path / "load.json"
    file.write_text(json.dumps(result), encoding="utf-8")
    with pytest.raises(errors.ResultUnusable, match=r"load\.json: "):
        load_plan.plan(file, None, PROVINCE, Machine(), None, lambda _line: None)


@pytest.mark.parametrize("written", ["", "[]", '{"name": "relay"}', "\x00"])
def test_a_file_that_is_no_such_result(written: str, tmp_path: Path) -> None:
    file = tmp_path / "load.json"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(errors.ResultUnusable, match=r"load\.json: "):
        load_plan.plan(file, None, PROVINCE, Machine(), None, lambda _line: None)


def test_the_plan_is_written_as_json(tmp_path: Path) -> None:
    file, target = tmp_path / "load.json", tmp_path / "plan.json"
    file.write_text(json.dumps(load_result()), encoding="utf-8")
    said: list[str] = []
    assert load_plan.plan(file, None, PROVINCE, Machine(), target, said.append) == 0
    told = json.loads(target.read_text(encoding="utf-8"))
    assert told["demand"]["calls"] == 2_000
    assert [part["name"] for part in told["parts"]] == list(parts(PROVINCE))
    assert len(said) == 1 + len(told["parts"])
