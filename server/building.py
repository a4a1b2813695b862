"""Builds every part from the settings: the one place where they meet."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from aiohttp import web

from api.http import HttpSettings, build_app
from api.routes.signing import SigningRoutes
from api.routes.tickets import TicketRoutes
from cases.accounts import Accounts
from cases.attendance import Attendance
from cases.callbook import Callbook
from cases.calls import Calls
from cases.casebook import Casebook
from cases.clock import Clock, SystemClock
from cases.counter import Counter, CounterPolicy
from cases.database import Database
from cases.desk import Desk, DeskPolicy
from cases.deskbook import Deskbook
from cases.doors import DoorCounts
from cases.guesses import Guesses, GuessPolicy
from cases.guidance.catalogue import CatalogueTopics
from cases.hall_news import HallNews
from cases.halls import Halls
from cases.held import HeldTickets
from cases.holders import Holders
from cases.home import Home
from cases.issuing import Issuing
from cases.opening import Opening
from cases.presentation import Presentation
from cases.probes import Probes
from cases.reception.paperbook import Paperbook
from cases.reissue import Reissue, ReissueBounds
from cases.retention.sweeping import Retention
from cases.sealing import Passwords, Sealer
from cases.serving import Serving
from cases.sessions import SessionPolicy, Sessions
from cases.stills.followers import StillRules
from cases.transfers import Transfers
from cases.turn import TurnServers
from cases.videos.followers import VideoRules
from cases.waits import WaitBounds, Waits
from queueing.connection import Link
from queueing.journal import Journal
from queueing.policy import QueuePolicy
from queueing.service import Queue
from rtc.service import MediaService
from server.booking import Booking, build_booking
from server.casework import Casework, build_casework
from server.demo import key_of
from server.displays import Displays, build_displays
from server.files import Files, build_files
from server.guidance import Guidance, build_guidance
from server.media import Media, build_media
from server.messages import Messages, build_messages
from server.metrics.instruments import Instruments
from server.people import People, build_people
from server.readiness import Readiness
from server.reception import Reception, build_reception
from server.records import index_key, records
from server.reports import supervision_routes
from server.retention import build_retention
from server.settings import Settings
from server.stills import Still, build_still
from server.tracing import Tracing
from server.videos import Video, build_video
from signaling.beats import Beats
from signaling.consoles import Consoles
from signaling.counts import Counts
from signaling.emitting import Emitter
from signaling.events import OFFICER, TAXPAYER
from signaling.following import Following
from signaling.handlers import (
    CallHandlers,
    OfficerHandlers,
    ProbeHandlers,
    TaxpayerHandlers,
    VideoHandlers,
)
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
    sealer: Sealer
    link: Link
    halls: Halls
    hall_news: HallNews
    accounts: Accounts
    people: People
    sessions: Sessions
    queue: Queue
    reissue: Reissue
    journal: Journal
    media: Media
    calls: Calls
    waits: Waits
    attendance: Attendance
    beats: Beats
    counts: Counts
    following: Following
    pages: Pages
    sockets: SocketServer
    guidance: Guidance
    booking: Booking
    casework: Casework
    files: Files
    messages: Messages
    video: Video
    still: Still
    reception: Reception
    displays: Displays
    retention: Retention
    open_sockets: Sockets
    instruments: Instruments | None
    """None where nobody asks for metrics: then nothing is counted."""
    readiness: Readiness
    tracing: Tracing | None
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


def turn_servers(settings: Settings) -> TurnServers:
    secret = settings.media_turn_secret
    return TurnServers(
        settings.media_turn_urls,
        secret.get_secret_value() if secret is not None else "",
        settings.media_turn_ttl_ms,
    )


def sealer(settings: Settings) -> Sealer:
    """With the settings' keys; a demo makes its own in the data folder."""
    keys = [key.get_secret_value() for key in settings.identity_keys]
    return Sealer(keys or [key_of(settings.data_dir, "identity")], index_key(settings))


def is_secure(settings: Settings) -> bool:
    """Whether browsers reach the server over https."""
    return settings.tls_cert is not None or (settings.public_url or "").startswith("https://")


def _sessions(settings: Settings, database: Database, clock: Clock) -> Sessions:
    policy = SessionPolicy(
        idle_ms=settings.session_idle_s * 1000, whole_ms=settings.session_absolute_s * 1000
    )
    return Sessions(database, clock, policy)


