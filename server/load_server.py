"""Run as a program: the server that a load run starts for itself, with as many officers as it needs.

Argument: a ``LoadHouse`` as JSON. Ends when its standard input does, so that it never outlives the run,
however that ends. Reads no settings: nothing of a real installation can get in. Its hall works day and night
and has places for everybody, so that a booked ticket can be taken at once; its captchas have a known answer.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from cases.accounts import NewOfficer
from cases.booking.calendars import put_rules, put_special_day, rules_version
from cases.booking.hours import (
    COUNTERS_MAX,
    DAY_MIN,
    EACH_MAX,
    BookingKind,
    Capacity,
    HallRules,
    Period,
    SpecialDay,
)
from cases.clock import SystemClock, local_date
from cases.database import Database
from cases.views.desks import OfficerRole
from cases.views.names import Bilingual
from queueing.connection import connect
from server import app, demo
from server.building import build
from server.load_house import ACTIVATION_MS, CONFIRM_MS, LoadHouse
from server.records import up_to_date
from server.settings import Settings

RECALL_SPACING_MS: Final = 2_000
SLOT_MIN: Final = 240
DAYS_OPEN: Final = 3
"""Of its own hours: today, and what a run over midnight needs."""
DAY_MS: Final = 86_400_000
CAPTCHAS_MAX: Final = 1_000_000


def settings(
    folder: Path,
    *,
    confirm_ms: int = CONFIRM_MS,
    activation_ms: int = ACTIVATION_MS,
    port: int = 0,
    media_workers: int = 0,
) -> Settings:
    """Of a server on that folder that nobody else reaches; with short deadlines, unless told otherwise, so
    that a short run sees them pass.
    """
    return Settings(
        demo=True,
        host="127.0.0.1",
        port=port,
        media_port=0,
        media_workers=media_workers,
        data_dir=folder,
        log_level="warning",
        queue_confirm_ms=confirm_ms,
        queue_recall_spacing_ms=min(RECALL_SPACING_MS, confirm_ms - 1),
        queue_activation_ms=activation_ms,
        booking_lead_ms=0,
        booking_window_ms=DAY_MS,
        captcha_check="development",
        captcha_per_address=CAPTCHAS_MAX,
    )


async def open_day_and_night(database: Database) -> None:
    """The hall's own hours and places; not where somebody set them after the demo did."""
    places = tuple(Capacity(kind, COUNTERS_MAX, EACH_MAX) for kind in BookingKind)
    whole_day = (Period(0, DAY_MIN),)
    now_ms = SystemClock().now_ms()
    hall_id, reason = demo.HALL.hall_id, Bilingual("压力测试", "Load test")
    async with database.writing() as connection:
        if await rules_version(connection, hall_id) != 1:
            return
        rules = HallRules(slot_min=SLOT_MIN, capacities=places)
        version = await put_rules(connection, hall_id, rules, version=1, now_ms=now_ms)
        today = local_date(now_ms, demo.HALL.time_zone)
        for ahead in range(DAYS_OPEN):
            special = SpecialDay(
                today + timedelta(days=ahead), is_open=True, is_working=True, periods=whole_day, reason=reason
            )
            version = await put_special_day(connection, hall_id, special, version=version, now_ms=now_ms)


async def seed(used: Settings, staff_numbers: Sequence[str]) -> None:
    """Write the officers' accounts. Nothing asks Redis here, so it need not run yet."""
    link = connect("redis://127.0.0.1:1")
    product = build(used, link)
    try:
        await up_to_date(product.database)
        await demo.seed(product.database, product.accounts)
        await open_day_and_night(product.database)
        for number in staff_numbers:
            roles = (OfficerRole.OFFICER,)
            await product.accounts.put_officer(
                NewOfficer(number, f"压测{number}", demo.PASSWORD, roles, demo.HALL.hall_id)
            )
    finally:
        await product.database.close()
        await link.aclose()


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> int:
    house = LoadHouse.of(sys.argv[1])
    folder = Path(house.folder)
    threading.Thread(target=_end_with_input, daemon=True, name="end with input").start()
    used = settings(
        folder,
        confirm_ms=house.confirm_ms,
        activation_ms=house.activation_ms,
        port=house.port,
        media_workers=house.media_workers,
    )
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if is_new:
        asyncio.run(seed(used, house.staff_numbers))
    return app.serve(used)


if __name__ == "__main__":
    sys.exit(main())
