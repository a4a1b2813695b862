"""Building a hall anew from the records, after Redis lost steps that somebody has seen.

The records win: people have seen those calls. What Redis has of the hall is frozen, wiped and put back from
the records under a new epoch; its version jumps above everything that anybody has seen. A process that dies
on the way leaves the hall frozen, and the next one begins again from the front.
"""

from collections.abc import AsyncIterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from queueing import keys
from queueing.codec import text
from queueing.connection import Link
from queueing.cursor import EntryId
from queueing.errors import RebuildLost
from queueing.functions import FunctionRunner, Reply
from queueing.layout import BAR, Packed
from queueing.policy import QueuePolicy

RESTORE_BATCH: Final = 200
"""Tickets in one call: bounds how long Redis is busy with it."""
WIPE_BATCH: Final = 1_000
NUMBERS_MAX: Final = 2_000
"""Lines and days whose ticket numbers go on."""
VERSION_JUMP: Final = 2**20
"""More than the steps that Redis can have acknowledged, and lost, before anybody saw their journal."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A hall that nothing happens in; `seen`: the newest version that anybody has seen of it."""

    hall_id: str
    builder: str
    seen: int
    at_ms: int
    calls: Iterator[int] = field(default_factory=lambda: count(1), compare=False)
    """Numbers of what is done in it, by which a Redis that lost some of that is found out."""

    def mark(self, recorded: int) -> EntryId:
        """The first entry of the new journal: after all versions seen, also by the records."""
        return EntryId(max(self.seen, recorded) + VERSION_JUMP, self.at_ms)


class Numbers:
    """The latest ticket number of each line and day, and the latest arrival, of the tickets added."""

    def __init__(self) -> None:
        self.tickets = 0
        self.arrivals = 0
        self._latest: dict[tuple[str, str], int] = {}

    def add(self, ticket: Packed) -> None:
        """Note a ticket; it was numbered in the line that it was issued in."""
        self.tickets += 1
        counted = (ticket.frm or ticket.line, ticket.day)
        self._latest[counted] = max(self._latest.get(counted, 0), int(ticket.num[1:]))
        self.arrivals = max(self.arrivals, int(ticket.arr))

    def newest(self) -> list[str | int]:
        """Line, day, number, …: of the latest days, at most NUMBERS_MAX."""
        rows = sorted(self._latest.items(), key=lambda row: row[0][1], reverse=True)[:NUMBERS_MAX]
        return [part for (line, day), number in rows for part in (line, day, number)]


class Rebuild:
    """The steps of it, in this order: freeze, wipe, restore, thaw. Each may be repeated.

    Every method raises QueueUnavailable, and RebuildLost where another process has taken over, or Redis lost
    a part of what was done: begin again then.
    """

    def __init__(self, link: Link, policy: QueuePolicy) -> None:
        """`link` stays the caller's to close."""
        self._runner = FunctionRunner(link.route)
        self._policy = policy

    @property
    def ended_ms(self) -> int:
        """Tickets that ended up to so long ago are put back too."""
        return self._policy.ended_ticket_ttl_ms

    async def keep(self, hall_id: str, keeper: str, *, lease_ms: int) -> bool:
        """Whether `keeper` keeps the hall's records, for `lease_ms` from now on."""
        reply = await self._run("keep", hall_id, keys.identifier("keeper", keeper), lease_ms)
        return text(reply[0]) == "ok"

    async def freeze(self, hall_id: str, builder: str) -> Frozen:
        """Nothing happens in the hall from now on; whoever built it before gets RebuildLost."""
        reply = await self._run("freeze", hall_id, keys.identifier("builder", builder))
        return Frozen(hall_id, builder, int(reply[1]), int(reply[2]))

    async def wipe(self, frozen: Frozen) -> None:
        """Forget what Redis has of the hall."""
        cursor = "0"
        while True:
            reply = await self._build("wipe", frozen, cursor, WIPE_BATCH)
            cursor = text(reply[1])
            if cursor == "0":
                return

    async def restore(self, frozen: Frozen, tickets: AsyncIterable[Packed]) -> Numbers:
        """Put tickets back as they were; those that ended too long ago are left out."""
        numbers = Numbers()
        batch: list[str] = []
        async for ticket in tickets:
            numbers.add(ticket)
            batch.append(BAR.join(ticket))
            if len(batch) == RESTORE_BATCH:
                await self._restore(frozen, batch)
                batch = []
        await self._restore(frozen, batch)
        return numbers

    async def _restore(self, frozen: Frozen, tickets: Sequence[str]) -> None:
        policy = self._policy
        await self._build(
            "restore", frozen, policy.ended_ticket_ttl_ms, policy.confirm_ms, policy.lease_ms, *tickets
        )

    async def thaw(self, frozen: Frozen, mark: EntryId, numbers: Numbers) -> None:
        """The hall works again; its journal begins with `mark`."""
        await self._build(
            "thaw",
            frozen,
            mark.version,
            mark.at_ms,
            numbers.arrivals,
            self._policy.number_ttl_ms,
            *numbers.newest(),
        )

    async def _build(self, name: str, frozen: Frozen, *args: str | int) -> Reply:
        reply = await self._run(name, frozen.hall_id, frozen.builder, next(frozen.calls), *args)
        if text(reply[0]) == "lost":
            raise RebuildLost(f"hall {frozen.hall_id} is not as this process left it")
        return reply

    async def _run(self, name: str, hall_id: str, *args: str | int) -> Reply:
        return await self._runner.run(name, keys.meta(hall_id), 0, *args)
