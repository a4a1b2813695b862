"""A taxpayer books: halls, their days and slots, a captcha, a held place, visits, the calendar file (S9, S10,
S11, S18).

The booking of a case is made with the case (``api.routes.business``), by the same hold and captcha.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, model_validator

from api.answers import Answer, Download, Handler
from api.bodies import Body, PageQuery
from api.endpoints import Audience, Binary, Endpoint
from api.requests import Asked
from cases.booking.availability import Availability
from cases.booking.captcha_media import CaptchaKind
from cases.booking.captchas import CaptchaAnswer, Captchas
from cases.booking.hours import BookingKind
from cases.booking.invitation import MEDIA_TYPE, file_name
from cases.booking.places import Place
from cases.booking.views import (
    BookingPage,
    BookingView,
    CaptchaView,
    DaysView,
    HallsView,
    HoldView,
    Released,
    SlotsView,
)
from cases.booking.visits import Moved, Visit, Visits
from cases.identifiers import Day, Identifier, Written

Time = Annotated[int, Field(ge=0, le=2**53)]
Answered = Annotated[Written, Field(min_length=1, max_length=20)]


class HallsQuery(Body):
    """``region``: the code of a city, district or town; none: every hall."""

    region: Annotated[str, Field(pattern=r"^[0-9]{2,12}$")] | None = None


class DaysQuery(Body):
    """The days from ``first`` to ``last``, both shown."""

    kind: BookingKind
    first: Day
    last: Day

    @model_validator(mode="after")
    def _fits(self) -> "DaysQuery":
        if self.last < self.first:
            raise ValueError("the last day comes before the first one")
        return self


class SlotsQuery(Body):
    kind: BookingKind
    day: Day


class CaptchaRequest(Body):
    """To be seen, or to be heard."""

    captcha_kind: CaptchaKind


class WantedHold(Body):
    """``booking_id``: the visit that is to be moved there."""

    hall_id: Identifier
    kind: BookingKind
    slot_start_ms: Time
    booking_id: Identifier | None = None


class NewVisit(Body):
    """A visit for one business, and what was typed for the captcha."""

    hall_id: Identifier
    topic_id: Annotated[Identifier, Field(max_length=16)]
    slot_start_ms: Time
    captcha_id: Identifier
    captcha_answer: Answered


class MovedVisit(Body):
    """Another slot for the visit of that version."""

    hall_id: Identifier
    slot_start_ms: Time
    version: Annotated[int, Field(ge=0, le=2**31 - 1)]
    captcha_id: Identifier
    captcha_answer: Answered


class BookingsQuery(PageQuery):
    cursor: Annotated[str, Field(pattern=r"^[0-9]{1,15}\.[0-9A-Za-z_-]{1,64}$")] | None = None


_HALL = "/api/v1/taxpayer/halls/{hall_id}"
_BOOKING = "/api/v1/taxpayer/bookings/{booking_id}"

LIST_HALLS = Endpoint(
    "listHalls",
    "GET",
    "/api/v1/taxpayer/halls",
    "The halls that serve a region, or all of them (S11)",
    Audience.TAXPAYER,
    HallsView,
    query=HallsQuery,
)
LIST_DAYS = Endpoint(
    "listDays",
    "GET",
    f"{_HALL}/days",
    "Days of a hall with hours, holidays and places left (S9, S11)",
    Audience.TAXPAYER,
    DaysView,
    query=DaysQuery,
)
LIST_SLOTS = Endpoint(
    "listSlots",
    "GET",
    f"{_HALL}/slots",
    "The slots of a day with the places left (S9, S11)",
    Audience.TAXPAYER,
    SlotsView,
    query=SlotsQuery,
)
MAKE_CAPTCHA = Endpoint(
    "makeCaptcha",
    "POST",
    "/api/v1/taxpayer/captchas",
    "A captcha, to be seen or heard; sent again it is another one (S9)",
    Audience.TAXPAYER,
    CaptchaView,
    body=CaptchaRequest,
    status=201,
)
HOLD_PLACE = Endpoint(
    "holdPlace",
    "PUT",
    "/api/v1/taxpayer/hold",
    "Keep a place while the captcha is typed; the one before is given up (S9, S11)",
    Audience.TAXPAYER,
    HoldView,
    body=WantedHold,
)
RELEASE_PLACE = Endpoint(
    "releasePlace", "DELETE", "/api/v1/taxpayer/hold", "Give the kept place up", Audience.TAXPAYER, Released
)
BOOK_VISIT = Endpoint(
    "bookVisit",
    "POST",
    "/api/v1/taxpayer/bookings",
    "预约办税: book a visit in person (S11)",
    Audience.TAXPAYER,
    BookingView,
    body=NewVisit,
    status=201,
    makes=True,
)
LIST_BOOKINGS = Endpoint(
    "listBookings",
    "GET",
    "/api/v1/taxpayer/bookings",
    "The taxpayer's bookings, of visits and of cases (S10, S11)",
    Audience.TAXPAYER,
    BookingPage,
    query=BookingsQuery,
)
SEE_BOOKING = Endpoint(
    "seeBooking", "GET", _BOOKING, "One booking (S10, S11)", Audience.TAXPAYER, BookingView
)
MOVE_VISIT = Endpoint(
    "moveVisit",
    "PUT",
    f"{_BOOKING}/slot",
    "Another slot, maybe in another hall, for a visit (S11)",
    Audience.TAXPAYER,
    BookingView,
    body=MovedVisit,
    makes=True,
)
CANCEL_VISIT = Endpoint(
    "cancelVisit", "DELETE", _BOOKING, "Cancel a visit (S11, S18)", Audience.TAXPAYER, BookingView
)
SAVE_BOOKING = Endpoint(
    "saveBooking",
    "GET",
    f"{_BOOKING}/calendar",
    "The booking as a file for a calendar, RFC 5545 (S10)",
    Audience.TAXPAYER,
    Binary(("text/calendar",)),
)

ENDPOINTS = (
    LIST_HALLS,
    LIST_DAYS,
    LIST_SLOTS,
    MAKE_CAPTCHA,
    HOLD_PLACE,
    RELEASE_PLACE,
    BOOK_VISIT,
    LIST_BOOKINGS,
    SEE_BOOKING,
    MOVE_VISIT,
    CANCEL_VISIT,
    SAVE_BOOKING,
)


class BookingRoutes:
    def __init__(self, availability: Availability, captchas: Captchas, visits: Visits) -> None:
        self._availability = availability
        self._captchas = captchas
        self._visits = visits

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            LIST_HALLS: self._halls,
            LIST_DAYS: self._days,
            LIST_SLOTS: self._slots,
            MAKE_CAPTCHA: self._make_captcha,
            HOLD_PLACE: self._hold,
            RELEASE_PLACE: self._release,
            BOOK_VISIT: self._book,
            LIST_BOOKINGS: self._bookings,
            SEE_BOOKING: self._booking,
            MOVE_VISIT: self._move,
            CANCEL_VISIT: self._cancel,
            SAVE_BOOKING: self._save,
        }

    async def _halls(self, asked: Asked) -> Answer:
        return Answer(await self._availability.halls(asked.query_as(HallsQuery).region))

    async def _days(self, asked: Asked) -> Answer:
        query, reader_id = asked.query_as(DaysQuery), asked.taxpayer.taxpayer_id
        return Answer(
            await self._availability.days(
                asked.path["hall_id"], query.kind, query.first, query.last, reader_id=reader_id
            )
        )

    async def _slots(self, asked: Asked) -> Answer:
        query, reader_id = asked.query_as(SlotsQuery), asked.taxpayer.taxpayer_id
        return Answer(
            await self._availability.slots(asked.path["hall_id"], query.kind, query.day, reader_id=reader_id)
        )

    async def _make_captcha(self, asked: Asked) -> Answer:
        kind = asked.body_as(CaptchaRequest).captcha_kind
        return Answer(await self._captchas.make(asked.taxpayer, kind, asked.language, address=asked.address))

    async def _hold(self, asked: Asked) -> Answer:
        body = asked.body_as(WantedHold)
        place = Place(body.hall_id, body.kind, body.slot_start_ms)
        return Answer(await self._visits.hold(asked.taxpayer, place, changing=body.booking_id))

    async def _release(self, asked: Asked) -> Answer:
        await self._visits.release(asked.taxpayer)
        return Answer(Released())

    async def _book(self, asked: Asked) -> Answer:
        body = asked.body_as(NewVisit)
        visit = Visit(body.hall_id, body.topic_id, body.slot_start_ms)
        captcha = CaptchaAnswer(body.captcha_id, body.captcha_answer)
        return Answer(await self._visits.book(asked.taxpayer, asked.actor, asked.request, visit, captcha))

    async def _bookings(self, asked: Asked) -> Answer:
        query = asked.query_as(BookingsQuery)
        return Answer(await self._visits.page(asked.taxpayer, cursor=query.cursor, limit=query.limit))

    async def _booking(self, asked: Asked) -> Answer:
        return Answer(await self._visits.one(asked.taxpayer, asked.path["booking_id"]))

    async def _move(self, asked: Asked) -> Answer:
        body = asked.body_as(MovedVisit)
        moved = Moved(body.hall_id, body.slot_start_ms, body.version)
        captcha = CaptchaAnswer(body.captcha_id, body.captcha_answer)
        return Answer(
            await self._visits.change(
                asked.taxpayer, asked.actor, asked.request, asked.path["booking_id"], moved, captcha
            )
        )

    async def _cancel(self, asked: Asked) -> Answer:
        return Answer(await self._visits.cancel(asked.taxpayer, asked.actor, asked.path["booking_id"]))

    async def _save(self, asked: Asked) -> Answer:
        booking, content = await self._visits.calendar_file(
            asked.taxpayer, asked.path["booking_id"], asked.language
        )
        return Answer(Download(MEDIA_TYPE, content, len(content), file_name(booking)))
