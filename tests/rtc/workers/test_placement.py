"""On which worker the next call is put."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtc.workers.bounds import WorkerBounds
from rtc.workers.placement import Worker, WorkerInfo, least_loaded

NOW = 1_000
INFO = WorkerInfo("", ("192.0.2.1",), 20_500, 1, calls_max=100, cpu=0.0, draining=False)


def worker(
    name: str, calls: int = 0, *, cpu: float = 0.0, until: int = NOW, draining: bool = False
) -> Worker:
    return Worker(name, until, calls, replace(INFO, cpu=cpu, draining=draining))


@pytest.mark.parametrize(
    ("workers", "chosen"),
    [
        ([], None),
        ([worker("a")], "a"),
        ([worker("a", 3), worker("b", 2)], "b"),
        ([worker("a", 2), worker("b", 2)], "a"),
        ([worker("b"), worker("a")], "a"),
        ([worker("a", cpu=0.8), worker("b", 20)], "b"),
        ([worker("a", cpu=0.05), worker("b", 3)], "a"),
        ([worker("a", 90), worker("b", cpu=0.5)], "b"),
        ([worker("a", until=NOW - 1), worker("b", 50)], "b"),
        ([worker("a", until=0)], None),
        ([worker("a", draining=True), worker("b", 99)], "b"),
        ([worker("a", 100), worker("b", 99)], "b"),
        ([worker("a", 100)], None),
    ],
)
def test_the_least_loaded_that_takes_calls(workers: list[Worker], chosen: str | None) -> None:
    found = least_loaded(workers, NOW)
    assert (found.worker_id if found is not None else None) == chosen


WORKERS = st.lists(
    st.builds(
        worker,
        st.text("abcdef", min_size=1, max_size=3),
        st.integers(0, 101),
        cpu=st.floats(0, 1),
        until=st.sampled_from([0, NOW - 1, NOW, NOW + 1]),
        draining=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda one: one.worker_id,
)


@settings(max_examples=60)
@given(WORKERS, st.randoms())
def test_the_order_does_not_matter_and_nobody_idler_is_passed_over(
    workers: list[Worker], chance: object
) -> None:
    chosen = least_loaded(workers, NOW)
    chance.shuffle(shuffled := list(workers))  # type: ignore[attr-defined]
    assert least_loaded(shuffled, NOW) == chosen
    able = [one for one in workers if one.takes_calls(NOW) and one.calls < one.info.calls_max]
    assert (chosen is None) == (not able)
    if chosen is not None:
        assert chosen in able
        assert all(chosen.load < one.load + 0.1 for one in able)


def test_one_after_the_other_they_fill_evenly() -> None:
    workers = {name: worker(name) for name in "abc"}
    for _ in range(30):
        chosen = least_loaded(workers.values(), NOW)
        assert chosen is not None
        workers[chosen.worker_id] = replace(chosen, calls=chosen.calls + 1)
    assert {one.calls for one in workers.values()} == {10}


def test_bounds_are_positive() -> None:
    with pytest.raises(ValueError, match="lease_ms"):
        WorkerBounds(lease_ms=0)
    assert WorkerBounds(lease_ms=3).renew_ms == 1
