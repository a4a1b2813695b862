"""Run as a program: the waiting pages of the fan-out benchmark, any number in one process.

Argument: the server's port. Each line of standard input is a JSON command, each answer a line: ``{"open":
[[token, ticket], …]}`` opens pages; ``{"report": true}`` tells what came since the last one. Ends with its
input. Times are nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share.
"""

import asyncio
import re
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import orjson
import uvloop

from cases.sessions import COOKIE_NAMES, SessionKind
from server.benchmarks.fanout_socket import LeanPage, open_page
from signaling import events

OPENING_AT_ONCE: Final = 50
WITHIN_S: Final = 30.0
LINE_HEAD: Final = b'["line.changed",'
TICKET_HEAD: Final = b'["ticket.changed",'
VERSIONS: Final = re.compile(rb'"from_version":(\d+),"to_version":(\d+)')
CALLED: Final = b'"state":"called"'


class Pages:
    """All pages of the process, and what they were told."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._pages: list[LeanPage] = []
        self._delivered = 0
        self._last_ns: dict[tuple[int, int], int] = {}
        self._rang_ns: dict[str, int] = {}

    async def open(self, people: list[tuple[str, str]]) -> int:
        """How many are open now. Raises ConnectionError, TimeoutError."""
        gate = asyncio.Semaphore(OPENING_AT_ONCE)

        async def one(token: str, ticket_id: str) -> LeanPage:
            async with gate:
                cookie = f"{COOKIE_NAMES[SessionKind.TAXPAYER]}={token}"
                page = await open_page(
                    self._port, events.TAXPAYER.name, cookie, self._taker(ticket_id), within_s=WITHIN_S
                )
                answer = await page.command(
                    events.TICKET_WATCH.name, {"ticket_id": ticket_id}, within_s=WITHIN_S
                )
                if not orjson.loads(answer)["ok"]:
                    raise ConnectionError(answer.decode())
                return page

        self._pages += await asyncio.gather(*(one(*person) for person in people))
        return len(self._pages)

    def _taker(self, ticket_id: str) -> Callable[[bytes], None]:
        def take(event: bytes) -> None:
            if event.startswith(LINE_HEAD):
                self._delivered += 1
                found = VERSIONS.search(event)
                if found is not None:
                    self._last_ns[int(found[1]), int(found[2])] = time.monotonic_ns()
            elif event.startswith(TICKET_HEAD) and CALLED in event:
                self._rang_ns.setdefault(ticket_id, time.monotonic_ns())

        return take

    def report(self) -> dict[str, Any]:
        """``last``: of each change (from, to) when the last page had it; ``rang``: when each called page
        rang.
        """
        told = {
            "delivered": self._delivered,
            "lost": sum(not page.is_open for page in self._pages),
            "last": [[*versions, at_ns] for versions, at_ns in self._last_ns.items()],
            "rang": self._rang_ns,
        }
        self._delivered, self._last_ns, self._rang_ns = 0, {}, {}
        return told


async def run(port: int) -> None:
    pages = Pages(port)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command = orjson.loads(line)
        answer = {"open": await pages.open(command["open"])} if "open" in command else pages.report()
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(int(sys.argv[1])))
