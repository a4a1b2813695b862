"""Archives, keys and folders that a restoring does not take: nothing is written then."""

import asyncio
import random
import shutil
import tarfile
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from cases.database import Database, newest_revision
from server import app
from server.backup import checking, making, restoring
from server.backup.archive import BLOCK, Writer, read_manifest
from server.backup.revisions import upgrade
from server.errors import ArchiveBroken, ArchiveUnknown, BackupRefused, DataFolderBusy, KeysDiffer
from server.records import records
from tests.product import settings_of
from tests.server.backup.test_round_trip import made, new_folder, quiet, restored, rows_in
from tests.server.data_folder import FOLDERS, unpack

FLIPS = 400


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder with some business and pictures, and its backup."""
    place = tmp_path_factory.mktemp("kept")
    unpack(FOLDERS / "0012.tar.xz", place / "house")
    file = place / "backup.tar"
    making.make(settings_of(place / "house"), file, allow_missing=False, say=quiet)
    return place / "house", file


@pytest.fixture
def data_folder(kept: tuple[Path, Path]) -> Path:
    """Where the backup is from."""
    return kept[0]


@pytest.fixture
def archive(kept: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of the backup."""
    return Path(shutil.copy(kept[1], tmp_path / "backup.tar"))


def _members(archive: Path) -> list[tarfile.TarInfo]:
    with tarfile.open(archive) as opened:
        return opened.getmembers()


def refused(archive: Path) -> str:
    with pytest.raises((ArchiveBroken, ArchiveUnknown)) as error:
        checking.check(archive, quiet)
    return str(error.value)


