"""What a taxpayer's booking page asks for, over HTTP."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from cases.booking.views import BookingView, CaptchaView, DaysView, DayView, HoldView, SlotsView
from cases.clock import local_date
from cases.views.names import SlotView
from tests.captchas import answer_of
from tests.clients import Answer, TaxpayerClient
from tests.product import HALL, House

TOPIC: Final = "T09"
ZONE: Final = "Asia/Shanghai"
ADDRESS: Final = "/api/v1/taxpayer"


def today(house: House) -> date:
    return local_date(house.clock.now_ms(), ZONE)


class BookingPage:
    """Of one taxpayer's browser."""

    def __init__(self, house: House, client: TaxpayerClient, hall_id: str = HALL) -> None:
        self.house = house
        self.client = client
        self.hall_id = hall_id

    async def days(self, kind: str = "onsite") -> Sequence[DayView]:
        """From tomorrow on, as far as can be booked."""
        first = today(self.house) + timedelta(days=1)
        query = f"kind={kind}&first={first}&last={first + timedelta(days=29)}"
        answer = await self.client.ask("GET", f"{ADDRESS}/halls/{self.hall_id}/days?{query}")
        return answer.as_(DaysView).days

    async def slots(self, day: date, kind: str = "onsite") -> Sequence[SlotView]:
        answer = await self.client.ask("GET", f"{ADDRESS}/halls/{self.hall_id}/slots?kind={kind}&day={day}")
        return answer.as_(SlotsView).slots

    async def first_slots(self, kind: str = "onsite") -> Sequence[SlotView]:
        """Of the first working day from tomorrow on."""
        day = next(one.day for one in await self.days(kind) if one.is_working and one.left)
        return await self.slots(day, kind)

    async def hold(self, slot: SlotView, **more: Any) -> Answer:
        body = {"hall_id": self.hall_id, "kind": "onsite", "slot_start_ms": slot.start_ms, **more}
        return await self.client.ask("PUT", f"{ADDRESS}/hold", body)

    async def held(self, slot: SlotView, **more: Any) -> HoldView:
        return (await self.hold(slot, **more)).as_(HoldView)

    async def captcha(self, kind: str = "image") -> CaptchaView:
        answer = await self.client.ask("POST", f"{ADDRESS}/captchas", {"captcha_kind": kind})
        return answer.as_(CaptchaView)

    async def solved(self) -> dict[str, str]:
        """The fields of a captcha with its answer."""
        captcha_id = (await self.captcha()).captcha_id
        product = self.house.product
        answer = await answer_of(product.database, product.sealer, captcha_id)
        return {"captcha_id": captcha_id, "captcha_answer": answer}

    async def book(self, slot: SlotView, *, key: str | None = None, **more: Any) -> Answer:
        """With a captcha of its own, unless one is given."""
        captcha = {} if "captcha_id" in more else await self.solved()
        body = {
            "hall_id": self.hall_id,
            "topic_id": TOPIC,
            "slot_start_ms": slot.start_ms,
            **captcha,
            **more,
        }
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self.client.ask("POST", f"{ADDRESS}/bookings", body, headers=headers)

    async def booked(self, slot: SlotView) -> BookingView:
        return (await self.book(slot)).as_(BookingView)

    async def move(self, booking: BookingView, slot: SlotView, **more: Any) -> Answer:
        body = {
            "hall_id": self.hall_id,
            "slot_start_ms": slot.start_ms,
            "version": booking.version,
            **(await self.solved()),
            **more,
        }
        return await self.client.ask("PUT", f"{ADDRESS}/bookings/{booking.booking_id}/slot", body)

    async def cancel(self, booking: BookingView) -> Answer:
        return await self.client.ask("DELETE", f"{ADDRESS}/bookings/{booking.booking_id}")

    async def see(self, booking_id: str, part: str = "", language: str = "zh-CN") -> Answer:
        return await self.client.ask(
            "GET", f"{ADDRESS}/bookings/{booking_id}{part}", headers={"Accept-Language": language}
        )


async def left_in(page: BookingPage, slot: SlotView, kind: str = "onsite") -> int:
    """Places that the page sees in that slot."""
    slots = await page.slots(local_date(slot.start_ms, ZONE), kind)
    return next(one.left for one in slots if one.start_ms == slot.start_ms)
