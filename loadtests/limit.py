"""How much load holds: the next step, whether a service level broke in it, and what was used up. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from loadtests.arrivals import Curve
from loadtests.scenario import Scenario

FACTOR: Final = 1.5
STEPS_MAX: Final = 12
BUSY_CORES: Final = 0.85
"""A process that uses so much of a core has no more to give: each has one thread that counts."""
SEED_STEP: Final = 1_000
"""Each step has other people: those of the step before may still be known."""


@dataclass(frozen=True, slots=True)
class Level:
    """A service level: a figure of the summary that must not be higher."""

    figure: str
    most: float
    words: str


LEVELS: Final = (
    Level("rules_broken", 0, "every rule holds"),
    Level("errors", 0, "no client meets an error"),
    Level("issue_p95_ms", 1_000, "95 % have their ticket within a second"),
    Level("call_to_page_p95_ms", 1_000, "95 % of the calls ring within a second"),
    Level("message_p95_ms", 2_000, "95 % of the messages are shown within two seconds"),
    Level("first_frame_p95_ms", 3_000, "95 % see the other side within three seconds"),
    Level("loss_permille", 10, "at most one in a hundred media packets is lost"),
    Level("deadline_late_max_ms", 1_000, "every deadline fires within a second"),
)


def broken_levels(summary: Mapping[str, Any]) -> list[Level]:
    """In the order of ``LEVELS``; a figure that was not measured breaks none."""
    return [level for level in LEVELS if summary.get(level.figure, 0) > level.most]


def scaled(scenario: Scenario, factor: float, turn: int) -> Scenario:
    """So many times as many who come and who serve, in the same time."""
    curve = scenario.curve
    return replace(
        scenario,
        taxpayers=max(1, round(scenario.taxpayers * factor)),
        officers=max(1, round(scenario.officers * factor)),
        reviewers=round(scenario.reviewers * factor),
        cameras=min(round(scenario.cameras * factor), max(1, round(scenario.officers * factor))),
        rate_per_s=scenario.rate_per_s * factor,
        curve=Curve(tuple((at_s, rate * factor) for at_s, rate in curve.points)) if curve else None,
        seed=scenario.seed + turn * SEED_STEP,
    )


def mean_cores(samples: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Of each process over a step."""
    used: dict[str, list[float]] = {}
    for sample in samples:
        used.setdefault(sample["process"], []).append(sample["cores"])
    return {process: round(sum(cores) / len(cores), 2) for process, cores in sorted(used.items())}


def blamed(
    cores: Mapping[str, float],
    machine_cores: int,
    broken: Sequence[Level],
    generators: Mapping[str, float] | None = None,
) -> str:
    """What was used up first, in words: the generators, the machine, Redis, media, or the web process.

    ``cores``: of processes of this machine; ``generators``: by their own account, also those elsewhere.
    """
    busy = {process for process, used in (*cores.items(), *(generators or {}).items()) if used >= BUSY_CORES}
    if any(process.startswith("generator") for process in busy):
        return "a generator: it measured itself; use more --processes, or another machine for them"
    if "redis" in busy:
        return "Redis: its one thread used a core"
    if any(process.startswith("media") for process in busy):
        return "media: a worker used a core"
    if "web" in busy:
        rings_late = any(level.figure in ("call_to_page_p95_ms", "message_p95_ms") for level in broken)
        issues_late = any(level.figure == "issue_p95_ms" for level in broken)
        if rings_late and not issues_late:
            return "fan-out: the web process used a core, and pages were told late"
        return "CPU: the web process used a core"
    total = sum(cores.values())
    if total >= machine_cores * BUSY_CORES:
        return f"CPU: the machine's {machine_cores} cores, by all of them together ({total:.2f} of them used)"
    others = machine_cores - total
    return f"none of the run's own processes: {others:.2f} cores were idle or used by others"
