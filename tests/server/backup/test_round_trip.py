"""Backups of a house that is at work, and what comes back of them."""

import asyncio
import hashlib
import json
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, MetaData, func, inspect, select

from cases import schema
from cases.database import Database
from cases.files.tables import file_contents
from cases.sealing import new_id
from cases.trail.verification import verify
from queueing.connection import Link
from server.backup import checking, making, restoring
from server.cli import main
from server.errors import BackupRefused, FilesMissing, NoRecords
from server.records import records
from signaling import events
from tests.business_pages import BusinessPage
from tests.clients import eventually
from tests.postgres_server import PostgresServer
from tests.product import CHEN, GENERAL, HUANG, VEHICLE, House, OpenHouse, house_in, settings_of
from tests.records import at_postgresql, put_address
from tests.s3_server import KEYS, Storage
from tests.server.business import QUESTION, happen

Rows = dict[str, list[tuple[Any, ...]]]


def quiet(_text: str) -> None:
    """Nobody looks."""


async def rows_in(folder: Path) -> Rows:
    """Every row of every table."""
    database = records(settings_of(folder))
    try:
        async with database.reading() as connection:
            return await connection.run_sync(_rows)
    finally:
        await database.close()


def _rows(connection: Connection) -> Rows:
    metadata = MetaData()
    metadata.reflect(connection)
    return {
        table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
        for table in metadata.sorted_tables
    }


def new_folder(data_folder: Path, folder: Path) -> Path:
    """Another machine's: with the keys, which whoever runs it keeps elsewhere."""
    folder.mkdir()
    for key in ("identity.key", "index.key"):
        shutil.copy(data_folder / key, folder / key)
    return folder


def named(folder: Path) -> list[str]:
    return [one.name for one in folder.glob("backup*")]


async def restored(archive: Path, folder: Path, **changes: Any) -> checking.Checked:
    return await asyncio.to_thread(restoring.restore, settings_of(folder, **changes), archive, quiet)


async def made(folder: Path, archive: Path, *, allow_missing: bool = False, **changes: Any) -> making.Made:
    settings = settings_of(folder, **changes)
    return await asyncio.to_thread(making.make, settings, archive, allow_missing=allow_missing, say=quiet)


async def test_what_people_had_is_there_again_and_their_line_goes_on(
    open_house: OpenHouse, data_folder: Path, tmp_path: Path, link: Link
) -> None:
    archive = tmp_path / "backup.tar"
    async with open_house(case_drafts_max=1_000) as house:
        happened = await happen(house)
        writing = asyncio.create_task(_keep_writing(house))
        result = await made(data_folder, archive)
        # Steps that the backup does not know, in the Redis that the restored folder meets again.
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        huang = house.visitor()
        await huang.sign_in(HUANG)
        await huang.take(new_id(), VEHICLE, "备份以后")
        last = await house.version()
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert result.manifest.files.count == 2
    folder = new_folder(data_folder, tmp_path / "restored")
    assert (await restored(archive, folder)).manifest == result.manifest
    async with house_in(folder, link) as house:
        chen = house.visitor()
        await chen.sign_in(CHEN)
        assert (await chen.case(happened.finished)).question == QUESTION
        picture = await chen.ask("GET", happened.picture_path)
        assert picture.body == happened.picture
        _, page = await house.taxpayer(HUANG)
        await eventually(house.version, lambda version: version > last + 2**20)
        view = await page.call(events.TICKET_WATCH, ticket_id=happened.waiting_ticket)
        assert (view.state, view.line.line_id) == ("waiting", GENERAL)
        trail = await verify(house.product.database, quiet)
    assert (trail.faults, trail.earlier) == ((), 0)
    assert trail.entries > 1


