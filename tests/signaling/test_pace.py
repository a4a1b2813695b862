"""How fast one page may send."""

from hypothesis import given
from hypothesis import strategies as st

from signaling.pace import Pace


def test_a_burst_then_the_rate() -> None:
    pace = Pace(per_s=20.0, burst=3, tokens=3.0, at_ms=0)
    assert [pace.take(0) for _ in range(4)] == [True, True, True, False]
    assert not pace.take(49)
    assert pace.take(99)
    assert not pace.take(99)


def test_it_fills_to_the_burst_and_no_more() -> None:
    pace = Pace(per_s=20.0, burst=3, tokens=0.0, at_ms=0)
    assert [pace.take(3_600_000) for _ in range(4)] == [True, True, True, False]


def test_a_clock_that_goes_back_gives_nothing() -> None:
    pace = Pace(per_s=20.0, burst=1, tokens=0.0, at_ms=10_000)
    assert not pace.take(5_000)
    assert not pace.take(5_001)
    assert pace.take(5_060)


@given(st.lists(st.integers(min_value=0, max_value=200), min_size=1, max_size=200))
def test_never_more_than_burst_and_rate(waits_ms: list[int]) -> None:
    pace = Pace(per_s=20.0, burst=5, tokens=5.0, at_ms=0)
    now_ms = taken = 0
    for wait_ms in waits_ms:
        now_ms += wait_ms
        taken += pace.take(now_ms)
    assert taken <= 5 + now_ms * 20 / 1000
