"""Runs the server: everything that is started here ends here."""

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import ssl
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from aiohttp import web

from cases.clock import Clock
from cases.keeper import Keeper
from queueing.connection import Link, connect
from queueing.errors import QueueError
from rtc.workers.client import MediaWorkers
from server import demo, logs
from server.addresses import announced_addresses, own_address
from server.building import Product, build, is_secure
from server.embedded_redis import EmbeddedRedis
from server.ending import cancelled
from server.errors import DataFolderBusy
from server.garbage import collect_seldom
from server.hall_work import keeper, run_added, timers
from server.loops import new_loop
from server.media_children import MediaChildren
from server.metrics.looking import Looking, Parts
from server.metrics.loop_watch import LoopWatch
from server.metrics.serving import PATH as METRICS_PATH
from server.metrics.serving import MetricsPage
from server.records import up_to_date
from server.settings import Settings

log = logging.getLogger(__name__)

WILDCARDS: Final = ("0.0.0.0", "::")  # noqa: S104
SHUTDOWN_TIMEOUT_S: Final = 10.0


def serve(settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM; the exit code.

    Raises ServerError for what keeps it from starting, OSError for a port that is taken.
    """
    logs.configure(settings.log_level, settings.log_format)
    # Whoever made the data folder, and with what mode: what is written into it is for this user only.
    os.umask(0o077)
    with data_folder(settings.data_dir):
        runner = asyncio.Runner(loop_factory=new_loop)
        with runner:
            return runner.run(_serve(settings))


@contextlib.contextmanager
def data_folder(folder: Path) -> Iterator[None]:
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
    async with _link(settings) as (link, redis_url), running(settings, link, redis_url=redis_url) as server:
        if hasattr(signal, "SIGHUP"):
            loop.add_signal_handler(signal.SIGHUP, server.product.guidance.reloads.ask)
        collect_seldom()
        _announce(settings, server)
        stopping = asyncio.create_task(stop.wait(), name="stop")
        await asyncio.wait([stopping, *server.tasks], return_when=asyncio.FIRST_COMPLETED)
        if stopping.done():
            await _said_that_it_ends(settings, server, stop)
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
    metrics_port: int | None = None


async def _said_that_it_ends(settings: Settings, server: Running, stop: asyncio.Event) -> None:
    """At `/readyz`, and long enough for who asks there; a second signal ends that."""
    server.product.readiness.ending = True
    stop.clear()
    stopping = asyncio.create_task(stop.wait(), name="stop now")
    await asyncio.wait(
        [stopping, *server.tasks],
        timeout=settings.stop_notice_ms / 1_000,
        return_when=asyncio.FIRST_COMPLETED,
    )
    stopping.cancel()


@contextlib.asynccontextmanager
async def running(
    settings: Settings, link: Link, clock: Clock | None = None, *, redis_url: str | None = None
) -> AsyncIterator[Running]:
    """Everything but Redis and the signals: serves until the end of the block, and then stops all of it.

    ``redis_url``: where media workers find the same Redis; without it, none are started.
    """
    async with contextlib.AsyncExitStack() as ends:
        product = build(settings, link, clock)
        if product.tracing is not None:
            ends.push_async_callback(product.tracing.close)
        ends.push_async_callback(product.database.close)
        ends.push_async_callback(product.people.close)
        await product.media.start()
        ends.push_async_callback(product.media.stop)
        children = await ends.enter_async_context(_media_children(product, redis_url))
        await up_to_date(product.database)
        await product.guidance.load()
        if settings.demo:
            await demo.seed(product.database, product.accounts)
        await product.halls.reload()
        keepers = [keeper(product, hall_id) for hall_id in product.halls.hall_ids]
        # Before anybody looks into a hall: what another version wrote there cannot be read.
        for one in keepers:
            await one.prepare()
        if children is not None:
            await children.at_work()
        await product.calls.reopen()
        await _spare_leases(product)
        tasks = await ends.enter_async_context(_tasks(product, keepers))
        watch = LoopWatch()
        metrics_port = await ends.enter_async_context(_metrics(product, watch))
        if metrics_port is not None:
            tasks.append(await ends.enter_async_context(_beside(watch.run(), "loop watch")))
        port = await ends.enter_async_context(_listening(product))
        of_children = children.tasks if children is not None else ()
        yield Running(product, port, [*tasks, *of_children], metrics_port)


@contextlib.asynccontextmanager
async def _media_children(product: Product, redis_url: str | None) -> AsyncIterator[MediaChildren | None]:
    """The media workers that the server starts itself, if any; they begin, and what follows does not wait."""
    count, workers = product.settings.media_workers, product.media
    if redis_url is None or isinstance(count, str) or not isinstance(workers, MediaWorkers):
        yield None
        return
    children = MediaChildren(product.settings, redis_url, count, workers)
    await children.start()
    try:
        yield children
    finally:
        await children.stop()


@contextlib.asynccontextmanager
async def _link(settings: Settings) -> AsyncIterator[tuple[Link, str]]:
    """The link to Redis, and its address."""
    if settings.redis_url is not None:
        url = settings.redis_url.get_secret_value()
        async with connect(url) as link:
            yield link, url
        return
    embedded = EmbeddedRedis(settings.data_dir / "redis")
    await embedded.start()
    try:
        async with connect(embedded.url) as link:
            yield link, embedded.url
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
    work: dict[str, Coroutine[Any, Any, None]] = {
        "deadlines": timers(product, halls),
        "deadlines of cases": product.casework.deadlines.run(),
        "files": product.files.sweeper.run(),
        "places": product.booking.sweep.run(),
        "retention": product.retention.run(),
        "calls": product.calls.follow(product.pages),
        "video": product.video.pages.follow(),
        "still pictures": product.still.pages.follow(),
        "pages": product.following.follow(halls),
        "halls": product.following.look(),
        "counts": product.counts.flush(),
        "sessions": product.sockets.sweep(),
        "leases": product.beats.run(),
        "waits": product.waits.run(halls),
        "halls that are added": run_added(product, halls),
    }
    work.update(product.messages.tasks())
    work.update(product.guidance.tasks())
    for one in keepers:
        work[f"records of {one.hall_id}"] = one.run()
    tasks = [asyncio.create_task(coroutine, name=name) for name, coroutine in work.items()]
    try:
        yield tasks
    finally:
        await cancelled(tasks)


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[asyncio.Task[None]]:
    """One task more."""
    task = asyncio.create_task(work, name=name)
    try:
        yield task
    finally:
        await cancelled([task])


@contextlib.asynccontextmanager
async def _metrics(product: Product, watch: LoopWatch) -> AsyncIterator[int | None]:
    """The port of the metrics, if they are wanted."""
    settings, instruments = product.settings, product.instruments
    if instruments is None or settings.metrics_port is None:
        yield None
        return
    parts = Parts(
        product.database, product.link, product.queue, product.journal, product.halls, product.media,
        product.open_sockets, product.sockets, product.clock, settings.data_dir, settings.tls_cert,
        announced_addresses(settings)[0], settings.sockets_max,
    )  # fmt: skip
    token = settings.metrics_token.get_secret_value() if settings.metrics_token is not None else None
    page = MetricsPage(instruments.registry, Looking(parts, watch), token)
    async with page.listening(settings.metrics_host, settings.metrics_port) as port:
        yield port


@contextlib.asynccontextmanager
async def _listening(product: Product) -> AsyncIterator[int]:
    """The web server; the port that it got."""
    settings = product.settings

    async def send_pages_away(_app: web.Application) -> None:
        product.displays.boards.close()
        await product.sockets.shutdown()

    # After it has stopped to listen: pages come back at once, and whoever stands before the server has to
    # send them to another process. One that got in here again would be told nothing until the very end.
    product.app.on_shutdown.append(send_pages_away)
    runner = web.AppRunner(product.app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT_S)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port, ssl_context=_tls(settings))
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.tls_cert, settings.tls_key)
    return context


def _announce(settings: Settings, server: Running) -> None:
    port = server.port
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
    if server.metrics_port is not None:
        at = f"[{settings.metrics_host}]" if ":" in settings.metrics_host else settings.metrics_host
        click.echo(f"metrics at http://{at}:{server.metrics_port}{METRICS_PATH}")
