"""kill -9 between every two writes of a restoring: afterwards the same command makes it whole."""

import asyncio
import signal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import pytest

from cases.database import Database
from cases.trail.verification import verify
from server.backup import restoring
from server.records import records
from server.settings import Settings
from tests.crashes.moments_plugin import Choice
from tests.crashes.points import COMMIT, STATEMENT, Points, spread
from tests.forks import context
from tests.postgres_server import PostgresServer
from tests.product import settings_of
from tests.records import POSTGRESQL, put_address
from tests.server.backup.test_round_trip import Rows, made, new_folder, quiet, rows_in
from tests.server.data_folder import FOLDERS, unpack

NEVER: Final = 2**31
END_S: Final = 60.0


def _restore(settings: Settings, archive: Path, number: int, control: Connection) -> None:
    """Run in a process of its own, which is killed at that moment."""
    points = Points()
    points.watch()
    points.arm(number)
    restoring.restore(settings, archive, quiet)
    control.send(points.disarm())


def _in_a_process(settings: Settings, archive: Path, number: int) -> list[str] | None:
    """The moments that it passed; none where it was killed."""
    forks = context()
    mine, theirs = forks.Pipe()
    process = forks.Process(target=_restore, args=(settings, archive, number, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        passed: list[str] | None = mine.recv() if mine.poll(END_S) else None
    except EOFError:
        passed = None
    process.join(END_S)
    assert process.exitcode == (-signal.SIGKILL if passed is None else 0)
    return passed


async def run(folder: Path, archive: Path, number: int = NEVER) -> list[str] | None:
    return await asyncio.to_thread(_in_a_process, settings_of(folder), archive, number)


async def what_is_there(folder: Path) -> tuple[Rows, dict[str, bytes]]:
    """Every row, and every file; but the queue's cursors, which say when it was."""
    rows = await rows_in(folder)
    rows.pop("journal_cursors", None)
    on_shelf = (one for one in (folder / "files").glob("[0-9a-f]*/**/*") if one.is_file())
    return rows, {one.name: one.read_bytes() for one in on_shelf}


async def trail_faults(folder: Path) -> tuple[Any, ...]:
    database: Database = records(settings_of(folder))
    try:
        return (await verify(database, quiet)).faults
    finally:
        await database.close()


@pytest.mark.timeout(900)
@pytest.mark.both_records
async def test_a_killed_restoring_is_repeated(
    tmp_path: Path, choice: Choice, records_kind: str, request: pytest.FixtureRequest
) -> None:
    house, archive = tmp_path / "house", tmp_path / "backup.tar"
    unpack(FOLDERS / "0012.tar.xz", house)
    await made(house, archive)

    def place(name: str) -> Path:
        folder = new_folder(house, tmp_path / name)
        if records_kind == POSTGRESQL:
            server: PostgresServer = request.getfixturevalue("postgres")
            put_address(folder, server.url(server.new_database()))
        return folder

    moments = await run(place("undisturbed"), archive)
    assert moments is not None
    assert moments.count(COMMIT) == 1
    whole = await what_is_there(tmp_path / "undisturbed")
    assert len(whole[0]["cases"]) == 4
    assert whole[1]
    numbers = range(1, len(moments) + 1) if choice.all_of_them else spread(moments, choice.turn)
    if records_kind == POSTGRESQL and not choice.all_of_them:
        # Its transaction is the same one: the first statement of it, and the moment before it is kept.
        first = next(number for number, moment in enumerate(moments, 1) if moment.startswith(STATEMENT))
        numbers = [first, moments.index(COMMIT) + 1]
    for number in numbers:
        folder = place(f"killed-{number}")
        assert await run(folder, archive, number) is None
        rows, _ = await what_is_there(folder)
        assert rows == {}, f"{moments[number - 1]}: half of it is there"
        assert await run(folder, archive) is not None
        assert await what_is_there(folder) == whole, moments[number - 1]
        assert await trail_faults(folder) == ()
