"""The order of tests for several processes, which each begin with an equal share (xdist's `worksteal`)."""

import os
from collections.abc import Sequence
from typing import Final, TypeVar

import pytest

EARLY: Final = 0.7
"""The part of a share in which its long tests are. One that begins at the end keeps everybody waiting, and
too many at a time leave nothing to do while they wait.
"""
T = TypeVar("T")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    shares = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if shares > 1:
        long = [item for item in items if item.get_closest_marker("browser")]
        short = [item for item in items if not item.get_closest_marker("browser")]
        items[:] = in_shares(short, long, shares)


def in_shares(short: Sequence[T], long: Sequence[T], shares: int) -> list[T]:
    """All of them in as many equal shares, one after the other; in each the long ones are spread over its
    early part.
    """
    ordered: list[T] = []
    for left in range(shares, 0, -1):
        own_long = long[: len(long) // left]
        own_short = short[: (len(short) + len(long)) // left - len(own_long)]
        long, short = long[len(own_long) :], short[len(own_short) :]
        early, taken = int(len(own_short) * EARLY), 0
        for number, one in enumerate(own_long):
            until = early * number // len(own_long)
            ordered += [*own_short[taken:until], one]
            taken = until
        ordered += own_short[taken:]
    return ordered