def guess_limits(settings: Settings, database: Database, clock: Clock) -> Guesses:
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
    database = records(settings)
    sealing = sealer(settings)
    sessions = _sessions(settings, database, clock)
    passwords = Passwords(settings.password_memory_kib)
    guesses = guess_limits(settings, database, clock)
    people = build_people(settings, database, clock, sealing, passwords, sessions, guesses)
    accounts = people.accounts
    policy = queue_policy(settings)
    tracing = Tracing(settings.tracing_url, settings.tracing_share) if settings.tracing_url else None
    traced = tracing.span if tracing is not None else None
    queue = Queue(link, policy, traced)
    media = build_media(settings, link)
    casebook, paperbook, deskbook, halls = (
        Casebook(database),
        Paperbook(database),
        Deskbook(database),
        Halls(database),
    )
    holders = Holders(casebook, paperbook)
    video_rules = VideoRules(clock)
    calls = Calls(
        Callbook(database, video_rules, StillRules(clock)), casebook, halls, queue, media, clock,
        turn_servers(settings),
    )  # fmt: skip
    waits = Waits(database, queue, clock, wrap_up_ms=settings.desk_wrap_up_ms, bounds=WaitBounds())
    presentation = Presentation(holders, casebook, deskbook, halls, calls, waits, policy)
    issuing = Issuing(queue, halls)
    counter_policy = CounterPolicy()
    counter = Counter(casebook, halls, queue, issuing, presentation, clock, counter_policy)

    instruments = Instruments() if settings.metrics_port is not None else None
    readiness = Readiness(database, link, media)
    sockets = Sockets()
    transfers = Transfers(database, halls, clock)
    attendance = Attendance(deskbook, queue)
    desk = Desk(
        deskbook,
        attendance,
        halls,
        queue,
        calls,
        presentation,
        HeldTickets(presentation, halls, transfers, sockets, sealing, policy),
        clock,
        DeskPolicy(settings.desk_wrap_up_ms, policy.holds_max),
    )
    serving = Serving(desk, holders, casebook, paperbook, transfers, halls, queue, calls)
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
        instruments.command if instruments is not None else None,
        traced,
    )
    journal = Journal(link)
    counts, following, pages = _pages(
        settings, sockets, socket_server, counter, desk, journal, halls, waits, clock, instruments
    )

    home = Home(DoorCounts(database, clock), casebook, paperbook, counter, clock)
    reception = build_reception(
        database, clock, sealing, halls, queue, issuing, paperbook, counter, waits, settings.public_url
    )
    displays = build_displays(
        database, clock, sealing, halls, queue, waits, activation_ms=policy.activation_ms
    )
    guidance = build_guidance(settings, database, clock)
    booking = build_booking(settings, database, clock, sealing, halls, CatalogueTopics(guidance.catalogues))
    casework = build_casework(
        settings, database, clock, sealing, booking, guidance.catalogues, casebook, halls, issuing, counter,
        video_rules,
    )  # fmt: skip
    reissue = Reissue(
        [casebook, casework.tickets, paperbook],
        queue,
        issuing,
        clock,
        ReissueBounds(request_max_ms=counter_policy.issue_max_ms),
    )
    files = build_files(settings, database, clock, casework.receipts)
    messages = build_messages(
        settings, database, clock, sealing, halls, guidance.catalogues, sockets, socket_server
    )
    video = build_video(settings, database, clock, calls, messages.feed, sockets, socket_server)
    still = build_still(settings, database, clock, messages.feed, sockets, socket_server)
    app = build_app(
        [
            SigningRoutes(accounts, people.officers, sessions, desk, socket_server),
            *people.routes(socket_server),
            TicketRoutes(counter, home),
            guidance.routes,
            *casework.routes,
            files.routes,
            *booking.routes,
            *messages.routes,
            video.routes,
            still.routes,
            *reception.routes,
            *supervision_routes(settings, database, clock, halls, queue),
            displays.routes,
        ],
        sessions,
        readiness.parts,
        HttpSettings(
            secure=is_secure(settings),
            public_url=settings.public_url,
            static_dir=static_dir(settings),
            session_whole_s=settings.session_absolute_s,
            body_max_bytes=settings.request_body_max_bytes,
            proxies=settings.proxies,
            version=version("shuitong"),
        ),
        instruments.request if instruments is not None else None,
        traced,
    )
    opening = Opening(database, halls, queue, clock)
    calling = {
        **CallHandlers(calls, pages, clock).table(),
        **ProbeHandlers(_probes(settings, media, clock), clock).table(),
        **VideoHandlers(video.requests, pages, clock).table(),
    }
    socket_server.attach(
        app,
        pages,
        {
            TAXPAYER.name: {
                **TaxpayerHandlers(counter, pages, following).table(),
                **calling,
                **still.handlers.of_taxpayers(),
            },
            OFFICER.name: {
                **OfficerHandlers(desk, serving, opening, pages).table(),
                **calling,
                **still.handlers.of_officers(),
            },
        },
    )
    return Product(
        settings, clock, database, sealing, link, halls, HallNews(database, halls), accounts, people,
        sessions, queue, reissue, journal, media,
        calls, waits, attendance, Beats(sockets, attendance, lease_ms=policy.lease_ms),
        counts, following, pages, socket_server, guidance, booking, casework, files, messages, video, still,
        reception, displays, build_retention(settings, database, clock, sealing),
        sockets, instruments, readiness, tracing, app,
    )  # fmt: skip


def _probes(settings: Settings, media: MediaService, clock: Clock) -> Probes:
    return Probes(
        media,
        turn_servers(settings),
        clock,
        open_max=settings.media_probes_max,
        open_ms=settings.media_connect_ms,
    )


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
    instruments: Instruments | None,
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
    following = Following(
        journal, halls, sockets, emitter, lines, tickets, consoles, counts, waits, clock,
        instruments.told_after if instruments is not None else None,
    )  # fmt: skip
    return counts, following, Pages(sockets, emitter, lines, tickets, consoles, counts)


def static_dir(settings: Settings) -> Path | None:
    """The built client: the setting, else the one built here, else none."""
    if settings.static_dir is not None:
        return settings.static_dir
    return next((folder for folder in BUILT_CLIENTS if (folder / "index.html").exists()), None)
