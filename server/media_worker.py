"""``shuitong media-worker``: one media worker, from its start to its end."""

import asyncio
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from queueing.connection import connect
from rtc.errors import MediaUnreachable
from rtc.relay import MediaRelay
from rtc.workers.placement import WorkerInfo
from rtc.workers.worker import MediaWorker
from server import logs
from server.ending import cancelled
from server.garbage import collect_seldom
from server.loops import new_loop
from server.media import relay_settings, worker_bounds
from server.settings import MediaNode

RETRY_S: Final = 1.0
GOODBYE_S: Final = 1.0
"""How long one that has to end at once tries to say so."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Started:
    """How a server starts a worker of its own; without: by hand. ``owner`` ends with its standard input.

    ``descriptor``: the bound UDP socket that it inherits.
    """

    worker_id: str
    owner: str
    descriptor: int


def run(settings: MediaNode, started: Started | None) -> int:
    """Until SIGTERM (its calls may end first), SIGINT (at once) or the end of whoever started it; exit code.

    Raises MediaUnavailable for a port that is taken.
    """
    logs.configure(settings.log_level, settings.log_format)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(_run(settings, started))


class _Ends:
    """What tells the worker to end."""

    def __init__(self) -> None:
        self.soon = asyncio.Event()
        self.now = asyncio.Event()

    def listen(self, *, with_input: bool) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._told)
        loop.add_signal_handler(signal.SIGINT, self.now.set)
        if with_input:
            os.set_blocking(sys.stdin.fileno(), False)
            loop.add_reader(sys.stdin.fileno(), self._heard)

    def _told(self) -> None:
        """The second time at once."""
        (self.now if self.soon.is_set() else self.soon).set()

    def _heard(self) -> None:
        if not os.read(sys.stdin.fileno(), 1_024):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self.now.set()


async def _run(settings: MediaNode, started: Started | None) -> int:
    ends = _Ends()
    ends.listen(with_input=started is not None)
    udp = socket.socket(fileno=started.descriptor) if started is not None else None
    used = relay_settings(settings)
    relay = MediaRelay(used, udp=udp)
    await relay.start()
    info = WorkerInfo(
        owner=started.owner if started is not None else "",
        addresses=used.announced,
        port=relay.port,
        pid=os.getpid(),
        calls_max=used.calls_max,
        cpu=0.0,
        draining=False,
    )
    worker_id = started.worker_id if started is not None else secrets.token_hex(16)
    try:
        async with connect(settings.redis_url.get_secret_value()) as link:
            worker = MediaWorker(relay, link.redis, worker_bounds(settings), worker_id, info)
            try:
                return await _serve(worker, ends)
            finally:
                await worker.stop()
    finally:
        await relay.stop()


async def _serve(worker: MediaWorker, ends: _Ends) -> int:
    now = asyncio.create_task(ends.now.wait(), name="end now")
    try:
        await _first([now, asyncio.create_task(_registered(worker))])
        if now.done():
            return 0
        collect_seldom()
        log.debug("media worker %s is at work", worker.worker_id)
        broken = asyncio.create_task(worker.broken(), name="broken")
        soon = asyncio.create_task(ends.soon.wait(), name="end soon")
        await _first([now, soon, broken])
        if ends.soon.is_set() and not now.done():
            await _first([now, asyncio.create_task(_drained(worker), name="drain")])
        if now.done() or not ends.soon.is_set():
            await _said(worker)
        return 0 if now.done() or ends.soon.is_set() else 1
    finally:
        now.cancel()


async def _first(tasks: Sequence["asyncio.Task[Any]"]) -> None:
    """Until one is done; the others, but for the first of the list, are cancelled."""
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks[1:]:
        if not task.done():
            await cancelled([task])
        elif not task.cancelled():
            task.result()


async def _registered(worker: MediaWorker) -> None:
    """Until Redis is there."""
    while True:
        try:
            await worker.start()
            return
        except MediaUnreachable as error:
            log.warning("waiting for Redis: %s", error)
            await asyncio.sleep(RETRY_S)


async def _drained(worker: MediaWorker) -> None:
    left = await worker.drain()
    if left:
        log.info("%d calls go on elsewhere", left)
    left = await worker.leave()
    if left:
        log.warning("%d calls were taken over by nobody", left)


async def _said(worker: MediaWorker) -> None:
    try:
        async with asyncio.timeout(GOODBYE_S):
            await worker.say_goodbye()
    except (MediaUnreachable, TimeoutError):
        log.info("nobody could be told; the lease ends by itself")
