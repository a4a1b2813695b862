"""Throws away what no file has: contents on the shelf, and folders of uploads whose process died."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

from cases.clock import Clock
from cases.database import Database
from cases.errors import CaseworkError
from cases.files import contents
from cases.files.errors import ShelfUnavailable
from cases.files.incoming import Incoming
from cases.files.policy import FilePolicy
from cases.files.shelf import Shelf

log = logging.getLogger(__name__)

DELETE_MAX_S: Final = 3.0
"""A content is deleted within a transaction, which keeps other writers of SQLite waiting."""
FAILURES_MAX: Final = 5
"""After so many in one go the shelf is down."""


@dataclass(frozen=True, slots=True)
class Swept:
    """How many contents and folders are gone."""

    contents: int
    folders: int


class Sweeper:
    """Any number of processes may sweep at a time; each content is taken by one of them."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        shelf: Shelf,
        incoming: Incoming,
        policy: FilePolicy,
        *,
        interval_s: float = 600.0,
        at_once: int = 500,
    ) -> None:
        self._database = database
        self._clock = clock
        self._shelf = shelf
        self._incoming = incoming
        self._policy = policy
        self._interval_s = interval_s
        self._at_once = at_once

    async def run(self) -> None:
        """Sweep now and again until cancelled. What fails is tried the next time."""
        while True:
            try:
                swept = await self.sweep()
                if swept.contents or swept.folders:
                    log.info("swept %s contents and %s folders", swept.contents, swept.folders)
            except (CaseworkError, OSError, TimeoutError) as error:
                log.warning("files were not swept: %s", type(error).__name__)
            await asyncio.sleep(self._interval_s)

    async def sweep(self) -> Swept:
        """Once; what cannot be deleted stays in the list. Raises ShelfUnavailable,
        RecordsUnavailable, OSError, TimeoutError.
        """
        before_ms = self._clock.now_ms() - self._policy.grace_ms
        folders = await self._incoming.sweep(before_ms)
        async with self._database.reading() as connection:
            forgotten = await contents.forgotten(connection, before_ms, self._at_once)
        taken = failures = 0
        for sha256 in forgotten:
            try:
                taken += await self._take(sha256, before_ms)
            except (ShelfUnavailable, TimeoutError):
                # One that cannot be deleted does not keep the others.
                failures += 1
                if failures >= FAILURES_MAX:
                    raise
        return Swept(taken, folders)

    async def _take(self, sha256: str, before_ms: int) -> bool:
        async with self._database.writing() as connection:
            if not await contents.take(connection, sha256, before_ms):
                return False
            async with asyncio.timeout(DELETE_MAX_S):
                await self._shelf.delete(sha256)
        return True
