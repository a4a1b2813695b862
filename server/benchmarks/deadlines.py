"""Many deadlines in a few seconds, watched by several real processes without a leader."""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import uvloop

from queueing.ticket import JournalEntry
from server.benchmarks.bench_server import running
from server.benchmarks.deadline_poller import policy
from server.benchmarks.errors import BenchFailed
from server.benchmarks.frame import Measured, Say
from server.benchmarks.lateness import BY_DEADLINE, Fired, judge, quantiles_ms
from server.benchmarks.opened import Opened, opened
from server.benchmarks.operations import DAY, HALL, LETTER, LINE, Lot, fresh_lot
from server.benchmarks.ours import timed

AT_A_TIME: Final = 128
READ_AT_A_TIME: Final = 5_000
START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 10.0
_LOOK_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class DeadlinesPlan:
    """The first is due `lead_ms` after the tickets begin to come, the last `within_ms` after that one.

    Each ticket lapses `activation_ms` after it was abandoned, so that every one of them has two deadlines.
    """

    tickets: int = 10_000
    processes: int = 4
    within_ms: int = 10_000
    lead_ms: int = 6_000
    confirm_ms: int = 1_000
    activation_ms: int = 2_000
    grace_s: float = 60.0
    """Whatever has not happened so long after the last deadline is missing."""


def deadlines(say: Say) -> Measured:
    """The whole of it. Raises BenchFailed when a deadline did not fire exactly once."""
    return measure(DeadlinesPlan(), say)


def measure(plan: DeadlinesPlan, say: Say) -> Measured:
    """Measure as planned, on a server that writes each step to disk before it answers, as the product's does.

    Raises BenchFailed when a deadline did not fire exactly once, naming tickets.
    """
    with tempfile.TemporaryDirectory(prefix="shuitong-bench-") as folder:
        return uvloop.run(_measure(plan, Path(folder), say))


async def _measure(plan: DeadlinesPlan, folder: Path, say: Say) -> Measured:
    async with running(folder, fsync=None) as server, AsyncExitStack() as stack:
        known = await stack.enter_async_context(
            opened(server.url, policy(plan.confirm_ms, plan.activation_ms))
        )
        say(f"starting {plan.processes} processes")
        for _ in range(plan.processes):
            await stack.enter_async_context(_poller(server.url, plan))
        lot = fresh_lot(plan.tickets)
        say(f"issuing and calling {plan.tickets:,} tickets")
        due_ms = await _call_all(known, lot, plan)
        cpu_before_s, before_s = await server.cpu_s(), time.monotonic()
        lasting_s = (plan.lead_ms + plan.within_ms + plan.activation_ms) // 1_000
        say(f"watching {2 * plan.tickets:,} deadlines, about {lasting_s} s")
        entries = await _entries_until_all_lapsed(known, plan)
        busy = (await server.cpu_s() - cpu_before_s) / (time.monotonic() - before_s)
        versions = await server.versions()
    fired = judge(lot.tickets, entries)
    _require_exactly_once(fired)
    return _result(plan, fired, entries, due_ms, busy, versions)


async def _call_all(known: Opened, lot: Lot, plan: DeadlinesPlan) -> list[int]:
    """Issue and call every ticket; deadlines are counted from booked slots, which spread them evenly.

    Gives when the calls are due. They are later than planned on a machine that needs more than `lead_ms`.
    """
    now_ms = (await known.queue.expire_due(HALL, limit=1)).now_ms
    first_ms = now_ms + plan.lead_ms - plan.confirm_ms
    starts_ms = [first_ms + plan.within_ms * turn // len(lot) for turn in range(len(lot))]

    async def issue(turn: int) -> None:
        await known.queue.issue(
            HALL,
            lot.tickets[turn],
            line_id=LINE,
            letter=LETTER,
            day=DAY,
            not_before_ms=starts_ms[turn],
        )

    async def call(turn: int) -> int:
        called = await known.queue.call_next(
            HALL, officer_id=lot.officers[turn], line_ids=(LINE,), request_id=lot.requests[turn]
        )
        if called is None or called.ticket.deadline_ms is None:
            raise BenchFailed(f"call {turn} of {len(lot)} gave no ticket with a deadline")
        return called.ticket.deadline_ms

    await timed(issue, len(lot), AT_A_TIME)
    _, due_ms = await timed(call, len(lot), AT_A_TIME)
    return due_ms


async def _entries_until_all_lapsed(known: Opened, plan: DeadlinesPlan) -> list[JournalEntry]:
    """The journal once every step is in it; `grace_s` after the last deadline, what there is."""
    complete = 4 * plan.tickets
    longest_s = (plan.lead_ms + plan.within_ms + plan.activation_ms) / 1_000 + plan.grace_s
    entries: list[JournalEntry] = []
    try:
        async with asyncio.timeout(longest_s):
            while await known.journal.latest(HALL) < complete:  # noqa: ASYNC110 - other processes make it so
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        pass  # What is missing is named by `judge`.
    while some := await known.journal.read_after(
        HALL, entries[-1].entry_id if entries else None, limit=READ_AT_A_TIME
    ):
        entries += some
    return entries


def _require_exactly_once(fired: Fired) -> None:
    if fired.exactly_once:
        return
    wrong = {"missing": fired.missing, "repeated": fired.repeated, "early": fired.early}
    said = ", ".join(f"{len(found)} {name} (such as {found[0]})" for name, found in wrong.items() if found)
    raise BenchFailed(f"deadlines did not fire exactly once: {said}")


def _result(
    plan: DeadlinesPlan,
    fired: Fired,
    entries: list[JournalEntry],
    due_ms: list[int],
    busy: float,
    versions: dict[str, str],
) -> Measured:
    every = [late for step in BY_DEADLINE for late in fired.late_ms[step]]
    return Measured(
        summary={
            "deadlines": len(every),
            "fired_exactly_once": len(every),
            **{f"late_{name}_ms": value for name, value in quantiles_ms(every).items()},
        },
        details={
            "plan": asdict(plan),
            "appendfsync": "always",
            "late_ms": {step.value: quantiles_ms(fired.late_ms[step]) for step in BY_DEADLINE},
            "calls_due_within_ms": max(due_ms) - min(due_ms),
            "first_due_to_last_entry_ms": entries[-1].at_ms - min(due_ms),
            "server_cpu_share": round(busy, 3),
        },
        versions=versions,
    )


@asynccontextmanager
async def _poller(url: str, plan: DeadlinesPlan) -> AsyncIterator[None]:
    """A process that watches, for the length of the block. Raises BenchFailed when it does not start."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.benchmarks.deadline_poller", url, HALL),
        *(str(plan.confirm_ms), str(plan.activation_ms)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        if process.stdin is None or process.stdout is None:
            raise BenchFailed("a poller has no pipes")
        async with asyncio.timeout(START_TIMEOUT_S):
            if await process.stdout.readline() != b"ready\n":
                raise BenchFailed("a poller did not start")
        yield
        process.stdin.close()
        async with asyncio.timeout(STOP_TIMEOUT_S):
            status = await process.wait()
        if status != 0:
            raise BenchFailed(f"a poller ended with {status}")
    except TimeoutError:
        raise BenchFailed("a poller did not start or end in time") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
