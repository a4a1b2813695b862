"""``shuitong plan``: the machines that are needed, by the results of a load run and of ``bench relay``."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from loadtests import capacity
from loadtests.capacity import Demand, Machine
from server.benchmarks import frame
from server.benchmarks.errors import ResultUnusable

Say = Callable[[str], None]


def plan(
    load_file: Path,
    relay_file: Path | None,
    demand: Demand,
    machine: Machine,
    json_file: Path | None,
    say: Say,
) -> int:
    """The exit code. Raises ResultUnusable."""
    try:
        costs = capacity.unit_costs(
            frame.read(load_file, "load"), frame.read(relay_file, "relay") if relay_file is not None else None
        )
    except capacity.ResultUnusable as error:
        raise ResultUnusable(f"{load_file}: {error}") from error
    parts = capacity.plan(demand, costs, machine)
    if json_file is not None:
        told = {
            "demand": asdict(demand),
            "machine": asdict(machine),
            "costs": asdict(costs),
            "parts": [asdict(part) for part in parts],
        }
        json_file.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    say(
        f"halls: {demand.halls}; waiting: {demand.waiting}; calls at once: {demand.calls}, of "
        f"{demand.call_minutes:g} minutes; {demand.visits_per_s:.2f} come a second, {demand.rush:g} times as "
        f"many in the rush; of {machine.cores} cores a machine {machine.busy:.0%} are used"
    )
    for part in parts:
        on = f"{part.machines} machine{'s' if part.machines > 1 else ''}"
        say(f"{part.count:>5} {part.name:<27} on {on:<12} {part.needs}: {part.why}")
    return 0
