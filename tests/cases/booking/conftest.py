"""The records that bookings are tested in."""

import pytest

from cases.database import Database


@pytest.fixture
def database(empty_database: Database) -> Database:
    """Empty records."""
    return empty_database