async def test_files_of_an_s3_storage_go_to_another_one_and_to_a_disk(
    open_house: OpenHouse, data_folder: Path, tmp_path: Path, link: Link, storage: Storage
) -> None:
    async def bucket() -> dict[str, Any]:
        return {
            "files_url": storage.url(await storage.new_bucket()),
            "files_access_key_id": KEYS.access_key_id,
            "files_secret_access_key": KEYS.secret_access_key,
        }

    archive, one = tmp_path / "backup.tar", await bucket()
    async with open_house(**one) as house:
        happened = await happen(house)
    result = await made(data_folder, archive, **one)
    assert (result.manifest.files.count, result.manifest.files.missing) == (2, ())
    nothing: dict[str, Any] = {}
    for number, other in enumerate((await bucket(), nothing)):
        folder = new_folder(data_folder, tmp_path / f"restored{number}")
        await restored(archive, folder, **other)
        async with house_in(folder, link, **other) as house:
            chen = house.visitor()
            await chen.sign_in(CHEN)
            assert (await chen.ask("GET", happened.picture_path)).body == happened.picture


async def _keep_writing(house: House) -> None:
    """Drafts, one after the other, until cancelled."""
    client = house.visitor()
    await client.sign_in(CHEN)
    page = BusinessPage(house, client)
    while True:
        await page.begun()


async def test_a_backup_goes_from_one_kind_of_records_into_the_other_and_back(
    open_house: OpenHouse, data_folder: Path, tmp_path: Path, postgres: PostgresServer
) -> None:
    async with open_house() as house:
        await happen(house)
    await made(data_folder, tmp_path / "first.tar")
    between, back = (new_folder(data_folder, tmp_path / name) for name in ("postgresql", "sqlite"))
    put_address(between, postgres.url(postgres.new_database()))
    await restored(tmp_path / "first.tar", between)
    assert at_postgresql(between)
    await made(between, tmp_path / "second.tar")
    await restored(tmp_path / "second.tar", back)
    before, after = await rows_in(data_folder), await rows_in(back)
    for rows in (before, after):
        # The queue's cursors are put forward, and what a backup looks at is left alone for a while.
        del rows["journal_cursors"], rows["file_contents"]
    assert before == after


async def test_a_restored_folder_equals_what_was_there_row_by_row(
    open_house: OpenHouse, data_folder: Path, tmp_path: Path
) -> None:
    async with open_house() as house:
        await happen(house)
    before = await rows_in(data_folder)
    archive = tmp_path / "backup.tar"
    await made(data_folder, archive)
    folder = new_folder(data_folder, tmp_path / "restored")
    checked = await restored(archive, folder)
    after = await rows_in(folder)
    # The queue's is put forward, so that it is built anew.
    [(hall_id, cursor)] = before.pop("journal_cursors")
    [(same_hall, ahead)] = after.pop("journal_cursors")
    assert same_hall == hall_id
    assert int(ahead.split("-")[0]) - int(cursor.split("-")[0]) == restoring.VERSION_JUMP
    claims, claimed = before.pop("file_contents"), after.pop("file_contents")
    assert [row[0] for row in claims] == [row[0] for row in claimed]
    assert after == before
    assert sum(1 for found in after.values() if found) > 20
    kept = {one.name: one.read_bytes() for one in (folder / "files").rglob("*") if one.is_file()}
    assert set(kept) == {row[0] for row in claims}
    assert all(hashlib.sha256(body).hexdigest() == name for name, body in kept.items())
    assert checked.manifest.rows == sum(len(found) for found in after.values()) + 1 + len(claims)


async def test_writers_go_on_and_the_backup_is_of_one_moment(
    open_house: OpenHouse, data_folder: Path, tmp_path: Path
) -> None:
    """A case, its number and its forms are written together: none is there without the others."""
    archive = tmp_path / "backup.tar"
    async with open_house(case_drafts_max=1_000) as house:
        writers = [asyncio.create_task(_keep_writing(house)) for _ in range(3)]
        await eventually(lambda: _cases(house.product.database), lambda count: count >= 3)
        await made(data_folder, archive)
        for writer in writers:
            writer.cancel()
        ended = await asyncio.gather(*writers, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended)
    folder = new_folder(data_folder, tmp_path / "restored")
    await restored(archive, folder)
    found = await rows_in(folder)
    assert {row[0] for row in found["cases"]} == {row[1] for row in found["case_forms"]}
    assert len(found["cases"]) == sum(row[1] for row in found["case_numbers"])
    assert len(found["cases"]) >= 3


