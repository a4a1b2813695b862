"""A taxpayer books a visit in person, changes and cancels it, and looks at all bookings (S10, S11, S18)."""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit
from cases.access import Taxpayer
from cases.audit import Actor
from cases.booking import bookings, places
from cases.booking.bookings import Booking, NewBooking
from cases.booking.captchas import CaptchaAnswer, Captchas, spend
from cases.booking.errors import BookingOfCase, BookingOver, TopicNotOffered
from cases.booking.halls import hall_place
from cases.booking.hours import BookingKind
from cases.booking.invitation import invitation
from cases.booking.places import Hold, Place
from cases.booking.policy import BookingPolicy
from cases.booking.reminders import follow_visit
from cases.booking.showing import booking_view, noted, told
from cases.booking.views import BookingPage, BookingView, HoldView
from cases.clock import Clock
from cases.database import Database
from cases.outbox import messages
from cases.outbox.messages import NotificationKind
from cases.paging import Cursor
from cases.problems import Language
from cases.requests import Request, first_time
from cases.sealing import new_id
from cases.views.names import Bilingual


class Topics(Protocol):
    """The business that a visit can be for."""

    def topic_name(self, topic_id: str) -> Bilingual | None:
        """Its name; none for one that is not there (any more)."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What somebody wants to come for, where and when."""

    hall_id: str
    topic_id: str
    slot_start_ms: int

    @property
    def place(self) -> Place:
        return Place(self.hall_id, BookingKind.ONSITE, self.slot_start_ms)


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a visit of that version is to be moved to."""

    hall_id: str
    slot_start_ms: int
    version: int

    @property
    def place(self) -> Place:
        return Place(self.hall_id, BookingKind.ONSITE, self.slot_start_ms)


class Visits:
    """The use cases. Every method raises RecordsUnavailable; those that take a booking's id BookingUnknown,
    also for somebody else's.
    """

    def __init__(
        self, database: Database, clock: Clock, captchas: Captchas, topics: Topics, policy: BookingPolicy
    ) -> None:
        self._database = database
        self._clock = clock
        self._captchas = captchas
        self._topics = topics
        self._policy = policy

    async def hold(self, taxpayer: Taxpayer, place: Place, *, changing: str | None = None) -> HoldView:
        """Keep a place while the captcha is typed; the hold before it is given up.

        ``changing``: the booking that is to be moved there. Raises HallUnknown, SlotNotOffered, SlotFull,
        TooManyBookings, BookingOver.
        """
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            held = await bookings.hold(
                connection, taxpayer.taxpayer_id, place, self._policy, now_ms, changing=changing
            )
        return _hold_view(held, now_ms)

    async def release(self, taxpayer: Taxpayer) -> None:
        """Give up the hold; safe to repeat."""
        async with self._database.writing() as connection:
            await places.release(connection, taxpayer.taxpayer_id)

    async def book(
        self, taxpayer: Taxpayer, by: Actor, request: Request, visit: Visit, captcha: CaptchaAnswer
    ) -> BookingView:
        """Book a visit; the same request again answers with the same booking.

        Raises CaptchaWrong, CaptchaExpired, HallUnknown, SlotNotOffered, SlotFull, TooManyBookings,
        TopicNotOffered, VisitBooked, RequestReused.
        """
        if self._topics.topic_name(visit.topic_id) is None:
            raise TopicNotOffered("no such topic")
        await self._captchas.admit(taxpayer, request, captcha)
        booking_id, now_ms = new_id(), self._clock.now_ms()
        async with self._database.writing() as connection:
            made = await first_time(connection, request, booking_id, now_ms)
            if made is None:
                await spend(connection, taxpayer.taxpayer_id, captcha.captcha_id, now_ms)
                new = NewBooking(booking_id, taxpayer.taxpayer_id, visit.place, topic_id=visit.topic_id)
                booking = await bookings.book(connection, new, self._policy, now_ms)
                await self._follow(connection, by, booking, NotificationKind.BOOKING_MADE, now_ms)
        return await self.one(taxpayer, made or booking_id)

    async def change(
        self,
        taxpayer: Taxpayer,
        by: Actor,
        request: Request,
        booking_id: str,
        moved: Moved,
        captcha: CaptchaAnswer,
    ) -> BookingView:
        """Move a visit to another slot, maybe in another hall; where that cannot be, it stays as it was.

        Raises CaptchaWrong, CaptchaExpired, HallUnknown, SlotNotOffered, SlotFull, BookingOfCase,
        BookingOver, BookingChanged, VisitBooked, RequestReused.
        """
        # Whose it is comes before what was typed: somebody else's is not there, whatever the answer.
        async with self._database.reading() as connection:
            await self._own_visit(connection, taxpayer, booking_id)
        await self._captchas.admit(taxpayer, request, captcha)
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            known = await self._own_visit(connection, taxpayer, booking_id)
            if await first_time(connection, request, booking_id, now_ms) is None:
                await spend(connection, taxpayer.taxpayer_id, captcha.captcha_id, now_ms)
                booking = await bookings.change(
                    connection, known, moved.place, self._policy, now_ms, version=moved.version
                )
                if booking.version != known.version:
                    await self._follow(connection, by, booking, NotificationKind.BOOKING_CHANGED, now_ms)
        return await self.one(taxpayer, booking_id)

    async def cancel(self, taxpayer: Taxpayer, by: Actor, booking_id: str) -> BookingView:
        """Cancel a visit; its place is free at once. Safe to repeat. Raises BookingOfCase, BookingOver."""
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            known = await self._own_visit(connection, taxpayer, booking_id)
            if now_ms >= known.slot_start_ms:
                raise BookingOver("the slot has begun")
            booking = await bookings.cancel(connection, known, now_ms)
            if booking.version != known.version:
                await self._follow(connection, by, booking, NotificationKind.BOOKING_CANCELLED, now_ms)
        return await self.one(taxpayer, booking_id)

    async def one(self, taxpayer: Taxpayer, booking_id: str) -> BookingView:
        """A booking of the taxpayer's, of a visit or of a case."""
        async with self._database.reading() as connection:
            booking = await bookings.one(connection, booking_id, taxpayer.taxpayer_id)
            return await self._view(connection, booking)

    async def page(self, taxpayer: Taxpayer, *, cursor: str | None, limit: int) -> BookingPage:
        """The taxpayer's bookings, the latest slot first. Raises CursorUnknown."""
        before = Cursor.parse(cursor)
        async with self._database.reading() as connection:
            found = await bookings.of_taxpayer(
                connection, taxpayer.taxpayer_id, before=before, limit=limit + 1
            )
            shown = tuple([await self._view(connection, booking) for booking in found[:limit]])
        last = found[limit - 1] if len(found) > limit else None
        next_cursor = None if last is None else str(Cursor(last.slot_start_ms, last.booking_id))
        return BookingPage(shown, next_cursor, self._clock.now_ms())

    async def calendar_file(
        self, taxpayer: Taxpayer, booking_id: str, language: Language
    ) -> tuple[BookingView, bytes]:
        """The booking, and its file for the taxpayer's own calendar."""
        booking = await self.one(taxpayer, booking_id)
        return booking, invitation(
            booking, alarm_ms=self._policy.window_ms + self._policy.reminder_ms, language=language
        )

    async def _own_visit(self, connection: AsyncConnection, taxpayer: Taxpayer, booking_id: str) -> Booking:
        known = await bookings.one(connection, booking_id, taxpayer.taxpayer_id)
        if known.case_id is not None:
            raise BookingOfCase("changed with its case")
        return known

    async def _follow(
        self, connection: AsyncConnection, by: Actor, booking: Booking, kind: NotificationKind, now_ms: int
    ) -> None:
        """What follows from a change of a visit, in its transaction."""
        await audit.append(
            connection, by, f"booking.{booking.state}", "booking", booking.booking_id, noted(booking), now_ms
        )
        await messages.put(connection, told(booking, kind), now_ms)
        await follow_visit(connection, booking, self._policy, now_ms)

    async def _view(self, connection: AsyncConnection, booking: Booking) -> BookingView:
        topic = None if booking.topic_id is None else self._topics.topic_name(booking.topic_id)
        hall = await hall_place(connection, booking.hall_id)
        return booking_view(booking, hall, topic, self._policy, self._clock.now_ms())


def _hold_view(held: Hold, now_ms: int) -> HoldView:
    return HoldView(held.hall_id, held.kind, held.slot_start_ms, held.slot_end_ms, held.held_until_ms, now_ms)
