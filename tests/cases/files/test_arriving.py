"""How a file arrives: its bounds in time, size and number, and what it is called."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from cases.access import Taxpayer
from cases.files import quota
from cases.files.errors import (
    FileEmpty,
    FileTooLarge,
    FileTypeRefused,
    HeicRefused,
    ShelfUnavailable,
    TooManyFiles,
    UploadStopped,
)
from cases.files.incoming import Incoming, receive
from cases.files.names import EXTENSIONS, cleaned
from cases.files.policy import FilePolicy
from cases.files.quota import DAY_MS
from cases.files.tables import files
from cases.files.views import FilePage
from tests.cases.files import samples
from tests.cases.files.desk import Desk, desk_of
from tests.product import HUANG, House

POLICY = replace(FilePolicy(), upload_max_bytes=10_000, arrive_ms=300, silent_ms=100)


async def pieces(
    *parts: bytes, then: BaseException | None = None, never: bool = False
) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    if then is not None:
        raise then
    if never:
        await asyncio.Event().wait()


async def drops(part: bytes) -> AsyncIterator[bytes]:
    """A drop now and then, for ever."""
    while True:
        yield part
        await asyncio.sleep(0.02)


async def test_what_arrives_is_written_and_summed(tmp_path: Path) -> None:
    content = samples.jpeg()
    parts = [content[at : at + 7] for at in range(0, len(content), 7)]
    assert await receive(pieces(*parts), tmp_path / "x", POLICY) == hashlib.sha256(content).hexdigest()
    assert (tmp_path / "x").read_bytes() == content


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (pieces(), FileEmpty),
        (pieces(b"", b""), FileEmpty),
        (pieces(samples.jpeg(), bytes(10_000)), FileTooLarge),
        (pieces(bytes(10_001)), FileTooLarge),
        # As soon as it shows, and not when all of it is there.
        (pieces(b"<html>" + bytes(1_100), never=True), FileTypeRefused),
        (pieces(b"\x00\x00\x00\x18ftypheic" + bytes(1_100), never=True), HeicRefused),
        (pieces(samples.jpeg(), then=ConnectionResetError()), UploadStopped),
        (pieces(samples.jpeg(), never=True), UploadStopped),
        (drops(b"\xff\xd8\xff"), UploadStopped),
        (pieces(samples.jpeg(), then=OSError(28, "no room")), ShelfUnavailable),
    ],
    ids=lambda one: one.__name__ if isinstance(one, type) else "",
)
async def test_what_cannot_be_taken_is_refused(
    sent: AsyncIterator[bytes], error: type[Exception], tmp_path: Path
) -> None:
    incoming = Incoming(tmp_path / "incoming")
    with pytest.raises(error):
        async with incoming.workplace() as workplace:
            await receive(sent, workplace.source, POLICY)
    assert list((tmp_path / "incoming").iterdir()) == []


async def test_nothing_is_left_of_what_was_cancelled(tmp_path: Path) -> None:
    incoming = Incoming(tmp_path / "incoming")
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield samples.jpeg()
            begun.set()

    async def take() -> None:
        async with incoming.workplace() as workplace:
            await receive(
                endless(), workplace.source, replace(POLICY, upload_max_bytes=2**40, arrive_ms=60_000)
            )

    task = asyncio.create_task(take())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list((tmp_path / "incoming").iterdir()) == []


async def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "incoming").write_bytes(b"no folder")
    with pytest.raises(ShelfUnavailable):
        async with Incoming(tmp_path / "incoming").workplace():
            raise AssertionError


NAMES = (
    ("执照.jpg", "image/jpeg", "执照.jpg"),
    ("执照.PDF", "image/png", "执照.png"),
    ("C:\\Users\\陈\\执照.exe", "application/pdf", "执照.pdf"),
    ("/etc/passwd", "image/jpeg", "passwd.jpg"),
    ("../../x", "image/jpeg", "x.jpg"),
    ("", "image/jpeg", "file.jpg"),
    ("...", "image/jpeg", "file.jpg"),
    (".jpg", "image/jpeg", "jpg.jpg"),
    ("a\u202egpj.exe", "image/jpeg", "agpj.jpg"),
    ("a\r\nX: 1", "image/jpeg", "aX: 1.jpg"),
    ("a\u200b\ufeff\u2028b", "image/jpeg", "ab.jpg"),
    ("  a   b  .jpg", "image/jpeg", "a b.jpg"),
    ("e\u0301.jpg", "image/jpeg", "\u00e9.jpg"),
    ("票" * 200, "image/jpeg", "票" * 96 + ".jpg"),
)


@pytest.mark.parametrize(("name", "media_type", "wanted"), NAMES)
def test_a_name_says_what_the_file_is_and_nothing_else(name: str, media_type: str, wanted: str) -> None:
    assert cleaned(name, media_type, 100) == wanted


@given(st.text(max_size=300), st.sampled_from(sorted(EXTENSIONS)))
def test_any_name_becomes_one_that_can_be_saved(name: str, media_type: str) -> None:
    found = cleaned(name, media_type, 100)
    assert found.endswith(EXTENSIONS[media_type])
    assert len(EXTENSIONS[media_type]) < len(found) <= 100
    assert not set(found) & set("/\\\r\n\t\0")
    assert not found.startswith((".", " "))
    assert found.isprintable()


async def more_files(desk: Desk, count: int, case_id: str) -> None:
    """As if the taxpayer had sent the same file so often."""
    async with desk.database.writing() as connection:
        row = (await connection.execute(select(files))).first()
        assert row is not None
        same = {**row._mapping, "case_id": case_id}
        await connection.execute(
            files.insert(), [{**same, "file_id": f"{case_id[:20]}-{one}"} for one in range(count)]
        )


async def test_a_case_has_so_many_files(house: House) -> None:
    desk = await desk_of(house)
    assert (await desk.send(samples.jpeg())).status == 201
    await more_files(desk, FilePolicy().case_files_max - 2, desk.case_id)
    assert (await desk.send(samples.png())).status == 201
    answer = await desk.send(samples.webp())
    assert (answer.status, answer.problem.code) == (409, "too_many_files")
    listed = (await desk.client.ask("GET", desk.path("files"))).as_(FilePage)
    deleted = await desk.client.ask("DELETE", desk.path("files", listed.files[0].file.file_id))
    assert deleted.status == 200
    assert (await desk.send(samples.webp())).status == 201


async def test_a_person_sends_so_many_files_a_day(house: House) -> None:
    desk, other, third = await desk_of(house), await desk_of(house), await desk_of(house, HUANG)
    assert (await desk.send(samples.jpeg())).status == 201
    await more_files(desk, FilePolicy().person_files_a_day - 1, other.case_id)
    answer = await desk.send(samples.png())
    assert (answer.status, answer.problem.code) == (409, "too_many_files")
    # Of a case that has none yet, and of somebody else.
    elsewhere = await desk_of(house)
    assert (await elsewhere.send(samples.png())).problem.code == "too_many_files"
    assert (await third.send(samples.png())).status == 201
    house.clock.ahead_ms += DAY_MS
    tomorrow = await desk_of(house)
    assert (await tomorrow.send(samples.png())).status == 201


@pytest.mark.parametrize("bound", ["case_bytes_max", "person_bytes_a_day"])
async def test_bytes_are_counted_too(bound: str, house: House) -> None:
    desk = await desk_of(house)
    size = (await desk.sent(samples.jpeg())).file.size_bytes
    person = Taxpayer(desk.person.taxpayer_id, "", "")
    policy = replace(FilePolicy(), **{bound: size + 10})
    now_ms = house.clock.now_ms()
    async with desk.database.reading() as connection:
        await quota.refuse_too_many(connection, person, desk.case_id, 10, policy, now_ms)
        with pytest.raises(TooManyFiles):
            await quota.refuse_too_many(connection, person, desk.case_id, 11, policy, now_ms)
