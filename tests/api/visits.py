"""Booked visits, written into the records as booking leaves them."""

from cases.booking.bookings import Booking, one
from cases.booking.tables import bookings
from cases.sealing import new_id
from cases.views.people import TaxpayerView
from tests.clients import TaxpayerClient
from tests.product import HALL, House

SLOT_MS = 1_800_000


async def put_visit(
    house: House, client: TaxpayerClient, number: str = "12345678", *, in_ms: int = 0, kind: str = "onsite"
) -> Booking:
    """A visit of the signed-in taxpayer whose slot starts so much later than now."""
    me = (await client.ask("GET", "/api/v1/taxpayer/session")).as_(TaxpayerView)
    start_ms = house.clock.now_ms() + in_ms
    booking_id = new_id()
    async with house.product.database.writing() as connection:
        await connection.execute(
            bookings.insert().values(
                booking_id=booking_id,
                number=number,
                taxpayer_id=me.taxpayer_id,
                hall_id=HALL,
                kind=kind,
                slot_start_ms=start_ms,
                slot_end_ms=start_ms + SLOT_MS,
                topic_id="T1",
                state="booked",
                made_at_ms=1,
                version=0,
            )
        )
    return await booking_of(house, booking_id)


async def booking_of(house: House, booking_id: str) -> Booking:
    """As the records have it now."""
    async with house.product.database.reading() as connection:
        return await one(connection, booking_id)
