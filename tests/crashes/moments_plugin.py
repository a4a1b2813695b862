"""At which moments the use cases of tests/crashes are cut short: --all-moments, or --moments-turn N."""

from dataclasses import dataclass

import pytest


@dataclass(frozen=True, slots=True)
class Choice:
    """``turn``: which of the moments that are not always looked at is, this time."""

    all_of_them: bool
    turn: int


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-moments",
        action="store_true",
        help="kill each use case of tests/crashes at every moment",
    )
    parser.addoption(
        "--moments-turn",
        metavar="N",
        type=int,
        default=None,
        help="which one is taken of the moments that take turns; default: by the seed of the random order",
    )


@pytest.fixture(scope="session")
def choice(pytestconfig: pytest.Config) -> Choice:
    """Of this run. The seed is printed by it, so that it can be had again."""
    turn = pytestconfig.getoption("--moments-turn")
    if turn is None:
        seed = pytestconfig.getoption("randomly_seed", 0)
        turn = seed if isinstance(seed, int) else 0
    return Choice(bool(pytestconfig.getoption("--all-moments")), turn)
