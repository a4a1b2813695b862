"""Bookings of cases and the working time of halls, as casework asks for them."""

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.access import Taxpayer
from cases.booking import bookings
from cases.booking.bookings import Booking, BookingState, NewBooking
from cases.booking.calendar import working_days_after
from cases.booking.calendars import calendar_of
from cases.booking.captchas import CaptchaAnswer, Captchas, spend
from cases.booking.halls import halls_of
from cases.booking.hours import BookingKind
from cases.booking.places import Place
from cases.booking.policy import BookingPolicy, issue_window
from cases.casework.places import WantedPlace
from cases.clock import local_date
from cases.errors import LineUnknown
from cases.requests import Request
from cases.sealing import new_id
from cases.stages.states import Slot


def _place(wanted: WantedPlace) -> Place:
    return Place(wanted.hall_id, BookingKind.ASSIST, wanted.slot_start_ms)


class CasePlaces:
    """In the transaction of the case's own change, but for `admit`."""

    def __init__(self, captchas: Captchas, policy: BookingPolicy) -> None:
        self._captchas = captchas
        self._policy = policy

    async def admit(self, taxpayer: Taxpayer, request: Request, wanted: WantedPlace) -> None:
        """Look at the captcha, before that transaction. Raises CaptchaWrong, CaptchaExpired, RequestReused,
        RecordsUnavailable.
        """
        await self._captchas.admit(taxpayer, request, CaptchaAnswer(wanted.captcha_id, wanted.captcha_answer))

    async def book(
        self, connection: AsyncConnection, taxpayer_id: str, case_id: str, wanted: WantedPlace, now_ms: int
    ) -> Slot:
        """Make the place the case's booking. Raises CaptchaExpired, HallUnknown, SlotNotOffered, SlotFull,
        TooManyBookings, CaseHasBooking.
        """
        await spend(connection, taxpayer_id, wanted.captcha_id, now_ms)
        new = NewBooking(new_id(), taxpayer_id, _place(wanted), case_id=case_id)
        return self._slot(await bookings.book(connection, new, self._policy, now_ms))

    async def change(
        self, connection: AsyncConnection, taxpayer_id: str, booking_id: str, wanted: WantedPlace, now_ms: int
    ) -> Slot:
        """Another place for the same booking. Raises CaptchaExpired, HallUnknown, SlotNotOffered, SlotFull,
        BookingUnknown, BookingOver.
        """
        await spend(connection, taxpayer_id, wanted.captcha_id, now_ms)
        known = await bookings.one(connection, booking_id, taxpayer_id)
        return self._slot(
            await bookings.change(
                connection, known, _place(wanted), self._policy, now_ms, version=known.version
            )
        )

    async def cancel(self, connection: AsyncConnection, booking_id: str, now_ms: int) -> None:
        """The place is free again; one whose ticket was issued stays used. Safe to repeat."""
        await self._end(connection, booking_id, BookingState.CANCELLED, now_ms)

    async def use(self, connection: AsyncConnection, booking_id: str, now_ms: int) -> None:
        """The ticket of the booking is issued; safe to repeat."""
        await self._end(connection, booking_id, BookingState.USED, now_ms)

    async def miss(self, connection: AsyncConnection, booking_id: str, now_ms: int) -> None:
        """The issue window passed without a ticket; a ticket that was issued and given up leaves it used.
        Safe to repeat.
        """
        await self._end(connection, booking_id, BookingState.MISSED, now_ms)

    @staticmethod
    async def _end(connection: AsyncConnection, booking_id: str, state: BookingState, now_ms: int) -> None:
        known = await bookings.one(connection, booking_id)
        if known.state not in (state, BookingState.USED):
            await bookings.settle(connection, known, state, now_ms)

    def _slot(self, booking: Booking) -> Slot:
        opens_ms, closes_ms = issue_window(booking, self._policy)
        return Slot(booking.booking_id, booking.slot_start_ms, booking.slot_end_ms, opens_ms, closes_ms)


class HallTime:
    """The working time of halls, as far as promises go by it."""

    async def after_days(self, connection: AsyncConnection, hall_id: str, days: int, now_ms: int) -> int:
        """The end of the hall's working time on the working day that is so many after today's, in UTC
        milliseconds. Raises HallUnknown, CalendarEmpty.
        """
        calendar = await calendar_of(connection, hall_id)
        return working_days_after(calendar, local_date(now_ms, calendar.time_zone), days)


class HallsOfRegions:
    """Which hall serves a region."""

    async def hall_of(self, connection: AsyncConnection, region_code: str) -> str:
        """The nearest one; the first by id of several. Raises LineUnknown where none serves it."""
        serving = await halls_of(connection, region_code)
        if not serving:
            raise LineUnknown("no hall serves the region")
        return serving[0].hall_id
