"""Builds guidance from the settings, and reads the catalogue anew when asked by a signal; a part of
``building``.
"""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from api.routes.guidance import GuidanceRoutes
from cases.audit import SYSTEM
from cases.clock import Clock
from cases.database import Database
from cases.errors import RecordsUnavailable
from cases.guidance.catalogue import SHIPPED, Catalogues
from cases.guidance.errors import CatalogueInvalid
from cases.guidance.favourites import Favourites
from cases.guidance.reasons import Reasons
from server.errors import CatalogueUnusable
from server.settings import Settings

log = logging.getLogger(__name__)


class Reloads:
    """Reads the files anew at a signal (S38). Wrong files are logged, and nothing changes."""

    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues
        self._wanted = asyncio.Event()

    def ask(self) -> None:
        """Reload soon; any number of asks before it begins are one."""
        self._wanted.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                reloaded = await self._catalogues.reload(SYSTEM)
            except CatalogueInvalid as error:
                for fault in error.faults:
                    log.error("the catalogue was not taken: %s", fault)
            except (RecordsUnavailable, OSError) as error:
                log.error("the catalogue was not taken: %s", error)  # the files or the records do not answer
            else:
                log.info("catalogue %s%s", reloaded.version, "" if reloaded.changed else ", as before")


@dataclass(frozen=True, slots=True)
class Guidance:
    """``catalogues`` is what casework asks, and what visits can be for."""

    catalogues: Catalogues
    reloads: Reloads
    routes: GuidanceRoutes

    async def load(self) -> None:
        """Before anything is served. Raises CatalogueUnusable, RecordsUnavailable, OSError."""
        try:
            await self.catalogues.load()
        except CatalogueInvalid as error:
            raise CatalogueUnusable(str(error)) from error

    def tasks(self) -> Mapping[str, Coroutine[Any, Any, None]]:
        """What runs beside the requests, by name."""
        return {"catalogue": self.catalogues.follow(), "catalogue reloads": self.reloads.run()}


def build_guidance(settings: Settings, database: Database, clock: Clock) -> Guidance:
    """Nothing runs yet, and no file was read."""
    catalogues = Catalogues(database, clock, settings.catalogue_dir or SHIPPED)
    routes = GuidanceRoutes(
        catalogues, Reasons(database, clock, catalogues), Favourites(database, clock, catalogues)
    )
    return Guidance(catalogues, Reloads(catalogues), routes)
