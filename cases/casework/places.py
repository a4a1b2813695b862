"""What casework asks of booking: a place in a slot, in the same transaction as the case's own change."""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.access import Taxpayer
from cases.requests import Request
from cases.stages.states import Slot


@dataclass(frozen=True, slots=True)
class WantedPlace:
    """The held place that is to be booked, and what was typed for the captcha."""

    hall_id: str
    slot_start_ms: int
    captcha_id: str
    captcha_answer: str


class Places(Protocol):
    """Bookings of cases. Every method raises what booking refuses, and then nothing of it happened."""

    async def admit(self, taxpayer: Taxpayer, request: Request, wanted: WantedPlace) -> None:
        """Look at the captcha; before the transaction of the others, since a wrong answer counts. The same
        request again is admitted by the same answer.
        """

    async def book(
        self, connection: AsyncConnection, taxpayer_id: str, case_id: str, wanted: WantedPlace, now_ms: int
    ) -> Slot:
        """Make the held place the case's booking."""

    async def change(
        self, connection: AsyncConnection, taxpayer_id: str, booking_id: str, wanted: WantedPlace, now_ms: int
    ) -> Slot:
        """Another place for the same booking."""

    async def cancel(self, connection: AsyncConnection, booking_id: str, now_ms: int) -> None:
        """The place is free again; safe to repeat."""

    async def use(self, connection: AsyncConnection, booking_id: str, now_ms: int) -> None:
        """The ticket of the booking is issued; safe to repeat."""

    async def miss(self, connection: AsyncConnection, booking_id: str, now_ms: int) -> None:
        """The issue window passed without a ticket; safe to repeat."""


class WorkingTime(Protocol):
    """The calendar of a hall, as far as promises go by it."""

    async def after_days(self, connection: AsyncConnection, hall_id: str, days: int, now_ms: int) -> int:
        """The end of the working time of the hall on the working day that is so many after this one."""


class HallOfRegion(Protocol):
    """Which hall serves a region."""

    async def hall_of(self, connection: AsyncConnection, region_code: str) -> str:
        """The hall's id. Raises LineUnknown where none does."""
