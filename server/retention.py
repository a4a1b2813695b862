"""Builds what takes away things that are over; a part of ``building``."""

from cases.clock import Clock
from cases.database import Database
from cases.retention.rules import Hours, Rule, Terms
from cases.retention.sweeping import Retention, RetentionBounds
from cases.sealing import Sealer
from server.settings import Settings


def terms(settings: Settings) -> Terms:
    return Terms(
        {
            Rule.DRAFTS: settings.retention_draft_days,
            Rule.CASES: settings.retention_case_days,
            Rule.PAPER_TICKETS: settings.retention_case_days,
            Rule.BOOKINGS: settings.retention_booking_days,
            Rule.NOTIFICATIONS: settings.retention_inbox_days,
            Rule.SESSIONS: settings.retention_session_days,
            Rule.GUESSES: settings.retention_guess_days,
            Rule.CAPTCHAS: settings.retention_captcha_days,
            Rule.REQUESTS: settings.retention_request_days,
            Rule.TAXPAYERS: settings.retention_taxpayer_days,
        }
    )


def build_retention(settings: Settings, database: Database, clock: Clock, sealer: Sealer) -> Retention:
    """Nothing runs yet."""
    hours = Hours(settings.retention_from_hour, settings.retention_until_hour, settings.hall_time_zone)
    bounds = RetentionBounds(every_s=settings.retention_every_s)
    return Retention(database, clock, sealer, terms(settings), hours, bounds)
