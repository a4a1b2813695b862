"""Officers whose console is open are at work: their leases are renewed as long as it is."""

import asyncio
import logging
from collections import defaultdict
from typing import Final

from cases.attendance import Attendance
from cases.errors import CaseworkError
from queueing.errors import QueueError
from signaling.sockets import Sockets

log = logging.getLogger(__name__)

BEATS_A_LEASE: Final = 3
"""So that a beat or two may be lost."""
RETRY_S: Final = 1.0


class Beats:
    """Beats for the officers with a page open in this process."""

    def __init__(self, sockets: Sockets, attendance: Attendance, *, lease_ms: int) -> None:
        self._sockets = sockets
        self._attendance = attendance
        self._interval_s = lease_ms / BEATS_A_LEASE / 1000
        self._away: set[str] = set()

    async def run(self) -> None:
        """For ever, ends by cancellation. Survives Redis or the records being away, and comes sooner then."""
        while True:
            await self._beat_all()
            await asyncio.sleep(min(RETRY_S, self._interval_s) if self._away else self._interval_s)

    async def _beat_all(self) -> None:
        halls: defaultdict[str, list[str]] = defaultdict(list)
        for officer in self._sockets.officers():
            halls[officer.hall_id].append(officer.officer_id)
        self._away &= halls.keys()
        for hall_id, officer_ids in halls.items():
            try:
                await self._attendance.beat(hall_id, officer_ids)
            except (QueueError, CaseworkError) as error:
                if hall_id not in self._away:
                    log.warning("leases are not renewed: %s", error.code, extra={"hall_id": hall_id})
                self._away.add(hall_id)
            else:
                if hall_id in self._away:
                    log.info("leases are renewed again", extra={"hall_id": hall_id})
                self._away.discard(hall_id)
