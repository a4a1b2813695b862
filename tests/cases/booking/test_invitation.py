"""The calendar file of a booking (S11)."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Component

from cases.booking.bookings import BookingState
from cases.booking.hours import BookingKind
from cases.booking.invitation import file_name, invitation
from cases.booking.views import BookingView, HallPlace
from cases.problems import Language
from cases.views.names import Bilingual

START_MS = int(datetime(2026, 11, 24, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp() * 1000)
HALL = HallPlace(
    "xiangzhou",
    Bilingual("香洲区税务局办税服务厅", "Xiangzhou District Tax Service Hall"),
    Bilingual("珠海市 香洲区", "Xiangzhou, Zhuhai"),
    ("440402",),
    Bilingual("珠海市香洲区某路1号", "1 Some Road, Xiangzhou, Zhuhai"),
    "0756-0000000",
    Bilingual("可停车；十二点至两点午休。", "Parking; closed from 12 to 2."),
    "Asia/Shanghai",
)
VISIT = BookingView(
    "b1",
    "83061127",
    HALL,
    BookingKind.ONSITE,
    START_MS,
    START_MS + 1_800_000,
    START_MS - 1_800_000,
    START_MS + 1_800_000,
    None,
    "T24",
    Bilingual("车船税退抵税", "Vehicle and vessel tax refund"),
    BookingState.BOOKED,
    START_MS - 90_000_000,
    None,
    None,
    0,
    (),
    START_MS,
)


def read(booking: BookingView, language: Language = Language.ZH) -> tuple[Component, Component]:
    """The whole file and its one event."""
    content = invitation(booking, alarm_ms=3_600_000, language=language)
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    whole = Calendar.from_ical(content)
    (event,) = whole.walk("VEVENT")
    return whole, event


@pytest.mark.feature("S11")
def test_a_visit_in_chinese() -> None:
    whole, event = read(VISIT)
    assert whole["METHOD"] == "PUBLISH"
    assert event["SUMMARY"] == "到厅办税 车船税退抵税"
    assert event["LOCATION"] == "香洲区税务局办税服务厅，珠海市香洲区某路1号"
    assert event["DESCRIPTION"] == (
        "预约号：83061127\n请在09:00至10:00到厅取号，带上有效证件和办事资料。\n可停车；十二点至两点午休。\n"
        "电话：0756-0000000"
    )
    assert event["STATUS"] == "CONFIRMED"
    start = event.decoded("DTSTART")
    assert (start.hour, start.minute, start.utcoffset()) == (9, 30, timedelta(hours=8))
    assert event.decoded("DTEND") - start == timedelta(minutes=30)
    (alarm,) = event.walk("VALARM")
    assert alarm.decoded("TRIGGER") == timedelta(hours=-1)
    assert whole.walk("VTIMEZONE")
    assert file_name(VISIT) == "shuitong-83061127.ics"


def test_a_call_in_english() -> None:
    _, event = read(replace(VISIT, kind=BookingKind.ASSIST, topic=None), Language.EN)
    assert event["SUMMARY"] == "Online assistance"
    assert event["LOCATION"] == "Xiangzhou District Tax Service Hall, 1 Some Road, Xiangzhou, Zhuhai"
    assert event["DESCRIPTION"] == (
        "Booking number: 83061127\nOpen Shuitong between 09:00 and 10:00, take your ticket, and wait for the "
        "video call.\nTelephone: 0756-0000000"
    )


def test_a_change_is_the_same_entry_later() -> None:
    _, before = read(VISIT)
    moved = replace(
        VISIT,
        slot_start_ms=START_MS + 1_800_000,
        slot_end_ms=START_MS + 3_600_000,
        changed_at_ms=START_MS - 80_000_000,
        version=1,
    )
    _, after = read(moved)
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after.decoded("DTSTAMP") > before.decoded("DTSTAMP")
    assert after.decoded("DTSTART") - before.decoded("DTSTART") == timedelta(minutes=30)


def test_a_cancelled_one_takes_the_entry_away() -> None:
    whole, event = read(
        replace(VISIT, state=BookingState.CANCELLED, ended_at_ms=START_MS - 70_000_000, version=1)
    )
    assert (whole["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)
    assert event["SUMMARY"] == "到厅办税 车船税退抵税（已取消）"
    assert event.walk("VALARM") == []


def test_the_file_of_an_unchanged_booking_is_the_same() -> None:
    assert invitation(VISIT, alarm_ms=1, language=Language.ZH) == invitation(
        replace(VISIT, at_ms=VISIT.at_ms + 5), alarm_ms=1, language=Language.ZH
    )
