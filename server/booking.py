"""Builds booking from the settings; a part of ``building``."""

from dataclasses import dataclass

from api.answers import Routes
from api.routes.booking import BookingRoutes
from api.routes.halls_admin import HallAdminRoutes
from cases.booking.availability import Availability
from cases.booking.captcha_media import CaptchaMedia, KnownCaptchaMedia
from cases.booking.captchas import CaptchaPolicy, Captchas
from cases.booking.case_places import CasePlaces
from cases.booking.hall_administration import HallAdministration
from cases.booking.policy import BookingPolicy
from cases.booking.sweeping import PlaceSweep
from cases.booking.visits import Topics, Visits
from cases.clock import Clock
from cases.database import Database
from cases.halls import Halls
from cases.sealing import Sealer
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Booking:
    """``case_places`` books for cases; ``sweep`` is run."""

    policy: BookingPolicy
    captchas: Captchas
    case_places: CasePlaces
    sweep: PlaceSweep
    routes: tuple[Routes, ...]


def booking_policy(settings: Settings) -> BookingPolicy:
    return BookingPolicy(
        hold_ms=settings.booking_hold_ms,
        open_max=settings.booking_open_max,
        horizon_days=settings.booking_horizon_days,
        lead_ms=settings.booking_lead_ms,
        window_ms=settings.booking_window_ms,
        reminder_ms=settings.booking_reminder_ms,
    )


def captcha_policy(settings: Settings) -> CaptchaPolicy:
    return CaptchaPolicy(
        ttl_ms=settings.captcha_ttl_ms,
        per_person=settings.captcha_per_person,
        per_address=settings.captcha_per_address,
        window_ms=settings.captcha_window_ms,
    )


def build_booking(
    settings: Settings,
    database: Database,
    clock: Clock,
    sealer: Sealer,
    halls: Halls,
    topics: Topics,
) -> Booking:
    """Nothing runs yet, and nothing was asked of the database."""
    administration = HallAdministration(database, clock, halls.reload, time_zone=settings.hall_time_zone)
    policy = booking_policy(settings)
    media = KnownCaptchaMedia() if settings.captcha_check == "development" else CaptchaMedia()
    captchas = Captchas(database, clock, sealer, media, captcha_policy(settings))
    visits = Visits(database, clock, captchas, topics, policy)
    return Booking(
        policy,
        captchas,
        CasePlaces(captchas, policy),
        PlaceSweep(database, clock),
        (
            BookingRoutes(Availability(database, clock, policy), captchas, visits),
            HallAdminRoutes(administration),
        ),
    )
