"""Builds every part from the settings: the one place where they meet."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from aiohttp import web
from pydantic import SecretStr
from sqlalchemy import text

from api.handlers import Handlers
from api.http import HttpSettings, build_app
from cases.accounts import Accounts, DevelopmentFaceCheck
from cases.attendance import Attendance
from cases.callbook import Callbook
from cases.calls import Calls
from cases.casebook import Casebook
from cases.clock import Clock, SystemClock
from cases.counter import Counter, CounterPolicy
from cases.database import Database
from cases.desk import Desk, DeskPolicy
from cases.deskbook import Deskbook
from cases.errors import RecordsUnavailable
from cases.guesses import Guesses, GuessPolicy
from cases.halls import Halls
from cases.held import HeldTickets
from cases.opening import Opening
from cases.presentation import Presentation
from cases.sealing import Passwords, Sealer
from cases.serving import Serving
from cases.sessions import SessionPolicy, Sessions
from cases.waits import WaitBounds, Waits
from queueing.connection import Link
from queueing.errors import QueueUnavailable
from queueing.journal import Journal
from queueing.policy import QueuePolicy
from queueing.redis_errors import translated_errors
from queueing.service import Queue
from rtc.relay import MediaRelay
from rtc.settings import RelaySettings
from server.addresses import announced_addresses, media_host
from server.demo import key_of
from server.settings import Settings
from signaling.beats import Beats
from signaling.consoles import Consoles
from signaling.counts import Counts
from signaling.emitting import Emitter
from signaling.events import OFFICER, TAXPAYER
from signaling.following import Following
from signaling.handlers import CallHandlers, OfficerHandlers, TaxpayerHandlers
from signaling.lines import LineBounds, Lines
from signaling.pages import Pages
from signaling.server import SocketServer, SocketSettings
from signaling.sockets import Sockets
from signaling.tickets import TicketPages

# In a checkout, and in an installed wheel.
BUILT_CLIENTS = (
    Path(__file__).parent.parent / "web_client" / "dist",
    Path(__file__).parent / "client",
)


@dataclass(frozen=True, slots=True)
class Product:
    """What the server runs."""

    settings: Settings
    clock: Clock
    database: Database
    link: Link
    halls: Halls
    accounts: Accounts
    sessions: Sessions
    queue: Queue
    journal: Journal
    relay: MediaRelay
    calls: Calls
    waits: Waits
    attendance: Attendance
    beats: Beats
    counts: Counts
    following: Following
    pages: Pages
    sockets: SocketServer
    app: web.Application


def queue_policy(settings: Settings) -> QueuePolicy:
    return QueuePolicy(
        confirm_ms=settings.queue_confirm_ms,
        activation_ms=settings.queue_activation_ms,
        reactivations_max=settings.queue_reactivations_max,
        reactivate_after=settings.queue_reactivate_after,
        recall_spacing_ms=settings.queue_recall_spacing_ms,
        lease_ms=settings.queue_lease_ms,
        hold_ms=settings.queue_hold_ms,
        holds_max=settings.queue_holds_max,
        line_capacity=settings.queue_line_capacity,
    )


def relay_settings(settings: Settings) -> RelaySettings:
    return RelaySettings(
        host=media_host(settings),
        port=settings.media_port,
        announced=announced_addresses(settings),
        grace_ms=settings.media_grace_ms,
        connect_ms=settings.media_connect_ms,
        silent_ms=settings.media_silent_ms,
        calls_max=settings.media_calls_max,
    )


def database_url(settings: Settings) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return f"sqlite+aiosqlite:///{settings.data_dir.absolute() / 'records.sqlite3'}"


def sealer(settings: Settings) -> Sealer:
    """With the settings' keys; a demo makes its own in the data folder."""
    keys = [key.get_secret_value() for key in settings.identity_keys]
    index_key: SecretStr | None = settings.index_key
    return Sealer(
        keys or [key_of(settings.data_dir, "identity")],
        index_key.get_secret_value() if index_key is not None else key_of(settings.data_dir, "index"),
    )


def is_secure(settings: Settings) -> bool:
    """Whether browsers reach the server over https."""
    return settings.tls_cert is not None or (settings.public_url or "").startswith("https://")


def _sessions(settings: Settings, database: Database, clock: Clock) -> Sessions:
    policy = SessionPolicy(
        idle_ms=settings.session_idle_s * 1000, whole_ms=settings.session_absolute_s * 1000
    )
    return Sessions(database, clock, policy)


def _guesses(settings: Settings, database: Database, clock: Clock) -> Guesses:
    policy = GuessPolicy(
        per_account=settings.login_failures_per_account,
        per_address=settings.login_failures_per_address,
        window_ms=settings.login_window_s * 1000,
    )
    return Guesses(database, clock, policy)


