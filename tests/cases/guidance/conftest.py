"""The records and the folder that guidance is tested with."""

from pathlib import Path

import pytest

from cases.database import Database
from cases.guidance.catalogue import Catalogues
from tests.cases.guidance.small import write


class TickingClock:
    """A later time at each look."""

    def __init__(self) -> None:
        self._looks = 0

    def now_ms(self) -> int:
        self._looks += 1
        return 1_764_150_000_000 + self._looks


@pytest.fixture
def database(empty_database: Database) -> Database:
    """Empty records."""
    return empty_database


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small catalogue's files, to be changed."""
    return write(tmp_path / "catalogue")


@pytest.fixture
async def catalogues(database: Database, clock: TickingClock, folder: Path) -> Catalogues:
    """Loaded from the folder."""
    loaded = Catalogues(database, clock, folder)
    await loaded.load()
    return loaded
