"""Runs the server: everything that is started here ends here."""

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from aiohttp import web

from cases.clock import Clock
from cases.keeper import Keeper, KeeperBounds
from cases.recorder import Recorder, RecorderBounds
from cases.sealing import new_id
from queueing import deadlines
from queueing.connection import Link, connect
from queueing.errors import QueueError
from queueing.rebuild import Rebuild
from queueing.states import HELD_STATES
from queueing.ticket import JournalEntry
from server import demo, logs
from server.addresses import own_address
from server.building import Product, build, is_secure, queue_policy
from server.embedded_redis import EmbeddedRedis
from server.errors import DataFolderBusy
from server.settings import Settings

log = logging.getLogger(__name__)

WILDCARDS: Final = ("0.0.0.0", "::")  # noqa: S104
SHUTDOWN_TIMEOUT_S: Final = 10.0
CANCEL_AGAIN_S: Final = 1.0
CANCELLATIONS_MAX: Final = 10


def serve(settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM; the exit code.

    Raises ServerError for what keeps it from starting, OSError for a port that is taken.
    """
    logs.configure(settings.log_level)
    # Whoever made the data folder, and with what mode: what is written into it is for this user only.
    os.umask(0o077)
    with _data_folder(settings.data_dir):
        runner = asyncio.Runner(loop_factory=new_loop)
        with runner:
            return runner.run(_serve(settings))


def new_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


@contextlib.contextmanager
def _data_folder(folder: Path) -> Iterator[None]:
    """The data folder, for this process alone. Raises DataFolderBusy."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "shuitong.lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataFolderBusy(f"another server runs on {folder}; --data chooses another folder") from error
        yield


async def _serve(settings: Settings) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with _link(settings) as link, running(settings, link) as server:
        _announce(settings, server.port)
        stopping = asyncio.create_task(stop.wait(), name="stop")
        await asyncio.wait([stopping, *server.tasks], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        failed = [task for task in server.tasks if task.done() and not task.cancelled() and task.exception()]
        for task in failed:
            log.error("%s failed; the server ends", task.get_name(), exc_info=task.exception())
        return 1 if failed else 0


@dataclass(frozen=True, slots=True)
class Running:
    """A server that serves: its parts, its port, and the tasks beside the requests (none of them ends)."""

    product: Product
    port: int
    tasks: Sequence[asyncio.Task[None]]


@contextlib.asynccontextmanager
async def running(settings: Settings, link: Link, clock: Clock | None = None) -> AsyncIterator[Running]:
    """Everything but Redis and the signals: serves until the end of the block, and then stops all of it."""
    async with contextlib.AsyncExitStack() as ends:
        product = build(settings, link, clock)
        ends.push_async_callback(product.database.close)
        await product.database.migrate()
        if settings.demo:
            await demo.seed(product.database, product.accounts)
        await product.halls.reload()
        await product.relay.start()
        ends.push_async_callback(product.relay.stop)
        keepers = [_keeper(product, hall_id) for hall_id in product.halls.hall_ids]
        # Before anybody looks into a hall: what another version wrote there cannot be read.
        for keeper in keepers:
            await keeper.prepare()
        await product.calls.reopen()
        await _spare_leases(product)
        tasks = await ends.enter_async_context(_tasks(product, keepers))
        port = await ends.enter_async_context(_listening(product))
        yield Running(product, port, tasks)


@contextlib.asynccontextmanager
async def _link(settings: Settings) -> AsyncIterator[Link]:
    if settings.redis_url is not None:
        async with connect(settings.redis_url.get_secret_value()) as link:
            yield link
        return
    embedded = EmbeddedRedis(settings.data_dir / "redis")
    await embedded.start()
    try:
        async with connect(embedded.url) as link:
            yield link
    finally:
        await embedded.stop()


async def _spare_leases(product: Product) -> None:
    """Before the deadlines are looked at: leases may have ended only because no server was there."""
    for hall_id in product.halls.hall_ids:
        try:
            await product.attendance.spare(hall_id)
        except QueueError as error:
            log.warning("leases may have ended meanwhile: %s", error.code, extra={"hall_id": hall_id})


@contextlib.asynccontextmanager
async def _tasks(product: Product, keepers: Sequence[Keeper]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Everything that runs beside the requests; cancelled at the end."""
    halls = product.halls.hall_ids
    stop = asyncio.Event()  # never set: cancelling loses nothing
    work: dict[str, Coroutine[Any, Any, None]] = {
        "deadlines": deadlines.run(
            product.queue, halls, stop=stop, poll_max_ms=product.settings.queue_poll_max_ms
        ),
        "calls": product.calls.follow(product.pages),
        "pages": product.following.follow(),
        "halls": product.following.look(),
        "counts": product.counts.flush(),
        "sessions": product.sockets.sweep(),
        "leases": product.beats.run(),
        "waits": product.waits.run(halls),
    }
    for keeper in keepers:
        work[f"records of {keeper.hall_id}"] = keeper.run()
    tasks = [asyncio.create_task(coroutine, name=name) for name, coroutine in work.items()]
    try:
        yield tasks
    finally:
        await cancelled(tasks)


async def cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Ends tasks, asking again where one went on: before Python 3.12 ``asyncio.wait_for``, by which
    redis-py sends, loses a cancellation that comes just as it is done (CPython issue 86296).
    """
    pending = set(tasks)
    for _ in range(CANCELLATIONS_MAX):
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_S)
        if not pending:
            return
    log.error("still running at the end: %s", ", ".join(task.get_name() for task in pending))


def _keeper(product: Product, hall_id: str) -> Keeper:
    async def after(entries: Sequence[JournalEntry]) -> None:
        for entry in entries:
            # Ended, on hold, or waiting again: in nobody's hand.
            if entry.ticket.state not in HELD_STATES and entry.ticket.call_number:
                await product.calls.close_of_ticket(entry.ticket.ticket_id)

    return Keeper(
        product.database,
        product.journal,
        product.queue,
        Rebuild(product.link, queue_policy(product.settings)),
        Recorder(product.database, product.journal, hall_id, RecorderBounds(), after),
        hall_id,
        new_id(),
        KeeperBounds(),
    )


@contextlib.asynccontextmanager
async def _listening(product: Product) -> AsyncIterator[int]:
    """The web server; the port that it got."""
    settings = product.settings
    runner = web.AppRunner(product.app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT_S)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port, ssl_context=_tls(settings))
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await product.sockets.shutdown()
        await runner.cleanup()


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.tls_cert, settings.tls_key)
    return context


def _announce(settings: Settings, port: int) -> None:
    scheme = "https" if is_secure(settings) else "http"
    host = "localhost" if settings.host in (*WILDCARDS, "127.0.0.1", "::1") else settings.host
    url = settings.public_url or f"{scheme}://{host}:{port}"
    elsewhere = None
    if settings.public_url is None and settings.host in WILDCARDS:
        elsewhere = f"{scheme}://{own_address(4)}:{port}"
    if settings.demo:
        click.echo(demo.greeting(url, elsewhere))
    else:
        click.echo(f"serving {elsewhere or url}")