def build(settings: Settings, link: Link, clock: Clock | None = None) -> Product:
    """Nothing runs yet, and nothing was asked of Redis, the database or the network.

    ``clock``: none for the machine's own.
    """
    clock = clock or SystemClock()
    database = Database(database_url(settings))
    sealing = sealer(settings)
    sessions = _sessions(settings, database, clock)
    accounts = Accounts(
        database,
        clock,
        sealing,
        Passwords(),
        sessions,
        _guesses(settings, database, clock),
        DevelopmentFaceCheck() if settings.face_check == "development" else None,
        time_zone=settings.hall_time_zone,
    )
    policy = queue_policy(settings)
    queue = Queue(link, policy)
    relay = MediaRelay(relay_settings(settings))
    casebook, halls = Casebook(database), Halls(database)
    calls = Calls(Callbook(database), casebook, queue, relay, clock)
    waits = Waits(database, queue, clock, wrap_up_ms=settings.desk_wrap_up_ms, bounds=WaitBounds())
    presentation = Presentation(casebook, halls, calls, waits, policy)
    counter = Counter(casebook, halls, queue, presentation, clock, CounterPolicy())

    sockets = Sockets()
    deskbook = Deskbook(database)
    attendance = Attendance(deskbook, queue)
    desk = Desk(
        deskbook,
        attendance,
        halls,
        queue,
        calls,
        presentation,
        HeldTickets(presentation, halls, sockets, sealing, policy),
        clock,
        DeskPolicy(settings.desk_wrap_up_ms, policy.holds_max),
    )
    serving = Serving(desk, casebook, halls, queue, calls)
    socket_server = SocketServer(
        sessions,
        sockets,
        clock,
        SocketSettings(
            settings.public_url,
            settings.socket_payload_max_bytes,
            settings.sockets_max,
            unread_max_bytes=settings.socket_unread_max_bytes,
        ),
    )
    journal = Journal(link)
    counts, following, pages = _pages(
        settings, sockets, socket_server, counter, desk, journal, halls, waits, clock
    )

    app = build_app(
        Handlers(accounts, sessions, counter, desk, socket_server),
        sessions,
        lambda: health(database, link),
        HttpSettings(
            secure=is_secure(settings),
            public_url=settings.public_url,
            static_dir=static_dir(settings),
            session_whole_s=settings.session_absolute_s,
            body_max_bytes=settings.request_body_max_bytes,
            proxies=settings.proxies,
            version=version("shuitong"),
        ),
    )
    calling = CallHandlers(calls, pages, clock).table()
    socket_server.attach(
        app,
        pages,
        {
            TAXPAYER.name: {**TaxpayerHandlers(counter, pages, following).table(), **calling},
            OFFICER.name: {**OfficerHandlers(desk, serving, Opening(halls, queue), pages).table(), **calling},
        },
    )
    return Product(
        settings, clock, database, link, halls, accounts, sessions, queue, journal, relay, calls,
        waits, attendance, Beats(sockets, attendance, lease_ms=policy.lease_ms),
        counts, following, pages, socket_server, app,
    )  # fmt: skip


def _pages(
    settings: Settings,
    sockets: Sockets,
    emitter: Emitter,
    counter: Counter,
    desk: Desk,
    journal: Journal,
    halls: Halls,
    waits: Waits,
    clock: Clock,
) -> tuple[Counts, Following, Pages]:
    """What is pushed to pages."""
    bounds = LineBounds(
        near_places=settings.push_near_places,
        far_interval_ms=settings.push_far_interval_ms,
        far_from=settings.push_far_from,
    )
    lines = Lines(bounds, waits)
    tickets, consoles = (
        TicketPages(sockets, emitter, counter.shown, lines),
        Consoles(sockets, emitter, desk),
    )
    counts = Counts(sockets, emitter, lines, tickets, consoles, clock, push_rate_hz=settings.push_rate_hz)
    following = Following(journal, halls, sockets, emitter, lines, tickets, consoles, counts, waits, clock)
    return counts, following, Pages(sockets, emitter, lines, tickets, consoles, counts)


def static_dir(settings: Settings) -> Path | None:
    """The built client: the setting, else the one built here, else none."""
    if settings.static_dir is not None:
        return settings.static_dir
    return next((folder for folder in BUILT_CLIENTS if (folder / "index.html").exists()), None)


async def health(database: Database, link: Link) -> dict[str, bool]:
    """Which parts answer."""
    return {"records": await _records_answer(database), "queue": await _redis_answers(link)}


async def _records_answer(database: Database) -> bool:
    try:
        async with database.reading() as connection:
            await connection.execute(text("SELECT 1"))
    except RecordsUnavailable:
        return False
    return True


async def _redis_answers(link: Link) -> bool:
    try:
        with translated_errors():
            return bool(await link.redis.ping())
    except QueueUnavailable:
        return False
