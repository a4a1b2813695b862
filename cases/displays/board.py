"""What the screens of a hall show, and how they wait for news of it (S37)."""

import asyncio
import contextlib
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from cases.access import Display, may_see_board
from cases.clock import Clock, local_day_start_ms
from cases.displays.book import Displaybook, RecordedCall
from cases.displays.errors import DisplayUnknown
from cases.displays.policy import DisplayPolicy
from cases.displays.views import CallStage, DisplayBoard, DisplayCall, DisplayLine
from cases.halls import Halls, Line
from cases.views.names import LineKind
from cases.views.tickets import HallMood
from cases.waits import Waits, shown_wait
from queueing.errors import HallFrozen
from queueing.service import Queue
from queueing.states import TicketState

STAGES: Final = {
    TicketState.CALLED: CallStage.CALLED,
    TicketState.SERVING: CallStage.CAME,
    TicketState.ON_HOLD: CallStage.CAME,
    TicketState.FINISHED: CallStage.DONE,
    TicketState.ABANDONED: CallStage.MISSED,
    TicketState.LAPSED: CallStage.MISSED,
}
"""What is shown of a ticket that was called; one that waits again, or that is cancelled, is shown no more."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A hall's board as it was read, and when by the loop's clock."""

    board: DisplayBoard
    at_s: float


class DisplayBoards:
    """Of one process. However many screens of a hall wait, it is read once each ``look_ms``."""

    def __init__(
        self,
        book: Displaybook,
        halls: Halls,
        queue: Queue,
        waits: Waits,
        clock: Clock,
        policy: DisplayPolicy,
        *,
        activation_ms: int,
    ) -> None:
        self._book = book
        self._halls = halls
        self._queue = queue
        self._waits = waits
        self._clock = clock
        self._policy = policy
        self._activation_ms = activation_ms
        self._read: dict[str, _Read] = {}
        self._reading: dict[str, asyncio.Lock] = {}
        self._waiting: Counter[str] = Counter()
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Whoever waits is answered now, and nobody waits any more."""
        self._closing.set()

    async def board(self, typed_key: str, seen: str | None) -> DisplayBoard:
        """The board of the hall whose display has that key: as soon as it is another one than ``seen``, or
        after ``wait_ms``. A removed display is noticed with its next request.

        Raises DisplayUnknown, RecordsUnavailable, QueueUnavailable.
        """
        known = await self._book.with_key(typed_key)
        display = Display(known.display_id, known.hall_id)
        board = await self._newest(display)
        if board.revision == seen and self._waiting[display.display_id] < self._policy.waiting_max:
            self._waiting[display.display_id] += 1
            try:
                board = await self._news(display, seen)
            finally:
                self._waiting[display.display_id] -= 1
                if not self._waiting[display.display_id]:
                    del self._waiting[display.display_id]
        return replace(board, english=known.english, at_ms=self._clock.now_ms())

    async def _news(self, display: Display, seen: str) -> DisplayBoard:
        now_s = asyncio.get_running_loop().time
        until_s = now_s() + self._policy.wait_ms / 1000
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._policy.look_ms / 1000):
                    await self._closing.wait()
            board = await self._newest(display)
            if board.revision != seen or self._closing.is_set() or now_s() >= until_s:
                return board

    async def _newest(self, display: Display) -> DisplayBoard:
        """The board, at most ``look_ms`` old."""
        hall_id = display.hall_id
        if not may_see_board(display, hall_id):
            raise DisplayUnknown("another hall's")
        async with self._reading.setdefault(hall_id, asyncio.Lock()):
            known, now_s = self._read.get(hall_id), asyncio.get_running_loop().time()
            if known is None or now_s - known.at_s >= self._policy.look_ms / 1000:
                known = self._read[hall_id] = _Read(await self._look(hall_id), now_s)
            return known.board

    async def _look(self, hall_id: str) -> DisplayBoard:
        hall, lines = self._halls.hall(hall_id), self._halls.lines_of(hall_id)
        mood = HallMood.OPEN
        waiting: dict[str, int] = {}
        try:
            snapshot = await self._queue.snapshot(hall_id, [line.line_id for line in lines], first=1)
        except HallFrozen:
            mood = HallMood.FROZEN
        else:
            mood = HallMood.OPEN if snapshot.closed_at_ms is None else HallMood.CLOSED
            waiting = {line.line_id: line.waiting for line in snapshot.lines}
        now_ms = self._clock.now_ms()
        recorded = await self._book.calls(hall_id, since_ms=local_day_start_ms(now_ms, hall.time_zone))
        board = DisplayBoard(
            hall,
            english=False,
            at_ms=0,
            revision="",
            mood=mood,
            calls=shown_calls(recorded, self._kind, limit=self._policy.shown_max),
            lines=tuple(self._line(line, waiting.get(line.line_id)) for line in lines),
            activation_ms=self._activation_ms,
        )
        return replace(board, revision=hashlib.sha256(repr(board).encode()).hexdigest()[:16])

    def _kind(self, line_id: str) -> LineKind:
        return self._halls.line(line_id).kind

    def _line(self, line: Line, waiting: int | None) -> DisplayLine:
        wait = shown_wait(self._waits.pace(line.hall_id, line.line_id), waiting)
        return DisplayLine(line.line_id, line.letter, line.kind, line.name, waiting, wait)


def shown_calls(
    recorded: Iterable[RecordedCall], kind_of: Callable[[str], LineKind], *, limit: int
) -> tuple[DisplayCall, ...]:
    """The latest call of each ticket, those of the newest first. Pure."""
    seen: set[str] = set()
    shown = []
    for call in recorded:
        stage = STAGES.get(TicketState(call.state))
        if call.ticket_id in seen or stage is None:
            continue
        seen.add(call.ticket_id)
        kind = kind_of(call.line_id)
        counter = call.counter if kind is LineKind.ONSITE else None
        shown.append(DisplayCall(call.version, call.number, kind, counter, call.at_ms, stage))
    return tuple(shown[:limit])