async def _cases(database: Database) -> int:
    async with database.reading() as connection:
        return int(await connection.scalar(select(func.count()).select_from(schema.cases)) or 0)


async def test_every_table_is_in_a_backup(data_folder: Path, tmp_path: Path) -> None:
    result = await made(data_folder, tmp_path / "backup.tar")
    database = records(settings_of(data_folder))
    async with database.reading() as connection:
        there = set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
    await database.close()
    assert {table.name for table in result.manifest.tables} == there
    assert set(schema.metadata.tables) | {"alembic_version"} == there


async def test_a_file_that_is_gone_is_said_and_may_be_left_out(
    open_house: OpenHouse, data_folder: Path, tmp_path: Path
) -> None:
    async with open_house() as house:
        await happen(house)
    lost = sorted(one for one in (data_folder / "files").rglob("*") if one.is_file())[0]
    lost.unlink()
    archive = tmp_path / "backup.tar"
    with pytest.raises(FilesMissing, match=lost.name):
        await made(data_folder, archive)
    assert named(tmp_path) == []
    result = await made(data_folder, archive, allow_missing=True)
    assert result.manifest.files.missing == (lost.name,)
    await restored(archive, new_folder(data_folder, tmp_path / "restored"))


async def test_the_sweeper_leaves_what_a_backup_is_about_to_copy(
    open_house: OpenHouse, data_folder: Path, tmp_path: Path
) -> None:
    """A picture that is deleted while the backup runs was claimed by it."""
    async with open_house() as house:
        await happen(house)
        async with house.product.database.writing() as connection:
            await connection.execute(file_contents.update().values(claimed_at_ms=0))
        await made(data_folder, tmp_path / "backup.tar")
        async with house.product.database.writing() as connection:
            await connection.execute(schema.metadata.tables["files"].delete())
        assert (await house.product.files.sweeper.sweep()).contents == 0


async def test_nothing_is_written_over(data_folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar"
    archive.write_bytes(b"mine")
    with pytest.raises(BackupRefused, match="never written over"):
        await made(data_folder, archive)
    assert archive.read_bytes() == b"mine"
    with pytest.raises(NoRecords, match="no records"):
        await made(tmp_path / "nowhere", tmp_path / "other.tar")
    assert not (tmp_path / "nowhere").exists()


async def test_what_a_killed_one_left_is_written_anew(data_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "backup.tar.part").write_bytes(b"half" * 1_000_000)
    await made(data_folder, tmp_path / "backup.tar")
    assert named(tmp_path) == ["backup.tar"]
    checking.check(tmp_path / "backup.tar", quiet)


async def command(*arguments: str | Path) -> Result:
    """The command in this process; its commands run loops of their own."""
    return await asyncio.to_thread(CliRunner().invoke, main, [str(one) for one in arguments])


async def test_the_commands_say_what_they_did(data_folder: Path, tmp_path: Path) -> None:
    archive, folder = tmp_path / "backup.tar", new_folder(data_folder, tmp_path / "restored")
    demo = ("--demo", "--data")
    done = await command("backup", archive, *demo, data_folder, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["rows"]["officers"] == 5
    assert "officers: 5 rows" in done.stderr
    checked = await command("backup", "--verify", archive, "--json", "--quiet")
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert json.loads(checked.stdout) == told
    put = await command("restore", archive, *demo, folder)
    assert put.exit_code == 0, put.output
    assert "tables of" in put.stdout
    again = await command("restore", archive, *demo, folder, "--quiet")
    assert (again.exit_code, again.stdout) == (2, "")
    assert again.stderr.startswith(f"shuitong: the records of {folder} are not empty; restore into an empty")
    assert len(again.stderr.splitlines()) == 1
    none = await command("restore", tmp_path / "none", *demo, folder)
    assert (none.exit_code, none.stderr) == (2, f"shuitong: {tmp_path / 'none'} is not there\n")
    broken = tmp_path / "broken.tar"
    broken.write_bytes(archive.read_bytes()[:-600])
    wrong = await command("backup", "--verify", broken)
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert wrong.stderr == "shuitong: its seal does not fit what is in it\n"
