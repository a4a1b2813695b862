"""The process that looks at pictures may end in any way: the next picture is looked at all the same."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cases.faces.errors import FaceBusy
from cases.faces.reader import ProcessReader, ReaderBounds
from cases.faces.rules import Look
from tests.cases.faces.looks import STAND_IN, look, picture


@pytest.fixture
async def reader() -> AsyncIterator[ProcessReader]:
    reader = ProcessReader(ReaderBounds(waiting_max=3, pictures_max=4), STAND_IN)
    yield reader
    await reader.close()


async def process_of(reader: ProcessReader) -> int:
    return (await reader.look(b"which")).faces


async def test_one_process_looks_at_many_pictures(reader: ProcessReader) -> None:
    first = await process_of(reader)
    assert await reader.look(picture(look(35))) == look(35)
    assert await reader.look(b"") == Look(0)
    assert await process_of(reader) == first
    # After so many it is replaced.
    assert await process_of(reader) != first


@pytest.mark.parametrize(
    "bad", [b"crash", b"no answer", b"{}", b"[1]", b'{"faces": 1, "points": [1]}', b"x" * 20_000]
)
async def test_a_process_that_fails_is_replaced(reader: ProcessReader, bad: bytes) -> None:
    first = await process_of(reader)
    with pytest.raises(FaceBusy):
        await reader.look(bad)
    assert await process_of(reader) != first


async def test_a_picture_that_takes_too_long_ends_its_process() -> None:
    reader = ProcessReader(ReaderBounds(whole_ms=300), STAND_IN)
    with pytest.raises(FaceBusy):
        await reader.look(b"hang")
    await reader.close()
    await reader.close()


async def test_a_cancelled_look_leaves_nothing_of_its_picture(reader: ProcessReader) -> None:
    first = await process_of(reader)
    task = asyncio.create_task(reader.look(b"hang"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await process_of(reader) != first


async def test_more_than_may_wait_are_refused(reader: ProcessReader) -> None:
    looks = await asyncio.gather(*(reader.look(picture(look(0))) for _ in range(6)), return_exceptions=True)
    assert [type(one) for one in looks] == [Look, Look, Look, FaceBusy, FaceBusy, FaceBusy]
