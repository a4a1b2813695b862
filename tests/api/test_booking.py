"""Booking over HTTP: from the hall to the calendar file (S9, S10, S11, S18)."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select

from cases import schema
from cases.booking.bookings import BookingState
from cases.booking.views import BookingPage as Bookings
from cases.booking.views import BookingView, HallsView, Released
from tests.booking_pages import ADDRESS, TOPIC, BookingPage, left_in, today
from tests.clients import code_of, eventually
from tests.product import CHEN, HALL, HUANG, House, OpenHouse

pytestmark = pytest.mark.both_records


@pytest.fixture
async def chen(house: House) -> BookingPage:
    client, _ = await house.taxpayer(CHEN)
    return BookingPage(house, client)


@pytest.fixture
async def huang(house: House) -> BookingPage:
    client, _ = await house.taxpayer(HUANG)
    return BookingPage(house, client)


@pytest.fixture
async def fast_house(open_house: OpenHouse) -> AsyncIterator[House]:
    """Three captchas a person."""
    async with open_house(captcha_per_person=3) as opened:
        yield opened


async def told(house: House) -> list[Any]:
    """What taxpayers were told, in order."""
    outbox = schema.outbox
    async with house.product.database.reading() as connection:
        return list(await connection.execute(select(outbox).order_by(outbox.c.made_at_ms)))


@pytest.mark.feature("S11")
@pytest.mark.parametrize(
    ("query", "found"),
    [("", [HALL]), ("?region=440402", [HALL]), ("?region=440402104", [HALL]), ("?region=440403", [])],
)
async def test_the_halls_of_a_region(chen: BookingPage, query: str, found: list[str]) -> None:
    halls = (await chen.client.ask("GET", f"{ADDRESS}/halls{query}")).as_(HallsView).halls
    assert [hall.hall_id for hall in halls] == found
    assert all(hall.address.zh and hall.phone for hall in halls)


@pytest.mark.feature("S9", "S11")
@pytest.mark.parametrize(("kind", "places"), [("onsite", 8), ("assist", 2)])
async def test_days_and_slots_tell_the_places_left(chen: BookingPage, kind: str, places: int) -> None:
    days = await chen.days(kind)
    working = [day for day in days if day.is_working]
    assert 10 <= len(working) < len(days) == 30
    for day in working:
        assert day.left == day.places == places * 14
    slots = await chen.slots(working[0].day, kind)
    assert {(slot.left, slot.places) for slot in slots} == {(places, places)}
    assert len(slots) == 14


@pytest.mark.feature("S11")
async def test_no_slots_where_nothing_can_be_booked(chen: BookingPage) -> None:
    for away in (-3, 31, 10_000):
        assert await chen.slots(today(chen.house) + timedelta(days=away)) == ()
    far = f"kind=onsite&first={today(chen.house) + timedelta(days=10_000)}&last=2199-12-31"
    answer = await chen.client.ask("GET", f"{ADDRESS}/halls/{HALL}/days?{far}")
    assert answer.status == 200
    assert b'"days":[]' in answer.body


@pytest.mark.feature("S9")
async def test_a_held_place_is_left_to_its_holder_alone(chen: BookingPage, huang: BookingPage) -> None:
    slot = (await chen.first_slots("assist"))[0]
    held = await chen.held(slot, kind="assist")
    assert held.slot_end_ms == slot.end_ms
    assert held.held_until_ms - held.at_ms == 300_000
    assert (await left_in(chen, slot, "assist"), await left_in(huang, slot, "assist")) == (2, 1)
    released = await chen.client.ask("DELETE", f"{ADDRESS}/hold")
    assert released.as_(Released) == Released()
    assert (await chen.client.ask("DELETE", f"{ADDRESS}/hold")).status == 200
    assert await left_in(huang, slot, "assist") == 2


@pytest.mark.feature("S9")
@pytest.mark.parametrize(
    ("kind", "media_type", "begins"), [("image", "image/png", b"\x89PNG"), ("audio", "audio/wav", b"RIFF")]
)
async def test_a_captcha_is_seen_or_heard(
    chen: BookingPage, kind: str, media_type: str, begins: bytes
) -> None:
    captcha = await chen.captcha(kind)
    assert (captcha.kind, captcha.media_type) == (kind, media_type)
    assert base64.b64decode(captcha.content).startswith(begins)
    assert captcha.expires_at_ms - captcha.at_ms == 180_000


@pytest.mark.feature("S10", "S11")
async def test_a_visit_is_booked_shown_and_told(chen: BookingPage, huang: BookingPage) -> None:
    slot = (await chen.first_slots())[0]
    await chen.hold(slot)
    answer = await chen.book(slot)
    assert answer.status == 201
    booking = answer.as_(BookingView)
    assert (booking.slot_start_ms, booking.topic_id, booking.state) == (slot.start_ms, TOPIC, "booked")
    assert booking.topic is not None
    assert booking.hall.phone
    assert list(booking.actions) == ["change", "cancel"]
    assert (booking.opens_ms, booking.closes_ms) == (slot.start_ms - 1_800_000, slot.end_ms)
    shown = (await chen.see(booking.booking_id)).as_(BookingView)
    assert shown.number == booking.number
    assert await left_in(huang, slot) == 7
    (row,) = await told(chen.house)
    assert (row.kind, row.params["number"]) == ("booking_made", booking.number)


@pytest.mark.feature("S11")
async def test_a_booking_sent_twice_is_one(chen: BookingPage) -> None:
    slot, other = (await chen.first_slots())[:2]
    captcha = await chen.solved()
    made = [(await chen.book(slot, key="k1", **captcha)).as_(BookingView) for _ in range(2)]
    assert made[0].booking_id == made[1].booking_id
    assert await left_in(chen, slot) == 7
    assert (await chen.book(other, key="k1", **captcha)).problem.code == "request_reused"
    assert (await chen.book(other, key="k2", **captcha)).problem.code == "captcha_expired"
    assert len(await told(chen.house)) == 1


@pytest.mark.feature("S11")
async def test_nobody_comes_twice_at_a_time_for_the_same(chen: BookingPage) -> None:
    slot, other = (await chen.first_slots())[:2]
    booking = await chen.booked(slot)
    assert (await chen.book(slot)).problem.code == "visit_booked"
    second = await chen.booked(other)
    assert (await chen.move(second, slot)).problem.code == "visit_booked"
    assert await left_in(chen, slot) == 7
    assert (await chen.cancel(booking)).status == 200
    assert (await chen.move(second, slot)).status == 200


@pytest.mark.feature("S11")
async def test_a_visit_is_moved_and_the_old_place_is_free(chen: BookingPage) -> None:
    first, second = (await chen.first_slots())[:2]
    booking = await chen.booked(first)
    await chen.held(second, booking_id=booking.booking_id)
    moved = (await chen.move(booking, second)).as_(BookingView)
    assert (moved.booking_id, moved.number, moved.slot_start_ms) == (
        booking.booking_id,
        booking.number,
        second.start_ms,
    )
    assert (await left_in(chen, first), await left_in(chen, second)) == (8, 7)
    # Over the version that the page has.
    assert (await chen.move(booking, first)).problem.code == "booking_changed"
    assert [row.kind for row in await told(chen.house)] == ["booking_made", "booking_changed"]


@pytest.mark.feature("S11", "S18")
async def test_a_visit_is_cancelled_and_its_place_is_free_at_once(chen: BookingPage) -> None:
    slot = (await chen.first_slots())[0]
    booking = await chen.booked(slot)
    for _ in range(2):
        cancelled = (await chen.cancel(booking)).as_(BookingView)
        assert (cancelled.state, list(cancelled.actions)) == (BookingState.CANCELLED, [])
    assert await left_in(chen, slot) == 8
    assert (await chen.move(booking, slot)).problem.code == "booking_over"
    assert [row.kind for row in await told(chen.house)] == ["booking_made", "booking_cancelled"]


@pytest.mark.feature("S11", "S18")
async def test_what_has_begun_is_not_changed_any_more(chen: BookingPage) -> None:
    slots = await chen.first_slots()
    booking = await chen.booked(slots[0])
    chen.house.clock.ahead_ms += slots[0].start_ms - chen.house.clock.now_ms()
    await chen.client.sign_in(CHEN)
    assert (await chen.cancel(booking)).problem.code == "booking_over"
    assert (await chen.move(booking, slots[-1])).problem.code == "booking_over"
    assert (await chen.see(booking.booking_id)).as_(BookingView).actions == ()


@pytest.mark.feature("S10")
async def test_the_taxpayer_is_reminded_before_the_window(chen: BookingPage) -> None:
    slot = (await chen.first_slots())[0]
    await chen.booked(slot)
    chen.house.clock.ahead_ms += slot.start_ms - 3_600_000 - chen.house.clock.now_ms()
    rows = await eventually(lambda: told(chen.house), lambda found: len(found) == 2)
    assert [row.kind for row in rows] == ["booking_made", "booking_reminder"]


@pytest.mark.feature("S10", "S11")
async def test_bookings_come_in_pages_the_latest_slot_first(chen: BookingPage) -> None:
    slots = (await chen.first_slots())[:3]
    made = [(await chen.booked(slot)).booking_id for slot in slots]
    assert (await chen.book((await chen.first_slots())[3])).problem.code == "too_many_bookings"
    first = (await chen.client.ask("GET", f"{ADDRESS}/bookings?limit=2")).as_(Bookings)
    assert [one.booking_id for one in first.bookings] == [made[2], made[1]]
    rest = await chen.client.ask("GET", f"{ADDRESS}/bookings?limit=2&cursor={first.next_cursor}")
    last = rest.as_(Bookings)
    assert ([one.booking_id for one in last.bookings], last.next_cursor) == ([made[0]], None)


@pytest.mark.feature("S10")
async def test_a_booking_is_saved_in_a_calendar(chen: BookingPage) -> None:
    slot = (await chen.first_slots())[0]
    booking = await chen.booked(slot)
    for language, title in (("zh-CN", "到厅办税"), ("en", "Visit to the tax hall")):
        saved = await chen.see(booking.booking_id, "/calendar", language)
        assert saved.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert booking.number in saved.headers["Content-Disposition"]
        (event,) = Calendar.from_ical(saved.body).walk("VEVENT")
        assert str(event["SUMMARY"]).startswith(title)
        assert event.decoded("DTSTART").timestamp() * 1000 == slot.start_ms


@pytest.mark.feature("S11", "S18")
async def test_somebody_elses_booking_is_not_there(chen: BookingPage, huang: BookingPage) -> None:
    slot = (await chen.first_slots())[0]
    booking = await chen.booked(slot)
    for answer in (
        await huang.see(booking.booking_id),
        await huang.see(booking.booking_id, "/calendar"),
        await huang.move(booking, slot),
        await huang.cancel(booking),
        await huang.hold(slot, booking_id=booking.booking_id),
    ):
        assert answer.problem.code == "booking_unknown"
        assert answer.status == 404
    assert (await chen.see(booking.booking_id)).as_(BookingView).state == "booked"


@pytest.mark.feature("S9", "S11")
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"captcha_answer": "11111"}, "captcha_wrong"),
        ({"captcha_id": "nobodys", "captcha_answer": "23456"}, "captcha_expired"),
        ({"topic_id": "T999"}, "topic_not_offered"),
        ({"hall_id": "nowhere"}, "hall_unknown"),
        ({"slot_start_ms": 1}, "slot_not_offered"),
    ],
)
async def test_a_booking_is_refused(chen: BookingPage, wrong: dict[str, Any], code: str) -> None:
    slot = (await chen.first_slots())[0]
    answer = await chen.book(slot, **{**await chen.solved(), **wrong})
    assert answer.problem.code == code
    assert await left_in(chen, slot) == 8
    assert await told(chen.house) == []


@pytest.mark.feature("S9")
async def test_another_persons_captcha_is_worth_nothing(chen: BookingPage, huang: BookingPage) -> None:
    slot = (await chen.first_slots())[0]
    assert (await huang.book(slot, **await chen.solved())).problem.code == "captcha_expired"


@pytest.mark.feature("S9")
async def test_captchas_are_counted(fast_house: House) -> None:
    client, _ = await fast_house.taxpayer(CHEN)
    page = BookingPage(fast_house, client)
    for _ in range(3):
        await page.captcha()
    answer = await client.ask("POST", f"{ADDRESS}/captchas", {"captcha_kind": "audio"})
    assert answer.problem.code == "too_many_guesses"
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert await code_of(page.captcha()) == "too_many_guesses"


@pytest.mark.feature("S9")
async def test_a_captcha_is_over_after_three_minutes(chen: BookingPage) -> None:
    slot = (await chen.first_slots())[0]
    captcha = await chen.solved()
    chen.house.clock.ahead_ms += 180_000
    assert (await chen.book(slot, **captcha)).problem.code == "captcha_expired"


@pytest.mark.feature("S9")
async def test_a_hold_lapses_by_the_clock(chen: BookingPage, huang: BookingPage) -> None:
    slot = (await chen.first_slots("assist"))[0]
    await chen.held(slot, kind="assist")
    assert await left_in(huang, slot, "assist") == 1
    chen.house.clock.ahead_ms += 300_000
    assert await left_in(huang, slot, "assist") == 2
