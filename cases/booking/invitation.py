"""A booking as a file for the taxpayer's own calendar (iCalendar, RFC 5545). Pure but for the libraries' time
zones.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cases.booking.bookings import BookingState
from cases.booking.hours import BookingKind
from cases.booking.views import BookingView
from cases.problems import Language
from cases.views.names import Bilingual

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
PRODUCT: Final = "-//Shuitong//Booking//ZH"

TITLES: Final = {
    BookingKind.ASSIST: Bilingual("在线帮办", "Online assistance"),
    BookingKind.ONSITE: Bilingual("到厅办税", "Visit to the tax hall"),
}
WHAT_TO_DO: Final = {
    BookingKind.ASSIST: Bilingual(
        "请在{opens}至{closes}打开税通，点“出票”，等候工作人员视频连线。",
        "Open Shuitong between {opens} and {closes}, take your ticket, and wait for the video call.",
    ),
    BookingKind.ONSITE: Bilingual(
        "请在{opens}至{closes}到厅取号，带上有效证件和办事资料。",
        "Come to the hall and take a ticket between {opens} and {closes}, with your certificate and papers.",
    ),
}
NUMBER: Final = Bilingual("预约号：{number}", "Booking number: {number}")
HALL_PHONE: Final = Bilingual("电话：{phone}", "Telephone: {phone}")
CANCELLED: Final = Bilingual("（已取消）", " (cancelled)")


def _said(text: Bilingual, language: Language, **parts: str) -> str:
    return (text.en if language is Language.EN else text.zh).format(**parts)


def file_name(booking: BookingView) -> str:
    """What the file is saved as."""
    return f"shuitong-{booking.number}.ics"


def invitation(booking: BookingView, *, alarm_ms: int, language: Language) -> bytes:
    """The file of a booking as it is now. Its UID stays and its SEQUENCE goes up with each change, so that a
    calendar that has it changes its entry; that of a cancelled booking takes the entry away.

    ``alarm_ms``: how long before the slot the calendar reminds of it.
    """
    # A sixth of a second, needed by few.
    from icalendar import Alarm, Calendar, Event
    from icalendar.enums import STATUS

    zone = ZoneInfo(booking.hall.time_zone)
    uid = f"{booking.booking_id}@shuitong"
    is_cancelled = booking.state is BookingState.CANCELLED
    calendar = Calendar.new(prodid=PRODUCT, uid=uid, method="CANCEL" if is_cancelled else "PUBLISH")
    event = Event.new(
        uid=uid,
        stamp=_changed_at(booking),
        start=_local(booking.slot_start_ms, zone),
        end=_local(booking.slot_end_ms, zone),
        summary=_summary(booking, language),
        description=_description(booking, zone, language),
        location=_location(booking, language),
        sequence=booking.version,
        status=STATUS.CANCELLED if is_cancelled else STATUS.CONFIRMED,
    )
    if not is_cancelled:
        event.add_component(
            Alarm.new_display(
                trigger=-timedelta(milliseconds=alarm_ms), description=_summary(booking, language)
            )
        )
    calendar.add_component(event)
    calendar.add_missing_timezones()
    content: bytes = calendar.to_ical()
    return content


def _changed_at(booking: BookingView) -> datetime:
    latest_ms = max(booking.made_at_ms, booking.changed_at_ms or 0, booking.ended_at_ms or 0)
    return datetime.fromtimestamp(latest_ms / 1000, UTC).replace(microsecond=0)


def _local(time_ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, zone)


def _summary(booking: BookingView, language: Language) -> str:
    about = "" if booking.topic is None else f" {_said(booking.topic, language)}"
    ended = _said(CANCELLED, language) if booking.state is BookingState.CANCELLED else ""
    return f"{_said(TITLES[booking.kind], language)}{about}{ended}"


def _description(booking: BookingView, zone: ZoneInfo, language: Language) -> str:
    opens, closes = (f"{_local(at_ms, zone):%H:%M}" for at_ms in (booking.opens_ms, booking.closes_ms))
    lines = [
        _said(NUMBER, language, number=booking.number),
        _said(WHAT_TO_DO[booking.kind], language, opens=opens, closes=closes),
        _said(booking.hall.notes, language) if booking.kind is BookingKind.ONSITE else "",
        _said(HALL_PHONE, language, phone=booking.hall.phone) if booking.hall.phone else "",
    ]
    return "\n".join(line for line in lines if line)


def _location(booking: BookingView, language: Language) -> str:
    hall = booking.hall
    separator = ", " if language is Language.EN else "，"
    return separator.join(
        part for part in (_said(hall.name, language), _said(hall.address, language)) if part
    )
