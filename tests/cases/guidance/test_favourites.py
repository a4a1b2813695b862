"""我的收藏: what was picked last comes first, the oldest goes, and everybody has their own."""

import asyncio
from pathlib import Path

import pytest

from cases import schema
from cases.access import Taxpayer
from cases.casework.errors import TopicUnknown
from cases.database import Database
from cases.errors import CursorUnknown
from cases.guidance.catalogue import Catalogues
from cases.guidance.errors import FavouriteUnknown, RegionUnknown
from cases.guidance.favourites import Favourites
from cases.guidance.views import FavouriteKind
from tests.cases.guidance.conftest import TickingClock
from tests.cases.guidance.small import changed, write

CHEN = Taxpayer("chen", "陈嘉敏", "s1")
HUANG = Taxpayer("huang", "黄志强", "s2")


@pytest.fixture
async def favourites(database: Database, clock: TickingClock, catalogues: Catalogues) -> Favourites:
    async with database.writing() as connection:
        for person in (CHEN, HUANG):
            await connection.execute(
                schema.taxpayers.insert().values(
                    taxpayer_id=person.taxpayer_id,
                    certificate_type="id_cn",
                    number_sealed=b"",
                    number_index=person.taxpayer_id,
                    name=person.name,
                    created_at_ms=1,
                )
            )
    return Favourites(database, clock, catalogues)


async def keep(favourites: Favourites, person: Taxpayer, node_id: str = "N1") -> None:
    await favourites.keep(person, FavouriteKind.TOPIC, "T01", node_id, "440402")


async def listed(favourites: Favourites, person: Taxpayer) -> list[tuple[str, str]]:
    page = await favourites.page(person, cursor=None, limit=50)
    return [(one.kind.value, one.node_id) for one in page.favourites]


async def test_what_was_picked_last_comes_first_and_nothing_is_there_twice(favourites: Favourites) -> None:
    await keep(favourites, CHEN, "N1")
    await keep(favourites, CHEN, "N2")
    await favourites.keep(CHEN, FavouriteKind.NOTICE, "T01", "N1", "440402")
    assert await listed(favourites, CHEN) == [("notice", "N1"), ("topic", "N2"), ("topic", "N1")]
    await favourites.keep(CHEN, FavouriteKind.TOPIC, "T01", "N1", "4404")
    assert await listed(favourites, CHEN) == [("topic", "N1"), ("notice", "N1"), ("topic", "N2")]
    [first, *_] = (await favourites.page(CHEN, cursor=None, limit=50)).favourites
    assert (first.region_code, first.name.zh, first.node.zh) == ("4404", "车船税退抵税", "报废")
    assert await favourites.count(CHEN) == 3


async def test_pages_follow_one_another(favourites: Favourites) -> None:
    for node_id in ("N1", "N2"):
        await keep(favourites, CHEN, node_id)
    first = await favourites.page(CHEN, cursor=None, limit=1)
    assert first.next_cursor is not None
    second = await favourites.page(CHEN, cursor=first.next_cursor, limit=1)
    assert [one.node_id for one in (*first.favourites, *second.favourites)] == ["N2", "N1"]
    assert second.next_cursor is None
    with pytest.raises(CursorUnknown):
        await favourites.page(CHEN, cursor="x", limit=1)


async def test_somebody_elses_favourite_is_not_there(favourites: Favourites) -> None:
    await keep(favourites, CHEN)
    [mine] = (await favourites.page(CHEN, cursor=None, limit=50)).favourites
    assert await listed(favourites, HUANG) == []
    with pytest.raises(FavouriteUnknown):
        await favourites.remove(HUANG, mine.favourite_id)
    await favourites.remove(CHEN, mine.favourite_id)
    with pytest.raises(FavouriteUnknown):
        await favourites.remove(CHEN, mine.favourite_id)


async def test_only_what_the_catalogue_has_is_kept(favourites: Favourites) -> None:
    with pytest.raises(TopicUnknown):
        await favourites.keep(CHEN, FavouriteKind.TOPIC, "T02", "N1", "440402")
    with pytest.raises(TopicUnknown):
        await keep(favourites, CHEN, "N9")
    with pytest.raises(RegionUnknown):
        await favourites.keep(CHEN, FavouriteKind.TOPIC, "T01", "N1", "110101")
    assert await listed(favourites, CHEN) == []


async def test_the_oldest_goes_where_there_are_too_many(
    favourites: Favourites, database: Database, clock: TickingClock, catalogues: Catalogues
) -> None:
    few = Favourites(database, clock, catalogues, favourites_max=2)
    await keep(favourites, HUANG)
    await keep(few, CHEN, "N1")
    await keep(few, CHEN, "N2")
    await few.keep(CHEN, FavouriteKind.NOTICE, "T01", "N1", "440402")
    assert await listed(few, CHEN) == [("notice", "N1"), ("topic", "N2")]
    assert await listed(few, HUANG) == [("topic", "N1")]


async def test_picked_twice_at_the_same_time_it_is_kept_once(favourites: Favourites) -> None:
    await asyncio.gather(*(keep(favourites, CHEN) for _ in range(8)))
    assert await listed(favourites, CHEN) == [("topic", "N1")]


async def test_what_is_no_longer_offered_says_so(
    favourites: Favourites, catalogues: Catalogues, folder: Path
) -> None:
    await keep(favourites, CHEN, "N2")
    write(folder, changed("topics/C01.yaml", "id: N2", "id: N3"))
    await catalogues.load()
    [kept] = (await favourites.page(CHEN, cursor=None, limit=50)).favourites
    assert not kept.is_offered
    assert (kept.topic_id, kept.node_id) == ("T01", "N2")
