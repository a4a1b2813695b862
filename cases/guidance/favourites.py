"""我的收藏: what a taxpayer picked becomes a favourite by itself (S4, S5, S13)."""

from typing import Any, Final

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.access import Taxpayer
from cases.casework.errors import TopicUnknown
from cases.clock import Clock
from cases.database import Database
from cases.guidance import tables
from cases.guidance.catalogue import Catalogues, topic_and_node
from cases.guidance.errors import FavouriteUnknown, RegionUnknown
from cases.guidance.views import FavouriteKind, FavouritesView, FavouriteView
from cases.paging import Cursor
from cases.sealing import new_id
from cases.views.names import Bilingual

FAVOURITES_MAX: Final = 100
"""Of one taxpayer; the oldest goes."""


class Favourites:
    """Every method raises RecordsUnavailable."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        catalogues: Catalogues,
        *,
        favourites_max: int = FAVOURITES_MAX,
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogues = catalogues
        self._favourites_max = favourites_max

    async def keep(
        self, taxpayer: Taxpayer, kind: FavouriteKind, topic_id: str, node_id: str, region_code: str
    ) -> None:
        """Keep it, or put the one that is there first again. Raises TopicUnknown, RegionUnknown."""
        bundle = self._catalogues.current
        topic_and_node(bundle, topic_id, node_id)
        if region_code not in bundle.regions:
            raise RegionUnknown(region_code)
        try:
            await self._keep(taxpayer, kind, topic_id, node_id, region_code)
        except IntegrityError:
            # Another page of the same person kept it just now.
            await self._keep(taxpayer, kind, topic_id, node_id, region_code)

    async def _keep(
        self, taxpayer: Taxpayer, kind: FavouriteKind, topic_id: str, node_id: str, region_code: str
    ) -> None:
        favourites, now_ms = tables.favourites, self._clock.now_ms()
        what = {
            "taxpayer_id": taxpayer.taxpayer_id,
            "kind": kind.value,
            "topic_id": topic_id,
            "node_id": node_id,
        }
        async with self._database.writing() as connection:
            kept = await connection.execute(
                update(favourites)
                .where(*(favourites.c[name] == value for name, value in what.items()))
                .values(region_code=region_code, made_at_ms=now_ms)
            )
            if kept.rowcount:
                return
            await connection.execute(
                favourites.insert().values(
                    **what, favourite_id=new_id(), region_code=region_code, made_at_ms=now_ms
                )
            )
            await self._forget_oldest(connection, taxpayer)

    async def _forget_oldest(self, connection: AsyncConnection, taxpayer: Taxpayer) -> None:
        favourites = tables.favourites
        too_many = (
            select(favourites.c.favourite_id)
            .where(favourites.c.taxpayer_id == taxpayer.taxpayer_id)
            .order_by(favourites.c.made_at_ms.desc(), favourites.c.favourite_id.desc())
            .offset(self._favourites_max)
            .limit(FAVOURITES_MAX)
        )
        await connection.execute(delete(favourites).where(favourites.c.favourite_id.in_(too_many)))

    async def remove(self, taxpayer: Taxpayer, favourite_id: str) -> None:
        """Raises FavouriteUnknown, also for somebody else's."""
        favourites = tables.favourites
        async with self._database.writing() as connection:
            removed = await connection.execute(
                delete(favourites).where(
                    favourites.c.favourite_id == favourite_id,
                    favourites.c.taxpayer_id == taxpayer.taxpayer_id,
                )
            )
        if not removed.rowcount:
            raise FavouriteUnknown(favourite_id)

    async def count(self, taxpayer: Taxpayer) -> int:
        """How many there are (S2)."""
        favourites = tables.favourites.c
        async with self._database.reading() as connection:
            found = await connection.scalar(
                select(func.count()).where(favourites.taxpayer_id == taxpayer.taxpayer_id)
            )
        return found or 0

    async def page(self, taxpayer: Taxpayer, *, cursor: str | None, limit: int) -> FavouritesView:
        """The latest first (S13). Raises CursorUnknown."""
        favourites, before = tables.favourites, Cursor.parse(cursor)
        asked = select(favourites).where(favourites.c.taxpayer_id == taxpayer.taxpayer_id)
        if before is not None:
            asked = asked.where(before.is_before(favourites.c.made_at_ms, favourites.c.favourite_id))
        asked = asked.order_by(favourites.c.made_at_ms.desc(), favourites.c.favourite_id.desc())
        async with self._database.reading() as connection:
            rows = (await connection.execute(asked.limit(limit + 1))).all()
        page = tuple(self._view(row) for row in rows[:limit])
        last = page[-1] if len(rows) > limit else None
        more = None if last is None else str(Cursor(last.made_at_ms, last.favourite_id))
        return FavouritesView(self._clock.now_ms(), page, more)

    def _view(self, favourite: Row[Any]) -> FavouriteView:
        try:
            topic, node = topic_and_node(self._catalogues.current, favourite.topic_id, favourite.node_id)
        except TopicUnknown:
            gone = Bilingual("已不提供的业务", "No longer offered")
            name, step, is_offered = gone, gone, False
        else:
            name, step, is_offered = topic.name.shown, node.name.shown, True
        return FavouriteView(
            favourite.favourite_id,
            FavouriteKind(favourite.kind),
            favourite.topic_id,
            favourite.node_id,
            name,
            step,
            favourite.region_code,
            favourite.made_at_ms,
            is_offered,
        )
