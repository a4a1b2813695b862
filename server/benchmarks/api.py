"""What endpoints cost beside bare handlers with the same statements, and how that grows with the cases."""

import asyncio
import pickle
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, cycle
from pathlib import Path
from typing import Any, Final

import aiohttp
import orjson
import uvloop

from cases.clock import local_date
from cases.sealing import new_id
from cases.sessions import COOKIE_NAMES, SessionKind
from queueing.connection import connect
from server import app
from server.benchmarks.api_recording import STATEMENTS, Transaction, general, of_request, watched
from server.benchmarks.api_seed import FORM, Asking, seed
from server.benchmarks.api_server import settings
from server.benchmarks.bench_server import running
from server.benchmarks.errors import BenchFailed
from server.benchmarks.frame import Measured, Say
from server.demo import HALL

OPERATIONS: Final = ("todos", "timeline", "slots", "message", "draft")
SIZES: Final = (1_000, 100_000, 1_000_000)
START_S: Final = 60.0
COOKIE: Final = COOKIE_NAMES[SessionKind.TAXPAYER]


@dataclass(frozen=True, slots=True)
class ApiPlan:
    """The ratio is measured with ``cases`` in the records: in each of ``rounds`` every operation ``requests``
    times by each side in turn, ``at_a_time``. The growth: ``growth_requests`` of each one after another at
    each of ``sizes``.
    """

    cases: int = 100_000
    rounds: int = 5
    requests: int = 150
    at_a_time: int = 8
    sizes: tuple[int, ...] = SIZES
    growth_requests: int = 150


def api(say: Say, sizes: tuple[int, ...] = SIZES) -> Measured:
    """The whole of it, some minutes on two cores; ``sizes``: of the growth. Raises BenchFailed."""
    return measure(ApiPlan(sizes=sizes), say)


def measure(plan: ApiPlan, say: Say) -> Measured:
    """Measure as planned. Raises BenchFailed where an answer is not a good one."""
    return uvloop.run(_measure(plan, say))


@dataclass(frozen=True, slots=True)
class Request:
    """``named``: what of it goes into the statements."""

    method: str
    path: str
    body: Any
    token: str
    named: Mapping[str, str] = field(default_factory=dict)


class Requests:
    """Of all kinds, over the cases of who is signed in, without end; each draft is saved once, and a message
    is the first one of its case.
    """

    def __init__(self, asking: list[Asking], day: str) -> None:
        self._day = day
        self._people = cycle(asking)
        self._working = cycle([(one, case_id) for case_id in range(20) for one in asking])
        self._silent = iter([(one, case_id) for case_id in range(20) for one in asking])
        self._drafts = iter([(one, case_id) for case_id in range(20) for one in asking])

    def next(self, operation: str) -> Request:
        """Raises BenchFailed where every draft was saved, or something was said in each case."""
        base = "/api/v1/taxpayer"
        match operation:
            case "todos":
                one = next(self._people)
                return Request("GET", f"{base}/todos", None, one.token, {"taxpayer_id": one.taxpayer_id})
            case "timeline":
                one, turn = next(self._working)
                case_id = one.working[turn]
                return Request("GET", f"{base}/business/{case_id}", None, one.token, {"case_id": case_id})
            case "slots":
                path = f"{base}/halls/{HALL.hall_id}/slots?kind=assist&day={self._day}"
                return Request("GET", path, None, next(self._people).token)
            case "message":
                one, turn = _left(self._silent)
                case_id, message_id = one.working[turn], new_id()
                body = {"message_id": message_id, "text": "您好"}
                named = {"case_id": case_id, "message_id": message_id, "taxpayer_id": one.taxpayer_id}
                return Request("POST", f"{base}/cases/{case_id}/messages", body, one.token, named)
            case _:
                one, turn = _left(self._drafts)
                case_id = one.drafts[turn]
                saved: dict[str, Any] = {"values": {"reason": "同一辆车缴了两次。"}, "version": 0}
                named = {"case_id": case_id, "taxpayer_id": one.taxpayer_id}
                return Request("PUT", f"{base}/business/{case_id}/forms/{FORM}", saved, one.token, named)


