"""What it costs to tell everybody who waits: real WebSocket pages in one line, 20 changes of it a second.

Ours (one frame, written to each connection) against python-socketio's ``emit`` to a room: the same changes,
to the same pages, in the same rhythm, on the same server, in turns. What counts is the processor time of the
server's process for each update that reached a page. All of it counts, also what tells nothing (the steps
themselves, officers' desks, pings); what that is was measured with nothing told, and is given beside.
"""

import asyncio
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import uvloop

from server.benchmarks.fanout_house import Call, House, open_house
from server.benchmarks.frame import Measured, Say

SIZES: Final = (1_000, 5_000)
ROUNDS: Final = 2
WINDOW_S: Final = 12.0
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
            for _ in range(ROUNDS):
                for way in WAYS:
                    say(f"{pages} pages: {way}")
                    windows.append(await _window(house, pages, way))
        versions = house.versions
    return Measured(_summary(windows), _details(windows, memory), versions)


async def _window(house: House, pages: int, way: str) -> Window:
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
        pages, way, seconds, cpu_s, report["delivered"], changes, report["lost"],
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
class _Cost:
    """Of one way at one size, all rounds together: µs of processor time an update."""

    updates: int
    seconds: float
    cpu_s: float
    gross_us: float
    net_us: float


def _costs(windows: Sequence[Window], pages: int) -> dict[str, _Cost]:
    def total(way: str) -> tuple[int, float, float]:
        some = [window for window in windows if (window.pages, window.way) == (pages, way)]
        return (
            sum(one.updates for one in some),
            sum(one.seconds for one in some),
            sum(one.cpu_s for one in some),
        )

    _, idle_s, idle_cpu_s = total("none")
    costs = {}
    for way in ("shared", "emit"):
        updates, seconds, cpu_s = total(way)
        net_s = cpu_s - idle_cpu_s / idle_s * seconds
        costs[way] = _Cost(updates, seconds, cpu_s, cpu_s / updates * 1e6, net_s / updates * 1e6)
    return costs


def _summary(windows: Sequence[Window]) -> dict[str, float]:
    ours = [window for window in windows if window.way == "shared" and window.pages == max(SIZES)]
    small, large = (_costs(windows, pages) for pages in SIZES)
    return {
        "us_per_update_1000": round(small["shared"].gross_us, 1),
        "us_per_update_5000": round(large["shared"].gross_us, 1),
        "ratio_to_emit_1000": round(small["shared"].gross_us / small["emit"].gross_us, 3),
        "ratio_to_emit_5000": round(large["shared"].gross_us / large["emit"].gross_us, 3),
        "net_ratio_to_emit_5000": round(large["shared"].net_us / large["emit"].net_us, 3),
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
            str(pages): {way: asdict(cost) for way, cost in _costs(windows, pages).items()} for pages in SIZES
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
