"""What it costs to tell everybody who waits: real WebSocket pages in one line, 20 changes of it a second.

Ours (one frame, written to each connection) against python-socketio's ``emit`` to a room: the same changes,
to the same pages, in the same rhythm, on the same server, in turns. What counts is the processor time of the
server's process for each update that reached a page: net of what the same server took with the same pages and
the same changes in the same round while nothing was told (the steps themselves, records, officers' desks,
pings), which is the same in both arms and says nothing of either. With all of that it is given beside, as
gross. The median round counts; one round may meet something that comes once a minute.
"""

import asyncio
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import uvloop

from server.benchmarks.fanout_house import Call, House, open_house
from server.benchmarks.frame import Measured, Say

SIZES: Final = (1_000, 5_000)
ROUNDS: Final = 4
WINDOW_S: Final = 10.0
SETTLE_S: Final = 2.5
"""Longer than the interval of those who are far from the front."""
CHANGES_PER_S: Final = 20
WAYS: Final = ("shared", "emit", "none")
SPARE: Final = 1_200
"""People beyond the largest size: half of the calls take somebody with a page, whose place a spare page
takes.
"""


@dataclass(frozen=True, slots=True)
class Window:
    """One way for a while. ``updates``: changes of the line that reached a page."""

    pages: int
    turn: int
    way: str
    seconds: float
    cpu_s: float
    updates: int
    changes: int
    lost: int
    call_ms: Sequence[float]
    last_count_ms: Sequence[float]


def fanout(say: Say) -> Measured:
    """Raises ConnectionError or TimeoutError where a page or a process was lost."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with (
        tempfile.TemporaryDirectory(prefix="shuitong-fanout-") as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(_measure(Path(folder), say))


async def _measure(folder: Path, say: Say) -> Measured:
    windows: list[Window] = []
    memory: dict[str, int] = {}
    async with open_house(folder, max(SIZES) + SPARE, between=SPARE) as house:
        memory["0"] = house.memory_bytes()
        for pages in SIZES:
            await house.open_pages(pages)
            memory[str(pages)] = house.memory_bytes()
            for turn in range(ROUNDS):
                # No way always follows the same other one.
                for way in (*WAYS[turn % len(WAYS) :], *WAYS[: turn % len(WAYS)]):
                    say(f"{pages} pages: {way}")
                    windows.append(await _window(house, pages, turn, way))
        versions = house.versions
    return Measured(_summary(windows), _details(windows, memory), versions)


async def _window(house: House, pages: int, turn: int, way: str) -> Window:
    await house.open_pages(pages)
    await house.server.ask(way)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_change(house, over))
        await asyncio.sleep(SETTLE_S)
        await house.report()
        calls, cpu_s, begun_s = len(house.calls), house.cpu_s(), time.monotonic()
        changed = house.issued + calls
        await asyncio.sleep(WINDOW_S)
        report = await house.report()
        cpu_s, seconds = house.cpu_s() - cpu_s, time.monotonic() - begun_s
        made, changes = house.calls[calls:], house.issued + len(house.calls) - changed
        over.set()
    await asyncio.sleep(SETTLE_S)
    after = await house.report()
    last = [*report["last"], *after["last"]]
    rang = {**after["rang"], **report["rang"]}
    return Window(
        pages, turn, way, seconds, cpu_s, report["delivered"], changes, report["lost"],
        call_ms=_call_ms(made, rang),
        last_count_ms=_last_count_ms(made, last) if way != "none" else (),
    )  # fmt: skip


async def _change(house: House, over: asyncio.Event) -> None:
    """Half of the changes are issues, half are calls; until it is over, and what was begun is done."""
    async with asyncio.TaskGroup() as group:
        begun_s = time.monotonic()
        turn = 0
        while not over.is_set():
            group.create_task(house.call() if turn % 2 else house.issue())
            turn += 1
            await asyncio.sleep(max(0.0, begun_s + turn / CHANGES_PER_S - time.monotonic()))


def _call_ms(calls: Sequence[Call], rang_ns: dict[str, int]) -> list[float]:
    """From the command of each call of somebody with a page until that page had it."""
    return [(rang_ns[call.ticket_id] - call.sent_ns) / 1e6 for call in calls if call.ticket_id in rang_ns]


def _last_count_ms(calls: Sequence[Call], last: Sequence[Sequence[int]]) -> list[float]:
    """From the command of each call until the last page was told of a version that includes it."""
    found = []
    for call in calls:
        told_ns = [at_ns for since, until, at_ns in last if since < call.version <= until]
        if told_ns:
            found.append((max(told_ns) - call.sent_ns) / 1e6)
    return found


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one way at one size, the median of the rounds: µs of processor time an update."""

    updates_per_s: float
    gross_us: float
    net_us: float


