"""Builds the wall and reports from the settings; a part of ``building``."""

from api.answers import Routes
from api.routes.audit import AuditRoutes
from api.routes.reports import ReportRoutes
from cases.clock import Clock
from cases.database import Database
from cases.halls import Halls
from cases.reports.book import Reports
from cases.reports.policy import ReportPolicy
from cases.reports.wall import DeskTimes, Wall
from cases.trail.book import TrailBook
from queueing.service import Queue
from server.settings import Settings


def supervision_routes(
    settings: Settings, database: Database, clock: Clock, halls: Halls, queue: Queue
) -> tuple[Routes, ...]:
    """What who runs a hall asks for. Nothing was asked of the database or the queue."""
    policy = ReportPolicy(
        target_ms=settings.report_target_ms,
        days_max=settings.report_days_max,
        fresh_ms=settings.wall_fresh_ms,
    )
    times = DeskTimes(wrap_up_ms=settings.desk_wrap_up_ms, lease_ms=settings.queue_lease_ms)
    return (
        ReportRoutes(
            Wall(database, queue, halls, clock, policy, times), Reports(database, halls, clock, policy)
        ),
        AuditRoutes(TrailBook(database, clock, days_max=settings.report_days_max)),
    )