def _left(cases: Iterator[tuple[Asking, int]]) -> tuple[Asking, int]:
    found = next(cases, None)
    if found is None:
        raise BenchFailed("there are not so many cases")
    return found


async def _send(session: aiohttp.ClientSession, url: str, request: Request) -> float:
    """As a page does; ms."""
    data = None if request.body is None else orjson.dumps(request.body)
    headers = {"Cookie": f"{COOKIE}={request.token}", "Origin": url, "Content-Type": "application/json"}
    return await _timed(session, request.method, f"{url}{request.path}", data, headers)


async def _send_bare(session: aiohttp.ClientSession, url: str, operation: str, request: Request) -> float:
    data = orjson.dumps(dict(request.named))
    return await _timed(session, "POST", f"{url}/{operation}", data, {"Content-Type": "application/json"})


async def _timed(
    session: aiohttp.ClientSession, method: str, url: str, data: bytes | None, headers: Mapping[str, str]
) -> float:
    before_s = time.perf_counter()
    async with session.request(method, url, data=data, headers=headers) as response:
        content = await response.read()
        if response.status >= 400:
            raise BenchFailed(f"{method} {url}: {response.status} {content[:300].decode(errors='replace')}")
    return (time.perf_counter() - before_s) * 1000


@asynccontextmanager
async def _process(kind: str, folder: Path, redis_url: str) -> AsyncIterator[str]:
    """The address of a server of that kind."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.benchmarks.api_server", kind, folder, redis_url,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    if process.stdin is None or process.stdout is None:
        raise BenchFailed(f"the {kind} server has no pipes")
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_S)
        if not line:
            raise BenchFailed(f"the {kind} server ended")
        yield f"http://127.0.0.1:{int(line)}"
    finally:
        process.stdin.close()
        await process.wait()


async def _burst(
    plan: ApiPlan,
    session: aiohttp.ClientSession,
    url: str,
    operation: str,
    requests: list[Request],
    kind: str,
) -> tuple[float, list[float]]:
    """Requests a second, and how long each took (ms)."""
    waiting, took_ms = iter(requests), list[float]()

    async def one_page() -> None:
        for request in waiting:
            if kind == "product":
                took_ms.append(await _send(session, url, request))
            else:
                took_ms.append(await _send_bare(session, url, operation, request))

    before_s = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(plan.at_a_time):
            group.create_task(one_page())
    return len(requests) / (time.perf_counter() - before_s), took_ms


async def _prepared(folder: Path, redis_url: str, cases: int) -> Requests:
    """Records with so many cases, and the statements of every operation beside them."""
    async with connect(redis_url) as link, app.running(settings(folder), link) as server:
        product = server.product
        asking = await asyncio.to_thread(seed, product, folder / "records.sqlite3", cases)
        requests = Requests(asking, await _day(server.port, asking[0]))
        recorded: dict[str, list[Transaction]] = {}
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{server.port}"
            for operation in OPERATIONS:
                await _send(session, url, requests.next(operation))
                seen = []
                for _ in range(2):
                    request = requests.next(operation)
                    with watched() as found:
                        await _send(session, url, request)
                    words = request.named or {"hall": HALL.hall_id}
                    seen.append((of_request(found, words), request.named))
                recorded[operation] = general(seen[0][0], seen[1][0], seen[0][1], seen[1][1])
                if not recorded[operation]:
                    raise BenchFailed(f"{operation} ran no statements")
        (folder / STATEMENTS).write_bytes(pickle.dumps(recorded))
    return requests


async def _day(port: int, one: Asking) -> str:
    """The first day with places, from tomorrow on."""
    first = local_date(int(time.time() * 1000), HALL.time_zone) + timedelta(days=1)
    query = f"kind=assist&first={first}&last={first + timedelta(days=20)}"
    async with (
        aiohttp.ClientSession() as session,
        session.get(
            f"http://127.0.0.1:{port}/api/v1/taxpayer/halls/{HALL.hall_id}/days?{query}",
            headers={"Cookie": f"{COOKIE}={one.token}"},
        ) as response,
    ):
        days = orjson.loads(await response.read())["days"]
    return str(next(day["day"] for day in days if day["is_working"] and day["left"]))


async def _compared(plan: ApiPlan, folder: Path, redis_url: str, say: Say) -> dict[str, dict[str, float]]:
    say(f"writing {plan.cases:,} cases")
    requests = await _prepared(folder, redis_url, plan.cases)
    rates: dict[tuple[str, str], list[float]] = {}
    took_ms: dict[tuple[str, str], list[float]] = {}
    async with (
        _process("product", folder, redis_url) as ours,
        _process("bare", folder, redis_url) as bare,
        aiohttp.ClientSession() as session,
    ):
        urls = {"product": ours, "bare": bare}
        for number in range(plan.rounds + 1):
            say(f"round {number} of {plan.rounds}" if number else "warming up")
            for operation in OPERATIONS:
                some = plan.requests if number else plan.at_a_time
                for kind, url in urls.items() if number % 2 else reversed(urls.items()):
                    burst = [requests.next(operation) for _ in range(some)]
                    per_s, took = await _burst(plan, session, url, operation, burst, kind)
                    if number:
                        rates.setdefault((operation, kind), []).append(per_s)
                        took_ms.setdefault((operation, kind), []).extend(took)
    return {
        operation: {
            "per_s": round(statistics.median(rates[operation, "product"]), 1),
            "bare_per_s": round(statistics.median(rates[operation, "bare"]), 1),
            "ratio_to_bare": round(
                statistics.median(
                    a / b for a, b in zip(rates[operation, "product"], rates[operation, "bare"], strict=True)
                ),
                3,
            ),
            "p99_ms": round(_p99(took_ms[operation, "product"]), 1),
            "bare_p99_ms": round(_p99(took_ms[operation, "bare"]), 1),
        }
        for operation in OPERATIONS
    }


def _p99(took_ms: list[float]) -> float:
    return statistics.quantiles(took_ms, n=100, method="inclusive")[98]


async def _grown(plan: ApiPlan, folder: Path, redis_url: str, cases: int, say: Say) -> dict[str, float]:
    """How long each operation takes one after another with so many cases (ms, median)."""
    say(f"writing {cases:,} cases")
    before_s = time.perf_counter()
    requests = await _prepared(folder, redis_url, cases)
    seeded_s = time.perf_counter() - before_s
    found = {"seeded_s": round(seeded_s, 1)}
    async with _process("product", folder, redis_url) as url, aiohttp.ClientSession() as session:
        for operation in OPERATIONS:
            took = [await _send(session, url, requests.next(operation)) for _ in range(plan.growth_requests)]
            found[operation] = round(statistics.median(took), 3)
    return found


async def _measure(plan: ApiPlan, say: Say) -> Measured:
    names = count(1)
    grown: dict[int, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="shuitong-bench-") as place:
        async with running(Path(place) / "redis") as server:

            async def fresh() -> Path:
                await server.empty()
                folder = Path(place) / str(next(names))
                folder.mkdir(mode=0o700)
                return folder

            found = await _compared(plan, await fresh(), server.url, say)
            for cases in plan.sizes:
                grown[cases] = await _grown(plan, await fresh(), server.url, cases, say)
            versions = await server.versions()
    least, most = min(plan.sizes), max(plan.sizes)
    growth = {name: round(grown[most][name] / grown[least][name], 2) for name in OPERATIONS}
    summary: dict[str, float | int | str] = {
        "ratio_to_bare": min(one["ratio_to_bare"] for one in found.values()),
        "p99_ms": max(one["p99_ms"] for one in found.values()),
        f"times_as_long_at_{most}": max(growth.values()),
        **{f"{name}_per_s": one["per_s"] for name, one in found.items()},
        **{f"{name}_ratio_to_bare": one["ratio_to_bare"] for name, one in found.items()},
    }
    details = {"cases": plan.cases, "operations": found, "ms_by_cases": grown, "growth": growth}
    return Measured(summary, details, versions)