def costs(windows: Sequence[Window], pages: int) -> dict[str, Cost]:
    """What each way that tells something costs at that size."""
    found = {(one.turn, one.way): one for one in windows if one.pages == pages}
    turns = sorted({turn for turn, _ in found})
    return {way: _cost([(found[turn, way], found[turn, "none"]) for turn in turns]) for way in WAYS[:2]}


def _cost(rounds: Sequence[tuple[Window, Window]]) -> Cost:
    """Each round: the way's window, and the one in which nothing was told."""

    def median(value: Callable[[Window, Window], float]) -> float:
        return statistics.median(value(told, idle) for told, idle in rounds)

    return Cost(
        updates_per_s=median(lambda told, _: told.updates / told.seconds),
        gross_us=median(lambda told, _: told.cpu_s / told.updates * 1e6),
        net_us=median(
            lambda told, idle: (told.cpu_s - idle.cpu_s / idle.seconds * told.seconds) / told.updates * 1e6
        ),
    )


def _summary(windows: Sequence[Window]) -> dict[str, float]:
    ours = [window for window in windows if window.way == "shared" and window.pages == max(SIZES)]
    idle = [window for window in windows if window.way == "none" and window.pages == max(SIZES)]
    small, large = (costs(windows, pages) for pages in SIZES)
    return {
        "us_per_update_1000": round(small["shared"].net_us, 1),
        "us_per_update_5000": round(large["shared"].net_us, 1),
        "ratio_to_emit_1000": round(small["shared"].net_us / small["emit"].net_us, 3),
        "ratio_to_emit_5000": round(large["shared"].net_us / large["emit"].net_us, 3),
        "gross_us_per_update_5000": round(large["shared"].gross_us, 1),
        "gross_ratio_to_emit_5000": round(large["shared"].gross_us / large["emit"].gross_us, 3),
        "ms_per_change": round(statistics.median(one.cpu_s / one.changes for one in idle) * 1e3, 2),
        "call_p99_ms": _quantiles([one for window in ours for one in window.call_ms])["p99"],
        "last_count_p99_ms": _quantiles([one for window in ours for one in window.last_count_ms])["p99"],
        "pages_lost": max(window.lost for window in windows),
    }


def _details(windows: Sequence[Window], memory: dict[str, int]) -> dict[str, Any]:
    def times(pages: int, way: str) -> dict[str, dict[str, float]]:
        some = [window for window in windows if (window.pages, window.way) == (pages, way)]
        return {
            "call_ms": _quantiles([one for window in some for one in window.call_ms]),
            "last_count_ms": _quantiles([one for window in some for one in window.last_count_ms]),
        }

    return {
        "changes_per_s": CHANGES_PER_S,
        "costs": {
            str(pages): {way: asdict(cost) for way, cost in costs(windows, pages).items()} for pages in SIZES
        },
        "times": {str(pages): {way: times(pages, way) for way in ("shared", "emit")} for pages in SIZES},
        "memory_bytes_by_pages": memory,
        "windows": [asdict(window) for window in windows],
    }


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    if len(values) < 2:
        return {"p50": 0.0, "p99": 0.0, "max": 0.0, "count": len(values)}
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {
        "p50": round(cuts[49], 1),
        "p99": round(cuts[98], 1),
        "max": round(max(values), 1),
        "count": len(values),
    }
