"""Looks at the parts when somebody asks: nothing of this costs anything meanwhile.

What is in Redis and in the records is the same from every process, and so is what media workers tell: of
those, queries take the greatest over the processes, not the sum.
"""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from sqlalchemy import case, func, select

from cases import schema
from cases.clock import Clock
from cases.database import Database
from cases.errors import CaseworkError
from cases.halls import Halls
from cases.outbox.states import DeliveryState
from cases.outbox.tables import deliveries
from queueing.connection import Link
from queueing.cursor import EntryId
from queueing.errors import HallFrozen, QueueError
from queueing.gauges import gauges_of
from queueing.journal import Journal
from queueing.service import LINES_MAX, Queue
from queueing.states import TicketState
from queueing.ticket import HallSnapshot
from rtc.errors import MediaError
from rtc.quality import LEVELS
from rtc.relay import MediaRelay
from rtc.workers.client import MediaWorkers
from rtc.workers.placement import Worker
from server.metrics.families import Seen
from server.metrics.loop_watch import LoopWatch
from signaling.server import SocketServer
from signaling.sockets import Sockets

log = logging.getLogger(__name__)

PART_S: Final = 4.0
"""A part that does not answer for so long is left out: below the ten seconds that Prometheus waits."""
EXPECTED: Final = (QueueError, CaseworkError, MediaError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Parts:
    """What is looked at. ``certificate``: a PEM file; ``own_address``: of a relay in this process;
    ``sockets_max`` as in the settings.
    """

    database: Database
    link: Link
    queue: Queue
    journal: Journal
    halls: Halls
    media: MediaRelay | MediaWorkers
    sockets: Sockets
    socket_server: SocketServer
    clock: Clock
    data_dir: Path
    certificate: Path | None
    own_address: str
    sockets_max: int


class Looking:
    """Of one process."""

    def __init__(self, parts: Parts, loop_watch: LoopWatch) -> None:
        self._parts = parts
        self._loop_watch = loop_watch

    async def look(self) -> Seen:
        """All there is now; what does not answer in PART_S is left out, and its part is not up."""
        seen = Seen()
        seen.add("shuitong_build_info", 1, version("shuitong"))
        self._own(seen)
        looks: Mapping[str, Callable[[Seen], Awaitable[None]]] = {
            "queue": self._queue,
            "records": self._records,
            "deliveries": self._deliveries,
            "media": self._media,
            "disk": self._disk,
        }
        up = await asyncio.gather(*(self._part(name, look, seen) for name, look in looks.items()))
        for name, is_up in zip(looks, up, strict=True):
            seen.add("shuitong_part_up", is_up, name)
        return seen

    @staticmethod
    async def _part(name: str, look: Callable[[Seen], Awaitable[None]], seen: Seen) -> bool:
        try:
            async with asyncio.timeout(PART_S):
                await look(seen)
        except EXPECTED as error:
            log.info("%s could not be looked at: %s", name, type(error).__name__)
            return False
        return True

    def _own(self, seen: Seen) -> None:
        taxpayers, officers = self._parts.sockets.count()
        seen.add("shuitong_sockets", taxpayers, "taxpayer")
        seen.add("shuitong_sockets", officers, "officer")
        seen.add("shuitong_sockets_limit", self._parts.sockets_max)
        seen.add("shuitong_event_loop_late_seconds", self._loop_watch.worst_s())
        spreading = self._parts.socket_server.spreading
        for outcome in ("written", "left_out", "cut"):
            seen.add("shuitong_fanout_frames", getattr(spreading, outcome), outcome)

    # --- the queue, and how far it is recorded

    async def _queue(self, seen: Seen) -> None:
        """Raises the last thing that went wrong: in a cluster, the halls of other nodes are told as well."""
        failed: QueueError | None = None
        for hall_id in self._parts.halls.hall_ids:
            try:
                await self._hall(seen, hall_id)
            except QueueError as error:
                failed = error
        if failed is not None:
            raise failed

    async def _hall(self, seen: Seen, hall_id: str) -> None:
        parts = self._parts
        state = await parts.journal.state(hall_id)
        seen.add("shuitong_queue_frozen", state.frozen, hall_id)
        seen.add("shuitong_queue_closed", state.closed_at_ms is not None, hall_id)
        line_ids = [line.line_id for line in parts.halls.every_line_of(hall_id)]
        gauges = await gauges_of(parts.link, hall_id)
        seen.add("shuitong_queue_journal_entries", gauges.journal, hall_id)
        snapshot = None
        try:
            for start in range(0, max(1, len(line_ids)), LINES_MAX):
                snapshot = await parts.queue.snapshot(hall_id, line_ids[start : start + LINES_MAX], first=0)
                seen.add_all(_lines(snapshot))
        except HallFrozen:
            return
        if snapshot is None:
            return
        overdue_ms = max(0, snapshot.at_ms - (gauges.first_deadline_ms or snapshot.at_ms))
        seen.add("shuitong_queue_deadline_overdue_seconds", overdue_ms / 1_000, hall_id)
        seen.add("shuitong_queue_officers", len(snapshot.at_work), hall_id)
        counts = dict.fromkeys((TicketState.CALLED, TicketState.SERVING), 0)
        for ticket in snapshot.held:
            counts[ticket.state] = counts.get(ticket.state, 0) + 1
        counts[TicketState.ON_HOLD] = len(snapshot.on_hold)
        # Who else has a deadline. A step between the two looks may move one.
        with_deadline = counts[TicketState.CALLED] + counts[TicketState.ON_HOLD]
        counts[TicketState.ABANDONED] = max(0, gauges.deadlines - with_deadline)
        for ticket_state, count in counts.items():
            seen.add("shuitong_queue_tickets", count, hall_id, ticket_state.value)

    # --- the records

    async def _records(self, seen: Seen) -> None:
        parts, table = self._parts, schema.deadlines.c
        now_ms = parts.clock.now_ms()
        async with parts.database.reading() as connection:
            cursors = {
                row.hall_id: EntryId.parse(row.entry_id).version
                for row in (await connection.execute(select(schema.journal_cursors))).all()
            }
            first_ms, waiting, retrying, parked = (
                await connection.execute(
                    select(
                        func.min(case((table.parked.is_(False), table.try_at_ms))),
                        _counted(table.parked.is_(False) & (table.failures == 0)),
                        _counted(table.parked.is_(False) & (table.failures > 0)),
                        _counted(table.parked.is_(True)),
                    )
                )
            ).one()
        seen.add("shuitong_case_deadline_overdue_seconds", _since_s(first_ms, now_ms))
        for state, count in (("waiting", waiting), ("retrying", retrying), ("parked", parked)):
            seen.add("shuitong_case_deadlines", count, state)
        for hall_id in parts.halls.hall_ids:
            latest = await parts.journal.latest(hall_id)
            seen.add("shuitong_records_behind_steps", max(0, latest - cursors.get(hall_id, 0)), hall_id)

    async def _deliveries(self, seen: Seen) -> None:
        table, parts = deliveries.c, self._parts
        waits = table.state == DeliveryState.WAITING.value
        async with parts.database.reading() as connection:
            oldest_ms, waiting, retrying, parked = (
                await connection.execute(
                    select(
                        func.min(case((waits, table.made_at_ms))),
                        _counted(waits & (table.attempts == 0)),
                        _counted(waits & (table.attempts > 0)),
                        _counted(table.state == DeliveryState.PARKED.value),
                    ).where(table.state.in_([DeliveryState.WAITING.value, DeliveryState.PARKED.value]))
                )
            ).one()
        seen.add("shuitong_outbox_oldest_seconds", _since_s(oldest_ms, parts.clock.now_ms()))
        for state, count in (("waiting", waiting), ("retrying", retrying), ("parked", parked)):
            seen.add("shuitong_outbox_deliveries", count, state)

    # --- media

    async def _media(self, seen: Seen) -> None:
        media = self._parts.media
        if isinstance(media, MediaRelay):
            name = f"{self._parts.own_address}:{media.port}"
            seen.add("shuitong_media_worker_up", 1, name)
            seen.add_all(_counters(name, await media.counters()))
            return
        seen.add("shuitong_media_calls_moved", media.moved)
        draining = ready = 0
        for worker, told in await media.counters_of_each():
            name = _worker_name(worker)
            draining, ready = draining + worker.info.draining, ready + (not worker.info.draining)
            seen.add("shuitong_media_worker_up", told is not None, name)
            seen.add("shuitong_media_worker_load", worker.load, name)
            seen.add("shuitong_media_worker_cpu", worker.info.cpu, name)
            seen.add("shuitong_media_calls_limit", worker.info.calls_max, name)
            if told is not None:
                seen.add_all(_counters(name, told))
        seen.add("shuitong_media_workers", ready, "ready")
        seen.add("shuitong_media_workers", draining, "draining")

    # --- this machine

    async def _disk(self, seen: Seen) -> None:
        usage, ends_at_s = await asyncio.to_thread(self._look_at_disk)
        seen.add("shuitong_data_folder_free_bytes", usage)
        if ends_at_s is not None:
            seen.add("shuitong_tls_certificate_expires_timestamp_seconds", ends_at_s)

    def _look_at_disk(self) -> tuple[int, float | None]:
        free_bytes = shutil.disk_usage(self._parts.data_dir).free
        if self._parts.certificate is None:
            return free_bytes, None
        found = x509.load_pem_x509_certificate(self._parts.certificate.read_bytes())
        return free_bytes, found.not_valid_after_utc.timestamp()


def _lines(snapshot: HallSnapshot) -> Iterator[tuple[str, float, tuple[str, str]]]:
    for line in snapshot.lines:
        labels = (snapshot.hall_id, line.line_id)
        yield "shuitong_queue_waiting", line.waiting, labels
        yield "shuitong_queue_oldest_wait_seconds", _since_s(line.oldest_issued_at_ms, snapshot.at_ms), labels


def _counters(worker: str, told: Mapping[str, int]) -> Iterator[tuple[str, float, tuple[str, ...]]]:
    """Of a worker of another version only what both know."""
    for direction in ("received", "sent"):
        yield "shuitong_media_datagrams", told.get(direction, 0), (worker, direction)
    for level in LEVELS:
        yield "shuitong_media_quality_windows", told.get(f"quality_{level}", 0), (worker, level)
    for ours, theirs in _PLAIN.items():
        yield ours, told.get(theirs, 0), (worker,)
    for prefix, family in _BY_REASON.items():
        for name, count in told.items():
            if name.startswith(prefix):
                yield family, count, (worker, name.removeprefix(prefix))


_PLAIN: Final = {
    "shuitong_media_calls": "calls",
    "shuitong_media_calls_opened": "calls_opened",
    "shuitong_media_receive_overflows": "receive_overflows",
    "shuitong_media_rtp_expected": "rtp_expected",
    "shuitong_media_rtp_lost": "rtp_lost",
}
_BY_REASON: Final = {"dropped_": "shuitong_media_dropped", "ended_": "shuitong_media_calls_ended"}


def _worker_name(worker: Worker) -> str:
    """Where it is reached: the same after a restart, unlike its id."""
    addresses = worker.info.addresses
    return f"{addresses[0]}:{worker.info.port}" if addresses else "unreadable"


def _counted(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _since_s(at_ms: int | None, now_ms: int) -> float:
    return 0.0 if at_ms is None else max(0, now_ms - at_ms) / 1_000
