"""What a person is shown of halls' calendars and of bookings. Times are UTC milliseconds; days are those at
the hall.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cases.booking.bookings import BookingState
from cases.booking.captcha_media import CaptchaKind
from cases.booking.hours import BookingKind, HallRules, Periods, SpecialDay
from cases.views.names import Bilingual, LineKind, SlotView
from queueing.ticket import CallOrder


@dataclass(frozen=True, slots=True)
class HallPlace:
    """A hall with where it is. ``region_codes``: the regions that it serves; ``notes``: what to know before
    going there.
    """

    hall_id: str
    name: Bilingual
    region: Bilingual
    region_codes: tuple[str, ...]
    address: Bilingual
    phone: str
    notes: Bilingual
    time_zone: str


@dataclass(frozen=True, slots=True)
class HallsView:
    """The halls that serve a region."""

    halls: tuple[HallPlace, ...]
    at_ms: int


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of a hall: its hours (none: closed), and the places that are ``left`` of its ``places``.

    ``is_confirmed``: false where the year's holidays are not announced yet; ``reason``: why the day is not as
    usual, such as the holiday's name.
    """

    day: date
    periods: Periods
    is_working: bool
    is_confirmed: bool
    reason: Bilingual
    left: int
    places: int


@dataclass(frozen=True, slots=True)
class DaysView:
    """Days of a hall. ``unannounced_years``: those of them whose holidays are not announced;
    ``last_day``: the last one that can be booked.
    """

    hall_id: str
    kind: BookingKind
    days: tuple[DayView, ...]
    unannounced_years: tuple[int, ...]
    last_day: date
    at_ms: int


@dataclass(frozen=True, slots=True)
class SlotsView:
    """The slots of a day that can be booked, full ones too. What the reader holds counts as left."""

    hall_id: str
    kind: BookingKind
    day: date
    slots: tuple[SlotView, ...]
    at_ms: int


@dataclass(frozen=True, slots=True)
class HoldView:
    """A place that is kept for the reader until ``held_until_ms``."""

    hall_id: str
    kind: BookingKind
    slot_start_ms: int
    slot_end_ms: int
    held_until_ms: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Released:
    """The hold is given up."""

    released: bool = True


@dataclass(frozen=True, slots=True)
class CaptchaView:
    """A captcha to be answered until ``expires_at_ms``, once. ``content``: the picture or the sound, in
    base64.
    """

    captcha_id: str
    kind: CaptchaKind
    media_type: str
    content: str
    expires_at_ms: int
    at_ms: int


class BookingAction(StrEnum):
    """What the taxpayer may do with the booking now."""

    CHANGE = "change"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class BookingView:
    """A booking, whole. ``topic``: of a visit, none of a case's booking; ``opens_ms`` and ``closes_ms``: the
    time in which its ticket is issued. ``version`` goes with each change of it.
    """

    booking_id: str
    number: str
    hall: HallPlace
    kind: BookingKind
    slot_start_ms: int
    slot_end_ms: int
    opens_ms: int
    closes_ms: int
    case_id: str | None
    topic_id: str | None
    topic: Bilingual | None
    state: BookingState
    made_at_ms: int
    changed_at_ms: int | None
    ended_at_ms: int | None
    version: int
    actions: tuple[BookingAction, ...]
    at_ms: int


@dataclass(frozen=True, slots=True)
class BookingPage:
    """A page of bookings, the latest slot first; ``next_cursor`` asks for the next one."""

    bookings: tuple[BookingView, ...]
    next_cursor: str | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class LineSetup:
    """A line as admins see it. ``open``: it takes tickets; ``weight``: its share where the hall calls by
    weight.
    """

    line_id: str
    kind: LineKind
    letter: str
    name: Bilingual
    about: Bilingual
    open: bool
    weight: int


@dataclass(frozen=True, slots=True)
class HallSetup:
    """Everything that is set up of a hall; ``days``: its own; ``version`` goes with each change."""

    hall: HallPlace
    call_order: CallOrder
    lines: tuple[LineSetup, ...]
    rules: HallRules
    days: tuple[SpecialDay, ...]
    version: int
    at_ms: int
