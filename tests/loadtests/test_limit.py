"""The search for the limit: steps, levels, and what is said to be used up."""

import pytest

from loadtests.arrivals import Curve
from loadtests.limit import LEVELS, blamed, broken_levels, mean_cores, scaled
from loadtests.scenario import Scenario

GOOD = {"rules_broken": 0, "errors": 0, "issue_p95_ms": 900.0, "call_to_page_p95_ms": 100.0}


def test_levels_that_hold_and_that_break() -> None:
    assert broken_levels(GOOD) == []
    broken = broken_levels(GOOD | {"errors": 1, "loss_permille": 11.0})
    assert [level.figure for level in broken] == ["errors", "loss_permille"]


def test_a_step_has_more_of_everybody_and_other_people() -> None:
    base = Scenario(taxpayers=10, officers=3, reviewers=1, cameras=2, assist=0.5, curve=Curve(((0, 2.0),)))
    step = scaled(base, 2.25, 2)
    assert (step.taxpayers, step.officers, step.reviewers, step.cameras) == (22, 7, 2, 4)
    assert step.curve == Curve(((0, 4.5),))
    assert step.longest_ms == base.longest_ms
    assert step.seed != base.seed


@pytest.mark.parametrize(
    ("cores", "figures", "said"),
    [
        ({"generator 1": 0.95, "web": 0.95}, ("issue_p95_ms",), "a generator"),
        ({"generator 1": 0.2, "redis": 0.9, "web": 0.9}, ("issue_p95_ms",), "Redis"),
        ({"media 1": 0.1, "media 2": 0.97, "web": 0.3}, ("loss_permille",), "media"),
        ({"web": 0.97}, ("issue_p95_ms", "call_to_page_p95_ms"), "CPU: the web process"),
        ({"web": 0.97}, ("call_to_page_p95_ms",), "fan-out"),
        ({"web": 0.8, "generator 1": 0.7, "media 1": 0.4}, ("issue_p95_ms",), "CPU: the machine's 2 cores"),
        ({"web": 0.3}, ("issue_p95_ms",), "none of the run's own processes: 1.70 cores"),
    ],
)
def test_what_is_used_up(cores: dict[str, float], figures: tuple[str, ...], said: str) -> None:
    broken = [level for level in LEVELS if level.figure in figures]
    assert blamed(cores, 2, broken).startswith(said)


def test_a_generator_elsewhere_counts_by_its_own_account() -> None:
    broken = [level for level in LEVELS if level.figure == "issue_p95_ms"]
    assert blamed({"web": 0.97}, 2, broken, {"generator 2": 0.9}).startswith("a generator")
    # It takes nothing of this machine's cores.
    assert blamed({"web": 0.8}, 2, broken, {"generator 2": 0.8}).startswith("none of the run's own")


def test_a_process_counts_by_its_mean() -> None:
    samples = [{"process": "web", "cores": cores} for cores in (0.5, 1.0)]
    assert mean_cores([*samples, {"process": "redis", "cores": 0.1}]) == {"redis": 0.1, "web": 0.75}