def test_a_byte_changed_anywhere_is_found(archive: Path, data_folder: Path, tmp_path: Path) -> None:
    """In the head, padding and content of every member, in the end, and at many places besides."""
    whole = archive.read_bytes()
    places = {0, len(whole) - 1, len(whole) - 2 * BLOCK}
    for member in _members(archive):
        places |= {member.offset, member.offset + 156, member.offset + 300, member.offset_data}
        places |= {member.offset_data + member.size // 2, member.offset_data + member.size - 1}
        places.add(member.offset_data + member.size)
    dice = random.Random(1)
    places |= {dice.randrange(len(whole)) for _ in range(FLIPS)}
    broken = tmp_path / "broken.tar"
    for place in sorted(one for one in places if one < len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1 << dice.randrange(8)
        broken.write_bytes(changed)
        refused(broken)
    folder = new_folder(data_folder, tmp_path / "restored")
    with pytest.raises((ArchiveBroken, ArchiveUnknown)):
        restoring.restore(settings_of(folder), broken, quiet)
    assert sorted(one.name for one in folder.iterdir()) == ["identity.key", "index.key"]


def _longer(whole: bytes) -> bytes:
    return whole + bytes(BLOCK)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_what_was_not_copied_whole_is_found(share: float, archive: Path) -> None:
    whole = archive.read_bytes()
    archive.write_bytes(whole[: round(len(whole) * share)])
    refused(archive)
    archive.write_bytes(whole[:-1])
    refused(archive)
    archive.write_bytes(_longer(whole))
    refused(archive)


def test_a_member_left_out_or_put_in_is_found(archive: Path, tmp_path: Path) -> None:
    """By the manifest too: the seal of each of these is right."""
    members = _members(archive)
    inner = [one for one in members[1:] if one.name not in ("manifest.json", "seal")]
    with tarfile.open(archive) as opened:
        bodies = {one.name: _body(opened, one) for one in members}
    manifest = read_manifest(bodies["manifest.json"])
    for left_out in [None, *inner]:
        other = tmp_path / "other.tar"
        with other.open("wb") as file:
            writer = Writer(file)
            for one in inner:
                if one is not left_out:
                    writer.add(one.name, bodies[one.name])
            if left_out is None:
                writer.add("files/../../evil", b"evil")
            writer.seal(manifest)
        refused(other)


def _body(opened: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = opened.extractfile(member)
    assert file is not None
    return file.read()


def test_any_other_file_is_no_backup(tmp_path: Path) -> None:
    for content in (b"", b"SQLite format 3\0" + bytes(10_000), b"\x1f\x8b" + bytes(600)):
        file = tmp_path / "other"
        file.write_bytes(content)
        assert "no backup of Shuitong" in refused(file)


@pytest.mark.parametrize("wrong", ["identity_keys", "index_key"])
async def test_another_key_is_refused(wrong: str, archive: Path, data_folder: Path, tmp_path: Path) -> None:
    folder = new_folder(data_folder, tmp_path / "restored")
    key = Fernet.generate_key().decode()
    settings = settings_of(folder, **{wrong: (key,) if wrong == "identity_keys" else key})
    with pytest.raises(KeysDiffer, match=wrong):
        await asyncio.to_thread(restoring.restore, settings, archive, quiet)
    assert not (folder / "records.sqlite3").exists()


async def test_a_demos_keys_come_first(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(KeysDiffer, match=r"identity\.key and index\.key"):
        await restored(archive, tmp_path / "restored")
    assert not (tmp_path / "restored" / "identity.key").exists()


async def test_records_that_are_there_stay(archive: Path, data_folder: Path) -> None:
    before = await rows_in(data_folder)
    with pytest.raises(BackupRefused, match="not empty"):
        await restored(archive, data_folder)
    assert await rows_in(data_folder) == before


async def test_a_folder_that_a_server_has_is_left_alone(
    archive: Path, data_folder: Path, tmp_path: Path
) -> None:
    folder = new_folder(data_folder, tmp_path / "restored")
    with app.data_folder(folder), pytest.raises(DataFolderBusy):
        await restored(archive, folder)


async def test_a_restoring_that_ended_half_way_is_repeated(
    archive: Path, data_folder: Path, tmp_path: Path
) -> None:
    folder = new_folder(data_folder, tmp_path / "restored")

    def stop(told: str) -> None:
        if told.startswith("cases:"):
            raise InterruptedError("killed")

    with pytest.raises(InterruptedError):
        await asyncio.to_thread(restoring.restore, settings_of(folder), archive, stop)
    assert await rows_in(folder) == {}
    await restored(archive, folder)
    assert len((await rows_in(folder))["cases"]) == 4


async def _at(folder: Path, revision: str) -> Database:
    database = records(settings_of(folder))
    async with database.writing() as connection:
        await connection.run_sync(upgrade, revision)
    return database


@pytest.mark.parametrize("revision", ["0001", "0003", "0007", "0011"])
async def test_a_backup_of_an_older_version_gets_the_tables_of_this_one(
    revision: str, data_folder: Path, tmp_path: Path
) -> None:
    older = new_folder(data_folder, tmp_path / "older")
    database = await _at(older, revision)
    async with database.writing() as connection:
        await connection.execute(
            text(
                "INSERT INTO halls (hall_id, name_zh, name_en, region_zh, region_en, time_zone) "
                "VALUES ('h', '厅', 'Hall', '珠海', 'Zhuhai', 'Asia/Shanghai')"
            )
        )
        await connection.execute(
            text("INSERT INTO taxpayers VALUES ('t', 'id_cn', X'00ff', 'index', '陈嘉敏', 1795713600729)")
        )
        await connection.execute(text("INSERT INTO journal_cursors VALUES ('h', '17-1795713600729')"))
    await database.close()
    result = await made(older, tmp_path / "backup.tar")
    assert result.manifest.revision == revision
    folder = new_folder(data_folder, tmp_path / "restored")
    await restored(tmp_path / "backup.tar", folder)
    found = await rows_in(folder)
    assert found["alembic_version"] == [(newest_revision(),)]
    assert found["taxpayers"][0][:6] == ("t", "id_cn", b"\x00\xff", "index", "陈嘉敏", 1795713600729)
    assert found["halls"][0][:2] == ("h", "厅")


async def test_a_backup_of_a_newer_version_is_refused(data_folder: Path, tmp_path: Path) -> None:
    data_folder = Path(shutil.copytree(data_folder, tmp_path / "newer"))
    database = records(settings_of(data_folder))
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    await made(data_folder, tmp_path / "newer.tar")
    with pytest.raises(ArchiveUnknown, match="newer version"):
        await restored(tmp_path / "newer.tar", new_folder(data_folder, tmp_path / "restored"))
