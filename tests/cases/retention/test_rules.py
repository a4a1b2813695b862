"""When a rule counts as over, and at which hours it is looked for."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cases.retention.book import TAKERS
from cases.retention.rules import DAY_MS, Hours, Rule, Terms

ZONE = "Asia/Shanghai"


def at(hour: int) -> int:
    return int(datetime(2026, 11, 26, hour, 30, tzinfo=ZoneInfo(ZONE)).timestamp() * 1000)


def test_a_term_of_no_days_is_for_good() -> None:
    terms = Terms({Rule.CASES: 0, Rule.TAXPAYERS: 3, Rule.DRAFTS: 1})
    now_ms = 10 * DAY_MS
    assert terms.before_ms(Rule.CASES, now_ms) is None
    assert list(terms.active(now_ms)) == [(Rule.DRAFTS, 9 * DAY_MS), (Rule.TAXPAYERS, 7 * DAY_MS)]


def test_every_rule_has_its_way() -> None:
    assert set(TAKERS) == set(Rule)


@pytest.mark.parametrize(
    ("first", "end", "within", "outside"),
    [(1, 5, (1, 4), (0, 5, 23)), (22, 4, (22, 23, 0, 3), (4, 12, 21)), (3, 3, (0, 3, 12), ())],
)
def test_hours_are_of_the_halls_and_may_go_over_midnight(
    first: int, end: int, within: tuple[int, ...], outside: tuple[int, ...]
) -> None:
    hours = Hours(first, end, ZONE)
    assert all(hours.has(at(hour)) for hour in within)
    assert not any(hours.has(at(hour)) for hour in outside)
