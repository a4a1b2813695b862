"""Policies, keys, cursors, sleeps."""

import pytest

from queueing import keys
from queueing.backoff import Backoff
from queueing.cursor import Cursor, EntryId, news
from queueing.deadlines import sleep_ms
from queueing.errors import IdentifierInvalid, JournalFork, JournalGap
from queueing.policy import QueuePolicy
from queueing.ticket import Expired

KEPT = [EntryId(version, 1_000 + version) for version in range(5, 9)]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"confirm_ms": 0}, "confirm_ms"),
        ({"activation_ms": -1}, "activation_ms"),
        ({"reactivations_max": -1}, "reactivations_max"),
        ({"reactivate_after": -1}, "reactivate_after"),
        ({"line_capacity": 0}, "line_capacity"),
        ({"recall_spacing_ms": 60_000}, "recall_spacing_ms"),
        ({"request_ttl_ms": 86_400_001}, "request_ttl_ms"),
    ],
)
def test_policy_names_what_is_wrong(wrong: dict[str, int], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        QueuePolicy(**wrong)


def test_policy_takes_zero_where_it_means_never() -> None:
    assert QueuePolicy(reactivations_max=0, reactivate_after=0, recall_spacing_ms=0).reactivations_max == 0


def test_keys_of_a_hall_share_its_tag() -> None:
    assert (keys.meta("h-1"), keys.journal("h-1")) == ("q:{h-1}:m", "q:{h-1}:j")
    with pytest.raises(IdentifierInvalid) as invalid:
        keys.meta("h}1")
    assert invalid.value.kind == "hall id"
    assert "h}1" not in str(invalid.value)


@pytest.mark.parametrize(
    ("next_due", "expected"), [(None, 250), (1_000, 0), (900, 0), (1_017, 17), (5_000, 250)]
)
def test_sleep_until_the_next_deadline(next_due: int | None, expected: int) -> None:
    assert sleep_ms([Expired(count=0, next_due_ms=next_due, now_ms=1_000)], 250) == expected


def test_sleep_until_the_earliest_of_all_halls() -> None:
    looks = [Expired(0, None, 1_000), Expired(0, 1_090, 1_000), Expired(0, 2_040, 2_000)]
    assert sleep_ms(looks, 250) == 40
    assert sleep_ms([], 250) == 250


def test_backoff_doubles_to_its_bound() -> None:
    backoff = Backoff(first_s=0.1, most_s=0.5)
    assert backoff.begins
    assert [backoff.next_s() for _ in range(5)] == [0.1, 0.2, 0.4, 0.5, 0.5]
    assert not backoff.begins
    backoff.reset()
    assert backoff.begins


def test_entry_ids_are_read_and_written() -> None:
    assert str(EntryId.parse("12-1700000000000")) == "12-1700000000000"
    for wrong in ("", "12", "a-b", "12-"):
        with pytest.raises(ValueError, match=r"."):
            EntryId.parse(wrong)


@pytest.mark.parametrize("cursor_kept", [True, False])
@pytest.mark.parametrize("at_ms", [1_005, None])
def test_news_after_the_cursors_own_entry(at_ms: int | None, cursor_kept: bool) -> None:
    assert news("h", Cursor(5, at_ms), KEPT, None, cursor_kept=cursor_kept) == 1


def test_news_from_the_beginning() -> None:
    assert news("h", Cursor(0, None), [], None, cursor_kept=True) == 0
    assert news("h", Cursor(0, None), [EntryId(1, 7)], EntryId(1, 7), cursor_kept=True) == 0


def test_news_where_the_cursors_entry_was_trimmed() -> None:
    assert news("h", Cursor(4, 1_004), KEPT, KEPT[0], cursor_kept=False) == 0
    with pytest.raises(JournalGap):
        news("h", Cursor(4, 1_004), KEPT, KEPT[0], cursor_kept=True)
    with pytest.raises(JournalGap):
        news("h", Cursor(3, 1_003), KEPT, KEPT[0], cursor_kept=False)
    with pytest.raises(JournalGap):
        news("h", Cursor(0, None), KEPT, KEPT[0], cursor_kept=False)


@pytest.mark.parametrize("cursor_kept", [True, False])
def test_news_after_a_loss_is_a_fork(cursor_kept: bool) -> None:
    lost = [(Cursor(9, 1_009), [], KEPT[0]), (Cursor(5, 900), KEPT, KEPT[0]), (Cursor(5, None), [], None)]
    for cursor, found, oldest in lost:
        with pytest.raises(JournalFork) as fork:
            news("h", cursor, found, oldest, cursor_kept=cursor_kept)
        assert fork.value.hall_id == "h"


def test_news_has_no_holes() -> None:
    with pytest.raises(JournalGap):
        news("h", Cursor(5, 1_005), [KEPT[0], KEPT[2]], None, cursor_kept=True)
