"""Both shelves keep contents whole, and say what they cannot do."""

import asyncio
import hashlib
import os
import stat
from pathlib import Path

import pytest

from cases.files.disk_shelf import DiskShelf
from cases.files.errors import ContentMissing, ShelfUnavailable
from cases.files.s3_address import S3Address
from cases.files.s3_shelf import S3Keys, S3Shelf
from cases.files.shelf import Shelf
from cases.files.threads import in_thread
from tests.cases.files import samples
from tests.cases.files.desk import desk_of
from tests.product import OpenHouse
from tests.s3_server import KEYS, Storage


class Sent:
    """Contents, each in a file that is to be put."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0

    async def put(self, shelf: Shelf, content: bytes) -> str:
        """The name under which it is kept."""
        name = hashlib.sha256(content).hexdigest()
        self._made += 1
        source = self._folder / f"source-{self._made}"
        await in_thread(source.write_bytes, content)
        await shelf.put(name, source)
        return name


@pytest.fixture
def sent(tmp_path: Path) -> Sent:
    return Sent(tmp_path)


async def kept(shelf: Shelf, name: str) -> bytes:
    content = await shelf.open(name)
    pieces = [piece async for piece in content.pieces]
    assert sum(len(piece) for piece in pieces) == content.size_bytes
    return b"".join(pieces)


@pytest.mark.parametrize("size", [0, 1, 262_144, 262_145, 3_000_000])
async def test_what_is_put_comes_back(size: int, shelf: Shelf, sent: Sent) -> None:
    content = os.urandom(size)
    assert await kept(shelf, await sent.put(shelf, content)) == content


async def test_the_same_content_is_there_once(shelf: Shelf, sent: Sent) -> None:
    names = await asyncio.gather(*(sent.put(shelf, b"the same") for _ in range(8)))
    assert len(set(names)) == 1
    await shelf.delete(names[0])
    with pytest.raises(ContentMissing):
        await shelf.open(names[0])


async def test_what_is_gone_is_deleted_again_and_put_again(shelf: Shelf, sent: Sent) -> None:
    name = await sent.put(shelf, b"content")
    await shelf.delete(name)
    await shelf.delete(name)
    assert await sent.put(shelf, b"content") == name
    assert await kept(shelf, name) == b"content"


async def test_what_goes_after_it_was_found_is_missing(shelf: Shelf, sent: Sent) -> None:
    name = await sent.put(shelf, b"content")
    content = await shelf.open(name)
    await shelf.delete(name)
    with pytest.raises(ContentMissing):
        await anext(content.pieces)


@pytest.mark.parametrize("name", ["", "..", "../x", "a" * 63, "A" * 64, "a" * 63 + "\n", "/etc/passwd"])
async def test_only_hashes_are_names(name: str, shelf: Shelf, tmp_path: Path) -> None:
    source = tmp_path / "source"
    await in_thread(source.write_bytes, b"x")
    for asked in (shelf.open(name), shelf.put(name, source), shelf.delete(name)):
        with pytest.raises(ContentMissing):
            await asked
    assert await in_thread(os.listdir, tmp_path) == ["source"]


async def test_on_disk_it_is_this_users_alone(tmp_path: Path, sent: Sent) -> None:
    name = await sent.put(DiskShelf(tmp_path / "files"), b"content")
    path = tmp_path / "files" / name[:2] / name[2:4] / name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(one.stat().st_mode) for one in path.parents[:2]} == {0o700}


async def test_a_disk_that_cannot_be_written_is_said_so(tmp_path: Path, sent: Sent) -> None:
    (tmp_path / "files").write_bytes(b"no folder")
    with pytest.raises(ShelfUnavailable):
        await sent.put(DiskShelf(tmp_path / "files"), b"content")


async def test_a_storage_that_is_not_there_is_said_so(storage: Storage, sent: Sent) -> None:
    nobody = S3Address.parse("s3://b?endpoint=http://127.0.0.1:9")
    nowhere = S3Address.parse(storage.url("no-such-bucket"))
    for shelf in (
        S3Shelf(nobody, S3Keys("secret-id", "secret-key"), patience_s=0.2),
        S3Shelf(nowhere, KEYS),
    ):
        with pytest.raises(ShelfUnavailable) as refused:
            await sent.put(shelf, b"content")
        assert "secret" not in str(refused.value)


WRONG_ADDRESSES = (
    "",
    "http://bucket",
    "s3://",
    "s3://key:secret@bucket",
    "s3://bucket?endpoint=ftp://x",
    "s3://bucket?secret=1",
    "s3://bucket?region=",
)


@pytest.mark.parametrize("url", WRONG_ADDRESSES)
def test_a_wrong_address_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="must b") as refused:
        S3Address.parse(url)
    assert "secret" not in str(refused.value)


def test_an_address_says_where_it_is() -> None:
    assert S3Address.parse("s3://bucket/a/b/?endpoint=https://s3.example.cn&region=cn-south-1") == S3Address(
        "bucket", "a/b", "https://s3.example.cn", "cn-south-1"
    )
    assert S3Address.parse("s3://bucket") == S3Address("bucket", "", None, "us-east-1")


async def test_the_server_keeps_files_in_such_a_storage(open_house: OpenHouse, storage: Storage) -> None:
    url = storage.url(await storage.new_bucket())
    keys = {"files_access_key_id": KEYS.access_key_id, "files_secret_access_key": KEYS.secret_access_key}
    async with open_house(files_url=url, **keys) as house:
        desk = await desk_of(house)
        view = await desk.sent(samples.jpeg())
        assert desk.on_disk() == []
        seen = await desk.client.ask("GET", desk.path("files", view.file.file_id))
        assert (seen.status, len(seen.body)) == (200, view.file.size_bytes)


async def test_a_storage_that_does_not_answer_is_told_and_leaves_nothing(open_house: OpenHouse) -> None:
    keys = {"files_access_key_id": "x", "files_secret_access_key": "x"}
    async with open_house(files_url="s3://b?endpoint=http://127.0.0.1:9", **keys) as house:
        desk = await desk_of(house)
        answer = await desk.send(samples.jpeg())
        assert (answer.status, answer.problem.code) == (503, "files_unavailable")
        assert desk.on_disk() == []
        listed = await desk.client.ask("GET", desk.path("files"))
        assert b'"files":[]' in listed.body
