"""What is decided before a run: people, arrivals, shares."""

from datetime import UTC, datetime
from itertools import islice, pairwise

import pytest

from cases.certificates import CertificateType, birthday_of, name_is_valid, number_fault
from loadtests.people import PEOPLE_MAX, person, person_of
from loadtests.scenario import LONGEST_IN_MEANS, Scenario, shifts, visits


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
