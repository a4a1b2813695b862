"""The records that a test runs on: a SQLite file, or a database of a real PostgreSQL.

``--records`` chooses one for the whole run. Without it tests run on SQLite, and those that are marked
``both_records`` on each of the two. A folder whose records are elsewhere has their address in a file.
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import pytest

from cases.database import Database
from tests.postgres_server import PostgresServer, at_once

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
_ADDRESS: Final = "records.url"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--records", choices=(SQLITE, POSTGRESQL), help="What every test's records are kept in.")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "records_kind" not in metafunc.fixturenames:
        return
    chosen: str | None = metafunc.config.getoption("--records")
    kinds = [chosen or SQLITE]
    if metafunc.definition.get_closest_marker("sqlite_records"):
        kinds = [SQLITE]
    elif chosen is None and metafunc.definition.get_closest_marker("both_records"):
        kinds = [SQLITE, POSTGRESQL]
    metafunc.parametrize("records_kind", kinds, indirect=True)


@pytest.fixture
def records_kind(request: pytest.FixtureRequest) -> str:
    """What this test's records are kept in."""
    kind: str = request.param
    return kind


def records_url(folder: Path) -> str:
    """Of the records that belong to that folder."""
    address = folder / _ADDRESS
    if address.exists():
        return address.read_text(encoding="utf-8")
    return f"sqlite+aiosqlite:///{folder / 'records.sqlite3'}"


def at_postgresql(folder: Path) -> bool:
    return (folder / _ADDRESS).exists()


def put_address(folder: Path, url: str) -> None:
    """From now on the records of that folder are there."""
    for file in folder.glob("records.sqlite3*"):
        file.unlink()
    (folder / _ADDRESS).write_text(url, encoding="utf-8")


async def _migrate(url: str) -> None:
    database = Database(url)
    await database.migrate()
    await database.close()


@pytest.fixture(scope="session")
def migrated_template(postgres: PostgresServer) -> str:
    """A database of PostgreSQL with every table and no row, to be copied."""
    name = postgres.new_database()
    at_once(_migrate(postgres.url(name)))
    return name


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a file."""
    folder = tmp_path_factory.mktemp("migrated")
    at_once(_migrate(records_url(folder)))
    return folder / "records.sqlite3"


@pytest.fixture
def empty_records(request: pytest.FixtureRequest, records_kind: str, tmp_path: Path) -> Iterator[Path]:
    """A folder whose records have every table and no row."""
    folder = tmp_path / "records"
    folder.mkdir()
    if records_kind == SQLITE:
        shutil.copy(request.getfixturevalue("migrated_file"), folder / "records.sqlite3")
        yield folder
        return
    template: str = request.getfixturevalue("migrated_template")
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.copy_of(template) as url:
        put_address(folder, url)
        yield folder


@pytest.fixture
async def empty_database(empty_records: Path) -> AsyncIterator[Database]:
    """Those records, opened."""
    database = Database(records_url(empty_records))
    yield database
    await database.close()
