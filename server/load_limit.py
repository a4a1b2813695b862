"""``shuitong load --find-limit``: raises the load until a service level breaks, and says which, and why."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from loadtests.limit import FACTOR, LEVELS, STEPS_MAX, blamed, broken_levels, mean_cores, scaled
from server.benchmarks import frame
from server.benchmarks.frame import Bench, Measured
from server.load import LoadRequest, measured

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class LimitStep:
    """``factor``: times the scenario. ``broken``: the figures of the levels that broke."""

    factor: float
    summary: dict[str, Any]
    cores: dict[str, float]
    broken: tuple[str, ...]
    blamed: str


def find_limit(request: LoadRequest, say: Say) -> int:
    """Steps until a service level breaks; the exit code: 0 when one that holds was found.

    Each step has a server of its own, so that none begins with what another left. Raises LoadRefused.
    """
    steps: list[LimitStep] = []

    def measure(say: Say) -> Measured:
        for turn in range(STEPS_MAX):
            step = _step(request, round(FACTOR**turn, 2), turn, say)
            steps.append(step)
            _tell(step, say)
            if step.broken:
                break
        held = [step for step in steps if not step.broken]
        return Measured(
            summary={
                "steps": len(steps),
                "held_factor": held[-1].factor if held else 0,
                "broke_factor": steps[-1].factor if steps[-1].broken else 0,
                "broke_first": steps[-1].broken[0] if steps[-1].broken else "nothing",
                "used_up": steps[-1].blamed if steps[-1].broken else "nothing",
            },
            details={
                "levels": [asdict(level) for level in LEVELS],
                "steps": [asdict(step) for step in steps],
            },
            versions={},
        )

    bench = Bench("load-limit", "the load at which a service level breaks, and what was used up", measure)
    result = frame.run(bench, say)
    if request.json_file is not None:
        frame.write(result, request.json_file)
    for key, value in result.summary.items():
        say(f"{key:<14} {value}")
    return 0 if result.summary["held_factor"] else 1


def _step(request: LoadRequest, factor: float, turn: int, say: Say) -> LimitStep:
    scenario = scaled(request.scenario, factor, turn)
    say(
        f"step {turn + 1}: {factor} times: {scenario.taxpayers} taxpayers, {scenario.officers} officers, "
        f"{scenario.cameras} calls at once"
    )
    result, outcome = measured(replace(request, scenario=scenario, json_file=None, html_file=None), say)
    cores = mean_cores([asdict(sample) for sample in outcome.watch.samples])
    broken = broken_levels(result.summary)
    machine_cores = int(result.machine["cores"]) or os.cpu_count() or 1
    return LimitStep(
        factor,
        dict(result.summary),
        cores,
        tuple(level.figure for level in broken),
        blamed(cores, machine_cores, broken, outcome.generator_cores) if broken else "",
    )


def _tell(step: LimitStep, say: Say) -> None:
    words = {level.figure: level.words for level in LEVELS}
    for level in LEVELS:
        if level.figure in step.summary:
            state = "BROKE" if level.figure in step.broken else "held"
            say(f"  {state:<6} {level.words}: {level.figure} {step.summary[level.figure]}")
    say("  cores: " + ", ".join(f"{process} {cores}" for process, cores in step.cores.items()))
    if step.broken:
        say(f"broke first: {words[step.broken[0]]}; used up: {step.blamed}")
