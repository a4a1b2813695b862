"""Hostile uploads through the running server: refused with a clear problem, and nothing left of them."""

import asyncio
from collections.abc import Callable
from typing import Final

import pytest
from sqlalchemy import func, select

from cases import schema
from cases.files.policy import FilePolicy
from cases.files.tables import file_contents, files
from tests.cases.files import samples
from tests.cases.files.desk import Desk, desk_of
from tests.clients import code_of, eventually
from tests.product import CHEN, HUANG, House, OpenHouse


async def rows(desk: Desk) -> tuple[int, ...]:
    """How many files, contents, made requests and audit entries there are."""
    async with desk.database.reading() as connection:
        return tuple(
            [
                int(await connection.scalar(select(func.count()).select_from(table)) or 0)
                for table in (files, file_contents, schema.requests, schema.audit_entries)
            ]
        )


@pytest.mark.feature("S7")
async def test_each_is_refused_with_its_code_and_nothing_is_left(house: House) -> None:
    desk = await desk_of(house)
    before = await rows(desk)
    for name, (make, code) in samples.HOSTILE.items():
        answer = await desk.send(make(), media_type="image/jpeg")
        assert (answer.status >= 400, answer.problem.code) == (True, code), name
        assert desk.on_disk() == [], name
        assert await rows(desk) == before, name
    assert (await desk.send(samples.jpeg())).status == 201


async def test_more_is_refused_although_nobody_said_how_much_comes(house: House) -> None:
    desk = await desk_of(house)

    async def endless() -> None:
        path = f"{house.url}{desk.path('files')}?purpose=chat"

        async def pieces() -> object:
            yield samples.jpeg()
            for _ in range(22):
                yield bytes(512 * 1024)

        async with desk.client.profile.post(path, data=pieces(), headers={"Origin": house.url}) as response:
            assert response.status == 413
            assert (await response.json())["code"] == "file_too_large"

    await endless()
    assert desk.on_disk() == []


async def begun(desk: Desk, length: str, content: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """An upload whose head and some of whose content was sent."""
    port = desk.house.server.port
    cookies = "; ".join(f"{one.key}={one.value}" for one in desk.client.profile.cookie_jar)
    head = (
        f"POST {desk.path('files')}?purpose=chat HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Cookie: {cookies}\r\n{length}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + content)
    await writer.drain()
    return reader, writer


HALF: Final = samples.jpeg(640, 480)[:2_000]
BY_LENGTH: Final = ("Content-Length: 1000000", HALF)
BY_CHUNKS: Final = ("Transfer-Encoding: chunked", b"%x\r\n%b\r\n" % (len(HALF), HALF))


async def until_on_disk(desk: Desk, wanted: Callable[[int], bool]) -> int:
    async def count() -> int:
        return len(desk.on_disk())

    return await eventually(count, wanted)


@pytest.mark.parametrize("way", [BY_LENGTH, BY_CHUNKS], ids=["by length", "by chunks"])
async def test_nothing_is_left_of_an_upload_that_breaks_off(way: tuple[str, bytes], house: House) -> None:
    desk = await desk_of(house)
    before = await rows(desk)
    _, writer = await begun(desk, *way)
    await until_on_disk(desk, lambda count: count > 0)
    writer.transport.abort()
    assert await until_on_disk(desk, lambda count: count == 0) == 0
    assert await rows(desk) == before


async def test_a_broken_chunk_is_told_to_who_still_listens(house: House) -> None:
    desk = await desk_of(house)
    broken = b"5\r\n\xff\xd8\xff\xe0\x00\r\nno number\r\n"
    reader, writer = await begun(desk, "Transfer-Encoding: chunked", broken)
    status = await reader.readline()
    assert status.split()[1] in {b"400", b"408"}
    writer.close()
    await writer.wait_closed()
    assert desk.on_disk() == []


async def test_a_person_sends_a_few_files_at_a_time(house: House) -> None:
    desk = await desk_of(house)
    most = FilePolicy().uploads_per_person
    writers = [(await begun(desk, *BY_LENGTH))[1] for _ in range(most)]
    await until_on_disk(desk, lambda count: count >= most)
    answer = await desk.send(samples.jpeg(), "purpose=chat")
    assert (answer.status, answer.problem.code) == (503, "uploads_busy")
    other = await desk_of(house, HUANG)
    assert (await other.send(samples.jpeg(), "purpose=chat")).status == 201
    for writer in writers:
        writer.transport.abort()
    # What the other one sent, with its thumbnail.
    await until_on_disk(desk, lambda count: count == 2)
    assert (await desk.send(samples.png(), "purpose=chat")).status == 201


async def test_a_server_that_stops_leaves_nothing_of_what_was_arriving(open_house: OpenHouse) -> None:
    async with open_house() as house:
        desk = await desk_of(house)
        _, writer = await begun(desk, *BY_LENGTH)
        await until_on_disk(desk, lambda count: count > 0)
        writer.transport.abort()
    assert desk.on_disk() == []


WRONG_QUERIES = (
    "",
    "purpose=",
    "purpose=other",
    "purpose=attachment",
    "purpose=attachment&form_id=A06620",
    "purpose=attachment&kind=licence",
    "purpose=attachment&form_id=A06620&kind=../x",
    "purpose=attachment&form_id=A06620&kind=" + "x" * 33,
    "purpose=attachment&form_id=" + "x" * 33 + "&kind=licence",
    "purpose=chat&kind=licence",
    "purpose=chat&form_id=A06620",
    "purpose=chat&name=" + "x" * 256,
    "purpose=chat&name=%00",
    "purpose=chat&more=1",
)


async def test_a_query_that_makes_no_sense_is_refused(house: House) -> None:
    desk = await desk_of(house)
    for query in WRONG_QUERIES:
        assert (await desk.send(samples.jpeg(), query)).problem.code == "invalid_input", query
    answer = await desk.send(samples.jpeg(), "purpose=attachment&form_id=B1&kind=licence")
    assert answer.problem.code == "form_unknown"
    assert desk.on_disk() == []


async def test_nobody_sends_without_being_signed_in(house: House) -> None:
    desk = await desk_of(house, CHEN)
    answer = await desk.send(samples.jpeg(), client=house.visitor())
    assert answer.problem.code == "not_signed_in"
    assert desk.on_disk() == []


async def test_a_pdf_is_an_attachment_and_nothing_else(house: House) -> None:
    desk = await desk_of(house)
    assert await code_of(desk.sent(samples.pdf(), "purpose=chat")) == "file_picture_wanted"
    assert desk.on_disk() == []
