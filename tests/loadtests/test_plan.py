"""What is decided before a run: people, arrivals, shares."""

from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path

import pytest

from cases.certificates import CertificateType, birthday_of, name_is_valid, number_fault
from loadtests.arrivals import Curve
from loadtests.hall import parts
from loadtests.logins import Login
from loadtests.people import PEOPLE_MAX, person, person_of
from loadtests.scenario import LONGEST_IN_MEANS, Scenario, shifts, visits
from loadtests.scenario_files import scenario

SCENARIOS = Path(__file__).parents[2] / "loadtests" / "scenarios"


def test_people_have_valid_numbers_and_names_that_no_living_one_has() -> None:
    today = datetime.now(UTC).date()
    for index in (*range(2_000), PEOPLE_MAX - 1):
        one = person(index)
        assert number_fault(CertificateType.ID_CN, one.number, today=today) is None
        assert name_is_valid(CertificateType.ID_CN, one.name)
        birthday = birthday_of(one.number)
        assert birthday is not None
        assert 1900 <= birthday.year <= 1904


def test_people_of_a_run_and_of_another_seed_are_different() -> None:
    numbers = {person_of(seed, turn).number for seed in (1, 2) for turn in range(5_000)}
    assert len(numbers) == 10_000
    assert person(7) == person(7 + PEOPLE_MAX)


def test_one_seed_gives_one_plan() -> None:
    scenario = Scenario(taxpayers=40, officers=3, seed=5)
    assert visits(scenario) == visits(scenario)
    assert visits(scenario) != visits(Scenario(taxpayers=40, officers=3, seed=6))
    first, second = (list(islice(shift.services(), 5)) for shift in shifts(scenario)[:2])
    assert first == list(islice(shifts(scenario)[0].services(), 5))
    assert first != second


def test_arrivals_are_poisson_at_their_rate_and_shares_hold() -> None:
    planned = visits(Scenario(taxpayers=20_000, rate_per_s=50, no_show=0.25, longest_ms=10_000_000))
    gaps_ms = [after.arrives_ms - before.arrives_ms for before, after in pairwise(planned)]
    assert sum(gaps_ms) / len(gaps_ms) == pytest.approx(20, rel=0.03)
    # A share of 1/e of exponential gaps is longer than their mean.
    assert sum(gap > 20 for gap in gaps_ms) / len(gaps_ms) == pytest.approx(0.368, abs=0.02)
    assert sum(not visit.answers for visit in planned) / len(planned) == pytest.approx(0.25, abs=0.02)
    assert max(visit.think_ms for visit in planned) <= LONGEST_IN_MEANS * 1_000
    assert {int(visit.line_draw * 3) for visit in planned} == {0, 1, 2}


def test_nobody_arrives_after_the_longest_time() -> None:
    planned = visits(Scenario(taxpayers=1_000, rate_per_s=10, longest_ms=20_000))
    assert 100 < len(planned) < 300
    assert planned[-1].arrives_ms < 20_000


@pytest.mark.parametrize(
    ("changes", "name"),
    [({"taxpayers": 0}, "taxpayers"), ({"no_show": 1.5}, "no_show"), ({"rate_per_s": -1.0}, "rate_per_s")],
)
def test_a_value_out_of_range_is_refused_by_name(changes: dict[str, float], name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} "):
        Scenario(**changes)  # type: ignore[arg-type]  # wrong on purpose


def test_shares_of_what_people_do_change_nobodys_arrival() -> None:
    plain = visits(Scenario(taxpayers=400, longest_ms=10_000_000))
    eventful = visits(
        Scenario(
            taxpayers=400, longest_ms=10_000_000, reviewers=1,
            reload=0.2, drop=0.2, leave=0.5, late=0.3, hang_up=0.1, assist=0.4, talk=0.5,
        )
    )  # fmt: skip
    assert [visit.arrives_ms for visit in plain] == [visit.arrives_ms for visit in eventful]
    assert not any(visit.reloads_ms or visit.leaves_ms or visit.messages for visit in plain)
    shares = [
        sum(visit.reloads_ms is not None for visit in eventful),
        sum(visit.leaves_ms is not None for visit in eventful),
        sum(visit.has_case for visit in eventful),
        sum(visit.messages > 0 for visit in eventful),
    ]
    assert shares == pytest.approx([80, 200, 160, 200], rel=0.3)
    # Who has booked comes: such a ticket is not given up before its time.
    assert all(visit.answers and not visit.is_late for visit in eventful if visit.has_case)


def test_a_rush_at_the_opening_follows_its_curve() -> None:
    curve = Curve(((0, 20.0), (100, 0.0), (200, 0.0), (200, 5.0)))
    planned = visits(Scenario(taxpayers=100_000, curve=curve, longest_ms=400_000))
    counts = [0, 0, 0, 0]
    for visit in planned:
        counts[visit.arrives_ms // 100_000] += 1
    assert counts == [
        pytest.approx(1_000, rel=0.15),
        0,
        pytest.approx(500, rel=0.2),
        pytest.approx(500, rel=0.2),
    ]


def test_a_real_day_is_squeezed_into_the_run(tmp_path: Path) -> None:
    day = tmp_path / "day.csv"
    day.write_text(
        "number,at\n1,2026-01-05T08:30:00+08:00\n2,2026-01-05T08:30:36+08:00\n3,2026-01-05T17:30:00+08:00\n",
        encoding="utf-8",
    )
    file = tmp_path / "scenario.toml"
    file.write_text('[arrivals]\ncsv = "day.csv"\n[times_s]\nlongest = 540\n', encoding="utf-8")
    planned = visits(scenario(file))
    assert [visit.arrives_ms for visit in planned] == [0, 599, 539_460]
    assert scenario(file, longest_ms=54_000, taxpayers=2).taxpayers == 2


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[hall]\ntaxpayer = 3\n", "hall.taxpayer"),
        ("[shares]\nno_show = 1.5\n", "shares.no_show"),
        ("[arrivals]\nrate_per_s = 1\ncurve = [[0, 1]]\n", "one of curve, rate_per_s"),
        ("[arrivals]\ncurve = [[5, 1], [1, 1]]\n", "ascend"),
        ("[hall\n", "scenario.toml"),
        ("[shares]\nassist = 0.5\n", "reviewers"),
        ("[arrivals]\ncsv = 'no.csv'\n", "no.csv"),
    ],
)
def test_a_scenario_file_that_is_wrong_says_where(tmp_path: Path, written: str, said: str) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text(written, encoding="utf-8")
    with pytest.raises((ValueError, OSError), match=said):
        scenario(file)


@pytest.mark.parametrize("file", sorted(SCENARIOS.glob("*.toml")), ids=lambda file: file.stem)
def test_the_scenarios_that_come_along_can_be_read(file: Path) -> None:
    read = scenario(file)
    assert len(visits(read)) > read.taxpayers * 0.6


def test_parts_share_everybody_out_once() -> None:
    day = Scenario(taxpayers=11, officers=3, reviewers=2, cameras=1, longest_ms=10_000_000)
    logins = [Login(f"L{turn}", "secret") for turn in range(5)]
    dealt = parts(day, logins, 2)
    assert sorted(visit.turn for part in dealt for visit in part.visits) == list(range(11))
    assert sorted(login.staff_number for part in dealt for _, login in part.shifts) == ["L0", "L1", "L2"]
    assert sorted(login.staff_number for part in dealt for login in part.reviewers) == ["L3", "L4"]
    assert {part.camera_staff for part in dealt} == {frozenset({"L0"})}
    with pytest.raises(ValueError, match="5 logins"):
        parts(day, logins[:4], 2)
