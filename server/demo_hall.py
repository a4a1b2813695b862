"""What can be booked in the demo's hall, and where it is: an invented address and number."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.booking.calendars import put_rules, rules_version
from cases.booking.halls import Whereabouts, put_whereabouts
from cases.booking.hours import BookingKind, Capacity, HallRules
from cases.views.names import Bilingual

REGION: Final = "440402"
"""香洲区."""

WHEREABOUTS: Final = Whereabouts(
    (REGION,),
    Bilingual("珠海市香洲区示范路1号（演示）", "1 Demo Road, Xiangzhou District, Zhuhai (invented)"),
    "0756-0000000",
    Bilingual(
        "请提前十分钟到厅，在导税台出示预约号。停车位有限，建议乘公交车前来。",
        "Please come ten minutes early and show the booking number at the front desk. Parking is scarce.",
    ),
)

RULES: Final = HallRules(
    saturday_service=True,
    capacities=(
        Capacity(BookingKind.ASSIST, counters=2),
        Capacity(BookingKind.ONSITE, counters=4, each=2),
        Capacity(BookingKind.ASSIST, counters=1, weekday=6),
        Capacity(BookingKind.ONSITE, counters=2, weekday=6),
    ),
)


async def seed_hall(connection: AsyncConnection, hall_id: str, now_ms: int) -> None:
    """Write them where nobody set any yet; safe to repeat."""
    if await rules_version(connection, hall_id):
        return
    await put_whereabouts(connection, hall_id, WHEREABOUTS)
    await put_rules(connection, hall_id, RULES, version=0, now_ms=now_ms)
