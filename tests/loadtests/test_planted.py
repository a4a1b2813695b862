"""Defects of a real server, planted on the way from it, are found by a run of the installed command."""

import asyncio
import json
from pathlib import Path
from typing import Final

import pytest

from server.demo import OFFICERS, PASSWORD
from tests.loadtests.lying_proxy import Lies, lying_proxy
from tests.loadtests.test_run import RUN_S, start
from tests.product import OpenHouse

DAY: Final = """
[hall]
taxpayers = 8
officers = 2
cameras = 0
seed = 5
[arrivals]
rate_per_s = 4
[shares]
no_show = 0.4
reload = 0.0
drop = 0.0
talk = 1.0
[times_s]
think = 0.1
service = 1
patience = 30
"""


@pytest.mark.feature("B10")
async def test_a_run_finds_each_planted_defect(open_house: OpenHouse, tmp_path: Path) -> None:
    logins, day, file = tmp_path / "logins", tmp_path / "day.toml", tmp_path / "load.json"
    logins.write_text(
        "".join(f"{officer.staff_number} {PASSWORD}\n" for officer in OFFICERS), encoding="utf-8"
    )
    day.write_text(DAY, encoding="utf-8")
    lies = Lies()
    async with (
        open_house(queue_confirm_ms=2_000, queue_recall_spacing_ms=1_000, queue_activation_ms=2_000) as house,
        lying_proxy(house.url, lies) as url,
    ):
        process = await start(
            *("--url", url, "--scenario", str(day), "--officer-logins", str(logins), "--json", str(file))
        )
        output, _ = await asyncio.wait_for(process.communicate(), RUN_S)
    said = output.decode()
    assert set(lies.told) == {"true_position", "messages_once", "one_officer", "deadline_once"}, said
    assert process.returncode == 1
    broken = json.loads(file.read_text(encoding="utf-8"))["details"]["broken_by_rule"]
    for rule, about in lies.told.items():
        assert broken[rule] >= 1, said
        assert about in said, said
    # What was true is not blamed.
    assert {rule for rule, times in broken.items() if times} <= set(lies.told)
