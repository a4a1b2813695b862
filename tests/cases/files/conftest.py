"""Shelves on a disk and in an S3 server, and records."""

from pathlib import Path

import pytest

from cases.database import Database
from cases.files.disk_shelf import DiskShelf
from cases.files.s3_address import S3Address
from cases.files.s3_shelf import S3Shelf
from cases.files.shelf import Shelf
from tests.s3_server import KEYS, Storage


@pytest.fixture(params=["disk", "s3"])
async def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    """An empty one of each kind."""
    if request.param == "disk":
        return DiskShelf(tmp_path / "files")
    storage: Storage = request.getfixturevalue("storage")
    return S3Shelf(S3Address.parse(storage.url(await storage.new_bucket(), "/kept")), KEYS)


@pytest.fixture
def database(empty_database: Database) -> Database:
    """Empty records."""
    return empty_database
