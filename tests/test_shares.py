"""Where the long tests are among the others."""

import pytest

from tests.shares import in_shares

SHORT, LONG = range(100), range(1_000, 1_010)


@pytest.mark.parametrize("shares", [1, 2, 3, 4, 16])
def test_every_test_is_done_once_and_the_others_keep_their_order(shares: int) -> None:
    ordered = in_shares(SHORT, LONG, shares)
    assert [one for one in ordered if one in SHORT] == list(SHORT)
    assert [one for one in ordered if one in LONG] == list(LONG)


def test_the_long_ones_are_early_in_each_share() -> None:
    ordered = in_shares(SHORT, LONG, 2)
    assert [at for at, one in enumerate(ordered) if one in LONG] == [0, 8, 16, 24, 32, 55, 63, 71, 79, 87]


def test_there_may_be_only_long_ones_or_none() -> None:
    assert in_shares((), LONG, 3) == list(LONG)
    assert in_shares(SHORT, (), 3) == list(SHORT)
    assert in_shares((), (), 3) == []
